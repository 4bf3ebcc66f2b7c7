package stat

import (
	"fmt"
	"math"
)

// USL is the Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007, chapter 4-6) with a scale:
//
//	X(n) = Lambda n / (1 + Sigma (n-1) + Kappa n (n-1))
//
// Lambda is the throughput of one, Sigma the share of the work that only one can do at a time (contention), Kappa the cost
// of each pair that has to agree (coherency). R2 is the share of the throughput's variation that the fit explains.
type USL struct{ Lambda, Sigma, Kappa, R2 float64 }

// Point is a throughput measured at a concurrency.
type Point struct{ N, X float64 }

// At is the throughput at concurrency n.
func (u USL) At(n float64) float64 { return u.Lambda * n / (1 + u.Sigma*(n-1) + u.Kappa*n*(n-1)) }

// Peak is the concurrency with the highest throughput, +Inf where it only rises.
func (u USL) Peak() float64 {
	if u.Kappa == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(max(1-u.Sigma, 0) / u.Kappa)
}

// Fit finds the law closest to the points in the sense of least squares, with Sigma and Kappa not negative. It refuses, with a
// sentence, fewer than MinFitPoints different concurrencies, points that are no throughput, and a fit that explains less
// than nine tenths of the variation.
func Fit(points []Point) (USL, error) {
	if err := fittable(points); err != nil {
		return USL{}, err
	}
	best, found := USL{}, math.Inf(1)
	// The least squares under the two constraints lie inside, or on an edge or the corner: each is fitted freely.
	for _, free := range [][2]bool{{true, true}, {true, false}, {false, true}, {false, false}} {
		u := fitFree(points, free[0], free[1])
		if u.Sigma < 0 || u.Kappa < 0 || u.Lambda <= 0 {
			continue
		}
		if rss := residual(points, u); rss < found {
			best, found = u, rss
		}
	}
	best.R2 = 1 - found/variation(points)
	if !(best.R2 >= minFitR2) {
		return best, fmt.Errorf("the fit explains %.0f %% of the variation; below %.0f %% nothing is read off it", 100*max(best.R2, 0), 100*minFitR2)
	}
	return best, nil
}

func fittable(points []Point) error {
	different := map[float64]bool{}
	for _, p := range points {
		if !(p.N >= 1) || !(p.X > 0) || math.IsInf(p.N, 0) || math.IsInf(p.X, 0) {
			return fmt.Errorf("a throughput of %g at concurrency %g cannot be fitted", p.X, p.N)
		}
		different[p.N] = true
	}
	if len(different) < MinFitPoints {
		return fmt.Errorf("%d different concurrencies were measured; a fit needs %d", len(different), MinFitPoints)
	}
	return nil
}

// fitFree minimises the squared residuals over Lambda and whichever of Sigma and Kappa are free, by Levenberg-Marquardt in the
// two; Lambda has a closed form for each pair. A result may break the constraints.
func fitFree(points []Point, sigma, kappa bool) USL {
	u := linearised(points, sigma, kappa)
	rss, damping := residual(points, u), 1e-3
	for range fitSteps {
		if !sigma && !kappa {
			break
		}
		next := scaled(points, stepped(points, u, sigma, kappa, damping))
		r := residual(points, next)
		switch {
		case r < rss:
			done := rss-r <= 1e-14*rss
			u, rss, damping = next, r, damping/10
			if done {
				return u
			}
		case damping > 1e12:
			return u
		default:
			damping *= 10
		}
	}
	return u
}

// scaled gives u the Lambda that fits best.
func scaled(points []Point, u USL) USL {
	u.Lambda = 1
	var xg, gg float64
	for _, p := range points {
		g := u.At(p.N)
		xg, gg = xg+p.X*g, gg+g*g
	}
	u.Lambda = xg / gg
	return u
}

