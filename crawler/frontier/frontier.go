// Package frontier is the contract of the set of URLs that a crawl knows: which are waiting, which are being fetched,
// and which are settled.
//
// One URL moves like this:
//
//	            Batch.Admit (listed)           Take                    Outcome Done
//	unknown ──────────────────────────▶ pending ────▶ leased ──────────────────────────▶ settled
//	   ▲                                   ▲             │ Outcome Retry (due later)         │
//	   │ Outcome.Links are logged, and     └─────────────┤                                   │ Batch.Requeue
//	   └ admitted later in sorted batches                │ Outcome Release (as it was)       │ (crawl retry)
//	     (Batch.AdmitLogged)               ◀─────────────┘ ◀─────────────────────────────────┘
//
// Batch.Aside settles what is pending without a lease, until it is found once more.
//
// Everything that a Batch says becomes durable in one step, or nothing of it does. A lease is not durable: after a
// crash every leased item is pending again, so that fetching happens at least once and its effect exactly once.
//
// Engines are below this package: local is the one for a single machine, in bbolt. The suite in frontiertest holds any
// engine to this text.
package frontier

import (
	"context"
	"math"
	"time"
)

// ID numbers the URLs of a store in the order of their admission, from 1. Zero means none.
type ID uint64

// Key is the fingerprint of a URL's dedupe key. Two URLs with the same Key are the same page to the crawl.
type Key [16]byte

// Flags say how a URL came to be known.
type Flags uint8

const (
	// Listed marks a URL that the user named.
	Listed Flags = 1 << iota
	// Hop marks a URL that is known only as the target of a redirect: it is fetched, but has no row of its own in the
	// results until it is also listed or linked (both of which clear the mark).
	Hop
)

// Item is one URL to be known.
type Item struct {
	Key   Key
	URL   string // what is requested: absolute, http or https, no fragment, no userinfo
	Host  string // politeness host: the URL's host[:port] as written in URL (a substring of it)
	Depth uint16 // link hops from the list
	From  ID     // the page that named it; 0 for a listed URL
	Flags Flags
	// Note is kept with a URL that is new, or that becomes Listed while it is pending without a note, as that of a Retry is:
	// what its list says of it. Only Batch.Admit has notes; links are logged without.
	Note []byte
}

// Lease is the right to fetch one item and to say what came of it.
type Lease struct {
	ID       ID
	Token    uint64    // tells this lease from an earlier one of the same item
	Deadline time.Time // after it the item may be leased again and this token is stale; zero: never
	URL      string
	Host     string
	Depth    uint16
	From     ID
	Flags    Flags
	Note     []byte // what Admit, or the last Retry or Requeue, left with the item; nil: nothing
}

// HostID numbers the hosts of a store. Zero means none.
type HostID uint32

// HostState is what is durably known of a host: politeness survives a restart.
type HostState struct {
	ID     HostID
	Host   string
	NextAt time.Time // no request before this time; zero: at once
	State  []byte    // the crawler's own: rate, error run, robots; opaque here
	Named  Schemes   // schemes of the listed URLs that name this host; kept by the engine, ignored in Batch.Hosts
}

// Schemes is a set of URL schemes.
type Schemes uint8

// The schemes.
const (
	HTTP Schemes = 1 << iota
	HTTPS
)

// Kind is what came of a lease.
type Kind uint8

const (
	// Done settles the item for good (until Requeue).
	Done Kind = iota
	// Retry puts it back, to be taken no earlier than Outcome.RetryAt.
	Retry
	// Release puts it back as it was: the fetch was cancelled and costs no attempt. Not a durable change.
	Release
)

// Outcome ends a lease.
type Outcome struct {
	ID      ID
	Token   uint64
	Kind    Kind
	RetryAt time.Time // Retry only
	Note    []byte    // Retry only: kept with the item
	Links   []Item    // discovered URLs; logged in the same step, admitted later. From, Depth are the discoverer's word
}

// Batch is one durable step. Its parts take effect in this order: Outcomes, Links, Requeue, Expanded, Aside, Admit,
// AdmitLogged, Hosts.
type Batch struct {
	Admit       []Item      // admitted at once, in this order (IDs rise in this order); known keys are ignored
	Outcomes    []Outcome   // an outcome whose token is stale is ignored, with its links
	Hosts       []HostState // replaces NextAt and State of known hosts, by ID, or by Host where ID is zero
	Requeue     []Requeue   // settled items to fetch again
	Links       []Item      // logged like Outcome.Links, without a lease (used when a page's links are expanded again)
	Expanded    []Improved  // takes these out of Improved, unless they were improved once more since
	Aside       []Aside     // pending items that are not to be fetched for now
	AdmitLogged int         // admit up to about this many logged links; 0: none
	TellAgain   bool        // Result.Again is wanted
}

