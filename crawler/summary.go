package crawler

import (
	"context"
	"maps"
	"time"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// Summary is the result of one run. Its JSON form is what --json prints.
type Summary struct {
	Mode        Mode `json:"mode"`
	Concurrency int  `json:"concurrency"`
	Parsers     int  `json:"parsers"`

	URLs     Counts           `json:"urls"`          // in the store, all runs together
	Requests int64            `json:"requests"`      // of this run, robots.txt and retries included
	Bytes    int64            `json:"bytes"`         // of bodies received in this run, before decompression
	Cut      int64            `json:"cut,omitempty"` // pages in the store whose fields or text are not whole: see Record.FieldDefects
	Errors   map[Class]int64  `json:"errors"`        // in the store
	Refused  map[string]int64 `json:"links_refused,omitempty"`

	WallS          float64    `json:"wall_s"`
	CPU            CPU        `json:"cpu_s"`
	MaxRSS         int64      `json:"max_rss_bytes"`
	PagesPerS      float64    `json:"pages_per_s"`
	PolitenessWait float64    `json:"politeness_wait_s"`
	Latency        Latency    `json:"latency_ms"`
	Stages         StageTimes `json:"stages_s"`
	RobotsIgnored  bool       `json:"robots_ignored"`
	Resumed        bool       `json:"resumed"`
	Stopped        string     `json:"stopped"` // "" when the crawl is finished
	BadEntries     int64      `json:"bad_entries"`
	Excluded       int64      `json:"excluded"`
	Fetched        int64      `json:"fetched"` // results of this run that were asked for
	Retries        int64      `json:"retries"`

	Images   *ImageCounts    `json:"images,omitempty"`   // nil but for image batches
	Relisted *RelistedCounts `json:"relisted,omitempty"` // nil when each row named another URL
	Judged   *JudgedCounts   `json:"judged,omitempty"`   // nil when nothing that was stored was judged otherwise

	Workers        *WorkerTotals `json:"workers,omitempty"` // nil without worker processes
	RobotsRequests int64         `json:"robots_requests"`
}

// WorkerTotals are what the parser workers did in this run.
type WorkerTotals struct {
	Jobs        int64 `json:"jobs"`
	Restarts    int64 `json:"restarts"`
	Quarantined int64 `json:"quarantined"`         // pages that crashed, hung or bloated their parser, or were too deep for it
	Elsewhere   bool  `json:"elsewhere,omitempty"` // on a network: their CPU time is not known, and not in CPU.Children
}

// ImageCounts are the files of an image batch in the store, all runs together.
type ImageCounts struct {
	Saved     int64 `json:"saved"`     // with bytes of their own
	Duplicate int64 `json:"duplicate"` // saved too, but the store had their bytes already
	Filtered  int64 `json:"filtered"`
	Failed    int64 `json:"failed"` // pages among them, with Images.FromPages

	FilesPerS float64 `json:"files_per_s,omitempty"` // saved in this run, duplicates too
}

// Counts of URLs, and of the failed and skipped by error class. Listed is all of them that have or will have a row, whether the list or a link named them, and
// the sum of the others.
type Counts struct {
	Listed  int64 `json:"listed"`
	Done    int64 `json:"done"` // final answer of status below 400
	Failed  int64 `json:"failed"`
	Skipped int64 `json:"skipped"` // not asked for, by rule
	Pending int64 `json:"pending"`

	Errors map[Class]int64 `json:"-"`
}

// CPU is the processor time in seconds.
type CPU struct {
	User     float64 `json:"user"`
	System   float64 `json:"system"`
	Children float64 `json:"children"`
}

// Latency of requests, from sent to the last byte, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// StageTimes are seconds summed over all requests: with many in flight they add up to more than the wall time. Store is the
// time spent in commits, by the one committer.
type StageTimes struct {
	Politeness float64 `json:"politeness"`
	Queue      float64 `json:"queue"`
	DNS        float64 `json:"dns"`
	Connect    float64 `json:"connect"`
	TLS        float64 `json:"tls"`
	FirstByte  float64 `json:"first_byte"`
	Body       float64 `json:"body"`
	Parse      float64 `json:"parse"`
	Store      float64 `json:"store"`
}

// summary makes the Summary of a run that has ended. started are the Totals at its start.
func (c *Crawl) summary(l *loop, before *Totals, resumed bool, start time.Time, usage usage) (*Summary, error) {
	after := c.commit.stored
	counts, err := c.store.Counts(after)
	spent := readUsage().since(usage)
	wall := c.now().Sub(start).Seconds()
	judged := c.commit.judged
	fetched := after.fetched() - before.fetched() + judged.AskedAgain // whose first result counts no more
	s := &Summary{
		Mode: c.o.Mode, Concurrency: c.o.Concurrency, URLs: counts,
		Requests: after.Requests - before.Requests, Bytes: after.Bytes - before.Bytes,
		Errors: counts.Errors, Refused: after.Refused, Cut: after.Cut,
		WallS: wall, CPU: spent.cpu(), MaxRSS: spent.maxRSS, PolitenessWait: l.idle.Seconds(),
		Latency: c.stats.quantiles(), Stages: c.stats.stageTimes(l.spent),
		RobotsIgnored: c.o.IgnoreRobots, Resumed: resumed, Stopped: l.stopped,
		BadEntries: l.fed.bad.Load(), Excluded: l.fed.excluded.Load(),
		Fetched: fetched, Retries: after.Retries - before.Retries, RobotsRequests: after.Robots - before.Robots,
	}
	if c.o.Images != nil {
		s.Images = counts.images(after)
		if n := c.commit.relisted; n.Rows > 0 {
			s.Relisted = &n
		}
		if judged != (JudgedCounts{}) {
			s.Judged = &judged
		}
	}
	if wall > 0 {
		s.PagesPerS = float64(fetched) / wall
		if s.Images != nil {
			s.Images.FilesPerS = float64(after.Saved-before.Saved+judged.LeftOut-judged.TakenBack) / wall
		}
	}
	return s, err
}

func (n *Counts) images(t *Totals) *ImageCounts {
	return &ImageCounts{
		Saved: t.Saved - t.Duplicate, Duplicate: t.Duplicate, Filtered: n.Errors[ClassFiltered], Failed: n.Failed,
	}
}

func (s *stats) quantiles() Latency {
	// The histogram answers with the upper end of a bucket, which may lie above all that was measured.
	ms := func(q float64) float64 { return float64(min(s.latency.ValueAtQuantile(q), s.slowest)) / 1000 }
	if s.n == 0 {
		return Latency{}
	}
	return Latency{P50: ms(50), P95: ms(95), P99: ms(99)}
}

func (s *stats) stageTimes(store time.Duration) StageTimes {
	t := &s.stages
	return StageTimes{
		Politeness: t.Polite.Seconds(), Queue: t.Queue.Seconds(), DNS: t.DNS.Seconds(), Connect: t.Connect.Seconds(),
		TLS: t.TLS.Seconds(), FirstByte: t.FirstByte.Seconds(), Body: t.Body.Seconds(), Parse: t.Parse.Seconds(),
		Store: store.Seconds(),
	}
}

// Counts gives the URLs by what became of them. Redirects count as what their last target is, which is looked up for each.
func (s *Store) Counts(t *Totals) (Counts, error) {
	st, err := s.Frontier.Stats(context.Background())
	if err != nil {
		return Counts{}, err
	}
	n := Counts{Done: t.Done, Failed: t.Failed, Skipped: t.Skipped, Pending: int64(st.Pending + st.Logged), Errors: maps.Clone(t.Errors)}
	if t.Redirects > 0 {
		err = s.countRedirects(&n)
	}
	n.Listed = n.Done + n.Failed + n.Skipped + n.Pending
	return n, err
}

func (s *Store) countRedirects(n *Counts) error {
	return s.eachRedirect(func(r *sink.Record) error {
		row, err := sink.Resolve(r, s.ByURL)
		if err != nil {
			return err
		}
		class := Class(row.ErrClass)
		if class != "" {
			n.Errors[class]++
		}
		switch {
		case class.Skipped():
			n.Skipped++
		case class != "":
			n.Failed++
		case row.Waits():
			counted, err := s.waitsFor(r, row.Last)
			if err != nil {
				return err
			}
			if !counted {
				n.Pending++
			}
		default:
			n.Done++
		}
		return nil
	})
}

// waitsFor reports whether the URL that a redirect waits for, where last leads, is among those pending on account of this redirect
// alone: it will have no row, so that both are one URL. Of redirects that lead to one such URL that is so for the first.
func (s *Store) waitsFor(r, last *sink.Record) (bool, error) {
	k, ok, err := s.Frontier.Lookup(context.Background(), s.Key(last.Location))
	if err != nil || !ok || !k.Pending || k.Flags&frontier.Hop == 0 {
		return false, err
	}
	start, err := s.chainStart(uint64(k.From))
	return start != nil && start.ID == r.ID, err
}

// publish tells the progress, unless that was done within the time given.
func (c *Crawl) publish(l *loop, every time.Duration) {
	now := c.now()
	old := c.live.Load()
	if old != nil && now.Sub(old.at) < every {
		if !l.untold {
			l.untold = true
			l.tell.Reset(every) // nothing else may come for long
		}
		return
	}
	l.untold = false
	p := &Progress{
		Totals: *l.s.totals.clone(), InFlight: l.s.inflight, Parsing: l.s.open - l.s.inflight, Slowest: c.transfers.slowest(now),
		Reading: !l.ended, at: now,
	}
	if p.waiting(c.store) { // else the loop will meet it
		c.live.Store(p)
	}
}
