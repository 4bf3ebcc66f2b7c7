package fetch

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// limits are the time limits of one fetch; zero means none.
type limits struct {
	whole, header, idle time.Duration
	rate                int64 // bytes per second
}

// watch holds one fetch to its limits with one timer. Progress is noted in
// atomics; the timer looks at them only when something could be due, so an
// ordinary fetch never sees it fire. A watch is used again and again, and its
// timer is left running at the end of a fetch: it finds the next one not
// overdue, or none.
type watch struct {
	limits limits
	base   time.Time    // all times below are nanoseconds since then
	conn   atomic.Int64 // the request got its connection; 0 = not yet
	body   atomic.Int64 // the response header is complete; 0 = not yet
	seen   atomic.Int64 // the last byte of the body arrived
	bytes  atomic.Int64 // bytes of the body so far

	mu          sync.Mutex
	timer       *time.Timer
	armed       int64 // when the timer calls; 0: it does not
	cancel      func()
	running     bool
	paused      bool
	pausedAt    int64
	start       int64 // of the whole, or of a stream's present span of it
	stream      bool
	spanBytes   int64 // bytes when that span began
	windowStart int64 // of the window over which the rate is measured
	windowBytes int64
	late        string // the limit that was broken
}

// now is never 0, which stands for what has not happened.
func (w *watch) now() int64 { return int64(time.Since(w.base)) + 1 }

// begin starts the clock. cancel is called at most once, when a limit is broken.
func (w *watch) begin(cancel func()) {
	w.conn.Store(0)
	w.body.Store(0)
	w.bytes.Store(0)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel, w.running, w.paused, w.stream, w.late = cancel, true, false, false, ""
	w.spanBytes = 0
	w.start = w.now()
	w.arm(w.start)
}

// arm has the timer call when a limit can be broken at the earliest, or
// sooner. The lock is held.
func (w *watch) arm(now int64) {
	d := w.next(now)
	if d <= 0 {
		return
	}
	d = max(d, time.Millisecond)
	at := now + int64(d)
	if w.armed != 0 && w.armed <= at {
		return
	}
	w.armed = at
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.check)
	} else {
		w.timer.Reset(d)
	}
}

// end stops the clock. It returns the limit that was broken, if any.
func (w *watch) end() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running, w.cancel = false, nil
	return w.late
}

// connected notes that the request has a connection and is being sent.
func (w *watch) connected() { w.conn.Store(w.now()) }

// headerDone notes that the response header is complete.
func (w *watch) headerDone() {
	now := w.now()
	w.seen.Store(now)
	w.mu.Lock()
	w.windowStart, w.windowBytes = now, 0
	w.mu.Unlock()
	w.body.Store(now)
}

// progress notes n bytes of the body.
func (w *watch) progress(n int) {
	w.bytes.Add(int64(n))
	w.seen.Store(w.now())
}

// pause stops the clocks of silence and rate while the fetch waits for memory
// or decodes. It tells whether they stood already.
func (w *watch) pause() (was bool) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if was, w.paused = w.paused, true; !was {
		w.pausedAt = now
	}
	return was
}

// resume lets the clocks go on where they stood.
func (w *watch) resume() {
	now := w.now()
	w.mu.Lock()
	d := now - w.pausedAt
	w.paused = false
	w.windowStart += d
	w.seen.Add(d)
	w.mu.Unlock()
}

// streaming notes that the body goes to the caller as it arrives: the whole
// timeout holds for spans of it from now on.
func (w *watch) streaming() {
	w.mu.Lock()
	w.stream = true
	w.mu.Unlock()
}

// renewed begins another span of a stream's whole timeout if the one that is
// over has brought enough. The lock is held.
func (w *watch) renewed(now int64) bool {
	got := w.bytes.Load()
	need := float64(max(w.limits.rate, streamRate)) * w.limits.whole.Seconds()
	if !w.stream || float64(got-w.spanBytes) < need {
		return false
	}
	w.start, w.spanBytes = now, got
	return true
}

// check is the timer's function.
func (w *watch) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = 0
	if !w.running {
		return
	}
	now := w.now()
	if w.late = w.overdue(now); w.late != "" {
		w.running = false
		w.cancel()
		return
	}
	w.arm(now)
}

// overdue names the limit that is broken at the time now. The lock is held.
func (w *watch) overdue(now int64) string {
	over := func(since int64, limit time.Duration) bool { return limit > 0 && now-since >= int64(limit) }
	conn, body := w.conn.Load(), w.body.Load()
	switch {
	case over(w.start, w.limits.whole) && !w.renewed(now):
		return fmt.Sprintf("not complete after %v", w.limits.whole)
	case body == 0:
		if conn != 0 && over(conn, w.limits.header) {
			return fmt.Sprintf("no complete response header after %v", w.limits.header)
		}
	case w.paused:
	case over(w.seen.Load(), w.limits.idle):
		return fmt.Sprintf("no byte of the body for %v", w.limits.idle)
	case w.limits.rate > 0 && over(w.windowStart, rateWindow):
		got := w.bytes.Load()
		if got-w.windowBytes < w.limits.rate*int64(rateWindow/time.Second) {
			return fmt.Sprintf("slower than %d bytes/s over %v", w.limits.rate, rateWindow)
		}
		w.windowStart, w.windowBytes = now, got
	}
	return ""
}

// next is the time until a limit can be broken at the earliest; 0 when there
// is none. A phase that has not begun counts as beginning now. The lock is held.
func (w *watch) next(now int64) time.Duration {
	var least time.Duration
	due := func(since int64, limit time.Duration) {
		if limit <= 0 {
			return
		}
		d := time.Duration(since-now) + limit
		if least == 0 || d < least {
			least = d
		}
	}
	due(w.start, w.limits.whole)
	conn, body := w.conn.Load(), w.body.Load()
	seen, window := now, now
	if body != 0 && !w.paused {
		seen, window = w.seen.Load(), w.windowStart
	}
	if body == 0 {
		if conn == 0 {
			conn = now
		}
		due(conn, w.limits.header)
	}
	due(seen, w.limits.idle)
	if w.limits.rate > 0 {
		due(window, rateWindow)
	}
	return least
}
