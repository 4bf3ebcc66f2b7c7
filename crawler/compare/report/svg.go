package report

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// canvas collects SVG. Positions across are in percent of the drawing's width, so that it fits any screen without a script and
// text keeps its size; heights are in pixels or percent.
type canvas struct{ strings.Builder }

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// pct writes a share of the width or height: "12.35%".
func pct(share float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		share = 0
	}
	return strconv.FormatFloat(100*share, 'f', 3, 64) + "%"
}

func escaped(s string) string { return html.EscapeString(s) }

// axis maps values to shares of a length.
type axis struct {
	lo, hi float64
	log    bool
}

// at is where v lies, between 0 and 1.
func (a axis) at(v float64) float64 {
	lo, hi := a.lo, a.hi
	if a.log {
		lo, hi, v = math.Log(lo), math.Log(hi), math.Log(max(v, a.lo))
	}
	if hi <= lo {
		return 0
	}
	return min(max((v-lo)/(hi-lo), 0), 1)
}

// ticks are round values on the axis: about n of them, or on a logarithmic one 1, 2 and 5 of each decade where there is room.
func (a axis) ticks(n int) []float64 {
	if a.log {
		return logTicks(a.lo, a.hi, n)
	}
	step := niceStep((a.hi - a.lo) / float64(n))
	if step <= 0 {
		return nil
	}
	var t []float64
	for i := math.Ceil(a.lo / step); i*step <= a.hi*(1+1e-9); i++ {
		t = append(t, i*step)
	}
	return t
}

func niceStep(raw float64) float64 {
	if raw <= 0 || math.IsNaN(raw) || math.IsInf(raw, 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*unit {
			return m * unit
		}
	}
	return 10 * unit
}

func logTicks(lo, hi float64, n int) []float64 {
	if lo <= 0 || hi <= lo {
		return nil
	}
	for _, steps := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		var t []float64
		for unit := math.Pow(10, math.Floor(math.Log10(lo))); unit <= hi; unit *= 10 {
			for _, s := range steps {
				if v := s * unit; v >= lo*(1-1e-9) && v <= hi*(1+1e-9) {
					t = append(t, v)
				}
			}
		}
		if len(t) <= n || len(steps) == 1 {
			return t
		}
	}
	return nil
}

// shortNumber writes a tick.
func shortNumber(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// shortSeconds writes a tick of a time axis.
func shortSeconds(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 0.9995e-3:
		return shortNumber(math.Round(v*1e9)/1e3) + " µs"
	case v < 0.9995:
		return shortNumber(math.Round(v*1e6)/1e3) + " ms"
	case v < 600:
		return shortNumber(v) + " s"
	}
	return shortNumber(math.Round(v/6)/10) + " min"
}
