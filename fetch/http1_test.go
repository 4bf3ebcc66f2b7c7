package fetch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// script is a server of connections that go through fixed steps: each is sent
// as the answer to one request, "" closes, "reset" resets. conns counts the
// connections, the steps of connection i are scripts[i].
func script(t *testing.T, conns *atomic.Int64, scripts ...[]string) string {
	t.Helper()
	return rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		i := int(conns.Add(1)) - 1
		in := bufio.NewReader(c)
		for _, answer := range scripts[min(i, len(scripts)-1)] {
			if _, err := http.ReadRequest(in); err != nil || answer == "" {
				return
			}
			if answer == "reset" {
				reset(c)
				return
			}
			write(c, answer)
		}
		_, _ = in.ReadByte() // until the client closes
	})
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestIdleConnectionBreaks(t *testing.T) { onBothEngines(t, testIdleConnectionBreaks) }

func testIdleConnectionBreaks(t *testing.T, newTestClient clientMaker) {
	tests := []struct {
		name    string
		scripts [][]string
		class   Class // of the second fetch; empty: it succeeds
		sends   int   // of the second fetch
		conns   int64
	}{
		{"kept", [][]string{{okAnswer, okAnswer}}, "", 1, 1},
		{"closed when asked", [][]string{{okAnswer, ""}, {okAnswer}}, "", 2, 2},
		{"reset when asked", [][]string{{okAnswer, "reset"}, {okAnswer}}, "", 2, 2},
		{"broken again", [][]string{{okAnswer, ""}, {""}}, Reset, 2, 2},
		{"broken when new", [][]string{{okAnswer + "x"}, {""}}, Reset, 1, 2},
		{"part of an answer", [][]string{{okAnswer, "HTTP/1.1 2"}}, Timeout, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var conns atomic.Int64
			url := script(t, &conns, tt.scripts...)
			o := Options{}
			if tt.class == Timeout {
				o = short()
			}
			c := newTestClient(t, o)
			get(t, c, url).Release()
			if tt.conns == 2 && tt.sends == 1 {
				waitForEnd(c) // of the look at the connection that net/http takes when it likes
			}
			if tt.class != "" {
				if e := getError(t, c, &Request{URL: url}, tt.class); e.Sends != tt.sends || e.Op != "header" {
					t.Errorf("sent %d times, op %s", e.Sends, e.Op)
				}
			} else {
				resp := get(t, c, url)
				if string(resp.Body) != "ok" || resp.Sends != tt.sends || resp.ConnReused != (tt.conns == 1) {
					t.Errorf("%q, sent %d times, reused %v", resp.Body, resp.Sends, resp.ConnReused)
				}
				resp.Release()
			}
			if conns.Load() != tt.conns {
				t.Errorf("%d connections, want %d", conns.Load(), tt.conns)
			}
		})
	}
}

// waitForEnd leaves net/http the time to close a connection that it must not
// use again; our own engine looks at it when it is asked.
func waitForEnd(c *Client) {
	if c.own == nil {
		time.Sleep(50 * time.Millisecond)
	}
}

// Bytes that nobody asked for, and that have arrived when the connection is
// used again, are never taken for an answer.
func TestUnaskedBytes(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for _, later := range []bool{false, true} {
		var conns atomic.Int64
		read, strayed := make(chan struct{}), make(chan struct{})
		url := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
			conns.Add(1)
			in := bufio.NewReader(c)
			for {
				if _, err := http.ReadRequest(in); err != nil {
					return
				}
				if !later {
					write(c, okAnswer+evil)
					continue
				}
				write(c, okAnswer)
				<-read
				write(c, evil)
				strayed <- struct{}{}
			}
		})
		c := newTestClient(t, Options{})
		for range 5 {
			resp := get(t, c, url)
			if string(resp.Body) != "ok" || resp.ConnReused {
				t.Errorf("%q, reused %v", resp.Body, resp.ConnReused)
			}
			resp.Release()
			if later {
				read <- struct{}{}
				<-strayed
			}
			waitForEnd(c)
		}
		if conns.Load() != 5 {
			t.Errorf("%d connections, want one for each fetch", conns.Load())
		}
	}
}

