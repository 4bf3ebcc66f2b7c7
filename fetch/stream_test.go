package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// into makes a Stream that writes to w.
func into(w io.Writer) func(*Response) (io.Writer, error) {
	return func(*Response) (io.Writer, error) { return w, nil }
}

// writerFunc is a writer made of a function.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// streamBody answers with a body, announced or not, encoded or not, or only a
// part of it.
func streamBody(t testing.TB, body []byte) string {
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		sent := body
		for _, c := range q["coding"] {
			w.Header().Add("Content-Encoding", c)
			sent = encode(t, c, sent)
		}
		sent = append(sent, q.Get("garbage")...)
		if !q.Has("chunked") {
			w.Header().Set("Content-Length", strconv.Itoa(len(sent)))
		}
		if n, err := strconv.Atoi(q.Get("lie")); err == nil {
			w.Header().Set("Content-Length", strconv.Itoa(len(sent)+n))
		}
		if n, err := strconv.Atoi(q.Get("status")); err == nil {
			w.WriteHeader(n)
		}
		if n, err := strconv.Atoi(q.Get("cut")); err == nil {
			_, _ = w.Write(sent[:n])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(sent)
	})
}

func TestStream(t *testing.T) { onBothEngines(t, testStream) }

func testStream(t *testing.T, newTestClient clientMaker) {
	body := bytes.Repeat(benchPage(), 300) // some 3 MB
	url := streamBody(t, body)
	c := newTestClient(t, Options{MaxInFlightBytes: 128 << 10, MaxRatio: -1}) // far below the body
	for _, query := range []string{"", "chunked", "status=206", "coding=gzip", "coding=deflate", "coding=br&chunked", "coding=zstd", "coding=br&coding=gzip", "coding=gzip&garbage=xyz", "coding=zstd&garbage=%00%00garbage"} {
		t.Run(query, func(t *testing.T) {
			var got bytes.Buffer
			var asked *Response
			resp, err := c.Do(t.Context(), &Request{URL: url + "/?" + query, Stream: func(h *Response) (io.Writer, error) {
				asked = h
				if h.Body != nil || h.Header.Get("Date") == "" || h.Status == 0 || h.Length != -1 && strconv.FormatInt(h.Length, 10) != h.Header.Get("Content-Length") {
					t.Errorf("asked with %+v", h)
				}
				return &got, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), body) || resp.Streamed != int64(len(body)) || resp.Body != nil || resp != asked {
				t.Errorf("%d bytes of %d, Streamed %d, Body of %d", got.Len(), len(body), resp.Streamed, len(resp.Body))
			}
			if resp.WireBytes == 0 || resp.Length > 0 && resp.WireBytes != resp.Length || resp.Timing.Body == 0 {
				t.Errorf("wire bytes %d of %d, body took %v", resp.WireBytes, resp.Length, resp.Timing.Body)
			}
			if c.budget.used != 0 {
				t.Errorf("%d bytes of the budget are held", c.budget.used)
			}
			resp.Release()
		})
	}
}

// TestStreamKeepsConnections: a stream read to its end leaves the connection
// fit for the next request.
// ownWriter has memory for its first bytes, and notes how many came in it.
type ownWriter struct {
	bytes.Buffer
	room  []byte
	inOwn int
}

func (w *ownWriter) AvailableBuffer() []byte { return w.room }

func (w *ownWriter) Write(p []byte) (int, error) {
	if len(p) > 0 && cap(w.room) > 0 && &p[0] == &w.room[:1][0] {
		w.inOwn += len(p)
		w.room = w.room[len(p):len(p)]
	}
	return w.Buffer.Write(p)
}

// A writer with memory of its own gets the bytes there, as long as it has room.
func TestStreamIntoOwnMemory(t *testing.T) { onBothEngines(t, testStreamIntoOwnMemory) }

func testStreamIntoOwnMemory(t *testing.T, newTestClient clientMaker) {
	body := bytes.Repeat(benchPage(), 30)
	url := streamBody(t, body)
	c := newTestClient(t, Options{})
	for _, query := range []string{"", "chunked", "coding=gzip"} {
		w := &ownWriter{room: make([]byte, 0, len(body)/2)}
		resp, err := c.Do(t.Context(), &Request{URL: url + "/?" + query, Stream: into(w)})
		if err != nil {
			t.Fatal(err)
		}
		resp.Release()
		if !bytes.Equal(w.Bytes(), body) || resp.Streamed != int64(len(body)) {
			t.Errorf("%q: %d bytes of %d, or other ones", query, w.Len(), len(body))
		}
		if w.inOwn == 0 || w.inOwn > len(body)/2 {
			t.Errorf("%q: %d bytes in the writer's own memory of %d", query, w.inOwn, len(body)/2)
		}
	}
}

func TestStreamKeepsConnections(t *testing.T) { onBothEngines(t, testStreamKeepsConnections) }

func testStreamKeepsConnections(t *testing.T, newTestClient clientMaker) {
	url := streamBody(t, benchPage())
	c := newTestClient(t, Options{})
	for i, query := range []string{"", "chunked", "coding=gzip", "coding=br&chunked", "coding=zstd", "coding=gzip&garbage=xyz"} {
		resp, err := c.Do(t.Context(), &Request{URL: url + "/?" + query, Stream: into(io.Discard)})
		if err != nil {
			t.Fatal(err)
		}
		if resp.ConnReused != (i > 0) {
			t.Errorf("%q: reused: %v", query, resp.ConnReused)
		}
		resp.Release()
	}
}

// TestStreamNotAsked: only answers with a body of their own are streamed, and
// a caller may still take the body whole.
func TestStreamNotAsked(t *testing.T) { onBothEngines(t, testStreamNotAsked) }

func testStreamNotAsked(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/x", http.StatusFound)
		case "/missing":
			http.NotFound(w, r)
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/empty":
			w.Header().Set("Content-Length", "0")
		default:
			_, _ = io.WriteString(w, "body")
		}
	})
	c := newTestClient(t, Options{})
	never := func(h *Response) (io.Writer, error) {
		return nil, fmt.Errorf("asked for status %d", h.Status)
	}
	for _, r := range []Request{{URL: "/moved"}, {URL: "/missing"}, {URL: "/nothing"}, {URL: "/empty"}, {URL: "/ok", Method: "HEAD"}} {
		r.URL, r.Stream = url+r.URL, never
		resp, err := c.Do(t.Context(), &r)
		if err != nil || resp.Streamed != 0 {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		resp.Release()
	}
	resp, err := c.Do(t.Context(), &Request{URL: url, Stream: into(nil)})
	if err != nil || string(resp.Body) != "body" || resp.Streamed != 0 {
		t.Errorf("whole: %v, %+v", err, resp)
	}
	resp.Release()
}

