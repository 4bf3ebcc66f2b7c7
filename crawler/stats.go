package crawler

import (
	"context"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"crawl/sink"
)

// stats are the measurements of this run. They belong to the loop.
type stats struct {
	latency *hdrhistogram.Histogram // of requests, microseconds
	slowest int64                   // of them, microseconds
	stages  sink.Timing             // summed over requests
	n       int64
}

// Latencies are measured from 1 us to 10 minutes with two significant digits, in 20 kB.
func newStats() *stats {
	return &stats{latency: hdrhistogram.New(1, int64(10*time.Minute/time.Microsecond), 2)}
}

func (s *stats) observe(a *sink.Attempt) {
	t, sum := &a.Timing, &s.stages
	s.n++
	sum.Queue += t.Queue
	sum.Polite += t.Polite
	sum.DNS += t.DNS
	sum.Connect += t.Connect
	sum.TLS += t.TLS
	sum.FirstByte += t.FirstByte
	sum.Body += t.Body
	sum.Parse += t.Parse
	us := max((t.DNS + t.Connect + t.TLS + t.FirstByte + t.Body).Microseconds(), 1)
	s.slowest = max(s.slowest, us)
	// RecordValue fails only above the highest value, which is then what is recorded.
	_ = s.latency.RecordValue(min(us, s.latency.HighestTrackableValue()))
}

// Progress is how far a running crawl is.
type Progress struct {
	Totals   Totals
	Known    uint64
	Pending  uint64     // waiting or in flight
	Logged   uint64     // links found, not yet counted in Pending
	Delayed  uint64     // of Pending: they failed, and wait for another attempt
	InFlight int        // requests
	Parsing  int        // answers that are with the parsers, or wait for them
	Slowest  []Transfer // files that have been on their way for the longest, at most three
	Reading  bool       // the list is still being read
	at       time.Time
}

// Progress tells how far the crawl is. It may be called at any time, from any goroutine.
func (c *Crawl) Progress() Progress {
	last := c.live.Load()
	if last == nil {
		return Progress{Reading: true}
	}
	p := *last
	if c.now().Sub(p.at) > publishEvery { // one by one nothing is told while a page is under way, but a commit may have come
		p.waiting(c.store)
	}
	return p
}

// waiting fills in what the frontier knows, and reports whether it could be asked.
func (p *Progress) waiting(s *Store) bool {
	st, err := s.Frontier.Stats(context.Background())
	if err == nil {
		p.Known, p.Pending, p.Logged, p.Delayed = st.Known, st.Pending, st.Logged, st.Delayed
	}
	return err == nil
}
