package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crawl/crawler"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestSummaryText(t *testing.T) {
	full := crawler.Summary{
		Mode: crawler.Concurrent, Concurrency: 64,
		URLs:     crawler.Counts{Listed: 12_345, Done: 12_000, Failed: 300, Skipped: 40, Pending: 5},
		Requests: 13_000, Bytes: 123_456_789,
		Errors: map[crawler.Class]int64{
			crawler.ClassHTTP4xx: 200, crawler.ClassTimeout: 50, crawler.ClassDNS: 50, crawler.ClassRobots: 40,
		},
		WallS: 12.3456, CPU: crawler.CPU{User: 1.5, System: 0.25, Children: 0.125}, MaxRSS: 90_000_000, PagesPerS: 997.34,
		PolitenessWait: 1.5, Latency: crawler.Latency{P50: 52.25, P95: 80.5, P99: 1200},
		Stages: crawler.StageTimes{
			Politeness: 52.4, Queue: 12.04, DNS: 0.000021, Connect: 0.0028, TLS: 123.456, FirstByte: 14.78, Body: 4000,
			Parse: 0.0258, Store: 0.494,
		},
		RobotsIgnored: true, Resumed: true, Stopped: crawler.StoppedSignal, BadEntries: 1, Excluded: 1, Retries: 1,
		RobotsRequests: 1000,
	}
	budget := crawler.Summary{Mode: crawler.Sequential, Concurrency: 1, Stopped: crawler.StoppedMaxPages}
	for name, s := range map[string]*crawler.Summary{
		"full": &full, "budget": &budget, "empty": {Mode: crawler.Concurrent, Concurrency: 1},
	} {
		var got bytes.Buffer
		writeSummary(&got, s, "crawl-store")
		path := filepath.Join("testdata", "summary", name+".txt")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, &got, want)
		}
		for line := range strings.Lines(got.String()) {
			if strings.HasSuffix(line, " \n") || len([]rune(line)) > listWidth+1 {
				t.Errorf("%s: %q ends in a space or is too long", name, line)
			}
		}
	}
}

// TestProgressText looks at the line that stands for a running crawl where there is no terminal.
func TestProgressText(t *testing.T) {
	s := state{units: "URLs", done: 1500, total: 4500, rate: 100}
	s.Totals.Bytes, s.Totals.Failed, s.InFlight = 12_345_678, 1, 64
	for _, c := range []struct {
		change func(*state)
		want   string
	}{
		{func(*state) {}, "1,500 of 4,500 URLs, 100/s, 12.3 MB, 1 error, 64 in flight, 30s left"},
		{func(s *state) { s.rate = 0 }, "1,500 of 4,500 URLs, 0/s, 12.3 MB, 1 error, 64 in flight, ? left"},
		{func(s *state) { s.Reading = true }, "1,500 of 4,500 URLs, 100/s, 12.3 MB, 1 error, 64 in flight, ? left"},
		{func(s *state) { s.total = s.done }, "1,500 of 1,500 URLs, 100/s, 12.3 MB, 1 error, 64 in flight, 0s left"},
		{func(s *state) { *s = state{units: "results"} }, "0 of 0 results, 0/s, 0 B, 0 errors, 0 in flight, ? left"},
		{func(s *state) { s.Delayed = 1200 }, "1,500 of 4,500 URLs, 100/s, 12.3 MB, 1 error, 64 in flight, 1,200 to be tried again, 30s left"},
		{func(s *state) { s.rate = 0.0000001 }, "1,500 of 4,500 URLs, 0/s, 12.3 MB, 1 error, 64 in flight, ? left"},
	} {
		s := s
		c.change(&s)
		if got := s.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestWatcherLines has all kinds of lines as a script's user sees them, plain and as JSON.
func TestWatcherLines(t *testing.T) {
	tell := func(w *watcher) {
		const url = "http://127.0.0.1/\u202ex"
		w.Fetching(url)
		w.Received(url, 200, 12)
		w.Received(url, 301, 0)
		w.Failed(url, crawler.ClassReset, "gone\x1b[2J", time.Time{})
		w.Failed(url, crawler.ClassHTTP5xx, "503 Service Unavailable", time.Now().Add(-time.Minute))
		w.Failed(url, crawler.ClassRobots, "line 2", time.Time{})
		w.stopping()
	}
	var plain bytes.Buffer
	tell((&app{err: &plain}).newWatcher(&reportFlags{verbose: true}))
	const u = `http://127.0.0.1/\u202ex`
	want := "GET " + u + "\n12 bytes received from " + u + "\n0 bytes received from " + u + " (status 301)\n" +
		"failed " + u + ` (reset: gone\x1b[2J)` + "\nto be tried again in 0s: " + u + " (http_5xx: 503 Service Unavailable)\n" +
		"skipped " + u + " (robots: line 2)\n" +
		"crawl: stopping: what is in flight may end (10 s at most); once more stops at once\n"
	if plain.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &plain, want)
	}

	var lines bytes.Buffer
	w := (&app{err: &lines}).newWatcher(&reportFlags{verbose: true, logJSON: true})
	tell(w)
	w.BadEntry(crawler.Entry{URL: "\x1b", Where: "list:1"}, os.ErrInvalid)
	w.Notice("notice\n")
	if n := bytes.Count(lines.Bytes(), []byte("\n")); n != 9 {
		t.Errorf("%d lines of JSON, want 9", n)
	}
	for line := range bytes.Lines(lines.Bytes()) {
		if err := json.Unmarshal(line, &map[string]any{}); err != nil {
			t.Errorf("%v in %s", err, line)
		}
		if r, bad := unsafeRune(strings.TrimSuffix(string(line), "\n")); bad {
			t.Errorf("%U in %q", r, line)
		}
	}

	var silent bytes.Buffer
	w = (&app{err: &silent}).newWatcher(&reportFlags{quiet: true})
	w.Fetching("http://127.0.0.1/")
	w.Notice("notice")
	if silent.Len() > 0 {
		t.Errorf("--quiet printed %q", &silent)
	}
}
