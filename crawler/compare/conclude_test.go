package compare

import (
	"strings"
	"testing"
	"time"
)

func hosts(n, urls int, service time.Duration) []HostFacts {
	var h []HostFacts
	for i := range n {
		h = append(h, HostFacts{Host: string(rune('a'+i)) + ".example", URLs: urls / n, Service: service * time.Duration(urls/n)})
	}
	return h
}

func even(urls int, service time.Duration) []time.Duration {
	s := make([]time.Duration, urls)
	for i := range s {
		s[i] = service
	}
	return s
}

func conclude(f Facts, modes []ModeResult) Result {
	r := Result{Modes: modes}
	r.Conclude(f)
	return r
}

// took makes the results of sequential and goroutines=10 with these wall and CPU seconds.
func took(seq, conc, cpu float64) []ModeResult {
	modes := Summarise(pair, trialsOf(6, 100, 100*time.Millisecond), 1)
	for i, wall := range []float64{seq, conc} {
		modes[i].Wall = Interval{wall, wall * 0.99, wall * 1.01}
		modes[i].CPU = CPUSeconds{User: cpu}
	}
	modes[1].Speedup = Interval{seq / conc, seq / conc * 0.98, seq / conc * 1.02}
	modes[1].Distinguishable = seq/conc > 1.02
	return modes
}

// Lists of which the answer is known: what bounds them, what the report says, and what it advises.
func TestKnownAnswers(t *testing.T) {
	base := Facts{URLs: 100, Hosts: hosts(4, 100, 100*time.Millisecond), Service: even(100, 100*time.Millisecond), Bytes: 1e6, Processors: 2}
	with := func(change func(*Facts)) Facts {
		f := base
		change(&f)
		return f
	}
	for _, c := range []struct {
		name       string
		facts      Facts
		modes      []ModeResult
		bottleneck string
		seconds    float64
		advice     int
		text       string
	}{
		{"fixed latency", base, took(10, 1, 0.05), BoundLatency, 1, 100, "slowest URL"},
		{"bandwidth", with(func(f *Facts) { f.Bytes, f.Bandwidth = 20e6, 5e6 }), took(10, 4.05, 0.05), BoundBandwidth, 4, 3, "20.0 MB at 5.0 MB/s"},
		{"bandwidth, one is enough", with(func(f *Facts) { f.Bytes, f.Bandwidth = 50e6, 5e6 }), took(10.5, 10.1, 0.05), BoundBandwidth, 10, 0, "one fetch fills the link"},
		{"cpu", with(func(f *Facts) { f.Service = even(100, 5*time.Millisecond) }), took(5.6, 2.6, 5), BoundCPU, 2.5, 3, "2 processors"},
		{"politeness", with(func(f *Facts) { f.Rate, f.Hosts = 10, hosts(1, 100, 100*time.Millisecond) }), took(10, 1, 0.05), BoundPoliteness, 9.9, 0, "1 host x 10 requests/s"},
		{"at most so many to a host", with(func(f *Facts) { f.PerHost = 2; f.Hosts = hosts(1, 100, 100*time.Millisecond) }), took(10, 1, 0.05), BoundPoliteness, 5, 2, "more does not matter, you are politeness-bound: 1 host x 2 at a time"},
		{"no more than the hosts take", with(func(f *Facts) { f.PerHost, f.Hosts, f.CPUPerURL = 64, hosts(1, 100, 100*time.Millisecond), 0.002 }), took(10, 1, 0.2), BoundLatency, 1, 64, "Use -c 64: more does not matter"},
		{"store", with(func(f *Facts) { f.StorePerURL = 0.02 }), took(10, 2.1, 0.05), BoundStore, 2, 5, "one writer"},
		{"slowest", with(func(f *Facts) { f.Service[7] = 8 * time.Second; f.Service = append([]time.Duration{}, f.Service...) }), took(18, 8.1, 0.05), BoundSlowest, 8, 3, "slowest URL"},
	} {
		if c.name != "slowest" {
			base.Service[7] = 100 * time.Millisecond
		}
		r := conclude(c.facts, c.modes)
		top := largest(r.Bounds)
		if r.Bottleneck != c.bottleneck || top.Seconds < c.seconds*0.99 || top.Seconds > c.seconds*1.01 {
			t.Errorf("%s: bottleneck %s (%+v), want %s of %g s", c.name, r.Bottleneck, top, c.bottleneck, c.seconds)
		}
		if r.Advice.Concurrency != c.advice || !strings.Contains(r.Advice.Text, c.text) {
			t.Errorf("%s: advice %+v, want -c %d and %q", c.name, r.Advice, c.advice, c.text)
		}
		t.Logf("%s: %s\n\t%s", c.name, strings.Join(r.Why, "\n\t"), r.Advice.Text)
	}
}

func TestWhy(t *testing.T) {
	f := Facts{URLs: 100, Hosts: hosts(1, 100, 100*time.Millisecond), Service: even(100, 100*time.Millisecond), Processors: 2, Rate: 10}
	trials := trialsOf(6, 100, 100*time.Millisecond)
	r := Result{Modes: Summarise(pair, trials, 1), Traces: MedianTraces(pair, trials)}
	r.Conclude(f)
	all := strings.Join(r.Why, "\n")
	for _, want := range []string{
		"99.0 % of that is waiting", "100 % waiting for the first byte", "10.0 times as fast", "The bound that holds is latency",
		"On the network politeness holds: 1 host x 10 requests/s", "The replay leaves it out",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in:\n%s", want, all)
		}
	}
}

