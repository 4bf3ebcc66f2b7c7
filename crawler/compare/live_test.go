package compare

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crawl/crawler"
	"crawl/crawler/internal/polite"
)

// touchy is a site that bears one request at a time, and asks for a pause at the second.
type touchy struct {
	mu      sync.Mutex
	active  int
	asked   int           // requests
	refused int           // of them
	before  time.Time     // when the request before came
	pause   time.Duration // the longest between two requests
}

func (s *touchy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.active++
	s.asked++
	if now := time.Now(); s.asked > 1 {
		s.pause, s.before = max(s.pause, now.Sub(s.before)), now
	} else {
		s.before = now
	}
	busy := s.active > 1
	s.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active--
	if !busy {
		fmt.Fprintf(w, "<title>%s</title>", r.URL.Path)
		return
	}
	s.refused++
	w.Header().Set("Retry-After", "3")
	w.WriteHeader(http.StatusTooManyRequests)
}

// A site that says "wait" is not asked again before that, and never again by so many at once; what it bears is measured, and
// advised.
func TestLiveObeysRetryAfter(t *testing.T) {
	for _, mode := range []string{"goroutines=3", "processes=3"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			site := &touchy{}
			s := httptest.NewServer(site)
			defer s.Close()
			var list []string
			for i := range 24 {
				list = append(list, fmt.Sprintf("%s/%d", s.URL, i))
			}
			rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(list...), Concurrency: 1, Rate: -1, MinFree: -1})
			if err != nil {
				t.Fatal(err)
			}
			recorded := site.asked
			var rests []time.Duration
			r, err := Run(t.Context(), Options{
				Command: self(t, "child"), Recording: rec, Modes: modes(t, mode+",sequential", ""), MaxTime: 30 * time.Second, Live: true, Seed: 1,
				Progress: func(p Progress) {
					if p.Rest > 0 {
						rests = append(rests, p.Rest)
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			// Warm-ups are 8 URLs: one that was ended, one of sequential before or behind it; and a trial of sequential that counts.
			if n := site.asked - recorded; n > 8+8+24 || site.refused > 3 {
				t.Errorf("the site was asked %d times, and refused %d", n, site.refused)
			}
			if len(rests) != 1 || site.pause < 2900*time.Millisecond {
				t.Errorf("it rested %v; the site had %s when it had wanted 3 s", rests, site.pause)
			}
			if a := r.Advice; a.Concurrency != 1 || !strings.Contains(a.Text, "at 3 at once the site answered 429 or 5xx: stay below") {
				t.Errorf("advice %+v", a)
			}
			if x := r.RejectedTrials; len(x) != 1 || !x[0].Stopped || x[0].Refused != site.refused || !strings.Contains(x[0].Reason, "answered 429 and asks for a pause of 3.00 s (Retry-After); the trial was ended there") {
				t.Errorf("%+v", x)
			}
			notes := strings.Join(r.Notes, "\n")
			if !r.Stopped || !strings.Contains(notes, "from then on nothing was run with 3 or more") || !strings.Contains(notes, "No mode was left to compare with") || strings.Contains(notes, "Ctrl-C") {
				t.Errorf("stopped %v: %s", r.Stopped, notes)
			}
		})
	}
}

// What ends a trial, and what the list is anyway.
func TestBrake(t *testing.T) {
	fail := Request{URL: "http://a.example/x", Error: "reset"}
	var down []Request
	for range polite.ParkAfter {
		down = append(down, fail)
	}
	good := Request{URL: "http://a.example/y", Status: 200}
	for name, c := range map[string]struct {
		requests []Request
		say      string // "": it goes on
		asked    bool
	}{
		"fine":                   {[]Request{good, {URL: "http://a.example/", Status: 404}}, "", false},
		"as recorded":            {[]Request{{URL: "http://a.example/503", Status: 503}}, "", false},
		"recorded, but wait":     {[]Request{{URL: "http://a.example/503", Status: 503, RetryAfter: time.Second}}, "answered 503 and asks for a pause of 1.00 s", true},
		"another failure":        {[]Request{{URL: "http://a.example/503", Status: 502}}, "answered 502, which was not recorded", false},
		"too many":               {[]Request{{URL: "http://a.example/", Status: 429}}, "http://a.example/ answered 429, which was not recorded", true},
		"the longest pause":      {[]Request{{URL: "http://a.example/", Status: 429, RetryAfter: time.Second}, {URL: "http://b.example/", Status: 503, RetryAfter: time.Minute}}, "http://b.example/ answered 503 and asks for a pause of 60.0 s", true},
		"gone":                   {down, "http://a.example/x, like 7 requests before it to that host, got no answer (reset)", false},
		"gone, but not in a row": {append(append(append([]Request{}, down[1:]...), good), fail), "", false},
	} {
		b := newBrake(&work{Failing: map[string]int{"http://a.example/503": 503}})
		taking, cancel := b.while(t.Context())
		for i := range c.requests {
			b.saw(&c.requests[i])
		}
		if b.holds() {
			<-taking.Done()
		}
		cancel()
		why := b.why()
		if b.holds() != (c.say != "") || (why != nil) != (c.say != "") {
			t.Errorf("%s: held %v, by %v", name, b.holds(), why)
		} else if why != nil && (!strings.Contains(why.String(), c.say) || why.asked() != c.asked) {
			t.Errorf("%s: %v, asked %v", name, why, why.asked())
		}
	}
	none := newBrake(&work{Replay: &replayOrder{}})
	none.saw(&Request{Status: 429})
	if none.holds() || none.why() != nil {
		t.Error("a replay was ended")
	}
}

