package local

import (
	"bytes"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// ClaimHosts implements frontier.Frontier. A host whose items are all leased comes when the first of these leases has
// expired.
func (f *Frontier) ClaimHosts(ctx context.Context, now time.Time, horizon time.Duration, max int) ([]frontier.HostState, time.Time, error) {
	s := sweep{f: f, now: now, limit: now.Add(horizon), max: max}
	for {
		done, wake, err := f.claimSome(ctx, &s)
		if err != nil {
			for _, h := range s.found {
				f.ReturnHost(h.ID)
			}
			return nil, time.Time{}, err
		}
		if done {
			return s.found, claimableAt(wake, now, horizon), nil
		}
	}
}

// claimableAt is when a host that waits until wake can be claimed with this horizon.
func claimableAt(wake int64, now time.Time, horizon time.Duration) time.Time {
	if wake == never {
		return time.Time{}
	}
	t := time.UnixMicro(wake).Add(-horizon)
	if t.Before(now) {
		return now
	}
	return t
}

// ReturnHost implements frontier.Frontier.
func (f *Frontier) ReturnHost(host frontier.HostID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sched.unclaim(host)
}

// sweep is one call of ClaimHosts.
type sweep struct {
	f     *Frontier
	now   time.Time
	limit time.Time // now and the horizon
	max   int
	found []frontier.HostState
}

// claimSome looks at up to claimChunk hosts. It is done when it has found enough, or has nowhere to look.
func (f *Frontier) claimSome(ctx context.Context, s *sweep) (done bool, wake int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sched.wakeUntil(s.limit.UnixMicro())
	err = f.view(ctx, func(tx *bolt.Tx) error {
		q := newQueueReader(f, tx)
		for range claimChunk {
			if done = len(s.found) >= s.max; done {
				return nil
			}
			host, offered, ok, err := f.nextHost(q)
			if err != nil {
				return err
			}
			if done = !ok; done {
				return nil
			}
			if err := s.look(q, host, offered); err != nil {
				f.sched.touch(host)
				return err
			}
		}
		return nil
	})
	return done, f.sched.nextWake(), err
}

// nextHost gives a host to look at: the next one of the circle, or when that has ended the first in line.
func (f *Frontier) nextHost(q *queueReader) (host frontier.HostID, offered uint64, ok bool, err error) {
	for {
		if host, ok, err = q.hostAfter(f.sched.pos); err != nil {
			return 0, 0, false, err
		}
		if ok {
			f.sched.pos = host
			if _, known := f.sched.hosts[host]; known {
				continue
			}
			return host, 0, true, nil
		}
		if len(f.sched.line) > 0 {
			host, offered = f.sched.first()
			return host, offered, true, nil
		}
		if !f.sched.overflow {
			return 0, 0, false, nil
		}
		f.sched.restart()
	}
}

// look claims a host if it is to be claimed, or notes until when it waits.
func (s *sweep) look(q *queueReader, host frontier.HostID, offered uint64) error {
	at, any, err := s.available(q, host)
	if err != nil || !any {
		return err
	}
	h, err := readHost(q.tx, host)
	if err != nil {
		return err
	}
	if h.NextAt.After(at) {
		at = h.NextAt
	}
	if at.After(s.limit) {
		s.f.sched.wait(host, offered, ceilMicro(at))
		return nil
	}
	s.f.sched.claim(host)
	s.found = append(s.found, h)
	return nil
}

func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }

// queueReader reads the queue, as of one transaction, with an eye on the leases. Frontier.mu is held.
type queueReader struct {
	f   *Frontier
	tx  *bolt.Tx
	c   *bolt.Cursor
	key []byte
}

func newQueueReader(f *Frontier, tx *bolt.Tx) *queueReader {
	return &queueReader{f: f, tx: tx, c: tx.Bucket([]byte(bucketQueue)).Cursor()}
}

// hostAfter gives the first host above host that has an item in the queue.
func (q *queueReader) hostAfter(host frontier.HostID) (frontier.HostID, bool, error) {
	if host+1 == 0 {
		return 0, false, nil
	}
	q.key = appendHost(q.key[:0], host+1)
	k, _ := q.c.Seek(q.key)
	if k == nil {
		return 0, false, nil
	}
	p, err := decodePlace(k)
	return p.host, err == nil, err
}

// queued is one item met while reading.
type queued struct {
	place
	key, value []byte
}

// from gives the first item at or after p, of p's host and class.
func (q *queueReader) from(p place) (queued, bool, error) {
	q.key = appendPlace(q.key[:0], p)
	k, v := q.c.Seek(q.key)
	return q.item(k, v, q.key[:classPos+1])
}

// after gives the next item of the same host and class as it.
func (q *queueReader) after(it queued) (queued, bool, error) {
	k, v := q.c.Next()
	return q.item(k, v, it.key[:classPos+1])
}

func (q *queueReader) item(k, v, class []byte) (queued, bool, error) {
	if k == nil || !bytes.HasPrefix(k, class) {
		return queued{}, false, nil
	}
	p, err := decodePlace(k)
	return queued{p, k, v}, err == nil, err
}

// leased tells whether an item is leased at the time of now, and until when (zero: without end).
func (q *queueReader) leased(id frontier.ID, now time.Time) (bool, time.Time) {
	l, ok := q.f.leases[id]
	if !ok || l.expired(now) {
		return false, time.Time{}
	}
	if l.deadline == 0 {
		return true, time.Time{}
	}
	return true, time.Unix(0, l.deadline)
}

// available gives the time from which the host has an item to take, at the earliest; zero for at once.
func (s *sweep) available(q *queueReader, host frontier.HostID) (at time.Time, any bool, err error) {
	var expiry time.Time
	for _, first := range [...]place{{host, ready, 0}, {host, 0, 0}} {
		it, ok, err := q.from(first)
		for ; ok; it, ok, err = q.after(it) {
			leased, until := q.leased(it.id, s.now)
			if leased {
				expiry = earlier(expiry, until)
				continue
			}
			if first.due == ready {
				return time.Time{}, true, nil
			}
			if it.due == 0 || expiry.IsZero() {
				return dueTime(it.due), true, nil
			}
			return earlier(s.lapse(expiry), dueTime(it.due)), true, nil
		}
		if err != nil {
			return time.Time{}, false, err
		}
	}
	return s.lapse(expiry), !expiry.IsZero(), nil
}

// lapse gives the time to wait for so that a host is claimed when a lease has expired, and not a horizon before.
func (s *sweep) lapse(expiry time.Time) time.Time {
	if expiry.IsZero() {
		return expiry
	}
	return expiry.Add(s.limit.Sub(s.now) + time.Microsecond)
}

// earlier gives the earlier of two times; a zero one counts as later than all.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}
