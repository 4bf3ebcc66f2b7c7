package stat

import (
	"math"
	"slices"
)

// Median is the middle of the samples, the mean of the two middle ones where there is an even number. It is 0 for none.
func Median(samples []float64) float64 { return Quantiles(samples, 0.5)[0] }

// Quantiles returns the samples' quantiles at the given probabilities, interpolated between neighbours (definition 7 of
// Hyndman and Fan, 1996). They are 0 for no samples. The samples stay as they are.
func Quantiles(samples []float64, at ...float64) []float64 {
	sorted := slices.Sorted(slices.Values(samples))
	q := make([]float64, len(at))
	for i, p := range at {
		q[i] = sortedQuantile(sorted, p)
	}
	return q
}

func sortedQuantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	h := p * float64(len(sorted)-1)
	below := math.Floor(h)
	i := int(below)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (h-below)*(sorted[i+1]-sorted[i])
}
