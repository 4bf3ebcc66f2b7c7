package local

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// Check implements frontier.Frontier. It reads every row, in one read transaction, and needs a quarter of a byte of
// memory for each known URL. What bbolt itself promises (the tree, its pages) is for bbolt's own check.
func (f *Frontier) Check(ctx context.Context) error {
	return f.view(ctx, func(tx *bolt.Tx) error {
		c, err := readCounters(tx)
		if err != nil {
			return err
		}
		k := checker{ctx: ctx, tx: tx, want: c}
		k.known, k.queued = newBitmap(c.known), newBitmap(c.known)
		for _, part := range []func() error{k.seenSet, k.hostRows, k.queueRows, k.dueRows, k.improvedRows, k.logRows} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
}

type checker struct {
	ctx           context.Context
	tx            *bolt.Tx
	want          counters
	rows          int
	known, queued bitmap
	delayed       uint64
}

// bitmap is a set of IDs from 1 to a highest one.
type bitmap []byte

func newBitmap(highest uint64) bitmap { return make(bitmap, highest/8+1) }

func (b bitmap) has(id frontier.ID) bool {
	return uint64(id)/8 < uint64(len(b)) && b[id/8]&(1<<(id%8)) != 0
}
func (b bitmap) add(id frontier.ID) { b[id/8] |= 1 << (id % 8) }

// each calls fn for the rows of a bucket, and looks at the context now and then.
func (k *checker) each(bucket string, fn func(key, v []byte) error) error {
	c := k.tx.Bucket([]byte(bucket)).Cursor()
	for key, v := c.First(); key != nil; key, v = c.Next() {
		if k.rows++; k.rows%checkEvery == 0 && k.ctx.Err() != nil {
			return k.ctx.Err()
		}
		if err := fn(key, v); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) differ(what string, want, have uint64) error {
	return damaged(bucketMeta, []byte(countersKey), fmt.Sprintf("%s: counter says %d, rows say %d", what, want, have))
}

func (k *checker) count(what string, want, have uint64) error {
	if want != have {
		return k.differ(what, want, have)
	}
	return nil
}

// seenSet checks both levels: order, numbers, and that an entry of the fresh level agrees with one that it hides.
func (k *checker) seenSet() error {
	var known, listed, fresh uint64
	s := seenOf(k.tx)
	add := func(l level, bound []byte, e entry) error {
		if e.id == 0 || uint64(e.id) > k.want.known || k.known.has(e.id) {
			return damaged(l.name, bound, fmt.Sprintf("ID %d is double or was never given", e.id))
		}
		if e.host == 0 || uint64(e.host) > k.want.hosts {
			return damaged(l.name, bound, fmt.Sprintf("ID %d is on host %d, which was never given", e.id, e.host))
		}
		k.known.add(e.id)
		known++
		if e.flags&frontier.Listed != 0 {
			listed++
		}
		return nil
	}
	hidden := s.main.walk()
	err := k.entries(s.fresh, func(bound []byte, e entry) error {
		fresh++
		if err := hidden.to(e.key[:]); err != nil {
			return err
		}
		if old, ok := hidden.block.find(e.key[:]); ok && (old.id != e.id || old.host != e.host) {
			return damaged(s.fresh.name, bound, fmt.Sprintf("ID %d hides ID %d", e.id, old.id))
		}
		return add(s.fresh, bound, e)
	})
	if err != nil {
		return err
	}
	hiding := s.fresh.walk()
	err = k.entries(s.main, func(bound []byte, e entry) error {
		if err := hiding.to(e.key[:]); err != nil {
			return err
		}
		if _, ok := hiding.block.find(e.key[:]); ok {
			return nil
		}
		return add(s.main, bound, e)
	})
	if err != nil {
		return err
	}
	if err := k.count("fresh entries", k.want.fresh, fresh); err != nil {
		return err
	}
	if err := k.count("known URLs", k.want.known, known); err != nil {
		return err
	}
	return k.count("listed URLs", k.want.listed, listed)
}

// entries calls fn for the entries of a level, after a look at their order.
func (k *checker) entries(l level, fn func(bound []byte, e entry) error) error {
	c := l.b.Cursor()
	key, v := c.First()
	for key != nil {
		block, err := decodeBlock(l.name, key, v)
		if err != nil {
			return err
		}
		bound := key
		if err := k.ctx.Err(); err != nil {
			return err
		}
		key, v = c.Next()
		if err := verifyBlock(l.name, bound, key, block); err != nil {
			return err
		}
		for i := range block.len() {
			if err := fn(bound, block.at(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// hostRows checks that hosts and their names lead to each other.
func (k *checker) hostRows() error {
	var hosts, names uint64
	byName := k.tx.Bucket([]byte(bucketHostIDs))
	err := k.each(bucketHosts, func(key, v []byte) error {
		hosts++
		h, err := decodeHost(key, v)
		if err != nil {
			return err
		}
		if h.ID == 0 || uint64(h.ID) > k.want.hosts {
			return damaged(bucketHosts, key, "number was never given")
		}
		name := hostNameKey(h.Host)
		id, err := decodeHostID(name, byName.Get(name))
		if err != nil {
			return err
		}
		if id != h.ID {
			return damaged(bucketHostIDs, name, fmt.Sprintf("leads to host %d, not %d", id, h.ID))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := k.count("hosts", k.want.hosts, hosts); err != nil {
		return err
	}
	err = k.each(bucketHostIDs, func(key, v []byte) error {
		names++
		_, err := decodeHostID(key, v)
		return err
	})
	if err != nil {
		return err
	}
	return k.count("host names", k.want.hosts, names)
}

func (k *checker) queueRows() error {
	var pending uint64
	due := k.tx.Bucket([]byte(bucketDue))
	var host frontier.HostID
	err := k.each(bucketQueue, func(key, v []byte) error {
		pending++
		p, err := decodePlace(key)
		if err != nil {
			return err
		}
		if _, err := decodeRow(key, v); err != nil {
			return err
		}
		if !k.known.has(p.id) || k.queued.has(p.id) {
			return damaged(bucketQueue, key, fmt.Sprintf("ID %d is double or not known", p.id))
		}
		k.queued.add(p.id)
		if p.host != host {
			if _, err := readHost(k.tx, p.host); err != nil {
				return err
			}
			host = p.host
		}
		if p.due >= 0 {
			k.delayed++
			id := idKey(p.id)
			at, err := decodeDue(id, due.Get(id))
			if err == nil && at != p.due {
				err = damaged(bucketDue, id, "another time than in the queue")
			}
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := k.count("pending items", k.want.pending, pending); err != nil {
		return err
	}
	return k.count("delayed items", k.want.delayed, k.delayed)
}

// dueRows needs only to count: queueRows found a row for each delayed item.
func (k *checker) dueRows() error {
	var n uint64
	err := k.each(bucketDue, func(_, _ []byte) error {
		n++
		return nil
	})
	if err != nil {
		return err
	}
	return k.count("due times", k.delayed, n)
}

func (k *checker) improvedRows() error {
	var n uint64
	err := k.each(bucketImproved, func(key, v []byte) error {
		n++
		im, err := decodeImproved(key, v)
		if err != nil {
			return err
		}
		if !k.known.has(im.ID) || k.queued.has(im.ID) {
			return damaged(bucketImproved, key, "the item is pending or not known")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.count("improved items", k.want.improved, n)
}

func (k *checker) logRows() error {
	var n uint64
	var links []frontier.Item
	sequence := k.tx.Bucket([]byte(bucketLog)).Sequence()
	var last []byte
	err := k.each(bucketLog, func(key, v []byte) (err error) {
		if links, err = decodeLog(links[:0], key, v); err != nil {
			return err
		}
		n += uint64(len(links))
		last = key
		return nil
	})
	if err != nil {
		return err
	}
	if bytes.Compare(last, idKey(frontier.ID(sequence))) > 0 {
		return damaged(bucketLog, last, fmt.Sprintf("number is above the last one given, %d", sequence))
	}
	return k.count("logged links", k.want.logged, n)
}
