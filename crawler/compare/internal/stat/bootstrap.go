package stat

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Interval is an estimate with the ends of its confidence interval.
type Interval struct{ Estimate, Lo, Hi float64 }

// MedianInterval is the samples' median with its 95 % percentile bootstrap interval (Efron, 1979). All three are equal for
// one sample, and 0 for none. Below MinTrusted samples the interval is too narrow.
func MedianInterval(samples []float64, seed uint64) Interval {
	m := Median(samples)
	if len(samples) < 2 {
		return Interval{m, m, m}
	}
	lo, hi := bootstrapMedian(samples, levelMedian, seed)
	return Interval{m, min(lo, m), max(hi, m)}
}

// Ratio compares two modes that ran in the same blocks: num[i] and den[i] are of one block, and positive. It returns the median
// of the blocks' ratios with a 99 % interval, which is the wider of the percentile bootstrap over blocks and Student's
// interval of the mean logarithm. The second is there because a bootstrap cannot look beyond its samples: over five blocks
// it misses once in sixteen times, whatever its level is called. For one block all three are equal.
func Ratio(num, den []float64, seed uint64) Interval {
	logs := make([]float64, len(num))
	for i := range logs {
		logs[i] = math.Log(num[i] / den[i])
	}
	if len(logs) < 2 {
		m := Median(num) / Median(den)
		return Interval{m, m, m}
	}
	m := Median(logs)
	lo, hi := bootstrapMedian(logs, levelRatio, seed)
	center, half := student(logs, levelRatio)
	lo, hi = min(m, lo, center-half), max(m, hi, center+half)
	return Interval{math.Exp(m), math.Exp(max(lo, m-maxLogRatio)), math.Exp(min(hi, m+maxLogRatio))}
}

// Distinguishable tells whether the interval of a ratio leaves out 1 and rests on more than one block.
func Distinguishable(ratio Interval) bool {
	return ratio.Lo != ratio.Hi && (ratio.Lo > 1 || ratio.Hi < 1)
}

func bootstrapMedian(samples []float64, level float64, seed uint64) (lo, hi float64) {
	rng := rand.New(rand.NewPCG(seed, uint64(len(samples))))
	sorted := slices.Sorted(slices.Values(samples))
	times := make([]int, len(samples)) // each was drawn: sorting the draws would take longer than drawing them
	medians := make([]float64, resamples)
	for i := range medians {
		clear(times)
		for range samples {
			times[rng.IntN(len(samples))]++
		}
		medians[i] = medianOf(sorted, times)
	}
	slices.Sort(medians)
	tail := (1 - level) / 2
	return sortedQuantile(medians, tail), sortedQuantile(medians, 1-tail)
}

// medianOf is the median of the sorted values, each taken so many times; as many are taken as there are.
func medianOf(sorted []float64, times []int) float64 {
	low, high := (len(sorted)-1)/2, len(sorted)/2 // the places of the two in the middle
	seen, below := 0, 0.0
	for i, n := range times {
		if seen <= low && low < seen+n {
			below = sorted[i]
		}
		if seen += n; high < seen {
			return (below + sorted[i]) / 2
		}
	}
	return below
}

// student is the mean of the samples and half the width of its interval.
func student(samples []float64, level float64) (mean, half float64) {
	s := stats.Sample{Xs: samples}
	t := stats.InvCDF(stats.TDist{V: float64(len(samples) - 1)})(1 - (1-level)/2)
	return s.Mean(), t * s.StdDev() / math.Sqrt(float64(len(samples)))
}
