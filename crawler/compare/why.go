package compare

import (
	"fmt"
	"strings"
	"time"

	"crawl/crawler/compare/internal/stat"
	"crawl/sink/words"
)

// Conclude fills Bounds, Bottleneck, Why and Advice, and adds to Notes, from the modes, the sweep and the traces, which must be
// there. What a page costs the processor is taken from the facts, or else from the mode that needed least. Call it once.
func (r *Result) Conclude(f Facts) {
	fast := r.Fastest()
	if fast == nil {
		r.Notes = append(r.Notes, "No trial was counted, so nothing can be concluded.")
		r.Advice = r.ceiling().nothingWorked()
		return
	}
	f = r.measured(f)
	r.Bounds = Bounds(f, fast.spec())
	r.Bottleneck = largest(r.Bounds).Name
	r.Why = r.why(f, *fast)
	r.Advice = r.advise(f, *fast)
	r.Notes = append(r.Notes, r.notes()...)
}

func (m ModeResult) spec() ModeSpec {
	return ModeSpec{Name: m.Name, Kind: m.Kind, Concurrency: m.Concurrency, Processes: m.Processes, Parse: m.Parse}
}

// Fastest is the mode with the shortest median wall time, nil where none has a trial. Goroutines, which is what a crawl runs
// with, win where they are as fast as makes no difference.
func (r *Result) Fastest() *ModeResult {
	var fast *ModeResult
	for i := range r.Modes {
		m := &r.Modes[i]
		if m.Trials > 0 && (fast == nil || m.Wall.Median < fast.Wall.Median) {
			fast = m
		}
	}
	if g := r.first(KindGoroutines); g != nil && g.Wall.Median <= fast.Wall.Median*(1+settledWidth) {
		return g
	}
	return fast
}

func (r *Result) first(kind string) *ModeResult {
	for i := range r.Modes {
		if r.Modes[i].Kind == kind && r.Modes[i].Trials > 0 {
			return &r.Modes[i]
		}
	}
	return nil
}

// measured adds what a page cost the processor, where the facts do not know: parsing is in it.
func (r *Result) measured(f Facts) Facts {
	if f.CPUPerURL > 0 || f.URLs == 0 {
		return f
	}
	for _, m := range r.Modes {
		cost := m.CPU.Total() / float64(f.URLs)
		if m.Trials > 0 && cost > 0 && (f.CPUPerURL == 0 || cost < f.CPUPerURL) {
			f.CPUPerURL = cost
		}
	}
	f.ParseCPU = 0
	return f
}

func (r *Result) why(f Facts, fast ModeResult) []string {
	why := []string{}
	if seq := r.first(KindSequential); seq != nil {
		why = append(why, r.waiting(*seq))
	}
	for i, m := range r.Modes {
		if i > 0 && m.Trials > 0 {
			why = append(why, against(r.Modes[0], m))
		}
	}
	why = append(why, r.closeness(fast)...)
	if seq := r.first(KindSequential); seq != nil && seq.Name != fast.Name {
		why = append(why, price(*seq, fast), felt(*seq, fast))
	}
	return why
}

// waiting tells where the time of the sequential mode went.
func (r *Result) waiting(seq ModeResult) string {
	idle := max(seq.Wall.Median-seq.CPU.Total(), 0)
	s := fmt.Sprintf("One by one the list takes %s. %s of that is waiting; the processor works %s.",
		words.Seconds(seq.Wall.Median), words.Percent(idle/seq.Wall.Median), words.Seconds(seq.CPU.Total()))
	for _, t := range r.Traces {
		if t.Mode == seq.Name {
			return s + " " + phases(t)
		}
	}
	return s
}