// TestStreamStopped: the caller's error ends the attempt at once and comes
// back, also when the server would go on for ever.
func TestStreamStopped(t *testing.T) { onBothEngines(t, testStreamStopped) }

func testStreamStopped(t *testing.T, newTestClient clientMaker) {
	gone := make(chan error, 2)
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				gone <- err
				return
			}
		}
	})
	c := newTestClient(t, Options{})
	full := errors.New("no\nroom")
	for name, stream := range map[string]func(*Response) (io.Writer, error){
		"asked": func(*Response) (io.Writer, error) { return nil, full },
		"write": into(writerFunc(func([]byte) (int, error) { return 3, full })),
	} {
		e := getError(t, c, &Request{URL: url, Stream: stream}, Stopped)
		if !errors.Is(e, full) || e.Status != 200 || e.Header == nil || (e.Streamed == 3) != (name == "write") {
			t.Errorf("%s: %+v", name, e)
		}
		<-gone
	}
	short := into(writerFunc(func(p []byte) (int, error) { return len(p) - 1, nil }))
	if e := getError(t, c, &Request{URL: url, Stream: short}, Stopped); !errors.Is(e, io.ErrShortWrite) {
		t.Errorf("a short write: %v", e)
	}
}

// TestStreamFailures: what limits whole bodies limits streams; what was
// written is told.
func TestStreamFailures(t *testing.T) { onBothEngines(t, testStreamFailures) }

