package sink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"unsafe"

	bolt "go.etcd.io/bbolt"
)

// TestSegments commits batches above and below directLeast in turn, each read back at once, with more bodies than a
// segment takes.
func TestSegments(t *testing.T) {
	s := newStore(t, Options{})
	id := uint64(0)
	batch := func(n, size int) {
		var puts []Put
		for range n {
			id++
			puts = append(puts, samplePut(id, sampleBody(id, size)))
		}
		mustCommit(t, s, puts...)
		for _, p := range puts {
			mustHave(t, s, p)
		}
	}
	for range 3 {
		batch(3, 700)
		batch(40, 20_000)
		batch(maxSegmentBodies+3, 9)
		batch(1, inlineBody)
		batch(90, bodyTx/70)
		batch(2, 2*ChunkSize+5)
	}
	if r := checkClean(t, s); r.Bodies != id || r.Orphans != 0 {
		t.Errorf("report %+v", r)
	}
}

// TestSegmentFromPart: a small body that is in a part file, as it was gone on with.
func TestSegmentFromPart(t *testing.T) {
	s := newStore(t, Options{})
	for id, n := range map[uint64]int{1: inlineBody, 2: inlineBody + 1} {
		body := sampleBody(id, n)
		sp := s.NewSpool(id, sampleHead(id, n))
		feed(t, sp, body)
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
		sp, _, err := s.OpenPart(id)
		if err != nil {
			t.Fatal(err)
		}
		p := Put{Record: sampleRecord(id), Spool: sp}
		mustCommit(t, s, p)
		mustHave(t, s, Put{Record: p.Record, Body: body})
	}
	checkClean(t, s)
}

// TestTornSegment: a watermark in the middle of a segment, as when state.db and body file are of different copies.
func TestTornSegment(t *testing.T) {
	s := newStore(t, Options{})
	mustCommit(t, s, samplePut(1, []byte("a")), samplePut(2, []byte("b")))
	err := s.Update(func(tx *bolt.Tx) error {
		return putMeta(tx, metaBodies, appendWatermark(nil, watermark{1, 1}))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.Dir(), Options{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("Open: %v", err)
	}
	if _, err := Check(s.Dir(), nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("Check: %v", err)
	}
}

// TestPageMemory: what writing past the page cache relies on. bbolt allocates pages like this.
func TestPageMemory(t *testing.T) {
	for _, pages := range []int{1, 2, 3, 9, 100, 1000} {
		for range 20 {
			b := make([]byte, pages*bodyPage)
			if at := uintptr(unsafe.Pointer(&b[0])); at%bodyPage != 0 {
				t.Fatalf("%d pages are at %#x", pages, at)
			}
		}
	}
}

func sampleSegment(first uint64, sizes ...int) []byte {
	b := binary.BigEndian.AppendUint32([]byte{segmentVersion}, uint32(len(sizes)))
	var index, data []byte
	for i, n := range sizes {
		index = binary.BigEndian.AppendUint64(index, uint64(n))
		index = binary.BigEndian.AppendUint32(index, uint32(i))
		if chunkCount(int64(n)) == 0 {
			data = append(data, sampleBody(uint64(i), n)...)
		}
	}
	b = binary.BigEndian.AppendUint32(b, segmentSum(first, uint32(len(sizes)), index))
	return append(append(b, index...), data...)
}

// FuzzSegment: whatever a segment holds, what readSegment takes can be read.
func FuzzSegment(f *testing.F) {
	f.Add(uint64(1), sampleSegment(1, 5), true)
	f.Add(uint64(7), sampleSegment(7, 0, inlineBody+1, 3), false)
	f.Add(uint64(8), sampleSegment(7, 1), false)
	f.Add(uint64(0), []byte{segmentVersion + 1, 0, 0, 0, 1, 0, 0, 0, 0}, false)
	f.Add(uint64(1), append([]byte{0}, sampleSegment(1, 5)[1:]...), true)
	f.Add(uint64(1), []byte{1, 255, 255, 255, 255, 0, 0, 0, 0, 1}, true)
	f.Fuzz(func(t *testing.T, first uint64, v []byte, sum bool) {
		v = bytes.Clone(v)
		if len(v) >= segmentHead && sum {
			n := binary.BigEndian.Uint32(v[1:])
			index := v[segmentHead:]
			index = index[:min(len(index), int(n)*indexEntry)]
			binary.BigEndian.PutUint32(v[5:], segmentSum(first, n, index))
		}
		g, err := readSegment(first, v)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewerFormat) {
				t.Fatal(err)
			}
			return
		}
		if v[0] != segmentVersion {
			t.Fatalf("version %d was taken", v[0])
		}
		total := 0
		for i := range g.count() {
			h, b := g.body(first + uint64(i))
			if int64(len(b)) != h.inline() {
				t.Fatalf("body %d has %d bytes, its header says %d", i, len(b), h.inline())
			}
			total += len(b)
		}
		if total != len(g.data) || g.last() != first+uint64(g.count())-1 {
			t.Fatalf("%d bytes of %d", total, len(g.data))
		}
	})
}