// Redirects follow one another, so that no concurrency is faster than the longest of their chains.
func TestRedirectsBound(t *testing.T) {
	f := Facts{URLs: 100, Service: even(100, 100*time.Millisecond), Processors: 2, Chains: []Chain{{2, 200 * time.Millisecond}, {6, 600 * time.Millisecond}}}
	r := conclude(f, took(10, 0.61, 0.05))
	if top := largest(r.Bounds, BoundLatency); top.Name != BoundSlowest || top.Seconds != 0.6 || top.Text != "the slowest URL alone takes 600 ms, with 5 redirects one after another" {
		t.Errorf("bound %+v", top)
	}
	if r.Advice.Concurrency != 17 {
		t.Errorf("advice %+v, want -c 17: ten seconds over the chain's 600 ms", r.Advice)
	}
}

func TestNotes(t *testing.T) {
	r := Result{
		Modes: Summarise(pair, trialsOf(5, 10, time.Millisecond), 1), Stopped: true, Recording: RecordingFacts{Live: true},
		RejectedTrials: []Rejected{{Mode: "sequential", Block: 1, Reason: "the processor was taken away."}}, Sweep: &Sweep{Refused: "few points"},
	}
	r.Modes[1].Errors = 1
	r.Conclude(Facts{URLs: 10, Service: even(10, time.Millisecond)})
	all := strings.Join(r.Notes, "\n")
	for _, want := range []string{"Under 6 counted trials an interval is not to be trusted; there are: sequential 5, goroutines=10 5.", "1 trial was rejected; the last because: the processor was taken away.", "network", "few points", "Stopped", "1 request failed"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in:\n%s", want, all)
		}
	}
	var none Result
	none.Conclude(Facts{})
	if len(none.Notes) != 1 || none.Bottleneck != "" {
		t.Errorf("no trial: %+v", none)
	}
}

// Where the modes cannot be told apart, no concurrency is better than another; a measured knee goes before the bounds.
func TestAdvice(t *testing.T) {
	f := Facts{URLs: 100, Service: even(100, 100*time.Microsecond), Processors: 2}
	same := took(1, 0.99, 0.9)
	same[1].Speedup, same[1].Distinguishable = Interval{1.01, 0.99, 1.03}, false
	if r := conclude(f, same); r.Advice.Concurrency != 0 || !strings.Contains(r.Advice.Text, "not noticeably faster") {
		t.Errorf("the same: %+v", r.Advice)
	}
	r := Result{Modes: took(10, 1, 0.1), Sweep: sweepOf(map[int]float64{1: 10, 2: 19.8, 4: 38, 8: 70, 16: 105, 32: 121, 64: 112})}
	r.Conclude(Facts{URLs: 100, Service: even(100, 100*time.Millisecond), Processors: 2})
	if r.Advice.Concurrency != 32 || !strings.Contains(r.Advice.Text, "it loses") {
		t.Errorf("knee: %+v", r.Advice)
	}
	rising := Result{Modes: took(10, 1, 0.1), Sweep: sweepOf(map[int]float64{1: 10, 2: 19.8, 4: 38, 8: 70, 16: 105, 32: 140})}
	rising.Conclude(Facts{URLs: 100, Service: even(100, 100*time.Millisecond), Chains: []Chain{{5, 500 * time.Millisecond}}, Processors: 2})
	if rising.Advice.Concurrency != 32 || !strings.Contains(rising.Advice.Text, "still rose") {
		t.Errorf("no knee: %+v", rising.Advice)
	}
	if r := conclude(Facts{URLs: 1, Service: even(1, time.Second)}, took(1, 1, 0.1)); r.Advice.Concurrency != 0 {
		t.Errorf("one URL: %+v", r.Advice)
	}
}

// One block tells a ratio, not whether it is chance.
func TestOneBlock(t *testing.T) {
	r := Result{Modes: Summarise(pair, trialsOf(1, 100, 100*time.Millisecond), 1)}
	r.Conclude(Facts{URLs: 100, Service: even(100, 100*time.Millisecond), Processors: 2})
	if all := strings.Join(r.Why, "\n"); !strings.Contains(all, "in the only block with both") || strings.Contains(all, "not distinguishable") {
		t.Error(all)
	}
}

// Trials that were polite themselves are held to that bound; a replay without politeness is told what holds on the network.
func TestPolitenessHoldsWhereItWasKept(t *testing.T) {
	f := Facts{URLs: 100, Hosts: hosts(1, 100, 10*time.Millisecond), Service: even(100, 10*time.Millisecond), Processors: 2, Rate: 10}
	for polite, want := range map[bool]string{true: "The bound that holds is politeness", false: "On the network politeness holds"} {
		r := Result{Modes: took(9.95, 9.92, 0.05), Recording: RecordingFacts{Polite: polite}}
		r.Conclude(f)
		if all := strings.Join(r.Why, "\n"); !strings.Contains(all, want) || r.Bottleneck != BoundPoliteness || r.Advice.Concurrency != 0 {
			t.Errorf("polite %t: %s\n%+v", polite, all, r.Advice)
		}
	}
}

// Where there is no queue, none is said to shrink.
func TestFelt(t *testing.T) {
	seq, fast := ModeResult{Felt: Quantiles{P50: 1000}}, ModeResult{Felt: Quantiles{P50: 980}}
	if got := felt(seq, fast); !strings.HasSuffix(got, "there is no queue to shrink.") {
		t.Error(got)
	}
	fast.Felt.P50 = 100
	if got := felt(seq, fast); !strings.HasSuffix(got, "what shrinks is the queue.") {
		t.Error(got)
	}
}
