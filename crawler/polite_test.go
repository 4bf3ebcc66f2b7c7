package crawler

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// ms is the exactness of times in these tests: retries are kept in milliseconds, and rates in floating point.
const ms = time.Millisecond

// manyHosts makes hosts with pages, and gives their URLs host by host.
func manyHosts(w *world, hosts, pages int, serve http.HandlerFunc) (urls []string) {
	for h := range hosts {
		for p := range pages {
			u := fmt.Sprintf("http://h%d.test/%d", h, p)
			w.on(u, serve)
			urls = append(urls, u)
		}
	}
	return urls
}

// All hosts together are asked no more at a time than Concurrency says, and no less while there is work.
func TestConcurrency(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var now, most atomic.Int64
		urls := manyHosts(w, 12, 1, func(http.ResponseWriter, *http.Request) {
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(time.Second)
			now.Add(-1)
		})
		out := w.crawl(Options{Concurrency: 3, Rate: -1, IgnoreRobots: true}, urls...).finished()
		if most.Load() != 3 || out.took > 4*time.Second+2*commitDelay {
			t.Errorf("at most %d at a time, it took %v", most.Load(), out.took)
		}
	})
}

// Fifty hosts with ten pages each, asked at ten requests a second each: robots.txt and ten pages take exactly a second
// for all of them together, since they do not wait for each other.
func TestFiftyHostsAtTheirRate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 50, 10, html())
		out := w.crawl(Options{Rate: 10, Concurrency: 64}, urls...).finished()
		if out.sum.URLs.Done != 500 || out.sum.Requests != 550 {
			t.Errorf("%d done with %d requests", out.sum.URLs.Done, out.sum.Requests)
		}
		if want := time.Second; out.took < want || out.took > want+2*commitDelay {
			t.Errorf("it took %v, want %v", out.took, want)
		}
		for h := range 50 {
			for i, gap := range w.gaps(fmt.Sprintf("h%d.test", h)) {
				if gap < 100*ms || gap > 101*ms {
					t.Fatalf("host %d: request %d came %v after the one before", h, i+2, gap)
				}
			}
		}
		if wait := out.sum.PolitenessWait; wait < 0.9 || wait > 1.1 {
			t.Errorf("politeness_wait_s is %v", wait)
		}
	})
}

func TestCrawlDelaySpacesRequests(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 3, 10, after(300*ms, html()))
		for h := range 3 {
			w.on(fmt.Sprintf("http://h%d.test/robots.txt", h), text("User-agent: *\nCrawl-delay: 2\n"))
		}
		out := w.crawl(Options{}, urls...).finished()
		for h := range 3 {
			// The first page follows robots.txt at the ordinary rate's distance or later; then the delay holds.
			gaps := w.gaps(fmt.Sprintf("h%d.test", h))
			for _, gap := range gaps {
				if gap < 2*time.Second || gap > 2*time.Second+ms {
					t.Errorf("host %d: gaps %v", h, gaps)
					break
				}
			}
			if n := w.most[fmt.Sprintf("h%d.test", h)]; n != 1 {
				t.Errorf("host %d: %d requests at once", h, n)
			}
		}
		if out.took > 21*time.Second {
			t.Errorf("it took %v", out.took)
		}
	})
}

// A Crawl-delay is obeyed up to a minute.
func TestAbsurdCrawlDelayIsCapped(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 1, 3, html())
		w.on("http://h0.test/robots.txt", text("User-agent: *\nCrawl-delay: 86400\n"))
		out := w.crawl(Options{}, urls...).finished()
		if out.took < 3*robotsMaxDelay || out.took > 3*robotsMaxDelay+time.Second {
			t.Errorf("it took %v", out.took)
		}
	})
}

// One host that answers slowly, at its full number of slots, does not hold up the others, also when it comes first and has
// the longest list.
func TestSlowHostHoldsNobodyUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var urls []string
		for p := range 40 {
			u := fmt.Sprintf("http://slow.test/%d", p)
			w.on(u, after(20*time.Second, html()))
			urls = append(urls, u)
		}
		urls = append(urls, manyHosts(w, 20, 10, html())...)
		out := w.crawl(Options{Concurrency: 8, PerHost: 4}, urls...).finished()
		if n := w.most["slow.test"]; n > 4 {
			t.Errorf("%d requests at once to the slow host", n)
		}
		for h := range 20 {
			list := w.hits(fmt.Sprintf("http://h%d.test/", h))
			if last := list[len(list)-1].at; last > 2*time.Second {
				t.Errorf("host %d was served until %v", h, last)
			}
		}
		if out.took < 200*time.Second || out.took > 202*time.Second {
			t.Errorf("it took %v", out.took)
		}
	})
}

