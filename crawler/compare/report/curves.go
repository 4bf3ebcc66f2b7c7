package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// plot is a drawing with two axes. Curves go into an inner drawing of 1000 by 1000 units that is stretched; points and text stay
// as they are.
type plot struct {
	canvas
	x, y axis
}

func newPlot(id, title, description string, x, y axis, height int) *plot {
	p := &plot{x: x, y: y}
	p.add(`<svg class="plot" width="100%%" height="%d" role="img" aria-labelledby="%s-title %s-desc">`, height, id, id)
	p.add(`<title id="%s-title">%s</title><desc id="%s-desc">%s</desc>`, id, escaped(title), id, escaped(description))
	return p
}

func (p *plot) grid(xs, ys []float64, xText, yText func(float64) string) {
	for _, v := range xs {
		x := pct(p.x.at(v))
		p.add(`<line class="grid" x1="%s" x2="%s" y1="0" y2="100%%"/><text class="tick" x="%s" y="100%%" dy="16" text-anchor="middle">%s</text>`, x, x, x, xText(v))
	}
	for _, v := range ys {
		y := pct(1 - p.y.at(v))
		p.add(`<line class="grid" x1="0" x2="100%%" y1="%s" y2="%s"/><text class="tick" x="0" y="%s" dx="-6" dy="4" text-anchor="end">%s</text>`, y, y, y, yText(v))
	}
}

type xy struct{ x, y float64 }

