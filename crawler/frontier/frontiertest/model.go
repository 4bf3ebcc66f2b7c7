package frontiertest

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"crawl/crawler/frontier"
)

// Model is the frontier as plain data in memory: slow, and as close to the text of the contract as code can be. Engines
// are compared with it, and it passes the suite itself.
type Model struct {
	mu    sync.Mutex
	ttl   time.Duration
	now   func() time.Time
	token uint64
	turn  uint64 // of the last host offered

	urls     map[frontier.Key]*modelURL
	byID     []*modelURL // of ID 1 first
	hosts    []*modelHost
	log      []frontier.Item
	improved map[frontier.ID]frontier.Improved
}

type modelURL struct {
	id      frontier.ID
	item    frontier.Item // as it is known: the best depth and flags
	host    *modelHost
	pending bool
	due     time.Time // of a pending item; zero: ready
	delayed bool
	note    []byte
	lease   *frontier.Lease
}

type modelHost struct {
	state   frontier.HostState
	claimed bool
	turn    uint64 // when it was offered last; 0: never
}

var _ frontier.Frontier = (*Model)(nil)

// NewModel makes an empty frontier. Leases hold for ttl, for ever if it is zero, by the clock now (nil: time.Now).
func NewModel(ttl time.Duration, now func() time.Time) *Model {
	if now == nil {
		now = time.Now
	}
	return &Model{
		ttl: ttl, now: now,
		urls: make(map[frontier.Key]*modelURL), improved: make(map[frontier.ID]frontier.Improved),
	}
}

// Restart forgets what a crash makes an engine forget: leases and claims.
func (m *Model) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, u := range m.byID {
		u.lease = nil
	}
	for _, h := range m.hosts {
		h.claimed, h.turn = false, 0
	}
}

func (u *modelURL) leased(now time.Time) bool {
	return u.lease != nil && (u.lease.Deadline.IsZero() || !now.After(u.lease.Deadline))
}

// available gives the time from which a host has an item to take, and the time when a lease of it ends; ok says that
// there is such an item, ends is zero if no lease ends.
func (m *Model) available(h *modelHost, now time.Time) (at time.Time, ok bool, ends time.Time) {
	for _, u := range m.byID {
		switch {
		case u.host != h || !u.pending:
		case u.leased(now):
			if d := u.lease.Deadline; !d.IsZero() && (ends.IsZero() || d.Before(ends)) {
				ends = d
			}
		case !ok || u.due.Before(at):
			at, ok = u.due, true
		}
	}
	if ok && h.state.NextAt.After(at) {
		at = h.state.NextAt
	}
	return at, ok, ends
}

// Claimable lists the hosts that ClaimHosts may give, and the wake time once it has given them.
func (m *Model) Claimable(now time.Time, horizon time.Duration) (ids []frontier.HostID, wake time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claimable(now, horizon)
}

func (m *Model) claimable(now time.Time, horizon time.Duration) (ids []frontier.HostID, wake time.Time) {
	sooner := func(t time.Time) {
		if wake.IsZero() || t.Before(wake) {
			wake = t
		}
	}
	for _, h := range m.hosts {
		if h.claimed {
			continue
		}
		at, ok, ends := m.available(h, now)
		if ok && !at.After(now.Add(horizon)) {
			ids = append(ids, h.state.ID)
			continue
		}
		if ok {
			sooner(at.Add(-horizon))
		}
		if !ends.IsZero() {
			ends = ends.Add(time.Microsecond)
			if h.state.NextAt.Add(-horizon).After(ends) {
				ends = h.state.NextAt.Add(-horizon)
			}
			sooner(ends)
		}
	}
	return ids, wake
}

// Claim marks a host as claimed.
func (m *Model) Claim(id frontier.HostID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	h := m.hosts[id-1]
	h.claimed, h.turn = true, m.turn
}

// ClaimHosts implements frontier.Frontier.
func (m *Model) ClaimHosts(ctx context.Context, now time.Time, horizon time.Duration, max int) ([]frontier.HostState, time.Time, error) {
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, err
	}
	ids, wake := m.Claimable(now, horizon)
	slices.SortStableFunc(ids, func(a, b frontier.HostID) int {
		return cmp.Compare(m.hosts[a-1].turn, m.hosts[b-1].turn)
	})
	var found []frontier.HostState
	for _, id := range ids {
		if len(found) >= max {
			return found, now, nil
		}
		m.Claim(id)
		found = append(found, m.hosts[id-1].state)
	}
	return found, wake, nil
}

// ReturnHost implements frontier.Frontier.
func (m *Model) ReturnHost(id frontier.HostID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id > 0 && int(id) <= len(m.hosts) {
		m.hosts[id-1].claimed = false
	}
}

// errNotClaimed is Take's answer for a host that was not claimed.
var errNotClaimed = errors.New("frontiertest: host is not claimed")

