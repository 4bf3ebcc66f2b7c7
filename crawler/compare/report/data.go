package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"crawl/crawler/compare"
)

// JSON writes the result as one indented object, without traces.
func JSON(w io.Writer, r *compare.Result) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(filled(r))
}

// filled has empty lists where the result has none, for readers that count them.
func filled(r *compare.Result) *compare.Result {
	full := *r
	if full.Modes == nil {
		full.Modes = []compare.ModeResult{}
	}
	if full.Bounds == nil {
		full.Bounds = []compare.Bound{}
	}
	if full.Why == nil {
		full.Why = []string{}
	}
	if full.RejectedTrials == nil {
		full.RejectedTrials = []compare.Rejected{}
	}
	return &full
}

// CSV writes a line of names and one line for each mode, with every figure. A unit stands behind the name: "wall (s)".
func CSV(w io.Writer, r *compare.Result) error {
	c := csv.NewWriter(w)
	head := []string{"mode", "kind", "parse"}
	for _, f := range compare.Figures() {
		name := f.Name
		if f.Unit != "" {
			name += " (" + f.Unit + ")"
		}
		head = append(head, name)
	}
	if err := c.Write(head); err != nil {
		return err
	}
	for _, m := range r.Modes {
		line := []string{m.Name, m.Kind, m.Parse}
		for _, f := range compare.Figures() {
			line = append(line, strconv.FormatFloat(f.Of(m), 'f', -1, 64))
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// Benchfmt writes the Go benchmark data format: a line for each counted trial of each mode, so that benchstat makes its own
// intervals:
//
//	benchstat -col /mode compare.txt
//	benchstat before.txt after.txt
func Benchfmt(w io.Writer, r *compare.Result) error {
	if _, err := fmt.Fprintf(w, "pkg: crawl/compare\nurls: %d\nhosts: %d\nseed: %d\n\n", r.List.URLs, r.List.Hosts, r.Seed); err != nil {
		return err
	}
	for _, m := range r.Modes {
		name := strings.Join(strings.Fields(m.Name), "_")
		for _, t := range m.Counted {
			_, err := fmt.Fprintf(w, "BenchmarkCompare/mode=%s 1 %d ns/op %.0f cpu-ns/op %d peak-RSS-bytes %d conns/op %d ctx-switches/op\n",
				name, t.Wall.Nanoseconds(), t.CPU.Total()*1e9, t.MaxRSS, t.Connections.Opened,
				t.ContextSwitches.Voluntary+t.ContextSwitches.Involuntary)
			if err != nil {
				return err
			}
		}
	}
	return nil
}