// path draws points as one line, or closed as an area.
func (p *plot) path(class string, points []xy, closed bool) {
	p.add(`<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%%" height="100%%"><path class="%s" d="`, class)
	for i, v := range points {
		p.add("%s%.1f %.1f", [2]string{"L", "M"}[b2i(i == 0)], 1000*p.x.at(v.x), 1000*(1-p.y.at(v.y)))
	}
	if closed {
		p.add("Z")
	}
	p.add(`"/></svg>`)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// text writes at a point, towards the side with more room.
func (p *plot) text(class string, at xy, dy int, s string) {
	x := p.x.at(at.x)
	anchor, dx := "start", 7
	if x > 0.6 {
		anchor, dx = "end", -7
	}
	p.add(`<text class="%s" x="%s" y="%s" dx="%d" dy="%d" text-anchor="%s">%s</text>`, class, pct(x), pct(1-p.y.at(at.y)), dx, dy, anchor, escaped(s))
}

func (p *plot) done() template.HTML {
	p.add(`</svg>`)
	return template.HTML(p.String())
}

// scaling draws the sweep: measured points with their band, the fit, the bounds, the knee. It is empty without a sweep.
func scaling(r *compare.Result) template.HTML {
	s := r.Sweep
	if s == nil || len(s.Points) < 2 {
		return ""
	}
	first, last := s.Points[0], s.Points[len(s.Points)-1]
	top := 0.0
	for _, p := range s.Points {
		top = max(top, p.Hi, p.PagesPerS)
	}
	ceiling, name := ceilingOf(r)
	if ceiling < 2*top {
		top = max(top, ceiling)
	}
	x := axis{lo: float64(first.Concurrency), hi: float64(last.Concurrency), log: last.Concurrency >= 8*first.Concurrency}
	p := newPlot("scaling", "Throughput against concurrency", describedSweep(s), x, axis{hi: 1.15 * top}, 320)
	var xs []float64
	for _, point := range s.Points {
		xs = append(xs, float64(point.Concurrency))
	}
	p.grid(xs, p.y.ticks(5), shortNumber, shortNumber)
	p.scalingBounds(s, ceiling, name)
	p.band(s.Points)
	if s.USL != nil {
		p.path("usl", sampledLaw(*s.USL, x), false)
	}
	p.knee(s)
	for _, point := range s.Points {
		p.add(`<circle class="point" cx="%s" cy="%s" r="4"><title>%d at a time: %s pages/s (%s to %s)</title></circle>`,
			pct(p.x.at(float64(point.Concurrency))), pct(1-p.y.at(point.PagesPerS)), point.Concurrency,
			words.Digits(point.PagesPerS), words.Digits(point.Lo), words.Digits(point.Hi))
	}
	return p.done()
}

// ceilingOf is the throughput that the bounds allow whatever the concurrency is, +Inf where none does.
func ceilingOf(r *compare.Result) (pagesPerS float64, name string) {
	pagesPerS = math.Inf(1)
	for _, b := range r.Bounds {
		replayed := b.Name == compare.BoundPoliteness && !r.Recording.Polite
		if rate := float64(r.List.Requests) / b.Seconds; b.Name != compare.BoundLatency && !replayed && rate < pagesPerS {
			pagesPerS, name = rate, b.Name
		}
	}
	return pagesPerS, name
}

func describedSweep(s *compare.Sweep) string {
	text := ""
	for _, p := range s.Points {
		text += fmt.Sprintf("%d at a time: %s pages per second. ", p.Concurrency, words.Digits(p.PagesPerS))
	}
	if s.Knee > 0 {
		text += fmt.Sprintf("Knee at %d.", s.Knee)
	}
	return text
}

// scalingBounds are what no run can be above: one fetch's throughput times their number, and the ceiling.
func (p *plot) scalingBounds(s *compare.Sweep, ceiling float64, name string) {
	one := s.Points[0].PagesPerS / float64(s.Points[0].Concurrency)
	var line []xy
	for i := range curvePoints {
		n := p.x.value(float64(i) / (curvePoints - 1))
		if line = append(line, xy{n, one * n}); one*n > p.y.hi {
			break
		}
	}
	p.path("bound", line, false)
	p.text("note ideal", xy{line[len(line)-1].x, min(line[len(line)-1].y, p.y.hi)}, 14, "if nothing were shared")
	if ceiling < p.y.hi {
		p.path("bound", []xy{{p.x.lo, ceiling}, {p.x.hi, ceiling}}, false)
		p.text("note", xy{p.x.lo, ceiling}, -6, "bound: "+name)
	}
}

// value is the inverse of at.
func (a axis) value(share float64) float64 {
	if a.log {
		return a.lo * math.Pow(a.hi/a.lo, share)
	}
	return a.lo + share*(a.hi-a.lo)
}

func (p *plot) band(points []compare.SweepPoint) {
	var edge []xy
	for _, s := range points {
		edge = append(edge, xy{float64(s.Concurrency), s.Hi})
	}
	for _, s := range slices.Backward(points) {
		edge = append(edge, xy{float64(s.Concurrency), s.Lo})
	}
	p.path("band", edge, true)
}

func sampledLaw(u compare.USL, x axis) []xy {
	line := make([]xy, curvePoints)
	for i := range line {
		n := x.value(float64(i) / (curvePoints - 1))
		line[i] = xy{n, u.At(n)}
	}
	return line
}

func (p *plot) knee(s *compare.Sweep) {
	for _, point := range s.Points {
		if s.Knee > 0 && point.Concurrency == s.Knee {
			x := pct(p.x.at(float64(s.Knee)))
			p.add(`<line class="knee" x1="%s" x2="%s" y1="%s" y2="100%%"/>`, x, x, pct(1-p.y.at(point.PagesPerS)))
			p.text("mark", xy{float64(s.Knee), 0}, -10, fmt.Sprintf("knee: %d", s.Knee)) // above the axis, where the curve is not
		}
	}
}

// latencyChart is the share of URLs that were done within a time, for each mode.
type latencyChart struct {
	Title, Text string
	SVG         template.HTML
	Lines       []legendEntry
}

func latencyCharts(r *compare.Result) []latencyChart {
	if len(r.Traces) == 0 {
		return nil
	}
	return []latencyChart{
		latencies(r, "service", "Service: sent to done", "What the server and the line take for one request.",
			func(q compare.Request) float64 { return (q.Done - q.Sent).Seconds() }),
		latencies(r, "felt", "Felt: due to done", "What whoever asked for the URL waits: the queue is in it.",
			func(q compare.Request) float64 { return (q.Done - q.Due).Seconds() }),
	}
}

func latencies(r *compare.Result, id, title, text string, of func(compare.Request) float64) latencyChart {
	lines := make([][]float64, len(r.Traces))
	x := axis{lo: math.Inf(1), log: true}
	for i, t := range r.Traces {
		for _, q := range t.Requests {
			v := max(of(q), 1e-6)
			lines[i] = append(lines[i], v)
			x.lo, x.hi = min(x.lo, v), max(x.hi, v)
		}
		slices.Sort(lines[i])
	}
	if x.hi == 0 {
		x.lo, x.hi = 1e-3, 1
	}
	x.lo, x.hi = x.lo/1.2, x.hi*1.2
	p := newPlot(id, title, describedLatencies(r, id), x, axis{hi: 100}, 260)
	p.grid(x.ticks(5), p.y.ticks(4), shortSeconds, func(v float64) string { return shortNumber(v) + " %" })
	c := latencyChart{Title: title, Text: text}
	for i, t := range r.Traces {
		class := fmt.Sprintf("line m%d", i%lineStyles)
		if len(lines[i]) > 0 {
			p.path(class, cumulative(lines[i]), false)
		}
		c.Lines = append(c.Lines, legendEntry{class, visible(t.Mode)})
	}
	c.SVG = p.done()
	return c
}

// lineStyles is how many modes have a colour and dashes of their own.
const lineStyles = 8

// cumulative is the share of the rising values that are at most so large, in percent.
func cumulative(sorted []float64) []xy {
	n := min(len(sorted), curvePoints)
	line := []xy{{sorted[0], 0}}
	for i := range n {
		at := (i+1)*len(sorted)/n - 1
		line = append(line, xy{sorted[at], 100 * float64(at+1) / float64(len(sorted))})
	}
	return line
}

func describedLatencies(r *compare.Result, id string) string {
	text := ""
	for _, m := range r.Modes {
		q := m.Service
		if id == "felt" {
			q = m.Felt
		}
		text += fmt.Sprintf("%s: half within %s, 95 %% within %s. ", visible(m.Name), words.Seconds(q.P50/1e3), words.Seconds(q.P95/1e3))
	}
	return text
}