// Take implements frontier.Frontier.
func (m *Model) Take(ctx context.Context, id frontier.HostID, now time.Time, max int) (
	leases []frontier.Lease, next time.Time, more bool, err error,
) {
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if id == 0 || int(id) > len(m.hosts) || !m.hosts[id-1].claimed {
		return nil, time.Time{}, false, fmt.Errorf("%w: host %d", errNotClaimed, id)
	}
	for _, u := range m.inOrder(m.hosts[id-1]) {
		switch {
		case u.leased(now):
		case u.due.After(now):
			if next.IsZero() || u.due.Before(next) {
				next = u.due
			}
		case len(leases) >= max:
			more = true
		default:
			leases = append(leases, m.lease(u, now))
		}
	}
	return leases, next, more, nil
}

// inOrder lists a host's pending items: the delayed ones by their time, then the rest by age.
func (m *Model) inOrder(h *modelHost) (list []*modelURL) {
	for _, u := range m.byID {
		if u.host == h && u.pending {
			list = append(list, u)
		}
	}
	slices.SortStableFunc(list, func(a, b *modelURL) int {
		if a.delayed != b.delayed {
			if a.delayed {
				return -1
			}
			return 1
		}
		return a.due.Compare(b.due)
	})
	return list
}

func (m *Model) lease(u *modelURL, now time.Time) frontier.Lease {
	m.token++
	l := frontier.Lease{
		ID: u.id, Token: m.token, URL: u.item.URL, Host: u.item.Host,
		Depth: u.item.Depth, From: u.item.From, Flags: u.item.Flags, Note: u.note,
	}
	if m.ttl > 0 {
		l.Deadline = now.Add(m.ttl)
	}
	u.lease = &l
	return l
}

// SetToken makes the model know a lease by another engine's token.
func (m *Model) SetToken(id frontier.ID, token uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byID[id-1].lease.Token = token
}

