package crawler

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"crawl/parse"
	"crawl/sink"
	"crawl/sink/naming"
)

// calls are the methods of a Store that nothing may run beside.
func calls(ctx context.Context, s *Store, dir string) map[string]func() error {
	inProcess := parse.NewInProcess()
	return map[string]func() error{
		"Verify":  func() error { return s.Verify(ctx) },
		"Requeue": func() error { _, err := s.Requeue(ctx, Classes()); return err },
		"Extract": func() error { _, err := s.Extract(ctx, ExtractOptions{Extractor: inProcess}); return err },
		"Examine": func() error { _, err := s.Examine(ctx, ExamineOptions{Imager: inProcess, DHash: true}); return err },
		"WriteFiles": func() error {
			_, err := s.WriteFiles(ctx, dir, naming.Template{})
			return err
		},
		"Run": func() error {
			c, err := New(s, Options{})
			if err == nil {
				_, err = c.Run(ctx)
			}
			return err
		},
	}
}

// Beside a crawl nothing else that needs the store for itself begins: a second crawl would wait for the leases of the first.
// Reading goes on.
func TestOneAtATime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		store := w.open()
		defer store.Close()
		var errs map[string]error
		w.on("http://a.test/", func(rw http.ResponseWriter, _ *http.Request) {
			errs = map[string]error{}
			for name, call := range calls(t.Context(), store, t.TempDir()) {
				errs[name] = call()
			}
			if _, err := store.Totals(); err != nil {
				t.Error(err)
			}
			_, _ = rw.Write([]byte("done"))
		})
		o := Options{List: listOf("http://a.test/"), IgnoreRobots: true, MinFree: -1}
		o.Fetch.Lookup, o.Fetch.Dial = w.lookup, w.dial
		c, err := New(store, o)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := c.Run(t.Context()); err != nil || sum.URLs.Done != 1 {
			t.Fatalf("%+v, %v", sum, err)
		}
		if len(errs) == 0 {
			t.Fatal("nothing was tried")
		}
		for name, err := range errs {
			if !errors.Is(err, ErrInUse) {
				t.Errorf("%s beside a crawl: %v", name, err)
			}
		}
		for name, call := range calls(t.Context(), store, t.TempDir()) {
			if err := call(); err != nil {
				t.Errorf("%s behind the crawl: %v", name, err)
			}
		}
		if _, err := c.Run(t.Context()); err == nil {
			t.Error("a Crawl ran twice")
		}
	})
}

// What a run leaves when it is stopped, the next one in the same process takes up, without the store being opened anew: URLs
// that were on their way, those that waited in memory for their host, and the hosts.
func TestAgainOnOpenStore(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 3, 20, html())
		var stuck atomic.Bool
		stuck.Store(true)
		w.on(urls[5], func(rw http.ResponseWriter, r *http.Request) {
			if stuck.Load() {
				<-r.Context().Done()
			}
			html()(rw, r)
		})
		store := w.open()
		defer store.Close()
		run := func(ctx context.Context) *Summary {
			o := Options{Mode: mode, List: listOf(urls...), PerHost: 1, IgnoreRobots: true, MinFree: -1, Grace: time.Second}
			o.Fetch.Lookup, o.Fetch.Dial = w.lookup, w.dial
			c, err := New(store, o)
			if err != nil {
				t.Fatal(err)
			}
			sum, err := c.Run(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return sum
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if sum := run(ctx); sum.Stopped != StoppedSignal || sum.URLs.Pending == 0 || sum.URLs.Done == 0 {
			t.Errorf("stopped: %+v", sum)
		}
		if sum := run(ctx); sum.Stopped != StoppedSignal || sum.Requests != 0 {
			t.Errorf("stopped before it began: %+v", sum)
		}
		stuck.Store(false)
		ctx, cancel = context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if sum := run(ctx); sum.Stopped != "" || sum.URLs.Done != int64(len(urls)) {
			t.Errorf("again: %+v", sum)
		}
	})
}

// A store that was closed says so whatever is asked of it, and never that it is damaged.
func TestClosedStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.page("http://a.test/")
		w.crawl(Options{}, "http://a.test/").finished()
		store := w.open()
		asked := calls(ctx, store, t.TempDir())
		run, err := New(store, Options{})
		if err != nil {
			t.Fatal(err)
		}
		asked["Run"] = func() error { _, err := run.Run(ctx); return err }
		asked["ByURL"] = func() error { _, _, err := store.ByURL("http://a.test/"); return err }
		asked["Totals"] = func() error { _, err := store.Totals(); return err }
		asked["Settings"] = func() error { _, _, err := store.Settings(); return err }
		asked["Counts"] = func() error { _, err := store.Counts(newTotals()); return err }
		asked["Why"] = func() error { _, err := store.Why(ctx, "http://a.test/"); return err }
		asked["Stats"] = func() error { _, err := store.Frontier.Stats(ctx); return err }
		asked["View"] = func() error { return store.View(nil) }
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		for name, call := range asked {
			if err := call(); !errors.Is(err, sink.ErrClosed) || IsDamaged(err) {
				t.Errorf("%s of a closed store: %v", name, err)
			}
		}
	})
}

// A crawl whose store is closed under it ends, and says why.
func TestClosedUnderCrawl(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		urls := manyHosts(w, 1, 50, html())
		var c *Crawl
		w.on(urls[20], func(rw http.ResponseWriter, r *http.Request) {
			_ = c.store.Close()
			html()(rw, r)
		})
		out := w.crawlWith(t.Context(), Options{Mode: mode, Rate: -1, PerHost: 4, IgnoreRobots: true}, func(made *Crawl) { c = made }, urls...)
		if out.sum == nil || out.sum.Stopped != StoppedError || !errors.Is(out.err, sink.ErrClosed) {
			t.Errorf("%+v, %v", out.sum, out.err)
		}
	})
}

// Verify that is interrupted does not say that the store is damaged.
func TestVerifyInterrupted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		store := w.open()
		defer store.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := store.Verify(ctx); !errors.Is(err, context.Canceled) || IsDamaged(err) {
			t.Errorf("got %v", err)
		}
	})
}

// What cannot go well is refused before anything is asked for.
func TestRefusedByNew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		store := w.open()
		if _, err := New(store, Options{Images: &Images{Filter: Filter{Types: []string{"exe"}}}}); err == nil {
			t.Error("a type that is not known")
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store, err := OpenStore(w.dir, sink.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if _, err := New(store, Options{}); !errors.Is(err, sink.ErrReadOnly) {
			t.Errorf("a store that is only read: %v", err)
		}
	})
}

// Who forgets what runs the rules, or decodes pictures, is told so before anything is read.
func TestNothingToWorkWith(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page("http://a.test/")
		w.crawl(Options{}, "http://a.test/").finished()
		store := w.open()
		defer store.Close()
		if _, err := store.Extract(t.Context(), ExtractOptions{Rules: parse.Rules{Text: true}}); err == nil {
			t.Error("Extract without an Extractor")
		}
		if _, err := store.Examine(t.Context(), ExamineOptions{DHash: true}); err == nil {
			t.Error("Examine without an Imager")
		}
	})
}