// What goes over the wire is the same with both engines, byte for byte.
func TestRequestBytes(t *testing.T) {
	var seen atomic.Value
	url := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		in := textproto.NewReader(bufio.NewReader(c))
		var b strings.Builder
		for {
			line, err := in.ReadLine()
			if err != nil || line == "" {
				break
			}
			b.WriteString(line + "\n")
		}
		seen.Store(b.String())
		write(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	o := Options{
		UserAgent: " bot/1 ", Header: http.Header{"x-a": {"1", " 2\t"}, "Authorization": {"Bearer s"}, "Accept": {"text/html"}, "Zz": {""}},
		CredentialOrigin: func(string) bool { return true },
	}
	reqs := []Request{
		{URL: "/"},
		{URL: "/a|b?x=%zz"},
		{URL: "?"},
		{URL: "/ä", Identity: true},
		{URL: "/", Method: http.MethodHead},
		{URL: "/", Header: http.Header{"range": {"bytes=5-"}, "User-Agent": {"other", "more"}, "X-A": {"3"}}},
		{URL: "/", Header: http.Header{"User-Agent": {""}}},
	}
	for _, jar := range []http.CookieJar{nil, http.CookieJar(oneCookie{})} {
		o.Jar = jar
		own, std := newTestClient(t, o), newStdClient(t, o)
		for _, req := range reqs {
			for _, user := range []string{"", "name:secret@"} {
				r := req
				r.URL = strings.Replace(url, "//", "//"+user, 1) + req.URL
				var got [2]string
				for i, c := range []*Client{own, std} {
					resp, err := c.Do(t.Context(), &r)
					if err != nil {
						t.Fatal(err)
					}
					resp.Release()
					got[i] = seen.Load().(string)
				}
				if got[0] != got[1] || got[0] == "" {
					t.Errorf("%+v is sent as\n%s, by net/http as\n%s", r, got[0], got[1])
				}
			}
		}
	}
}

// oneCookie is a jar that has one cookie, and one that cannot be sent.
type oneCookie struct{ http.CookieJar }

func (oneCookie) Cookies(*url.URL) []*http.Cookie {
	return []*http.Cookie{{Name: "a", Value: "b"}, {Name: "evil", Value: "x\r\nInjected: y"}}
}

func (oneCookie) SetCookies(*url.URL, []*http.Cookie) {}

// A cookie that cannot be sent leaves no empty field behind.
func TestRefusedCookies(t *testing.T) { onBothEngines(t, testRefusedCookies) }

func testRefusedCookies(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := r.Header["Cookie"]; ok {
			t.Errorf("Cookie: %q", got)
		}
	})
	get(t, newTestClient(t, Options{Jar: refusedCookie{}}), url).Release()
}

// refusedCookie is a jar whose only cookie cannot be sent.
type refusedCookie struct{ http.CookieJar }

func (refusedCookie) Cookies(*url.URL) []*http.Cookie {
	return []*http.Cookie{{Name: "a[b]", Value: "x"}}
}

// A request that the socket has no room for at once is sent whole.
func TestRequestInParts(t *testing.T) {
	url := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		_ = c.(*net.TCPConn).SetReadBuffer(4096)
		in := bufio.NewReader(c)
		for {
			time.Sleep(10 * time.Millisecond)
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%05d", len(r.RequestURI))
		}
	})
	c := newTestClient(t, Options{Dial: dialSmall})
	for i := range 3 {
		resp := get(t, c, url+largePath)
		if string(resp.Body) != fmt.Sprintf("%05d", len(largePath)) || resp.ConnReused != (i > 0) {
			t.Errorf("%q, reused %v", resp.Body, resp.ConnReused)
		}
		resp.Release()
	}
}

// A server that answers a request before it has read it, and reads no more, is
// heard. The connection is not used again.
func TestAnswerWhileSending(t *testing.T) { onBothEngines(t, testAnswerWhileSending) }

func testAnswerWhileSending(t *testing.T, newTestClient clientMaker) {
	for _, mode := range []string{"hold", "close"} {
		t.Run(mode, func(t *testing.T) {
			heard := make(chan struct{}, 1)
			url := rawListener(t, func(c net.Conn, done <-chan struct{}) {
				_ = c.(*net.TCPConn).SetReadBuffer(4096)
				_, _ = io.ReadFull(c, make([]byte, 1024))
				write(c, "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 3\r\n\r\nbig")
				if mode == "hold" {
					<-done
					return
				}
				select { // it closes with bytes unread, which resets the connection
				case <-heard:
				case <-done:
				}
			})
			c := newTestClient(t, Options{Dial: dialSmall})
			if c.own != nil {
				close(heard) // our own engine hears the answer whenever the reset comes
			}
			for range 3 {
				resp, err := c.Do(t.Context(), &Request{URL: url, Header: http.Header{"X-Large": {strings.Repeat("x", 1<<20)}}})
				if err != nil {
					t.Fatal(err)
				}
				if resp.Status != 431 || string(resp.Body) != "big" || resp.ConnReused {
					t.Errorf("status %d, %q, reused %v", resp.Status, resp.Body, resp.ConnReused)
				}
				resp.Release()
				if c.own == nil && mode == "close" {
					heard <- struct{}{}
				}
			}
		})
	}
}

