package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// Apply implements frontier.Frontier: it is ApplyTx in a transaction of its own. It blocks for a commit.
func (f *Frontier) Apply(ctx context.Context, b *frontier.Batch) (res frontier.Result, err error) {
	if err := ctx.Err(); err != nil {
		return res, err
	}
	err = f.db.Update(func(tx *bolt.Tx) error {
		res, err = f.ApplyTx(tx, b)
		return err
	})
	if err != nil {
		return frontier.Result{}, err
	}
	return res, nil
}

// ApplyTx makes a batch part of a write transaction: it becomes true when tx is committed, and if tx is rolled back it
// never was. After an error tx must be rolled back. The parts of the batch are applied in this order: Outcomes, Links,
// Requeue, Expanded, Aside, Admit, AdmitLogged, Hosts. A host of Batch.Hosts is named by its ID, or else by its name.
func (f *Frontier) ApplyTx(tx *bolt.Tx, b *frontier.Batch) (frontier.Result, error) {
	s, err := f.begin(tx)
	if err != nil {
		return frontier.Result{}, err
	}
	steps := []func() error{
		func() error { return s.outcomes(b.Outcomes) },
		func() error { return s.logLinks(b.Links) },
		func() error { return s.requeueAll(b.Requeue) },
		func() error { return s.expanded(b.Expanded) },
		func() error { return s.setAside(b.Aside) },
		func() error { return s.admitListed(b.Admit, b.TellAgain) },
		func() error { return s.admitLogged(b.AdmitLogged) },
		func() error { return s.hostStates(b.Hosts) },
	}
	for _, do := range steps {
		if err := do(); err != nil {
			return frontier.Result{}, err
		}
	}
	key := []byte(countersKey)
	if err := s.meta.Put(key, encodeCounters(key, &s.c)); err != nil {
		return frontier.Result{}, fmt.Errorf("frontier: write the counters: %w", err)
	}
	tx.OnCommit(func() { f.committed(s) })
	return s.res, nil
}

// step is a batch on its way into a transaction.
type step struct {
	f   *Frontier
	tx  *bolt.Tx
	now time.Time

	queue, due, hosts, hostIDs, log, improved, meta *bolt.Bucket
	seen                                            seen

	c     counters
	res   frontier.Result
	tell  bool // res.Again is wanted
	arena arena

	ended   []endedLease
	touched map[frontier.HostID]struct{} // hosts that may have an item to take, or another time, since
}

// endedLease is a lease that ends with the commit.
type endedLease struct {
	place place
	back  bool // the item may be taken again
}

// Pages of what grows at its end (the log, and the queue of each host) are filled nearly to the brim; those of the seen
// set grow everywhere.
const (
	fillAppended = 0.95
	fillRandom   = 0.9
)

func (f *Frontier) begin(tx *bolt.Tx) (*step, error) {
	c, err := readCounters(tx)
	if err != nil {
		return nil, err
	}
	bucket := func(name string, fill float64) *bolt.Bucket {
		b := tx.Bucket([]byte(name))
		b.FillPercent = fill
		return b
	}
	s := &step{
		f: f, tx: tx, now: f.opts.Now(), c: c, touched: make(map[frontier.HostID]struct{}),
		queue:    bucket(bucketQueue, fillAppended),
		due:      bucket(bucketDue, fillRandom),
		hosts:    bucket(bucketHosts, fillAppended),
		hostIDs:  bucket(bucketHostIDs, fillRandom),
		log:      bucket(bucketLog, fillAppended),
		improved: bucket(bucketImproved, fillRandom),
		meta:     bucket(bucketMeta, fillRandom),
		seen:     seenOf(tx),
	}
	s.seen.main.b.FillPercent, s.seen.fresh.b.FillPercent = fillRandom, fillRandom
	return s, nil
}

// committed makes known in memory what the transaction changed.
func (f *Frontier) committed(s *step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range s.ended {
		delete(f.leases, e.place.id)
		if e.back {
			f.sched.putBack(e.place.host, e.place.id)
			s.touched[e.place.host] = struct{}{}
		}
	}
	for host := range s.touched {
		f.sched.touch(host)
	}
}

