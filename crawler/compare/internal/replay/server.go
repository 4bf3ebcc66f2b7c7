// Package replay serves a recording from loopback with the delays that were recorded, and says how a fetch.Client reaches it
// under the names of the recorded hosts.
package replay

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"crawl/crawler/compare/internal/recording"
	"crawl/crawler/urlnorm"
)

// Server answers what was recorded. Its methods may be called from many goroutines, except for Start and Close.
type Server struct {
	// Bandwidth is what all bodies may have together, in bytes per second; 0: no limit. It is set before Start.
	Bandwidth int64

	entries  map[string]*answer // by URL
	delays   map[string]time.Duration
	ca       *authority
	literals []net.IP
	names    map[string]bool // hosts that speak HTTP/2
	http     *http.Server
	done     sync.WaitGroup

	mu    sync.Mutex
	stats Stats
	busy  time.Time // until then the shared link has bytes to carry
}

// answer is an entry, ready to be written.
type answer struct {
	*recording.Entry
	header http.Header
}

// Stats are figures since they were asked for the last time.
type Stats struct {
	Requests int
	Unknown  int   // requests for what was not recorded
	Bytes    int64 // of bodies
	// Late is by how much answers began later than they should have, for each one: the server's own share.
	Late []time.Duration
}

// NewServer makes a server that is not started. It keeps the recording.
func NewServer(rec *recording.Recording) (*Server, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	s := &Server{entries: map[string]*answer{}, delays: map[string]time.Duration{}, names: map[string]bool{}, ca: ca}
	for i := range rec.Entries {
		e := &rec.Entries[i]
		s.entries[e.URL] = &answer{e, headerOf(e)}
		if e.HTTP2 {
			s.names[serverName(urlnorm.Hostname(e.URL))] = true
		}
	}
	for _, h := range Hosts(rec) {
		name := serverName(h.Name)
		s.delays[name] = max(s.delays[name], h.TLSTime)
		if ip := net.ParseIP(h.Name); ip != nil && len(s.literals) < maxAddresses {
			s.literals = append(s.literals, ip)
		}
	}
	return s, nil
}

// serverName is what clients of a host say in a handshake: nothing for a literal address (RFC 6066, section 3), so that all
// of those are alike to the server.
func serverName(host string) string {
	if net.ParseIP(host) != nil {
		return ""
	}
	return host
}

// ofConnection are headers that the server writes itself.
func ofConnection(name string) bool {
	switch name {
	case "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

// headerOf is the header as it is to be sent. What was not there is nil, which keeps net/http from adding it.
func headerOf(e *recording.Entry) http.Header {
	h := http.Header{"Date": nil, "Content-Type": nil}
	for name, values := range e.Header {
		if !ofConnection(name) {
			h[name] = values
		}
	}
	if e.Length {
		h["Content-Length"] = []string{strconv.Itoa(len(e.Body))}
	}
	if e.Close && !e.HTTP2 {
		h["Connection"] = []string{"close"}
	}
	return h
}

// Start listens on two free ports of 127.0.0.1 and serves until Close.
func (s *Server) Start() (Address, error) {
	plain, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return Address{}, err
	}
	secure, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return Address{}, errors.Join(err, plain.Close())
	}
	s.http = &http.Server{
		Handler:   http.HandlerFunc(s.serve),
		TLSConfig: &tls.Config{GetConfigForClient: s.configFor, NextProtos: []string{"h2", "http/1.1"}},
		Protocols: new(http.Protocols),
		ErrorLog:  log.New(io.Discard, "", 0), // a client that breaks off is not worth a line
	}
	s.http.Protocols.SetHTTP1(true)
	s.http.Protocols.SetHTTP2(true)
	s.done.Go(func() { _ = s.http.Serve(plain) }) // it ends with Close and says nothing else
	s.done.Go(func() { _ = s.http.ServeTLS(secure, "", "") })
	return Address{Plain: plain.Addr().String(), TLS: secure.Addr().String(), Root: s.ca.root}, nil
}

// Close ends all connections and waits for what was started.
func (s *Server) Close() {
	if s.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // what is left is cut off
	}
	s.done.Wait()
}

// Take gives the figures since it was called before.
func (s *Server) Take() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	s.stats = Stats{}
	return st
}

