package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"time"
)

// web is a server with the pages that the built-in site does not have: hostile text, answers that hang, failures that end
// when the script says so.
type web struct {
	*httptest.Server
	mu     sync.Mutex
	counts map[string]int
	alone  sync.Mutex // of /alone/
	healed chan struct{}
	once   sync.Once
}

func newWeb() *web {
	w := &web{counts: map[string]int{}, healed: make(chan struct{})}
	w.Server = httptest.NewServer(w)
	return w
}

func (w *web) heal() { w.once.Do(func() { close(w.healed) }) }

// Close ends what hangs, and the server.
func (w *web) Close() {
	w.heal()
	w.Server.Close()
}

// Requests tells how often each URL was asked for.
func (w *web) Requests() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]int, len(w.counts))
	for path, n := range w.counts {
		out[w.URL+path] = n
	}
	return out
}

// hostileTitle has an escape sequence that clears the screen, a C1 control, a bell and a bidirectional override.
const hostileTitle = "before \x1b[2J\x1b]0;owned\x07 \u009b31m \u202egnp.exe\u202c \u200b after"

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.counts[r.RequestURI]++
	w.mu.Unlock()
	page := func(title, body string) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(rw, "<!DOCTYPE html><html lang=en><title>%s</title><body>%s</body></html>\n", title, body)
	}
	switch path := r.URL.Path; {
	case path == "/robots.txt":
		fmt.Fprint(rw, "User-agent: *\nDisallow: /secret/\n")
	case path == "/hostile":
		rw.Header().Set("X-Odd", "a\u009bb\u202ec")
		page(hostileTitle, `<p>text `+hostileTitle+`</p><a href="/esc/`+"\x1b[31m\u202e"+`x">x</a><a href="/secret/`+"\u202e"+`">y</a>`)
	case path == "/hostile-header": // which the client refuses, and quotes
		rw.Header().Set("X-Odd", "a\x1b[2Jb")
		page("Never seen", "")
	case path == "/links":
		page("Links", `<a href="/found">f</a> <a rel=nofollow href="/vouched-not">n</a> <a href="/secret/x">s</a>
			<a href="http://elsewhere.invalid/">e</a> <a href="/deep/a/b">d</a> <img src="/picture.png">`)
	case strings.HasPrefix(path, "/pic/"): // of so many pixels, whatever its name
		var width, height int
		_, _ = fmt.Sscanf(path, "/pic/%dx%d/", &width, &height)
		_ = png.Encode(rw, image.NewGray(image.Rect(0, 0, max(width, 1), max(height, 1))))
	case path == "/cut.png", path == "/coded.png": // without its end; in a coding that it does not have
		var b bytes.Buffer
		_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64)))
		if path == "/cut.png" {
			b.Truncate(b.Len() - 20)
		} else {
			rw.Header().Set("Content-Encoding", "gzip")
		}
		rw.Header().Set("Content-Type", "image/png")
		_, _ = rw.Write(b.Bytes())
	case path == "/gallery":
		page("Gallery", `<img src="/pic/10x10/small.png" srcset="/pic/10x10/small.png 10w, /pic/90x60/large.png 90w, /status/404 900w">`)
	case path == "/echo":
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		echo(rw, r)
	case path == "/hang":
		select {
		case <-w.healed:
			page("Awake", "")
		case <-r.Context().Done():
		}
	case path == "/broken":
		select {
		case <-w.healed:
			page("Whole", "")
		default:
			http.Error(rw, "broken", http.StatusInternalServerError)
		}
	case strings.HasPrefix(path, "/status/"):
		code := 0
		_, _ = fmt.Sscanf(path, "/status/%d", &code) // 0 falls to the default
		http.Error(rw, "no", max(code, 400))
	case strings.HasPrefix(path, "/alone/"): // one at a time
		if !w.alone.TryLock() {
			rw.Header().Set("Retry-After", "1")
			http.Error(rw, "busy", http.StatusServiceUnavailable)
			return
		}
		defer w.alone.Unlock()
		time.Sleep(50 * time.Millisecond)
		page("Alone", "")
	case path == "/astray":
		rw.Header().Set("Location", "ftp://a.test/")
		rw.WriteHeader(http.StatusFound)
	case path == "/odd":
		page("Odd", `<a href="http://[bad">x</a>`)
	case path == "/many":
		page("Many", strings.Repeat("<i>7</i>", 10_001))
	case path == "/nested":
		page("Nested", strings.Repeat("<div>", 600))
	case path == "/big":
		rw.Header().Set("Content-Type", "text/plain")
		_, _ = rw.Write(make([]byte, 100_000)) // the client may go
	default:
		page("Page "+strings.TrimPrefix(path, "/"), "<h1 class=head>Heading</h1><p>Some text.</p>")
	}
}

// echo writes the request as it came, its headers in order.
func echo(rw http.ResponseWriter, r *http.Request) {
	var lines []string
	for name, values := range r.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	sort.Strings(lines)
	fmt.Fprintf(rw, "%s\nHost: %s\n%s\n", r.RequestURI, r.Host, strings.Join(lines, "\n"))
}
