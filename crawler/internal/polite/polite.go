// Package polite decides when which host may be asked next. It is pure: it starts no goroutine, arms no timer and never
// reads the clock; the caller brings the time.
//
//	Host ── is it waiting for a slot (Ready)? ──▶ Gate: a heap by next permitted time ──▶ Next(now)
//
// A host's next permitted time is the latest of
//
//	its rate limiter            (requests per second; x/time/rate, one token at most, so never a burst)
//	its interval since the last (Crawl-delay, or what 429 and 503 slowed it down to)
//	its block                   (Retry-After, back-off after failures, parking)
//
// A host stands in the heap only while it has something to send and a free slot of its own, so the top of the heap is the
// only host that must be looked at, and a timer armed for it always finds work.
package polite

import (
	"container/heap"
	"time"

	"golang.org/x/time/rate"
)

// Limits are what every host starts with.
type Limits struct {
	Rate    float64 // requests per second; 0: no limit
	PerHost int     // requests in flight; at least 1
}

// State is the part of a Host that survives a restart.
type State struct {
	Slow    time.Duration // interval that 429 and 503 imposed; 0: none
	Blocked time.Time     // no request before
	Fails   int           // failures to reach it in a row
	Parked  int           // times it was parked in a row
}

// Host is one host's politeness. The zero value is not usable; see NewHost.
type Host struct {
	State
	Name  string
	Owner any       // the caller's own
	Due   time.Time // what the host has to send waits until then for a reason of its own (a retry); zero: for none

	limits   Limits
	limiter  *rate.Limiter
	delay    time.Duration // Crawl-delay
	last     time.Time     // last request sent
	inflight int
	ready    bool
	pos      int       // in the heap; -1: not in it
	at       time.Time // its place there
}

// NewHost makes a host with these limits and what is remembered of it.
func NewHost(name string, l Limits, s State) *Host {
	h := &Host{State: s, Name: name, limits: l, pos: -1}
	if l.Rate > 0 {
		h.limiter = rate.NewLimiter(rate.Limit(l.Rate), 1)
	}
	return h
}

// SetCrawlDelay sets the interval that robots.txt asks for. A host with one is asked one request at a time.
func (h *Host) SetCrawlDelay(d time.Duration) { h.delay = d }

// InFlight is the number of requests that Sent has begun and Finished has not ended.
func (h *Host) InFlight() int { return h.inflight }

// NextAt is the earliest time at which the host may be asked again.
func (h *Host) NextAt(now time.Time) time.Time {
	at := h.Blocked
	if gap := max(h.delay, h.Slow); gap > 0 && !h.last.IsZero() {
		at = later(at, h.last.Add(gap))
	}
	if h.limiter != nil {
		if missing := 1 - h.limiter.TokensAt(now); missing > 0 {
			at = later(at, now.Add(time.Duration(missing/h.limits.Rate*float64(time.Second))+1))
		}
	}
	return at
}

// Permitted is the time from which politeness allowed the host's next request, as of when it was last placed: what Next
// went by, without Due.
func (h *Host) Permitted() time.Time { return h.at }

// slots is how many requests may be in flight to the host.
func (h *Host) slots() int {
	if h.delay > 0 || h.Slow > 0 {
		return 1
	}
	return h.limits.PerHost
}

// Slower notes that the server asked for mercy (429, 503). wait is what its Retry-After says, 0 when it said nothing.
// Answers to what was sent before the host was slowed do not slow it once more.
func (h *Host) Slower(now time.Time, wait time.Duration) {
	if h.Slow == 0 || !now.Before(h.Blocked) {
		h.Slow = min(max(2*h.Slow, h.delay, slowStart), slowMax)
	}
	h.Block(now.Add(min(max(wait, h.Slow), MaxRetryAfter)))
}

// Answered notes an answer that asks for nothing: failures are forgotten and a slowed host recovers step by step.
func (h *Host) Answered() {
	h.Fails, h.Parked = 0, 0
	if h.Slow -= h.Slow / slowDecay; h.Slow < slowStart/2 {
		h.Slow = 0
	}
}