func TestPerHostLimit(t *testing.T) {
	for _, n := range []int{1, 3, 8} {
		inWorld(t, func(t *testing.T, w *world) {
			urls := manyHosts(w, 2, 30, after(time.Second, html()))
			w.crawl(Options{Rate: -1, PerHost: n, IgnoreRobots: true}, urls...).finished()
			if w.most["h0.test"] != n || w.most["h1.test"] != n {
				t.Errorf("per host %d: most at once %v", n, w.most)
			}
		})
	}
}

// The loop looks at the schedule when there is something to do, and not in between: the number of looks follows from the
// number of events, not from the time that passes.
func TestNoBusyLoop(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 10, 20, after(time.Second, html()))
		urls = append(urls, "http://dead.test/1", "http://busy.test/")
		w.refuses["dead.test"] = true
		w.on("http://busy.test/", turns(status(503, "Retry-After", "600"), html()))
		looks := 0
		out := w.crawlWith(t.Context(), Options{Rate: 1, Concurrency: 8}, func(c *Crawl) {
			c.probe = func(*schedule) { looks++ }
		}, urls...).finished()
		if out.took < 600*time.Second {
			t.Fatalf("it took only %v", out.took)
		}
		if limit := 20 * int(out.sum.Requests); looks > limit {
			t.Errorf("the schedule was asked %d times in a crawl of %d requests", looks, out.sum.Requests)
		}
		t.Logf("asked %d times for %d requests in %v", looks, out.sum.Requests, out.took)
	})
}

// More hosts than may be in memory: each gets its turn, and the memory stays bounded.
func TestHostsInMemoryAreBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const most = 8
		urls := manyHosts(w, 60, 3, html())
		seen := false
		over := 0
		out := w.crawlWith(t.Context(), Options{Rate: 1, IgnoreRobots: true}, func(c *Crawl) {
			c.maxHosts = most
			c.probe = func(s *schedule) {
				seen = true
				if len(s.hosts) > most {
					over = len(s.hosts)
				}
			}
		}, urls...).finished()
		if over > 0 || !seen {
			t.Errorf("%d hosts in memory, want at most %d", over, most)
		}
		for h := range 60 {
			for _, gap := range w.gaps(fmt.Sprintf("h%d.test", h)) {
				if gap < time.Second {
					t.Fatalf("host %d was asked again after %v", h, gap)
				}
			}
		}
		if out.sum.URLs.Done != 180 {
			t.Errorf("%d done", out.sum.URLs.Done)
		}
	})
}

// Politeness outlives the process: what a host asked for in one run holds in the next.
func TestPolitenessSurvivesARestart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/", turns(status(429, "Retry-After", "100"), html()))
		stopped := w.crawl(Options{IgnoreRobots: true, MaxTime: 5 * time.Second, Grace: time.Second}, "http://a.test/")
		if stopped.err != nil || stopped.sum.Stopped != StoppedMaxTime || stopped.sum.URLs.Pending != 1 {
			t.Fatalf("first run: %+v, %v", stopped.sum, stopped.err)
		}
		w.crawl(Options{IgnoreRobots: true}, "http://a.test/").finished()
		if gaps := w.gaps("a.test"); len(gaps) != 1 || gaps[0] < 100*time.Second || gaps[0] > 101*time.Second {
			t.Errorf("gaps %v, the server asked for 100s", gaps)
		}
	})
}

func TestUserAgentIsSent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page("http://a.test/")
		w.crawl(Options{}, "http://a.test/").finished()
		for _, h := range w.hits("http://a.test/") {
			if !strings.HasPrefix(h.header.Get("User-Agent"), "crawl") {
				t.Errorf("%s was asked for by %q", h.url, h.header.Get("User-Agent"))
			}
		}
	})
}

// Hosts that may not be asked for long give their place in memory to others, and lose nothing.
func TestWaitingHostsMakeRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 40, 3, html())
		for h := range 40 {
			w.on(fmt.Sprintf("http://h%d.test/robots.txt", h), text("User-agent: *\nCrawl-delay: 30\n"))
		}
		out := w.crawlWith(t.Context(), Options{}, func(c *Crawl) { c.maxHosts = 8 }, urls...).finished()
		w.asks(t, urls...)
		for h := range 40 {
			for _, gap := range w.gaps(fmt.Sprintf("h%d.test", h)) {
				if gap < 30*time.Second-ms {
					t.Fatalf("host %d was asked again after %v", h, gap)
				}
			}
			if n := w.asked(fmt.Sprintf("http://h%d.test/robots.txt", h)); n != 1 {
				t.Errorf("host %d: %d requests for robots.txt", h, n)
			}
		}
		if out.took > 110*time.Second {
			t.Errorf("it took %v, little more than 90s should do", out.took)
		}
	})
}
