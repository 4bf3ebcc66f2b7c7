package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// server is the running part of a site.
type server struct {
	started bool
	https   []*http.Server
	serving sync.WaitGroup // of the accept loops, and of their connections
	cancel  context.CancelFunc
	alarm   *alarm // for latencies; nil: timers do
}

// Start listens and serves until Close. addr is the first host's address, "127.0.0.1:0" for a free port; further hosts
// take the addresses after it on the same port, or a port of their own on the same address where a system has only one
// loopback address. It renders the pages first when they fit into memory. It fails when addr is not a loopback address or
// cannot be listened on, and when the site was started before.
func (s *Site) Start(addr string) error {
	if s.server.started {
		return errors.New("site: started before: make a new one")
	}
	listeners, err := listen(addr, s.o.Hosts)
	if err != nil {
		return err
	}
	s.server.started = true
	for h, l := range listeners {
		s.hosts[h].base = "http://" + strings.TrimSuffix(l.Addr().String(), ":80")
	}
	s.buildExtras()
	s.render()
	ctx, cancel := context.WithCancel(context.Background())
	s.server.cancel = cancel
	if s.o.LatencyMax > 0 {
		s.server.alarm = newAlarm()
	}
	if a := s.server.alarm; a != nil {
		s.server.serving.Go(a.run)
	}
	for h, l := range listeners {
		srv := s.httpServer(ctx, h)
		s.server.https = append(s.server.https, srv)
		s.server.serving.Go(func() { _ = srv.Serve(listener{l}) }) // it ends with ErrServerClosed, or when the listener breaks
	}
	return nil
}

func (s *Site) httpServer(ctx context.Context, h int) *http.Server {
	return &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(h, w, r) }),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withConn,
		// New is called by the accept loop, so that no connection is added once that has ended.
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.server.serving.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.server.serving.Done()
			}
		},
	}
}

// render renders all pages when they fit into memory.
func (s *Site) render() {
	total := 0
	for i := range s.o.Pages {
		if total += s.pageSize(i); total > preRendered {
			return
		}
	}
	s.rendered = make([][]byte, s.o.Pages)
	for i := range s.rendered {
		s.rendered[i] = s.renderPage(i, nil)
	}
}

// Close ends all listeners, connections and requests, and waits for them. What was counted can still be asked for. It may
// be called again, and on a site that was never started.
func (s *Site) Close() {
	if s.server.cancel == nil {
		return
	}
	s.server.cancel()
	for _, srv := range s.server.https {
		_ = srv.Close() // its listener may be closed already
	}
	if s.server.alarm != nil {
		s.server.alarm.close()
	}
	s.server.serving.Wait()
}

// Handler serves the site through another server. A request goes to the host that its Host header names, or else to the
// first one.
func (s *Site) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for h := range s.hosts {
			if strings.TrimPrefix(s.hosts[h].base, "http://") == r.Host {
				s.serve(h, w, r)
				return
			}
		}
		s.serve(0, w, r)
	})
}

// listen opens n listeners, on one port where it can.
func listen(addr string, n int) ([]net.Listener, error) {
	first, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		listeners, err := listenFrom(first, n)
		if err == nil {
			return listeners, nil
		}
		for _, l := range listeners {
			_ = l.Close()
		}
		if first.Port() != 0 || try == startTries {
			return nil, fmt.Errorf("site: listen: %w: choose another port, or 0 for a free one", err)
		}
	}
}

// listenFrom listens on n addresses from first on. On an error it returns what it has opened.
func listenFrom(first netip.AddrPort, n int) (open []net.Listener, err error) {
	ip, port := first.Addr(), first.Port()
	for len(open) < n {
		err := error(syscall.EADDRNOTAVAIL)
		var l net.Listener
		if ip.IsLoopback() {
			l, err = net.Listen("tcp", netip.AddrPortFrom(ip, port).String())
		}
		if len(open) > 0 && errors.Is(err, syscall.EADDRNOTAVAIL) {
			l, err = net.Listen("tcp", netip.AddrPortFrom(first.Addr(), 0).String())
		}
		if err != nil {
			return open, err
		}
		open = append(open, l)
		if port == 0 {
			port = l.Addr().(*net.TCPAddr).AddrPort().Port()
		}
		ip = ip.Next()
	}
	return open, nil
}

// loopback reads an address to listen on and refuses those that others could reach.
func loopback(addr string) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("site: address %q: %w: write it as 127.0.0.1:8080", addr, err)
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return netip.AddrPort{}, fmt.Errorf("site: address %q is not a loopback address: the site is for this machine only", addr)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("site: address %q: port %q is not a number up to 65535", addr, port)
	}
	return netip.AddrPortFrom(ip, uint16(number)), nil
}
