package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"crawl/crawler"
	"crawl/crawler/compare"
	"crawl/crawler/site"
	"crawl/sink/words"
)

// Of the built-in site as --demo has it: some seconds one by one, so that the whole takes less than half a minute.
const (
	demoPages      = 30
	demoImages     = 10
	demoLatencyMin = 10 * time.Millisecond
	demoLatencyMax = 60 * time.Millisecond
)

// recordConcurrency is how many URLs are recorded at once: so few that they hardly slow each other, so many that hosts do
// not wait for one another.
const recordConcurrency = 8

var errNothingToCompare = errors.New(
	"nothing to compare: name a URL, a file with one URL a line, - for standard input, or a --recording; `crawl compare --demo` needs none")

// recordingFor gives what the trials run over. end ends what they need beside it.
func (a *app) recordingFor(ctx context.Context, f *compareFlags, o crawler.Options, args []string) (rec *compare.Recording, end func(), err error) {
	end = func() {}
	list, err := a.listToCompare(f, args)
	if err != nil {
		return nil, end, err
	}
	if f.demo {
		s, err := startCompareDemo()
		if err != nil {
			return nil, end, err
		}
		end, list = s.Close, crawler.URLs(s.List()...)
	}
	rec, err = a.oldRecording(f, list)
	if rec == nil && err == nil {
		rec, err = a.record(ctx, f, o, list)
	}
	if err != nil {
		end()
		return nil, func() {}, err
	}
	return rec, end, nil
}

// listToCompare opens what the arguments name; none is fine when there is something else to compare over.
func (a *app) listToCompare(f *compareFlags, args []string) (iter.Seq2[crawler.Entry, error], error) {
	switch {
	case f.demo && len(args) > 0:
		return nil, usageError("--demo compares over the built-in site; leave out %s, or leave out --demo", clean(strings.Join(args, " ")))
	case f.demo && f.recording != "":
		return nil, usageError("--demo is on other ports each time: leave out --recording, or name a list")
	case f.demo:
		return nil, nil
	case len(args) == 0 && f.recording != "":
		return nil, nil
	case len(args) == 0:
		return nil, usageError("%w", errNothingToCompare)
	}
	sources, err := a.openSources(args)
	if err != nil {
		return nil, err
	}
	if err := setFormat(sources, f.inputFormat); err != nil {
		closeSources(sources)
		return nil, err
	}
	return entries(sources), nil
}

func startCompareDemo() (*site.Site, error) {
	s, err := site.New(site.Options{
		Seed: demoSeed, Pages: demoPages, Images: demoImages, LatencyMin: demoLatencyMin, LatencyMax: demoLatencyMax, Gzip: true,
	})
	if err != nil {
		return nil, err
	}
	return s, s.Start("127.0.0.1:0")
}

// oldRecording reads --recording when it is there; nil when it is still to be made.
func (a *app) oldRecording(f *compareFlags, list iter.Seq2[crawler.Entry, error]) (*compare.Recording, error) {
	if f.recording == "" {
		return nil, nil
	}
	rec, err := compare.ReadRecording(f.recording)
	switch {
	case errors.Is(err, os.ErrNotExist) && list != nil:
		return nil, checkWritable("--recording", f.recording)
	case errors.Is(err, os.ErrNotExist):
		return nil, usageError("--recording %s is not there yet: name a list too, and it is recorded into it", f.recording)
	case err != nil:
		return nil, usageError("--recording %s: %s", f.recording, recordingReason(err))
	}
	if list != nil {
		for e, err := range list {
			if err != nil {
				return nil, err
			}
			if !rec.Knows(e.URL) {
				return nil, usageError("--recording %s is of another list: it lacks %s; name another file, or delete it", f.recording, clean(e.URL))
			}
		}
	}
	if !f.report.quiet {
		a.notef("Replaying %s, recorded %s.\n", f.recording, rec.Made().Local().Format(timeForm))
	}
	return rec, nil
}

// recordingReason is what is wrong with a recording, without what the message says already.
func recordingReason(err error) string {
	if errors.Is(err, compare.ErrRecordingDamaged) {
		return err.Error() + "; delete it, and record it again"
	}
	if reason(err) != err.Error() {
		return "it cannot be read: " + reason(err)
	}
	return err.Error()
}

// record makes the recording, and keeps it where that is asked for.
func (a *app) record(ctx context.Context, f *compareFlags, o crawler.Options, list iter.Seq2[crawler.Entry, error]) (*compare.Recording, error) {
	w := &recordWatcher{a: a, f: f}
	o.List, o.Observer, o.Concurrency = w.count(list), w, min(o.Concurrency, recordConcurrency)
	o.Rules.Select, o.Rules.Text = nil, false
	if !f.report.quiet {
		a.notef("Recording each URL once, %s.\n", rateText(f.rate))
	}
	stop := w.start()
	rec, err := compare.Record(ctx, o)
	stop()
	if err != nil {
		return nil, err
	}
	a.tellLeft(f, rec)
	if f.recording == "" {
		return rec, nil
	}
	if err := rec.WriteFile(f.recording); err != nil {
		f.lost = a.notWritten("--recording", f.recording, err)
	}
	return rec, nil
}

