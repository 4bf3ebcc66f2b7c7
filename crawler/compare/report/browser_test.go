//go:build unix

package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"crawl/crawler/compare"
)

// The page opens in a real browser at two sizes, light, dark and for print: no console message, no request, nothing wider than
// the window, and every figure in its table is the one of the JSON in it.
func TestPageInChromium(t *testing.T) {
	r := sample()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(pageOf(t, r)), 0o644); err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	for _, c := range []struct {
		name          string
		width         int
		scheme, media string
	}{
		{"desk-light", 1280, "light", "screen"},
		{"desk-dark", 1280, "dark", "screen"},
		{"phone-light", 390, "light", "screen"},
		{"phone-dark", 390, "dark", "screen"},
		{"print", 794, "light", "print"},
	} {
		b.open(path, c.width, c.scheme, c.media)
		var wide int
		b.evaluate("document.documentElement.scrollWidth", &wide)
		if wide > c.width {
			t.Errorf("%s: the page is %d wide in a window of %d", c.name, wide, c.width)
		}
		b.shoot(c.name)
		if c.media == "print" {
			b.print(c.name)
		}
	}
	b.open(path, 1280, "light", "screen")
	figuresAgree(t, b, r)
	sliderWorks(t, b)
	for _, p := range b.problems {
		t.Errorf("the browser reports: %s", p)
	}
}

func figuresAgree(t *testing.T, b *browser, r *compare.Result) {
	var held compare.Result
	var text string
	b.evaluate(`document.getElementById("result").textContent`, &text)
	if err := json.Unmarshal([]byte(text), &held); err != nil {
		t.Fatal(err)
	}
	var cells []struct {
		Mode, Figure string
		Value        float64
		Text         string
	}
	b.evaluate(`[...document.querySelectorAll("td[data-figure]")].map(c => ({
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
func sliderWorks(t *testing.T, b *browser) {
	var counts []int
	b.evaluate(`(() => { const c = document.getElementById("clock"); c.value = 500; c.dispatchEvent(new Event("input"));
		return [...document.querySelectorAll(".counters b")].map(e => Number(e.textContent)); })()`, &counts)
	b.shoot("half")
	if len(counts) != 2 || counts[0] < 80 || counts[0] > 160 || counts[1] != 240 {
		t.Errorf("half-way %v are done", counts)
	}
	var detail string
	b.evaluate(`(() => { document.querySelector("figure.falls").dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true}));
		return document.getElementById("detail").textContent; })()`, &detail)
	if want := "done after"; len(detail) < len(want) || detail[:5] != "https" {
		t.Errorf("the arrow keys tell %q", detail)
	}
}
