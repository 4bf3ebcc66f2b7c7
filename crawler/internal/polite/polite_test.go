package polite

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var start = time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)

// slack is what the limiter's arithmetic in floating point may be off.
const slack = time.Microsecond

// sendAll sends n requests to the host as early as the gate allows, each ended at once, and gives their times.
func sendAll(t *testing.T, h *Host, n int) (times []time.Time) {
	t.Helper()
	var g Gate
	now := start
	g.SetReady(h, true, now)
	for range 10 * n {
		got, wait := g.Next(now)
		if got == nil {
			now = now.Add(wait)
			continue
		}
		times = append(times, now)
		g.Sent(h, now)
		g.Finished(h, now)
		if len(times) == n {
			return times
		}
	}
	t.Fatalf("the gate let only %d of %d through", len(times), n)
	return nil
}

func mustBeSpaced(t *testing.T, times []time.Time, want time.Duration) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); gap < want || gap > want+slack {
			t.Fatalf("request %d came %v after the one before, want %v", i+1, gap, want)
		}
	}
}

func TestRateSpacesRequestsExactly(t *testing.T) {
	for _, rate := range []float64{0.1, 0.5, 1, 3, 10, 1000, 9999} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			h := NewHost("h", Limits{Rate: rate, PerHost: 4}, State{})
			times := sendAll(t, h, 100)
			if !times[0].Equal(start) {
				t.Errorf("the first request waited until %v", times[0])
			}
			mustBeSpaced(t, times, time.Duration(float64(time.Second)/rate))
		})
	}
}

// A host that was left alone for long has not saved up a burst.
func TestRateNeverBursts(t *testing.T) {
	h := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
	var g Gate
	g.SetReady(h, true, start)
	now := start.Add(time.Hour)
	g.Sent(h, now)
	if _, wait := g.Next(now); wait < 100*time.Millisecond {
		t.Errorf("after an hour the second request may follow after %v", wait)
	}
}

func TestNoRateMeansNoWait(t *testing.T) {
	h := NewHost("h", Limits{PerHost: 4}, State{})
	mustBeSpaced(t, sendAll(t, h, 50), 0)
}

func TestCrawlDelay(t *testing.T) {
	h := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
	h.SetCrawlDelay(2 * time.Second)
	mustBeSpaced(t, sendAll(t, h, 20), 2*time.Second)
	if h.slots() != 1 {
		t.Errorf("a host with Crawl-delay has %d slots", h.slots())
	}
	h.SetCrawlDelay(0)
	if h.slots() != 4 {
		t.Errorf("without Crawl-delay it has %d slots", h.slots())
	}
}

// A Crawl-delay shorter than the rate's interval changes nothing but the slots.
func TestShortCrawlDelayDoesNotSpeedUp(t *testing.T) {
	h := NewHost("h", Limits{Rate: 1, PerHost: 4}, State{})
	h.SetCrawlDelay(10 * time.Millisecond)
	mustBeSpaced(t, sendAll(t, h, 10), time.Second)
}

func TestSlowerDoublesAndAnswersRecover(t *testing.T) {
	h := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
	now := start
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		h.Slower(now, 0)
		h.Slower(now, 0) // the answer to what was sent before
		if h.Slow != want*time.Second {
			t.Fatalf("after %d times too many requests the interval is %v, want %vs", i+1, h.Slow, int(want))
		}
		if at := h.NextAt(now); at.Sub(now) < h.Slow {
			t.Fatalf("the next request may follow after %v, the interval is %v", at.Sub(now), h.Slow)
		}
		if h.slots() != 1 {
			t.Fatal("a slowed host has more than one slot")
		}
		now = now.Add(h.Slow)
	}
	last := h.Slow
	for n := 1; h.Slow > 0; n++ {
		h.Answered()
		if next := last - last/slowDecay; h.Slow != next && (h.Slow != 0 || next >= slowStart/2) || n > 30 {
			t.Fatalf("after %d good answers the interval is %v, was %v", n, h.Slow, last)
		}
		last = h.Slow
	}
	if h.slots() != 4 {
		t.Errorf("a recovered host has %d slots", h.slots())
	}
}

