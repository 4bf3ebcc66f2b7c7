package fetch

import (
	"sync"
	"time"
)

// place is where idle connections are looked for: a guarded request never
// uses an unguarded connection.
type place struct {
	at   string // host[:port] as in a Host header
	open bool
}

// idleConns keeps connections that wait for their next request. Of one place
// the one used last is used next, so that those too many grow old; when there
// are too many in all, the oldest goes. One timer closes the old ones. It is
// safe for concurrent use.
type idleConns struct {
	max, perHost int

	mu     sync.Mutex
	n      int
	places map[place]*http1Conn // the one used last
	// All of them by age.
	oldest, newest *http1Conn
	timer          *time.Timer
	armed, closed  bool
}

// idleLinks are a connection's neighbours in the lists of idleConns.
type idleLinks struct {
	since        time.Time
	below, above *http1Conn // of the same place; above was used later
	height       int        // of the same place: below, and itself
	older, newer *http1Conn
}

// take returns the connection to a place that was used last, or nil.
func (l *idleConns) take(at place) *http1Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.places[at]
	if c != nil {
		l.remove(c)
	}
	return c
}

// give takes a connection over, or closes one that is too many.
func (l *idleConns) give(c *http1Conn) {
	if old := l.add(c, time.Now()); old != nil {
		_ = old.Close() // nothing depends on how it goes
	}
}

// add puts c into the lists and returns what has no room.
func (l *idleConns) add(c *http1Conn, now time.Time) (out *http1Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if top := l.places[c.home]; l.closed || top != nil && top.height >= l.perHost {
		return c
	}
	if l.n >= l.max {
		out = l.oldest
		l.remove(out)
	}
	if l.places == nil {
		l.places = map[place]*http1Conn{}
	}
	below := l.places[c.home]
	c.since, c.below, c.older, c.height = now, below, l.newest, 1
	if below != nil {
		below.above, c.height = c, below.height+1
	}
	l.places[c.home] = c
	if c.older != nil {
		c.older.newer = c
	} else {
		l.oldest = c
	}
	l.newest = c
	l.n++
	l.arm(now)
	return out
}

// remove takes c out of the lists. The lock is held.
func (l *idleConns) remove(c *http1Conn) {
	for up := c.above; up != nil; up = up.above {
		up.height--
	}
	switch {
	case c.above != nil:
		c.above.below = c.below
	case c.below != nil:
		l.places[c.home] = c.below
	default:
		delete(l.places, c.home)
	}
	if c.below != nil {
		c.below.above = c.above
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		l.newest = c.older
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		l.oldest = c.newer
	}
	c.idleLinks = idleLinks{}
	l.n--
}

// arm has the timer call when the oldest connection is too old, or sooner. The
// lock is held.
func (l *idleConns) arm(now time.Time) {
	if l.armed || l.oldest == nil {
		return
	}
	l.armed = true
	d := idleConnTimeout - now.Sub(l.oldest.since)
	if l.timer == nil {
		l.timer = time.AfterFunc(d, l.expire)
	} else {
		l.timer.Reset(d)
	}
}

// expire is the timer's function: it closes what has been idle for too long.
func (l *idleConns) expire() {
	now := time.Now()
	l.mu.Lock()
	var old []*http1Conn
	for l.oldest != nil && now.Sub(l.oldest.since) >= idleConnTimeout {
		old = append(old, l.oldest)
		l.remove(l.oldest)
	}
	l.armed = false
	if !l.closed {
		l.arm(now)
	}
	l.mu.Unlock()
	for _, c := range old {
		_ = c.Close() // nothing depends on how it goes
	}
}

// closeOldest closes closedForDial connections, or as many as there are, for
// their descriptors. It reports false when there was none. Who has waited for
// another's call finds the descriptors free that it has freed.
func (l *idleConns) closeOldest() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	some := l.oldest != nil
	for range closedForDial {
		c := l.oldest
		if c == nil {
			break
		}
		l.remove(c)
		_ = c.Close() // nothing depends on how it goes
	}
	return some
}

// close closes all connections, and those that are given from now on.
func (l *idleConns) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	for c := l.oldest; c != nil; c = l.oldest {
		l.remove(c)
		_ = c.Close() // nothing depends on how it goes
	}
}
