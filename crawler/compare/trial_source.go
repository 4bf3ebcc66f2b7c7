package compare

import (
	"context"
	"sync"
	"time"

	"crawl/crawler/internal/polite"
)

// source gives the parts of the list out, each once. It may be used from many goroutines.
type source interface {
	// next blocks until a part may begin; ok is false when there are no more, or ctx is done.
	next(ctx context.Context) (part int, ok bool)
	// done notes that a part has ended.
	done(part int)
}

// queue gives all parts out in their order, without waiting.
type queue struct {
	mu   sync.Mutex
	left int
	at   int
}

func newQueue(parts int) *queue { return &queue{left: parts} }

func (q *queue) next(ctx context.Context) (int, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.left == 0 || ctx.Err() != nil {
		return 0, false
	}
	q.left--
	q.at++
	return q.at - 1, true
}

func (q *queue) done(int) {}

// gateOrder says how polite a trial is.
type gateOrder struct {
	Rate    float64                  // requests per second to one host; 0: no limit
	PerHost int                      // requests to one host at one time; 0: no limit
	Delays  map[string]time.Duration // Crawl-delay by host
}

// gate gives parts out as politeness to their hosts permits. A redirect's target goes with the part that leads there.
type gate struct {
	mu    sync.Mutex
	gate  polite.Gate
	hosts []*gateHost // of each part
	left  int
	freed chan struct{} // has a value when a part has ended since somebody looked
}

type gateHost struct {
	*polite.Host
	parts []int
}

func newGate(o *gateOrder, parts [][]string, began time.Time) *gate {
	g := &gate{left: len(parts), freed: make(chan struct{}, 1)}
	byName := map[string]*gateHost{}
	perHost := o.PerHost
	if perHost == 0 {
		perHost = maxConcurrency
	}
	for i, urls := range parts {
		name := authority(urls[0])
		h := byName[name]
		if h == nil {
			h = &gateHost{Host: polite.NewHost(name, polite.Limits{Rate: o.Rate, PerHost: perHost}, polite.State{})}
			h.Owner = h
			h.SetCrawlDelay(o.Delays[name])
			byName[name] = h
		}
		h.parts = append(h.parts, i)
		g.hosts = append(g.hosts, h)
	}
	for i, h := range g.hosts {
		if h.parts[0] == i { // hosts take turns in the order of the list
			g.gate.SetReady(h.Host, true, began)
		}
	}
	return g
}

func (g *gate) next(ctx context.Context) (int, bool) {
	for ctx.Err() == nil {
		part, wait := g.try(time.Now())
		switch {
		case part >= 0:
			return part, true
		case wait == 0:
			return 0, false
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-g.freed:
		case <-t.C:
		}
		t.Stop()
	}
	return 0, false
}

// try takes the part whose time has come, or says for how long there is none; 0 is for ever.
func (g *gate) try(now time.Time) (part int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left == 0 {
		g.wake() // each who waits tells the next
		return -1, 0
	}
	ph, wait := g.gate.Next(now)
	if ph == nil {
		if g.gate.Len() == 0 {
			wait = time.Hour // until a host has a free slot
		}
		return -1, wait
	}
	h, _ := ph.Owner.(*gateHost)
	part, h.parts = h.parts[0], h.parts[1:]
	g.left--
	if len(h.parts) == 0 {
		g.gate.SetReady(ph, false, now)
	}
	g.gate.Sent(ph, now)
	if g.left == 0 || g.gate.Len() > 0 {
		g.wake() // another may wait for what is possible now
	}
	return part, 0
}

func (g *gate) done(part int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gate.Finished(g.hosts[part].Host, time.Now())
	g.wake()
}

func (g *gate) wake() {
	select {
	case g.freed <- struct{}{}:
	default:
	}
}
