package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

//go:embed page.tmpl
var pageText string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// HTML writes one file that needs nothing else: no script, style, font or picture is loaded, and its content policy forbids it.
// It holds the result as JSON too, in the element with the ID "result".
func HTML(w io.Writer, r *compare.Result) error {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	text, err := json.Marshal(filled(r))
	if err != nil {
		return err
	}
	return page.Execute(w, view{
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), JSON: template.JS(text),
		Result: r, Why: tiedAll(r.Why), Notes: tiedAll(r.Notes), Headline: headline(r.Advice), Reason: tied(reason(r.Advice)), Hero: heroOf(r), Provenance: tied(provenance(r)),
		Scene: sceneOf(r), Zooms: zooms(r), Scaling: scaling(r), Costs: costs(r.Modes), Latencies: latencyCharts(r),
		Stages: stages(r), Bounds: boundBars(r), Table: tableOf(r.Modes), Legend: legend(),
	})
}

// view is what the page is made of.
type view struct {
	Style      template.CSS
	Script     template.JS
	JSON       template.JS
	Result     *compare.Result
	Why, Notes []string
	Headline   string
	Reason     string
	Hero       *hero
	Provenance string
	Scene      *scene
	Zooms      []zoom
	Scaling    template.HTML
	Costs      []costChart
	Latencies  []latencyChart
	Stages     []stageRow
	Bounds     []bar
	Table      table
	Legend     []legendEntry
}

func (v view) Facts() string {
	l := v.Result.List
	return tied(fmt.Sprintf("%s on %s, %s", words.Plural(l.URLs, "URL"), words.Plural(l.Hosts, "host"), words.Bytes(l.Bytes)))
}

// headline is what the advice says before its reason.
func headline(a compare.Advice) string {
	switch {
	case a.Text == "":
		return "Nothing was measured"
	case a.Concurrency > 0:
		return fmt.Sprintf("Use -c %d", a.Concurrency)
	}
	head, _, _ := strings.Cut(a.Text, ":")
	return visible(head)
}

func reason(a compare.Advice) string {
	_, rest, found := strings.Cut(a.Text, ": ")
	if !found {
		return ""
	}
	return visible(strings.ToUpper(rest[:1]) + rest[1:])
}

var beforeUnit = regexp.MustCompile(`([0-9]) (s|ms|µs|min|h|B|[kMGT]B|%)([^[:alnum:]]|$)`)

// tied keeps a figure and its unit on one line.
func tied(s string) string { return beforeUnit.ReplaceAllString(s, "$1\u00A0$2$3") }

func tiedAll(sentences []string) []string {
	out := make([]string, len(sentences))
	for i, s := range sentences {
		out[i] = tied(visible(s))
	}
	return out
}

// hero are the two figures that the page opens with.
type hero struct {
	First, Second         string // names
	FirstWall, SecondWall string
	Speedup               string
	Range                 string
}

func heroOf(r *compare.Result) *hero {
	fast := r.Fastest()
	if fast == nil || r.Modes[0].Trials == 0 || fast.Name == r.Modes[0].Name {
		return nil
	}
	base := r.Modes[0]
	h := &hero{
		First: visible(base.Name), Second: visible(fast.Name),
		FirstWall: words.Seconds(base.Wall.Median), SecondWall: words.Seconds(fast.Wall.Median),
		Speedup: words.Digits(fast.Speedup.Median) + " ×",
		Range:   fmt.Sprintf("as fast (%s to %s)", words.Digits(fast.Speedup.Lo), words.Digits(fast.Speedup.Hi)),
	}
	switch {
	case fast.Speedup.Lo == fast.Speedup.Hi:
		h.Range = "as fast in the only block"
	case !fast.Distinguishable:
		h.Speedup, h.Range = "no difference", "that these trials could show ("+words.Digits(fast.Speedup.Lo)+" to "+words.Digits(fast.Speedup.Hi)+")"
	}
	return h
}

// table is every figure of every mode, a figure a line.
type table struct {
	Modes []string
	Rows  []tableRow
}

type tableRow struct {
	Name  string
	Cells []tableCell
}

type tableCell struct {
	Mode   int
	Figure string
	Value  string // in full
	Text   string // for people
}

// known is how many figures, the first ones, a mode has before it has any trial.
const known = 3

func tableOf(modes []compare.ModeResult) table {
	var t table
	for _, m := range modes {
		t.Modes = append(t.Modes, visible(m.Name))
	}
	for n, f := range compare.Figures() {
		row := tableRow{Name: f.Name}
		for i, m := range modes {
			v := f.Of(m)
			text := inUnit(v, f.Unit)
			if m.Trials == 0 && n >= known {
				text = "–"
			}
			row.Cells = append(row.Cells, tableCell{i, f.Name, words.Number(v), text})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func inUnit(v float64, unit string) string {
	switch unit {
	case "s":
		return words.Seconds(v)
	case "ms":
		return words.Seconds(v / 1e3)
	case "B":
		return words.Bytes(v)
	}
	if v == float64(int64(v)) {
		return words.Number(v)
	}
	return words.Digits(v)
}

// legendEntry explains a phase's colour and pattern.
type legendEntry struct{ Class, Name string }

func legend() []legendEntry {
	var l []legendEntry
	for p := queue; p < phases; p++ {
		l = append(l, legendEntry{p.class(), p.name()})
	}
	return l
}
