package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lmittmann/tint"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"crawl/crawler"
	"crawl/crawler/urlnorm"
	"crawl/parse"
	"crawl/sink/words"
)

const (
	lineEvery = 5 * time.Second        // plain progress lines, where there is no terminal
	barEvery  = 200 * time.Millisecond // redraws of the bar
	rateSpan  = 10 * time.Second       // the rate shown is that of the last so many seconds

	maxShownEntry = 200 // bytes of a line of a list

	longestLeft = 1000 * time.Hour // a guess above this tells nothing
)

// watcher tells a crawl while it runs: it is the crawl's Observer, and shows its progress.
type watcher struct {
	f    *reportFlags
	mu   sync.Mutex // one line at a time
	out  io.Writer
	log  *slog.Logger
	bar  *mpb.Progress
	end  chan struct{}
	over sync.WaitGroup

	what    string                  // the verb's name, for crawl stat
	units   string                  // what is counted
	now     func() crawler.Progress // how far it is
	pool    *parse.Pool             // nil without workers
	images  bool                    // files are downloaded
	samples []sample

	namedAgain atomic.Int64 // rows of an image list that name a URL again, and say something else of it
}

type sample struct {
	at    time.Time
	pages int64
	bytes int64
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// canRedraw reports whether the terminal, if it is one, can write over what it shows. One that calls itself dumb cannot.
func canRedraw() bool { return os.Getenv("TERM") != "dumb" }

// wantsColour reports whether a terminal may get colours: NO_COLOR, when it is not empty, forbids them (no-color.org).
func wantsColour() bool { return os.Getenv("NO_COLOR") == "" && canRedraw() }

func (a *app) newWatcher(f *reportFlags) *watcher {
	w := &watcher{f: f, out: a.err, end: make(chan struct{})}
	file, ok := a.err.(*os.File)
	terminal := ok && isTerminal(file) && canRedraw()
	if terminal && !f.quiet && !f.noProgress && !f.logJSON {
		w.bar = mpb.New(mpb.WithOutput(a.err), mpb.WithRefreshRate(barEvery), mpb.WithWidth(40))
		w.out = w.bar
	}
	level := slog.LevelInfo
	if f.quiet {
		level = slog.LevelError
	} else if f.verbose {
		level = slog.LevelDebug
	}
	if f.logJSON {
		w.log = slog.New(slog.NewJSONHandler(w.out, &slog.HandlerOptions{Level: level}))
	} else {
		w.log = slog.New(tint.NewTextHandler(w.out, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !terminal || !wantsColour()}))
	}
	return w
}

// start begins to show the progress of c, and to tell it beside its store.
func (w *watcher) start(c *crawler.Crawl, store string) {
	w.begin("crawl", "URLs", c.Progress, store)
}

// begin is start for whatever can tell how far it is, in units, and what it does.
func (w *watcher) begin(what, units string, now func() crawler.Progress, store string) {
	w.what, w.units, w.now = what, units, now
	w.tellStatus(store)
	if w.f.quiet || w.f.noProgress || w.f.logJSON {
		return
	}
	w.over.Go(func() {
		if w.bar != nil {
			w.drawBar()
		} else {
			w.printLines()
		}
	})
}

// finish ends it and takes the bar away.
func (w *watcher) finish() {
	close(w.end)
	w.over.Wait()
	if w.bar != nil {
		w.bar.Wait()
	}
}

// state is one look at the crawl.
type state struct {
	crawler.Progress
	units       string
	done, total int64
	rate        float64 // pages per second, lately
	speed       float64 // bytes per second, lately; 0 but for files
}

func (w *watcher) look() state {
	p := w.now()
	t := &p.Totals
	s := state{Progress: p, units: w.units, done: t.Done + t.Failed + t.Skipped + t.Redirects}
	s.total = s.done + int64(p.Pending+p.Logged)
	if p.Known > 0 { // what is done and not yet committed is still among the pending
		s.total = max(s.done, min(s.total, int64(p.Known+p.Logged)))
	}
	now := time.Now()
	w.samples = append(w.samples, sample{now, s.done, t.Bytes})
	for len(w.samples) > 2 && now.Sub(w.samples[0].at) > rateSpan {
		w.samples = w.samples[1:]
	}
	first := w.samples[0]
	if d := now.Sub(first.at).Seconds(); d > 0 {
		s.rate = float64(max(0, s.done-first.pages)) / d // URLs that were left out may come back
		if w.images {
			s.speed = float64(t.Bytes-first.bytes) / d
		}
	}
	return s
}

// left guesses the time to the end from what is known to be left.
func (s *state) left() string {
	if s.rate <= 0 || s.Reading {
		return "?"
	}
	secs := float64(s.total-s.done) / s.rate
	if secs > longestLeft.Seconds() {
		return "?"
	}
	return (time.Duration(secs) * time.Second).String()
}

