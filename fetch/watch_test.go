package fetch

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// watched runs f under a watch and returns when and why it was cancelled.
func watched(t *testing.T, l limits, f func(w *watch)) (after time.Duration, late string) {
	synctest.Test(t, func(t *testing.T) {
		w := &watch{limits: l, base: time.Now()}
		start := time.Now()
		canceled := make(chan struct{})
		w.begin(func() { after = time.Since(start); close(canceled) })
		var wg sync.WaitGroup
		wg.Go(func() { f(w) })
		select {
		case <-canceled:
		case <-time.After(24 * time.Hour):
			after = -1
		}
		late = w.end()
		wg.Wait()
	})
	return after, late
}

func TestWatch(t *testing.T) {
	all := limits{whole: 300 * time.Second, header: 60 * time.Second, idle: 30 * time.Second, rate: 100}
	calm := all
	calm.rate = 0
	body := func(w *watch) { w.connected(); w.headerDone() }
	feed := func(w *watch, n int, every, total time.Duration) {
		for range total / every {
			time.Sleep(every)
			w.progress(n)
		}
	}
	tests := []struct {
		name   string
		limits limits
		run    func(*watch)
		after  time.Duration
		late   string
	}{
		{"never connected", all, func(*watch) {}, 300 * time.Second, "not complete after 5m0s"},
		{"no header", all, func(w *watch) { time.Sleep(7 * time.Second); w.connected() }, 67 * time.Second, "response header after 1m0s"},
		{"idle at once", calm, body, 30 * time.Second, "no byte of the body for 30s"},
		{"idle later", limits{idle: 30 * time.Second}, func(w *watch) { body(w); feed(w, 1, 29*time.Second, 290*time.Second) }, 320 * time.Second, "no byte"},
		{"too slow at once", all, func(w *watch) { body(w); feed(w, 99, time.Second, 50*time.Second) }, 10 * time.Second, "slower than 100 bytes/s"},
		{"too slow later", all, func(w *watch) {
			body(w)
			feed(w, 200, time.Second, 45*time.Second)
			feed(w, 5, time.Second, 45*time.Second)
		}, 60 * time.Second, "slower"},
		{"a stream, as long as it is fast", limits{whole: 60 * time.Second, idle: 30 * time.Second}, func(w *watch) {
			body(w)
			w.streaming()
			feed(w, 2*streamRate, time.Second, 10*time.Minute+time.Second)
			feed(w, streamRate/2, time.Second, 2*time.Minute)
		}, 11 * time.Minute, "not complete after 1m0s"},
		{"a stream below the minimum rate", all, func(w *watch) { body(w); w.streaming(); feed(w, 99, time.Second, time.Hour) }, 10 * time.Second, "slower"},
		{"a stream with a slow writer", calm, func(w *watch) {
			body(w)
			w.streaming()
			for range 6 {
				time.Sleep(2 * time.Second)
				w.progress(10 << 20)
				w.pause()
				time.Sleep(40 * time.Second)
				w.resume()
			}
		}, 6*42*time.Second + 30*time.Second, "no byte"},
		{"fast enough but endless", all, func(w *watch) { body(w); feed(w, 150, time.Second, time.Hour) }, 300 * time.Second, "not complete"},
		{"paused", calm, func(w *watch) {
			body(w)
			feed(w, 1000, time.Second, 5*time.Second)
			w.pause()
			time.Sleep(100 * time.Second)
			w.resume()
		}, 135 * time.Second, "no byte of the body"},
		{"rate after a pause", limits{rate: 100}, func(w *watch) {
			body(w)
			w.pause()
			time.Sleep(95 * time.Second)
			w.resume()
			feed(w, 10, time.Second, time.Hour)
		}, 105 * time.Second, "slower"},
		{"paused for ever", all, func(w *watch) { body(w); w.pause() }, 300 * time.Second, "not complete"},
		{"no limits", limits{}, body, -1, ""},
		{"sent again", all, func(w *watch) { w.connected(); time.Sleep(50 * time.Second); w.connected() }, 110 * time.Second, "header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after, late := watched(t, tt.limits, tt.run)
			slack := 10 * time.Second // of a rate's window
			if !strings.HasPrefix(tt.late, "slower") {
				slack = time.Second
			}
			if after < tt.after || after > tt.after+slack || tt.after < 0 && after != tt.after {
				t.Errorf("cancelled after %v, want %v", after, tt.after)
			}
			if !strings.Contains(late, tt.late) || (late == "") != (tt.late == "") {
				t.Errorf("late: %q, want %q", late, tt.late)
			}
		})
	}
}

func TestWatchIsUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &watch{limits: limits{whole: time.Minute}, base: time.Now()}
		for range 10 {
			w.begin(func() { t.Error("cancelled by an earlier fetch's timer") })
			time.Sleep(50 * time.Second)
			if late := w.end(); late != "" {
				t.Errorf("late: %s", late)
			}
		}
		w.check() // a call that was under way when the clock was stopped
		time.Sleep(time.Hour)
	})
}
