package crawler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crawl/sink"
)

// modes runs f in both modes.
func modes(t *testing.T, f func(t *testing.T, w *world, mode Mode)) {
	for _, mode := range []Mode{Concurrent, Sequential} {
		t.Run(string(mode), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) { f(t, w, mode) })
		})
	}
}

// stoppedAs expects a run that ended early for a reason and without an error.
func (o *finding) stoppedAs(why string) *finding {
	o.t.Helper()
	if o.err != nil || o.sum.Stopped != why {
		o.t.Errorf("stopped as %q, %v; want %q", o.sum.Stopped, o.err, why)
	}
	return o
}

// stopAt makes a context that is done at a time, as the first Ctrl-C does.
func stopAt(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(d, cancel)
	return ctx
}

// What is in flight when the crawl is stopped ends, is stored, and nothing new begins.
func TestStopLetsInFlightEnd(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 8, 5, after(3*time.Second, html()))
		o := Options{Mode: mode, Concurrency: 4, IgnoreRobots: true}
		out := w.crawlWith(stopAt(t, 4*time.Second), o, nil, urls...).stoppedAs(StoppedSignal)
		if out.took.Round(100*time.Millisecond) != 6*time.Second {
			t.Errorf("it took %v, want 6s", out.took)
		}
		if n := len(w.hits("")); n != len(out.records) || out.sum.URLs.Pending != int64(len(urls)-n) {
			t.Errorf("%d requests, %d records, %d pending", n, len(out.records), out.sum.URLs.Pending)
		}
		w.crawl(o, urls...).finished()
		w.asks(t, urls...)
	})
}

// What is still in flight after the grace time is given back and costs no attempt.
func TestGrace(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 4, 2, after(50*time.Second, html()))
		o := Options{Mode: mode, Grace: 5 * time.Second, IgnoreRobots: true, Tries: 1}
		out := w.crawlWith(stopAt(t, 10*time.Second), o, nil, urls...).stoppedAs(StoppedSignal)
		if out.took != 15*time.Second || len(out.records) != 0 || len(out.failed) != 0 {
			t.Errorf("it took %v and left %d records, %d failures", out.took, len(out.records), len(out.failed))
		}
		out = w.crawl(o, urls...).finished()
		for _, u := range urls {
			if r := out.class(u, ""); len(r.Attempts) != 1 {
				t.Errorf("%s: %d attempts", u, len(r.Attempts))
			}
		}
	})
}

// The second Ctrl-C ends what is in flight at once, also when nothing else stopped the crawl before.
func TestAbort(t *testing.T) {
	for _, both := range []bool{true, false} {
		modes(t, func(t *testing.T, w *world, mode Mode) {
			urls := manyHosts(w, 4, 2, after(50*time.Second, html()))
			ctx := t.Context()
			if both {
				ctx = stopAt(t, time.Second)
			}
			o := Options{Mode: mode, IgnoreRobots: true, Abort: stopAt(t, 2*time.Second)}
			out := w.crawlWith(ctx, o, nil, urls...).stoppedAs(StoppedSignal)
			if out.took != 2*time.Second || len(out.records) != 0 {
				t.Errorf("it took %v and left %d records", out.took, len(out.records))
			}
		})
	}
}

// A stop while nothing is in flight, in a wait for politeness, ends at once.
func TestStopWhileWaiting(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		w.on(pageA, status(429, "Retry-After", "1000"))
		o := Options{Mode: mode, IgnoreRobots: true}
		out := w.crawlWith(stopAt(t, 7*time.Second), o, nil, pageA).stoppedAs(StoppedSignal)
		if out.took != 7*time.Second || out.sum.URLs.Pending != 1 {
			t.Errorf("it took %v, %+v", out.took, out.sum.URLs)
		}
	})
}

func TestStoppedBeforeItBegan(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		w.page(pageA)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		store := w.open() // Run reads the counters under ctx: an error is as good as an early end
		defer store.Close()
		c, err := New(store, Options{Mode: mode, List: listOf(pageA), MinFree: -1})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		sum, err := c.Run(ctx)
		if err == nil && sum.Stopped != StoppedSignal || len(w.hits("")) > 0 {
			t.Errorf("%+v, %v", sum, err)
		}
	})
}

func TestMaxTime(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 1, 100, html())
		o := Options{Mode: mode, Rate: 10, IgnoreRobots: true, MaxTime: 2050 * time.Millisecond}
		out := w.crawl(o, urls...).stoppedAs(StoppedMaxTime)
		if out.took > 2100*time.Millisecond || len(out.records) != 21 {
			t.Errorf("it took %v and left %d records", out.took, len(out.records))
		}
		o.MaxTime = time.Hour
		w.crawl(o, urls...).finished()
		w.asks(t, urls...)
	})
}

