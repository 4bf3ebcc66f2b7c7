package compare

import (
	"strings"
	"testing"
	"time"

	"crawl/crawler/compare/internal/recording"
	"crawl/crawler/compare/internal/replay"
)

func lateBy(list ...time.Duration) *served { return &served{Stats: replay.Stats{Late: list}} }

func TestDisturbed(t *testing.T) {
	const ms = time.Millisecond
	quiet := conditions{wall: time.Second, processors: 2}
	for name, c := range map[string]struct {
		change func(*conditions)
		say    string // "": it counts
	}{
		"quiet":                  {func(*conditions) {}, ""},
		"no time at all":         {func(c *conditions) { *c = conditions{stolen: time.Hour} }, ""},
		"stolen":                 {func(c *conditions) { c.stolen = 100 * ms }, "other machines on this hardware took 5 %"},
		"one tick stolen":        {func(c *conditions) { c.wall, c.stolen = 100*ms, 10*ms }, ""},
		"others, unhindered":     {func(c *conditions) { c.others = time.Second }, ""},
		"others, slower":         {func(c *conditions) { c.others, c.slower = 500*ms, 0.2 }, "other programs took 25 % of the processors, and answers were 20 % slower"},
		"others, waiting":        {func(c *conditions) { c.others, c.waited = 500*ms, 800*ms }, "the trial waited 800ms"},
		"its own load":           {func(c *conditions) { c.others, c.waited, c.slower = 100*ms, 2*time.Second, 1 }, ""},
		"on time":                {func(c *conditions) { c.server = lateBy(0, ms, ms, 3*ms) }, ""},
		"late":                   {func(c *conditions) { c.server = lateBy(3*ms, 4*ms, 5*ms) }, "the replay server was at its limit: answers began 4.00 ms late"},
		"late now and then":      {func(c *conditions) { c.server = lateBy(0, 0, 0, 0, 0, 0, 0, 0, 0, 30*ms) }, "95 %: 30.0 ms"},
		"a server never asked":   {func(c *conditions) { c.server = lateBy() }, ""},
		"the network, no server": {func(c *conditions) { c.server = nil }, ""},
	} {
		cond := quiet
		c.change(&cond)
		if got := cond.disturbed(); (got == "") != (c.say == "") || !strings.Contains(got, c.say) {
			t.Errorf("%s: %q, want %q", name, got, c.say)
		}
	}
}

func TestUnequal(t *testing.T) {
	e := expected{requests: 2, statuses: []int{200, 503}, sizes: []int64{900, 100}, bytes: 1000}
	two := make([]Request, 2)
	answered := func(a, b int) Trial {
		return Trial{Requests: []Request{{URL: "http://a.example/", Status: a, Bytes: 900}, {Status: b}}, Bytes: 1000}
	}
	came := func(a, b int64) Trial { return Trial{Requests: []Request{{Bytes: a}, {Bytes: b}}, Bytes: a + b} }
	for name, c := range map[string]struct {
		trial Trial
		s     *served
		live  bool
		say   string
	}{
		"the same":            {trial: Trial{Requests: two, Bytes: 1000}},
		"one request missing": {trial: Trial{Requests: two[:1], Bytes: 1000}, say: "1 request were made instead of 2"},
		"a byte missing":      {trial: Trial{Requests: two, Bytes: 999}, say: "999 bytes came instead of 1000"},
		"with an error":       {trial: Trial{Requests: two, Bytes: 500, Errors: 1}},
		"as recorded":         {trial: answered(200, 503)},
		"live, gone":          {trial: answered(404, 200), live: true},
		"too many requests":   {trial: answered(429, 500), live: true, say: "2 answers of status 429 or 5xx came that were not recorded (429 of http://a.example/)"},
		"failed":              {trial: answered(500, 503), say: "1 answer of status 429"},
		"live, a bit more":    {trial: came(950, 100), live: true},
		"live, much more":     {trial: came(1400, 100), live: true, say: "1400 bytes came instead of 900: the pages have changed"},
		"live, better now":    {trial: came(900, 5000), live: true},
		"not recorded":        {trial: Trial{Requests: two, Bytes: 1000}, s: &served{Stats: replay.Stats{Unknown: 3}}, say: "3 URLs that were not recorded"},
	} {
		e.live = c.live
		if got := e.unequal(&c.trial, c.s); (got == "") != (c.say == "") || !strings.Contains(got, c.say) {
			t.Errorf("%s: %q, want %q", name, got, c.say)
		}
	}
}