// A slowed host is not asked more often than its Crawl-delay says.
func TestSlowerStartsAtTheCrawlDelay(t *testing.T) {
	h := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
	h.SetCrawlDelay(20 * time.Second)
	if h.Slower(start, 0); h.Slow != 20*time.Second {
		t.Errorf("the interval is %v, the Crawl-delay 20s", h.Slow)
	}
}

func TestRetryAfterIsObeyedUpToItsCap(t *testing.T) {
	for _, c := range []struct{ asked, want time.Duration }{
		{0, slowStart},
		{500 * time.Millisecond, slowStart},
		{90 * time.Second, 90 * time.Second},
		{MaxRetryAfter, MaxRetryAfter},
		{24 * time.Hour, MaxRetryAfter},
		{math.MaxInt64, MaxRetryAfter},
	} {
		h := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
		h.Slower(start, c.asked)
		if got := h.NextAt(start).Sub(start); got != c.want {
			t.Errorf("Retry-After %v: blocked for %v, want %v", c.asked, got, c.want)
		}
	}
}

func TestBlocksAreNeverShortened(t *testing.T) {
	h := NewHost("h", Limits{PerHost: 4}, State{})
	h.Block(start.Add(time.Hour))
	h.Block(start.Add(time.Minute))
	h.Slower(start, time.Second)
	if got := h.NextAt(start); !got.Equal(start.Add(time.Hour)) {
		t.Errorf("blocked until %v", got)
	}
	if h.Slow != slowStart {
		t.Errorf("the interval is %v: a block has hidden that the server asks for mercy", h.Slow)
	}
}

func TestParkingAndGivingUp(t *testing.T) {
	const base = 10 * time.Second
	h := NewHost("h", Limits{PerHost: 4}, State{})
	now := start
	fail := func(n int) (gaveUp bool) {
		for range n {
			gaveUp = h.Unreachable(now, base)
		}
		return gaveUp
	}
	if fail(ParkAfter-1) || h.NextAt(now).After(now) {
		t.Fatal("parked too early")
	}
	for i := range maxParkings {
		if fail(1) {
			t.Fatalf("given up before parking %d", i+1)
		}
		want := base << i
		if got := h.NextAt(now).Sub(now); got != want {
			t.Fatalf("parking %d: for %v, want %v", i+1, got, want)
		}
		if fail(5); h.NextAt(now).Sub(now) != want || h.Parked != i+1 {
			t.Fatalf("failures of what was in flight parked the host again: %+v", h.State)
		}
		now = now.Add(want)
	}
	for range 2 {
		if !fail(1) {
			t.Fatal("not given up after all parkings")
		}
	}
}

func TestOneAnswerForgivesFailures(t *testing.T) {
	h := NewHost("h", Limits{PerHost: 4}, State{Fails: ParkAfter + 10, Parked: maxParkings})
	h.Answered()
	if h.Fails != 0 || h.Parked != 0 {
		t.Errorf("%+v", h.State)
	}
	if h.Unreachable(start, time.Second) || h.NextAt(start).After(start) {
		t.Error("one failure after an answer has consequences")
	}
}

// What a host is remembered by is enough to go on being polite.
func TestStateSurvives(t *testing.T) {
	a := NewHost("h", Limits{Rate: 10, PerHost: 4}, State{})
	a.Slower(start, time.Minute)
	b := NewHost("h", Limits{Rate: 10, PerHost: 4}, a.State)
	if got, want := b.NextAt(start), a.NextAt(start); !got.Equal(want) {
		t.Errorf("the host may be asked at %v, before its restart at %v", got, want)
	}
	if b.slots() != 1 {
		t.Error("the host has forgotten that it was slowed down")
	}
}

