package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
)

// answerSeeds are answers of all kinds, good and bad.
var answerSeeds = []string{
	okAnswer,
	"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 5\r\nConnection: keep-alive\r\nETag: \"x\"\r\n\r\nhello",
	"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nset-cookie: a=b\r\nSet-Cookie: c=d\r\nconnection: Close\r\n\r\nnone, and more",
	"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc",
	"HTTP/1.1 200 \r\nContent-Length: 003\r\nPragma: no-cache\r\n\r\nabc",
	"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
	"HTTP/1.1 200 OK\r\nA: 1\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA: 1\r\n b\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA : 1\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\n: 1\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA: \x00\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nÄ: ö\r\nB: ö\t\x80\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\nConnection: x\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA: 1\x00\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA: 1\x7f\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nA: 1 \t\r\nB: \t \r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nConnection: upgrade, close\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 9\r\nTrailer: X\r\n\r\n2;x=y\r\nok\r\n0\r\nX: 1\r\n\r\n",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Transfer-Encoding: binary\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nX: Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + okAnswer,
	"HTTP/1.1 101 Switching Protocols\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\n\r\nuntil the end",
	"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 099 No\r\nContent-Length: 2\r\n\r\nok",
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
	"\r\n\r\n", "", "x", "HTTP/1.1 200 OK\r\n",
}

// FuzzPlainHeader holds parsePlain to http.ReadResponse: what the one reads,
// the other reads in the same way.
func FuzzPlainHeader(f *testing.F) {
	for _, s := range answerSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, ok := parsePlain(b)
		if !ok {
			return
		}
		r := bufio.NewReaderSize(bytes.NewReader(b), len(b)+16)
		hr, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%q is taken; net/http says %v", b, err)
		}
		_, _ = r.Peek(1)
		if hr.StatusCode != p.status || hr.Proto != "HTTP/1.1" || hr.ContentLength != p.length || hr.Close != p.close {
			t.Errorf("%q is read as %+v, by net/http as %+v", b, p, hr)
		}
		if !reflect.DeepEqual(hr.Header, p.header) {
			t.Errorf("%q: header %q, by net/http %q", b, p.header, hr.Header)
		}
		if r.Buffered() != len(b)-p.size {
			t.Errorf("%q: header of %d bytes, by net/http %d", b, p.size, len(b)-r.Buffered())
		}
	})
}

// outcome is all that a caller sees of a fetch, but for times, addresses and
// Sends: the end of an idle connection may arrive just when it is used again.
func outcome(resp *Response, err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return fmt.Sprintf("%s in %s, status %d, header %q", e.Class, e.Op, e.Status, e.Header)
	}
	return fmt.Sprintf("%s %d, %q, length %d, wire %d, body %q",
		resp.Proto, resp.Status, resp.Header, resp.Length, resp.WireBytes, resp.Body)
}

// FuzzAnswer gives the same bytes to both engines as the answer of a server
// that closes behind it, and compares what comes out. HEAD is asked for too.
// Ours is asked twice, so that what a first answer leaves behind would show.
func FuzzAnswer(f *testing.F) {
	for _, s := range answerSeeds {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Add([]byte(okHeader+"X: "+strings.Repeat("x", inboxSize)+"\r\nContent-Length: 2\r\n\r\nok"), false)
	f.Add([]byte(okHeader+"Content-Length: 40000\r\n\r\n"+strings.Repeat("x", 40000)), false)
	var answer atomic.Pointer[[]byte]
	url := answering(f, &answer)
	own := newTestClient(f, Options{MaxBytes: 1 << 20})
	std := newStdClient(f, Options{MaxBytes: 1 << 20})
	f.Fuzz(func(t *testing.T, b []byte, head bool) {
		answer.Store(&b)
		req := &Request{URL: url}
		if head {
			req.Method = http.MethodHead
		}
		fetch := func(c *Client) string {
			resp, err := c.Do(t.Context(), req)
			defer resp.Release()
			return outcome(resp, err)
		}
		std.std.closeIdle() // it may still take a connection with bytes that nobody asked for
		want := fetch(std)
		for i := range 2 {
			if got := fetch(own); got != want {
				t.Errorf("%q, time %d: %s; with net/http %s", b, i, got, want)
			}
		}
		if own.budget.used != 0 {
			t.Errorf("%q: %d bytes of the budget are lost", b, own.budget.used)
		}
	})
}

// answering serves the same bytes to all, and ends its connections in order:
// a reset would make what is seen a matter of chance.
func answering(f *testing.F, answer *atomic.Pointer[[]byte]) string {
	return rawListener(f, func(c net.Conn, _ <-chan struct{}) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			write(c, string(*answer.Load()))
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}
	})
}
