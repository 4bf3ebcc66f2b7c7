package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aclements/go-moremath/stats"
	"pgregory.net/rapid"
)

func near(got, want, rel float64) bool { return math.Abs(got-want) <= rel*math.Abs(want) }

func TestQuantiles(t *testing.T) {
	samples := []float64{4, 1, 3, 2}
	for i, want := range []float64{1, 1.75, 2.5, 4} {
		if got := Quantiles(samples, 0, 0.25, 0.5, 1)[i]; got != want {
			t.Errorf("quantile %d is %g, want %g", i, got, want)
		}
	}
	if samples[0] != 4 {
		t.Error("the samples were reordered")
	}
	if Median(nil) != 0 {
		t.Error("the median of nothing is not 0")
	}
}

// Student's quantiles as printed in any table of them.
func TestStudent(t *testing.T) {
	for v, want := range map[float64]float64{1: 63.657, 4: 4.604, 9: 3.250, 30: 2.750} {
		if got := stats.InvCDF(stats.TDist{V: v})(0.995); !near(got, want, 1e-3) {
			t.Errorf("t(0.995, %g) is %g, want %g", v, got, want)
		}
	}
}

func TestMedianOfDraws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sorted := slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Float64Range(-1e3, 1e3), 1, 30).Draw(t, "samples")))
		times := make([]int, len(sorted))
		var drawn []float64
		for range sorted {
			i := rapid.IntRange(0, len(sorted)-1).Draw(t, "i")
			times[i]++
			drawn = append(drawn, sorted[i])
		}
		if got, want := medianOf(sorted, times), Median(drawn); math.Abs(got-want) > 1e-9 {
			t.Fatalf("got %g, want %g", got, want)
		}
	})
}

func TestIntervalOfOneSample(t *testing.T) {
	if got := MedianInterval([]float64{3}, 1); got != (Interval{3, 3, 3}) {
		t.Errorf("got %v", got)
	}
	one := Ratio([]float64{6}, []float64{3}, 1)
	if !near(one.Estimate, 2, 1e-12) || one.Lo != one.Hi || Distinguishable(one) {
		t.Errorf("got %v", one)
	}
}

func TestIntervalProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		positive := rapid.SliceOfN(rapid.Float64Range(1e-6, 1e6), n, n)
		a, b := positive.Draw(t, "a"), positive.Draw(t, "b")
		seed := rapid.Uint64().Draw(t, "seed")
		for _, got := range []Interval{MedianInterval(a, seed), Ratio(a, b, seed)} {
			if !(got.Lo <= got.Estimate && got.Estimate <= got.Hi) || math.IsInf(got.Hi, 0) {
				t.Fatalf("the estimate is not in its interval: %v", got)
			}
		}
		if Ratio(a, b, seed) != Ratio(a, b, seed) {
			t.Fatal("the same seed gives another interval")
		}
		if there, back := Ratio(a, b, seed), Ratio(b, a, seed); !near(there.Estimate*back.Estimate, 1, 1e-9) {
			t.Fatalf("a/b is %g but b/a is %g", there.Estimate, back.Estimate)
		}
	})
}

// noise is what disturbs a trial: mostly small, sometimes an outlier on the slow side, as timings have it.
func noise(rng *rand.Rand, spread, outliers float64) float64 {
	e := spread * rng.NormFloat64()
	if rng.Float64() < outliers {
		e += math.Abs(10 * spread * rng.NormFloat64())
	}
	return math.Exp(e)
}

// A/A: a mode compared with itself is told apart in fewer than 5 of 100 comparisons, whatever the noise is like, and a block
// that was slow as a whole makes no difference. Over the 2,000 comparisons of each row the seeds are fixed.
func TestSameModeIsNotDistinguishable(t *testing.T) {
	const runs = 100
	for _, c := range []struct{ spread, outliers, drift float64 }{
		{0.01, 0, 0}, {0.05, 0, 0.3}, {0.01, 0.1, 0}, {0.03, 0.3, 0.2},
	} {
		for _, blocks := range []int{5, 6, 8, 12, 20} {
			rng := rand.New(rand.NewPCG(uint64(blocks), math.Float64bits(c.spread)))
			alarms := 0
			for range runs {
				if Distinguishable(aa(rng, blocks, c.spread, c.outliers, c.drift)) {
					alarms++
				}
			}
			if share := float64(alarms) / runs; share > 0.03 {
				t.Errorf("%+v, %d blocks: %.1f %% of A/A comparisons are called a difference", c, blocks, 100*share)
			}
		}
	}
}

func aa(rng *rand.Rand, blocks int, spread, outliers, drift float64) Interval {
	a, b := make([]float64, blocks), make([]float64, blocks)
	for i := range a {
		slow := math.Exp(drift * rng.NormFloat64())
		a[i] = slow * noise(rng, spread, outliers)
		b[i] = slow * noise(rng, spread, outliers)
	}
	return Ratio(a, b, rng.Uint64())
}

// Pairing is what finds a difference of 10 % under a drift of 30 %.
func TestDifferenceIsFoundUnderDrift(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 100 {
		a, b := make([]float64, 8), make([]float64, 8)
		for i := range a {
			slow := math.Exp(0.3 * rng.NormFloat64())
			a[i], b[i] = 1.1*slow*noise(rng, 0.02, 0), slow*noise(rng, 0.02, 0)
		}
		if r := Ratio(a, b, rng.Uint64()); Distinguishable(r) && r.Lo > 1 {
			found++
		}
	}
	if found < 95 {
		t.Errorf("a difference of 10 %% was found in %d of 100 comparisons", found)
	}
}

func BenchmarkRatio(b *testing.B) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for b.Loop() {
		Ratio(x, x, 1)
	}
}
