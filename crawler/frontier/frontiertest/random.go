package frontiertest

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"crawl/crawler/frontier"
)

// RunModel compares an engine with the model under random operations: batches of every kind, rolled back or applied,
// claims, stale outcomes, a moving clock, and crashes. open gives the engine with an empty store, and what closes it.
func RunModel(t *testing.T, open func(o Options) (h *Harness, done func())) {
	rapid.Check(t, func(r *rapid.T) {
		ttl := rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(r, "ttl")
		h, done := open(Options{LeaseTTL: ttl, Clock: NewClock()})
		defer done()
		m := newMachine(r, h, ttl)
		r.Repeat(map[string]func(*rapid.T){
			"":         m.compare,
			"apply":    m.applyRandom,
			"rollback": m.rollback,
			"claim":    m.claimSome,
			"take":     m.takeSome,
			"return":   m.returnHost,
			"advance":  m.advance,
			"reopen":   m.crash,
		})
		m.verify()
	})
}

// machine drives an engine and the model side by side.
type machine struct {
	*fixture
	model   *Model
	horizon time.Duration
	claims  []frontier.HostID
	leases  []frontier.Lease // all that were ever given; most are stale
	waited  map[frontier.HostID]map[frontier.HostID]int
}

func newMachine(r *rapid.T, h *Harness, ttl time.Duration) *machine {
	return &machine{
		fixture: &fixture{T: r, Harness: h, ctx: context.Background()},
		model:   NewModel(ttl, h.Clock.Now),
		horizon: time.Duration(rapid.IntRange(0, 3).Draw(r, "horizon")) * time.Second,
		waited:  make(map[frontier.HostID]map[frontier.HostID]int),
	}
}

const (
	randomURLs  = 30
	randomHosts = 5
)

func randomURL(n int) string { return "http://h" + digits(n%randomHosts) + "/" + digits(n) }

var randomItem = rapid.Custom(func(r *rapid.T) frontier.Item {
	it := Item(randomURL(rapid.IntRange(0, randomURLs-1).Draw(r, "url")))
	it.Depth = uint16(rapid.IntRange(0, 4).Draw(r, "depth"))
	it.From = frontier.ID(rapid.IntRange(0, 9).Draw(r, "from"))
	it.Flags = rapid.SampledFrom([]frontier.Flags{0, frontier.Listed, frontier.Hop, frontier.Hop | frontier.Listed}).Draw(r, "flags")
	it.Note = randomNote(r)
	return it
})

var randomItems = rapid.SliceOfN(randomItem, 0, 8)

func randomNote(r *rapid.T) []byte {
	return rapid.SampledFrom([][]byte{nil, []byte("x"), []byte("a longer note")}).Draw(r, "note")
}

func (m *machine) time(r *rapid.T) time.Time {
	d := rapid.IntRange(-1, 6).Draw(r, "seconds")
	if d < 0 {
		return time.Time{}
	}
	return m.Clock.Now().Add(time.Duration(d) * time.Second)
}

