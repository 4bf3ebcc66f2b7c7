// Package frontiertest holds any engine of package frontier to its contract: a suite of examples (Run), a comparison with
// a model under random operations (RunModel), and the model itself.
package frontiertest

import (
	"context"
	"crypto/sha256"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"crawl/crawler/frontier"
)

// T is what the suite needs of a test: a *testing.T or a *rapid.T.
type T interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Harness is an engine under test.
type Harness struct {
	// Frontier is the engine with an empty store. Reopen replaces it.
	Frontier frontier.Frontier
	// Reopen stops the engine as a crash would, and gives one on the same store.
	Reopen func() (frontier.Frontier, error)
	// Rollback applies a batch and undoes it before it becomes durable; nil if the engine has no such thing.
	Rollback func(b *frontier.Batch) error
	// Verify checks what Frontier.Check cannot; nil if there is nothing.
	Verify func() error
	// Clock is the engine's clock.
	Clock *Clock
}

// Options say which engine the suite asks for.
type Options struct {
	LeaseTTL time.Duration // how long its leases hold; 0: for ever
	Clock    *Clock
}

// Clock is a clock that stands still until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that shows the same whole second in every test.
func NewClock() *Clock { return &Clock{now: time.Unix(1_800_000_000, 0)} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a harness with the helpers that the tests share. Any error that a test does not ask for is fatal.
type fixture struct {
	T
	*Harness
	ctx context.Context
}

// Item makes an item from a URL.
func Item(url string) frontier.Item {
	sum := sha256.Sum256([]byte(url))
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return frontier.Item{Key: frontier.Key(sum[:16]), URL: url, Host: host}
}

func listed(urls ...string) (items []frontier.Item) {
	for _, u := range urls {
		it := Item(u)
		it.Flags = frontier.Listed
		items = append(items, it)
	}
	return items
}

func linked(depth uint16, from frontier.ID, urls ...string) (items []frontier.Item) {
	for _, u := range urls {
		it := Item(u)
		it.Depth, it.From = depth, from
		items = append(items, it)
	}
	return items
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// same compares times as instants, and takes an empty slice for none.
func (f *fixture) same(what string, got, want any) {
	f.Helper()
	if reflect.DeepEqual(got, want) { // far cheaper, and enough for nearly all
		return
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		f.Fatalf("%s differs (-want +got):\n%s", what, d)
	}
}

func (f *fixture) apply(b frontier.Batch) frontier.Result {
	f.Helper()
	res, err := f.Frontier.Apply(f.ctx, &b)
	f.must(err)
	return res
}

func (f *fixture) admit(items ...frontier.Item) frontier.Result {
	f.Helper()
	return f.apply(frontier.Batch{Admit: items})
}

func (f *fixture) stats() frontier.Stats {
	f.Helper()
	s, err := f.Frontier.Stats(f.ctx)
	f.must(err)
	return s
}

// waiting gives all pending items, read so many at a time, in the order of their IDs.
func (f *fixture) waiting(max int) (all []frontier.Waiting) {
	f.Helper()
	var after []byte
	for {
		items, next, err := f.Frontier.Waiting(f.ctx, after, max)
		f.must(err)
		if len(items) == 0 {
			slices.SortFunc(all, func(a, b frontier.Waiting) int { return int(a.ID) - int(b.ID) })
			return all
		}
		all, after = append(all, items...), next
	}
}

func (f *fixture) reopen() {
	f.Helper()
	fr, err := f.Reopen()
	f.must(err)
	f.Frontier = fr
}

// claim gives the names of the hosts that were claimed.
func (f *fixture) claim(max int) (names []string) {
	f.Helper()
	hosts, _, err := f.Frontier.ClaimHosts(f.ctx, f.Clock.Now(), 0, max)
	f.must(err)
	for _, h := range hosts {
		names = append(names, h.Host)
	}
	return names
}

func (f *fixture) claimAll(horizon time.Duration) ([]frontier.HostState, time.Time) {
	f.Helper()
	hosts, wake, err := f.Frontier.ClaimHosts(f.ctx, f.Clock.Now(), horizon, 1000)
	f.must(err)
	return hosts, wake
}

func (f *fixture) host(name string) frontier.HostState {
	f.Helper()
	h, ok, err := f.Frontier.HostByName(f.ctx, name)
	f.must(err)
	if !ok {
		f.Fatalf("host %s is not known", name)
	}
	return h
}

func (f *fixture) lookup(url string) frontier.Known {
	f.Helper()
	k, ok, err := f.Frontier.Lookup(f.ctx, Item(url).Key)
	f.must(err)
	if !ok {
		f.Fatalf("%s is not known", url)
	}
	return k
}

func (f *fixture) take(host string, max int) (leases []frontier.Lease, next time.Time, more bool) {
	f.Helper()
	leases, next, more, err := f.Frontier.Take(f.ctx, f.host(host).ID, f.Clock.Now(), max)
	f.must(err)
	return leases, next, more
}

// takeOne claims the host if need be, and leases its next item.
func (f *fixture) takeOne(host string) frontier.Lease {
	f.Helper()
	if leases, _, _, err := f.Frontier.Take(f.ctx, f.host(host).ID, f.Clock.Now(), 1); err == nil && len(leases) == 1 {
		return leases[0]
	}
	f.claimAll(0)
	leases, _, _ := f.take(host, 1)
	if len(leases) != 1 {
		f.Fatalf("host %s has nothing to take", host)
	}
	return leases[0]
}

func (f *fixture) improved() []frontier.Improved {
	f.Helper()
	list, err := f.Frontier.Improved(f.ctx, 1000)
	f.must(err)
	return list
}

func (f *fixture) verify() {
	f.Helper()
	f.must(f.Frontier.Check(f.ctx))
	if f.Verify != nil {
		f.must(f.Verify())
	}
}

func end(kind frontier.Kind, l frontier.Lease) frontier.Outcome {
	return frontier.Outcome{ID: l.ID, Token: l.Token, Kind: kind}
}

func urls(leases []frontier.Lease) (list []string) {
	for _, l := range leases {
		list = append(list, l.URL)
	}
	return list
}

// Run holds an engine to the contract. open gives it with an empty store; the engine is closed by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, o Options) *Harness) {
	run := func(name string, ttl time.Duration, test func(f *fixture)) {
		t.Run(name, func(t *testing.T) {
			h := open(t, Options{LeaseTTL: ttl, Clock: NewClock()})
			f := &fixture{T: t, Harness: h, ctx: t.Context()}
			test(f)
			f.verify()
			f.reopen()
			f.verify()
		})
	}
	for _, group := range [][]example{admissions(), leasing(), hosts(), outcomes(), improvements(), asides(), durability()} {
		for _, e := range group {
			run(e.name, e.ttl, e.test)
		}
	}
}

// example is one claim of the contract.
type example struct {
	name string
	ttl  time.Duration // of the leases
	test func(f *fixture)
}

func durability() []example {
	return []example{
		{"rolled back is as if it never was", 0, rolledBack},
		{"a cancelled context changes nothing", 0, cancelled},
		{"readers beside a writer", 0, readersBesideWriter},
	}
}

func rolledBack(f *fixture) {
	if f.Rollback == nil {
		return
	}
	f.admit(listed("http://a/1", "http://a/2")...)
	l := f.takeOne("a")
	before := f.stats()
	done := end(frontier.Done, l)
	done.Links = linked(1, l.ID, "http://b/1")
	batch := frontier.Batch{
		Admit: listed("http://c/1"), Outcomes: []frontier.Outcome{done}, Links: linked(1, 1, "http://d/1"),
		Hosts: []frontier.HostState{{ID: 1, State: []byte("x")}}, AdmitLogged: 10,
	}
	f.must(f.Rollback(&batch))
	f.same("stats", f.stats(), before)
	if _, ok, err := f.Frontier.Lookup(f.ctx, Item("http://c/1").Key); ok || err != nil {
		f.Fatal("a URL of a batch that was rolled back is known", err)
	}
	f.same("host", f.host("a"), frontier.HostState{ID: 1, Host: "a", Named: frontier.HTTP})
	f.same("the lease still holds", f.apply(batch), frontier.Result{Admitted: 3})
	f.same("stats", f.stats(), frontier.Stats{Known: 5, Listed: 3, Pending: 4, Hosts: 4})
}

func cancelled(f *fixture) {
	f.admit(listed("http://a/1")...)
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	if _, err := f.Frontier.Apply(ctx, &frontier.Batch{Admit: listed("http://a/2")}); !errors.Is(err, context.Canceled) {
		f.Fatal("Apply:", err)
	}
	if hosts, _, err := f.Frontier.ClaimHosts(ctx, f.Clock.Now(), 0, 9); !errors.Is(err, context.Canceled) || len(hosts) > 0 {
		f.Fatal("ClaimHosts:", hosts, err)
	}
	f.same("stats", f.stats(), frontier.Stats{Known: 1, Listed: 1, Pending: 1, Hosts: 1})
	f.same("claimable", f.claim(9), []string{"a"})
}

// readersBesideWriter fetches a small web with one caller of Apply and readers all around, and counts each page once.
func readersBesideWriter(f *fixture) {
	const pages = 300
	f.admit(listed("http://a/0", "http://b/0", "http://c/0")...)
	ctx, cancel := context.WithCancel(f.ctx)
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for ctx.Err() == nil {
				_, err1 := f.Frontier.Stats(f.ctx)
				_, _, err2 := f.Frontier.Lookup(f.ctx, Item("http://a/1").Key)
				_, err3 := f.Frontier.Improved(f.ctx, 10)
				if err := errors.Join(err1, err2, err3, f.Frontier.Check(f.ctx)); err != nil {
					panic(err) // Fatal is not for this goroutine
				}
			}
		})
	}
	fetched := make(map[string]int)
	for rounds := 0; len(fetched) < 3*pages && rounds < 100*pages; rounds++ {
		batch := frontier.Batch{AdmitLogged: 50}
		hosts, _, err := f.Frontier.ClaimHosts(f.ctx, f.Clock.Now(), 0, 2)
		f.must(err)
		for _, h := range hosts {
			leases, _, _, err := f.Frontier.Take(f.ctx, h.ID, f.Clock.Now(), 5)
			f.must(err)
			for _, l := range leases {
				fetched[l.URL]++
				o := end(frontier.Done, l)
				o.Links = linked(l.Depth+1, l.ID, after(l.URL, pages)...)
				batch.Outcomes = append(batch.Outcomes, o)
			}
			f.Frontier.ReturnHost(h.ID)
		}
		f.apply(batch)
	}
	cancel()
	readers.Wait()
	for u, n := range fetched {
		if n != 1 {
			f.Fatalf("%s was fetched %d times", u, n)
		}
	}
	f.same("pages", len(fetched), 3*pages)
	for f.stats().Logged > 0 {
		f.apply(frontier.Batch{AdmitLogged: 1000})
	}
	f.same("stats", f.stats(), frontier.Stats{Known: 3 * pages, Listed: 3, Hosts: 3})
}

// after names the pages that a page of a small web links to.
func after(url string, pages int) (list []string) {
	at := strings.LastIndexByte(url, '/') + 1
	n := number(url[at:])
	for _, next := range []int{n + 1, 2*n + 1, 2*n + 2} {
		if next < pages {
			list = append(list, url[:at]+digits(next))
		}
	}
	return slices.Compact(list)
}
