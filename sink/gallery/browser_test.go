package gallery

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a headless Chromium, driven by the DevTools protocol over its pipe.
type browser struct {
	t       *testing.T
	out     *os.File
	in      *bufio.Reader
	id      int
	session string
	bad     []string // what the page has done wrong
	asked   []string // URLs that it has asked for
}

// message is an answer or an event of the protocol.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// browse opens a page in Chromium, or skips the test where there is none.
func browse(t *testing.T, html string, width, height int, media ...string) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			program = p
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium here: the page is not looked at in a browser")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "gallery.html")
	if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	toRead, toWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	fromRead, fromWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-extensions", "--proxy-server=127.0.0.1:9",
		"--user-data-dir="+profile(t), "--remote-debugging-pipe")
	cmd.ExtraFiles = []*os.File{toRead, fromWrite}
	if err := cmd.Start(); err != nil {
		t.Skipf("%s does not start: %v", program, err)
	}
	toRead.Close()
	fromWrite.Close()
	b := &browser{t: t, out: toWrite, in: bufio.NewReaderSize(fromRead, 1<<20)}
	hung := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		hung.Stop()
		_ = cmd.Process.Kill()
		toWrite.Close()
		fromRead.Close()
		_ = cmd.Wait()
	})
	b.open("file://"+file, width, height, media)
	return b
}

// profile gives a browser a folder. What a browser's processes still write while they end keeps t.TempDir from taking its own away.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 100 {
			if os.RemoveAll(dir) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	return dir
}

// open makes a tab of a size, and loads the page.
func (b *browser) open(url string, width, height int, media []string) {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	features := []map[string]string{}
	for _, m := range media {
		name, value, _ := strings.Cut(m, "=")
		features = append(features, map[string]string{"name": name, "value": value})
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": features}, nil)
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.eval(`new Promise(done => document.readyState === "complete" ? done(1) : addEventListener("load", () => done(1)))`, nil)
}

// call sends a command and waits for its answer. Events on the way are noted.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.out.Write(append(text, 0))
	}
	for err == nil {
		var got message
		if text, err = b.in.ReadBytes(0); err != nil {
			break
		}
		if err = json.Unmarshal(text[:len(text)-1], &got); err != nil {
			break
		}
		switch {
		case got.Method != "":
			b.note(&got)
		case got.ID != b.id:
		case got.Error != nil:
			b.t.Fatalf("%s: %s", method, got.Error.Message)
		default:
			if result != nil {
				err = json.Unmarshal(got.Result, result)
			}
			if err == nil {
				return
			}
		}
	}
	b.t.Fatalf("%s: %v", method, err)
}

// note keeps what the page has asked for and complained of.
func (b *browser) note(m *message) {
	switch m.Method {
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		_ = json.Unmarshal(m.Params, &p)
		b.asked = append(b.asked, p.Request.URL)
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening":
		b.bad = append(b.bad, fmt.Sprintf("%s: %.600s", m.Method, m.Params))
	}
}

// eval runs an expression in the page and reads its value.
func (b *browser) eval(expression string, value any) {
	b.t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails.Exception.Description)
	}
	if value != nil {
		if err := json.Unmarshal(got.Result.Value, value); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// key presses and lets go of a key.
func (b *browser) key(name string) {
	b.t.Helper()
	codes := map[string]int{"Enter": 13, "Escape": 27, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}
	down := map[string]any{"type": "rawKeyDown", "key": name, "windowsVirtualKeyCode": codes[name]}
	if name == "Enter" {
		down["type"], down["text"] = "keyDown", "\r"
	}
	b.call("Input.dispatchKeyEvent", down, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "windowsVirtualKeyCode": codes[name]}, nil)
}