// batch draws one batch of everything.
func (m *machine) batch(r *rapid.T) *frontier.Batch {
	b := &frontier.Batch{AdmitLogged: rapid.SampledFrom([]int{0, 0, 1, 5, 1000}).Draw(r, "logged")}
	if rapid.Bool().Draw(r, "admit") {
		b.Admit, b.TellAgain = randomItems.Draw(r, "items"), rapid.Bool().Draw(r, "tell")
	}
	if rapid.Bool().Draw(r, "links") {
		b.Links = randomItems.Draw(r, "items")
	}
	for range rapid.IntRange(0, min(3, len(m.leases))).Draw(r, "outcomes") {
		b.Outcomes = append(b.Outcomes, m.outcome(r))
	}
	if rapid.Bool().Draw(r, "hosts") {
		b.Hosts = append(b.Hosts, frontier.HostState{
			ID:     frontier.HostID(rapid.IntRange(1, randomHosts+1).Draw(r, "host")),
			NextAt: m.time(r), State: randomNote(r),
		})
	}
	if rapid.Bool().Draw(r, "requeue") {
		it := randomItem.Draw(r, "item")
		id := frontier.ID(rapid.IntRange(1, randomURLs).Draw(r, "id"))
		if k, ok, err := m.model.Lookup(m.ctx, it.Key); err == nil && ok && rapid.Bool().Draw(r, "right") {
			id = k.ID
		}
		b.Requeue = append(b.Requeue, frontier.Requeue{ID: id, Item: it, Note: randomNote(r)})
	}
	if rapid.Bool().Draw(r, "aside") {
		b.Aside = m.asides(r)
	}
	if rapid.Bool().Draw(r, "expanded") {
		im := frontier.Improved{ID: frontier.ID(rapid.IntRange(1, randomURLs).Draw(r, "id"))}
		if list, err := m.model.Improved(m.ctx, randomURLs); err == nil && len(list) > 0 && rapid.Bool().Draw(r, "listed") {
			im = rapid.SampledFrom(list).Draw(r, "improved")
		}
		b.Expanded = append(b.Expanded, im)
	}
	return b
}

// asides draws items to set aside, most of them as they are known.
func (m *machine) asides(r *rapid.T) (list []frontier.Aside) {
	for range rapid.IntRange(1, 4).Draw(r, "asides") {
		it := randomItem.Draw(r, "item")
		a := frontier.Aside{ID: frontier.ID(rapid.IntRange(1, randomURLs).Draw(r, "id")), Key: it.Key, Depth: it.Depth, Flags: it.Flags}
		if k, ok, err := m.model.Lookup(m.ctx, it.Key); err == nil && ok && rapid.IntRange(0, 3).Draw(r, "right") > 0 {
			a.ID = k.ID
			if rapid.IntRange(0, 3).Draw(r, "same") > 0 {
				a.Depth, a.Flags = k.Depth, k.Flags
			}
		}
		list = append(list, a)
	}
	return list
}

func (m *machine) outcome(r *rapid.T) frontier.Outcome {
	recent := max(0, len(m.leases)-12)
	l := m.leases[rapid.IntRange(recent, len(m.leases)-1).Draw(r, "lease")]
	o := end(rapid.SampledFrom([]frontier.Kind{frontier.Done, frontier.Done, frontier.Retry, frontier.Release}).Draw(r, "kind"), l)
	o.Links = randomItems.Draw(r, "links")
	if o.Kind == frontier.Retry {
		o.RetryAt, o.Note = m.time(r), randomNote(r)
	}
	return o
}

func (m *machine) applyRandom(r *rapid.T) {
	m.applyBoth(m.batch(r))
}

// applyBoth lets the engine say how many logged links it admitted: the contract leaves it some room.
func (m *machine) applyBoth(b *frontier.Batch) {
	res := m.apply(*b)
	want := *b
	want.AdmitLogged = res.Admitted + res.Known - len(b.Admit)
	logged := int(m.stats().Logged)
	if want.AdmitLogged < b.AdmitLogged && logged > 0 {
		m.Fatalf("asked to admit %d logged links, admitted %d and left %d", b.AdmitLogged, want.AdmitLogged, logged)
	}
	expected, err := m.model.Apply(m.ctx, &want)
	m.must(err)
	m.same("result", res, expected)
}

func (m *machine) rollback(r *rapid.T) {
	if m.Rollback != nil {
		m.must(m.Rollback(m.batch(r)))
	}
}