// Unreachable notes that the host could not be reached, or broke off. From ParkAfter failures in a row on, the host is
// parked: asked nothing for base, then 2*base, then 4*base. Failures of what was sent before it was parked change nothing.
// giveUp reports that it was parked often enough: what is left for it will fail too.
func (h *Host) Unreachable(now time.Time, base time.Duration) (giveUp bool) {
	h.Fails++
	if h.Fails < ParkAfter || now.Before(h.Blocked) {
		return false
	}
	if h.Parked >= maxParkings {
		return true
	}
	h.Block(now.Add(base << h.Parked))
	h.Parked++
	return false
}

// Block lets nothing be sent before t.
func (h *Host) Block(t time.Time) { h.Blocked = later(h.Blocked, t) }

// Gate holds the hosts that have something to send. The zero Gate is empty.
type Gate struct {
	heap hostHeap
	turn uint64 // hosts whose time is the same take turns
}

// Len is the number of hosts that wait for their time.
func (g *Gate) Len() int { return len(g.heap) }

// SetReady tells whether the host has something to send. It must be called again when a host's NextAt changed by
// anything else than Sent and Finished, or its Due.
func (g *Gate) SetReady(h *Host, ready bool, now time.Time) {
	h.ready = ready
	h.at = h.NextAt(now)
	if h.pos >= 0 && h.mayStand() && g.heap[h.pos].at.Equal(h.from()) {
		return // it is where it belongs, and keeps its turn
	}
	g.place(h)
}

// Next gives the host whose time has come first. wait is how long until the first may be asked when none may now; it is
// meaningless when no host waits (Len is 0).
func (g *Gate) Next(now time.Time) (h *Host, wait time.Duration) {
	if len(g.heap) == 0 {
		return nil, 0
	}
	top := g.heap[0]
	if wait = top.at.Sub(now); wait > 0 {
		return nil, wait
	}
	return top.host, 0
}

// May reports whether a request to the host may begin now: what Next said may have changed since, by a Crawl-delay.
func (g *Gate) May(h *Host, now time.Time) bool {
	return h.inflight < h.slots() && !h.NextAt(now).After(now)
}

// Waiting gives the host that Next will give first; nil when none waits.
func (g *Gate) Waiting() *Host {
	if len(g.heap) == 0 {
		return nil
	}
	return g.heap[0].host
}

// Sent notes that a request to the host begins.
func (g *Gate) Sent(h *Host, now time.Time) {
	if h.limiter != nil {
		h.limiter.ReserveN(now, 1)
	}
	h.last = now
	h.inflight++
	h.at = h.NextAt(now)
	g.place(h)
}

// Finished notes that a request to the host has ended.
func (g *Gate) Finished(h *Host, now time.Time) {
	h.inflight--
	h.at = h.NextAt(now)
	g.place(h)
}

// mayStand reports whether the host may stand in the heap: it has something to send, and a slot.
func (h *Host) mayStand() bool { return h.ready && h.inflight < h.slots() }

// from is the time at which the host is due.
func (h *Host) from() time.Time { return later(h.at, h.Due) }

// place puts the host where it belongs, behind those whose time is the same.
func (g *Gate) place(h *Host) {
	g.turn++
	e := entry{host: h, at: h.from(), turn: g.turn}
	in := h.mayStand()
	switch {
	case in && h.pos < 0:
		heap.Push(&g.heap, e)
	case in:
		g.heap[h.pos] = e
		heap.Fix(&g.heap, h.pos)
	case h.pos >= 0:
		heap.Remove(&g.heap, h.pos)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

type entry struct {
	host *Host
	at   time.Time
	turn uint64
}

// hostHeap is a heap by next permitted time, then by turn.
type hostHeap []entry

func (q hostHeap) Len() int { return len(q) }

func (q hostHeap) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].turn < q[j].turn
	}
	return q[i].at.Before(q[j].at)
}

func (q hostHeap) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].host.pos, q[j].host.pos = i, j
}

func (q *hostHeap) Push(x any) {
	e := x.(entry)
	e.host.pos = len(*q)
	*q = append(*q, e)
}

func (q *hostHeap) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = entry{}
	*q = old[:len(old)-1]
	e.host.pos = -1
	return e
}