// The budget of pages is met exactly, with any number in flight, also with robots.txt, retries and redirects among them.
func TestMaxPages(t *testing.T) {
	for _, n := range []int64{1, 7, 64, 99} {
		for _, concurrency := range []int{1, 8, 64} {
			t.Run(fmt.Sprint(n, " at ", concurrency), func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					urls := manyHosts(w, 25, 4, after(100*ms, html()))
					w.on(urls[0], turns(status(500), html()))
					w.on(urls[1], redirect("/0"))
					w.on(urls[2], status(404))
					o := Options{Concurrency: concurrency, MaxPages: n, Rate: -1}
					out := w.crawl(o, urls...).stoppedAs(StoppedMaxPages)
					if int64(len(out.records)) != n || out.sum.Fetched != n {
						t.Errorf("%d records, %d fetched", len(out.records), out.sum.Fetched)
					}
					if again := w.crawl(o, urls...).stoppedAs(StoppedMaxPages); again.sum.Requests != 0 {
						t.Errorf("a second run with the same budget made %d requests", again.sum.Requests)
					}
					o.MaxPages = 0
					w.crawl(o, urls...).finished()
				})
			})
		}
	}
}

// A list that does not end keeps no crawl whose budget is spent.
func TestMaxPagesOfAnEndlessList(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 1, 10, html())
		stuck := make(chan struct{})
		defer close(stuck)
		out := w.crawl(Options{Mode: mode, IgnoreRobots: true, MaxPages: 5, List: func(yield func(Entry, error) bool) {
			for _, u := range urls {
				if !yield(Entry{URL: u}, nil) {
					return
				}
			}
			<-stuck
		}}).stoppedAs(StoppedMaxPages)
		if len(out.records) != 5 || out.took > listPatience+2*time.Second {
			t.Errorf("%d records after %v", len(out.records), out.took)
		}
	})
}

// A budget that is just enough for all there is stops nothing.
func TestMaxPagesIsJustEnough(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 2, 5, html("/0", "/1"))
		o := Options{Mode: mode, MaxPages: 10, Depth: 3}
		w.crawl(o, urls...).finished()
		w.crawl(o, urls...).finished()
		w.asks(t, urls...)
	})
}

// The mode decides the order and nothing else: the same site gives the same records, apart from times.
func TestModesFindTheSame(t *testing.T) {
	found := map[Mode]map[string]string{}
	modes(t, func(t *testing.T, w *world, mode Mode) {
		list := binaryTree(w, 4)[0]
		list = append(list, w.chain("r.test", 3)[0], "http://no.test/x", "http://e.test/404", "http://e.test/500", "http://dead.test/")
		w.on("http://no.test/robots.txt", text("User-agent: *\nDisallow: /x"))
		w.on("http://e.test/500", turns(status(500), html("/404")))
		w.refuses["dead.test"] = true
		out := w.crawl(Options{Mode: mode, Depth: 3}, list...).finished()
		found[mode] = map[string]string{}
		for u, r := range out.records {
			var links []string
			for l := range r.Links.All() {
				links = append(links, string(l.URL))
			}
			found[mode][u] = fmt.Sprint(r.Status, r.Location, r.Depth, r.Flags, r.ErrClass, r.ErrMessage, r.Rule, len(r.Attempts), r.SHA256,
				r.Title, links, r.Body.Size)
		}
	})
	a, b := found[Concurrent], found[Sequential]
	if len(a) != len(b) || len(a) < 20 {
		t.Errorf("%d and %d records", len(a), len(b))
	}
	for u := range a {
		if a[u] != b[u] {
			t.Errorf("%s\n%s\n%s", u, a[u], b[u])
		}
	}
}

func TestSequentialIsOneByOne(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 10, 3, after(200*ms, html()))
		var active, most atomic.Int64
		for _, u := range urls {
			h := w.pages[u]
			w.on(u, func(rw http.ResponseWriter, r *http.Request) {
				most.Store(max(most.Load(), active.Add(1)))
				defer active.Add(-1)
				h(rw, r)
			})
		}
		out := w.crawl(Options{Mode: Sequential, Concurrency: 50, IgnoreRobots: true}, urls...).finished()
		if most.Load() != 1 || out.took < 6*time.Second || out.took > 6*time.Second+100*ms {
			t.Errorf("%d at once; it took %v", most.Load(), out.took)
		}
	})
}

var errList = errors.New("the list broke off")

// broken is a list that ends with an error.
func broken(urls ...string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, u := range urls {
			if !yield(Entry{URL: u}, nil) {
				return
			}
		}
		yield(Entry{}, errList)
	}
}

// A list that breaks off ends the crawl with its error; what came before is kept, and the next run goes on.
func TestListError(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 1, 50, html())
		o := Options{Mode: mode, IgnoreRobots: true, List: broken(urls...)}
		out := w.crawl(o)
		if !errors.Is(out.err, errList) || out.sum.Stopped != StoppedError {
			t.Errorf("%v, stopped as %q", out.err, out.sum.Stopped)
		}
		if n := len(out.records); n > 5 || int(out.sum.URLs.Pending) != 50-n {
			t.Errorf("after the list broke off %d pages were fetched; %+v", n, out.sum.URLs)
		}
		o.List = nil
		w.crawl(o, urls...).finished()
		w.asks(t, urls...)
	})
}

