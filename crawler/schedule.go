package crawler

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/internal/polite"
	"crawl/sink"
)

// schedule decides which URL is next. It belongs to the loop: nothing else touches it. It waits for nothing and arms no
// timer; next tells how long there is nothing to do.
//
// A claimed host is in one of three places: in the gate, when it may have something to send; among the dry, when it has
// not, until a commit brings something or it is let go; or in neither, while its robots.txt is asked for.
type schedule struct {
	c      *Crawl
	gate   polite.Gate
	hosts  map[frontier.HostID]*host
	dry    map[*host]struct{}
	known  *known
	totals *Totals // as of what was settled, a little ahead of the store

	news      uint64    // counts the commits that brought URLs; a host that took before the last one may have more
	claimable bool      // something changed since claiming found too few hosts
	claimAt   time.Time // the earliest time at which that changes by itself; zero: never
	tidyAt    time.Time // when a dry host may be let go that was still to be remembered; zero: there is none
	inflight  int       // requests
	open      int       // tasks that are not settled: in flight, or being parsed
	fed       int       // batches of the list that are on disk
	retries   int       // of this run
	unstored  int       // settled, on their way to the store
	rules     int       // bytes of the robots rules that are held
}

// host is a claimed host: its politeness, the leases read ahead, its robots rules.
type host struct {
	*polite.Host
	id      frontier.HostID
	named   frontier.Schemes // as of namedAt
	namedAt int              // schedule.fed
	saved   polite.State     // as last sent to the store
	leases  []frontier.Lease // taken, not yet sent; in order
	takenAt time.Time
	more    bool      // the frontier had more items to take
	news    uint64    // schedule.news when items were last taken
	dueAt   time.Time // when an item that waits for its retry may be taken; zero: none
	robots  map[string]*robotsRules
	gone    *gone // it is given up: its URLs fail
	open    int   // tasks that are not settled
	asking  bool  // its robots.txt is being asked for: its URLs wait
	writes  int   // states on their way to the store
	leaving bool  // its claim ends when writes is 0

	pauseTold time.Time // the end of the last pause that the user was told of
}

// gone is why a host is given up.
type gone struct {
	class   Class
	message string
}

// task is one request to be made: a URL, or a host's robots.txt.
type task struct {
	host   *host
	lease  frontier.Lease
	origin string        // of the robots.txt; "" for a URL
	ready  time.Time     // when it could have been sent, had a slot been free
	polite time.Duration // it waited until then, since it was taken
	named  bool          // the list names its host: it may be private
	note   *note         // of the lease, once it was decoded
}

// decodedNote gives what is kept with the URL. It is decoded once: the fetch and the settling both need it, one after the
// other.
func (t *task) decodedNote() (*note, error) {
	if t.note == nil {
		n, err := decodeNote(t.lease.Note)
		if err != nil {
			return nil, err
		}
		t.note = &n
	}
	return t.note, nil
}

func (t *task) url() string {
	if t.origin != "" {
		return t.origin + "/robots.txt"
	}
	return t.lease.URL
}

// next gives the next request to make, or how long (0: until something changes) there is none. URLs that are decided
// without a request are settled on the way.
func (s *schedule) next(ctx context.Context, now time.Time) (*task, time.Duration, error) {
	for range settleAtOnce {
		if s.c.probe != nil {
			s.c.probe(s)
		}
		if s.budgetSpent() {
			return nil, 0, nil
		}
		s.tidy(now)
		if err := s.claim(ctx, now); err != nil {
			return nil, 0, err
		}
		h, wait := s.gate.Next(now)
		if h == nil {
			return nil, s.wake(now, wait), nil
		}
		t, err := s.take(ctx, h.Owner.(*host), now)
		if t != nil || err != nil {
			return t, 0, err
		}
	}
	return nil, time.Nanosecond, nil // look at the events, then come back at once
}

// wake is the time until next is worth calling: until a host may be asked, or until one may be claimed or let go.
func (s *schedule) wake(now time.Time, wait time.Duration) time.Duration {
	if s.gate.Len() == 0 {
		wait = 0
	}
	sooner := func(at time.Time) {
		if d := max(at.Sub(now), time.Millisecond); !at.IsZero() && (wait == 0 || d < wait) {
			wait = d
		}
	}
	sooner(s.tidyAt)
	if len(s.hosts) < s.c.maxHosts {
		sooner(s.claimAt)
	}
	return wait
}

// politeWait reports whether a host has something to fetch and its politeness alone says not yet.
func (s *schedule) politeWait() bool {
	h := s.gate.Waiting()
	return h != nil && h.Due.IsZero()
}

