package crawler

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"crawl/sink"
)

var randomSeeds = flag.Int("random.seeds", 40, "number of random webs that are crawled")

// randomWeb is a small web made by chance: pages that link to each other, redirects, pages that robots.txt forbids, pages
// that fail at first or for ever. It knows what a crawl of it must find.
type randomWeb struct {
	urls  []string
	nodes []randomNode
	list  []string
	depth int
}

type randomNode struct {
	links   []int
	to      int // redirects there; -1: does not
	refused bool
	status  int // 0: a page
	flaky   bool
}

func newRandomWeb(rng *rand.Rand) *randomWeb {
	n := 5 + rng.IntN(40)
	hosts := 1 + rng.IntN(5)
	r := &randomWeb{depth: rng.IntN(5)}
	for i := range n {
		path := "p"
		node := randomNode{to: -1}
		switch k := rng.IntN(20); {
		case k == 0:
			path, node.refused = "no", true
		case k == 1:
			node.status = []int{404, 410, 501}[rng.IntN(3)]
		case k < 4 && i < maxRedirects: // so few that no chain is too long
			node.to = rng.IntN(n)
		case k == 5:
			node.flaky = true
		}
		if node.to == i {
			node.to = -1
		}
		for range rng.IntN(4) {
			node.links = append(node.links, rng.IntN(n))
		}
		r.nodes = append(r.nodes, node)
		r.urls = append(r.urls, fmt.Sprintf("http://h%d.test/%s/%d", rng.IntN(hosts), path, i))
	}
	for range 1 + rng.IntN(3) {
		r.list = append(r.list, r.urls[rng.IntN(n)])
	}
	return r
}

// serve builds the web in a world.
func (r *randomWeb) serve(w *world, rng *rand.Rand) {
	for h := range 5 {
		w.on(fmt.Sprintf("http://h%d.test/robots.txt", h), text("User-agent: *\nDisallow: /no/\n"))
	}
	for i, node := range r.nodes {
		var h http.HandlerFunc
		switch {
		case node.to >= 0:
			h = redirect(r.urls[node.to])
		case node.status != 0:
			h = status(node.status)
		default:
			var links []string
			for _, j := range node.links {
				links = append(links, r.urls[j])
			}
			h = html(links...)
		}
		h = after(time.Duration(rng.IntN(3000))*ms, h)
		if node.flaky {
			h = turns(status(500), h)
		}
		w.on(r.urls[i], h)
	}
}

// expect gives the least depth of each URL that has a record, and whether it has a row of its own: a redirect costs no
// depth, and what only redirects lead to has no row.
func (r *randomWeb) expect() (depth map[string]int, row map[string]bool) {
	depth, row = map[string]int{}, map[string]bool{}
	index := map[string]int{}
	for i, u := range r.urls {
		index[u] = i
	}
	var visit func(i, d int)
	visit = func(i, d int) {
		u := r.urls[i]
		if old, ok := depth[u]; ok && old <= d {
			return
		}
		depth[u] = d
		node := r.nodes[i]
		switch {
		case node.refused:
		case node.to >= 0:
			visit(node.to, d)
		case node.status == 0 && d < r.depth:
			for _, j := range node.links {
				row[r.urls[j]] = true
				visit(j, d+1)
			}
		}
	}
	for _, u := range r.list {
		row[u] = true
		visit(index[u], 0)
	}
	return depth, row
}

// judge holds what a crawl found against what it must find.
func (r *randomWeb) judge(t *testing.T, w *world, out *finding) {
	t.Helper()
	depth, row := r.expect()
	for u, d := range depth {
		rec := out.records[u]
		if rec == nil {
			t.Errorf("%s has no record", u)
			continue
		}
		if int(rec.Depth) != d || sink.HasRow(rec) != row[u] {
			t.Errorf("%s: depth %d, row %v; want depth %d, row %v", u, rec.Depth, sink.HasRow(rec), d, row[u])
		}
	}
	for u := range out.records {
		if _, ok := depth[u]; !ok {
			t.Errorf("%s does not belong to the crawl", u)
		}
	}
	for i, u := range r.urls {
		want := 1
		if _, ok := depth[u]; !ok || r.nodes[i].refused {
			want = 0
		} else if r.nodes[i].flaky {
			want = 2
		}
		if got := w.asked(u); got != want {
			t.Errorf("%s was asked for %d times, want %d", u, got, want)
		}
	}
}

// Any web is crawled to what a plain walk over it finds, each URL asked for once, in both modes, however often the crawl is
// stopped on the way and whether the depth was there from the start.
//
//	go test ./crawler -run TestRandomWebs -random.seeds=10000
func TestRandomWebs(t *testing.T) {
	for seed := range *randomSeeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(seed), 0))
				web := newRandomWeb(rng)
				w := newWorld(t)
				web.serve(w, rng)
				o := Options{
					Depth: web.depth, Scope: Scope{Follow: ScopeAny}, Concurrency: 1 + rng.IntN(10), Rate: []float64{-1, 1, 10}[rng.IntN(3)],
					Grace: time.Minute,
				}
				tune := func(c *Crawl) { c.maxHosts = 1 + rng.IntN(5) }
				for range rng.IntN(4) {
					early := o
					early.Depth = rng.IntN(web.depth + 1)
					if rng.IntN(3) == 0 {
						early.Mode = Sequential
					}
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Duration(1+rng.IntN(5000))*ms, cancel)
					w.crawlWith(ctx, early, tune, web.list...)
					cancel()
				}
				out := w.crawlWith(t.Context(), o, tune, web.list...).finished()
				web.judge(t, w, out)
			})
		})
	}
}
