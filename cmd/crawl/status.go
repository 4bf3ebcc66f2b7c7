package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"crawl/parse"
	"crawl/sink"
)

// statusEvery is how often a running crawl tells about itself.
const statusEvery = time.Second

// runStatus is what a running crawl tells about itself, in a file beside its store, for `crawl stat`: the store itself
// is locked. It is no part of the results, is not synced, and goes when the crawl ends.
type runStatus struct {
	PID      int                `json:"pid"`
	Started  time.Time          `json:"started"`
	At       time.Time          `json:"at"`
	Done     int64              `json:"done"`
	Failed   int64              `json:"failed"`
	Skipped  int64              `json:"skipped"`
	Pending  uint64             `json:"pending"`
	InFlight int                `json:"in_flight"`
	Requests int64              `json:"requests"`
	Bytes    int64              `json:"bytes"`
	Workers  []parse.WorkerInfo `json:"workers"`
}

// tellStatus writes the status of the crawl until the watcher ends, and then takes it away.
func (w *watcher) tellStatus(dir string, started time.Time) {
	path := filepath.Join(dir, sink.StatusFile)
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
	p := w.c.Progress()
	t := &p.Totals
	s := &runStatus{
		PID: os.Getpid(), Started: started, At: time.Now(), Done: t.Done + t.Redirects, Failed: t.Failed, Skipped: t.Skipped,
		Pending: p.Pending + p.Logged, InFlight: p.InFlight, Requests: t.Requests, Bytes: t.Bytes,
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
	data, err := os.ReadFile(filepath.Join(dir, sink.StatusFile))
	if err != nil {
		return nil
	}
	var s runStatus
	if json.Unmarshal(data, &s) != nil || time.Since(s.At) > 10*statusEvery {
		return nil
	}
	return &s
}

// printStatus tells of a running crawl.
func (a *app) printStatus(dir string, s *runStatus) {
	a.printf("%-12s %s, in use by a crawl (pid %d) for %s\n", "store", clean(dir), s.PID, span(time.Since(s.Started).Round(time.Second)))
	a.printf("%-12s %s done, %s failed, %s skipped, %s pending, %s in flight\n", "URLs", count(s.Done), count(s.Failed), count(s.Skipped),
		count(s.Pending), count(s.InFlight))
	a.printf("%-12s %s, %s received\n", "requests", count(s.Requests), bytesText(s.Bytes))
	for i, line := range workerLines(s.Workers) {
		a.printf("%-12s %s\n", ifs(i == 0, "workers"), clean(line))
	}
}
