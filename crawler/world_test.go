package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crawl/sink"
)

// world is a web in memory, for crawls in virtual time: every host is served by one server over pipes. Hosts have public
// addresses unless they are given others; what no handler serves is status 404.
type world struct {
	t      *testing.T
	dir    string // of the store
	server *http.Server
	conns  chan net.Conn
	ended  chan struct{}

	mu      sync.Mutex
	pages   map[string]http.HandlerFunc // by URL
	addrs   map[string]netip.Addr       // by host name
	noName  map[string]bool             // host names without an address
	refuses map[string]bool             // host names that refuse connections
	dials   map[string]int              // by host name
	log     []hit
	active  map[string]int // requests being answered, by host
	most    map[string]int
}

// hit is a request that arrived.
type hit struct {
	url    string
	at     time.Duration // since the world began
	header http.Header
}

// began is the time at which every bubble begins.
var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func since() time.Duration { return time.Since(began) }

// inWorld runs a test in a bubble with a world in it.
func inWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t)) })
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, dir: filepath.Join(t.TempDir(), "store"), conns: make(chan net.Conn), ended: make(chan struct{}),
		pages: map[string]http.HandlerFunc{}, addrs: map[string]netip.Addr{}, noName: map[string]bool{},
		refuses: map[string]bool{}, dials: map[string]int{}, active: map[string]int{}, most: map[string]int{},
	}
	w.server = &http.Server{Handler: w, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = w.server.Serve(w) }() // it ends with ErrServerClosed
	t.Cleanup(func() { _ = w.server.Close() })
	return w
}

// Accept, Close and Addr make the world a net.Listener.
func (w *world) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

func (w *world) Close() error {
	close(w.ended)
	return nil
}

func (w *world) Addr() net.Addr { return &net.TCPAddr{} }

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	url := "http://" + r.Host + r.RequestURI
	w.mu.Lock()
	w.log = append(w.log, hit{url, since(), r.Header.Clone()})
	w.active[r.Host]++
	w.most[r.Host] = max(w.most[r.Host], w.active[r.Host])
	h := w.pages[url]
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.active[r.Host]--
		w.mu.Unlock()
	}()
	if h == nil {
		http.NotFound(rw, r)
		return
	}
	h(rw, r)
}

// on makes h serve a URL.
func (w *world) on(url string, h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[url] = h
}

// page serves an HTML page with links.
func (w *world) page(url string, links ...string) { w.on(url, html(links...)) }

func html(links ...string) http.HandlerFunc {
	var b strings.Builder
	b.WriteString("<!doctype html><title>t</title>")
	for _, l := range links {
		fmt.Fprintf(&b, "<a href=%q>x</a>", l)
	}
	return text(b.String())
}

func text(body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		if strings.HasPrefix(body, "<") {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		}
		_, _ = io.WriteString(rw, body)
	}
}

// status answers with a status and headers given in pairs.
func status(code int, header ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			rw.Header().Set(header[i], header[i+1])
		}
		rw.WriteHeader(code)
	}
}

func redirect(to string) http.HandlerFunc { return status(http.StatusFound, "Location", to) }

// after answers d later, unless the client goes away.
func after(d time.Duration, h http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
			h(rw, r)
		case <-r.Context().Done():
		}
	}
}

// turns answers with one handler after the other; the last one stays.
func turns(list ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := list[0]
		if len(list) > 1 {
			list = list[1:]
		}
		mu.Unlock()
		h(rw, r)
	}
}

// hangUp breaks the connection.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (w *world) lookup(_ context.Context, host string) ([]netip.Addr, time.Duration, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.noName[host] {
		return nil, 0, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	a, ok := w.addrs[host]
	if !ok {
		n := len(w.addrs)
		a = netip.AddrFrom4([4]byte{93, byte(n >> 16), byte(n >> 8), byte(n)})
		w.addrs[host] = a
	}
	return []netip.Addr{a}, time.Hour, nil
}

var errRefused = errors.New("connection refused")

func (w *world) dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	w.mu.Lock()
	name := addr.Addr().String()
	for host, a := range w.addrs {
		if a == addr.Addr() {
			name = host
			break
		}
	}
	w.dials[name]++
	refused := w.refuses[name]
	w.mu.Unlock()
	if refused {
		return nil, errRefused
	}
	client, server := net.Pipe()
	select {
	case w.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hits gives the requests that arrived, of those URLs that have the prefix.
func (w *world) hits(prefix string) []hit {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.log), func(h hit) bool { return !strings.HasPrefix(h.url, prefix) })
}