// claim takes more hosts in, if there may be any.
func (s *schedule) claim(ctx context.Context, now time.Time) error {
	due := s.claimable || !s.claimAt.IsZero() && !now.Before(s.claimAt)
	if !due || len(s.hosts) >= s.c.maxHosts {
		return nil
	}
	want := min(claimAtOnce, s.c.maxHosts-len(s.hosts))
	states, wake, err := s.c.store.Frontier.ClaimHosts(ctx, now, claimHorizon, want)
	if err != nil {
		return err
	}
	s.claimable, s.claimAt = len(states) == want, wake
	for i := range states {
		if err := s.activate(&states[i], now); err != nil {
			return err
		}
	}
	return nil
}

func (s *schedule) activate(st *frontier.HostState, now time.Time) error {
	h := &host{id: st.ID, named: st.Named, namedAt: s.fed, more: true, news: s.news, robots: map[string]*robotsRules{}}
	if len(st.State) > 0 {
		if err := json.Unmarshal(st.State, &h.saved); err != nil {
			return fmt.Errorf("%w: the state of host %s does not decode: %w", sink.ErrDamaged, st.Host, err)
		}
	}
	h.Host = polite.NewHost(st.Host, polite.Limits{Rate: max(s.c.o.Rate, 0), PerHost: s.c.o.PerHost}, h.saved)
	h.Owner = h
	if st.NextAt.After(now) {
		h.Block(st.NextAt)
	}
	s.hosts[st.ID] = h
	s.place(h, now)
	return nil
}

// place puts the host where it belongs: in the gate, or among the dry.
func (s *schedule) place(h *host, now time.Time) {
	h.Due = time.Time{}
	ready := len(h.leases) > 0 || h.more || h.news != s.news
	if !ready && !h.dueAt.IsZero() && h.dueAt.Sub(now) <= claimHorizon {
		h.Due, ready = h.dueAt, true
	}
	s.gate.SetReady(h.Host, ready && !h.asking && !h.leaving, now)
	if (ready || h.asking) && !h.leaving {
		delete(s.dry, h)
		return
	}
	s.dry[h] = struct{}{}
}

// take makes a task of the host's next URL, or settles that URL, or finds that there is none.
func (s *schedule) take(ctx context.Context, h *host, now time.Time) (_ *task, err error) {
	if len(h.leases) == 0 {
		leases, next, more, err := s.c.store.Frontier.Take(ctx, h.id, now, max(takeAhead, 2*s.c.o.PerHost))
		if err != nil {
			return nil, err
		}
		h.leases, h.dueAt, h.more, h.takenAt, h.news = leases, next, more, now, s.news
		if len(leases) == 0 {
			s.place(h, now)
			if _, dry := s.dry[h]; dry {
				s.letGo(h, now) // no commit may come that would
			}
			return nil, nil
		}
	}
	l := &h.leases[0]
	t := &task{host: h, lease: *l}
	if t.named, err = s.isNamed(ctx, h, l); err != nil {
		return nil, err
	}
	unasked, err := s.decide(t, now)
	if err != nil {
		return nil, err
	}
	if unasked == nil && !s.gate.May(h.Host, now) { // decide has learnt of a Crawl-delay
		s.place(h, now)
		return nil, nil
	}
	if t.origin == "" { // the lease is used up
		h.leases[0] = frontier.Lease{}
		h.leases = h.leases[1:]
	}
	if unasked != nil {
		s.place(h, now)
		return nil, s.settleUnasked(t, unasked, now)
	}
	h.asking = t.origin != ""
	t.ready = h.takenAt
	if at := h.Permitted(); at.After(t.ready) {
		t.ready, t.polite = at, at.Sub(h.takenAt)
	}
	s.inflight++
	s.open++
	h.open++
	s.gate.Sent(h.Host, now)
	s.place(h, now)
	return t, nil
}

// isNamed reports whether the list names the host and port of a URL, with either scheme. What was listed since the host was
// claimed is looked up.
func (s *schedule) isNamed(ctx context.Context, h *host, l *frontier.Lease) (bool, error) {
	if l.Flags&frontier.Listed != 0 || h.named != 0 {
		return true, nil
	}
	if h.namedAt == s.fed {
		return false, nil
	}
	st, ok, err := s.c.store.Frontier.HostByName(ctx, h.Name)
	if err != nil || !ok {
		return false, err
	}
	h.named, h.namedAt = st.Named, s.fed
	return h.named != 0, nil
}

// unasked is why a URL is settled without a request.
type unasked struct {
	class   Class
	message string
	rule    string
}

// decide answers for a URL that will not be asked for, or turns the task into one for the host's robots.txt when that is
// needed first. The order is the one `crawl why` tells.
func (s *schedule) decide(t *task, now time.Time) (*unasked, error) {
	if t.lease.Flags&frontier.Listed == 0 && !s.c.isFile(&t.lease) {
		if rule := trap(t.lease.URL); rule != "" {
			return &unasked{ClassTrap, rule, "trap rule: " + rule}, nil
		}
	}
	if g := t.host.gone; g != nil {
		return &unasked{g.class, g.message, "host given up"}, nil
	}
	if s.c.o.IgnoreRobots {
		return nil, nil
	}
	rules, err := s.robotsOf(t, now)
	if err != nil || rules == nil {
		return nil, err
	}
	return rules.refuses(t.lease.URL), nil
}