func (m *machine) claimSome(r *rapid.T) {
	limit := rapid.SampledFrom([]int{1, 2, 100}).Draw(r, "max")
	found, wake, err := m.Frontier.ClaimHosts(m.ctx, m.Clock.Now(), m.horizon, limit)
	m.must(err)
	could, _ := m.model.Claimable(m.Clock.Now(), m.horizon)
	if len(found) != min(limit, len(could)) {
		m.Fatalf("claimed %v of %v, at most %d", found, could, limit)
	}
	for _, h := range found {
		if !slices.Contains(could, h.ID) {
			m.Fatalf("claimed host %d, which has nothing to take", h.ID)
		}
		state, _, err := m.model.HostByName(m.ctx, h.Host)
		m.must(err)
		m.same("host", h, state)
		m.model.Claim(h.ID)
		m.claims = append(m.claims, h.ID)
		delete(m.waited, h.ID)
	}
	left, expected := m.model.Claimable(m.Clock.Now(), m.horizon)
	for _, waiting := range left {
		m.waits(waiting, found)
	}
	if len(found) < limit {
		m.same("wake", wake, expected)
	}
}

// waits holds the engine to its fairness: nobody is offered twice while somebody waits.
func (m *machine) waits(waiting frontier.HostID, offered []frontier.HostState) {
	if m.waited[waiting] == nil {
		m.waited[waiting] = make(map[frontier.HostID]int)
	}
	for _, h := range offered {
		if m.waited[waiting][h.ID]++; m.waited[waiting][h.ID] > 1 {
			m.Fatalf("host %d was offered twice while host %d waited", h.ID, waiting)
		}
	}
}

func (m *machine) takeSome(r *rapid.T) {
	id := frontier.HostID(rapid.IntRange(1, randomHosts).Draw(r, "host"))
	limit := rapid.IntRange(1, 4).Draw(r, "max")
	got, next, more, err := m.Frontier.Take(m.ctx, id, m.Clock.Now(), limit)
	want, wantNext, wantMore, wantErr := m.model.Take(m.ctx, id, m.Clock.Now(), limit)
	m.same("fails", err != nil, wantErr != nil)
	m.same("leases", len(got), len(want))
	for i := range want {
		want[i].Token = got[i].Token
		m.model.SetToken(got[i].ID, got[i].Token)
	}
	m.same("leases", got, want)
	m.same("next", next, wantNext)
	m.same("more", more, wantMore)
	m.leases = append(m.leases, got...)
}

func (m *machine) returnHost(r *rapid.T) {
	if len(m.claims) == 0 {
		r.Skip("no claims")
	}
	at := rapid.IntRange(0, len(m.claims)-1).Draw(r, "claim")
	m.Frontier.ReturnHost(m.claims[at])
	m.model.ReturnHost(m.claims[at])
	m.claims = slices.Delete(m.claims, at, at+1)
}

func (m *machine) advance(r *rapid.T) {
	m.Clock.Advance(time.Duration(rapid.IntRange(1, 4).Draw(r, "seconds")) * time.Second)
}

func (m *machine) crash(*rapid.T) {
	m.reopen()
	m.model.Restart()
	m.claims = nil
	clear(m.waited)
}

// compare looks at everything that can be asked.
func (m *machine) compare(*rapid.T) {
	want, err := m.model.Stats(m.ctx)
	m.must(err)
	m.same("stats", m.stats(), want)
	improved, err := m.model.Improved(m.ctx, 1000)
	m.must(err)
	m.same("improved", m.improved(), improved)
	waiting, _, err := m.model.Waiting(m.ctx, nil, 1000)
	m.must(err)
	m.same("waiting", m.waiting(3), waiting)
	for n := range randomURLs {
		key := Item(randomURL(n)).Key
		want, wantOK, err := m.model.Lookup(m.ctx, key)
		m.must(err)
		got, ok, err := m.Frontier.Lookup(m.ctx, key)
		m.must(err)
		m.same("known", ok, wantOK)
		m.same("URL", got, want)
	}
	m.must(m.Frontier.Check(m.ctx))
	could, _ := m.model.Claimable(m.Clock.Now(), m.horizon)
	for id := range m.waited {
		if !slices.Contains(could, id) {
			delete(m.waited, id)
		}
	}
}
