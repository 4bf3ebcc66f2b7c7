package report

import (
	"fmt"
	"slices"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// bar is a line of a bar chart. Shares are of the chart's width, in percent.
type bar struct {
	Name  string
	Value string
	Text  string
	Share float64
	Lo    float64 // of the interval; Hi is 0 without one
	Hi    float64
	Mark  bool
}

// Span is the width of the interval.
func (b bar) Span() float64 { return b.Hi - b.Lo }

// costChart compares one figure over the modes.
type costChart struct {
	Title string
	Note  string
	Bars  []bar
}

// costs leaves out the modes of which no trial counts: they have no figures.
func costs(all []compare.ModeResult) []costChart {
	modes := slices.DeleteFunc(slices.Clone(all), func(m compare.ModeResult) bool { return m.Trials == 0 })
	if len(modes) == 0 {
		return nil
	}
	chart := func(title, note, unit string, of func(compare.ModeResult) float64) costChart {
		c := costChart{Title: title, Note: note}
		most := 0.0
		for _, m := range modes {
			most = max(most, of(m))
		}
		for _, m := range modes {
			c.Bars = append(c.Bars, bar{Name: visible(m.Name), Value: inUnit(of(m), unit), Share: share(of(m), most)})
		}
		return c
	}
	wall := chart("Wall time", "the thin mark is the 95 % interval", "s", func(m compare.ModeResult) float64 { return m.Wall.Median })
	most := 0.0
	for _, m := range modes {
		most = max(most, m.Wall.Median)
	}
	for i, m := range modes {
		if m.Wall.Hi > m.Wall.Lo {
			wall.Bars[i].Lo, wall.Bars[i].Hi = share(m.Wall.Lo, most), min(share(m.Wall.Hi, most), 108)
		}
	}
	return []costChart{
		wall,
		chart("Processor time", "user, system and child processes", "s", func(m compare.ModeResult) float64 { return m.CPU.Total() }),
		chart("Memory at its peak", "all processes together", "B", func(m compare.ModeResult) float64 { return float64(m.MaxRSS) }),
		chart("Connections opened", "the rest of the requests went over used ones", "", func(m compare.ModeResult) float64 { return float64(m.Connections.Opened) }),
		chart("Context switches", "voluntary and involuntary", "", func(m compare.ModeResult) float64 {
			return float64(m.ContextSwitches.Voluntary + m.ContextSwitches.Involuntary)
		}),
		chart("Threads", "of the operating system, most at one time", "", func(m compare.ModeResult) float64 { return float64(m.Threads) }),
	}
}

func share(v, most float64) float64 {
	if most <= 0 {
		return 0
	}
	return 100 * v / most
}

// boundBars are the bounds beside the fastest run, which comes last.
func boundBars(r *compare.Result) []bar {
	fast := r.Fastest()
	if fast == nil || len(r.Bounds) == 0 {
		return nil
	}
	most := fast.Wall.Median
	for _, b := range r.Bounds {
		most = max(most, b.Seconds)
	}
	var bars []bar
	for _, b := range r.Bounds {
		bars = append(bars, bar{
			Name: b.Name, Value: words.Seconds(b.Seconds), Text: boundText(r, b), Share: share(b.Seconds, most), Mark: b.Name == r.Bottleneck,
		})
	}
	return append(bars, bar{
		Name: visible(fast.Name), Value: words.Seconds(fast.Wall.Median), Text: "what was measured", Share: share(fast.Wall.Median, most),
	})
}

// boundText is what a bound consists of. Runs may be faster than one that their replay leaves out, which is said.
func boundText(r *compare.Result, b compare.Bound) string {
	if b.Name == compare.BoundPoliteness && !r.Recording.Polite {
		return "on the network only: " + visible(b.Text)
	}
	return visible(b.Text)
}

// stageRow is where the time of a mode's requests went, on average.
type stageRow struct {
	Name  string
	Parts []stagePart
	Text  string
}

type stagePart struct {
	Class, Title string
	At, Share    float64 // of the longest row, in percent
}

func stages(r *compare.Result) []stageRow {
	var rows []stageRow
	var sums [][phases]float64
	most := 0.0
	for _, t := range r.Traces {
		sum := meanStages(t)
		total := 0.0
		for p := dns; p < phases; p++ {
			total += sum[p]
		}
		most = max(most, total)
		sums = append(sums, sum)
	}
	for i, t := range r.Traces {
		row := stageRow{Name: visible(t.Mode)}
		total := 0.0
		for p := dns; p < phases; p++ {
			total += sums[i][p]
			if sums[i][p] > 0 {
				row.Parts = append(row.Parts, stagePart{
					p.class(), p.name() + ": " + words.Seconds(sums[i][p]), share(total-sums[i][p], most), share(sums[i][p], most),
				})
			}
		}
		row.Text = fmt.Sprintf("%s a request, after %s in the queue", words.Seconds(total), words.Seconds(sums[i][queue]))
		rows = append(rows, row)
	}
	return rows
}

// meanStages are the mean seconds a request spent in each phase. What a request waited for a connection is in the queue.
func meanStages(t compare.Trace) (mean [phases]float64) {
	for _, q := range t.Requests {
		rest := (q.Done - q.Sent).Seconds()
		for p := queue; p < phases; p++ {
			mean[p] += phaseOf(q, p).Seconds()
			if p != queue {
				rest -= phaseOf(q, p).Seconds()
			}
		}
		mean[queue] += max(rest, 0)
	}
	for p := range mean {
		mean[p] /= float64(max(len(t.Requests), 1))
	}
	return mean
}
