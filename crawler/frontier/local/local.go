// Package local is the frontier for one machine. It lives in buckets of a bbolt file that somebody else opens and owns,
// so that what a crawl learns of a page and what it has to do next are committed in one transaction.
//
// # Data
//
// All buckets are named "frontier." and one of these. Integers are big-endian, so that keys sort by number; uvarints are
// those of encoding/binary. Every value starts with a format version and a CRC32C of its key and the rest.
//
//	seen     lower bound (16) -> block of sorted entries: key (16), ID (5), host (4), depth (2), flags (1)
//	fresh    the same, for entries on their way to seen (see type seen)
//	queue    host (4), 0, ID (8)          -> what is needed to fetch a ready item; the URL without its scheme and host
//	         host (4), 1, due (8), ID (8) -> the same of an item that waits until due, in Unix milliseconds
//	due      ID (8) -> due, for each delayed item: where in queue it stands
//	hosts    host (4) -> next time, name, opaque state
//	hostids  name -> host
//	log      rising number -> discovered links that wait for admission, many in one value
//	improved ID (8) -> depth, from, flags
//	meta     the counters
//
// A settled item has no row in queue; its entry in seen is all that is kept of it. An entry has the host, so that an
// item's row is found by its key without an index. Blocks save bbolt's 16 bytes of header for each key and make the
// merge of a sorted batch a copy of memory.
//
// # Memory
//
// In memory are only the leases, the claimed hosts, and a bounded number of hosts that wait (see schedule): nothing that
// grows with the URLs or hosts that are known. A transaction that admits b URLs to a set of m holds about sqrt(m*b)
// entries, and the b items.
package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

const (
	bucketSeen     = "frontier.seen"
	bucketFresh    = "frontier.fresh"
	bucketQueue    = "frontier.queue"
	bucketDue      = "frontier.due"
	bucketHosts    = "frontier.hosts"
	bucketHostIDs  = "frontier.hostids"
	bucketLog      = "frontier.log"
	bucketImproved = "frontier.improved"
	bucketMeta     = "frontier.meta"

	countersKey = "counters"
)

// ErrNotClaimed says that Take was asked for a host that ClaimHosts did not give, or that was returned.
var ErrNotClaimed = errors.New("frontier: host is not claimed")

// Options configure a Frontier. The zero value is that of a crawl in one process.
type Options struct {
	// LeaseTTL is how long a lease holds. Zero: leases never expire, since the one process that holds them loses them
	// only with its memory.
	LeaseTTL time.Duration
	// Now is the clock that Apply judges leases by; nil: time.Now.
	Now func() time.Time
	// View, if not nil, runs what is read instead of db.View: whoever owns db tells in words of its own that it is closed or
	// cannot be read.
	View func(fn func(tx *bolt.Tx) error) error
	// Hook, if not nil, is called before and after each admission within its transaction, with "admit:before" and
	// "admit:after". It is for tests that crash there.
	Hook func(point string)
}

// Frontier is the engine. It is safe for concurrent use; Apply and ApplyTx have one caller at a time.
type Frontier struct {
	db   *bolt.DB
	opts Options

	// mu is taken before a read transaction is begun and held to its end, and taken when a transaction has been
	// committed, to make what changed known. So whoever reads under mu either sees a commit in the file, or is told of
	// it later. A writer holds it only to look at leases.
	mu     sync.Mutex
	leases map[frontier.ID]lease
	taken  []frontier.Lease // memory of Take
	sched  schedule
	token  uint64 // the last one given
}

var _ frontier.Frontier = (*Frontier)(nil)

// lease is a Lease as the engine remembers it: without a pointer, since there may be a hundred thousand for the collector to
// look at.
type lease struct {
	token    uint64
	place    place
	deadline int64  // Unix nanoseconds; 0: never
	depth    uint16 // as handed out: the item may have been improved since
	flags    frontier.Flags
}

func (l *lease) expired(now time.Time) bool { return l.deadline != 0 && now.UnixNano() > l.deadline }

// tokenBits is how many leases one opening of the store can give; the bits above count the openings, so that a token
// from before a crash is never taken for a new one.
const tokenBits = 40

// Open finds or creates the frontier in db. A db that was opened to read only must have it already, and cannot lease.
func Open(db *bolt.DB, o Options) (*Frontier, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.View == nil {
		o.View = db.View
	}
	if o.Hook == nil {
		o.Hook = func(string) {}
	}
	f := &Frontier{db: db, opts: o, leases: make(map[frontier.ID]lease), sched: newSchedule()}
	if db.IsReadOnly() {
		return f, db.View(func(tx *bolt.Tx) error {
			_, err := readCounters(tx)
			return err
		})
	}
	err := db.Update(func(tx *bolt.Tx) error {
		c, err := create(tx)
		if err != nil {
			return err
		}
		c.opened++
		f.token = c.opened << tokenBits
		return putCounters(tx, &c)
	})
	if err != nil {
		return nil, fmt.Errorf("frontier: open %s: %w", db.Path(), err)
	}
	return f, nil
}

// Create makes an empty frontier in a file that has none, as a part of tx. Open does so too; a file that is made with its
// frontier can be read whenever it is there.
func Create(tx *bolt.Tx) error {
	c, err := create(tx)
	if err != nil {
		return err
	}
	return putCounters(tx, &c)
}

func putCounters(tx *bolt.Tx, c *counters) error {
	return tx.Bucket([]byte(bucketMeta)).Put([]byte(countersKey), encodeCounters([]byte(countersKey), c))
}