// configFor waits as long as the host's handshake took, and offers the protocols that the host had.
func (s *Server) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	pause(hello.Context(), time.Now().Add(s.delays[hello.ServerName]-handshakeCost))
	cert, err := s.ca.certificate(hello.ServerName, s.literals)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{Certificates: []tls.Certificate{*cert}, NextProtos: []string{"http/1.1"}}
	if s.names[hello.ServerName] {
		c.NextProtos = []string{"h2", "http/1.1"}
	}
	return c, nil
}

// pause waits until a time, or for the end of ctx.
func pause(ctx context.Context, until time.Time) {
	d := time.Until(until) - wakeEarly
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	a := s.entries[urlOf(r)]
	if a == nil {
		s.count(Stats{Requests: 1, Unknown: 1})
		http.Error(w, "this was not recorded", http.StatusNotFound)
		return
	}
	due := begun.Add(a.FirstByte)
	pause(r.Context(), due)
	late := max(time.Since(due), 0)
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.Status)
	s.body(w, r, a.Entry, due)
	s.count(Stats{Requests: 1, Bytes: int64(len(a.Body)), Late: []time.Duration{late}})
}

// body writes the body at the recorded pace. What came within a poller's tick is written at once.
func (s *Server) body(w http.ResponseWriter, r *http.Request, e *recording.Entry, first time.Time) {
	flush := http.NewResponseController(w)
	var sent int64
	for _, step := range e.Arrivals {
		if step.At > wakeEarly && time.Until(first.Add(step.At)) > wakeEarly {
			if flush.Flush() != nil {
				return // the client has gone
			}
			pause(r.Context(), first.Add(step.At))
		}
		if s.write(w, r, e.Body[sent:step.Bytes]) != nil {
			return
		}
		sent = step.Bytes
	}
	_ = s.write(w, r, e.Body[sent:]) // a client that has gone is no concern of ours
}

// write writes a piece of a body, at the speed of the shared link where there is one.
func (s *Server) write(w http.ResponseWriter, r *http.Request, b []byte) error {
	for s.Bandwidth > 0 && len(b) > 0 {
		n := min(len(b), linkPiece)
		pause(r.Context(), s.carried(n))
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		b = b[n:]
	}
	_, err := w.Write(b)
	return err
}

// carried is when the shared link will have carried n more bytes.
func (s *Server) carried(n int) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); s.busy.Before(now) {
		s.busy = now
	}
	s.busy = s.busy.Add(time.Duration(n) * time.Second / time.Duration(s.Bandwidth))
	return s.busy
}

func (s *Server) count(one Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests += one.Requests
	s.stats.Unknown += one.Unknown
	s.stats.Bytes += one.Bytes
	s.stats.Late = append(s.stats.Late, one.Late...)
}

// urlOf is the URL that a request is for, as it was recorded.
func urlOf(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "http") { // the absolute form
		return r.RequestURI
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + r.RequestURI
}

// Host is how one host and port of a recording is reached.
type Host struct {
	Name    string // without port and brackets
	Port    uint16
	TLS     bool
	DNS     time.Duration // each the median of what was recorded
	Connect time.Duration
	TLSTime time.Duration
}

// Hosts are the hosts of a recording in the order in which they come.
func Hosts(rec *recording.Recording) []Host {
	type phases struct{ dns, connect, tls []time.Duration }
	var list []Host
	var times []phases
	at := map[string]int{}
	for i := range rec.Entries {
		e := &rec.Entries[i]
		origin := urlnorm.Origin(e.URL)
		n, known := at[origin]
		if !known {
			n = len(list)
			at[origin] = n
			list, times = append(list, hostOf(e.URL)), append(times, phases{})
		}
		if e.Connect > 0 {
			t := &times[n]
			t.dns, t.connect, t.tls = append(t.dns, e.DNS), append(t.connect, e.Connect), append(t.tls, e.TLS)
		}
	}
	for i := range list {
		h, t := &list[i], &times[i]
		h.DNS, h.Connect, h.TLSTime = median(t.dns), median(t.connect), median(t.tls)
	}
	return list
}

func hostOf(url string) Host {
	h := Host{Name: urlnorm.Hostname(url), Port: 80}
	if strings.HasPrefix(url, "https:") {
		h.TLS, h.Port = true, 443
	}
	start, end := urlnorm.SplitHost([]byte(url))
	if _, port, err := net.SplitHostPort(url[start:end]); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			h.Port = uint16(n)
		}
	}
	return h
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return min(list[len(list)/2], maxDelay)
}
