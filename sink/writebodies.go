package sink

import (
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// bodyWriter appends the bodies of a batch to the active file, a transaction of at most about bodyTx at a time. A body
// above inlineBody is its chunks first, then its header, whose checksum is known by then.
type bodyWriter struct {
	bodies []newBody // that are left; of the first, what is left
	chunk  uint32    // next one of the first
	sum    uint32    // of its chunks so far
	buf    []byte    // values; bbolt refers to them until the transaction ends
	frames []byte    // of part files, likewise, used again by each transaction
	used   int       // of frames
}

// writeBodies appends the new bodies to the active file.
func (s *Store) writeBodies() error {
	s.hook("bodies:before")
	w := bodyWriter{bodies: s.batch.bodies, buf: slices.Grow(s.batch.buf, valueRoom(s.batch.bodies))}
	for len(w.bodies) > 0 {
		if err := s.fail(update(s.active.db, w.step)); err != nil {
			return err
		}
		if len(w.bodies) > 0 {
			s.hook("bodies:part")
			unmap(s.active.db)
		}
	}
	s.batch.buf = w.buf
	s.hook("bodies:after")
	return nil
}

// valueRoom is what the headers and the small bodies take.
func valueRoom(bodies []newBody) (n int) {
	for i := range bodies {
		if n += bodyHead; chunkCount(bodies[i].size) == 0 && bodies[i].value == nil {
			n += len(bodies[i].data)
		}
	}
	return n
}

// step puts what one transaction holds.
func (w *bodyWriter) step(tx *bolt.Tx) error {
	bodies, chunks := tx.Bucket(bucketBodies), tx.Bucket(bucketChunks)
	bodies.FillPercent, chunks.FillPercent = 1, 1 // keys only rise: nothing is ever put between
	w.used = 0
	for put := 0; len(w.bodies) > 0 && put < bodyTx; {
		n, err := w.next(bodies, chunks)
		if err != nil {
			return err
		}
		put += n
	}
	return nil
}

// next puts a small body, a chunk of a large one, or its header, and tells its bytes.
func (w *bodyWriter) next(bodies, chunks *bolt.Bucket) (int, error) {
	n := &w.bodies[0]
	h := bodyHeader{size: n.size, chunks: chunkCount(n.size)}
	if w.chunk == 0 {
		w.sum = startSum(n.seq, h)
	}
	if w.chunk < h.chunks {
		v, err := w.chunkOf(n)
		if err != nil {
			return 0, err
		}
		w.sum = crc32.Update(w.sum, castagnoli, v)
		w.chunk++
		return len(v), chunks.Put(chunkKey(n.seq, w.chunk-1), v)
	}
	v := w.value(n, h)
	w.bodies, w.chunk = w.bodies[1:], 0
	return len(v), bodies.Put(seqKey(n.seq), v)
}

// value is the header of a body with, when it is small, the body itself.
func (w *bodyWriter) value(n *newBody, h bodyHeader) []byte {
	small := n.data
	if h.chunks > 0 {
		small = nil
	}
	h.sum = crc32.Update(w.sum, castagnoli, small)
	if h.chunks == 0 && n.value != nil {
		appendHeader(n.value[:0], h)
		return n.value
	}
	from := len(w.buf)
	w.buf = append(appendHeader(w.buf, h), small...)
	return w.buf[from:len(w.buf):len(w.buf)]
}

// chunkOf gives the next chunk of a body.
func (w *bodyWriter) chunkOf(n *newBody) ([]byte, error) {
	from := int64(w.chunk) * ChunkSize
	if n.data != nil {
		return n.data[from:min(from+ChunkSize, n.size)], nil
	}
	if w.frames == nil {
		w.frames = make([]byte, (bodyTx/ChunkSize+1)*(frameHead+frameSize)) // the last may pass bodyTx
	}
	i := int64(w.chunk)
	v, err := n.spool.chunk(i, w.frames[w.used:])
	if i < n.spool.full {
		w.used += frameHead + frameSize
	}
	return v, err
}