func testStreamFailures(t *testing.T, newTestClient clientMaker) {
	body := bytes.Repeat(benchPage(), 30)
	url := streamBody(t, body)
	zeros := streamBody(t, make([]byte, 8<<20))
	for _, test := range []struct {
		name string
		req  Request
		want Class
	}{
		{"cut off", Request{URL: url + "/?cut=100000"}, ShortBody},
		{"cut off, chunked", Request{URL: url + "/?cut=100000&chunked"}, ShortBody},
		{"cut off in gzip", Request{URL: url + "/?cut=1000&coding=gzip"}, ShortBody},
		{"cut off in br", Request{URL: url + "/?cut=1000&coding=br"}, ShortBody},
		{"cut off in zstd", Request{URL: url + "/?cut=1000&coding=zstd"}, ShortBody},
		{"cut off behind the data", Request{URL: url + "/?lie=5&coding=gzip"}, ShortBody},
		{"announced too large", Request{URL: url, MaxBytes: 100}, TooLarge},
		{"too large", Request{URL: url + "/?chunked", MaxBytes: 100_000}, TooLarge},
		{"too large decoded", Request{URL: url + "/?coding=gzip", MaxBytes: 100_000}, TooLarge},
		{"bomb", Request{URL: zeros + "/?coding=gzip"}, Bomb},
		{"bomb in two layers", Request{URL: zeros + "/?coding=gzip&coding=gzip"}, Bomb},
		{"bomb of zstd", Request{URL: zeros + "/?coding=zstd"}, Bomb},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newTestClient(t, Options{})
			var got bytes.Buffer
			test.req.Stream = into(&got)
			e := getError(t, c, &test.req, test.want)
			if e.Streamed != int64(got.Len()) || int64(got.Len()) > c.opts.MaxBytes {
				t.Errorf("%d bytes written, %d told", got.Len(), e.Streamed)
			}
			if test.req.MaxBytes > 0 && int64(got.Len()) > test.req.MaxBytes {
				t.Errorf("%d bytes written above the limit", got.Len())
			}
			if strings.HasPrefix(test.name, "cut off,") && !bytes.Equal(got.Bytes(), body[:100_000]) {
				t.Errorf("%d of 100000 bytes arrived", got.Len())
			}
		})
	}
}

func TestStreamTruncate(t *testing.T) { onBothEngines(t, testStreamTruncate) }

func testStreamTruncate(t *testing.T, newTestClient clientMaker) {
	url := streamBody(t, benchPage())
	c := newTestClient(t, Options{})
	for _, query := range []string{"", "chunked"} {
		var got bytes.Buffer
		resp, err := c.Do(t.Context(), &Request{URL: url + "/?" + query, Stream: into(&got), MaxBytes: 1000, Truncate: true, Identity: true})
		if err != nil || !bytes.Equal(got.Bytes(), benchPage()[:1000]) || resp.Streamed != 1000 {
			t.Errorf("%d bytes, %v", got.Len(), err)
		}
		resp.Release()
	}
}

// TestStreamSilence: a server that says nothing more in mid-stream times out.
func TestStreamSilence(t *testing.T) { onBothEngines(t, testStreamSilence) }

func testStreamSilence(t *testing.T, newTestClient clientMaker) {
	url := rawServer(t, func(c net.Conn, done <-chan struct{}) {
		write(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
		<-done
	})
	var got bytes.Buffer
	e := getError(t, newTestClient(t, short()), &Request{URL: url, Stream: into(&got)}, Timeout)
	if got.String() != "some" || e.Streamed != 4 {
		t.Errorf("%q, %d told", got.String(), e.Streamed)
	}
}

// TestStreamSlowWriter: the time that a writer takes is not the server's.
func TestStreamSlowWriter(t *testing.T) { onBothEngines(t, testStreamSlowWriter) }

func testStreamSlowWriter(t *testing.T, newTestClient clientMaker) {
	o := short()
	o.IdleTimeout = 50 * time.Millisecond
	c := newTestClient(t, o)
	n := 0
	slow := writerFunc(func(p []byte) (int, error) {
		if n++; n < 3 {
			time.Sleep(4 * o.IdleTimeout)
		}
		return len(p), nil
	})
	resp, err := c.Do(t.Context(), &Request{URL: streamBody(t, bytes.Repeat(benchPage(), 100)), Stream: into(slow)})
	if err != nil {
		t.Fatal(err)
	}
	resp.Release()
}

// TestStreamHTTP2: stopping a stream ends it alone, not its connection.
func TestStreamHTTP2(t *testing.T) {
	now := time.Now()
	cert, _ := certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "good.example")
	body := bytes.Repeat(benchPage(), 300)
	port := tlsServer(t, cert, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	c := newTestClient(t, Options{Insecure: true})
	url := "https://127.0.0.1:" + port
	full := errors.New("full")
	for i := range 3 {
		var got bytes.Buffer
		resp, err := c.Do(t.Context(), &Request{URL: url, Stream: into(&got)})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), body) || resp.Proto != "HTTP/2.0" || resp.ConnReused != (i > 0) {
			t.Errorf("%d bytes of %d over %s, reused: %v", got.Len(), len(body), resp.Proto, resp.ConnReused)
		}
		resp.Release()
		getError(t, c, &Request{URL: url, Stream: into(writerFunc(func([]byte) (int, error) { return 0, full }))}, Stopped)
	}
}