// Apply implements frontier.Frontier.
func (m *Model) Apply(ctx context.Context, b *frontier.Batch) (res frontier.Result, err error) {
	if err := ctx.Err(); err != nil {
		return res, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for i := range b.Outcomes {
		if !m.outcome(&b.Outcomes[i], now) {
			res.Stale++
		}
	}
	m.logLinks(b.Links)
	for i := range b.Requeue {
		if !m.requeue(&b.Requeue[i]) {
			res.Stale++
		}
	}
	for _, im := range b.Expanded {
		if m.improved[im.ID] == im {
			delete(m.improved, im.ID)
		}
	}
	for _, a := range b.Aside {
		if !m.setAside(a, now) {
			res.Stale++
		}
	}
	for i, it := range b.Admit {
		if u := m.urls[it.Key]; u != nil && b.TellAgain {
			res.Again = append(res.Again, frontier.Again{Item: i, ID: u.id, Listed: u.item.Flags&frontier.Listed != 0})
		}
		m.admit(it, &res)
	}
	n := min(b.AdmitLogged, len(m.log))
	for _, it := range m.log[:max(n, 0)] {
		m.admit(it, &res)
	}
	m.log = m.log[max(n, 0):]
	for _, h := range b.Hosts {
		m.setHost(h)
	}
	return res, nil
}

func (m *Model) outcome(o *frontier.Outcome, now time.Time) bool {
	if o.ID == 0 || int(o.ID) > len(m.byID) {
		return false
	}
	u := m.byID[o.ID-1]
	if !u.leased(now) || u.lease.Token != o.Token {
		return false
	}
	l := u.lease
	u.lease = nil
	switch o.Kind {
	case frontier.Retry:
		u.due, u.delayed, u.note = o.RetryAt, true, o.Note
	case frontier.Done:
		u.pending, u.due, u.delayed, u.note = false, time.Time{}, false, nil
		if l.Depth != u.item.Depth || l.Flags != u.item.Flags {
			m.improve(u)
		}
	}
	m.logLinks(o.Links)
	return true
}

// logLinks logs links, which have no notes.
func (m *Model) logLinks(links []frontier.Item) {
	for _, it := range links {
		it.Note = nil
		m.log = append(m.log, it)
	}
}

func (m *Model) improve(u *modelURL) {
	m.improved[u.id] = frontier.Improved{ID: u.id, Depth: u.item.Depth, From: u.item.From, Flags: u.item.Flags}
}

func (m *Model) requeue(q *frontier.Requeue) bool {
	u := m.urls[q.Item.Key]
	if u == nil || u.id != q.ID || u.pending {
		return false
	}
	u.pending, u.note = true, q.Note
	u.item.URL = q.Item.URL
	if _, ok := m.improved[u.id]; !ok {
		u.item.From = q.Item.From
	}
	delete(m.improved, u.id)
	return true
}

// setAside is known to be found at no depth from then on.
func (m *Model) setAside(a frontier.Aside, now time.Time) bool {
	u := m.urls[a.Key]
	if u == nil || u.id != a.ID || !u.pending || u.leased(now) {
		return false
	}
	u.pending, u.due, u.delayed, u.note, u.lease = false, time.Time{}, false, nil, nil
	if u.item.Depth != a.Depth || u.item.Flags != a.Flags {
		m.improve(u)
	} else {
		u.item.Depth = frontier.NoDepth
	}
	return true
}

func better(a, b frontier.Flags) frontier.Flags {
	if (a|b)&frontier.Listed != 0 {
		return frontier.Listed
	}
	return a & b
}

func (m *Model) admit(it frontier.Item, res *frontier.Result) {
	defer m.name(it)
	u := m.urls[it.Key]
	if u == nil {
		res.Admitted++
		it.Flags = better(it.Flags, it.Flags)
		u = &modelURL{id: frontier.ID(len(m.byID) + 1), item: it, host: m.host(it.Host), pending: true, note: it.Note}
		m.urls[it.Key] = u
		m.byID = append(m.byID, u)
		return
	}
	res.Known++
	depth, flags := min(u.item.Depth, it.Depth), better(u.item.Flags, it.Flags)
	if depth == u.item.Depth && flags == u.item.Flags {
		return
	}
	if (flags&^u.item.Flags)&frontier.Listed != 0 && u.pending && len(u.note) == 0 {
		u.note = it.Note
	}
	u.item.Depth, u.item.Flags, u.item.From = depth, flags, it.From
	if !u.pending {
		m.improve(u)
	}
}

func (m *Model) host(name string) *modelHost {
	for _, h := range m.hosts {
		if h.state.Host == name {
			return h
		}
	}
	h := &modelHost{state: frontier.HostState{ID: frontier.HostID(len(m.hosts) + 1), Host: name}}
	m.hosts = append(m.hosts, h)
	return h
}

// name notes with its host that a listed item names it.
func (m *Model) name(it frontier.Item) {
	if it.Flags&frontier.Listed == 0 {
		return
	}
	for _, h := range m.hosts {
		if h.state.Host != it.Host {
			continue
		}
		if strings.HasPrefix(it.URL, "https:") {
			h.state.Named |= frontier.HTTPS
		} else {
			h.state.Named |= frontier.HTTP
		}
	}
}

func (m *Model) setHost(s frontier.HostState) {
	for _, h := range m.hosts {
		if h.state.ID == s.ID || s.ID == 0 && h.state.Host == s.Host {
			h.state.NextAt, h.state.State = s.NextAt, s.State
		}
	}
}

// Waiting implements frontier.Frontier. The order is that of the IDs.
func (m *Model) Waiting(ctx context.Context, after []byte, max int) (items []frontier.Waiting, next []byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := 0
	if after != nil {
		from = int(binary.BigEndian.Uint64(after))
	}
	for _, u := range m.byID[min(from, len(m.byID)):] {
		if len(items) == max {
			break
		}
		if u.pending {
			it := u.item
			it.Key, it.Note = frontier.Key{}, u.note
			items = append(items, frontier.Waiting{ID: u.id, Item: it})
			next = binary.BigEndian.AppendUint64(nil, uint64(u.id))
		}
	}
	return items, next, nil
}

// Improved implements frontier.Frontier.
func (m *Model) Improved(ctx context.Context, max int) ([]frontier.Improved, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []frontier.Improved
	for _, u := range m.byID {
		if im, ok := m.improved[u.id]; ok && len(list) < max {
			list = append(list, im)
		}
	}
	return list, nil
}

// Lookup implements frontier.Frontier.
func (m *Model) Lookup(ctx context.Context, key frontier.Key) (frontier.Known, bool, error) {
	if err := ctx.Err(); err != nil {
		return frontier.Known{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.urls[key]
	if u == nil {
		return frontier.Known{}, false, nil
	}
	k := frontier.Known{ID: u.id, Depth: u.item.Depth, Flags: u.item.Flags}
	if u.pending {
		k.Pending, k.URL, k.From, k.DueAt, k.Note = true, u.item.URL, u.item.From, u.due, u.note
		k.HostID = u.host.state.ID
	}
	return k, true, nil
}

// HostByName implements frontier.Frontier.
func (m *Model) HostByName(ctx context.Context, name string) (frontier.HostState, bool, error) {
	if err := ctx.Err(); err != nil {
		return frontier.HostState{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.hosts {
		if h.state.Host == name {
			return h.state, true, nil
		}
	}
	return frontier.HostState{}, false, nil
}

// Stats implements frontier.Frontier.
func (m *Model) Stats(ctx context.Context) (s frontier.Stats, err error) {
	if err := ctx.Err(); err != nil {
		return s, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	s.Known, s.Hosts = uint64(len(m.byID)), uint64(len(m.hosts))
	s.Logged, s.Improved = uint64(len(m.log)), uint64(len(m.improved))
	for _, u := range m.byID {
		if u.item.Flags&frontier.Listed != 0 {
			s.Listed++
		}
		if u.pending {
			s.Pending++
			if u.delayed {
				s.Delayed++
			}
			if u.leased(now) {
				s.Leased++
			}
		}
	}
	return s, nil
}

// Check implements frontier.Frontier. A model has nothing that could differ.
func (m *Model) Check(ctx context.Context) error { return ctx.Err() }
