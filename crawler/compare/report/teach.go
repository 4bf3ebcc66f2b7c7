package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"crawl/crawler/compare"
	"crawl/sink/words"
)

// lesson tells what a kind of mode stands for.
type lesson struct {
	title string
	is    string // what it is elsewhere
	twin  string // the same in Go
	code  string
	limit string // what the comparison with it leaves out
}

func lessonOf(kind string) lesson {
	switch kind {
	case compare.KindSequential:
		return lesson{
			"one after another", "A for loop around a blocking request: requests.get in Python, curl in a shell.",
			"A for loop.", "for _, u := range urls {\n    fetch(u)\n}",
			"Nothing overlaps, so every wait is paid in full. It is the yardstick, and the simplest program.",
		}
	case compare.KindThreads:
		return lesson{
			"threads", "One thread of the operating system for each request that runs: threading.Thread, or ThreadPoolExecutor(max_workers=N).",
			"N goroutines, each bound to a thread of its own.", "go func() {\n    runtime.LockOSThread()\n    for u := range jobs {\n        fetch(u)\n    }\n}()",
			"Go's network poller still does the waiting, so a locked goroutine pays a thread switch for each wake-up. Python's threads add their global lock, which no mode here has.",
		}
	case compare.KindGoroutines:
		return lesson{
			"coroutines on all processors", "What a coroutine is elsewhere (async def, gevent.spawn), but on every processor at once, and any call may block.",
			"Goroutines: a few kilobytes each, scheduled by the runtime.", "sem := make(chan struct{}, N)\nfor _, u := range urls {\n    sem <- struct{}{}\n    go func() { defer func() { <-sem }(); fetch(u) }()\n}",
			"Nothing has to be written with async and await. More at a time than the hosts allow only waits elsewhere.",
		}
	case compare.KindEventLoop:
		return lesson{
			"coroutines on one processor", "The event loop of asyncio, gevent or Node.js: many coroutines, one thread that runs them in turn.",
			"Goroutines with GOMAXPROCS=1.", "runtime.GOMAXPROCS(1)\n// then as with goroutines",
			"Waiting overlaps, work does not. Goroutines can be interrupted while they compute, which coroutines of an event loop cannot: there, one heavy page stalls all.",
		}
	}
	return lesson{
		"processes", "multiprocessing.Process and Pool: worker processes with a memory of their own, fed over pipes.",
		"exec.Command on the program itself, one line a job; with PxG each process runs G goroutines.", "cmd := exec.Command(os.Args[0], \"worker\")\nin, _ := cmd.StdinPipe()\nfmt.Fprintln(in, url)",
		"Each process costs its start and its memory, and shares no connection with the others. In return a crash costs one of them. In Python it is the way around the global lock; Go has none, so here it is only the isolation that is bought.",
	}
}

// Teach tells, mode by mode, what happened in terms of Process, Pool, thread and coroutine, with their Go twins and the figures
// of this run.
func Teach(w io.Writer, r *compare.Result) error {
	b := bufio.NewWriter(w)
	for i, m := range r.Modes {
		if i > 0 {
			fmt.Fprintln(b)
		}
		l := lessonOf(m.Kind)
		fmt.Fprintf(b, "%s: %s\n", visible(m.Name), l.title)
		paragraph(b, "Elsewhere", l.is)
		paragraph(b, "In Go", l.twin)
		for _, line := range strings.Split(l.code, "\n") {
			fmt.Fprintf(b, "      %s\n", line)
		}
		paragraph(b, "In this run", happened(r.Modes[0], m))
		paragraph(b, "Mind", l.limit)
	}
	return b.Flush()
}

func paragraph(w io.Writer, head, text string) {
	for i, l := range wrapped(head+": "+text, 96) {
		fmt.Fprintf(w, "  %s%s\n", []string{"", "  "}[min(i, 1)], l)
	}
}

// happened are the figures of a mode in words.
func happened(base, m compare.ModeResult) string {
	if m.Trials == 0 {
		return "no trial was counted."
	}
	s := fmt.Sprintf("%s in all, %s of it work of the processor; up to %s, %s and %s; %s voluntary and %d involuntary switches; %s of memory; %s opened, %d requests on used ones.",
		words.Seconds(m.Wall.Median), words.Seconds(m.CPU.Total()), words.Plural(m.ProcessesPeak, "process"), words.Plural(m.Threads, "thread"),
		words.Plural(m.Goroutines, "goroutine"), fmt.Sprint(m.ContextSwitches.Voluntary), m.ContextSwitches.Involuntary,
		words.Bytes(m.MaxRSS), words.Plural(m.Connections.Opened, "connection"), m.Connections.Reused)
	if m.Name == base.Name || base.Trials == 0 || m.Speedup.Median == 0 {
		return s
	}
	switch {
	case m.Speedup.Lo == m.Speedup.Hi:
		return fmt.Sprintf("%s In the only block with both it was %s as fast as %s.", s, words.Times(m.Speedup.Median), visible(base.Name))
	case !m.Distinguishable:
		return s + " It cannot be told apart from " + visible(base.Name) + "."
	}
	return fmt.Sprintf("%s Against %s: %s as fast, %s the processor time, %s the memory.", s, visible(base.Name), words.Times(m.Speedup.Median),
		factor(m.CPU.Total(), base.CPU.Total()), factor(float64(m.MaxRSS), float64(base.MaxRSS)))
}

func factor(a, b float64) string {
	if b == 0 {
		return "unknown times"
	}
	return words.Times(a / b)
}
