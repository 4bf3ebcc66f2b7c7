// Package crawl_test holds the benchmarks of the whole: what a crawl costs, in the figures that its users pay. Those of one
// stage stand beside the stage. How to run and compare them is in CONTRIBUTING.md, what they gave in docs/benchmarks.md.
package crawl_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crawl/crawler"
	"crawl/crawler/site"
	"crawl/fetch"
	"crawl/parse"
	"crawl/sink"

	bolt "go.etcd.io/bbolt"
)

// BenchmarkMode crawls the same pages, each answered after a fixed latency, one by one and concurrently. ideal is the time
// that waiting alone takes; over is what the crawl took beyond it.
func BenchmarkMode(b *testing.B) {
	for _, bc := range []struct {
		mode    crawler.Mode
		pages   int
		latency time.Duration
		slots   int
	}{
		{crawler.Sequential, 20, 200 * time.Millisecond, 1},
		{crawler.Concurrent, 100, 200 * time.Millisecond, 100},
		{crawler.Sequential, 100, 50 * time.Millisecond, 1},
		{crawler.Concurrent, 1000, 50 * time.Millisecond, 100},
	} {
		name := fmt.Sprintf("%s/pages=%d/latency=%s/c=%d", bc.mode, bc.pages, bc.latency, bc.slots)
		b.Run(name, func(b *testing.B) {
			s := startSite(b, site.Options{
				Pages: bc.pages, Hosts: 1, MinSize: 10_000, MaxSize: 10_000, LatencyMin: bc.latency, LatencyMax: bc.latency,
			})
			rounds := (bc.pages + bc.slots - 1) / bc.slots
			ideal := time.Duration(rounds) * bc.latency
			var wall time.Duration
			n := 0
			for b.Loop() {
				sum := crawlSite(b, s, crawler.Options{Mode: bc.mode, Concurrency: bc.slots, PerHost: bc.slots})
				wall += time.Duration(sum.WallS * float64(time.Second))
				n++
			}
			mean := wall / time.Duration(n)
			b.ReportMetric(float64(bc.pages)/mean.Seconds(), "pages/s")
			b.ReportMetric(mean.Seconds()*1000, "ms/crawl")
			b.ReportMetric(100*(float64(mean)/float64(ideal)-1), "%over-ideal")
		})
	}
}

// BenchmarkCrawl crawls a plain site to its end from its root, with every body, record and link stored. The site is served
// by the same process, so CPU figures need bench/cost.sh; requests/page must be 1.
func BenchmarkCrawl(b *testing.B) {
	for _, c := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("pages=2000/c=%d", c), func(b *testing.B) {
			s := startSite(b, site.Options{Pages: 2000, Hosts: 1, MinSize: 10_000, MaxSize: 10_000})
			var requests, pages int64
			for b.Loop() {
				sum := crawlURL(b, s.URL(), crawler.Options{Concurrency: c, PerHost: c, Depth: 1000})
				requests += sum.Requests
				pages += sum.URLs.Done
			}
			b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(requests)/float64(pages), "requests/page")
		})
	}
}

// BenchmarkParse compares the light parser with the extraction of three fields over the tree.
func BenchmarkParse(b *testing.B) {
	rules := parse.Rules{Select: []parse.Rule{{Name: "title", CSS: "h1"}, {Name: "para", CSS: "p"}, {Name: "pic", CSS: "img", Attr: "src"}}}
	for _, size := range []int{2_000, 10_000, 100_000} {
		doc := pageOf(b, size)
		b.Run(fmt.Sprintf("light/%dkB", size/1000), func(b *testing.B) {
			b.SetBytes(int64(len(doc.Body)))
			var light parse.Light
			var page parse.Page
			for b.Loop() {
				light.Parse(doc, &page)
			}
		})
		b.Run(fmt.Sprintf("heavy/%dkB", size/1000), func(b *testing.B) {
			b.SetBytes(int64(len(doc.Body)))
			ex := parse.NewInProcess()
			defer ex.Close()
			for b.Loop() {
				if _, err := ex.Extract(context.Background(), doc, rules); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStore commits results with their bodies in groups.
func BenchmarkStore(b *testing.B) {
	for _, group := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("group=%d/10kB", group), func(b *testing.B) {
			s, err := sink.Create(filepath.Join(b.TempDir(), "store"), sink.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			pages := 0
			for b.Loop() {
				puts := make([]sink.Put, group)
				for i := range puts {
					pages++
					puts[i] = result(pages)
				}
				if err := s.Commit(puts, func(*bolt.Tx) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(pages)/b.Elapsed().Seconds(), "pages/s")
			b.ReportMetric(float64(pages)*10e3/1e6/b.Elapsed().Seconds(), "MB/s")
		})
	}
}

// result is a page of 10 kB that no other is like.
func result(n int) sink.Put {
	body := []byte(strings.Repeat(fmt.Sprintf("page %08d ", n), 10_000/14))
	r := &sink.Record{ID: uint64(n), URL: fmt.Sprintf("http://example.org/page/%d", n), Status: 200, MediaType: "text/html"}
	copy(r.SHA256[:], fmt.Sprintf("%032d", n))
	for i := range 45 {
		r.Links.Add(byte(parse.KindAnchor), false, fmt.Appendf(nil, "http://example.org/page/%d", n+i))
	}
	return sink.Put{Record: r, Body: body}
}

func startSite(b *testing.B, o site.Options) *site.Site {
	b.Helper()
	s, err := site.New(o)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	return s
}

// pageOf gives a page of the built-in site.
func pageOf(b *testing.B, size int) *parse.Document {
	b.Helper()
	s, err := site.New(site.Options{Pages: 200, Hosts: 1, MinSize: size, MaxSize: size})
	if err != nil {
		b.Fatal(err)
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, httptest.NewRequest("GET", s.List()[7], nil))
	return &parse.Document{URL: s.List()[7], ContentType: rec.Header().Get("Content-Type"), Body: rec.Body.Bytes()}
}

// crawlSite crawls the site's list.
func crawlSite(b *testing.B, s *site.Site, o crawler.Options) *crawler.Summary {
	return crawlList(b, s.List(), o)
}

func crawlURL(b *testing.B, url string, o crawler.Options) *crawler.Summary {
	return crawlList(b, []string{url}, o)
}

func crawlList(b *testing.B, list []string, o crawler.Options) *crawler.Summary {
	b.Helper()
	store, err := crawler.CreateStore(filepath.Join(b.TempDir(), fmt.Sprintf("store-%d", time.Now().UnixNano())), sink.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	o.Rate, o.IgnoreRobots, o.Fetch = -1, true, fetch.Options{}
	o.List = func(yield func(crawler.Entry, error) bool) {
		for _, u := range list {
			if !yield(crawler.Entry{URL: u}, nil) {
				return
			}
		}
	}
	c, err := crawler.New(store, o)
	if err != nil {
		b.Fatal(err)
	}
	sum, err := c.Run(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if sum.URLs.Failed+sum.URLs.Skipped+sum.URLs.Pending > 0 {
		b.Fatalf("the crawl did not come through: %+v", sum.URLs)
	}
	return sum
}
