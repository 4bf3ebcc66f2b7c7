package sink

import (
	"math/bits"
	"sync"
)

// pools keep the memory of spools, by size.
type pools struct {
	small  [poolSizes]sync.Pool // of *[]byte, powers of two from smallPool to spoolMemory
	frames sync.Pool            // of *[]byte
}

// poolFor gives the index of the pool whose memory holds n bytes.
func poolFor(n int) int {
	if n <= smallPool {
		return 0
	}
	return bits.Len(uint(n-1)) - bits.Len(smallPool-1)
}

// get gives empty memory for n bytes, at most spoolMemory.
func (p *pools) get(n int64) []byte {
	i := poolFor(int(n))
	if b, ok := p.small[i].Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, 0, smallPool<<i)
}

// put takes memory back that get gave, or nil.
func (p *pools) put(b []byte) {
	if b != nil {
		b = b[:0]
		p.small[poolFor(cap(b))].Put(&b)
	}
}

// append appends to memory of get, and moves it when it is full. Bytes that are in their place already stay there.
func (p *pools) append(b, more []byte) []byte {
	if spare := b[len(b):cap(b)]; len(more) > 0 && len(more) <= len(spare) && &spare[0] == &more[0] {
		return b[:len(b)+len(more)]
	}
	if n := len(b) + len(more); n > cap(b) {
		larger := append(p.get(int64(n)), b...)
		p.put(b)
		b = larger
	}
	return append(b, more...)
}

// getFrame gives memory for a frame, its head being there.
func (p *pools) getFrame() []byte {
	if b, ok := p.frames.Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, frameHead, frameHead+frameSize)
}

func (p *pools) putFrame(b []byte) {
	b = b[:frameHead]
	p.frames.Put(&b)
}
