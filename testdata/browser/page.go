package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
)

// Window is how a page is shown. One that is narrower than 600 is a phone's.
type Window struct {
	Width, Height int // CSS pixels
	Dark          bool
	Print         bool // as on paper
}

// Open shows a file and waits until it is loaded.
func (b *Browser) Open(path string, w Window) {
	b.t.Helper()
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": w.Width, "height": w.Height, "deviceScaleFactor": 1, "mobile": w.Width < 600,
	}, nil)
	media, scheme := "screen", "light"
	if w.Print {
		media = "print"
	}
	if w.Dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{
		"media": media, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
	}, nil)
	b.page, b.loaded = (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String(), false
	b.call("Page.navigate", map[string]any{"url": b.page}, nil)
	for !b.loaded {
		b.read("loading")
	}
}

// Eval runs an expression in the page, waits for it if it is a promise, and reads its value. A nil value is not read.
func (b *Browser) Eval(expression string, value any) {
	b.t.Helper()
	var got struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		b.t.Fatalf("%s: %s", expression, got.ExceptionDetails.Exception.Description)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(got.Result.Value, value); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// Is checks the value of an expression.
func (b *Browser) Is(expression string, want any) {
	b.t.Helper()
	var got any
	b.Eval(expression, &got)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s is %v, want %v", expression, got, want)
	}
}

// Key presses and lets go of a key: Enter, Escape, Home, Tab or an arrow (ArrowLeft).
func (b *Browser) Key(name string) {
	b.t.Helper()
	codes := map[string]int{"Enter": 13, "Escape": 27, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9}
	down := map[string]any{"type": "rawKeyDown", "key": name, "windowsVirtualKeyCode": codes[name]}
	if name == "Enter" {
		down["type"], down["text"] = "keyDown", "\r"
	}
	b.call("Input.dispatchKeyEvent", down, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "windowsVirtualKeyCode": codes[name]}, nil)
}

// Quiet checks that no page has asked for anything, nor written to the console.
func (b *Browser) Quiet() {
	b.t.Helper()
	b.Eval("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0, 1)))", nil)
	for _, p := range b.problems {
		b.t.Error(p)
	}
}

// Shoot writes a picture of the whole page to the folder that the environment's REPORT_SHOTS names, for eyes; without one it
// does nothing.
func (b *Browser) Shoot(name string) {
	b.t.Helper()
	b.keep(name+".png", "Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true})
}

// Print writes the page there as it comes out of a printer.
func (b *Browser) Print(name string) {
	b.t.Helper()
	b.keep(name+".pdf", "Page.printToPDF", map[string]any{"paperWidth": 8.27, "paperHeight": 11.69})
}

// keep writes the data of an answer to a file.
func (b *Browser) keep(name, method string, params map[string]any) {
	b.t.Helper()
	folder := os.Getenv("REPORT_SHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data []byte } // JSON has it in base64, as Go reads it
	b.call(method, params, &shot)
	if err := os.WriteFile(filepath.Join(folder, name), shot.Data, 0o644); err != nil {
		b.t.Error(err)
	}
}
