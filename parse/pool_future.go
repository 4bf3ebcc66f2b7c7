package parse

import (
	"context"
	"sync"
)

// Future is the result of a document that was submitted, once there is one.
type Future struct {
	p     *Pool
	ctx   context.Context // of Submit
	rules *Rules
	image *imageTask // of a picture: what is wanted and found; nil for a page
	bytes int64
	done  chan struct{}

	// Of whoever has the document: how often a worker died with it.
	deaths int

	mu       sync.Mutex
	doc      Document // zero once finished
	finished bool
	then     []func(Extraction, error)

	// Written before done is closed.
	x   Extraction
	err error
}

// Done is closed when there is a result.
func (f *Future) Done() <-chan struct{} { return f.done }

// Wait gives the result, once there is one. When ctx is done first it gives the error of ctx, and the document stays in
// hand.
func (f *Future) Wait(ctx context.Context) (Extraction, error) {
	select {
	case <-f.done:
		return f.x, f.err
	case <-ctx.Done():
		return Extraction{}, ctx.Err()
	}
}

// await is Wait, but gives the document up when the context of Submit is done.
func (f *Future) await() (Extraction, error) {
	select {
	case <-f.done:
	case <-f.ctx.Done():
		f.Cancel()
		<-f.done // cancelled, or just finished
	}
	return f.x, f.err
}

// OnDone calls fn with the result, once: at once in the caller's goroutine when there is one, else in the goroutine that
// feeds a worker, which waits for it; fn should be quick, and must not wait for other results.
func (f *Future) OnDone(fn func(Extraction, error)) {
	f.mu.Lock()
	if !f.finished {
		f.then = append(f.then, fn)
		f.mu.Unlock()
		return
	}
	f.mu.Unlock()
	fn(f.x, f.err)
}

// Cancel gives the document up: its result is context.Canceled, or the error of Submit's context, unless it has one. The
// body is not read any more when Cancel returns.
func (f *Future) Cancel() {
	err := f.ctx.Err()
	if err == nil {
		err = context.Canceled
	}
	f.finish(Extraction{}, err)
}

// finish gives the result. Only the first one counts.
func (f *Future) finish(x Extraction, err error) {
	f.mu.Lock()
	if f.finished {
		f.mu.Unlock()
		return
	}
	if err != nil && isPoison(err) {
		f.p.poisoned.Add(1)
		if f.p.o.Quarantine != nil {
			f.p.o.Quarantine(&f.doc, *f.rules, err)
		}
	}
	f.x, f.err, f.finished = x, err, true
	f.doc = Document{}
	then := f.then
	f.then = nil
	close(f.done)
	f.mu.Unlock()
	f.p.finished(f)
	for _, fn := range then {
		fn(x, err)
	}
}

// refusal is why a document cannot be sent to a worker at all.
func (f *Future) refusal() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.doc.fits()
}

// append appends the document to a message, unless it has a result by now.
func (f *Future) append(b []byte) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return b, false
	}
	return append(appendDocument(b, &f.doc), f.doc.Body...), true
}

// appendBody appends the document's bytes alone, unless it has a result by now.
func (f *Future) appendBody(b []byte) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return b, false
	}
	return append(b, f.doc.Body...), true
}

// appendHead is append without the body; it says how many bytes of it must follow.
func (f *Future) appendHead(b []byte) ([]byte, int, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		return b, 0, false
	}
	return appendDocument(b, &f.doc), len(f.doc.Body), true
}

// bodyPart copies the body from a place on; zeros, when it is the caller's own again.
func (f *Future) bodyPart(dst []byte, from int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished {
		clear(dst)
		return
	}
	copy(dst, f.doc.Body[from:])
}