// The caller may end a fetch at any moment, of a small request or of one that
// is sent in parts; neither connections nor memory are lost, and what comes
// after is in order.
func TestCanceledAtAnyMoment(t *testing.T) {
	onBothEngines(t, func(t *testing.T, newTestClient clientMaker) {
		for name, path := range map[string]string{"small": "/", "large": largePath} {
			t.Run(name, func(t *testing.T) { testCanceledAtAnyMoment(t, newTestClient, path) })
		}
	})
}

func testCanceledAtAnyMoment(t *testing.T, newTestClient clientMaker, path string) {
	url := rawListener(t, func(c net.Conn, done <-chan struct{}) {
		in := bufio.NewReader(c)
		for {
			if _, err := http.ReadRequest(in); err != nil {
				return
			}
			for _, part := range []string{"HTTP/1.1 200", " OK\r\nContent-Le", "ngth: 10\r\n\r\n", "01234", "56789"} {
				write(c, part)
				time.Sleep(100 * time.Microsecond)
			}
		}
	}) + path
	c := newTestClient(t, Options{Dial: dialSmall})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				ctx, cancel := context.WithCancel(t.Context())
				timer := time.AfterFunc(rand.N(1500*time.Microsecond), cancel)
				resp, err := c.Do(ctx, &Request{URL: url})
				if e, ok := errors.AsType[*Error](err); ok && e.Class != Canceled {
					t.Errorf("class %s: %v", e.Class, e)
				}
				if err == nil && string(resp.Body) != "0123456789" {
					t.Errorf("%q", resp.Body)
				}
				resp.Release()
				timer.Stop()
				cancel()
			}
		})
	}
	wg.Wait()
	if c.budget.used != 0 {
		t.Errorf("%d bytes of the budget are lost", c.budget.used)
	}
	resp := get(t, c, url)
	if string(resp.Body) != "0123456789" {
		t.Errorf("%q", resp.Body)
	}
	resp.Release()
}

// A fetch whose context ends while the server says nothing ends with it, wherever the answer has got to.
func TestCanceledWhileWaiting(t *testing.T) { onBothEngines(t, testCanceledWhileWaiting) }

func testCanceledWhileWaiting(t *testing.T, newTestClient clientMaker) {
	for _, begin := range []string{"", "HTTP/1.1 200 OK\r\nConte", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"} {
		ctx, cancel := context.WithCancel(t.Context())
		url := rawListener(t, func(c net.Conn, done <-chan struct{}) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				write(c, begin)
				cancel()
			}
			<-done
		})
		_, err := newTestClient(t, Options{}).Do(ctx, &Request{URL: url})
		if e, ok := errors.AsType[*Error](err); !ok || e.Class != Canceled {
			t.Errorf("after %q: %v", begin, err)
		}
		cancel()
	}
}

// A context that has ended costs no request.
func TestCanceledBefore(t *testing.T) { onBothEngines(t, testCanceledBefore) }

func testCanceledBefore(t *testing.T, newTestClient clientMaker) {
	var requests atomic.Int64
	url := server(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	c := newTestClient(t, Options{})
	for range 2 { // without a connection and with one
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Do(ctx, &Request{URL: url})
		if e, ok := errors.AsType[*Error](err); !ok || e.Class != Canceled || e.Sends != 0 {
			t.Errorf("%+v", err)
		}
		get(t, c, url).Release()
	}
	if requests.Load() != 2 {
		t.Errorf("%d requests", requests.Load())
	}
}

// The header of a chunked answer, however its name is written, is given to net/http before anything of it is kept; a value
// that looks like it changes nothing.
func TestChunkedHeaderIsLeft(t *testing.T) {
	const start = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n"
	for _, tt := range []struct {
		field  string
		ok     bool
		allocs float64 // at most
	}{
		{"Transfer-Encoding: chunked", false, 0},
		{"transfer-encoding: chunked", false, 0},
		{"TRANSFER-ENCODING: chunked", false, 10},
		{"X: Transfer-Encoding: chunked", true, 10},
		{"Content-Transfer-Encoding: binary", true, 10},
	} {
		b := []byte(start + tt.field + "\r\n\r\n")
		if _, ok := parsePlain(b); ok != tt.ok {
			t.Errorf("%s: plain is %v", tt.field, ok)
		}
		if n := testing.AllocsPerRun(10, func() { parsePlain(b) }); n > tt.allocs {
			t.Errorf("%s: %v allocations", tt.field, n)
		}
	}
}