// Errors that all trials have are the list's; more of them are the mode's.
func TestDropErrors(t *testing.T) {
	trials := []Trial{
		{Mode: "a", Errors: 1},
		{Mode: "b", Block: 3, Errors: 2, Requests: []Request{{}, {Error: "reset"}, {Error: "later"}}},
		{Mode: "b", Errors: 0},
		{Mode: "c", Errors: 1},
	}
	least := usualErrors(trials)
	kept, rejected := dropErrors(trials, least)
	if least != 1 || len(kept) != 3 || len(rejected) != 1 || rejected[0].Reason != "2 errors where others had 1 (reset)" || rejected[0].Block != 3 {
		t.Errorf("%v, %v", kept, rejected)
	}
	if kept, rejected := dropErrors(nil, usualErrors(nil)); kept != nil || rejected != nil {
		t.Error("something came of nothing")
	}
}

// One lucky trial on the network does not discard all others: what a mode never does without belongs to the list.
func TestLuckyTrial(t *testing.T) {
	trials := []Trial{{Mode: "a", Errors: 0}, {Mode: "a", Errors: 2}, {Mode: "b", Errors: 3}, {Mode: "b", Errors: 2}}
	if kept, _ := dropErrors(trials, usualErrors(trials)); len(kept) != 3 {
		t.Errorf("%+v", kept)
	}
}

// Disturbed trials stand in for a mode without others, but not those with errors: the note says which it was.
func TestInPlace(t *testing.T) {
	c := &comparison{modes: []ModeSpec{{Name: "a"}, {Name: "b"}, {Name: "c"}}, disturbed: []Trial{
		{Mode: "b", Block: 1, Errors: 3}, {Mode: "b", Block: 2}, {Mode: "c", Block: 1, Errors: 1},
	}}
	r := &Result{}
	got := c.inPlace([]Trial{{Mode: "a", Block: 1}}, r)
	if len(got) != 1 || got[0].Block != 2 || len(r.Notes) != 2 || !strings.Contains(r.Notes[0], "not to be trusted") || !strings.Contains(r.Notes[1], "had errors") {
		t.Errorf("%+v, %q", got, r.Notes)
	}
	r = &Result{} // where none counts, they are the measure themselves
	if got := c.inPlace(nil, r); len(got) != 2 || len(r.Notes) != 2 {
		t.Errorf("%+v, %q", got, r.Notes)
	}
}

func TestSlower(t *testing.T) {
	const ms = time.Millisecond
	r := &Recording{rec: &recording.Recording{Entries: []recording.Entry{{FirstByte: 50 * ms}, {FirstByte: 50 * ms}}}}
	trial := &Trial{Requests: []Request{{FirstByte: 62 * ms}, {FirstByte: 40 * ms}}}
	if got := r.slower(trial); got != 0.1 {
		t.Errorf("%g, want 0.1: 10 of 100 ms beyond what a timer may be late", got)
	}
	if got := (&Recording{rec: &recording.Recording{}}).slower(trial); got != 0 {
		t.Errorf("%g of nothing", got)
	}
}

// A recording that was made on a busy machine is said to be.
func TestBusyRecordingIsTold(t *testing.T) {
	rec := made(2, 1, time.Millisecond, 100)
	rec.others = 0.6
	r, err := Run(t.Context(), Options{Command: self(t, "child"), Recording: rec, MaxTime: time.Millisecond, Modes: modes(t, "sequential", "")})
	if err != nil || !strings.Contains(strings.Join(r.Notes, "\n"), "other programs took 60 % of the processors") {
		t.Errorf("%v, %+v", err, r)
	}
}
