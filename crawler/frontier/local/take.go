package local

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// Take implements frontier.Frontier. It fails with ErrNotClaimed for a host that is not claimed.
func (f *Frontier) Take(ctx context.Context, host frontier.HostID, now time.Time, max int) (
	leases []frontier.Lease, next time.Time, more bool, err error,
) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.sched.hosts[host]
	if t.state != claimed {
		return nil, time.Time{}, false, fmt.Errorf("%w: host %d", ErrNotClaimed, host)
	}
	k := taker{f: f, now: now, max: max, leases: f.taken[:0]}
	err = f.view(ctx, func(tx *bolt.Tx) error {
		k.queueReader = newQueueReader(f, tx)
		return k.take(host, t.next)
	})
	if err != nil {
		return nil, time.Time{}, false, err
	}
	// The leases become real only here, when nothing can fail any more.
	for i := range k.leases {
		l := &k.leases[i]
		held := lease{token: l.Token, place: k.places[i], depth: l.Depth, flags: l.Flags}
		if !l.Deadline.IsZero() {
			held.deadline = l.Deadline.UnixNano()
		}
		f.leases[l.ID] = held
	}
	if f.opts.LeaseTTL == 0 { // else an expired lease may lie before it
		t.next = k.next
		f.sched.hosts[host] = t
	}
	leases = slices.Clone(k.leases) // no larger than it is: many hosts hold theirs for long
	clear(k.leases)
	f.taken = k.leases
	return leases, dueTime(k.wake), k.more, nil
}

// taker is one call of Take.
type taker struct {
	*queueReader
	f    *Frontier
	now  time.Time
	max  int
	name string // of the host

	leases []frontier.Lease
	places []place
	next   frontier.ID // no ready item before this one can be taken
	wake   int64       // when the next delayed item is due, in Unix ms; 0: there is none
	more   bool
}

func (k *taker) take(host frontier.HostID, next frontier.ID) error {
	h, err := readHost(k.tx, host)
	if err != nil {
		return err
	}
	k.name, k.next = h.Host, next
	if err := k.takeDelayed(host); err != nil {
		return err
	}
	if k.more {
		return nil
	}
	it, ok, err := k.from(place{host, ready, next})
	for ; ok; it, ok, err = k.after(it) {
		if leased, _ := k.leased(it.id, k.now); !leased {
			if k.more = len(k.leases) >= k.max; k.more {
				return nil
			}
			if err := k.lease(it); err != nil {
				return err
			}
		}
		k.next = it.id + 1
	}
	return err
}

// takeDelayed takes the items that are due, and finds when the next one is.
func (k *taker) takeDelayed(host frontier.HostID) error {
	now := k.now.UnixMilli()
	it, ok, err := k.from(place{host, 0, 0})
	for ; ok; it, ok, err = k.after(it) {
		if leased, _ := k.leased(it.id, k.now); leased {
			continue
		}
		if it.due > now {
			k.wake = it.due
			return nil
		}
		if k.more = len(k.leases) >= k.max; k.more {
			return k.findWake(host, now+1)
		}
		if err := k.lease(it); err != nil {
			return err
		}
	}
	return err
}

// findWake finds the first item that is due no earlier than at.
func (k *taker) findWake(host frontier.HostID, at int64) error {
	it, ok, err := k.from(place{host, max(at, 0), 0})
	for ; ok; it, ok, err = k.after(it) {
		if leased, _ := k.leased(it.id, k.now); !leased {
			k.wake = it.due
			return nil
		}
	}
	return err
}

func (k *taker) lease(it queued) error {
	r, err := decodeRow(it.key, it.value)
	if err != nil {
		return err
	}
	k.f.token++
	l := frontier.Lease{
		ID: it.id, Token: k.f.token, URL: joinURL(r.form, k.name, r.rest), Host: k.name,
		Depth: r.depth, From: r.from, Flags: r.flags, Note: cloneNote(r.note),
	}
	if k.f.opts.LeaseTTL > 0 {
		l.Deadline = k.now.Add(k.f.opts.LeaseTTL)
	}
	k.leases = append(k.leases, l)
	k.places = append(k.places, it.place)
	return nil
}
