package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"crawl/crawler/compare"
)

func TestTerminal(t *testing.T) {
	for _, width := range []int{0, 80, 120, 200} {
		var plain, painted bytes.Buffer
		if err := Terminal(&plain, sample(), width, false); err != nil {
			t.Fatal(err)
		}
		if err := Terminal(&painted, sample(), width, true); err != nil {
			t.Fatal(err)
		}
		if width == 120 {
			t.Log("\n" + painted.String())
		}
		for _, l := range strings.Split(plain.String(), "\n") {
			if n := utf8.RuneCountInString(l); n > max(width, minTerminal) {
				t.Errorf("width %d: a line of %d: %s", width, n, l)
			}
		}
		if strings.Contains(plain.String(), "\x1b") || !strings.Contains(painted.String(), "\x1b[1m") {
			t.Error("colours are there without being asked for, or are not there")
		}
		for _, want := range []string{"Use -c ", "sequential", "goroutines=32", "◀ knee", "One time axis", "Why", "seed 5", "▶ "} {
			if !strings.Contains(plain.String(), want) {
				t.Errorf("width %d: %q is missing", width, want)
			}
		}
	}
}

// Nothing that a terminal obeys gets through, and a result without anything in it is told as such.
func TestTerminalOfOddResults(t *testing.T) {
	var b bytes.Buffer
	odd := &compare.Result{
		Modes:  []compare.ModeResult{{Name: "x\x1b[2J"}},
		Why:    []string{"host \u202eevil\x07"},
		Traces: []compare.Trace{{Mode: "a\x00", Wall: 1, Requests: []compare.Request{{}}}, {Mode: "b"}},
		Bounds: []compare.Bound{{Name: "latency", Text: "\x1b]0;x\x07"}},
	}
	if err := Terminal(&b, odd, 80, false); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07\x00\u202e") {
		t.Errorf("control characters in %q", b.String())
	}
	if err := Terminal(&b, &compare.Result{}, 80, true); err != nil {
		t.Fatal(err)
	}
}

func TestTeach(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := Teach(&b, r); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
	for _, want := range []string{"Pool", "Process", "asyncio", "LockOSThread", "GOMAXPROCS", "goroutines=32: coroutines", "times as fast"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestSampled(t *testing.T) {
	var all []compare.Request
	for i := range 1000 {
		q := compare.Request{Sent: 10, Done: 20, Status: i}
		if i == 777 {
			q.Done = 1000
		}
		all = append(all, q)
	}
	got := sampled(all, 40)
	slow := false
	for i, q := range got {
		slow = slow || q.Status == 777
		if i > 0 && q.Status <= got[i-1].Status {
			t.Errorf("%d comes behind %d", q.Status, got[i-1].Status)
		}
	}
	if len(got) != 40 || !slow || got[0].Status != 0 || got[39].Status < 990 {
		t.Errorf("%d rows, slowest among them: %t", len(got), slow)
	}
}
