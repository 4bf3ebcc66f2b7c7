package gallery

import (
	"os"
	"path/filepath"
	"testing"

	"crawl/testdata/browser"
)

// browse opens the sample in Chromium, or skips the test.
func browse(t *testing.T, w browser.Window) *browser.Browser {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gallery.html")
	if err := os.WriteFile(path, []byte(write(t, samplePage())), 0o600); err != nil {
		t.Fatal(err)
	}
	b := browser.Start(t)
	b.Open(path, w)
	return b
}

func TestInBrowser(t *testing.T) {
	b := browse(t, browser.Window{Width: 1280, Height: 900})
	b.Is(`document.querySelectorAll(".card").length`, 27)
	b.Is(`[...document.querySelectorAll(".card img")].filter(i => !i.getAttribute("alt")).length`, 0)
	b.Eval(`Promise.all([...document.images].map(i => i.decode()))`, nil)

	// The keyboard alone: over the grid, into the box, through it, and back to where it was.
	b.Eval(`document.querySelector(".view").focus()`, nil)
	b.Key("ArrowRight")
	b.Key("Enter")
	b.Is(`document.getElementById("box").open`, true)
	b.Is(`document.getElementById("box-name").textContent`, "sunset-over-the-harbour.jpg")
	b.Key("ArrowRight")
	b.Is(`document.getElementById("box-name").textContent`, "IMG_20240517_183012.jpg")
	b.Key("ArrowRight")
	b.Key("ArrowLeft")
	b.Key("ArrowLeft")
	b.Key("Escape")
	b.Is(`document.getElementById("box").open`, false)
	b.Is(`document.activeElement.closest(".card").id`, "p2")
	b.Key("ArrowDown")
	b.Is(`document.activeElement.closest(".card").offsetTop > document.getElementById("p2").offsetTop`, true)
	b.Is(`document.activeElement.closest(".card").offsetLeft === document.getElementById("p2").offsetLeft`, true)
	b.Key("Home")
	b.Is(`document.activeElement.closest(".card").id`, "p1")

	// Filter and sort.
	b.Eval(`{ const f = document.getElementById("find"); f.value = "黄山"; f.dispatchEvent(new Event("input")) }`, nil)
	b.Is(`[...document.querySelectorAll(".card")].filter(c => c.checkVisibility()).length`, 1)
	b.Is(`document.getElementById("count").textContent`, "1 of 27 shown")
	b.Eval(`{ const f = document.getElementById("find"); f.value = ""; f.dispatchEvent(new Event("input")) }`, nil)
	b.Eval(`{ const s = document.getElementById("sort"); s.value = "b"; s.dispatchEvent(new Event("change")) }`, nil)
	b.Is(`[...document.querySelectorAll(".card")].every((c, i, all) => !i || Number(all[i-1].dataset.b) >= Number(c.dataset.b))`, true)

	b.Is(`document.querySelector("#p2 .badge").textContent`, "3 URLs")
	b.Is(`document.querySelectorAll("#alike .strip img").length`, 2)
	b.Is(`document.querySelectorAll("[style],[onerror],[onload]").length`, 0)
	b.Quiet()
}

// On a phone nothing is wider than the window, and what is touched is large enough.
func TestOnPhone(t *testing.T) {
	b := browse(t, browser.Window{Width: 360, Height: 740, Dark: true})
	b.Is(`document.documentElement.scrollWidth`, 360)
	b.Is(`document.querySelector(".grid").offsetWidth > 0 && getComputedStyle(document.querySelector(".grid")).gridTemplateColumns.split(" ").length`, 2)
	b.Is(`getComputedStyle(document.body).backgroundColor`, "rgb(19, 20, 23)")
	b.Is(`[...document.querySelectorAll("#sort, #find")].every(e => e.getBoundingClientRect().height >= 40)`, true)
	b.Eval(`document.querySelector("#p1 .view").click()`, nil)
	b.Is(`[...document.querySelectorAll("dialog button")].every(e => { const r = e.getBoundingClientRect(); return r.width >= 40 && r.right <= 360 })`, true)
	b.Quiet()
}