// outcomes ends leases.
func (s *step) outcomes(list []frontier.Outcome) error {
	if len(list) == 0 {
		return nil
	}
	held := s.held(list)
	cursor := s.queue.Cursor()
	var key []byte
	for i := range list {
		o := &list[i]
		l, ok := held[o.ID]
		if !ok || l.token != o.Token || l.expired(s.now) {
			s.res.Stale++
			continue
		}
		delete(held, o.ID) // a second outcome of the same lease is stale
		key = appendPlace(key[:0], l.place)
		k, v := cursor.Seek(key)
		if !bytes.Equal(k, key) {
			s.res.Stale++
			continue
		}
		if err := s.outcome(o, l, cursor, key, v); err != nil {
			return err
		}
		s.ended = append(s.ended, endedLease{l.place, o.Kind != frontier.Done})
		if err := s.logLinks(o.Links); err != nil {
			return err
		}
	}
	return nil
}

// held gives the leases that outcomes speak of.
func (s *step) held(list []frontier.Outcome) map[frontier.ID]lease {
	held := make(map[frontier.ID]lease, len(list))
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	for i := range list {
		if l, ok := s.f.leases[list[i].ID]; ok {
			held[list[i].ID] = l
		}
	}
	return held
}

// outcome ends a lease whose row the cursor stands on.
func (s *step) outcome(o *frontier.Outcome, l lease, cursor *bolt.Cursor, key, v []byte) error {
	if o.Kind == frontier.Release {
		return nil
	}
	r, err := decodeRow(key, v)
	if err != nil {
		return err
	}
	if err := cursor.Delete(); err != nil {
		return fmt.Errorf("frontier: settle item %d: %w", o.ID, err)
	}
	if err := s.leave(l.place); err != nil {
		return err
	}
	if o.Kind == frontier.Retry {
		r.note = o.Note
		return s.enqueue(place{l.place.host, dueMillis(o.RetryAt), o.ID}, &r)
	}
	if r.depth != l.depth || r.flags != l.flags {
		// It was improved while it was fetched: its links went out with the old depth.
		return s.improve(o.ID, r.depth, r.from, r.flags)
	}
	return nil
}

// leave accounts for a row that left the queue.
func (s *step) leave(p place) error {
	s.c.pending--
	if p.due < 0 {
		return nil
	}
	s.c.delayed--
	return s.due.Delete(idKey(p.id))
}

// enqueue puts an item into the queue.
func (s *step) enqueue(p place, r *row) error {
	s.c.pending++
	s.touched[p.host] = struct{}{}
	if p.due >= 0 {
		s.c.delayed++
		key := idKey(p.id)
		if err := s.due.Put(key, encodeDue(key, p.due)); err != nil {
			return fmt.Errorf("frontier: delay item %d: %w", p.id, err)
		}
	}
	return s.putRow(p, r)
}

func (s *step) putRow(p place, r *row) error {
	var buf [delayedKeyBytes]byte
	key := appendPlace(buf[:0], p)
	if err := s.queue.Put(key, appendRow(s.arena.alloc(rowSize(r)), key, r)); err != nil {
		return fmt.Errorf("frontier: queue item %d: %w", p.id, err)
	}
	return nil
}

// improve notes a settled item that was found again, in the place of an earlier note.
func (s *step) improve(id frontier.ID, depth uint16, from frontier.ID, flags frontier.Flags) error {
	key := idKey(id)
	if s.improved.Get(key) == nil {
		s.c.improved++
	}
	if err := s.improved.Put(key, encodeImproved(key, depth, from, flags)); err != nil {
		return fmt.Errorf("frontier: note item %d as improved: %w", id, err)
	}
	return nil
}