// asked gives how often a URL was asked for.
func (w *world) asked(url string) (n int) {
	for _, h := range w.hits(url) {
		if h.url == url {
			n++
		}
	}
	return n
}

// gaps gives the times between the requests to a host, robots.txt included.
func (w *world) gaps(host string) (gaps []time.Duration) {
	list := w.hits("http://" + host + "/")
	for i := 1; i < len(list); i++ {
		gaps = append(gaps, list[i].at-list[i-1].at)
	}
	return gaps
}

// finding is what a crawl left behind.
type finding struct {
	t       *testing.T
	sum     *Summary
	err     error
	took    time.Duration
	records map[string]*sink.Record
	notices []string
	failed  []string // "class url"
}

// crawl runs a crawl over the world's store, which is made when there is none, and verifies the store.
func (w *world) crawl(o Options, list ...string) *finding {
	return w.crawlWith(w.t.Context(), o, nil, list...)
}

// crawlWith does so under ctx, and lets tune change the crawl before it runs.
func (w *world) crawlWith(ctx context.Context, o Options, tune func(*Crawl), list ...string) *finding {
	w.t.Helper()
	out := &finding{t: w.t, records: map[string]*sink.Record{}}
	store := w.open()
	defer store.Close()
	o.Fetch.Lookup, o.Fetch.Dial = w.lookup, w.dial
	o.MinFree = -1
	if o.List == nil {
		o.List = listOf(list...)
	}
	if o.Observer == nil {
		o.Observer = &ear{out: out}
	}
	c, err := New(store, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if tune != nil {
		tune(c)
	}
	start := time.Now()
	out.sum, out.err = c.Run(ctx)
	out.took = time.Since(start)
	w.read(store, out)
	return out
}

func (w *world) read(store *Store, out *finding) {
	w.t.Helper()
	err := store.Each(0, func(r *sink.Record) error {
		if out.records[r.URL] != nil {
			w.t.Errorf("%s has two records", r.URL)
		}
		out.records[r.URL] = r
		return nil
	})
	if err == nil {
		err = store.Verify(w.t.Context())
	}
	if err != nil && out.err == nil {
		w.t.Errorf("the store after the crawl: %v", err)
	}
}

func (w *world) open() *Store {
	w.t.Helper()
	store, err := OpenStore(w.dir, sink.Options{})
	if errors.Is(err, sink.ErrNotFound) {
		store, err = CreateStore(w.dir, sink.Options{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}

func listOf(urls ...string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i, u := range urls {
			if !yield(Entry{URL: u, Where: fmt.Sprintf("list:%d", i+1)}, nil) {
				return
			}
		}
	}
}

// ear is the Observer that remembers.
type ear struct {
	silent
	mu  sync.Mutex
	out *finding
}

func (e *ear) Notice(message string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.out.notices = append(e.out.notices, message)
}

func (e *ear) Failed(url string, class Class, _ string, _ time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.out.failed = append(e.out.failed, string(class)+" "+url)
}

// finished expects a crawl that came to its end without an error.
func (o *finding) finished() *finding {
	o.t.Helper()
	if o.err != nil {
		o.t.Fatalf("Run: %v", o.err)
	}
	if o.sum.Stopped != "" || o.sum.URLs.Pending != 0 {
		o.t.Fatalf("the crawl stopped (%q) with %d URLs pending", o.sum.Stopped, o.sum.URLs.Pending)
	}
	return o
}

// record gives the record of a URL, which must have one.
func (o *finding) record(url string) *sink.Record {
	o.t.Helper()
	r := o.records[url]
	if r == nil {
		o.t.Fatalf("%s has no record", url)
	}
	return r
}

// class expects that a URL has a record of this class, and gives it.
func (o *finding) class(url string, want Class) *sink.Record {
	o.t.Helper()
	r := o.record(url)
	if Class(r.ErrClass) != want {
		o.t.Errorf("%s: class %q (%s), want %q", url, r.ErrClass, r.ErrMessage, want)
	}
	return r
}

// private gives a host an address that is not public.
func (w *world) private(host string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addrs[host] = netip.AddrFrom4([4]byte{10, 0, 0, byte(len(w.addrs))})
}
