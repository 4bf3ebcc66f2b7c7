package parse

import (
	"context"
	"sync"
)

// gate lets documents in while there is room for them: for their number until a worker has them, for their bytes until
// they have a result. Those that wait come in one after another, in their order.
type gate struct {
	maxDocs  int
	maxBytes int64

	mu      sync.Mutex
	docs    int
	bytes   int64
	closed  error
	waiting []*waiter
}

type waiter struct {
	bytes int64
	in    chan struct{} // closed when it is let in, or the gate is closed
	err   error
}

func newGate(docs int, bytes int64) *gate { return &gate{maxDocs: docs, maxBytes: bytes} }

// fits reports whether there is room. Any document fits when nothing else is in.
func (g *gate) fits(bytes int64) bool {
	return g.docs < g.maxDocs && (g.bytes+bytes <= g.maxBytes || g.bytes == 0)
}

// enter waits for room. The error is that of ctx or of close.
func (g *gate) enter(ctx context.Context, bytes int64) error {
	g.mu.Lock()
	switch {
	case g.closed != nil:
		g.mu.Unlock()
		return g.closed
	case ctx.Err() != nil:
		g.mu.Unlock()
		return ctx.Err()
	case len(g.waiting) == 0 && g.fits(bytes):
		g.docs++
		g.bytes += bytes
		g.mu.Unlock()
		return nil
	}
	w := &waiter{bytes: bytes, in: make(chan struct{})}
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	select {
	case <-w.in:
		return w.err
	case <-ctx.Done():
		return g.giveUp(ctx, w)
	}
}

// giveUp takes a waiter out. It may have been let in just now.
func (g *gate) giveUp(ctx context.Context, w *waiter) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			g.admit()
			return ctx.Err()
		}
	}
	return w.err
}

// admit lets in those for whom there is room.
func (g *gate) admit() {
	n := 0
	for n < len(g.waiting) && g.fits(g.waiting[n].bytes) {
		w := g.waiting[n]
		g.docs++
		g.bytes += w.bytes
		close(w.in)
		n++
	}
	if n == len(g.waiting) {
		g.waiting = nil
	} else {
		g.waiting = g.waiting[n:]
	}
}

// taken says that a document has left the queue.
func (g *gate) taken() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.docs--
	g.admit()
}

// left says that a document's bytes are not held any more.
func (g *gate) left(bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bytes -= bytes
	g.admit()
}

// close turns away those that wait and all that come.
func (g *gate) close(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		return
	}
	g.closed = err
	for _, w := range g.waiting {
		w.err = err
		close(w.in)
	}
	g.waiting = nil
}
