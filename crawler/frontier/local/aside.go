package local

import (
	"bytes"
	"context"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// Waiting implements frontier.Frontier. The order is that of the queue: a place is one of its keys.
func (f *Frontier) Waiting(ctx context.Context, after []byte, max int) (items []frontier.Waiting, next []byte, err error) {
	err = f.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket([]byte(bucketQueue)).Cursor()
		k, v := c.Seek(after)
		if after != nil && bytes.Equal(k, after) {
			k, v = c.Next()
		}
		var host frontier.HostState
		for ; k != nil && len(items) < max; k, v = c.Next() {
			p, err := decodePlace(k)
			if err != nil {
				return err
			}
			if p.host != host.ID {
				if host, err = readHost(tx, p.host); err != nil {
					return err
				}
			}
			r, err := decodeRow(k, v)
			if err != nil {
				return err
			}
			items = append(items, frontier.Waiting{ID: p.id, Item: frontier.Item{
				URL: joinURL(r.form, host.Host, r.rest), Host: host.Host, Depth: r.depth, From: r.from, Flags: r.flags, Note: cloneNote(r.note),
			}})
			next = append(next[:0], k...)
		}
		return nil
	})
	return items, next, err
}

// setAside settles pending items until they are found once more.
func (s *step) setAside(list []frontier.Aside) error {
	if len(list) == 0 {
		return nil
	}
	s.f.opts.Hook("aside:before")
	order := sortByKey(len(list), func(i int) *frontier.Key { return &list[i].Key })
	held := s.heldOf(list)
	changed := make(entries, 0, len(list)*entryBytes)
	fresh, main := s.seen.fresh.walk(), s.seen.main.walk()
	for i := range order {
		a := &list[order[i].item]
		e, ok, err := find(a.Key[:], fresh, main)
		if err != nil {
			return err
		}
		if _, leased := held[a.ID]; !ok || leased || e.id != a.ID {
			s.res.Stale++
			continue
		}
		gone, err := s.asideOne(a, e)
		if err != nil {
			return err
		}
		if gone {
			e.depth = frontier.NoDepth
			changed = appendEntry(changed, &e)
		}
	}
	if err := s.seen.add(changed, &s.c, &s.arena); err != nil {
		return err
	}
	s.f.opts.Hook("aside:after")
	return nil
}

// heldOf gives those of the items that are leased, and are not given back in this batch.
func (s *step) heldOf(list []frontier.Aside) map[frontier.ID]struct{} {
	held := make(map[frontier.ID]struct{})
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	for i := range list {
		if l, ok := s.f.leases[list[i].ID]; ok && !l.expired(s.now) {
			held[list[i].ID] = struct{}{}
		}
	}
	for i := range s.ended {
		delete(held, s.ended[i].place.id)
	}
	return held
}

// asideOne takes an item out of the queue, and reports whether it was not found once more since it was listed.
func (s *step) asideOne(a *frontier.Aside, e entry) (gone bool, err error) {
	p, key, v, err := findPending(s.tx, e)
	if err != nil {
		return false, err
	}
	if v == nil {
		s.res.Stale++
		return false, nil
	}
	r, err := decodeRow(key, v)
	if err != nil {
		return false, err
	}
	if err := s.queue.Delete(key); err != nil {
		return false, fmt.Errorf("frontier: set item %d aside: %w", a.ID, err)
	}
	if err := s.leave(p); err != nil {
		return false, err
	}
	s.ended = append(s.ended, endedLease{p, false}) // it may have had one, which has expired
	if r.depth != a.Depth || r.flags != a.Flags {
		return false, s.improve(a.ID, r.depth, r.from, r.flags)
	}
	return true, nil
}