// stepped is one damped Gauss-Newton step in Lambda, Sigma and Kappa together.
func stepped(points []Point, u USL, sigma, kappa bool, damping float64) USL {
	var a [3][3]float64
	var b [3]float64
	for _, p := range points {
		d := 1 + u.Sigma*(p.N-1) + u.Kappa*p.N*(p.N-1)
		slope := -u.Lambda * p.N / (d * d)
		j := [3]float64{p.N / d, slope * (p.N - 1), slope * p.N * (p.N - 1)}
		if !sigma {
			j[1] = 0
		}
		if !kappa {
			j[2] = 0
		}
		accumulate(&a, &b, j, p.X-u.Lambda*p.N/d)
	}
	for i := range a {
		a[i][i] *= 1 + damping
	}
	s := solve(a, b)
	return USL{Lambda: u.Lambda + s[0], Sigma: u.Sigma + s[1], Kappa: u.Kappa + s[2]}
}

// linearised is the start: n/X(n) is linear in (n-1) and n(n-1).
func linearised(points []Point, sigma, kappa bool) USL {
	var a [3][3]float64
	var b [3]float64
	for _, p := range points {
		j := [3]float64{1, 0, 0}
		if sigma {
			j[1] = p.N - 1
		}
		if kappa {
			j[2] = p.N * (p.N - 1)
		}
		accumulate(&a, &b, j, p.N/p.X)
	}
	c := solve(a, b)
	u := USL{Lambda: 1}
	if c[0] > 0 {
		u.Sigma, u.Kappa = max(c[1]/c[0], 0), max(c[2]/c[0], 0)
	}
	return scaled(points, u)
}

func accumulate(a *[3][3]float64, b *[3]float64, row [3]float64, value float64) {
	for i := range row {
		for k := range row {
			a[i][k] += row[i] * row[k]
		}
		b[i] += row[i] * value
	}
}

// solve is Gaussian elimination with pivoting, of a system scaled to a unit diagonal; an unknown that no equation holds is 0.
func solve(a [3][3]float64, b [3]float64) (x [3]float64) {
	var scale [3]float64
	for i := range a {
		scale[i] = 1
		if a[i][i] > 0 {
			scale[i] = 1 / math.Sqrt(a[i][i])
		}
	}
	for i := range a {
		for k := range a {
			a[i][k] *= scale[i] * scale[k]
		}
		b[i] *= scale[i]
	}
	eliminate(&a, &b)
	for i := 2; i >= 0; i-- {
		if math.Abs(a[i][i]) < 1e-13 {
			continue
		}
		x[i] = b[i]
		for k := i + 1; k < 3; k++ {
			x[i] -= a[i][k] * x[k]
		}
		x[i] /= a[i][i]
	}
	for i := range x {
		x[i] *= scale[i]
	}
	return x
}

func eliminate(a *[3][3]float64, b *[3]float64) {
	for i := range a {
		pivot := i
		for k := i + 1; k < 3; k++ {
			if math.Abs(a[k][i]) > math.Abs(a[pivot][i]) {
				pivot = k
			}
		}
		a[i], a[pivot], b[i], b[pivot] = a[pivot], a[i], b[pivot], b[i]
		if math.Abs(a[i][i]) < 1e-13 {
			continue
		}
		for k := i + 1; k < 3; k++ {
			f := a[k][i] / a[i][i]
			for l := i; l < 3; l++ {
				a[k][l] -= f * a[i][l]
			}
			b[k] -= f * b[i]
		}
	}
}

func residual(points []Point, u USL) (rss float64) {
	for _, p := range points {
		d := p.X - u.At(p.N)
		rss += d * d
	}
	if math.IsNaN(rss) {
		return math.Inf(1)
	}
	return rss
}

func variation(points []Point) (tss float64) {
	var sum float64
	for _, p := range points {
		sum += p.X
	}
	mean := sum / float64(len(points))
	for _, p := range points {
		tss += (p.X - mean) * (p.X - mean)
	}
	return tss
}