// Hosts whose time is the same take turns, and keep them when they are told to be ready once more.
func TestTurns(t *testing.T) {
	var g Gate
	const hosts, rounds = 7, 20
	var all []*Host
	for i := range hosts {
		all = append(all, NewHost(fmt.Sprint(i), Limits{PerHost: 1 << 20}, State{}))
		g.SetReady(all[i], true, start)
	}
	for i := range hosts * rounds {
		g.SetReady(all[i%hosts], true, start) // whose turn it is
		g.SetReady(all[(i+1)%hosts], true, start)
		h, _ := g.Next(start)
		if h == nil {
			t.Fatal("no host may be asked")
		}
		g.Sent(h, start)
		if h != all[i%hosts] {
			t.Fatalf("request %d went to host %s, want %s", i+1, h.Name, all[i%hosts].Name)
		}
	}
}

// The host whose time comes first is given first, whichever was ready first.
func TestEarliestFirst(t *testing.T) {
	var g Gate
	for _, seconds := range []int{5, 2, 7, 1, 6, 3, 4} {
		h := NewHost(fmt.Sprint(seconds), Limits{PerHost: 1}, State{Blocked: start.Add(time.Duration(seconds) * time.Second)})
		g.SetReady(h, true, start)
	}
	for i := range g.Len() {
		at := start.Add(time.Duration(i+1) * time.Second)
		if h, wait := g.Next(at.Add(-time.Second)); h != nil || wait != time.Second {
			t.Fatalf("host %v after %v, want none for 1s", h, wait)
		}
		h, _ := g.Next(at)
		if h == nil || h.Name != fmt.Sprint(i+1) {
			t.Fatalf("after %d s: host %v", i+1, h)
		}
		g.Sent(h, at)
	}
}

func TestSlots(t *testing.T) {
	var g Gate
	h := NewHost("h", Limits{PerHost: 3}, State{})
	g.SetReady(h, true, start)
	for i := range 3 {
		if got, _ := g.Next(start); got != h {
			t.Fatalf("no slot for request %d", i+1)
		}
		g.Sent(h, start)
	}
	if g.Len() != 0 {
		t.Error("a host without a free slot waits in the heap, where a timer would be armed for it")
	}
	if got := g.Waiting(); got != nil || g.May(h, start) {
		t.Errorf("a host without a free slot: waiting %v, it may be asked: %v", got, g.May(h, start))
	}
	g.Finished(h, start)
	if g.Len() != 1 || h.InFlight() != 2 {
		t.Errorf("after one has ended: %d hosts wait, %d requests in flight", g.Len(), h.InFlight())
	}
	if got := g.Waiting(); got != h || !g.May(h, start) {
		t.Errorf("a host with a free slot: waiting %v, it may be asked: %v", got, g.May(h, start))
	}
}

// What an answer says of the host counts from the end of its request on, and from when a Crawl-delay is learnt, May says no.
func TestFinishedTakesInTheAnswer(t *testing.T) {
	var g Gate
	h := NewHost("h", Limits{PerHost: 3}, State{})
	g.SetReady(h, true, start)
	g.Sent(h, start)
	h.Slower(start, time.Minute)
	g.Finished(h, start)
	if got, wait := g.Next(start); got != nil || wait != time.Minute {
		t.Errorf("host %v after %v, want none for a minute", got, wait)
	}
	at := start.Add(time.Minute)
	if got, _ := g.Next(at); got != h || !g.May(h, at) {
		t.Errorf("after a minute: host %v, it may be asked: %v", got, g.May(h, at))
	}
	if h.SetCrawlDelay(2 * time.Minute); g.May(h, at) || !g.May(h, start.Add(2*time.Minute)) {
		t.Error("May has not heard of the Crawl-delay")
	}
}

// Due holds a host back without counting as politeness.
func TestDue(t *testing.T) {
	var g Gate
	h := NewHost("h", Limits{PerHost: 3}, State{})
	h.Due = start.Add(time.Second)
	g.SetReady(h, true, start)
	if got, wait := g.Next(start); got != nil || wait != time.Second {
		t.Errorf("host %v after %v, want none for 1s", got, wait)
	}
	if !h.Permitted().Before(h.Due) {
		t.Errorf("politeness is told to have asked for %v", h.Permitted())
	}
	h.Due = time.Time{}
	g.SetReady(h, true, start)
	if got, _ := g.Next(start); got != h {
		t.Error("the host still waits")
	}
}
