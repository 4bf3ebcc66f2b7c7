package fetch

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2Peer is the server's side of an HTTP/2 connection that keeps no rule.
type h2Peer struct {
	net.Conn
	*http2.Framer
}

// answer sends an answer without a body.
func (p *h2Peer) answer(t *testing.T, stream uint32, status string) {
	var block bytes.Buffer
	if err := hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: status}); err != nil {
		t.Error(err)
	}
	_ = p.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
}

// h2Server speaks HTTP/2 up to the requests, which it hands to serve. It gives the
// URL of the server, and options with which it is reached.
func h2Server(t *testing.T, serve func(p *h2Peer, stream uint32, path string)) (base string, o Options) {
	t.Helper()
	cert, pool := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "h2.example")
	config := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}}
	at := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		p := &h2Peer{Conn: tls.Server(c, config)}
		if _, err := io.CopyN(io.Discard, p, int64(len(http2.ClientPreface))); err != nil {
			return
		}
		p.Framer = http2.NewFramer(p, p)
		p.AllowIllegalWrites = true
		p.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		for err := p.WriteSettings(); err == nil; {
			var f http2.Frame
			if f, err = p.ReadFrame(); err != nil {
				return
			}
			if f, ok := f.(*http2.MetaHeadersFrame); ok {
				serve(p, f.StreamID, f.PseudoValue("path"))
			}
		}
	})
	port := at[strings.LastIndexByte(at, ':'):]
	o = short()
	o.TLSTimeout, o.FirstByteTimeout, o.RootCAs, o.Lookup = 10*time.Second, 10*time.Second, pool, lookupTo("127.0.0.1")
	return "https://h2.example" + port, o
}

// A server that gives every request back unanswered is asked a few times, not as often as time allows.
func TestGivenBack(t *testing.T) {
	var asked atomic.Int32
	base, o := h2Server(t, func(p *h2Peer, stream uint32, path string) {
		asked.Add(1)
		switch path {
		case "/goaway":
			_ = p.WriteGoAway(0, http2.ErrCodeNo, nil)
			_ = p.Close()
		case "/once":
			if asked.Load() == 1 {
				_ = p.WriteGoAway(0, http2.ErrCodeNo, nil)
				_ = p.Close()
				return
			}
			p.answer(t, stream, "204")
		}
	})
	c := newTestClient(t, o)
	resp := get(t, c, base+"/once")
	resp.Release()
	if n := asked.Swap(0); n != 2 || resp.Sends != 2 {
		t.Errorf("a server that shuts down was asked %d times, %d told", n, resp.Sends)
	}
	e := getError(t, c, &Request{URL: base + "/goaway"}, Reset)
	if n := asked.Load(); n != maxSends || e.Sends != maxSends {
		t.Errorf("asked %d times, %d told; want %d", n, e.Sends, maxSends)
	}
}

// What a server does wrong with one stream may end the connection with all others: they are not told to be bad answers.
func TestBrokenForAllStreams(t *testing.T) {
	for name, breakIt := range map[string]func(p *h2Peer, stream uint32){
		"rule":  func(p *h2Peer, stream uint32) { _ = p.WriteContinuation(stream, true, nil) },
		"frame": func(p *h2Peer, _ uint32) { _, _ = p.Write([]byte{0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			waiting := make(chan uint32, 1)
			base, o := h2Server(t, func(p *h2Peer, stream uint32, path string) {
				if path == "/innocent" {
					waiting <- stream
					return
				}
				breakIt(p, stream)
			})
			c := newTestClient(t, o)
			var wg sync.WaitGroup
			wg.Go(func() { getError(t, c, &Request{URL: base + "/innocent"}, Reset) })
			<-waiting
			getError(t, c, &Request{URL: base + "/culprit"}, Reset)
			wg.Wait()
		})
	}
}