// is checks an expression of the page.
func (b *browser) is(expression string, want any) {
	b.t.Helper()
	var got any
	b.eval(expression, &got)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// quiet checks that the page has asked for nothing and complained of nothing.
func (b *browser) quiet() {
	b.t.Helper()
	b.eval("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0, 1)))", nil)
	for _, s := range b.bad {
		b.t.Error(s)
	}
	for _, u := range b.asked {
		if !strings.HasPrefix(u, "data:") && !strings.HasSuffix(u, "/gallery.html") {
			b.t.Errorf("the page asked for %s", u)
		}
	}
}

func TestInBrowser(t *testing.T) {
	b := browse(t, write(t, samplePage()), 1280, 900)
	b.is(`document.querySelectorAll(".card").length`, 27)
	b.is(`[...document.querySelectorAll(".card img")].filter(i => !i.getAttribute("alt")).length`, 0)
	b.eval(`Promise.all([...document.images].map(i => i.decode()))`, nil)

	// The keyboard alone: over the grid, into the box, through it, and back to where it was.
	b.eval(`document.querySelector(".view").focus()`, nil)
	b.key("ArrowRight")
	b.key("Enter")
	b.is(`document.getElementById("box").open`, true)
	b.is(`document.getElementById("box-name").textContent`, "sunset-over-the-harbour.jpg")
	b.key("ArrowRight")
	b.is(`document.getElementById("box-name").textContent`, "IMG_20240517_183012.jpg")
	b.key("ArrowRight")
	b.key("ArrowLeft")
	b.key("ArrowLeft")
	b.key("Escape")
	b.is(`document.getElementById("box").open`, false)
	b.is(`document.activeElement.closest(".card").id`, "p2")
	b.key("ArrowDown")
	b.is(`document.activeElement.closest(".card").offsetTop > document.getElementById("p2").offsetTop`, true)
	b.is(`document.activeElement.closest(".card").offsetLeft === document.getElementById("p2").offsetLeft`, true)
	b.key("Home")
	b.is(`document.activeElement.closest(".card").id`, "p1")

	// Filter and sort.
	b.eval(`{ const f = document.getElementById("find"); f.value = "黄山"; f.dispatchEvent(new Event("input")) }`, nil)
	b.is(`[...document.querySelectorAll(".card")].filter(c => c.checkVisibility()).length`, 1)
	b.is(`document.getElementById("count").textContent`, "1 of 27 shown")
	b.eval(`{ const f = document.getElementById("find"); f.value = ""; f.dispatchEvent(new Event("input")) }`, nil)
	b.eval(`{ const s = document.getElementById("sort"); s.value = "b"; s.dispatchEvent(new Event("change")) }`, nil)
	b.is(`[...document.querySelectorAll(".card")].every((c, i, all) => !i || Number(all[i-1].dataset.b) >= Number(c.dataset.b))`, true)

	b.is(`document.querySelector("#p2 .badge").textContent`, "3 URLs")
	b.is(`document.querySelectorAll("#alike .strip img").length`, 2)
	b.is(`document.querySelectorAll("[style],[onerror],[onload]").length`, 0)
	b.quiet()
}

// On a phone nothing is wider than the window, and what is touched is large enough.
func TestOnPhone(t *testing.T) {
	b := browse(t, write(t, samplePage()), 360, 740, "prefers-color-scheme=dark")
	b.is(`document.documentElement.scrollWidth`, 360)
	b.is(`document.querySelector(".grid").offsetWidth > 0 && getComputedStyle(document.querySelector(".grid")).gridTemplateColumns.split(" ").length`, 2)
	b.is(`getComputedStyle(document.body).backgroundColor`, "rgb(19, 20, 23)")
	b.is(`[...document.querySelectorAll("#sort, #find")].every(e => e.getBoundingClientRect().height >= 40)`, true)
	b.eval(`document.querySelector("#p1 .view").click()`, nil)
	b.is(`[...document.querySelectorAll("dialog button")].every(e => { const r = e.getBoundingClientRect(); return r.width >= 40 && r.right <= 360 })`, true)
	b.quiet()
}
