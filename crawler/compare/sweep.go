package compare

import (
	"cmp"
	"slices"

	"crawl/crawler/compare/internal/stat"
)

// SummariseSweep makes the curve of throughput against concurrency of the counted trials of the given modes, in rising
// concurrency, and fits the Universal Scalability Law to its medians. Where the fit is refused, Refused says why and nothing
// is extrapolated. A mode without a trial is left out.
func SummariseSweep(modes []ModeSpec, trials []Trial, seed uint64) *Sweep {
	s := &Sweep{}
	for i, spec := range modes {
		own := counted(spec.Name, trials)
		if len(own) == 0 {
			continue
		}
		rate := stat.MedianInterval(each(own, pagesPerSecond), seed+uint64(i))
		s.Points = append(s.Points, SweepPoint{
			Concurrency: spec.Concurrency, PagesPerS: rate.Estimate, Lo: rate.Lo, Hi: rate.Hi,
		})
	}
	slices.SortStableFunc(s.Points, func(a, b SweepPoint) int { return cmp.Compare(a.Concurrency, b.Concurrency) })
	s.fit()
	s.Knee = knee(s.Points)
	return s
}

func pagesPerSecond(t Trial) float64 {
	if t.Wall <= 0 {
		return 0
	}
	return float64(len(t.Requests)) / t.Wall.Seconds()
}

func (s *Sweep) fit() {
	points := make([]stat.Point, len(s.Points))
	for i, p := range s.Points {
		points[i] = stat.Point{N: float64(p.Concurrency), X: p.PagesPerS}
	}
	u, err := stat.Fit(points)
	if err != nil {
		s.Refused = err.Error()
		return
	}
	s.USL = &USL{Lambda: u.Lambda, Sigma: u.Sigma, Kappa: u.Kappa, R2: u.R2}
}

// At is the throughput that the law gives at concurrency n.
func (u USL) At(n float64) float64 { return u.law().At(n) }

// Peak is the concurrency at which the law is highest, +Inf where it only rises.
func (u USL) Peak() float64 { return u.law().Peak() }

func (u USL) law() stat.USL { return stat.USL{Lambda: u.Lambda, Sigma: u.Sigma, Kappa: u.Kappa} }

// knee is the smallest measured concurrency that has nearly the highest throughput measured. It is 0 where that is the last
// point: the curve may go on rising, and what was not measured is not claimed.
func knee(points []SweepPoint) int {
	if len(points) < 2 {
		return 0
	}
	best := slices.MaxFunc(points, func(a, b SweepPoint) int { return cmp.Compare(a.PagesPerS, b.PagesPerS) })
	for _, p := range points[:len(points)-1] {
		if p.PagesPerS >= kneeShare*best.PagesPerS {
			return p.Concurrency
		}
	}
	return 0
}
