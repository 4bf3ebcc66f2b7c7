package compare

import (
	"cmp"
	"math"
	"slices"
	"time"

	"crawl/crawler/compare/internal/stat"
)

// Summarise tells what each mode cost: medians over its counted trials, those of block 1 and later. Rejected trials must have
// been left out. The speed-up against the first mode is paired by block. The same seed gives the same intervals. A mode
// without a trial has only its name.
func Summarise(modes []ModeSpec, trials []Trial, seed uint64) []ModeResult {
	results := make([]ModeResult, len(modes))
	var base []Trial
	for i, spec := range modes {
		own := counted(spec.Name, trials)
		if i == 0 {
			base = own
		}
		m := summary(spec, own, seed+uint64(i))
		m.Speedup = Interval{1, 1, 1}
		if i > 0 {
			m.Speedup, m.Distinguishable = speedup(base, own, seed+uint64(i))
		}
		results[i] = m
	}
	return results
}

// Settled tells whether every mode has enough trials and an interval narrow enough that more trials would add little.
func Settled(modes []ModeResult) bool {
	for _, m := range modes {
		if m.Trials < minTrials || m.Wall.Hi-m.Wall.Lo > 2*settledWidth*m.Wall.Median {
			return false
		}
	}
	return true
}

// MedianTraces returns, for each mode that has one, the trial whose wall time is nearest to the median.
func MedianTraces(modes []ModeSpec, trials []Trial) []Trace {
	var traces []Trace
	for _, spec := range modes {
		own := counted(spec.Name, trials)
		if len(own) == 0 {
			continue
		}
		mid := stat.Median(each(own, wallSeconds))
		typical := slices.MinFunc(own, func(a, b Trial) int {
			return cmp.Compare(math.Abs(wallSeconds(a)-mid), math.Abs(wallSeconds(b)-mid))
		})
		traces = append(traces, Trace{Mode: spec.Name, Wall: typical.Wall, Requests: typical.Requests})
	}
	return traces
}

func counted(mode string, trials []Trial) []Trial {
	var own []Trial
	for _, t := range trials {
		if t.Mode == mode && t.Block > 0 {
			own = append(own, t)
		}
	}
	return own
}

func wallSeconds(t Trial) float64 { return t.Wall.Seconds() }

func each(trials []Trial, value func(Trial) float64) []float64 {
	out := make([]float64, len(trials))
	for i, t := range trials {
		out[i] = value(t)
	}
	return out
}

// speedup pairs the trials of two modes by block; blocks in which one of them was rejected do not count.
func speedup(base, own []Trial, seed uint64) (Interval, bool) {
	var num, den []float64
	for _, t := range own {
		at := slices.IndexFunc(base, func(b Trial) bool { return b.Block == t.Block })
		if at >= 0 && t.Wall > 0 && base[at].Wall > 0 {
			num, den = append(num, wallSeconds(base[at])), append(den, wallSeconds(t))
		}
	}
	if len(num) == 0 {
		return Interval{}, false
	}
	ratio := stat.Ratio(num, den, seed)
	return interval(ratio), stat.Distinguishable(ratio)
}

func interval(i stat.Interval) Interval { return Interval{Median: i.Estimate, Lo: i.Lo, Hi: i.Hi} }

func summary(spec ModeSpec, own []Trial, seed uint64) ModeResult {
	median := func(value func(Trial) float64) float64 { return stat.Median(each(own, value)) }
	count := func(value func(Trial) int64) int64 {
		return int64(math.Round(median(func(t Trial) float64 { return float64(value(t)) })))
	}
	m := ModeResult{
		Name: spec.Name, Kind: spec.Kind, Concurrency: spec.Concurrency, Processes: spec.Processes, Parse: spec.Parse,
		Trials: len(own), Counted: own,
		Wall: interval(stat.MedianInterval(each(own, wallSeconds), seed)),
		CPU: CPUSeconds{
			User:     median(func(t Trial) float64 { return t.CPU.User }),
			System:   median(func(t Trial) float64 { return t.CPU.System }),
			Children: median(func(t Trial) float64 { return t.CPU.Children }),
		},
		MaxRSS: count(func(t Trial) int64 { return t.MaxRSS }),
		ContextSwitches: ContextSwitches{
			Voluntary:   count(func(t Trial) int64 { return t.ContextSwitches.Voluntary }),
			Involuntary: count(func(t Trial) int64 { return t.ContextSwitches.Involuntary }),
		},
		Connections: Connections{
			Opened: int(count(func(t Trial) int64 { return int64(t.Connections.Opened) })),
			Reused: int(count(func(t Trial) int64 { return int64(t.Connections.Reused) })),
		},
		Bytes:   count(func(t Trial) int64 { return t.Bytes }),
		Service: latencies(own, func(r Request) time.Duration { return r.Done - r.Sent }),
		Felt:    latencies(own, func(r Request) time.Duration { return r.Done - r.Due }),
	}
	for _, t := range own {
		m.Threads, m.Goroutines = max(m.Threads, t.Threads), max(m.Goroutines, t.Goroutines)
		m.ProcessesPeak, m.Errors = max(m.ProcessesPeak, t.Processes), max(m.Errors, t.Errors)
	}
	return m
}

// latencies are the medians, over the trials, of each trial's quantiles, in milliseconds.
func latencies(own []Trial, of func(Request) time.Duration) Quantiles {
	at := [3][]float64{}
	for _, t := range own {
		ms := make([]float64, len(t.Requests))
		for i, r := range t.Requests {
			ms[i] = float64(of(r)) / float64(time.Millisecond)
		}
		for i, q := range stat.Quantiles(ms, 0.5, 0.95, 0.99) {
			at[i] = append(at[i], q)
		}
	}
	return Quantiles{P50: stat.Median(at[0]), P95: stat.Median(at[1]), P99: stat.Median(at[2])}
}
