package report

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"crawl/crawler/compare"
)

func pageOf(t *testing.T, r *compare.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHTML(t *testing.T) {
	page := pageOf(t, sample())
	if path := os.Getenv("REPORT_HTML"); path != "" {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := html.Parse(strings.NewReader(page)); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"Use -c ", "例子.测试", "中文/爬虫", "knee: ", "prefers-color-scheme: dark", "prefers-reduced-motion", "@media print", `id="result"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, bad := range []string{"<img", "@import", "url(http", "src=", "ZgotmplZ", "NaN", "Inf%"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	t.Logf("%d bytes", len(page))
}

// Whatever is missing, a page is made; whatever the network sends, it stays text.
func TestHTMLOfOddResults(t *testing.T) {
	pageOf(t, &compare.Result{})
	hostile := `</script><script>alert(1)</script>"'><b onclick=x>`
	page := pageOf(t, &compare.Result{
		Modes:  []compare.ModeResult{{Name: hostile}, {Name: "b", Trials: 1, Wall: compare.Interval{Median: 1, Lo: 1, Hi: 1}}},
		Why:    []string{hostile},
		Bounds: []compare.Bound{{Name: hostile, Seconds: 1, Text: hostile}},
		Traces: []compare.Trace{{Mode: hostile, Wall: 5, Requests: []compare.Request{{URL: "http://a/" + hostile, Error: hostile}}}, {Mode: "b"}},
		Sweep:  &compare.Sweep{Points: []compare.SweepPoint{{Concurrency: 1}, {Concurrency: 2}}, Refused: hostile},
		Advice: compare.Advice{Text: hostile},
	})
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<b onclick") {
		t.Error("text became markup")
	}
}

// A mode of which no trial counts has no figures, rather than zeros.
func TestHTMLOfModesWithoutTrials(t *testing.T) {
	none := compare.ModeResult{Name: "goroutines=9", Concurrency: 9, Processes: 1}
	page := pageOf(t, &compare.Result{Modes: []compare.ModeResult{none}})
	if strings.Contains(page, "What it costs") || strings.Contains(page, ">0 s<") || !strings.Contains(page, ">9<") {
		t.Error("figures of nothing are shown")
	}
	one := compare.ModeResult{Name: "sequential", Trials: 1, Wall: compare.Interval{Median: 1, Lo: 1, Hi: 1}}
	if c := costs([]compare.ModeResult{one, none}); len(c) == 0 || len(c[0].Bars) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		axis axis
		want string
	}{
		{axis{hi: 10}, "[0 2 4 6 8 10]"},
		{axis{hi: 0.33}, "[0 0.1 0.2 0.3]"},
		{axis{lo: 1, hi: 128, log: true}, "[1 3 10 30 100]"},
		{axis{}, "[]"},
	} {
		var text []string
		for _, v := range c.axis.ticks(5) {
			text = append(text, shortNumber(v))
		}
		if got := "[" + strings.Join(text, " ") + "]"; got != c.want {
			t.Errorf("%+v: got %s, want %s", c.axis, got, c.want)
		}
	}
}
