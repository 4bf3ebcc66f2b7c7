// Package browser opens pages in a headless Chromium for the tests of other packages, over the pipe of its DevTools protocol.
// Tests that need it are skipped where there is none.
package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a test waits for a browser; it needs about three seconds.
const patience = 3 * time.Minute

// Browser is a Chromium with one tab. It ends with the test.
type Browser struct {
	t       testing.TB
	to      *os.File
	from    *bufio.Reader
	last    int // ID of a command
	session string
	starved atomic.Bool

	page     string // the URL that is open
	loaded   bool
	problems []string // console messages, exceptions, and requests for anything but the page
}

// Start starts one, or skips the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("no Chromium is installed: the page is not opened in a browser (apt-get install chromium)")
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-extensions", "--proxy-server=127.0.0.1:9",
		"--remote-debugging-pipe", "--user-data-dir="+profile(t), "about:blank")
	cmd.ExtraFiles = []*os.File{in, out}
	cmd.Env = append(os.Environ(), "HOME="+profile(t))
	if err := cmd.Start(); err != nil {
		t.Skipf("%s does not start: %v", path, err)
	}
	in.Close()
	out.Close()
	b := &Browser{t: t, to: to, from: bufio.NewReaderSize(from, 1<<20)}
	// A browser that gets no processor is ended, which ends the reading.
	watchdog := time.AfterFunc(patience, func() { b.starved.Store(true); _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		fmt.Fprint(to, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		to.Close()
		_ = cmd.Wait()
		watchdog.Stop()
		from.Close()
	})
	b.openTab()
	return b
}

func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// profile gives a browser a folder. What a browser's processes still write while they end keeps t.TempDir from taking its own away.
func profile(t testing.TB) string {
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

func (b *Browser) openTab() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
}

// message is a command, an answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// call sends a command and waits for its answer.
func (b *Browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	b.last++
	m := message{ID: b.last, Method: method, Session: b.session}
	var err error
	if params != nil {
		m.Params, err = json.Marshal(params)
	}
	text, err2 := json.Marshal(m)
	if err != nil || err2 != nil {
		b.t.Fatal(method, err, err2)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.gone(method, err)
	}
	for m := b.read(method); ; m = b.read(method) {
		if m.ID != b.last {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

func (b *Browser) gone(during string, err error) {
	b.t.Helper()
	if b.starved.Load() {
		b.t.Skipf("%s: the browser was not done after %s: this machine is too busy", during, patience)
	}
	b.t.Fatalf("%s: the browser is gone: %v", during, err)
}

// read gives the next message, and looks at it if it is an event.
func (b *Browser) read(during string) (m message) {
	b.t.Helper()
	text, err := b.from.ReadBytes(0)
	if err != nil {
		b.gone(during, err)
	}
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		b.t.Fatal(err)
	}
	switch m.Method {
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening":
		b.problems = append(b.problems, fmt.Sprintf("%s: %.600s", m.Method, m.Params))
	case "Network.requestWillBeSent":
		var p struct{ Request struct{ URL string } }
		if err := json.Unmarshal(m.Params, &p); err != nil || p.Request.URL != b.page && !strings.HasPrefix(p.Request.URL, "data:") {
			b.problems = append(b.problems, "the page asked for "+p.Request.URL)
		}
	case "Page.loadEventFired":
		b.loaded = true
	}
	return m
}