// expanded forgets improved items.
func (s *step) expanded(list []frontier.Improved) error {
	for _, im := range list {
		key := idKey(im.ID)
		v := s.improved.Get(key)
		if v == nil {
			continue
		}
		now, err := decodeImproved(key, v)
		if err != nil {
			return err
		}
		if now != im {
			continue // improved once more since it was listed
		}
		if err := s.forgetImproved(im.ID); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) forgetImproved(id frontier.ID) error {
	key := idKey(id)
	if s.improved.Get(key) == nil {
		return nil
	}
	s.c.improved--
	if err := s.improved.Delete(key); err != nil {
		return fmt.Errorf("frontier: forget improved item %d: %w", id, err)
	}
	return nil
}

// logLinks appends links to the log.
func (s *step) logLinks(links []frontier.Item) error {
	for len(links) > 0 {
		n, size := 0, 0
		for n < len(links) && n < logValueLinks && (n == 0 || size+linkSize(&links[n]) <= logValueBytes) {
			size += linkSize(&links[n])
			n++
		}
		seq, err := s.log.NextSequence()
		if err != nil {
			return fmt.Errorf("frontier: log links: %w", err)
		}
		key := binary.BigEndian.AppendUint64(nil, seq)
		if err := s.log.Put(key, encodeLog(key, links[:n])); err != nil {
			return fmt.Errorf("frontier: log links: %w", err)
		}
		s.c.logged += uint64(n)
		links = links[n:]
	}
	return nil
}

// requeueAll makes settled items pending again, with the better of what the item says and what is known.
func (s *step) requeueAll(list []frontier.Requeue) error {
	for i := range list {
		q := &list[i]
		e, ok, err := s.seen.lookup(q.Item.Key[:])
		if err != nil {
			return err
		}
		if !ok || e.id != q.ID {
			s.res.Stale++
			continue
		}
		if _, _, v, err := findPending(s.tx, e); err != nil {
			return err
		} else if v != nil {
			s.res.Stale++
			continue
		}
		if err := s.requeue(q, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *step) requeue(q *frontier.Requeue, e entry) error {
	host, err := readHost(s.tx, e.host)
	if err != nil {
		return err
	}
	r := row{flags: e.flags, depth: e.depth, from: q.Item.From, note: q.Note}
	key := idKey(q.ID)
	if v := s.improved.Get(key); v != nil { // the fetch to come will follow its links
		im, err := decodeImproved(key, v)
		if err != nil {
			return err
		}
		r.from = im.From
		if err := s.forgetImproved(q.ID); err != nil {
			return err
		}
	}
	f, rest := splitURL(q.Item.URL, host.Host)
	r.form, r.rest = f, []byte(rest)
	s.ended = append(s.ended, endedLease{place{e.host, ready, e.id}, true})
	return s.enqueue(place{e.host, ready, e.id}, &r)
}

// hostStates replaces what is known of hosts.
func (s *step) hostStates(list []frontier.HostState) error {
	for i := range list {
		h := list[i]
		if h.ID == 0 {
			id, err := s.hostID(h.Host)
			if err != nil {
				return err
			}
			h.ID = id
		}
		key := hostKey(h.ID)
		v := s.hosts.Get(key)
		if v == nil {
			continue
		}
		old, err := decodeHost(key, v)
		if err != nil {
			return err
		}
		h.Host, h.Named = old.Host, old.Named
		if err := s.hosts.Put(key, encodeHost(key, &h)); err != nil {
			return fmt.Errorf("frontier: write host %s: %w", h.Host, err)
		}
		s.touched[h.ID] = struct{}{}
	}
	return nil
}

// hostNameKey is the key of a host in hostids: the name, or the digest of one too long for a key, told apart by a byte.
func hostNameKey(name string) []byte {
	if len(name) <= shortHost {
		return append([]byte{0}, name...)
	}
	sum := sha256.Sum256([]byte(name))
	return append([]byte{1}, sum[:]...)
}

// hostID finds a host by its name; zero if it is not known.
func (s *step) hostID(name string) (frontier.HostID, error) {
	key := hostNameKey(name)
	v := s.hostIDs.Get(key)
	if v == nil {
		return 0, nil
	}
	return decodeHostID(key, v)
}

// newHost gives a host its number.
func (s *step) newHost(name string, named frontier.Schemes) (frontier.HostID, error) {
	s.c.hosts++
	id := frontier.HostID(s.c.hosts)
	key, byName := hostKey(id), hostNameKey(name)
	if uint64(id) != s.c.hosts {
		return 0, fmt.Errorf("frontier: host %s: there is no number left for it (%d hosts)", name, s.c.hosts)
	}
	if err := s.hosts.Put(key, encodeHost(key, &frontier.HostState{Host: name, Named: named})); err != nil {
		return 0, fmt.Errorf("frontier: add host %s: %w", name, err)
	}
	if err := s.hostIDs.Put(byName, encodeHostID(byName, id)); err != nil {
		return 0, fmt.Errorf("frontier: add host %s: %w", name, err)
	}
	return id, nil
}