// tellLeft tells which URLs are not compared.
func (a *app) tellLeft(f *compareFlags, rec *compare.Recording) {
	left := rec.Left()
	if len(left) == 0 || f.report.quiet {
		return
	}
	all := len(left) + rec.MoreLeft()
	a.notef("%s not compared, because there is no answer:\n", plural(all, "URL is", "URLs are"))
	for i, m := range left {
		if i == maxShownLeft && !f.report.verbose {
			a.notef("  and %s\n", plural(all-i, "more", "more"))
			return
		}
		a.notef("  %s: %s\n", clean(m.URL), clean(m.Reason))
	}
	if n := rec.MoreLeft(); n > 0 {
		a.notef("  and %s\n", plural(n, "more", "more"))
	}
}

// recordWatcher tells how the recording goes. It is a crawl's Observer.
type recordWatcher struct {
	a      *app
	f      *compareFlags
	seen   atomic.Int64
	listed atomic.Int64
}

// count counts the list as the crawl reads it.
func (w *recordWatcher) count(list iter.Seq2[crawler.Entry, error]) iter.Seq2[crawler.Entry, error] {
	return func(yield func(crawler.Entry, error) bool) {
		for e, err := range list {
			w.listed.Add(1)
			if !yield(e, err) {
				return
			}
		}
	}
}

// start begins to tell how far it is, every few seconds; stop ends that and waits for it.
func (w *recordWatcher) start() (stop func()) {
	if w.f.report.quiet {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(lineEvery)
		defer t.Stop()
		for last := int64(0); ; {
			select {
			case <-done:
				return
			case <-t.C:
				seen, still := w.seen.Load(), ""
				if seen == last {
					still = fmt.Sprintf(", none in the last %s", lineEvery)
				}
				w.a.notef("  %s so far, %s read%s\n", plural(seen, "answer", "answers"), plural(w.listed.Load(), "line of the list", "lines of the list"), still)
				last = seen
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (w *recordWatcher) Fetching(string) {}

func (w *recordWatcher) Received(url string, status int, bytes int64) {
	w.seen.Add(1)
	if w.f.report.verbose {
		w.a.notef("  %d, %s from %s\n", status, words.Bytes(bytes), clean(url))
	}
}

func (w *recordWatcher) Failed(url string, class crawler.Class, message string, again time.Time) {
	if w.f.report.verbose {
		w.a.notef("  %s from %s: %s\n", class, clean(url), clean(message))
	}
}

func (w *recordWatcher) BadEntry(e crawler.Entry, err error) {
	w.a.notef("crawl: %s: %s\n", clean(e.Where), clean(err.Error()))
}

func (w *recordWatcher) NamedAgain(string, string, string) {} // of image lists

func (w *recordWatcher) Notice(message string) { w.a.notef("crawl: %s\n", clean(message)) }

// trialTeller tells how the trials go.
type trialTeller struct {
	a        *app
	f        *compareFlags
	terminal bool
	shown    bool // there is a line to be overwritten
}

func (a *app) newTrialTeller(f *compareFlags) *trialTeller {
	file, ok := a.err.(*os.File)
	return &trialTeller{a: a, f: f, terminal: ok && isTerminal(file) && canRedraw()}
}

// plan tells what is going to happen.
func (t *trialTeller) plan(rec *compare.Recording) {
	if t.f.report.quiet {
		return
	}
	how := "replayed from loopback with the recorded delays"
	if t.f.live {
		how = "asked from the network again in each trial: other load there shows in the figures"
	}
	t.a.notef("%s, %s. Seed %d.\n", plural(rec.URLs(), "URL", "URLs"), how, t.f.seed)
	switch block := blockTime(rec.OneByOne(), t.f); {
	case block > t.f.maxTime:
		t.a.notef("A trial of each mode takes about %s, and each gets one, whatever --max-time %s says: that tells no interval. Take fewer URLs, or a longer --max-time.\n",
			span(block), t.f.maxTime)
	case block > t.f.maxTime/2:
		t.a.notef("A trial of each mode takes about %s, so that --max-time %s leaves each few.\n", span(block), t.f.maxTime)
	}
}

// blockTime is about what one trial of every mode takes.
func blockTime(oneByOne time.Duration, f *compareFlags) (sum time.Duration) {
	for _, m := range f.specs {
		sum += oneByOne / time.Duration(m.Concurrency)
	}
	for _, n := range f.points {
		sum += oneByOne / time.Duration(n)
	}
	return sum
}

// tell shows a trial's beginning on a terminal, and its end with -v or when it does not count.
func (t *trialTeller) tell(p compare.Progress) {
	if t.f.report.quiet {
		return
	}
	if p.Rest > 0 {
		t.clear()
		t.a.notef("No site is asked for %s, as one of them wants.\n", words.Seconds(p.Rest.Seconds()))
	}
	if p.Mode == "" {
		return
	}
	block := fmt.Sprintf("block %d", p.Block)
	if p.Block == 0 {
		block = "warm-up"
	}
	if p.Expected > 0 {
		if t.terminal {
			t.a.notef("\r\033[K%s: %s, about %s; %s left", block, p.Mode, span(p.Expected), span(max(p.Left, 0)))
			t.shown = true
		}
		return
	}
	switch {
	case p.Rejected != "":
		t.clear()
		t.a.notef("%s: %s is not counted: %s\n", block, p.Mode, clean(p.Rejected))
	case t.f.report.verbose:
		t.clear()
		t.a.notef("%s: %s took %s\n", block, p.Mode, span(p.Wall))
	}
}

func (t *trialTeller) clear() {
	if t.shown {
		t.a.notef("\r\033[K")
		t.shown = false
	}
}

func (t *trialTeller) finish() { t.clear() }
