package fetch

import (
	"math/bits"
	"sync"
)

// buffers keeps body buffers for reuse, by size. Larger ones are made as
// needed and left to the collector: they are rare.
type buffers struct {
	pools [bufferSizes]sync.Pool // of *buffer
}

// buffer is a body in the making.
type buffer struct {
	b     []byte
	skip  int // bytes of b in front of the body: the answer's header, when the buffer was its inbox
	class int // index of its pool, or -1
}

// body is what there is of it.
func (b *buffer) body() []byte { return b.b[b.skip:] }

// sizeFor rounds a wanted capacity up to that of a pooled buffer.
func sizeFor(n int64) (size int64, class int) {
	if n <= minBuffer {
		return minBuffer, 0
	}
	if n > maxPooled {
		return n, -1
	}
	shift := bits.Len64(uint64(n-1)) - bits.Len64(minBuffer-1)
	return minBuffer << shift, shift
}

// get returns an empty buffer of the size and class that sizeFor told.
func (p *buffers) get(size int64, class int) *buffer {
	if class >= 0 {
		if b, ok := p.pools[class].Get().(*buffer); ok {
			return b
		}
	}
	return &buffer{b: make([]byte, 0, size), class: class}
}

func (p *buffers) put(b *buffer) {
	if b == nil || b.class < 0 {
		return
	}
	b.b, b.skip = b.b[:0], 0
	p.pools[b.class].Put(b)
}
