package sink

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// A segment holds the small bodies of one transaction of a body file, end to end, in one value: what a body costs is the
// copying of its bytes, not a page, a call and an entry in a tree for each. The value is
//
//	version (1), number of bodies (4), CRC32C (4) of the sequence of the first, the number and the index
//	index     size (8) and CRC32C (4, see startSum) of each body
//	bodies    up to inlineBody each; a larger one has only its place in the index
//
// Each stands in a bucket of its own, whose key is the sequence of its first body: bbolt writes a leaf anew with all values
// in it when one is added.

// segmentVersion is the first byte of a segment.
const segmentVersion = 1

// Sizes in a segment, in bytes.
const (
	segmentHead = 1 + 4 + 4
	indexEntry  = 8 + 4
)

// segmentKey is the one key in the bucket of a segment.
var segmentKey = []byte("s")

// segment is a value that was read, valid until its transaction ends.
type segment struct {
	first uint64
	index []byte
	data  []byte
}

// count is the number of bodies, at least one.
func (g *segment) count() int { return len(g.index) / indexEntry }

// last is the sequence of the newest body.
func (g *segment) last() uint64 { return g.first + uint64(g.count()) - 1 }

// header reads an entry of the index.
func (g *segment) header(i int) bodyHeader {
	e := g.index[i*indexEntry:]
	size := int64(binary.BigEndian.Uint64(e))
	return bodyHeader{sum: binary.BigEndian.Uint32(e[8:]), size: size, chunks: chunkCount(size)}
}

// body gives a body's header and, when it is small, its bytes. It must be in the segment.
func (g *segment) body(seq uint64) (bodyHeader, []byte) {
	i, at := int(seq-g.first), int64(0)
	for j := range i {
		at += g.header(j).inline()
	}
	h := g.header(i)
	return h, g.data[at : at+h.inline() : at+h.inline()]
}

// segmentSum covers what says where the bodies of a segment are.
func segmentSum(first uint64, count uint32, index []byte) uint32 {
	var b [8 + 4]byte
	binary.BigEndian.PutUint64(b[:], first)
	binary.BigEndian.PutUint32(b[8:], count)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, index)
}

// readSegment takes a value apart. What it gives can be used without looking again.
func readSegment(first uint64, v []byte) (segment, error) {
	switch {
	case len(v) < segmentHead:
		return segment{}, damaged("the bodies from %d on have a header of %d bytes", first, len(v))
	case v[0] == 0: // no checksum covers it
		return segment{}, damaged("the bodies from %d on have version 0", first)
	case v[0] > segmentVersion:
		return segment{}, fmt.Errorf("%w: the bodies from %d on have version %d, this program knows up to %d; use the newer program", ErrNewerFormat, first, v[0], segmentVersion)
	}
	count, sum := binary.BigEndian.Uint32(v[1:]), binary.BigEndian.Uint32(v[5:])
	v = v[segmentHead:]
	if count == 0 || count > maxSegmentBodies || int(count)*indexEntry > len(v) {
		return segment{}, damaged("%d bodies from %d on do not fit in %d bytes", count, first, len(v))
	}
	g := segment{first: first, index: v[:count*indexEntry], data: v[count*indexEntry:]}
	if segmentSum(first, count, g.index) != sum {
		return segment{}, damaged("the index of the bodies from %d on does not match its checksum", first)
	}
	left := int64(len(g.data))
	for i := range g.count() {
		h := g.header(i)
		if h.size < 0 || h.size > MaxBody {
			return segment{}, damaged("body %d has a size of %d bytes", first+uint64(i), h.size)
		}
		left -= h.inline()
	}
	if left != 0 {
		return segment{}, damaged("the bodies from %d on have %d bytes more than their index says", first, left)
	}
	return g, nil
}

// segmentAt reads the segment at a key of the bucket of bodies.
func segmentAt(bodies *bolt.Bucket, key []byte) (segment, error) {
	b := bodies.Bucket(key)
	if len(key) != 8 || b == nil {
		return segment{}, damaged("there is something else than bodies at %x", key)
	}
	return readSegment(binary.BigEndian.Uint64(key), b.Get(segmentKey))
}

// segmentOf finds the segment that has a body; its count is 0 when there is none.
func segmentOf(tx *bolt.Tx, seq uint64) (segment, error) {
	bodies := tx.Bucket(bucketBodies)
	c := bodies.Cursor()
	k, _ := c.Seek(seqKey(seq))
	if k == nil {
		k, _ = c.Last()
	} else if !bytes.Equal(k, seqKey(seq)) {
		k, _ = c.Prev()
	}
	if k == nil {
		return segment{}, nil
	}
	g, err := segmentAt(bodies, k)
	if err != nil || seq > g.last() {
		return segment{}, err
	}
	return g, nil
}
