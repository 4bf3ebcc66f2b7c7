package compare

import (
	"strings"
	"testing"
	"time"
)

// A concurrency that was tried in vain is not advised: what worked is, and the text says what was seen.
func TestAdviceStaysBelowWhatFailed(t *testing.T) {
	facts := Facts{URLs: 100, Hosts: hosts(1, 100, 100*time.Millisecond), Service: even(100, 100*time.Millisecond), Processors: 2, PerHost: 16}
	slow := facts
	slow.Rate, slow.PerHost = 10, 0
	full := facts
	full.Bytes, full.Bandwidth = 20e6, 4e6
	trial := func(c, refused int) Rejected {
		return Rejected{Mode: "threads", Concurrency: c, Block: 1, Reason: "34 answers", Refused: refused}
	}
	stopped := func(c, refused int) Rejected {
		x := trial(c, refused)
		x.Stopped = true
		return x
	}
	only := took(10, 1, 0.05)
	only[1] = ModeResult{Name: "goroutines=16", Kind: KindGoroutines, Concurrency: 16}
	none := append([]ModeResult{{Name: "sequential", Kind: KindSequential, Concurrency: 1}}, only[1])
	for name, c := range map[string]struct {
		facts    Facts
		modes    []ModeResult
		sweep    *Sweep
		rejected []Rejected
		want     int
		text     string
	}{
		"only one by one": {facts, only, nil, []Rejected{trial(16, 34)}, 1, "Use -c 1: at 16 at once the site answered 429 or 5xx: stay below. 1 is the most that worked; --sweep"},
		"fewer worked":    {facts, took(10, 1, 0.05), nil, []Rejected{trial(32, 3), trial(16, 34)}, 10, "Use -c 10: at 16 at once the site"},
		"the next":        {facts, took(10, 1, 0.05), nil, []Rejected{trial(11, 1)}, 10, "the most that worked."},
		"a sweep": {
			facts, took(10, 1, 0.05), sweepOf(map[int]float64{1: 10, 2: 20, 4: 40, 8: 80, 12: 120}),
			[]Rejected{trial(16, 34)},
			12, "Use -c 12: at 16 at once the site",
		},
		"enough is less":          {full, took(10, 5.1, 0.05), nil, []Rejected{trial(16, 34)}, 2, "Use -c 2: the link is full"},
		"it does not matter":      {slow, took(10, 9.9, 0.05), nil, []Rejected{trial(16, 34)}, 0, "Stay below 16 at once: there the site answered 429 or 5xx. It does not matter: you are politeness-bound"},
		"more was counted":        {facts, took(10, 1, 0.05), nil, []Rejected{trial(10, 34), trial(4, 5)}, 16, "But in 2 trials at no more than that the site answered 429 or 5xx: begin with fewer."},
		"of another cause":        {facts, took(10, 1, 0.05), nil, []Rejected{trial(16, 0)}, 10, "Use -c 10: at 16 at once no trial could be counted"},
		"a refusal goes before":   {facts, took(10, 1, 0.05), nil, []Rejected{trial(12, 0), trial(16, 3), trial(14, 0)}, 10, "at 16 at once the site"},
		"another cause, no harm":  {full, took(10, 5.1, 0.05), nil, []Rejected{trial(16, 0)}, 2, "Use -c 2: the link is full"},
		"stopped after it worked": {facts, took(10, 1, 0.05), nil, []Rejected{trial(16, 0), stopped(8, 2)}, 1, "Use -c 1: at 8 at once the site answered 429 or 5xx: stay below. 1 is the most that worked; --sweep"},
		"stopped in a sweep": {
			facts, took(10, 1, 0.05), sweepOf(map[int]float64{1: 10, 2: 20, 4: 40, 8: 80}),
			[]Rejected{stopped(8, 2)},
			4, "Use -c 4: at 8 at once the site",
		},
		"stopped, silent":         {facts, took(10, 1, 0.05), nil, []Rejected{stopped(8, 0)}, 1, "at 8 at once the site stopped answering"},
		"stopped at last":         {facts, took(10, 1, 0.05), nil, []Rejected{stopped(8, 2), stopped(1, 1)}, 0, "Even one by one the site answered 429 or 5xx"},
		"stopped, enough is less": {full, took(10, 5.1, 0.05), nil, []Rejected{stopped(8, 2)}, 1, "at 8 at once"},
		"nothing worked":          {facts, none, nil, []Rejected{trial(16, 34)}, 0, "At 16 at once the site answered 429 or 5xx: stay below."},
		"not even one by one":     {facts, none, nil, []Rejected{trial(16, 34), trial(1, 2)}, 0, "Even one by one"},
	} {
		r := Result{Modes: c.modes, Sweep: c.sweep, RejectedTrials: c.rejected}
		r.Conclude(c.facts)
		if r.Advice.Concurrency != c.want || !strings.Contains(r.Advice.Text, c.text) {
			t.Errorf("%s: advice %+v, want -c %d and %q", name, r.Advice, c.want, c.text)
		}
		if name == "enough is less" && !strings.HasSuffix(r.Advice.Text, ". At 16 at once the site answered 429 or 5xx: stay below.") {
			t.Errorf("%s: %q", name, r.Advice.Text)
		}
	}
}

// A replay answers as often as it is asked, so the advice tells what the site said when it was recorded.
func TestAdviceTellsThatLessWasAskedFor(t *testing.T) {
	facts := Facts{URLs: 100, Hosts: hosts(4, 100, 100*time.Millisecond), Service: even(100, 100*time.Millisecond), Processors: 2}
	for _, live := range []bool{false, true} {
		r := Result{Modes: took(10, 1, 0.05), Recording: RecordingFacts{AskedLess: 3, Live: live}}
		r.Conclude(facts)
		if said := strings.Contains(r.Advice.Text, "while it was recorded, the site asked for less"); said == live {
			t.Errorf("live %t: %q", live, r.Advice.Text)
		}
	}
}