// A reader of the list that is stuck in a read stops nothing: what it gave is crawled, and the crawl can be stopped.
func TestStuckList(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		w.page(pageA)
		stuck := make(chan struct{})
		defer close(stuck)
		o := Options{Mode: mode, List: func(yield func(Entry, error) bool) {
			if yield(Entry{URL: pageA}, nil) {
				<-stuck
			}
		}}
		out := w.crawlWith(stopAt(t, 30*time.Second), o, nil).stoppedAs(StoppedSignal)
		out.class(pageA, "")
		if out.took > 30*time.Second+2*feederPatience {
			t.Errorf("it took %v", out.took)
		}
	})
}

// A list that comes slowly is crawled while it comes.
func TestSlowList(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 5, 1, html())
		out := w.crawl(Options{Mode: mode, IgnoreRobots: true, List: func(yield func(Entry, error) bool) {
			for _, u := range urls {
				if !yield(Entry{URL: u}, nil) {
					return
				}
				time.Sleep(time.Minute)
			}
		}}).finished()
		for i, u := range urls {
			if at := w.hits(u)[0].at; at > time.Duration(i)*time.Minute+time.Second {
				t.Errorf("URL %d was asked for at %v", i+1, at)
			}
		}
		if out.took != 5*time.Minute {
			t.Errorf("it took %v", out.took)
		}
	})
}

// When the store fails nothing more is asked for, and Run tells it.
func TestStoreFails(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 1, 500, html())
		var c *Crawl
		w.on(urls[20], func(rw http.ResponseWriter, r *http.Request) {
			_ = c.store.DB().Close()
			html()(rw, r)
		})
		out := w.crawlWith(t.Context(), Options{Mode: mode, Rate: -1, PerHost: 4, IgnoreRobots: true}, func(made *Crawl) { c = made }, urls...)
		if out.err == nil || out.sum == nil || out.sum.Stopped != StoppedError {
			t.Fatalf("%+v, %v", out.sum, out.err)
		}
		if n := len(w.hits("")); n > 300 {
			t.Errorf("%d requests although nothing could be stored", n)
		}
	})
}

// The disk is looked at before the first request and at each commit.
func TestDiskReserve(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		store := w.open()
		defer store.Close()
		urls := manyHosts(w, 1, 200, html())
		o := Options{Mode: mode, MinFree: 1 << 60, IgnoreRobots: true, List: listOf(urls...)}
		o.Fetch.Lookup, o.Fetch.Dial = w.lookup, w.dial
		c, err := New(store, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.Run(t.Context()); !errors.Is(err, ErrDiskReserve) || len(w.hits("")) > 0 {
			t.Errorf("%v after %d requests", err, len(w.hits("")))
		}
		o.MinFree = 1 << 20
		o.List = listOf(urls...)
		if c, err = New(store, o); err != nil {
			t.Fatal(err)
		}
		c.free = func(string) (uint64, error) {
			if since() > 5*time.Second {
				return 1000, nil
			}
			return 1 << 40, nil
		}
		sum, err := c.Run(t.Context())
		if !errors.Is(err, ErrDiskReserve) || sum == nil || sum.Stopped != StoppedError {
			t.Fatalf("%+v, %v", sum, err)
		}
		if n := len(w.hits("")); n < 40 || n > 70 {
			t.Errorf("%d requests, the disk was full after 5 s at 10 a second", n)
		}
		if err := store.Verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A second crawl on the same store is told within two seconds.
func TestStoreIsLocked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		store := w.open()
		defer store.Close()
		start := time.Now()
		_, err := OpenStore(w.dir, sink.Options{})
		if !errors.Is(err, sink.ErrLocked) || time.Since(start) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Two crawls in one process do not know of each other.
func TestTwoCrawlsAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		other := newWorld(t)
		urls := manyHosts(w, 4, 10, html())
		manyHosts(other, 4, 10, html())
		done := make(chan *finding)
		go func() { done <- other.crawl(Options{}, urls...) }()
		w.crawl(Options{}, urls...).finished()
		(<-done).finished()
		w.asks(t, urls...)
		other.asks(t, urls...)
	})
}

// The options' errors name the value and what it may be.
func TestOptionErrors(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Mode: "fast"}, `mode "fast"`},
		{Options{Concurrency: -1}, "concurrency -1"},
		{Options{Concurrency: maxConcurrency + 1}, "use 1 to 10000"},
		{Options{PerHost: -1}, "one host"},
		{Options{Depth: -1}, "depth -1"},
		{Options{Depth: 1 << 16}, "depth 65536"},
		{Options{Tries: maxTries + 1}, "21 tries"},
		{Options{MaxPages: -1}, "budget"},
		{Options{Scope: Scope{Follow: "moon"}}, `scope "moon"`},
	} {
		if err := c.o.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
	if err := (Options{}).Check(); err != nil {
		t.Error(err)
	}
	if n := len(slices.Compact(slices.Sorted(slices.Values(Classes())))); n != len(Classes()) {
		t.Error("a class is listed twice")
	}
}
