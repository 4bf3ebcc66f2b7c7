package crawler

import (
	"testing"
	"time"

	"crawl/sink"
)

// The histogram's buckets are wide; what it says must not lie above all that was measured.
func TestLatencyIsNotAboveTheSlowest(t *testing.T) {
	s := newStats()
	s.observe(&sink.Attempt{Timing: sink.Timing{FirstByte: 8590 * time.Millisecond}})
	if q := s.quantiles(); q.P50 != 8590 || q.P99 != 8590 {
		t.Errorf("%+v of one request in 8590 ms", q)
	}
}

// What is under way while nothing else happens is told: the request is sent by the same wake-up after which the progress
// was told last.
func TestProgressTellsALoneRequest(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		w.on(pageA, after(30*time.Second, html()))
		looked := make(chan Progress, 1)
		look := func(c *Crawl) { time.AfterFunc(10*time.Second, func() { looked <- c.Progress() }) }
		w.crawlWith(t.Context(), Options{Mode: mode, Rate: 1}, look, pageA).finished()
		if seen := <-looked; seen.InFlight != 1 || seen.Pending != 1 {
			t.Errorf("%d in flight, %d pending, want 1 and 1", seen.InFlight, seen.Pending)
		}
	})
}
