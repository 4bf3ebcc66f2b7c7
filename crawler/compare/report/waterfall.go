package report

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"time"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// Heights in a waterfall, in pixels.
const (
	rowHeight  = 13
	headHeight = 30
	axisHeight = 22
)

// scene are the two waterfalls on one time axis, and what the time slider needs.
type scene struct {
	SVG   template.HTML
	Wall  float64 // seconds
	Racer []racer
	// Finishes are, for each waterfall, when its requests were done, in milliseconds and rising.
	Finishes template.JS
}

type racer struct {
	Name string
	All  int
}

func sceneOf(r *compare.Result) *scene {
	traces := drawn(r)
	wall := longest(traces)
	if wall <= 0 {
		return nil
	}
	s := &scene{SVG: waterfall(traces, wall, "race"), Wall: wall.Seconds()}
	finishes := make([][]int64, 0, len(traces))
	for _, t := range traces {
		s.Racer = append(s.Racer, racer{visible(t.Mode), len(t.Requests)})
		done := make([]int64, 0, len(t.Requests))
		for _, q := range t.Requests {
			done = append(done, q.Done.Milliseconds())
		}
		slices.Sort(done)
		finishes = append(finishes, thinned(done))
	}
	text, err := json.Marshal(finishes)
	if err != nil {
		return nil
	}
	s.Finishes = template.JS(text)
	return s
}

// thinned keeps at most a thousand of the times: the counter beside the slider then moves in steps.
func thinned(done []int64) []int64 {
	const most = 1000
	if len(done) <= most {
		return done
	}
	kept := make([]int64, most)
	for i := range kept {
		kept[i] = done[(i+1)*len(done)/most-1]
	}
	return kept
}

// zoom is one waterfall on an axis of its own.
type zoom struct {
	Mode string
	SVG  template.HTML
}

func zooms(r *compare.Result) []zoom {
	var z []zoom
	for i, t := range r.Traces {
		if t.Wall > 0 && i > 0 {
			z = append(z, zoom{visible(t.Mode), waterfall([]compare.Trace{t}, t.Wall, fmt.Sprint("zoom", i))})
		}
	}
	return z
}

// waterfall draws traces below one another on one time axis.
func waterfall(traces []compare.Trace, wall time.Duration, id string) template.HTML {
	c := &canvas{}
	height := axisHeight
	for _, t := range traces {
		height += headHeight + rowHeight*min(len(t.Requests), waterfallRows)
	}
	c.add(`<svg class="waterfall" width="100%%" height="%d" role="img" aria-labelledby="%s-title %s-desc">`, height, id, id)
	c.add(`<title id="%s-title">Waterfall</title><desc id="%s-desc">%s</desc>`, id, id, escaped(described(traces)))
	time := axis{hi: wall.Seconds()}
	for _, v := range time.ticks(6) {
		x := pct(time.at(v))
		anchor := ""
		if time.at(v) > 0.88 { // on a phone there is no room behind it
			anchor = ` text-anchor="end"`
		}
		c.add(`<line class="grid" x1="%s" x2="%s" y1="0" y2="%d"/><text class="tick" x="%s" y="%d" dx="3"%s>%s</text>`,
			x, x, height-axisHeight+6, x, height-6, anchor, shortSeconds(v))
	}
	y := 0
	for _, t := range traces {
		rows := sampled(t.Requests, waterfallRows)
		c.add(`<text class="head" x="0" y="%d">%s: %s%s</text>`, y+20, escaped(visible(t.Mode)), words.Seconds(t.Wall.Seconds()), someOf(len(rows), len(t.Requests)))
		y += headHeight
		end := pct(time.at(t.Wall.Seconds()))
		c.add(`<line class="end" x1="%s" x2="%s" y1="%d" y2="%d"/>`, end, end, y-4, y+rowHeight*len(rows)+2)
		c.saved(t.Wall, wall, y+rowHeight*len(rows)/2)
		for _, q := range rows {
			c.request(q, time, y)
			y += rowHeight
		}
	}
	c.add(`<rect class="veil" x="100%%" y="0" width="0" height="%d"/><line class="cursor" x1="0" x2="0" y1="0" y2="%d" hidden="hidden"/></svg>`, height-axisHeight, height-axisHeight)
	return template.HTML(c.String())
}

// saved writes into the free part of a waterfall how much sooner it ended than the longest.
func (c *canvas) saved(own, wall time.Duration, y int) {
	if own < wall/2 {
		c.add(`<text class="saved" x="66%%" y="%d" text-anchor="middle">done %s sooner</text>`, y, words.Seconds((wall - own).Seconds()))
	}
}

func described(traces []compare.Trace) string {
	text := ""
	for _, t := range traces {
		text += fmt.Sprintf("%s: %s over %s. ", visible(t.Mode), words.Plural(len(t.Requests), "request"), words.Seconds(t.Wall.Seconds()))
	}
	return text
}

// request draws one line: its wait in the queue as a hairline, its phases as bars of different heights, and its URL in front.
func (c *canvas) request(q compare.Request, time axis, y int) {
	full := readable(q.URL)
	c.add(`<g class="row" data-detail="%s"><title>%s</title>`, escaped(detail(q, full)), escaped(full))
	c.add(`<rect class="hit" x="0" y="%d" width="100%%" height="%d"/>`, y, rowHeight)
	first := true
	for _, s := range segments(q) {
		from, to := time.at(s.from.Seconds()), time.at(s.to.Seconds())
		if s.phase == queue {
			c.add(`<line class="queue" x1="%s" x2="%s" y1="%d" y2="%d"/>`, pct(from), pct(to), y+6, y+6)
			continue
		}
		h := s.phase.height()
		least := ""
		if first {
			least = fmt.Sprintf(` style="width:max(3px,%s)"`, pct(to-from))
		}
		first = false
		c.add(`<rect class="%s" x="%s" y="%d" width="%s" height="%d"%s/>`, s.phase.class(), pct(from), y+(rowHeight-h)/2, pct(to-from), h, least)
	}
	// The style moves it into the gutter beside the drawing, where no bar comes.
	c.add(`<text class="url" x="0" y="%d">%s</text></g>`, y+10, escaped(shortened(full, labelColumns)))
}

// height tells phases apart beside colour and pattern.
func (p phase) height() int {
	switch p {
	case dns, connect, tls:
		return 5
	case firstByte, parse:
		return 7
	}
	return 11
}

// detail is what is told of a request under the pointer or the arrow keys.
func detail(q compare.Request, full string) string {
	text := full
	if q.Error != "" {
		text += " (" + visible(q.Error) + ")"
	} else {
		text += fmt.Sprintf(" (%d, %s)", q.Status, words.Bytes(q.Bytes))
	}
	for p := queue; p < phases; p++ {
		if d := phaseOf(q, p); d > 0 {
			text += fmt.Sprintf(" · %s %s", p.name(), words.Seconds(d.Seconds()))
		}
	}
	return text + fmt.Sprintf(" · done after %s", words.Seconds(q.Done.Seconds()))
}
