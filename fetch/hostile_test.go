package fetch

import (
	"net"
	"strings"
	"testing"
	"time"
)

const okHeader = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

// trickle writes s again and again, until the connection or the test ends.
func trickle(c net.Conn, done <-chan struct{}, s string, pause time.Duration) {
	for {
		if _, err := c.Write([]byte(s)); err != nil {
			return
		}
		select {
		case <-done:
			return
		case <-time.After(pause):
		}
	}
}

func TestHostileServers(t *testing.T) { onBothEngines(t, testHostileServers) }

func testHostileServers(t *testing.T, newTestClient clientMaker) {
	hang := func(_ net.Conn, done <-chan struct{}) { <-done }
	tests := []struct {
		name  string
		class Class
		op    string
		serve func(c net.Conn, done <-chan struct{})
	}{
		{"reset before header", Reset, "header", func(c net.Conn, _ <-chan struct{}) { reset(c) }},
		{"closed before header", Reset, "header", func(net.Conn, <-chan struct{}) {}},
		{"closed within header", Reset, "header", func(c net.Conn, _ <-chan struct{}) { write(c, okHeader) }},
		{"reset within body", Reset, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Length: 100000\r\n\r\nabc")
			reset(c) // what was received before it can still be read
		}},
		{"short body", ShortBody, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Length: 10\r\n\r\nabc")
		}},
		{"chunk cut off", ShortBody, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: chunked\r\n\r\n8\r\nabc")
		}},
		{"no last chunk", ShortBody, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
		}},
		{"chunk size garbage", BadResponse, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: chunked\r\n\r\nxyzzy\r\nabc\r\n0\r\n\r\n")
		}},
		{"chunk size huge", BadResponse, "body", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: chunked\r\n\r\n"+strings.Repeat("f", 20)+"\r\nabc")
		}},
		{"endless chunk extension", BadResponse, "body", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: chunked\r\n\r\n3;")
			trickle(c, done, strings.Repeat("x", 4096), time.Microsecond)
		}},
		{"garbage", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) { write(c, "220 \x1b[2Jmail.example.org ESMTP\r\n") }},
		{"binary garbage", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, strings.Repeat("\x00\xff\x1b[31m", 100)+"\r\n\r\n")
		}},
		{"bad status", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 abc Hm\r\n\r\n") }},
		{"negative status", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 -10 Hm\r\n\r\n") }},
		{"status 0", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n") }},
		{"status 101", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
		}},
		{"header too large", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"X-Large: "+strings.Repeat("x", maxHeaderBytes)+"\r\n\r\n")
		}},
		{"endless header", BadResponse, "header", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader)
			trickle(c, done, strings.Repeat("X-More: yes\r\n", 1000), time.Microsecond)
		}},
		{"endless header line", BadResponse, "header", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"X-Long: ")
			trickle(c, done, strings.Repeat("y", 4096), time.Microsecond)
		}},
		{"endless 1xx", BadResponse, "header", func(c net.Conn, done <-chan struct{}) {
			trickle(c, done, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 100), time.Microsecond)
		}},
		{"silence", Timeout, "header", hang},
		{"slow header", Timeout, "header", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"X-Slow: ")
			trickle(c, done, "z", 5*time.Millisecond)
		}},
		{"slow 1xx", Timeout, "header", func(c net.Conn, done <-chan struct{}) {
			trickle(c, done, "HTTP/1.1 100 Continue\r\n\r\n", 5*time.Millisecond)
		}},
		{"body stalls", Timeout, "body", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"Content-Length: 10\r\n\r\nabc")
			<-done
		}},
		{"too large by length", TooLarge, "body", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"Content-Length: 99999999999\r\n\r\n")
			<-done
		}},
		{"too large", TooLarge, "body", func(c net.Conn, done <-chan struct{}) {
			write(c, okHeader+"\r\n")
			trickle(c, done, strings.Repeat("body", 1<<14), time.Microsecond)
		}},
		{"conflicting lengths", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")
		}},
		{"length out of range", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Length: 99999999999999999999999\r\n\r\nabcd")
		}},
		{"unknown coding", BadResponse, "decode", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Encoding: rot13\r\nContent-Length: 3\r\n\r\nabc")
		}},
		{"too many codings", BadResponse, "decode", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Encoding: gzip, gzip\r\nContent-Encoding: br, gzip\r\nContent-Length: 3\r\n\r\nabc")
		}},
		{"coding that it is not", BadResponse, "decode", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n<html><p>plain text.")
		}},
		{"unknown transfer coding", BadResponse, "header", func(c net.Conn, _ <-chan struct{}) {
			write(c, okHeader+"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := rawServer(t, tt.serve)
			o := short()
			if tt.class != Timeout { // the class must not depend on a slow machine
				o.FirstByteTimeout, o.IdleTimeout = 10*time.Second, 10*time.Second
			}
			o.MaxBytes = 1 << 20
			e := getError(t, newTestClient(t, o), &Request{URL: strings.Replace(url, "//", "//user:secret@", 1)}, tt.class)
			if e.Op != tt.op {
				t.Errorf("op %q, want %q (%v)", e.Op, tt.op, e)
			}
			if e.Host != strings.TrimPrefix(url, "http://") || e.Remote != e.Host {
				t.Errorf("host %q, remote %q", e.Host, e.Remote)
			}
			if (tt.op != "header") != (e.Status == 200 && e.Header.Get("Content-Type") == "text/html") {
				t.Errorf("status %d, header %v in phase %s", e.Status, e.Header, tt.op)
			}
			if e.Timing.Sent.IsZero() || e.Timing.Connect <= 0 {
				t.Errorf("timing %+v", e.Timing)
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) { onBothEngines(t, testRefusedConnection) }

func testRefusedConnection(t *testing.T, newTestClient clientMaker) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	e := getError(t, newTestClient(t, Options{}), &Request{URL: "http://" + addr + "/"}, Connect)
	if got, want := e.Error(), addr+": connect: connection refused"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if e.Remote != addr || e.Timing.Connect <= 0 {
		t.Errorf("%+v", e)
	}
}

func TestOddButGoodResponses(t *testing.T) { onBothEngines(t, testOddButGoodResponses) }

func testOddButGoodResponses(t *testing.T, newTestClient clientMaker) {
	tests := []struct {
		name, response string
		status         int
		body           string
	}{
		{"status 999", "HTTP/1.1 999 Denied\r\nContent-Length: 2\r\n\r\nno", 999, "no"},
		{"204 with body", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", 204, ""},
		{"304 with body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc", 304, ""},
		{"until close", "HTTP/1.1 200 OK\r\n\r\nabc", 200, "abc"},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc"},
		{"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 200, "abc"},
		{"more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabcdef", 200, "abc"},
		{"chunked and trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n", 200, "abc"},
		{"103 first", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc"},
		{"empty and gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", 200, ""},
		{"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 404, "none"},
		{"300 with body", "HTTP/1.1 300 Multiple Choices\r\nContent-Length: 4\r\n\r\nlist", 300, "list"},
		{"301 without location", "HTTP/1.1 301 Moved\r\nContent-Length: 5\r\n\r\nmoved", 301, "moved"},
		{"identity coding", "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", 200, "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := rawServer(t, func(c net.Conn, _ <-chan struct{}) { write(c, tt.response) })
			resp := get(t, newTestClient(t, Options{}), url)
			defer resp.Release()
			if resp.Status != tt.status || string(resp.Body) != tt.body {
				t.Errorf("status %d, body %q; want %d, %q", resp.Status, resp.Body, tt.status, tt.body)
			}
		})
	}
}