func (s *state) String() string {
	later := ifs(s.Delayed > 0, fmt.Sprintf(", %s to be tried again", words.Count(s.Delayed)))
	return fmt.Sprintf("%s of %s %s, %.0f/s, %s, %s, %d in flight%s, %s left",
		words.Count(s.done), words.Count(s.total), s.units, s.rate, s.bytes(), plural(s.Totals.Failed, "error", "errors"), s.InFlight, later, s.left()) + s.tail()
}

func (w *watcher) printLines() {
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	w.look()
	for {
		select {
		case <-w.end:
			return
		case <-tick.C:
			s := w.look()
			w.line("%s\n", s.String())
		}
	}
}

func (w *watcher) drawBar() {
	var mu sync.Mutex
	var now state
	text := func(f func(*state) string) decor.Decorator {
		return decor.Any(func(decor.Statistics) string {
			mu.Lock()
			defer mu.Unlock()
			return f(&now)
		})
	}
	bar := w.bar.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(text(func(s *state) string { return words.Count(s.done) + "/" + words.Count(s.total) + " " })),
		mpb.AppendDecorators(text(func(s *state) string {
			return fmt.Sprintf(" %.0f/s  %s  %s  %s left", s.rate, s.bytes(), plural(s.Totals.Failed, "error", "errors"), s.left())
		})))
	tick := time.NewTicker(barEvery)
	defer tick.Stop()
	for {
		s := w.look()
		mu.Lock()
		now = s
		mu.Unlock()
		bar.SetTotal(max(s.total, 1), false)
		bar.SetCurrent(min(s.done, max(s.total, 1)))
		select {
		case <-w.end:
			bar.Abort(true)
			return
		case <-tick.C:
		}
	}
}

func (w *watcher) line(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.out, format, args...)
}

// stopping tells that the first signal was heard.
func (w *watcher) stopping() {
	const text = "stopping: what is in flight may end (10 s at most); once more stops at once"
	if w.f.logJSON {
		w.log.Warn(text)
		return
	}
	// The ^C that a terminal shows has moved the bar's cursor.
	w.line("%scrawl: %s\n", ifs(w.bar != nil, "\r"), text)
}

// Fetching, Received and Failed are told with -v.

func (w *watcher) Fetching(url string) {
	switch {
	case !w.f.verbose:
	case w.f.logJSON:
		w.log.Debug("GET", "url", clean(url))
	default:
		w.line("GET %s\n", clean(url))
	}
}

func (w *watcher) Received(url string, status int, n int64) {
	switch {
	case !w.f.verbose:
	case w.f.logJSON:
		w.log.Debug("received", "url", clean(url), "status", status, "bytes", n)
	case status >= 300:
		w.line("%d bytes received from %s (status %d)\n", n, clean(url), status)
	default:
		w.line("%d bytes received from %s\n", n, clean(url))
	}
}

func (w *watcher) Failed(url string, class crawler.Class, message string, again time.Time) {
	if !w.f.verbose {
		return
	}
	if w.f.logJSON {
		attrs := []any{"url", clean(url), "class", string(class), "message", clean(message)}
		if !again.IsZero() {
			attrs = append(attrs, "again", again)
		}
		w.log.Debug("failed", attrs...)
		return
	}
	text := "failed"
	switch {
	case !again.IsZero():
		text = "to be tried again in " + span(max(0, time.Until(again).Round(100*time.Millisecond))) + ":"
	case class.Skipped():
		text = "skipped"
	}
	w.line("%s %s (%s: %s)\n", text, clean(url), class, clean(message))
}

func (w *watcher) BadEntry(e crawler.Entry, err error) {
	if why := unusable(e); why != "" {
		w.log.Warn("a line that cannot be used, passed over", "where", clean(e.Where), "why", why)
		return
	}
	why := err.Error()
	if scheme, _, _ := strings.Cut(e.URL, ":"); strings.EqualFold(scheme, "mailto") && len(e.URL) < maxShownEntry {
		why = fmt.Sprintf("%s: %q", urlnorm.ErrScheme, e.URL) // what is before its @ is no password
	}
	w.log.Warn("not a URL that can be crawled, passed over", "where", clean(e.Where), "why", clean(why))
}

// NamedAgain tells of the first maxNamedAgain rows, or of all with -v.
func (w *watcher) NamedAgain(where, url, how string) {
	switch n := w.namedAgain.Add(1); {
	case n <= maxNamedAgain || w.f.verbose:
		w.log.Warn("a row that names a URL again, and says something else of it", "where", clean(where), "url", clean(url), "row", clean(how))
	case n == maxNamedAgain+1:
		w.log.Warn("more rows name URLs again and say something else of them; -v tells each")
	}
}

func (w *watcher) Notice(message string) { w.log.Warn(clean(message)) }
