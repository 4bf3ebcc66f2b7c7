package stat

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Throughput of a ray tracer on an SGI Origin 2000 (Gunther, Guerrilla Capacity Planning, 2007, table 5.1).
var raytracer = []Point{
	{1, 20}, {4, 78}, {8, 130}, {12, 170}, {16, 190}, {20, 200}, {24, 210}, {28, 230}, {32, 260}, {48, 280}, {64, 310},
}

// Throughput of a SPARCcenter 2000 in the SPEC SDM 91 benchmark (the same book, section 6.6.4; spec.org).
var specsdm91 = []Point{
	{1, 64.9}, {18, 995.9}, {36, 1652.4}, {72, 1853.2}, {108, 1828.9}, {144, 1775.0}, {216, 1702.2},
}

// The coefficients are those that the R package usl 3 (S. Moeding, on CRAN) prints for its data sets of these names.
func TestFitPublishedDataSets(t *testing.T) {
	for _, c := range []struct {
		name                 string
		points               []Point
		lambda, sigma, kappa float64
		peak                 float64
	}{
		{"raytracer", raytracer, 21.848843, 0.057771, 0, math.Inf(1)},
		{"specsdm91", specsdm91, 89.9952330, 0.0277285, 0.0001044, 96.52},
	} {
		u, err := Fit(c.points)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		t.Logf("%s: %+v, peak %g", c.name, u, u.Peak())
		if !near(u.Lambda, c.lambda, 1e-5) || !near(u.Sigma, c.sigma, 1e-5) || math.Abs(u.Kappa-c.kappa) > 5e-8 {
			t.Errorf("%s: got %+v, want %g, %g, %g", c.name, u, c.lambda, c.sigma, c.kappa)
		}
		if u.Peak() != c.peak && !near(u.Peak(), c.peak, 1e-3) {
			t.Errorf("%s: peak at %g, want %g", c.name, u.Peak(), c.peak)
		}
	}
}

func TestFitRefuses(t *testing.T) {
	wild := []Point{{1, 10}, {2, 1}, {4, 12}, {8, 0.5}, {16, 11}, {32, 1}}
	for _, c := range []struct {
		points []Point
		want   string
	}{
		{specsdm91[:5], "5 different concurrencies were measured; a fit needs 6"},
		{append([]Point{{1, 1}, {1, 1}}, specsdm91[:4]...), "4 different"},
		{append([]Point{{2, 0}}, specsdm91...), "cannot be fitted"},
		{append([]Point{{0, 5}}, specsdm91...), "cannot be fitted"},
		{append([]Point{{2, math.NaN()}}, specsdm91...), "cannot be fitted"},
		{wild, "explains"},
		{[]Point{{1, 5}, {2, 5}, {4, 5}, {8, 5}, {16, 5}, {32, 5}}, "explains"},
	} {
		if _, err := Fit(c.points); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.points, err, c.want)
		}
	}
}

// What was made with known coefficients gives them back; under noise the constraints hold and nothing near does better.
func TestFitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := USL{
			Lambda: rapid.Float64Range(0.1, 1e5).Draw(t, "lambda"),
			Sigma:  rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0.001, 0.5)).Draw(t, "sigma"),
			Kappa:  rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(1e-6, 0.01)).Draw(t, "kappa"),
		}
		var points, noisy []Point
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for n := 1.0; n <= 128; n *= 2 {
			points = append(points, Point{n, want.At(n)})
			noisy = append(noisy, Point{n, want.At(n) * math.Exp(0.05*rng.NormFloat64())})
		}
		if u, err := Fit(points); err != nil || !near(u.Lambda, want.Lambda, 1e-4) ||
			math.Abs(u.Sigma-want.Sigma) > 1e-4 || math.Abs(u.Kappa-want.Kappa) > 1e-5 {
			t.Fatalf("got %+v (%v), want %+v", u, err, want)
		}
		u, err := Fit(noisy)
		if err != nil {
			return
		}
		if u.Sigma < 0 || u.Kappa < 0 || u.Lambda <= 0 {
			t.Fatalf("constraints broken: %+v", u)
		}
		if best := residual(noisy, scaled(noisy, want)); residual(noisy, u) > best*(1+1e-6) {
			t.Fatalf("the coefficients it was made with fit better (%g) than %+v (%g)", best, u, residual(noisy, u))
		}
	})
}