// create makes the buckets where there are none, and gives the counters.
func create(tx *bolt.Tx) (counters, error) {
	if tx.Bucket([]byte(bucketMeta)) != nil {
		return readCounters(tx)
	}
	for _, name := range bucketNames() {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return counters{}, fmt.Errorf("bucket %s: %w", name, err)
		}
	}
	return counters{}, nil
}

func bucketNames() []string {
	return []string{
		bucketSeen, bucketFresh, bucketQueue, bucketDue, bucketHosts, bucketHostIDs, bucketLog, bucketImproved, bucketMeta,
	}
}

// readCounters also makes sure that every bucket is there: the rest of the package relies on it.
func readCounters(tx *bolt.Tx) (counters, error) {
	for _, name := range bucketNames() {
		if tx.Bucket([]byte(name)) == nil {
			return counters{}, fmt.Errorf("frontier: %w: bucket %s is missing", ErrDamaged, name)
		}
	}
	key := []byte(countersKey)
	return decodeCounters(key, tx.Bucket([]byte(bucketMeta)).Get(key))
}

func seenOf(tx *bolt.Tx) seen {
	return seen{
		fresh: level{tx.Bucket([]byte(bucketFresh)), bucketFresh},
		main:  level{tx.Bucket([]byte(bucketSeen)), bucketSeen},
	}
}

// Restart forgets all leases and claims, as closing and opening does: whoever had them has ended, and what it took can be
// taken again. Outcomes of these leases are stale from now on.
func (f *Frontier) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leases, f.sched = make(map[frontier.ID]lease), newSchedule()
}

// view runs fn in a read transaction, unless ctx is done.
func (f *Frontier) view(ctx context.Context, fn func(tx *bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.opts.View(fn)
}

// Stats implements frontier.Frontier.
func (f *Frontier) Stats(ctx context.Context) (frontier.Stats, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var s frontier.Stats
	err := f.view(ctx, func(tx *bolt.Tx) error {
		c, err := readCounters(tx)
		s = frontier.Stats{
			Known: c.known, Listed: c.listed, Pending: c.pending, Delayed: c.delayed,
			Logged: c.logged, Improved: c.improved, Hosts: c.hosts,
		}
		return err
	})
	if f.opts.LeaseTTL == 0 { // none expires
		s.Leased = uint64(len(f.leases))
		return s, err
	}
	now := f.opts.Now()
	for _, l := range f.leases {
		if !l.expired(now) {
			s.Leased++
		}
	}
	return s, err
}

// Improved implements frontier.Frontier. The items come in the order of their IDs.
func (f *Frontier) Improved(ctx context.Context, max int) ([]frontier.Improved, error) {
	var list []frontier.Improved
	err := f.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket([]byte(bucketImproved)).Cursor()
		for k, v := c.First(); k != nil && len(list) < max; k, v = c.Next() {
			im, err := decodeImproved(k, v)
			if err != nil {
				return err
			}
			list = append(list, im)
		}
		return nil
	})
	return list, err
}

// Lookup implements frontier.Frontier.
func (f *Frontier) Lookup(ctx context.Context, key frontier.Key) (known frontier.Known, ok bool, err error) {
	err = f.view(ctx, func(tx *bolt.Tx) error {
		var e entry
		if e, ok, err = seenOf(tx).lookup(key[:]); err != nil || !ok {
			return err
		}
		known = frontier.Known{ID: e.id, Depth: e.depth, Flags: e.flags}
		p, key, v, err := findPending(tx, e)
		if err != nil || v == nil {
			return err
		}
		r, err := decodeRow(key, v)
		if err != nil {
			return err
		}
		host, err := readHost(tx, e.host)
		if err != nil {
			return err
		}
		known.Pending, known.HostID, known.From = true, e.host, r.from
		known.URL = joinURL(r.form, host.Host, r.rest)
		known.DueAt, known.Note = dueTime(p.due), cloneNote(r.note)
		return nil
	})
	return known, ok, err
}

// findPending gives the place and row of an item in the queue, without a value when it is settled.
func findPending(tx *bolt.Tx, e entry) (p place, key, v []byte, err error) {
	queue := tx.Bucket([]byte(bucketQueue))
	p = place{e.host, ready, e.id}
	key = appendPlace(nil, p)
	if v = queue.Get(key); v != nil {
		return p, key, v, nil
	}
	id := idKey(e.id)
	due := tx.Bucket([]byte(bucketDue)).Get(id)
	if due == nil {
		return p, nil, nil, nil
	}
	if p.due, err = decodeDue(id, due); err != nil {
		return p, nil, nil, err
	}
	key = appendPlace(nil, p)
	if v = queue.Get(key); v == nil {
		return p, nil, nil, damaged(bucketDue, id, "there is no such item in the queue")
	}
	return p, key, v, nil
}

// cloneNote gives a note its own memory; an empty one is none.
func cloneNote(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}

// readHost gives the state of a host that must exist.
func readHost(tx *bolt.Tx, id frontier.HostID) (frontier.HostState, error) {
	key := hostKey(id)
	v := tx.Bucket([]byte(bucketHosts)).Get(key)
	if v == nil {
		return frontier.HostState{}, damaged(bucketHosts, key, "host is missing")
	}
	return decodeHost(key, v)
}

// HostByName implements frontier.Frontier.
func (f *Frontier) HostByName(ctx context.Context, host string) (h frontier.HostState, ok bool, err error) {
	err = f.view(ctx, func(tx *bolt.Tx) error {
		key := hostNameKey(host)
		v := tx.Bucket([]byte(bucketHostIDs)).Get(key)
		if v == nil {
			return nil
		}
		id, err := decodeHostID(key, v)
		if err != nil {
			return err
		}
		h, err = readHost(tx, id)
		ok = err == nil
		return err
	})
	return h, ok, err
}
