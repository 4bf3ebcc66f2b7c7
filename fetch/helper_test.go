package fetch

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// newTestClient returns a client that may fetch from loopback.
func newTestClient(t testing.TB, o Options) *Client {
	t.Helper()
	o.AllowPrivate = true
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// clientMaker is newTestClient for one engine.
type clientMaker func(t testing.TB, o Options) *Client

// onBothEngines runs a test with our own HTTP/1.1 and with net/http's: what is promised must not depend on it.
func onBothEngines(t *testing.T, test func(t *testing.T, newTestClient clientMaker)) {
	if ownHTTP1 {
		t.Run("own", func(t *testing.T) { test(t, newTestClient) })
	}
	t.Run("std", func(t *testing.T) { test(t, newStdClient) })
}

// newStdClient returns a client that leaves all requests to net/http.
func newStdClient(t testing.TB, o Options) *Client {
	c := newTestClient(t, o)
	c.own = nil
	return c
}

// rawServer accepts connections, reads one request header from each and
// hands it to serve, which may do anything; the connection is closed after it.
// The channel given to serve is closed at the end of the test.
func rawServer(t testing.TB, serve func(c net.Conn, done <-chan struct{})) string {
	t.Helper()
	return rawListener(t, func(c net.Conn, done <-chan struct{}) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			serve(c, done)
		}
	})
}

func rawListener(t testing.TB, serve func(c net.Conn, done <-chan struct{})) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				defer context.AfterFunc(ctx, func() { c.Close() })() // unblocks writes to a client that reads no more
				serve(c, ctx.Done())
			})
		}
	})
	t.Cleanup(func() { end(); ln.Close(); wg.Wait() })
	return "http://" + ln.Addr().String()
}

// dialSmall dials with so little room in the socket that a large request is sent in parts.
func dialSmall(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
	nc, err := dialSystem(ctx, a)
	if err == nil {
		_ = nc.(*net.TCPConn).SetWriteBuffer(4096)
	}
	return nc, err
}

// largePath makes a request large for dialSmall: Linux takes 32 kB at once whatever the room.
var largePath = "/" + strings.Repeat("x", 40_000)

// reset makes the connection end with RST.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

func write(c net.Conn, s string) { _, _ = c.Write([]byte(s)) }

func server(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func get(t testing.TB, c *Client, url string) *Response {
	t.Helper()
	resp, err := c.Do(t.Context(), &Request{URL: url})
	if err != nil {
		t.Fatalf("Do(%s): %v", url, err)
	}
	return resp
}

// getError expects a failure of a class, with a message fit for a user.
func getError(t testing.TB, c *Client, req *Request, want Class) *Error {
	t.Helper()
	resp, err := c.Do(t.Context(), req)
	if err == nil {
		t.Fatalf("Do(%s): status %d, %d bytes; want class %s", req.URL, resp.Status, len(resp.Body), want)
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("Do(%s): %T is not *Error", req.URL, err)
	}
	if e.Class != want {
		t.Errorf("Do(%s): class %s (%s: %v; %#v), want %s", req.URL, e.Class, e.Op, e, e.Err, want)
	}
	checkMessage(t, e)
	if c.budget.used != 0 {
		t.Errorf("%d bytes of the budget are lost", c.budget.used)
	}
	return e
}

func checkMessage(t testing.TB, e *Error) {
	t.Helper()
	msg := e.Error()
	if len(msg) > maxMessage+3 || strings.ContainsAny(msg, "\n\r\x00\x1b") || strings.Contains(msg, "goroutine") {
		t.Errorf("bad message %q", msg)
	}
	if e.Op == "" || e.Err == nil || !strings.Contains(msg, e.Op) {
		t.Errorf("message %q, op %q, cause %v", msg, e.Op, e.Err)
	}
	if strings.Contains(msg, "secret") {
		t.Errorf("message %q tells a secret", msg)
	}
}

// short are time limits for servers that hang.
func short() Options {
	return Options{
		Timeout: 10 * time.Second, ConnectTimeout: 5 * time.Second, TLSTimeout: 200 * time.Millisecond,
		FirstByteTimeout: 200 * time.Millisecond, IdleTimeout: 200 * time.Millisecond,
	}
}

var background = context.Background()
