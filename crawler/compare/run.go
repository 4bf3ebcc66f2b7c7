package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"crawl/crawler/compare/internal/replay"
	"crawl/sink/words"
)

// Run compares the modes over the recording. It blocks until the intervals are narrow, the budget is spent or ctx is done;
// in the last case the Result holds what was known by then, and Stopped is set. No process and no port is left behind. The
// error is about the options, or a process that could not be run.
func Run(ctx context.Context, o Options) (*Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := newComparison(o)
	if err := c.startServer(ctx); err != nil {
		return nil, err
	}
	defer c.stopServer()
	if err := c.blocks(ctx); err != nil {
		return nil, err
	}
	return c.result(), nil
}

// comparison is the state of one Run.
type comparison struct {
	o       Options
	modes   []ModeSpec // with those of the sweep
	parts   [][]string
	expect  expected
	began   time.Time
	random  *rand.Rand
	server  *child
	address replay.Address
	used    time.Duration // processor time of the server so far

	serverPlace, trialPlace *place
	processors              int // of the trials

	trials    []Trial // those that count
	disturbed []Trial // those that do not, but did the work: for a mode of which none counts
	rejected  []Rejected
	broken    map[string]bool          // modes whose process failed: they are run no more
	lasted    map[string]time.Duration // a mode's last trial, with its processes
	trial     int
	stopped   bool
	restraint restraint // on the network
}

func newComparison(o Options) *comparison {
	c := &comparison{
		o: o, parts: o.Recording.parts(), began: time.Now(), lasted: map[string]time.Duration{}, broken: map[string]bool{},
		expect: expected{
			requests: len(o.Recording.rec.Entries), statuses: o.Recording.statuses(), sizes: o.Recording.sizes(), bytes: o.Recording.rec.Bytes(), live: o.Live,
		},
		random:    rand.New(rand.NewPCG(o.Seed, uint64(len(o.Modes)))),
		restraint: restraint{tries: map[int]int{}},
	}
	if o.Live {
		c.restraint.until = o.Recording.until
	}
	parse := ""
	if len(o.Modes) > 0 {
		parse = o.Modes[0].Parse
	}
	c.modes = append(slices.Clone(o.Modes), sweepModes(o.Modes, o.Sweep, parse)...)
	c.serverPlace, c.trialPlace, c.processors = places()
	return c
}

// startServer starts the replay server; for live comparisons there is none.
func (c *comparison) startServer(ctx context.Context) error {
	if c.o.Live {
		return nil
	}
	file := c.o.Recording.file
	if file == "" {
		dir, err := os.MkdirTemp("", "crawl-compare-")
		if err != nil {
			return noRoom(err)
		}
		defer os.RemoveAll(dir) // the server has read it by then
		file = filepath.Join(dir, "recording")
		if err := (&Recording{rec: c.o.Recording.rec}).WriteFile(file); err != nil {
			return noRoom(err)
		}
	}
	s, err := startChild(c.o.Command, order{Serve: &serveOrder{File: file, Bandwidth: c.o.Bandwidth}}, c.serverPlace)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, s.kill)
	defer stop()
	if err := s.answer(&c.address); err != nil {
		s.end()
		return err
	}
	c.server = s
	return nil
}

func (c *comparison) stopServer() {
	if c.server != nil {
		c.server.end()
	}
}

// blocks runs the warm-up, and blocks of all modes until there are enough.
func (c *comparison) blocks(ctx context.Context) error {
	c.o.Progress(Progress{Left: c.o.MaxTime})
	for block := 0; block <= maxBlocks; block++ {
		if block > 1 && c.left() < c.blockTime() {
			c.stopped = !c.settled()
			return nil
		}
		for _, i := range c.random.Perm(len(c.modes)) {
			if !c.runs(c.modes[i]) {
				continue
			}
			if err := c.counting(ctx, c.modes[i], block); err != nil || c.stopped {
				return err
			}
			if c.pointless() {
				c.stopped = true
				return nil
			}
		}
		if block >= minTrials && c.settled() {
			return nil
		}
	}
	return nil
}

func (c *comparison) left() time.Duration { return c.o.MaxTime - time.Since(c.began) }

func (c *comparison) settled() bool { return Settled(Summarise(c.running(), c.trials, c.o.Seed)) }

// running are the modes that can be run.
func (c *comparison) running() []ModeSpec {
	return slices.DeleteFunc(slices.Clone(c.modes), func(m ModeSpec) bool { return !c.runs(m) })
}

// runs tells whether the mode can be run, and no site stopped it.
func (c *comparison) runs(m ModeSpec) bool {
	return !c.broken[m.Name] && !c.restraint.stopped(m.Concurrency)
}

// blockTime is what a block will take.
func (c *comparison) blockTime() (sum time.Duration) {
	for _, m := range c.running() {
		sum += c.expected(m)
	}
	return sum
}

// expected is what a trial of the mode will take: as long as the one before, or by the recording.
func (c *comparison) expected(m ModeSpec) time.Duration {
	if d := c.lasted[m.Name]; d > 0 {
		return d
	}
	return c.o.Recording.OneByOne()/time.Duration(m.Concurrency) + startTime
}