// A chain of redirects ends where its trial does.
func TestBrakeEndsChains(t *testing.T) {
	b := newBrake(&work{})
	b.stop()
	if got := (&runner{brake: b}).chain(t.Context(), []string{"http://a.example/"}, 0, nil); len(got) != 0 {
		t.Errorf("%+v was asked for", got)
	}
}

// Who asks for less is asked by fewer from the first time on; who fails, from the third.
func TestRestraint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := modes(t, "sequential,threads=4,goroutines=8,event-loop=8", "")
		c := newComparison(Options{Recording: made(2, 1, 0, 1), Modes: list, Live: true, MaxTime: time.Minute, Progress: func(Progress) {}})
		left := func() int { return len(c.running()) }
		for range maxTries - 1 {
			c.refused(list[2], 1, &Refusal{URL: "u", Status: 500, Answers: 1})
		}
		if left() != 4 {
			t.Errorf("%d modes are left", left())
		}
		c.refused(list[3], 1, &Refusal{URL: "u", Status: 500, Answers: 1})
		if left() != 2 || c.pointless() {
			t.Errorf("%d modes are left", left())
		}
		began := time.Now()
		if !c.rest(t.Context()) || time.Since(began) != refusedRest || !c.rest(t.Context()) || time.Since(began) != refusedRest {
			t.Errorf("it rested %s", time.Since(began))
		}
		c.refused(list[1], 1, &Refusal{URL: "u", Status: 503, Wait: 10 * time.Second, Answers: 1})
		if left() != 1 || c.pointless() {
			t.Errorf("%d modes are left; one by one is to be measured once", left())
		}
		c.trials = append(c.trials, Trial{Mode: list[0].Name, Block: 1})
		if !c.pointless() {
			t.Error("one mode that has its figures asks a site on")
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if c.rest(ctx) || c.restraint.gave == "" {
			t.Error("it does not end with its context")
		}
		c.restraint.gave = ""
		c.refused(list[0], 1, &Refusal{URL: "u", Status: 429, Wait: time.Hour, Answers: 1})
		if left() != 0 || c.rest(t.Context()) || !strings.Contains(c.restraint.gave, "for another 60.0 min, which is longer than --max-time leaves") {
			t.Errorf("%d modes are left; %s", left(), c.restraint.gave)
		}
		if r := c.result(); !strings.HasPrefix(r.Advice.Text, "Even one by one") {
			t.Errorf("%+v", r.Advice)
		}
	})
}

// Sites are not asked for ever by trials that do not count.
func TestVainTrials(t *testing.T) {
	s := restraint{tries: map[int]int{}}
	for i := range maxVain - 1 {
		if s.inVain("x") {
			t.Fatalf("ended after %d", i+1)
		}
	}
	s.counted(ModeSpec{})
	for range maxVain - 1 {
		if s.inVain("x") {
			t.Fatal("ended though one counted in between")
		}
	}
	if !s.inVain("pages have changed") || !strings.Contains(s.gave, "6 trials in a row did not count (the last: pages have changed), so the sites were asked no more") {
		t.Error(s.gave)
	}
}

// A pause that a site asked for while the list was recorded is kept before the first trial.
func TestPauseOfTheRecording(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer s.Close()
	rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(s.URL), Rate: -1, Tries: 1, MinFree: -1, IgnoreRobots: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Options{
		Command: self(t, "child"), Recording: rec, Modes: modes(t, "sequential", ""), MaxTime: time.Second, Live: true,
	})
	if err != nil || len(r.RejectedTrials) != 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "longer than --max-time leaves") {
		t.Errorf("%v: %+v", err, r)
	}
}