// phases tells the shares of a trace's time, largest kinds only.
func phases(t Trace) string {
	var setUp, first, body, parse time.Duration
	for _, q := range t.Requests {
		setUp += q.DNS + q.Connect + q.TLS
		first, body, parse = first+q.FirstByte, body+q.Body, parse+q.Parse
	}
	var parts []string
	for _, p := range []struct {
		what string
		d    time.Duration
	}{{"waiting for the first byte", first}, {"receiving", body}, {"connecting", setUp}, {"parsing", parse}} {
		if share := p.d.Seconds() / t.Wall.Seconds(); share >= 0.005 {
			parts = append(parts, words.Percent(share)+" "+p.what)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "By stage: " + strings.Join(parts, ", ") + "."
}

// against tells how a mode compares with the first.
func against(base, m ModeResult) string {
	took := fmt.Sprintf("%s takes %s", m.Name, words.Seconds(m.Wall.Median))
	s := m.Speedup
	switch {
	case s.Median == 0:
		return took + "; it has no block in common with " + base.Name + "."
	case s.Lo == s.Hi:
		return fmt.Sprintf("%s: %s as fast as %s in the only block with both; one cannot tell whether that is chance.", took, words.Times(s.Median), base.Name)
	case !m.Distinguishable:
		return fmt.Sprintf("%s: not distinguishable from %s (%s to %s times as fast).", took, base.Name, words.Digits(s.Lo), words.Digits(s.Hi))
	case s.Median < 1:
		return fmt.Sprintf("%s: slower than %s, at %s its speed (%s to %s).", took, base.Name, words.Times(s.Median), words.Digits(s.Lo), words.Digits(s.Hi))
	}
	return fmt.Sprintf("%s: %s as fast as %s (%s to %s).", took, words.Times(s.Median), base.Name, words.Digits(s.Lo), words.Digits(s.Hi))
}

// closeness tells which bound holds and how near the fastest mode came to it. A replay without politeness may be
// faster than its bound, which is then told apart.
func (r *Result) closeness(fast ModeResult) []string {
	var why []string
	except := []string{BoundPoliteness}
	if r.Recording.Polite {
		except = nil
	}
	if b := largest(r.Bounds, except...); b.Seconds > 0 {
		why = append(why, fmt.Sprintf("The bound that holds is %s: %s, so no run with %d at a time can take less than %s. %s",
			b.Name, b.Text, max(fast.Concurrency, 1), words.Seconds(b.Seconds), distance(fast, b)))
	}
	if b := largest(r.Bounds); b.Name == BoundPoliteness && !r.Recording.Polite {
		why = append(why, fmt.Sprintf("On the network politeness holds: %s, so no mode takes less than %s there. The replay leaves it out.", b.Text, words.Seconds(b.Seconds)))
	}
	return why
}

func distance(fast ModeResult, b Bound) string {
	over := fast.Wall.Median/b.Seconds - 1
	switch {
	case over < -0.005:
		return fmt.Sprintf("%s took %s less, so the recorded times are above those of the runs.", fast.Name, words.Percent(-over))
	case over < 0.005:
		return fast.Name + " reached it."
	case over <= 0.25:
		return fmt.Sprintf("%s came within %s of it.", fast.Name, words.Percent(over))
	}
	return fmt.Sprintf("%s took %s that; the rest is set-up, uneven loads and what the runs themselves cost.", fast.Name, words.Times(1+over))
}

// price tells what the fastest mode costs beside time.
func price(seq, fast ModeResult) string {
	cpu := "the processor time could not be measured"
	if seq.CPU.Total() > 0 {
		cpu = fmt.Sprintf("%s of processor time instead of %s", words.Seconds(fast.CPU.Total()), words.Seconds(seq.CPU.Total()))
	}
	return fmt.Sprintf("What it costs: %s, %s of memory instead of %s, %s instead of %d.",
		cpu, words.Bytes(fast.MaxRSS), words.Bytes(seq.MaxRSS),
		words.Plural(fast.Connections.Opened, "connection"), seq.Connections.Opened)
}

// felt tells what the caller of one URL notices.
func felt(seq, fast ModeResult) string {
	what := "what shrinks is the queue"
	if fast.Felt.P50 > seq.Felt.P50*(1-settledWidth) {
		what = "there is no queue to shrink"
	}
	return fmt.Sprintf("The middle URL needs %s one by one and %s with %s (service); who wants it waits %s and %s (felt): %s.",
		words.Seconds(seq.Service.P50/1e3), words.Seconds(fast.Service.P50/1e3), fast.Name, words.Seconds(seq.Felt.P50/1e3), words.Seconds(fast.Felt.P50/1e3), what)
}

// notes tell what limits the trust in the figures.
func (r *Result) notes() []string {
	var notes, few []string
	for _, m := range r.Modes {
		switch {
		case m.Trials == 0:
			notes = append(notes, m.Name+" has no counted trial.")
		case m.Trials < stat.MinTrusted:
			few = append(few, fmt.Sprintf("%s %d", m.Name, m.Trials))
		}
		if m.Errors > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s failed in a trial.", m.Name, words.Plural(m.Errors, "request")))
		}
	}
	if len(few) > 0 {
		notes = append(notes, fmt.Sprintf("Under %d counted trials an interval is not to be trusted; there are: %s.", stat.MinTrusted, strings.Join(few, ", ")))
	}
	if n := len(r.RejectedTrials); n > 0 {
		notes = append(notes, fmt.Sprintf("%s rejected; the last because: %s.", were(n), strings.TrimSuffix(r.RejectedTrials[n-1].Reason, ".")))
	}
	if r.Recording.Live {
		notes = append(notes, "Measured on the network: the load and the distance of that moment are in the figures, and another run will differ.")
	}
	if r.Sweep != nil && r.Sweep.Refused != "" {
		notes = append(notes, "Sweep: "+r.Sweep.Refused+". Nothing is extrapolated.")
	}
	if r.Stopped && !r.siteEnded {
		notes = append(notes, fmt.Sprintf("Stopped, by --max-time or by Ctrl-C, before every mode had %d counted trials and an interval within 5 %%.", minTrials))
	}
	return notes
}

func were(n int) string {
	if n == 1 {
		return "1 trial was"
	}
	return words.Plural(n, "trial") + " were"
}
