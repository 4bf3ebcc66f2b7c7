package crawler

import (
	"testing"
	"time"
)

// A single host that cannot be reached is tried as often as Tries says, with longer and longer pauses, and nothing else
// is there to wake the crawl.
func TestRetriesOfALonelyDeadHost(t *testing.T) {
	for name, kill := range map[string]func(*world){
		"connect": func(w *world) { w.refuses["dead.test"] = true },
		"dns":     func(w *world) { w.noName["dead.test"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				kill(w)
				out := w.crawl(Options{IgnoreRobots: true}, "http://dead.test/").finished()
				r := out.class("http://dead.test/", Class(name))
				if len(r.Attempts) != DefaultTries {
					t.Fatalf("%d attempts, want %d", len(r.Attempts), DefaultTries)
				}
				for i, d := range []time.Duration{DefaultRetryBase, 4 * DefaultRetryBase} {
					gap := r.Attempts[i+1].At.Sub(r.Attempts[i].At)
					if gap < d/2 || gap > d+time.Millisecond {
						t.Errorf("attempt %d came after %v, want %v to %v", i+2, gap, d/2, d)
					}
				}
			})
		})
	}
}
