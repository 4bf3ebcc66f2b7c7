package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"crawl/crawler/compare"
	"crawl/testdata/browser"
)

// The page opens in a real browser at two sizes, light, dark and for print: no console message, no request, nothing wider than
// the window, and every figure in its table is the one of the JSON in it.
func TestPageInChromium(t *testing.T) {
	r := sample()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(pageOf(t, r)), 0o644); err != nil {
		t.Fatal(err)
	}
	b := browser.Start(t)
	for _, c := range []struct {
		name string
		in   browser.Window
	}{
		{"desk-light", browser.Window{Width: 1280}},
		{"desk-dark", browser.Window{Width: 1280, Dark: true}},
		{"narrow", browser.Window{Width: 700}},
		{"phone-light", browser.Window{Width: 390}},
		{"phone-dark", browser.Window{Width: 390, Dark: true}},
		{"print", browser.Window{Width: 794, Print: true}},
	} {
		c.in.Height = 900
		b.Open(path, c.in)
		var wide int
		b.Eval("document.documentElement.scrollWidth", &wide)
		if wide > c.in.Width {
			t.Errorf("%s: the page is %d wide in a window of %d", c.name, wide, c.in.Width)
		}
		noneCovered(t, b, c.name, c.in.Width)
		b.Shoot(c.name)
		if c.in.Print {
			b.Print(c.name)
		}
	}
	b.Open(path, browser.Window{Width: 1280, Height: 900})
	figuresAgree(t, b, r)
	sliderWorks(t, b)
	b.Quiet()
}

// noneCovered looks for writing that is cut off by the window, and for URLs that reach into the bars beside them.
func noneCovered(t *testing.T, b *browser.Browser, name string, width int) {
	var texts []struct {
		Text, Class      string
		Left, Right, Bar float64
	}
	b.Eval(`[...document.querySelectorAll("svg text")].map(e => {
		const box = e.getBoundingClientRect(), row = e.closest(".row");
		return {Text: e.textContent, Class: e.getAttribute("class"), Left: box.left, Right: box.right,
			Bar: row && box.width ? row.querySelector(".hit").getBoundingClientRect().left : 1e6};
	})`, &texts)
	if len(texts) < 100 {
		t.Fatalf("%s: %d texts in the drawings", name, len(texts))
	}
	for _, x := range texts {
		if x.Left < 0 || x.Right > float64(width) || x.Right > x.Bar {
			t.Errorf("%s: %s %q from %.0f to %.0f, in a window of %d, with bars from %.0f on", name, x.Class, x.Text, x.Left, x.Right, width, x.Bar)
		}
	}
}

func figuresAgree(t *testing.T, b *browser.Browser, r *compare.Result) {
	var held compare.Result
	var text string
	b.Eval(`document.getElementById("result").textContent`, &text)
	if err := json.Unmarshal([]byte(text), &held); err != nil {
		t.Fatal(err)
	}
	var cells []struct {
		Mode, Figure string
		Value        float64
		Text         string
	}
	b.Eval(`[...document.querySelectorAll("td[data-figure]")].map(c => ({
		Mode: c.dataset.mode, Figure: c.dataset.figure, Value: Number(c.dataset.value), Text: c.textContent}))`, &cells)
	if want := len(r.Modes) * len(compare.Figures()); len(cells) != want {
		t.Fatalf("%d figures in the page, want %d", len(cells), want)
	}
	of := map[string]compare.Figure{}
	for _, f := range compare.Figures() {
		of[f.Name] = f
	}
	for _, c := range cells {
		f := of[c.Figure]
		if want := f.Of(held.Modes[int(c.Mode[0]-'0')]); c.Value != want || c.Text != inUnit(want, f.Unit) {
			t.Errorf("%s of mode %s is %g (%q) in the page, %g in the JSON", c.Figure, c.Mode, c.Value, c.Text, want)
		}
	}
}

// Half-way through, the first mode has done some and the second, much faster, all.
func sliderWorks(t *testing.T, b *browser.Browser) {
	var counts []int
	b.Eval(`(() => { const c = document.getElementById("clock"); c.value = 500; c.dispatchEvent(new Event("input"));
		return [...document.querySelectorAll(".counters b")].map(e => Number(e.textContent)); })()`, &counts)
	b.Shoot("half")
	if len(counts) != 2 || counts[0] < 80 || counts[0] > 160 || counts[1] != 240 {
		t.Errorf("half-way %v are done", counts)
	}
	var detail string
	b.Eval(`(() => { document.querySelector("figure.falls").dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true}));
		return document.getElementById("detail").textContent; })()`, &detail)
	if want := "done after"; len(detail) < len(want) || detail[:5] != "https" {
		t.Errorf("the arrow keys tell %q", detail)
	}
}