// counting runs trials of the mode until one counts, or there is no time for another. The first block excepted, a trial
// that was disturbed in vain is a gap in its block.
func (c *comparison) counting(ctx context.Context, m ModeSpec, block int) error {
	for try := 1; ; try++ {
		if !c.rest(ctx) {
			c.stopped = true
			return nil
		}
		t, reason, err := c.run(ctx, m, block)
		if ctx.Err() != nil {
			c.stopped = true
			return nil
		}
		if err != nil {
			return c.failed(m, block, err)
		}
		switch {
		case t.Refusal != nil:
			c.refused(m, block, t.Refusal)
		case block == 0:
			return nil
		case reason == "":
			c.trials = append(c.trials, *t)
			c.restraint.counted(m)
			return nil
		default:
			refused, _ := c.expect.refused(t)
			c.rejected = append(c.rejected, Rejected{Mode: m.Name, Block: block, Reason: reason, Refused: refused})
			if c.o.Live && c.restraint.inVain(reason) {
				c.stopped = true
				return nil
			}
		}
		if block == 0 || !c.runs(m) || try == maxTries || block > 1 && c.left() < c.expected(m) {
			return nil
		}
		if sleep(ctx, quietTime) != nil {
			c.stopped = true
			return nil
		}
	}
}

// failed takes a mode out whose process failed, which others may do without. It gives the error back when no mode is left.
func (c *comparison) failed(m ModeSpec, block int, err error) error {
	c.broken[m.Name] = true
	c.rejected = append(c.rejected, Rejected{Mode: m.Name, Block: block, Reason: "it cannot be run: " + err.Error()})
	c.o.Progress(Progress{Mode: m.Name, Block: block, Trial: c.trial, Rejected: "it cannot be run: " + err.Error(), Left: c.left()})
	if len(c.running()) == 0 {
		return fmt.Errorf("mode %s: %w", m.Name, err)
	}
	if c.server == nil {
		return nil
	}
	return c.askServer(&conditions{}, &Trial{}) // so that the next trial is not taken for this one
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// run runs one trial in a process of its own, and says why it does not count.
func (c *comparison) run(ctx context.Context, m ModeSpec, block int) (*Trial, string, error) {
	c.trial++
	c.o.Progress(Progress{Mode: m.Name, Block: block, Trial: c.trial, Expected: c.expected(m), Left: c.left()})
	cond := conditions{}
	before, known := readSystem()
	began := time.Now()
	a, err := c.process(ctx, c.order(m, block))
	if err != nil {
		return nil, "", err
	}
	cond.wall, cond.waited = time.Since(began), a.Waited
	t := &a.Trial
	if !c.o.Live {
		cond.slower = c.o.Recording.slower(t)
	}
	if block > 0 {
		c.lasted[m.Name] = cond.wall
	}
	if err := c.askServer(&cond, t); err != nil {
		return nil, "", err
	}
	if after, ok := readSystem(); ok && known {
		cond.stolen, cond.others = after.stolen-before.stolen, after.busy-before.busy-cond.others
		cond.processors = max(len(myProcessors()), 1)
	}
	reason := ""
	switch {
	case t.Refusal != nil:
		reason = endedBy(t.Refusal)
	case block > 0:
		if reason = c.expect.unequal(t, cond.server); reason == "" {
			if reason = cond.disturbed(); reason != "" {
				c.disturbed = append(c.disturbed, *t)
			}
		}
	}
	c.o.Progress(Progress{Mode: m.Name, Block: block, Trial: c.trial, Wall: t.Wall, Rejected: reason, Left: c.left()})
	return t, reason, nil
}

// askServer notes what the server says about the trial. The processor time of trial and server is, for now, noted as that of
// others, to be taken from what the machine did.
func (c *comparison) askServer(cond *conditions, t *Trial) error {
	cond.others = time.Duration(t.CPU.Total() * float64(time.Second))
	if c.server == nil {
		return nil
	}
	cond.server = &served{}
	if _, err := c.server.in.Write([]byte("\n")); err != nil {
		return c.server.failed(err)
	}
	if err := c.server.answer(cond.server); err != nil {
		return err
	}
	cond.others += cond.server.CPU - c.used
	c.used = cond.server.CPU
	return nil
}

func (c *comparison) order(m ModeSpec, block int) order {
	t := &trialOrder{
		work: work{
			Mode: m, Fetch: newFetchOrder(c.o.Fetch), Rules: c.o.Rules, Parser: c.o.ParserCommand, Parsers: max(c.o.Parsers, 1),
		},
		Block: block, Parts: c.parts, Command: c.o.Command,
	}
	if c.o.Live {
		t.Fetch.Named, t.Failing = c.o.Recording.origins(), c.o.Recording.failing()
	}
	polite := c.o.Live || c.o.Polite
	if block == 0 {
		t.Parts = c.o.Recording.warmUp(c.parts)
		if polite {
			t.Parts = t.Parts[:min(len(t.Parts), politeWarmUp)]
		}
	}
	if !c.o.Live {
		t.Replay = &replayOrder{Address: c.address, Hosts: replay.Hosts(c.o.Recording.rec)}
	}
	if polite {
		t.Polite = &gateOrder{Rate: c.o.Rate, PerHost: c.o.PerHost, Delays: c.o.Recording.delays()}
	}
	return order{Trial: t}
}

// process runs a trial's process. It is killed, with all that it has started, when ctx is done.
func (c *comparison) process(ctx context.Context, o order) (*trialAnswer, error) {
	p, err := startChild(c.o.Command, o, c.trialPlace)
	if err != nil {
		return nil, err
	}
	defer p.end()
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	var a trialAnswer
	if err := p.answer(&a); err != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	return &a, nil
}

// result puts together what is known.
func (c *comparison) result() *Result {
	trials, more := dropErrors(c.trials, usualErrors(c.trials))
	c.rejected = append(c.rejected, more...)
	for i := range c.rejected {
		c.rejected[i].Concurrency = c.concurrency(c.rejected[i].Mode)
	}
	r := &Result{
		List:      ListFacts{URLs: c.o.Recording.URLs(), Requests: c.expect.requests, Hosts: len(c.o.Recording.facts().Hosts), Bytes: c.expect.bytes},
		Recording: RecordingFacts{File: c.o.Recording.file, Live: c.o.Live, Polite: c.o.Live || c.o.Polite, AskedLess: c.o.Recording.rec.AskedLess},
		Seed:      c.o.Seed, Stopped: c.stopped, siteEnded: c.restraint.gave != "",
		// What is empty is an empty list in JSON.
		RejectedTrials: append([]Rejected{}, c.rejected...), Bounds: []Bound{}, Why: []string{}, Notes: []string{},
	}
	if busy := c.o.Recording.others; busy > maxBusy {
		r.Notes = append(r.Notes, fmt.Sprintf("While the list was recorded, other programs took %.0f %% of the processors: recorded times may be longer than the sites' own. Record again when the machine is quiet.", 100*busy))
	}
	if n := r.Recording.AskedLess; n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("While the list was recorded, %s said that the site is asked too much (status 429 or 503); it was then asked less often.", words.Plural(n, "answer")))
	}
	r.Notes = append(r.Notes, c.restraint.notes()...)
	trials = append(trials, c.inPlace(trials, r)...)
	for _, t := range trials {
		r.Blocks = max(r.Blocks, t.Block)
	}
	r.Modes = Summarise(c.o.Modes, trials, c.o.Seed)
	if len(c.o.Sweep) > 0 {
		r.Sweep = SummariseSweep(c.swept(), trials, c.o.Seed)
	}
	r.Traces = MedianTraces(c.o.Modes, trials)
	f := c.o.Recording.facts()
	f.Processors, f.Bandwidth = c.processors, float64(c.o.Bandwidth)
	f.Rate, f.PerHost = c.o.Rate, c.o.PerHost
	r.Conclude(f)
	return r
}

