package replay

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"crawl/crawler/compare/internal/recording"
	"crawl/fetch"
)

// start serves entries and gives a client that takes the server for their hosts.
func start(t testing.TB, entries ...recording.Entry) (*Server, *fetch.Client) {
	t.Helper()
	rec := &recording.Recording{Entries: entries}
	s, err := NewServer(rec)
	if err != nil {
		t.Fatal(err)
	}
	at, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	o, err := Options(fetch.Options{Proxy: "http://elsewhere.example:1"}, at, Hosts(rec))
	if err != nil {
		t.Fatal(err)
	}
	c, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

// The same bytes, headers and protocol come back under the same names, over TLS too.
func TestSameAnswers(t *testing.T) {
	entries := []recording.Entry{
		{URL: "http://a.example/", Status: 200, Header: http.Header{"Content-Type": {"text/html"}, "X-Odd": {"1", "2"}}, Body: []byte("plain")},
		{URL: "http://a.example:8080/x?y=%zz", Status: 404, Length: true, Body: []byte("none")},
		{URL: "http://a.example//two/slashes", Status: 200, Body: []byte("slashes")},
		{URL: "http://localhost/", Status: 200, Body: []byte("a local name")},
		{URL: "https://a.example/", Status: 200, Body: []byte("secret")},
		{URL: "https://b.example/", Status: 200, HTTP2: true, Body: []byte("two"), Length: true},
		{URL: "https://192.0.2.7:8443/", Status: 503, HTTP2: true, Body: []byte("literal")},
		{URL: "https://[2001:db8::1]/", Status: 200, HTTP2: true, Body: []byte("six")},
		{URL: "http://192.0.2.7/", Status: 200, Close: true, Body: []byte("closed")},
		{URL: "http://a.example/none", Status: 204},
	}
	s, c := start(t, entries...)
	for _, e := range entries {
		resp, err := c.Do(t.Context(), &fetch.Request{URL: e.URL})
		if err != nil {
			t.Errorf("%s: %v", e.URL, err)
			continue
		}
		if resp.Status != e.Status || string(resp.Body) != string(e.Body) || (resp.Proto == "HTTP/2.0") != e.HTTP2 {
			t.Errorf("%s: %d %q by %s", e.URL, resp.Status, resp.Body, resp.Proto)
		}
		if got := resp.Header["X-Odd"]; !slices.Equal(got, e.Header["X-Odd"]) || resp.Header.Get("Content-Type") != e.Header.Get("Content-Type") {
			t.Errorf("%s: header %v", e.URL, resp.Header)
		}
		resp.Release()
	}
	if st := s.Take(); st.Requests != len(entries) || st.Unknown != 0 || len(st.Late) != len(entries) {
		t.Errorf("%+v", st)
	}
	if resp, err := c.Do(t.Context(), &fetch.Request{URL: "http://a.example/other"}); err != nil || resp.Status != 404 {
		t.Errorf("what was not recorded: %v, %v", resp, err)
	}
	if st := s.Take(); st.Unknown != 1 {
		t.Errorf("%+v", st)
	}
	if _, err := c.Do(t.Context(), &fetch.Request{URL: "http://c.example/"}); err == nil {
		t.Error("a host that was not recorded answered")
	}
}

// No phase is shorter than it was. How much longer it is depends on the machine: BenchmarkFidelity tells.
func TestDelays(t *testing.T) {
	const ms = time.Millisecond
	_, c := start(t, recording.Entry{
		URL: "https://slow.example/", Status: 200, DNS: 10 * ms, Connect: 20 * ms, TLS: 30 * ms, FirstByte: 40 * ms,
		Body: make([]byte, 100), Arrivals: []recording.Arrival{{At: 0, Bytes: 10}, {At: 50 * ms, Bytes: 100}},
	})
	for i := range 2 {
		resp, err := c.Do(t.Context(), &fetch.Request{URL: "https://slow.example/"})
		if err != nil {
			t.Fatal(err)
		}
		tm := resp.Timing
		short := tm.FirstByte < 39*ms || tm.FirstByte+tm.Body < 88*ms // a first byte that is seen late shortens the body
		if i == 0 {
			short = short || tm.DNS < 9*ms || tm.Connect < 19*ms || tm.TLS < 28*ms
		}
		if short || resp.ConnReused != (i == 1) {
			t.Errorf("request %d: %+v", i, tm)
		}
		resp.Release()
	}
}

func TestHosts(t *testing.T) {
	list := Hosts(&recording.Recording{Entries: []recording.Entry{
		{URL: "http://a.example/", Connect: 3, DNS: 1},
		{URL: "http://a.example/2"},
		{URL: "http://a.example/3", Connect: 5, DNS: 2},
		{URL: "https://[::1]:99/", Connect: 1, TLS: 7},
	}})
	want := []Host{{Name: "a.example", Port: 80, DNS: 2, Connect: 5}, {Name: "::1", Port: 99, TLS: true, Connect: 1, TLSTime: 7}}
	if !slices.Equal(list, want) {
		t.Errorf("%+v", list)
	}
}

// BenchmarkFidelity tells by how much first bytes come later than recorded, at 64 connections.
func BenchmarkFidelity(b *testing.B) {
	const conns = 64
	var entries []recording.Entry
	for i := range conns {
		entries = append(entries, recording.Entry{
			URL: fmt.Sprintf("http://host%d.example/", i), Status: 200, FirstByte: time.Duration(20+i) * time.Millisecond, Body: make([]byte, 10_000),
		})
	}
	s, c := start(b, entries...)
	var mu sync.Mutex
	var off []time.Duration
	for b.Loop() {
		var wg sync.WaitGroup
		for i := range entries {
			wg.Go(func() {
				resp, err := c.Do(context.Background(), &fetch.Request{URL: entries[i].URL})
				if err != nil {
					b.Error(err)
					return
				}
				defer resp.Release()
				mu.Lock()
				defer mu.Unlock()
				off = append(off, (resp.Timing.FirstByte - entries[i].FirstByte).Abs())
			})
		}
		wg.Wait()
	}
	slices.Sort(off)
	late := s.Take().Late
	slices.Sort(late)
	b.ReportMetric(float64(off[len(off)/2].Microseconds()), "µs-off-p50")
	b.ReportMetric(float64(off[len(off)*95/100].Microseconds()), "µs-off-p95")
	b.ReportMetric(float64(late[len(late)*95/100].Microseconds()), "µs-late-p95")
}
