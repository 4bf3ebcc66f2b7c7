package fetch

import "io"

// room takes n bytes of the budget for h. While it waits, the server is not
// blamed for its silence.
func (a *attempt) room(h *hold, n int64) error {
	if a.c.budget.try(h, n) {
		return nil
	}
	if !a.watch.pause() {
		defer a.watch.resume()
	}
	return a.c.budget.take(a.interrupt.context(), h, n)
}

// alloc returns an empty buffer for want bytes, charged to h.
func (a *attempt) alloc(h *hold, want int64) (*buffer, error) {
	size, class := sizeFor(want)
	if err := a.room(h, size); err != nil {
		return nil, err
	}
	return a.c.buffers.get(size, class), nil
}

// free gives a buffer and its charge back.
func (a *attempt) free(h *hold, b *buffer) {
	if b == nil {
		return
	}
	n := int64(cap(b.b))
	a.c.buffers.put(b)
	a.c.budget.give(h, n)
}

// larger moves b's bytes to a buffer for want bytes whose charge has been
// taken. For the moment of the copy both exist.
func (a *attempt) larger(h *hold, b *buffer, size int64, class int) *buffer {
	n := a.c.buffers.get(size, class)
	n.b = append(n.b, b.b...)
	a.free(h, b)
	return n
}

// nextSize is what a full buffer grows to: twice its size, but not beyond the
// length announced (-1 = none) or the limit, while they hold what they say.
func nextSize(now, length, limit int64) int64 {
	next := min(2*now, limit)
	if length > now {
		next = min(next, length)
	}
	return max(next, now+1)
}

// read reads the wire bytes of a body, at most limit; more is an error, or left
// unread with cut. length is the announced length or -1. The buffer returned, if any, is charged to h, also on error.
func (a *attempt) read(h *hold, r io.Reader, length, limit int64, cut bool) (*buffer, error) {
	if buf, err := a.whole(h, r, length, limit); buf != nil || err != nil {
		return buf, err
	}
	want := min(length, maxTrusted, limit)
	if length < 0 {
		want = min(firstUnknown, limit)
	}
	buf, err := a.alloc(h, want)
	if err != nil {
		return nil, err
	}
	for {
		full := len(buf.b) == cap(buf.b)
		to := buf.b[len(buf.b):cap(buf.b)]
		if full { // most often this finds the end, and no larger buffer is needed
			to = a.probe[:]
		}
		n, err := r.Read(to)
		if n > 0 {
			a.watch.progress(n)
			a.arrived(len(buf.b) + n)
			if int64(len(buf.b)+n) > limit && cut {
				buf.b = append(buf.b, to[:limit-int64(len(buf.b))]...)[:limit]
				return buf, nil
			}
			if int64(len(buf.b)+n) > limit {
				return buf, failf(TooLarge, opBody, "body larger than %d bytes", limit)
			}
			if full {
				size, class := sizeFor(nextSize(int64(cap(buf.b)), length, limit))
				if err := a.room(h, size); err != nil {
					return buf, err
				}
				buf = a.larger(h, buf, size, class)
				buf.b = append(buf.b, a.probe[:n]...)
			} else {
				buf.b = buf.b[:len(buf.b)+n]
			}
		}
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// whole takes a body over that has arrived with its header, with the memory that
// both are in; nil when it has not, or is small enough to be copied.
func (a *attempt) whole(h *hold, r io.Reader, length, limit int64) (*buffer, error) {
	x, ok := r.(*exchange)
	if !ok || length < wholeLeast || length > limit || !x.arrived() {
		return nil, nil
	}
	if err := a.room(h, inboxSize); err != nil {
		return nil, err
	}
	a.watch.progress(int(length))
	a.arrived(int(length))
	return x.handOver(), nil
}

// drain reads a redirect's body so that its connection can serve again. Long
// ones are not worth it: closing costs a new connection and no more.
func (a *attempt) drain() int64 {
	if a.reply.body == nil || a.reply.length > maxRedirectBody {
		return 0
	}
	size, class := sizeFor(minBuffer)
	buf := a.c.buffers.get(size, class)
	defer a.c.buffers.put(buf)
	scratch := buf.b[:cap(buf.b)]
	var total int64
	for total <= maxRedirectBody {
		n, err := a.reply.body.Read(scratch)
		total += int64(n)
		if n > 0 {
			a.watch.progress(n)
		}
		if err != nil {
			break
		}
	}
	return total
}
