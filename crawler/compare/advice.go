package compare

import (
	"fmt"
	"math"

	"crawl/sink/words"
)

// advise tells which concurrency to take: none above what worked, where more was tried in vain.
func (r *Result) advise(f Facts, fast ModeResult) Advice {
	if f.URLs == 1 {
		return Advice{Text: "It does not matter: there is only one URL."}
	}
	return r.askedLess(r.sometimes(r.ceiling().below(r.enough(f, fast))))
}

// enough tells which concurrency the figures speak for. A measured knee goes first; else it is the one at which waiting,
// spread over so many fetches at one time, is no longer what the list waits for.
func (r *Result) enough(f Facts, fast ModeResult) Advice {
	floor := largest(r.Bounds, BoundLatency)
	enough := fetchesToReach(floor, f)
	switch {
	case floor.Name == BoundPoliteness:
		if f.PerHost > 0 {
			enough = min(enough, f.PerHost*len(f.Hosts)) // more would wait for their hosts
		}
		return politenessBound(enough, floor)
	case floor.Name == BoundBandwidth && enough > 1:
		return concurrency(enough, "the link is full from there on: "+floor.Text)
	case floor.Name == BoundBandwidth:
		return Advice{Text: "It does not matter: one fetch fills the link: " + floor.Text + "."}
	case r.Sweep != nil && r.Sweep.Knee > 1:
		return concurrency(r.Sweep.Knee, fmt.Sprintf("the sweep gained less than 5 %% above it%s", r.peakWords()))
	case r.stillRose() > enough:
		return concurrency(r.stillRose(), "it is the highest of the sweep, and throughput still rose there; a sweep that goes further would tell where it ends")
	case r.alike():
		return Advice{Text: fmt.Sprintf("It does not matter: %s is not noticeably faster than one by one for this list.", r.fastestConcurrent().Name)}
	case floor.Name == "":
		return concurrency(max(fast.Concurrency, 1), "it was the fastest measured; nothing is known of the bounds")
	case enough <= 1:
		return Advice{Text: fmt.Sprintf("It does not matter: %s (%s) holds even one by one.", floor.Name, floor.Text)}
	case enough == maxAdvice:
		return concurrency(enough, "waiting is nearly all there is; above it open files and the hosts become the limit")
	}
	return concurrency(enough, because(floor, f))
}

func concurrency(n int, reason string) Advice {
	return Advice{Concurrency: n, Text: fmt.Sprintf("Use -c %d: %s.", n, reason)}
}

func politenessBound(enough int, floor Bound) Advice {
	why := fmt.Sprintf("you are politeness-bound: %s. Only a higher --rate or --per-host, where the site allows it, makes this list faster.", floor.Text)
	if enough <= 1 {
		return Advice{Text: "It does not matter: " + why}
	}
	return Advice{Concurrency: enough, Text: fmt.Sprintf("Use -c %d: more does not matter, %s", enough, why)}
}

// fetchesToReach is how many at one time bring the sum of all waiting and work down to the bound.
func fetchesToReach(floor Bound, f Facts) int {
	if floor.Seconds <= 0 {
		return 0
	}
	// A twentieth of a fetch more than needed is no reason for another one.
	n := math.Ceil((f.serviceSum()+f.cpuSum())/floor.Seconds - 0.05)
	return int(min(max(n, 1), float64(max(f.URLs, 1)), maxAdvice))
}

func because(floor Bound, f Facts) string {
	if floor.Name == BoundSlowest {
		return fmt.Sprintf("up to there each one more shares the waiting (%s in all); then %s", words.Seconds(f.serviceSum()), floor.Text)
	}
	return fmt.Sprintf("up to there each one more shares the waiting (%s in all); then %s holds: %s", words.Seconds(f.serviceSum()), floor.Name, floor.Text)
}

// alike tells whether concurrency gained nothing that can be noticed.
func (r *Result) alike() bool {
	seq, other := r.first(KindSequential), r.fastestConcurrent()
	if seq == nil || other == nil || r.Modes[0].Name != seq.Name {
		return false
	}
	return other.Speedup.Hi > 0 && other.Speedup.Hi < sameSpeed
}

// fastestConcurrent is the fastest mode that is not sequential, nil where there is none.
func (r *Result) fastestConcurrent() *ModeResult {
	var fast *ModeResult
	for i := range r.Modes {
		m := &r.Modes[i]
		if m.Kind != KindSequential && m.Trials > 0 && (fast == nil || m.Wall.Median < fast.Wall.Median) {
			fast = m
		}
	}
	return fast
}

// stillRose is the highest concurrency of a sweep that saw no knee, 0 where there is none.
func (r *Result) stillRose() int {
	if r.Sweep == nil || r.Sweep.Knee > 0 || len(r.Sweep.Points) < 2 {
		return 0
	}
	return r.Sweep.Points[len(r.Sweep.Points)-1].Concurrency
}

func (r *Result) peakWords() string {
	if u := r.Sweep.USL; u != nil {
		last := float64(r.Sweep.Points[len(r.Sweep.Points)-1].Concurrency)
		if peak := u.Peak(); peak < last {
			return fmt.Sprintf(", and beyond %.0f it loses", peak)
		}
	}
	return ""
}
