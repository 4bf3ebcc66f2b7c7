package sink

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// bodyWriter appends the bodies of a batch to the active file, a transaction of at most about bodyTx at a time. Of a body
// above inlineBody its chunks come first, then its place in a segment, where its checksum is known.
type bodyWriter struct {
	bodies []newBody // that are left; of the first, what is left
	chunk  uint32    // next one of the first
	most   int       // bytes of bodies that end a segment
	kept   int       // the first so many are in arena, which is their segment but for its head
	arena  []byte
	buf    []byte // segments; bbolt refers to them until the transaction ends
	frames []byte // of part files, likewise, used again by each transaction
	used   int    // of frames
}

// writeBodies appends the new bodies to the active file.
func (s *Store) writeBodies() error {
	s.hook("bodies:before")
	b := &s.batch
	w := bodyWriter{bodies: b.bodies, most: bufferedSegment}
	room, chunked := segmentRoom(w.bodies)
	if s.active.file.choose(room - chunked) {
		w.most, w.kept, w.arena = directSegment, b.kept, b.arena
		room, _ = segmentRoom(w.bodies[w.kept:])
	}
	w.buf = slices.Grow(b.segments[:0], min(room, bodyTx+inlineBody))
	for len(w.bodies) > 0 {
		if err := s.fail(update(s.active.db, w.step)); err != nil {
			return err
		}
		if len(w.bodies) > 0 {
			s.hook("bodies:part")
			unmap(s.active.db)
		}
	}
	b.segments = w.buf
	s.hook("bodies:after")
	return nil
}

// segmentRoom is what the segments of bodies take, each in one of its own, and what their chunks take.
func segmentRoom(bodies []newBody) (room, chunked int) {
	for i := range bodies {
		h := bodies[i].header()
		room += segmentHead + indexEntry + int(h.inline())
		chunked += int(h.size - h.inline())
	}
	return room, chunked
}

func (n *newBody) header() bodyHeader {
	return bodyHeader{size: n.size, chunks: chunkCount(n.size), sum: n.sum}
}

// step puts what one transaction holds.
func (w *bodyWriter) step(tx *bolt.Tx) error {
	bodies, chunks := tx.Bucket(bucketBodies), tx.Bucket(bucketChunks)
	bodies.FillPercent, chunks.FillPercent = 1, 1 // keys only rise: nothing is ever put between
	w.buf, w.used = w.buf[:0], 0
	whole, size, put := 0, 0, 0 // bodies of the segment to come, their bytes in it, and all bytes of the transaction
	flush := func() error {
		err := w.putSegment(bodies, w.bodies[:whole])
		w.bodies, whole, size = w.bodies[whole:], 0, 0
		return err
	}
	if w.kept > 0 {
		if err := w.putKept(bodies); err != nil {
			return err
		}
		put = len(w.arena)
	}
	for whole < len(w.bodies) && put < bodyTx {
		n := &w.bodies[whole]
		h := n.header()
		if w.chunk < h.chunks {
			k, err := w.putChunk(chunks, n)
			if err != nil {
				return err
			}
			put += k
			continue
		}
		w.chunk = 0
		whole++
		size += int(h.inline())
		put += indexEntry + int(h.inline())
		if size >= w.most || whole == maxSegmentBodies {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if whole == 0 {
		return nil
	}
	return flush()
}

// putChunk puts the next chunk of a large body, and tells its bytes.
func (w *bodyWriter) putChunk(chunks *bolt.Bucket, n *newBody) (int, error) {
	if w.chunk == 0 {
		n.sum = startSum(n.seq, n.header())
	}
	v, err := w.chunkOf(n)
	if err != nil {
		return 0, err
	}
	n.sum = crc32.Update(n.sum, castagnoli, v)
	w.chunk++
	return len(v), chunks.Put(chunkKey(n.seq, w.chunk-1), v)
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

// putSegment puts bodies, at least one, that follow each other.
func (w *bodyWriter) putSegment(bucket *bolt.Bucket, bodies []newBody) error {
	from := len(w.buf)
	w.buf = append(w.buf, segmentVersion)
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(len(bodies)))
	w.buf = append(w.buf, make([]byte, 4+len(bodies)*indexEntry)...) // checksum and index are known at the end
	for i := range bodies {
		if err := w.appendBody(&bodies[i]); err != nil {
			return err
		}
	}
	return sealSegment(bucket, w.buf[from:len(w.buf):len(w.buf)], bodies)
}

// putKept puts the segment of the bodies that are kept. It has room for a longer head than it needs: the value begins where
// its own does.
func (w *bodyWriter) putKept(bucket *bolt.Bucket) error {
	bodies := w.bodies[:w.kept]
	w.bodies, w.kept = w.bodies[w.kept:], 0
	v := w.arena[arenaHead-segmentHead-len(bodies)*indexEntry : len(w.arena) : len(w.arena)]
	v[0] = segmentVersion
	binary.BigEndian.PutUint32(v[1:], uint32(len(bodies)))
	return sealSegment(bucket, v, bodies)
}

// sealSegment writes the index and its checksum into a segment that has all else, and puts it.
func sealSegment(bucket *bolt.Bucket, v []byte, bodies []newBody) error {
	index := v[segmentHead : segmentHead+len(bodies)*indexEntry]
	for i := range bodies {
		binary.BigEndian.PutUint64(index[i*indexEntry:], uint64(bodies[i].size))
		binary.BigEndian.PutUint32(index[i*indexEntry+8:], bodies[i].sum)
	}
	first := bodies[0].seq
	binary.BigEndian.PutUint32(v[5:], segmentSum(first, uint32(len(bodies)), index))
	b, err := bucket.CreateBucket(seqKey(first))
	if err != nil {
		return err
	}
	return b.Put(segmentKey, v)
}

// appendBody appends a small body, and computes its checksum while it is in the processor's cache.
func (w *bodyWriter) appendBody(n *newBody) error {
	h := n.header()
	if h.chunks > 0 {
		return nil
	}
	data := n.data
	if n.spool != nil && n.spool.file != nil { // a part that was gone on with; it has one frame
		frame := n.spool.store.pools.getFrame()
		defer n.spool.store.pools.putFrame(frame)
		var err error
		if data, err = n.spool.chunk(0, frame[:cap(frame)]); err != nil {
			return err
		}
	}
	from := len(w.buf)
	w.buf = append(w.buf, data...)
	n.sum = crc32.Update(startSum(n.seq, h), castagnoli, w.buf[from:])
	return nil
}
