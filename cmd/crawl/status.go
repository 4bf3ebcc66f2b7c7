package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"crawl/parse"
	"crawl/sink"
	"crawl/sink/words"
)

// statusEvery is how often a running crawl tells about itself.
const statusEvery = time.Second

// runStatus is what a running crawl tells about itself, in a file beside its store, for `crawl stat`: the store itself
// is locked. It is no part of the results, is not synced, and goes when the crawl ends, unless that is killed.
type runStatus struct {
	What     string             `json:"what"` // crawl, or extract
	PID      int                `json:"pid"`
	Started  time.Time          `json:"started"`
	At       time.Time          `json:"at"`
	Done     int64              `json:"done"`
	Failed   int64              `json:"failed"`
	Skipped  int64              `json:"skipped"`
	Pending  uint64             `json:"pending"`
	Delayed  uint64             `json:"delayed"` // of Pending: waiting for another attempt
	InFlight int                `json:"in_flight"`
	Parsing  int                `json:"parsing"` // answers that are with the parsers, or wait for them
	Requests int64              `json:"requests"`
	Bytes    int64              `json:"bytes"`
	Workers  []parse.WorkerInfo `json:"workers"`
}

// tellStatus writes the status of the crawl, and again until the watcher ends, which then takes it away.
func (w *watcher) tellStatus(dir string) {
	path, started := filepath.Join(dir, sink.StatusFile), time.Now()
	writeStatus(path, w.status(started))
	w.over.Go(func() { w.renewStatus(path, started) })
}

func (w *watcher) renewStatus(path string, started time.Time) {
	defer os.Remove(path)
	tick := time.NewTicker(statusEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.end:
			return
		case <-tick.C:
			writeStatus(path, w.status(started))
		}
	}
}

func (w *watcher) status(started time.Time) *runStatus {
	p := w.now()
	t := &p.Totals
	s := &runStatus{
		What: w.what, PID: os.Getpid(), Started: started, At: time.Now(), Done: t.Done + t.Redirects, Failed: t.Failed, Skipped: t.Skipped,
		Pending: p.Pending + p.Logged, Delayed: p.Delayed, InFlight: p.InFlight, Parsing: p.Parsing, Requests: t.Requests, Bytes: t.Bytes,
	}
	if w.pool != nil {
		s.Workers = w.pool.Workers()
	}
	return s
}

// writeStatus replaces the file. What fails here is not worth a word: the crawl is what counts.
func writeStatus(path string, s *runStatus) {
	data, err := json.Marshal(s)
	if err != nil {
		return
	}
	if os.WriteFile(path+".tmp", data, 0o666) == nil {
		_ = os.Rename(path+".tmp", path)
	}
}

// readStatus gives what the crawl that has the store tells about itself; nil when it tells nothing.
func readStatus(dir string) *runStatus {
	s := lastStatus(dir)
	if s == nil || time.Since(s.At) > 10*statusEvery {
		return nil
	}
	return s
}

// lastStatus gives the last that a crawl told about itself, however long ago; nil when there is nothing. Where no process has
// the store, it is what one left that was killed: every other takes it away.
func lastStatus(dir string) *runStatus {
	data, err := os.ReadFile(filepath.Join(dir, sink.StatusFile))
	if err != nil {
		return nil
	}
	var s runStatus
	if json.Unmarshal(data, &s) != nil {
		return nil
	}
	return &s
}

// killedRun is what is known of a run that did not come to its end.
type killedRun struct {
	What    string    `json:"what"` // crawl, or extract
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	At      time.Time `json:"at"` // it was alive
}

// killedIn gives the run over a store that was killed, nil if none was; the store is open, so no run is alive.
func killedIn(dir string) *killedRun {
	s := lastStatus(dir)
	if s == nil {
		return nil
	}
	return &killedRun{What: s.What, PID: s.PID, Started: s.Started, At: s.At}
}

// runName is what is running, in words.
func runName(what string) string {
	if what == extractVerb {
		return "crawl extract"
	}
	return "a crawl"
}

// printStatus tells of a running crawl or extraction.
func (a *app) printStatus(dir string, s *runStatus) {
	p := func(name, format string, args ...any) {
		a.printf("%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	p("store", "%s, in use by %s (pid %d) for %s", clean(dir), runName(s.What), s.PID, span(time.Since(s.Started).Round(time.Second)))
	if s.What == extractVerb {
		p("results", "%s done, %s failed, %s pending, %s in hand", words.Count(s.Done), words.Count(s.Failed), words.Count(s.Pending), words.Count(s.InFlight))
		p("pages", "%s", words.Bytes(s.Bytes))
	} else {
		p("URLs", "%s done, %s failed, %s skipped, %s pending, %s in flight%s", words.Count(s.Done), words.Count(s.Failed), words.Count(s.Skipped),
			words.Count(s.Pending), words.Count(s.InFlight), ifs(s.Parsing > 0, fmt.Sprintf(", %s being parsed", words.Count(s.Parsing))))
		if s.Delayed > 0 {
			p("", "%s of those pending wait for another attempt", words.Count(s.Delayed))
		}
		p("requests", "%s, %s received", words.Count(s.Requests), words.Bytes(s.Bytes))
	}
	for i, line := range workerLines(s.Workers) {
		p(ifs(i == 0, "workers"), "%s", clean(line))
	}
}
