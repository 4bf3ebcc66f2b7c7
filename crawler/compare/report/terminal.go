package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// Terminal writes the advice, the table, the reasons, a small waterfall of the first and the fastest mode on one time axis, and
// the scaling curve, in Unicode. width is that of the terminal in columns; columns of the table that do not fit are left out,
// rightmost first. colour adds ANSI colours.
func Terminal(w io.Writer, r *compare.Result, width int, colour bool) error {
	t := &terminal{Writer: bufio.NewWriter(w), width: max(width, minTerminal), colour: colour}
	t.title(r)
	t.table(r.Modes)
	t.waterfalls(r)
	t.curve(r.Sweep)
	t.sentences("Why", r.Why)
	t.bounds(r)
	t.sentences("To know", append(append([]string{}, r.Notes...), provenance(r)))
	return t.Flush()
}

type terminal struct {
	*bufio.Writer
	width  int
	colour bool
}

// The colours are the 16 that every theme makes readable.
const (
	bold    = "1"
	faint   = "2"
	green   = "32"
	yellow  = "33"
	blue    = "34"
	magenta = "35"
)

func (t *terminal) paint(style, s string) string {
	if !t.colour || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

func (t *terminal) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

func (t *terminal) title(r *compare.Result) {
	t.line("%s: %s on %s, %s", t.paint(bold, "crawl compare"), words.Plural(r.List.URLs, "URL"), words.Plural(r.List.Hosts, "host"),
		words.Bytes(r.List.Bytes))
	if r.Advice.Text == "" {
		t.line("")
		return
	}
	t.line("")
	for _, l := range wrapped(visible(r.Advice.Text), t.width-4) {
		t.line("  %s", t.paint(bold, l))
	}
	t.line("")
}

// column is one of the table; cells of the first are set to the left.
type column struct {
	head string
	cell func(m compare.ModeResult) string
}

func columns() []column {
	return []column{
		{"mode", func(m compare.ModeResult) string { return visible(m.Name) }},
		{"wall", func(m compare.ModeResult) string { return words.Seconds(m.Wall.Median) + within(m.Wall) }},
		{"speed-up", func(m compare.ModeResult) string { return words.Digits(m.Speedup.Median) + indistinct(m) }},
		{"CPU", func(m compare.ModeResult) string { return words.Seconds(m.CPU.Total()) }},
		{"memory", func(m compare.ModeResult) string { return words.Bytes(m.MaxRSS) }},
		{"felt p50", func(m compare.ModeResult) string { return words.Seconds(m.Felt.P50 / 1e3) }},
		{"service p50", func(m compare.ModeResult) string { return words.Seconds(m.Service.P50 / 1e3) }},
		{"connections", func(m compare.ModeResult) string { return fmt.Sprint(m.Connections.Opened) }},
		{"switches", func(m compare.ModeResult) string {
			return fmt.Sprint(m.ContextSwitches.Voluntary + m.ContextSwitches.Involuntary)
		}},
		{"threads", func(m compare.ModeResult) string { return fmt.Sprint(m.Threads) }},
		{"goroutines", func(m compare.ModeResult) string { return fmt.Sprint(m.Goroutines) }},
		{"processes", func(m compare.ModeResult) string { return fmt.Sprint(m.ProcessesPeak) }},
		{"felt p95", func(m compare.ModeResult) string { return words.Seconds(m.Felt.P95 / 1e3) }},
		{"service p95", func(m compare.ModeResult) string { return words.Seconds(m.Service.P95 / 1e3) }},
		{"errors", func(m compare.ModeResult) string { return fmt.Sprint(m.Errors) }},
	}
}

// within is half the width of an interval: " ±0.8 %".
func within(i compare.Interval) string {
	if i.Lo == i.Hi || i.Median == 0 {
		return ""
	}
	return fmt.Sprintf(" ±%.1f %%", 50*(i.Hi-i.Lo)/i.Median)
}

// indistinct marks a speed-up that may be none.
func indistinct(m compare.ModeResult) string {
	if m.Distinguishable || m.Speedup.Lo == m.Speedup.Hi {
		return ""
	}
	return " ?"
}

func (t *terminal) table(modes []compare.ModeResult) {
	rows := make([]string, len(modes)+1)
	unsure := false
	for i, c := range columns() {
		cells := []string{c.head}
		for _, m := range modes {
			if m.Trials == 0 && i > 0 {
				cells = append(cells, "-")
				continue
			}
			cells = append(cells, c.cell(m))
			unsure = unsure || strings.HasSuffix(cells[len(cells)-1], "?")
		}
		wide := 0
		for _, cell := range cells {
			wide = max(wide, utf8.RuneCountInString(cell))
		}
		if i > 0 && utf8.RuneCountInString(rows[0])+2+wide > t.width {
			break
		}
		for k, cell := range cells {
			rows[k] += padded(cell, wide, i > 0)
		}
	}
	for i, row := range rows {
		if i == 0 {
			row = t.paint(faint, row)
		}
		t.line("%s", row)
	}
	if unsure {
		t.line("%s", t.paint(faint, "?: not distinguishable from "+visible(modes[0].Name)))
	}
	t.line("")
}

func padded(cell string, wide int, right bool) string {
	space := strings.Repeat(" ", wide-utf8.RuneCountInString(cell))
	if right {
		return "  " + space + cell
	}
	return cell + space
}

func (t *terminal) sentences(head string, sentences []string) {
	if len(sentences) == 0 {
		return
	}
	t.line("%s", t.paint(bold, head))
	for _, s := range sentences {
		for i, l := range wrapped(visible(s), t.width-4) {
			t.line("  %s %s", []string{"-", " "}[min(i, 1)], l)
		}
	}
	t.line("")
}

func (t *terminal) bounds(r *compare.Result) {
	if len(r.Bounds) == 0 {
		return
	}
	t.line("%s", t.paint(bold, "No run can be faster than"))
	for _, b := range r.Bounds {
		mark := " "
		if b.Name == r.Bottleneck {
			mark = t.paint(yellow, "▶")
		}
		figures := fmt.Sprintf("%-11s %9s  ", b.Name, words.Seconds(b.Seconds))
		indent := utf8.RuneCountInString(figures)
		for i, text := range wrapped(boundText(r, b), t.width-4-indent) {
			if i > 0 {
				mark, figures = " ", strings.Repeat(" ", indent)
			}
			t.line("  %s %s%s", mark, figures, clipped(text, t.width-4-indent))
		}
	}
	t.line("")
}

// provenance tells how the figures were made.
func provenance(r *compare.Result) string {
	from := "replayed from a recording"
	switch {
	case r.Recording.Live:
		from = "measured on the network"
	case r.Recording.File != "":
		from = "replayed from " + visible(r.Recording.File)
	}
	rejected := ""
	if n := len(r.RejectedTrials); n > 0 {
		rejected = fmt.Sprintf(", %s rejected", words.Plural(n, "trial"))
	}
	if r.Blocks == 0 {
		return fmt.Sprintf("No block of trials was finished (seed %d%s).", r.Seed, rejected)
	}
	return fmt.Sprintf("Medians of %s in random order (seed %d%s), %s. Intervals are at 95 %%, those of speed-ups at 99 %%.",
		words.Plural(r.Blocks, "block"), r.Seed, rejected, from)
}

// wrapped breaks a sentence at blanks into lines of at most width runes.
func wrapped(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
