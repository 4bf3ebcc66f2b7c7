package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"hash"
	"io"
	"runtime"
	"testing"
	"time"
)

// go test ./sink -run TestSpoolMemory -v -spool-bytes 2147483648
var spoolBytes = flag.Int64("spool-bytes", 96<<20, "bytes of the body of TestSpoolMemory")

// TestSpoolMemory: a body of any size passes, from the network to the disk and back, in the same memory.
func TestSpoolMemory(t *testing.T) {
	m := &heapMeter{}
	s := newStore(t, Options{Hook: func(string) { m.look() }})
	sum := sha256.New()
	piece := sampleBody(1, 256<<10)
	m.start()
	began := time.Now()
	sp := s.NewSpool(1, PartHead{Total: *spoolBytes})
	for n := int64(0); n < *spoolBytes; n += int64(len(piece)) {
		binary.LittleEndian.PutUint64(piece, uint64(n))
		_, _ = sum.Write(piece)
		for p := piece; len(p) > 0; p = p[32<<10:] {
			if _, err := sp.Write(p[:32<<10]); err != nil {
				t.Fatal(err)
			}
		}
		m.look()
	}
	received := time.Since(began)
	began = time.Now()
	p := Put{Record: sampleRecord(1), Spool: sp}
	mustCommit(t, s, p)
	committed := time.Since(began)
	noParts(t, s)
	if !bytes.Equal(p.Record.SHA256[:], sum.Sum(nil)) {
		t.Error("the digest is wrong")
	}
	if sum := bodySum(t, s, p.Record.Body, m); !bytes.Equal(sum.Sum(nil), p.Record.SHA256[:]) {
		t.Error("what is read is not what was written")
	}
	rss := peakRSS() // what follows is bbolt's own check, which reads through its map
	checkClean(t, s)
	t.Logf("%d MiB: received in %v, committed in %v; the heap grew by %d MiB at most; peak RSS %d MiB",
		*spoolBytes>>20, received.Round(time.Millisecond), committed.Round(time.Millisecond), m.most>>20, rss>>20)
	// The frames of a transaction and bbolt's copy of them, with what a collection leaves for the next.
	if limit := uint64(8 * bodyTx); m.most > limit {
		t.Errorf("the heap grew by %d MiB, more than %d", m.most>>20, limit>>20)
	}
}

func bodySum(t *testing.T, s *Store, ref BodyRef, m *heapMeter) hash.Hash {
	r, err := s.OpenBody(ref)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	sum := sha256.New()
	for {
		n, err := io.CopyN(sum, r, 16<<20)
		m.look()
		if err == io.EOF {
			return sum
		}
		if err != nil {
			t.Fatalf("after %d bytes: %v", n, err)
		}
	}
}

// heapMeter notes how much the heap grows.
type heapMeter struct{ base, most uint64 }

func (m *heapMeter) start() {
	runtime.GC()
	m.base, m.most = heapNow(), 0
}

func (m *heapMeter) look() {
	if now := heapNow(); now > m.base {
		m.most = max(m.most, now-m.base)
	}
}

func heapNow() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapInuse
}