// busyHosts reports whether a claimed host has something to fetch, now or when it has a slot again.
func (s *schedule) busyHosts() bool { return len(s.hosts) > len(s.dry) }

// budgetSpent reports whether --max-pages is reached, counting what is not settled yet.
func (s *schedule) budgetSpent() bool {
	return s.c.o.MaxPages > 0 && s.totals.fetched()+int64(s.open) >= s.c.o.MaxPages
}

// closeTask ends a task: nothing of it is left but what is on its way to the store.
func (s *schedule) closeTask(t *task, now time.Time) {
	s.open--
	t.host.open--
	if t.origin != "" {
		t.host.asking = false
	}
	s.place(t.host, now)
	s.evict(t.host, now)
}

// stored takes in what the committer has made durable.
func (s *schedule) stored(a *ack, now time.Time) {
	s.unstored -= a.settled
	s.fed += a.fed
	for _, id := range a.hosts {
		if h := s.hosts[id]; h != nil {
			h.writes--
		}
	}
	s.boundRules(nil)
	if a.news {
		s.news++
		s.claimable = true
	}
	for h := range s.dry {
		s.place(h, now)
		if _, still := s.dry[h]; still {
			s.letGo(h, now)
		}
	}
}

// letGo ends the claim of a host that has nothing to send, as soon as its politeness allows: what must not be forgotten is
// written first, and while the host's next time is close, it is remembered by keeping it.
func (s *schedule) letGo(h *host, now time.Time) {
	if h.open > 0 || h.writes > 0 {
		return
	}
	if !h.leaving {
		if st := s.stateOf(h, now); st != nil {
			h.leaving = true
			s.send(&settled{host: st})
			return
		}
		if at := h.NextAt(now); at.After(now) {
			s.tidyLater(at, now)
			return
		}
	}
	s.c.store.Frontier.ReturnHost(h.id)
	s.claimable = true
	s.putAside(h)
	delete(s.hosts, h.id)
	delete(s.dry, h)
}

// tidyLater sees to it that the dry hosts are looked at again, no more often than tidyEvery.
func (s *schedule) tidyLater(at, now time.Time) {
	if soonest := now.Add(tidyEvery); at.Before(soonest) {
		at = soonest
	}
	if s.tidyAt.IsZero() || at.Before(s.tidyAt) {
		s.tidyAt = at
	}
}

// tidy lets dry hosts go whose time has come since the last commit: what they wait for may be a retry that is far away, or
// others may wait for their place.
func (s *schedule) tidy(now time.Time) {
	if s.tidyAt.IsZero() || now.Before(s.tidyAt) {
		return
	}
	s.tidyAt = time.Time{}
	for h := range s.dry {
		s.letGo(h, now)
	}
}

// evict makes room for hosts that wait on disk, when memory is full of hosts, by giving up the claim of one that may not
// be asked for long.
func (s *schedule) evict(h *host, now time.Time) {
	if len(s.hosts) < s.c.maxHosts/2 || h.leaving || h.open > 0 ||
		h.NextAt(now).Sub(now) <= claimHorizon {
		return
	}
	for i := range h.leases {
		s.send(&settled{outcome: &frontier.Outcome{ID: h.leases[i].ID, Token: h.leases[i].Token, Kind: frontier.Release}})
	}
	h.leases, h.leaving = nil, true
	s.place(h, now)
	s.send(&settled{host: s.state(h, now)})
}

// stateOf gives the state of a host if it must be remembered and is not as last saved; nil if not.
func (s *schedule) stateOf(h *host, now time.Time) *frontier.HostState {
	if h.State == h.saved && h.NextAt(now).Sub(now) < stateWorth {
		return nil
	}
	return s.state(h, now)
}

func (s *schedule) state(h *host, now time.Time) *frontier.HostState {
	h.saved = h.State
	data, err := json.Marshal(h.State)
	if err != nil {
		panic(err) // a struct of numbers and times
	}
	return &frontier.HostState{ID: h.id, Host: h.Name, NextAt: h.NextAt(now), State: data}
}

// send hands something to the committer.
func (s *schedule) send(x *settled) {
	s.unstored++
	if x.host != nil {
		s.hosts[x.host.ID].writes++
	}
	s.totals.add(&x.delta)
	s.c.commit.send(x)
}

func scheme(url string) frontier.Schemes {
	if len(url) > 5 && url[4] == 's' {
		return frontier.HTTPS
	}
	return frontier.HTTP
}
