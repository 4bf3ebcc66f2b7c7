package compare

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"crawl/sink/words"
)

var pair = []ModeSpec{
	{Name: "sequential", Kind: KindSequential, Concurrency: 1, Processes: 1},
	{Name: "goroutines=10", Kind: KindGoroutines, Concurrency: 10, Processes: 1},
}

// trialOf is what a mode with n at a time measures over urls of which each takes the same time.
func trialOf(mode string, block, n, urls int, service time.Duration, noise float64) Trial {
	service = time.Duration(float64(service) * noise)
	t := Trial{Mode: mode, Block: block, MaxRSS: 20e6, Threads: 4 + block, Goroutines: n, Processes: 1, Bytes: int64(urls) * 1000}
	for i := range urls {
		sent := time.Duration(i/n) * service
		t.Requests = append(t.Requests, Request{Sent: sent, Done: sent + service, FirstByte: service, Worker: i % n, Status: 200})
		t.Wall = max(t.Wall, sent+service)
	}
	t.CPU = CPUSeconds{User: float64(urls) * 0.001}
	t.Connections = Connections{Opened: n, Reused: urls - n}
	return t
}

func trialsOf(blocks, urls int, service time.Duration) []Trial {
	rng := rand.New(rand.NewPCG(1, 2))
	var trials []Trial
	for b := range blocks + 1 {
		for _, m := range pair {
			trials = append(trials, trialOf(m.Name, b, m.Concurrency, urls, service, 1+0.01*rng.Float64()))
		}
	}
	return trials
}

func TestSummarise(t *testing.T) {
	modes := Summarise(pair, trialsOf(6, 100, 100*time.Millisecond), 7)
	seq, conc := modes[0], modes[1]
	if seq.Trials != 6 || conc.Trials != 6 {
		t.Errorf("the warm-up counts: %d and %d trials", seq.Trials, conc.Trials)
	}
	if math.Abs(seq.Wall.Median-10) > 0.2 || math.Abs(conc.Wall.Median-1) > 0.02 || !Settled(modes) {
		t.Errorf("walls %+v, %+v", seq.Wall, conc.Wall)
	}
	if seq.Speedup != (Interval{1, 1, 1}) || seq.Distinguishable {
		t.Errorf("the first mode against itself: %+v", seq.Speedup)
	}
	if !conc.Distinguishable || conc.Speedup.Lo < 9.5 || conc.Speedup.Hi > 10.5 {
		t.Errorf("speed-up %+v", conc.Speedup)
	}
	if math.Abs(conc.Felt.P50-500) > 60 || math.Abs(conc.Service.P99-100) > 2 {
		t.Errorf("felt %+v, service %+v", conc.Felt, conc.Service)
	}
	if seq.Threads != 10 || conc.Connections != (Connections{10, 90}) || conc.Bytes != 100000 {
		t.Errorf("%+v", conc)
	}
}

// A block of which one trial was rejected says nothing of the ratio.
func TestSpeedupPairsBlocks(t *testing.T) {
	trials := []Trial{
		{Mode: "sequential", Block: 1, Wall: 10 * time.Second},
		{Mode: "goroutines=10", Block: 1, Wall: time.Second},
		{Mode: "sequential", Block: 2, Wall: 90 * time.Second},
		{Mode: "goroutines=10", Block: 3, Wall: time.Millisecond},
	}
	if got := Summarise(pair, trials, 1)[1].Speedup; got != (Interval{10, 10, 10}) {
		t.Errorf("got %+v", got)
	}
	apart := Summarise(pair, trials[2:], 1)[1]
	if apart.Speedup != (Interval{}) || apart.Distinguishable {
		t.Errorf("no common block: %+v", apart)
	}
	if none := Summarise(pair, nil, 1); none[0].Trials != 0 || Settled(none) || len(MedianTraces(pair, nil)) != 0 {
		t.Errorf("no trial at all: %+v", none)
	}
}

func TestMedianTraces(t *testing.T) {
	var trials []Trial
	for b, wall := range []time.Duration{1, 50, 20, 30} {
		trials = append(trials, Trial{Mode: "sequential", Block: b, Wall: wall})
	}
	if got := MedianTraces(pair, trials); len(got) != 1 || got[0].Wall != 30 {
		t.Errorf("got %+v", got)
	}
}

func sweepOf(rates map[int]float64) *Sweep {
	var modes []ModeSpec
	var trials []Trial
	for n, rate := range rates {
		name := "goroutines=" + words.Number(float64(n))
		modes = append(modes, ModeSpec{Name: name, Kind: KindGoroutines, Concurrency: n, Processes: 1})
		for b := 1; b <= 5; b++ {
			trials = append(trials, Trial{Mode: name, Block: b, Requests: make([]Request, 100), Wall: time.Duration(100 / rate * 1e9)})
		}
	}
	return SummariseSweep(modes, trials, 1)
}

func TestSweep(t *testing.T) {
	s := sweepOf(map[int]float64{1: 10, 2: 19.8, 4: 38, 8: 70, 16: 105, 32: 121, 64: 112})
	if len(s.Points) != 7 || s.Points[0].Concurrency != 1 || s.Points[6].Concurrency != 64 {
		t.Fatalf("points %+v", s.Points)
	}
	if s.USL == nil || s.Refused != "" || s.USL.R2 < 0.95 || s.Knee != 32 {
		t.Errorf("%+v, %+v", s, s.USL)
	}
	if few := sweepOf(map[int]float64{1: 10, 2: 20, 4: 40}); few.USL != nil || few.Refused == "" || few.Knee != 0 {
		t.Errorf("three points: %+v", few)
	}
}

// A/A: a hundred comparisons of a mode with itself, each run for as long as the orchestration would run it. At least 95 end as
// not distinguishable, though a run that happens to look narrow ends early.
func TestAA(t *testing.T) {
	twice := []ModeSpec{{Name: "goroutines=8", Kind: KindGoroutines}, {Name: "goroutines=8#2", Kind: KindGoroutines}}
	same, spread := 0, 0.02
	for run := range 100 {
		rng := rand.New(rand.NewPCG(uint64(run), math.Float64bits(spread)))
		var trials []Trial
		var modes []ModeResult
		for block := 1; block <= 20; block++ {
			slow := math.Exp(0.05 * rng.NormFloat64())
			for _, m := range twice {
				noise := slow * math.Exp(spread*rng.NormFloat64())
				if rng.Float64() < 0.1 {
					noise *= 1 + 5*spread*rng.Float64()
				}
				trials = append(trials, Trial{Mode: m.Name, Block: block, Wall: time.Duration(noise * float64(time.Second))})
			}
			if modes = Summarise(twice, trials, uint64(run)); block >= minTrials && Settled(modes) {
				break
			}
		}
		if !modes[1].Distinguishable {
			same++
		}
	}
	t.Logf("%d of 100 are not distinguishable", same)
	if same < 95 {
		t.Errorf("%d of 100 comparisons of a mode with itself are not distinguishable, want 95", same)
	}
}
