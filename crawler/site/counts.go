package site

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// counts is what is remembered of requests.
type counts struct {
	pages  []atomic.Uint32
	images []atomic.Uint32
	total  atomic.Int64
	bytes  atomic.Int64
	active gauge

	mu    sync.Mutex // guards all below
	stray map[string]int
	log   []logged
}

type logged struct {
	path string
	host int
	at   time.Time
}

// gauge counts what goes on at once, and the most that ever did.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() {
	n := g.now.Add(1)
	for most := g.most.Load(); n > most && !g.most.CompareAndSwap(most, n); most = g.most.Load() {
	}
}

func (g *gauge) leave() { g.now.Add(-1) }

func (g *gauge) reset() { g.most.Store(g.now.Load()) }

// count notes a request and tells how many the resource has had, this one included.
func (s *Site) count(host int, path string, res resource) (attempt int) {
	c := &s.counts
	c.total.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.log) < maxLog {
		c.log = append(c.log, logged{path, host, time.Now()})
	}
	switch {
	case res.odd != nil:
		return int(res.odd.hits.Add(1))
	case res.kind == KindPage:
		return int(c.pages[res.index].Add(1))
	case res.kind == KindImage:
		return int(c.images[res.index].Add(1))
	}
	url := s.hosts[host].base + path
	if c.stray == nil {
		c.stray = map[string]int{}
	}
	if _, known := c.stray[url]; known || len(c.stray) < maxStray {
		c.stray[url]++
	}
	return max(1, c.stray[url])
}

// Requests are the URLs asked for and how often, since Start or ResetCounts. Of URLs that the site does not have, and of
// those in its endless parts, the first ten thousand are told apart.
func (s *Site) Requests() map[string]int {
	out := map[string]int{}
	add := func(url string, n uint32) {
		if n > 0 {
			out[url] = int(n)
		}
	}
	for i := range s.counts.pages {
		if n := s.counts.pages[i].Load(); n > 0 {
			add(s.pageURL(i), n)
		}
	}
	for j := range s.counts.images {
		if n := s.counts.images[j].Load(); n > 0 {
			add(s.imageURL(j), n)
		}
	}
	for h := range s.hosts {
		for path, x := range s.hosts[h].extras {
			add(s.hosts[h].base+path, x.hits.Load())
		}
	}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	for url, n := range s.counts.stray {
		out[url] = n
	}
	return out
}

// Request is a line of the request log.
type Request struct {
	URL string
	At  time.Time // when its header had been read
}

// RequestLog is the requests in the order they came, the first 262,144 since Start or ResetCounts.
func (s *Site) RequestLog() []Request {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	out := make([]Request, len(s.counts.log))
	for i, l := range s.counts.log {
		out[i] = Request{s.hosts[l.host].base + l.path, l.at}
	}
	return out
}

// Stats are figures of all requests since Start or ResetCounts.
type Stats struct {
	Requests         int64 `json:"requests"`
	Bytes            int64 `json:"bytes"`               // of bodies, as sent
	MaxActive        int   `json:"max_active"`          // most requests being answered at the same time; a request ends before its last byte is sent
	MaxActivePerHost []int `json:"max_active_per_host"` // the same of each host
}

// Stats gives the figures so far.
func (s *Site) Stats() Stats {
	st := Stats{
		Requests: s.counts.total.Load(), Bytes: s.counts.bytes.Load(),
		MaxActive: int(s.counts.active.most.Load()),
	}
	for h := range s.hosts {
		st.MaxActivePerHost = append(st.MaxActivePerHost, int(s.hosts[h].active.most.Load()))
	}
	return st
}

// ResetCounts makes the site as if it had just been started: nothing counted, and troubled URLs fail anew.
func (s *Site) ResetCounts() {
	c := &s.counts
	for i := range c.pages {
		c.pages[i].Store(0)
	}
	for j := range c.images {
		c.images[j].Store(0)
	}
	for h := range s.hosts {
		s.hosts[h].active.reset()
		for _, x := range s.hosts[h].extras {
			x.hits.Store(0)
		}
	}
	c.total.Store(0)
	c.bytes.Store(0)
	c.active.reset()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stray, c.log = nil, nil
}

// logRequest writes a line for one finished request.
func (s *Site) logRequest(method, path string, w *meter, took time.Duration) {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	// A log that cannot be written is not the client's matter.
	_, _ = fmt.Fprintf(s.o.Log, "%s %q %d %d bytes %v\n", method, s.hosts[w.host].base+path, w.status, w.bytes, took.Round(time.Microsecond))
}
