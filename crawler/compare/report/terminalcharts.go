package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// drawn are the traces that are compared: that of the first mode and that of the fastest other one.
func drawn(r *compare.Result) []compare.Trace {
	if len(r.Traces) < 2 {
		return r.Traces
	}
	other := r.Traces[1]
	if fast := r.Fastest(); fast != nil {
		for _, t := range r.Traces[1:] {
			if t.Mode == fast.Name {
				other = t
			}
		}
	}
	return []compare.Trace{r.Traces[0], other}
}

// sampled are at most n of the requests by the time they were sent, evenly spread, with the slowest among them.
func sampled(requests []compare.Request, n int) []compare.Request {
	sorted := bySent(requests)
	if len(sorted) <= n {
		return sorted
	}
	slowest := 0
	for i, q := range sorted {
		if q.Done-q.Sent > sorted[slowest].Done-sorted[slowest].Sent {
			slowest = i
		}
	}
	out := make([]compare.Request, n)
	for i := range out {
		from, to := i*len(sorted)/n, (i+1)*len(sorted)/n
		at := from + (to-from)*i/n
		if from <= slowest && slowest < to {
			at = slowest
		}
		out[i] = sorted[at]
	}
	return out
}

func longest(traces []compare.Trace) time.Duration {
	var wall time.Duration
	for _, t := range traces {
		wall = max(wall, t.Wall)
	}
	return wall
}

// glyph and style of the phases on a terminal; queue is left blank.
func (p phase) glyph() (rune, string) {
	switch p {
	case queue:
		return ' ', ""
	case dns, connect, tls:
		return '░', yellow
	case firstByte:
		return '▒', green
	case body:
		return '█', blue
	}
	return '▓', magenta
}

func (t *terminal) waterfalls(r *compare.Result) {
	traces := drawn(r)
	wall := longest(traces)
	if wall <= 0 {
		return
	}
	cells := t.width - 4
	t.line("%s", t.paint(bold, "One time axis"))
	for _, trace := range traces {
		rows := sampled(trace.Requests, terminalRows)
		t.line("  %s, %s%s", visible(trace.Mode), words.Seconds(trace.Wall.Seconds()), someOf(len(rows), len(trace.Requests)))
		for _, q := range rows {
			t.line("  %s", t.bar(q, wall, cells))
		}
	}
	end := words.Seconds(wall.Seconds())
	t.line("  %s", t.paint(faint, "0"+strings.Repeat("─", max(cells-2-len(end), 1))+" "+end))
	t.line("  %s set-up  %s first byte  %s body  %s parse", t.paint(yellow, "░"), t.paint(green, "▒"), t.paint(blue, "█"), t.paint(magenta, "▓"))
	t.line("")
}

func someOf(shown, all int) string {
	if shown == all {
		return ""
	}
	return fmt.Sprintf(" (%d of %s)", shown, words.Plural(all, "request"))
}

// bar draws a request in so many cells. Each cell has the phase that takes most of it.
func (t *terminal) bar(q compare.Request, wall time.Duration, cells int) string {
	line := make([]phase, cells)
	parts := segments(q)
	for i := range line {
		from, to := wall*time.Duration(i)/time.Duration(cells), wall*time.Duration(i+1)/time.Duration(cells)
		var most time.Duration
		for _, s := range parts {
			if share := min(s.to, to) - max(s.from, from); share > most {
				most, line[i] = share, s.phase
			}
		}
	}
	// A request shorter than half a cell is still one.
	if at := int(int64(q.Sent) * int64(cells) / int64(wall)); at < cells && line[at] == queue {
		line[at] = firstByte
	}
	var b strings.Builder
	for i := 0; i < cells; {
		end := i
		for end < cells && line[end] == line[i] {
			end++
		}
		glyph, style := line[i].glyph()
		if run := strings.Repeat(string(glyph), end-i); style == "" {
			b.WriteString(run)
		} else {
			b.WriteString(t.paint(style, run))
		}
		i = end
	}
	return strings.TrimRight(b.String(), " ")
}

// curve draws throughput against concurrency as bars.
func (t *terminal) curve(s *compare.Sweep) {
	if s == nil || len(s.Points) == 0 {
		return
	}
	best := slices.MaxFunc(s.Points, func(a, b compare.SweepPoint) int { return cmp.Compare(a.PagesPerS, b.PagesPerS) }).PagesPerS
	t.line("%s", t.paint(bold, "Throughput against concurrency"))
	cells := max(t.width-36, 10)
	for _, p := range s.Points {
		mark := ""
		if p.Concurrency == s.Knee {
			mark = t.paint(yellow, " ◀ knee")
		}
		t.line("  %5d %s %s pages/s%s", p.Concurrency, t.paint(blue, eighths(p.PagesPerS/max(best, 1e-300), cells)), words.Digits(p.PagesPerS), mark)
	}
	if u := s.USL; u != nil {
		t.line("  %s", t.paint(faint, fmt.Sprintf("USL: lambda %s, sigma %s, kappa %s, R² %.3f",
			words.Digits(u.Lambda), words.Digits(u.Sigma), words.Number(rounded(u.Kappa)), u.R2)))
	}
	t.line("")
}

// eighths is a bar of a share of so many cells, to an eighth of a cell.
func eighths(share float64, cells int) string {
	n := int(share*float64(cells)*8 + 0.5)
	bar := strings.Repeat("█", n/8)
	if n%8 > 0 {
		bar += string([]rune(" ▏▎▍▌▋▊▉")[n%8])
	}
	if bar == "" {
		bar = "▏"
	}
	return bar
}
