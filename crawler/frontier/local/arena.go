package local

// arena cuts the buffers of one transaction from large pieces: bbolt keeps what it is given until the commit.
type arena struct{ free []byte }

// alloc gives an empty slice with room for n bytes.
func (a *arena) alloc(n int) []byte {
	if n > len(a.free) {
		if n >= arenaChunk/2 {
			return make([]byte, 0, n)
		}
		a.free = make([]byte, arenaChunk)
	}
	b := a.free[:0:n]
	a.free = a.free[n:]
	return b
}
