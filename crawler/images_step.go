package crawler

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"crawl/parse"
	"crawl/parse/picture"
	"crawl/sink"
)

// examine has the file of a result decoded. One that cannot be keeps what is known of its answer, and its bytes.
func (c *Crawl) examine(ctx context.Context, r *result) {
	m, rec := c.o.Images, r.record
	body, done, err := c.fileBytes(ctx, r.spool)
	defer done()
	var f parse.ImageFacts
	if err == nil {
		f, err = m.Imager.Image(ctx, &parse.ImageJob{
			URL: rec.URL, ContentType: rec.ContentType, Body: body, Verify: m.Verify, DHash: m.DHash, Thumb: m.Thumb,
		})
	}
	switch {
	case err == nil:
		if f.Width > 0 && f.Height > 0 {
			rec.Width, rec.Height = uint32(f.Width), uint32(f.Height)
		}
		rec.DHash, rec.HasDHash = f.DHash, f.HasDHash
		if len(f.Thumb) > 0 {
			r.thumb, rec.Thumb = f.Thumb, sha256.Sum256(f.Thumb)
		}
	case ctx.Err() != nil:
		r.stopped = true
	case errors.Is(err, sink.ErrIO), errors.Is(err, sink.ErrDamaged):
		r.fatal, r.stopped = err, true
	case errors.Is(err, parse.ErrNoWorkers), errors.Is(err, parse.ErrClosed), errors.Is(err, parse.ErrNoImages):
		r.fatal, r.stopped = noImagers(err), true
	default:
		r.class = imageClass(err)
		r.attempt.Message = clip(err.Error(), maxErrorMessage)
	}
}

// noImagers says that there is nothing that decodes pictures: an ErrNoParsers in the words of an image batch.
func noImagers(err error) error { return &imagersError{err} }

type imagersError struct{ err error }

func (e *imagersError) Error() string        { return "the pictures cannot be decoded: " + e.err.Error() }
func (e *imagersError) Unwrap() error        { return e.err }
func (e *imagersError) Is(target error) bool { return target == ErrNoParsers }

// imageClass maps what an Imager says of a file to its class.
func imageClass(err error) Class {
	for _, bad := range []error{picture.ErrNotAnImage, picture.ErrTooManyPixels, picture.ErrTooLarge, picture.ErrBroken} {
		if errors.Is(err, bad) {
			return ClassBadImage
		}
	}
	return extractClass(err)
}

// fileBytes reads a file into memory. Few large ones are there at once.
func (c *Crawl) fileBytes(ctx context.Context, sp *sink.Spool) (body []byte, done func(), err error) {
	done = func() {}
	switch n := sp.Len(); {
	case n > picture.MaxBytes:
		return nil, done, fmt.Errorf("%w: %d bytes are more than %d", picture.ErrTooLarge, n, picture.MaxBytes)
	case n > largeFile:
		select {
		case c.large <- struct{}{}:
			done = func() { <-c.large }
		case <-ctx.Done():
			return nil, done, ctx.Err()
		}
	}
	body = make([]byte, sp.Len())
	_, err = io.ReadFull(sp.Reader(), body)
	return body, done, err
}

// room bounds the bytes of files that are in memory. Who would exceed it waits, but for one at a time, so that one of those
// who wait can always come to its end.
type room struct {
	mu    sync.Mutex
	freed *sync.Cond
	max   int64
	used  int64
	first *heldBytes // goes on above max
}

// heldBytes is what one file has of a room. It goes from the download to the committer.
type heldBytes struct {
	room *room
	n    int64
}

func newRoom(max int64) *room {
	r := &room{max: max}
	r.freed = sync.NewCond(&r.mu)
	return r
}

// take blocks until there is room for n bytes more, or ctx ends.
func (h *heldBytes) take(ctx context.Context, n int64) error {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used+n > r.max && r.first != nil && r.first != h {
		defer context.AfterFunc(ctx, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.freed.Broadcast()
		})()
	}
	for r.used+n > r.max && r.first != h && ctx.Err() == nil {
		if r.first == nil {
			r.first = h
			break
		}
		r.freed.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.used += n
	h.n += n
	return nil
}

// give gives all bytes back.
func (h *heldBytes) give() {
	r := h.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used -= h.n
	h.n = 0
	if r.first == h {
		r.first = nil
	}
	r.freed.Broadcast()
}

// transfers are the files on their way.
type transfers struct {
	mu   sync.Mutex
	list map[*transfer]struct{}
}

func (t *transfers) add(x *transfer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		t.list = map[*transfer]struct{}{}
	}
	t.list[x] = struct{}{}
}

func (t *transfers) drop(x *transfer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.list, x)
}

// Transfer is a file on its way.
type Transfer struct {
	URL   string        `json:"url"`
	Bytes int64         `json:"bytes"` // received
	Total int64         `json:"total"` // 0: not known
	For   time.Duration `json:"for_ns"`
}

// slowest gives those that have been on their way for the longest.
func (t *transfers) slowest(now time.Time) []Transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Transfer
	for x := range t.list {
		list = append(list, Transfer{URL: x.url, Bytes: x.bytes.Load(), Total: x.total.Load(), For: now.Sub(x.begun)})
	}
	slices.SortFunc(list, func(a, b Transfer) int { return int(b.For - a.For) })
	return list[:min(len(list), slowestShown)]
}
