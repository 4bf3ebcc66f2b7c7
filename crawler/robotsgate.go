package crawler

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"crawl/crawler/internal/polite"
	"crawl/crawler/internal/robots"
	"crawl/crawler/urlnorm"
	"crawl/fetch"
)

// robotsRules is what an origin's robots.txt says to this crawler.
type robotsRules struct {
	entry *robotsEntry
	group robots.Group
	size  int  // bytes of group
	aside bool // group has only its delay: memory is full of rules, and they are read again from the store
}

func newRobotsRules(e *robotsEntry, agent string) *robotsRules {
	kept := *e
	kept.Body = nil // what it says is in group
	g := robots.Parse(e.Body).Agent(agent)
	return &robotsRules{entry: &kept, group: g, size: g.Size()}
}

// refuses tells why a URL may not be asked for; nil when it may.
func (r *robotsRules) refuses(url string) *unasked {
	e := r.entry
	switch {
	case e.unreachable() && e.Class != ClassHTTP5xx && e.Class != ClassHTTP429:
		return &unasked{e.Class, "robots.txt: " + e.Error, "robots.txt, which could not be read"}
	case e.unreachable():
		rule := fmt.Sprintf("robots.txt answered %d: nothing may be fetched (RFC 9309, 2.3.1.4)", e.Status)
		return &unasked{ClassRobots, rule, rule}
	}
	d := r.group.Decide(urlnorm.PathAndQuery(url))
	if d.Allowed {
		return nil
	}
	rule := fmt.Sprintf("robots.txt line %d: %s", d.Line, d.Rule)
	return &unasked{ClassRobots, rule, rule}
}

// robotsOf gives the rules for the task's URL. When they must be asked for first it turns the task into that request and
// gives none.
func (s *schedule) robotsOf(t *task, now time.Time) (*robotsRules, error) {
	origin := urlnorm.Origin(t.lease.URL)
	h := t.host
	r := h.robots[origin]
	if r == nil || r.aside {
		e, ok, err := s.c.store.robots(origin)
		if err != nil {
			return nil, err
		}
		r = &robotsRules{entry: &robotsEntry{}}
		if ok {
			r = newRobotsRules(e, s.c.o.RobotsAgent)
		}
		s.keepRules(h, origin, r)
	}
	allowed := r.entry.Class == ClassRefused && t.named && !r.entry.Named // by the list, since it was asked for
	if now.Before(r.entry.expires()) && !allowed {
		return r, nil
	}
	t.origin = origin
	return nil, nil
}

// keepRules gives a host the rules of one of its origins.
func (s *schedule) keepRules(h *host, origin string, r *robotsRules) {
	if old := h.robots[origin]; old != nil {
		s.rules -= old.size
	}
	h.robots[origin] = r
	s.rules += r.size
	s.obeyDelay(h)
	s.boundRules(h)
}

// boundRules puts rules aside when those of all hosts are too large together. h, which may be nil, keeps its own.
func (s *schedule) boundRules(h *host) {
	if s.rules <= s.c.maxRules {
		return
	}
	for _, other := range s.hosts {
		if other != h && other.writes == 0 && !other.asking { // what is being written could not be read again
			s.putAside(other)
		}
		if s.rules <= s.c.maxRules/2 {
			return
		}
	}
}

// putAside frees the memory of a host's rules.
func (s *schedule) putAside(h *host) {
	for _, r := range h.robots {
		s.rules -= r.size
		r.aside = r.aside || r.size > 0
		r.group, r.size = r.group.DelayOnly(), 0
	}
}

// obeyDelay sets the longest Crawl-delay of the host's origins.
func (s *schedule) obeyDelay(h *host) {
	var longest time.Duration
	for _, r := range h.robots {
		if d, ok := r.group.CrawlDelay(); ok {
			longest = max(longest, min(d, robotsMaxDelay))
		}
	}
	h.SetCrawlDelay(longest)
}