// inPlace gives, for a mode of which no trial counts, those that were disturbed, with a note: they did the work. Those with
// errors beside did not.
func (c *comparison) inPlace(trials []Trial, r *Result) (out []Trial) {
	measure := trials
	if len(measure) == 0 {
		measure = c.disturbed
	}
	disturbed, _ := dropErrors(c.disturbed, usualErrors(measure))
	for _, m := range c.modes {
		of := func(t Trial) bool { return t.Mode == m.Name }
		if slices.ContainsFunc(trials, of) || !slices.ContainsFunc(c.disturbed, of) {
			continue
		}
		if !slices.ContainsFunc(disturbed, of) {
			r.Notes = append(r.Notes, fmt.Sprintf("Every trial of %s was disturbed, and had errors that others had not; it has no figures.", m.Name))
			continue
		}
		blocks := map[int]bool{}
		for _, t := range disturbed {
			if of(t) && !blocks[t.Block] {
				blocks[t.Block] = true
				out = append(out, t)
			}
		}
		r.Notes = append(r.Notes, fmt.Sprintf("Every trial of %s was disturbed; its figures are those of disturbed trials and not to be trusted.", m.Name))
	}
	return out
}

// concurrency is that of the mode with the name.
func (c *comparison) concurrency(name string) int {
	i := slices.IndexFunc(c.modes, func(m ModeSpec) bool { return m.Name == name })
	if i < 0 {
		return 0
	}
	return c.modes[i].Concurrency
}

// swept are the modes of the sweep: goroutines at each concurrency that was asked for.
func (c *comparison) swept() (out []ModeSpec) {
	for _, m := range c.modes {
		if m.Kind == KindGoroutines && slices.Contains(c.o.Sweep, m.Concurrency) {
			same := func(o ModeSpec) bool { return o.Concurrency == m.Concurrency }
			if !slices.ContainsFunc(out, same) {
				out = append(out, m)
			}
		}
	}
	return out
}
