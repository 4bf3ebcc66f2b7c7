package polite

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever happens to hosts, in whatever order: the heap is one, it holds exactly the hosts that have something to send
// and a free slot, and what Next gives was allowed to be asked by every rule.
func TestGateModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t)
		t.Repeat(map[string]func(*rapid.T){
			"ready":   func(t *rapid.T) { m.pick(t).setReady(m, true) },
			"unready": func(t *rapid.T) { m.pick(t).setReady(m, false) },
			"wait": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "wait")))
			},
			"next":   m.next,
			"finish": m.finish,
			"slower": func(t *rapid.T) {
				h := m.pick(t)
				h.Slower(m.now, time.Duration(rapid.Int64Range(0, int64(2*MaxRetryAfter)).Draw(t, "asked")))
				h.setReady(m, h.wants)
			},
			"answered": func(t *rapid.T) {
				h := m.pick(t)
				h.Answered()
				h.setReady(m, h.wants)
			},
			"unreachable": func(t *rapid.T) {
				h := m.pick(t)
				h.Unreachable(m.now, time.Second)
				h.setReady(m, h.wants)
			},
			"delay": func(t *rapid.T) {
				h := m.pick(t)
				h.SetCrawlDelay(time.Duration(rapid.IntRange(0, 3).Draw(t, "delay")) * time.Second)
				h.setReady(m, h.wants)
			},
			"due": func(t *rapid.T) {
				h := m.pick(t)
				h.Due = m.now.Add(time.Duration(rapid.IntRange(-1, 3).Draw(t, "due")) * time.Second)
				h.setReady(m, h.wants)
			},
			"": m.check,
		})
	})
}

type model struct {
	gate  Gate
	now   time.Time
	hosts []*modelHost
}

type modelHost struct {
	*Host
	wants  bool
	sentAt time.Time
	sent   bool
}

func newModel(t *rapid.T) *model {
	m := &model{now: start}
	for i := range rapid.IntRange(1, 8).Draw(t, "hosts") {
		l := Limits{
			Rate:    rapid.SampledFrom([]float64{0, 0.5, 1, 10}).Draw(t, "rate"),
			PerHost: rapid.IntRange(1, 3).Draw(t, "per host"),
		}
		m.hosts = append(m.hosts, &modelHost{Host: NewHost(fmt.Sprint(i), l, State{})})
	}
	return m
}

func (m *model) pick(t *rapid.T) *modelHost { return rapid.SampledFrom(m.hosts).Draw(t, "host") }

func (h *modelHost) setReady(m *model, ready bool) {
	h.wants = ready
	m.gate.SetReady(h.Host, ready, m.now)
}

func (m *model) next(t *rapid.T) {
	got, wait := m.gate.Next(m.now)
	if got == nil {
		if m.gate.Len() > 0 && wait <= 0 {
			t.Fatalf("no host may be asked, but the wait is %v", wait)
		}
		for _, h := range m.hosts {
			if h.wants && wait > slack && m.gate.May(h.Host, m.now) && !h.Due.After(m.now) {
				t.Fatalf("host %s may be asked, but the wait is %v", h.Name, wait)
			}
		}
		return
	}
	for _, h := range m.hosts {
		if h.pos >= 0 && h.from().Before(got.from()) {
			t.Fatalf("host %s waits since %v, but %s is asked, since %v", h.Name, h.from(), got.Name, got.from())
		}
	}
	for _, h := range m.hosts {
		if h.Host == got {
			h.send(t, m)
		}
	}
}

// send checks the rules and begins a request.
func (h *modelHost) send(t *rapid.T, m *model) {
	gap := max(h.delay, h.Slow)
	if h.limits.Rate > 0 {
		gap = max(gap, time.Duration(float64(time.Second)/h.limits.Rate)-time.Microsecond)
	}
	if h.sent && m.now.Sub(h.sentAt) < gap {
		t.Fatalf("host %s is asked %v after the last time, not %v", h.Name, m.now.Sub(h.sentAt), gap)
	}
	if m.now.Before(h.Blocked) || m.now.Before(h.Due) {
		t.Fatalf("host %s is asked at %v, blocked until %v, due at %v", h.Name, m.now, h.Blocked, h.Due)
	}
	if h.inflight >= h.slots() || !h.wants {
		t.Fatalf("host %s is asked with %d in flight, %d slots, ready: %v", h.Name, h.inflight, h.slots(), h.wants)
	}
	h.sentAt, h.sent = m.now, true
	m.gate.Sent(h.Host, m.now)
}

func (m *model) finish(t *rapid.T) {
	if h := m.pick(t); h.inflight > 0 {
		m.gate.Finished(h.Host, m.now)
	}
}

func (m *model) check(t *rapid.T) {
	n := 0
	for _, h := range m.hosts {
		in := h.pos >= 0
		if in {
			n++
			if m.gate.heap[h.pos].host != h.Host {
				t.Fatalf("host %s thinks that it stands at %d", h.Name, h.pos)
			}
		}
		if want := h.wants && h.inflight < h.slots(); in != want {
			t.Fatalf("host %s is in the heap: %v, want %v", h.Name, in, want)
		}
	}
	if n != m.gate.Len() {
		t.Fatalf("%d hosts in the heap, %d know of it", m.gate.Len(), n)
	}
	for i := 1; i < len(m.gate.heap); i++ {
		if m.gate.heap.Less(i, (i-1)/2) {
			t.Fatalf("the heap is broken at %d", i)
		}
	}
}