// settleRobots takes in a robots.txt, or its failure: it is asked for as often as a URL would be, if that can help, and
// then nothing of the origin may be fetched until it is asked for again.
func (s *schedule) settleRobots(t *task, r *result, now time.Time) {
	h := t.host
	old := h.robots[t.origin]
	x := &settled{delta: delta{requests: r.asked, robots: r.asked, bytes: r.bytes}}
	if r.robots.unreachable() {
		again := retryable(r.class, r.attempt.Status) && h.gone == nil
		if tries := old.entry.Tries + 1; again && tries < s.c.o.Tries {
			old.entry, old.aside = &robotsEntry{Tries: tries}, false // expired: it is asked for again, also by whoever claims the host then
			h.Block(now.Add(s.backoff(tries, r.after)))
			x.origin, x.robots, x.host = t.origin, old.entry, s.stateOf(h, now)
			s.send(x)
			return
		}
		s.c.o.Observer.Notice(fmt.Sprintf("%s/robots.txt cannot be read (%s): nothing of it is fetched", t.origin, r.robots.Error))
	}
	r.robots.Named = t.named
	rules := newRobotsRules(r.robots, s.c.o.RobotsAgent)
	s.keepRules(h, t.origin, rules)
	x.origin, x.robots, x.host = t.origin, r.robots, s.stateOf(h, now)
	if x.host == nil && rules.size > smallRules {
		x.host = s.state(h, now) // tells when the rules are on disk, from where they may be read again
	}
	s.send(x)
}

// fetchRobots asks for a robots.txt and follows its redirects (RFC 9309, 2.3.1.2), also to other hosts.
func (c *Crawl) fetchRobots(ctx context.Context, t *task) *result {
	r := &result{}
	url := t.url()
	req := c.request(t, url)
	req.MaxBytes, req.Identity, req.Truncate = robotsMaxBytes, true, true
	for range robotsHops + 1 {
		c.o.Observer.Fetching(req.URL)
		resp, err := c.client.Do(ctx, req)
		if err != nil {
			r.foreign = hostString(req.URL) != hostString(url)
			c.robotsFailed(ctx, r, err)
			return r
		}
		r.asked += int64(resp.Sends)
		r.bytes += resp.WireBytes
		r.attempt.Status, r.attempt.Timing = resp.Status, timing(&resp.Timing)
		c.o.Observer.Received(req.URL, resp.Status, int64(len(resp.Body)))
		next := ""
		if resp.Status >= 300 && resp.Status < 400 {
			next, _ = resolve(req.URL, resp.Header.Get("Location"))
		}
		if next == "" || next == req.URL {
			r.foreign = hostString(req.URL) != hostString(url)
			r.after = polite.RetryAfter(resp.Header, c.stamp(c.now()))
			r.robots = c.robotsAnswer(r, resp)
			resp.Release()
			return r
		}
		resp.Release()
		same := hostString(next) == hostString(url)
		req = &fetch.Request{URL: next, MaxBytes: robotsMaxBytes, Identity: true, Truncate: true, MayBePrivate: t.named && same}
	}
	// Too many redirects are "unavailable": everything is allowed (RFC 9309, 2.3.1.2).
	r.robots = &robotsEntry{At: c.now().UTC(), Status: r.attempt.Status, Class: ClassHTTP4xx}
	return r
}

// robotsAnswer makes an entry of an answer: 2xx is a robots.txt, 429 and 5xx mean that nothing may be fetched, all
// else means that there is none.
func (c *Crawl) robotsAnswer(r *result, resp *fetch.Response) *robotsEntry {
	e := &robotsEntry{At: c.now().UTC(), Status: resp.Status, Class: statusClass(resp.Status)}
	switch {
	case e.Class == "" && resp.Status < 300:
		e.Body = bytes.Clone(resp.Body)
	case e.Class == "":
		e.Class = ClassHTTP4xx
	case e.unreachable():
		e.Error = fmt.Sprintf("HTTP status %d", resp.Status)
		r.class = e.Class
	}
	return e
}

// robotsFailed makes an entry of a request that was not answered.
func (c *Crawl) robotsFailed(ctx context.Context, r *result, err error) {
	if c.failedFetch(ctx, r, err); r.stopped {
		return
	}
	r.robots = &robotsEntry{At: c.now().UTC(), Class: r.class, Error: r.attempt.Message}
}
