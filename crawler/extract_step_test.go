package crawler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"crawl/parse"
	"crawl/sink"
)

// slowly is an Extractor that takes a while for a page, for ever for one whose URL ends in stuck, and fails for good at broken.
type slowly struct {
	takes         time.Duration
	stuck, broken string
}

func (slowly) Close() error { return nil }

func (e slowly) Extract(ctx context.Context, doc *parse.Document, _ parse.Rules) (parse.Extraction, error) {
	takes := e.takes
	switch {
	case e.stuck != "" && strings.HasSuffix(doc.URL, e.stuck):
		takes = 1000 * time.Hour
	case e.broken != "" && strings.HasSuffix(doc.URL, e.broken):
		return parse.Extraction{}, parse.ErrNoWorkers
	}
	select {
	case <-time.After(takes):
		return parse.Extraction{Text: "text"}, nil
	case <-ctx.Done():
		return parse.Extraction{}, ctx.Err()
	}
}

// extractWorld has a store of 50 pages, which it opens.
func extractWorld(t *testing.T, f func(t *testing.T, store *Store)) {
	inWorld(t, func(t *testing.T, w *world) {
		var list []string
		for i := range 50 {
			list = append(list, fmt.Sprintf("http://a.test/%02d", i))
			w.page(list[i])
		}
		w.crawl(Options{IgnoreRobots: true, Mode: Sequential}, list...).finished()
		store := w.open()
		defer store.Close()
		f(t, store)
	})
}

// withText counts the pages that have been extracted.
func withText(t *testing.T, store *Store) (n int64) {
	t.Helper()
	err := store.Each(0, func(r *sink.Record) error {
		if r.Text != "" {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var textRule = parse.Rules{Text: true}

// What is done when an extraction is stopped is stored, with the pages in hand, and the next one goes on behind it.
func TestStoppedExtractionKeepsWhatIsDone(t *testing.T) {
	extractWorld(t, func(t *testing.T, store *Store) {
		for run, want := range []int64{20, 20, 10} {
			var told int64
			o := ExtractOptions{Rules: textRule, Extractor: slowly{takes: 100 * time.Millisecond}, Parallel: 2, Progress: func(p Progress) { told = p.Totals.Done }}
			sum, err := store.Extract(stopAt(t, 950*time.Millisecond), o)
			if err != nil || sum.Pages != want || sum.Stopped != (run < 2) || sum.Resumed != (run > 0) {
				t.Fatalf("run %d: %+v, %v; want %d pages", run, sum, err, want)
			}
			if n := withText(t, store); n != told {
				t.Errorf("run %d: %d pages stored, %d told", run, n, told)
			}
		}
	})
}

// A kill costs no more than a second's work: what is done is stored while other pages take long.
func TestExtractionIsStoredWhileItRuns(t *testing.T) {
	extractWorld(t, func(t *testing.T, store *Store) {
		seen := make(chan int64, 1)
		time.AfterFunc(2500*time.Millisecond, func() { seen <- withText(t, store) })
		o := ExtractOptions{Rules: textRule, Extractor: slowly{takes: 100 * time.Millisecond, stuck: "/45"}, Parallel: 2}
		start := time.Now()
		sum, err := store.Extract(stopAt(t, 10*time.Second), o)
		if err != nil || sum.Pages != 45 || !sum.Stopped {
			t.Errorf("%+v, %v; want the 45 pages before the one that is stuck", sum, err)
		}
		if took := time.Since(start); took != 10*time.Second+extractGrace {
			t.Errorf("it took %s", took)
		}
		if n := <-seen; n < 30 || withText(t, store) != 45 {
			t.Errorf("%d pages were stored after 2.5 s, %d at the end", n, withText(t, store))
		}
	})
}

// The second Ctrl-C does not wait for the pages in hand.
func TestAbortedExtraction(t *testing.T) {
	extractWorld(t, func(t *testing.T, store *Store) {
		abort := stopAt(t, 3*time.Second+time.Millisecond)
		o := ExtractOptions{Rules: textRule, Extractor: slowly{takes: time.Second, stuck: "/04"}, Parallel: 2, Abort: abort}
		start := time.Now()
		sum, err := store.Extract(stopAt(t, 3*time.Second), o)
		if err != nil || !sum.Stopped || sum.Pages != 4 || time.Since(start) != 3*time.Second+time.Millisecond {
			t.Errorf("%+v, %v, after %s", sum, err, time.Since(start))
		}
	})
}

// Without workers the pages before are stored all the same.
func TestExtractionWithoutWorkersKeepsWhatIsDone(t *testing.T) {
	extractWorld(t, func(t *testing.T, store *Store) {
		sum, err := store.Extract(t.Context(), ExtractOptions{Rules: textRule, Extractor: slowly{takes: time.Second, broken: "/31"}, Parallel: 4})
		if !errors.Is(err, ErrNoParsers) || sum.Pages != 31 || withText(t, store) != 31 {
			t.Errorf("%+v, %v, %d stored", sum, err, withText(t, store))
		}
	})
}

// Whoever cannot take what changed ends the extraction before more is changed, and is told again by the next.
func TestExtractionEndsWhenChangesCannotBeTold(t *testing.T) {
	extractWorld(t, func(t *testing.T, store *Store) {
		full := errors.New("full")
		told := map[string]int{}
		o := ExtractOptions{Rules: textRule, Extractor: slowly{takes: 100 * time.Millisecond}, Parallel: 1}
		o.Changed = func(_, after *sink.Record) error {
			if len(told) == 25 {
				return full
			}
			told[after.URL]++
			return nil
		}
		sum, err := store.Extract(t.Context(), o)
		if n := withText(t, store); !errors.Is(err, full) || sum.Pages != n || n == 0 || n > 25 {
			t.Errorf("%+v, %v, %d stored", sum, err, n)
		}
		o.Changed = func(_, after *sink.Record) error {
			told[after.URL]++
			return nil
		}
		if sum, err := store.Extract(t.Context(), o); err != nil || !sum.Resumed || len(told) != 50 || withText(t, store) != 50 {
			t.Errorf("%+v, %v, %d told", sum, err, len(told))
		}
	})
}