// NoDepth is the depth of an item that was set aside: every other one is smaller.
const NoDepth = math.MaxUint16

// Aside settles a pending item that is not leased, and forgets at which depth it was found: the next find of it, at
// any depth, puts it among Improved, as if it were new. Depth and Flags are what Waiting told of it; where they are others by
// now, it was found once more since, and joins Improved at once. It is ignored if the item is not pending or is leased, or
// if ID and Key are not of one known item.
type Aside struct {
	ID    ID
	Key   Key
	Depth uint16
	Flags Flags
}

// Waiting is a pending item, as it was found. Its Item has no Key.
type Waiting struct {
	ID   ID
	Item Item
}

// Requeue makes a settled item pending again, at the best depth it was ever found at. It is ignored if the item is pending,
// or if ID and Item.Key are not of one known item. It takes the item out of Improved: the fetch to come does the same.
type Requeue struct {
	ID   ID
	Item Item
	Note []byte
}

// Improved names a settled item that was found again closer to the list than before (a smaller depth), whose Hop mark
// fell, or that became Listed; From is who found it so. Its page's links deserve to be followed from the new depth, with
// no new request. It stays listed by Frontier.Improved until a Batch names it in Expanded as it was listed. An item that is still pending is changed in place instead; if it
// is leased meanwhile it joins Improved once it is Done, because its lease went out with the old depth.
type Improved struct {
	ID    ID
	Depth uint16
	From  ID
	Flags Flags
}

// Result tells what a Batch did.
type Result struct {
	Admitted int // of Batch.Admit and of the log: URLs that were new
	Known    int // URLs that were known already
	Stale    int // outcomes and requeues that were ignored
	// Again tells, with Batch.TellAgain, which items of Batch.Admit were known already, in their order.
	Again []Again
}

// Again is an item that was known when its turn came.
type Again struct {
	Item   int  // its place in Batch.Admit
	ID     ID   // of the URL
	Listed bool // the URL was Listed by then
}

// Stats are the durable counters. The crawl has ended when Pending, Logged and Improved are zero.
type Stats struct {
	Known    uint64 // URLs ever admitted
	Listed   uint64 // of them, listed by the user
	Pending  uint64 // waiting or leased
	Delayed  uint64 // of Pending: waiting for a retry time
	Leased   uint64 // of Pending: leased now (not durable)
	Logged   uint64 // discovered links that wait for admission
	Improved uint64
	Hosts    uint64
}

// Known is what the frontier knows of one URL.
type Known struct {
	ID      ID
	Depth   uint16
	Flags   Flags
	Pending bool
	// The rest only while Pending.
	URL    string
	From   ID
	DueAt  time.Time // zero: at once
	Note   []byte
	HostID HostID
}

// Frontier is the contract. All methods may be called from any goroutine; Apply has one caller at a time.
// Methods that read do not block on a writer for longer than a durable step takes to become visible.
type Frontier interface {
	// ClaimHosts leases up to max hosts, that are not leased and that have an item to take now, or will have within
	// horizon (by their NextAt and their items' retry times). Every such host is offered before any is offered twice.
	// It returns fewer (or none) when there are no more; wake is then the earliest time at which another may come,
	// zero if none is known. wake says nothing when max hosts were returned.
	ClaimHosts(ctx context.Context, now time.Time, horizon time.Duration, max int) (hosts []HostState, wake time.Time, err error)
	// Take leases up to max items of a claimed host, oldest first, retries that are due before the rest. next is the
	// earliest time at which an item that is not due yet will be, zero if there is none. more tells whether items that
	// could be taken now are left.
	Take(ctx context.Context, host HostID, now time.Time, max int) (leases []Lease, next time.Time, more bool, err error)
	// ReturnHost ends a host's claim. Its leased items stay leased.
	ReturnHost(host HostID)
	// Apply makes a batch durable.
	Apply(ctx context.Context, b *Batch) (Result, error)
	// Waiting lists up to max pending items, leased or not, that come after a place in an order of the engine's own. next is
	// the place of the last one; nil is the place before all. What waits there all the time comes once; what is admitted, put back
	// or settled meanwhile may be missed, or come again.
	Waiting(ctx context.Context, after []byte, max int) (items []Waiting, next []byte, err error)
	// Improved lists up to max improved items that wait for Expanded.
	Improved(ctx context.Context, max int) ([]Improved, error)
	// Lookup finds a URL by its key.
	Lookup(ctx context.Context, key Key) (Known, bool, error)
	// HostByName gives a host's durable state.
	HostByName(ctx context.Context, host string) (HostState, bool, error)
	// Stats gives the counters.
	Stats(ctx context.Context) (Stats, error)
	// Check verifies the engine's own invariants and every row's checksum, and names the first that fails.
	Check(ctx context.Context) error
}
