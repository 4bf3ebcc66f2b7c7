package fetch

import (
	"context"
	"sync"
)

// budget bounds the bytes of all body buffers. Waiters are served in order.
// When the first of them does not fit and nobody has the privilege, it gets
// the privilege and goes on above the limit: whoever waits, one fetch can
// always complete. The total stays below the limit plus one body.
type budget struct {
	mu         sync.Mutex
	max, used  int64
	privileged *hold
	waiters    []*waiter
}

// hold is what one fetch has of a budget.
type hold struct {
	bytes int64
}

type waiter struct {
	h     *hold
	n     int64
	ready chan struct{} // closed when granted
}

// try takes n bytes if that needs no waiting.
func (b *budget) try(h *hold, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.privileged != h && (len(b.waiters) > 0 || b.used+n > b.max) {
		return false
	}
	b.grant(h, n)
	return true
}

// take takes n bytes, or waits until they are there or ctx ends.
func (b *budget) take(ctx context.Context, h *hold, n int64) error {
	w := &waiter{h: h, n: n, ready: make(chan struct{})}
	b.mu.Lock()
	b.waiters = append(b.waiters, w)
	b.serve()
	b.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.waiters {
		if other == w {
			b.waiters = append(b.waiters[:i], b.waiters[i+1:]...)
			b.serve() // the next may fit
			break
		}
	}
	// A grant that came in between stays in h, and is given back with it.
	return ctx.Err()
}

// give returns n bytes of h, and the privilege with the last of them.
func (b *budget) give(h *hold, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h.bytes -= n
	b.used -= n
	if h.bytes == 0 && b.privileged == h {
		b.privileged = nil
	}
	b.serve()
}

// drop returns all of h.
func (b *budget) drop(h *hold) {
	b.mu.Lock()
	n := h.bytes
	b.mu.Unlock()
	b.give(h, n)
}

func (b *budget) grant(h *hold, n int64) {
	h.bytes += n
	b.used += n
}

// serve grants what can be granted. The lock is held.
func (b *budget) serve() {
	// The privileged fetch goes first, wherever it stands.
	for i, w := range b.waiters {
		if w.h == b.privileged {
			b.waiters = append(b.waiters[:i], b.waiters[i+1:]...)
			b.grant(w.h, w.n)
			close(w.ready)
			break
		}
	}
	for len(b.waiters) > 0 {
		w := b.waiters[0]
		if b.used+w.n > b.max {
			if b.privileged != nil {
				return
			}
			b.privileged = w.h
		}
		b.waiters[0] = nil
		b.waiters = b.waiters[1:]
		b.grant(w.h, w.n)
		close(w.ready)
	}
}
