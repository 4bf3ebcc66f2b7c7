package crawler

import (
	"fmt"
	"path/filepath"
	"testing"

	"crawl/crawler/site"
	"crawl/sink"
)

// Each distinct URL is asked for exactly once, at any concurrency, however often it is linked and from how many pages at the
// same time. This runs over loopback with real goroutines, to find what virtual time would order.
func TestEachURLOnce(t *testing.T) {
	s, err := site.New(site.Options{Seed: 1, Pages: 300, Hosts: 3, MinSize: 2000, MaxSize: 12_000, Links: 40})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := s.Expect().Crawl(site.Crawl{Seeds: []string{s.URL()}, Depth: -1})
	for _, concurrency := range []int{1, 8, 64, 256} {
		for name, list := range map[string][]string{"linked": {s.URL()}, "listed": append(s.List(), s.List()...)} {
			t.Run(fmt.Sprint(concurrency, " ", name), func(t *testing.T) {
				s.ResetCounts()
				store, err := CreateStore(filepath.Join(t.TempDir(), "store"), sink.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				o := Options{
					List: listOf(list...), Concurrency: concurrency, PerHost: concurrency, Rate: -1, Depth: 100,
					Scope: Scope{Follow: ScopeAny}, IgnoreRobots: true, MinFree: -1,
				}
				o.Fetch.AllowPrivate = true
				c, err := New(store, o)
				if err != nil {
					t.Fatal(err)
				}
				sum, err := c.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				asked := s.Requests()
				for url, n := range asked {
					if n != 1 {
						t.Errorf("%s was asked for %d times", url, n)
					}
				}
				if len(asked) != len(want) || sum.Requests != int64(len(want)) || sum.URLs.Done != int64(len(want)) {
					t.Errorf("%d URLs with %d requests, %d done; the site has %d", len(asked), sum.Requests, sum.URLs.Done, len(want))
				}
				if err := store.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
