package sink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// TestRecordOrder: whatever the order in which records come, they are read in the order of IDs, from any ID on.
func TestRecordOrder(t *testing.T) {
	s := newStore(t, Options{})
	rng := rand.New(rand.NewPCG(1, 2))
	ids := rng.Perm(5 * placeBlock)
	want := map[uint64]string{}
	for i, at := 0, 0; at < len(ids); i++ {
		n := min(1+rng.IntN(100), len(ids)-at)
		var puts []Put
		for _, id := range ids[at : at+n] {
			if id = 3*id + 1; id%2 == 0 { // and some IDs have none
				continue
			}
			r := samplePut(uint64(id), nil)
			r.Record.Title = fmt.Sprintf("http://a.example/%d/%d", id, i)
			puts, want[uint64(id)] = append(puts, r), r.Record.Title
		}
		mustCommit(t, s, puts...)
		at += n - rng.IntN(n) // so that many are replaced
	}
	for _, from := range []uint64{0, 1, placeBlock - 1, placeBlock, 7*placeBlock + 3, 100 * placeBlock} {
		last, n := uint64(0), 0
		err := s.Each(from, func(r *Record) error {
			if r.ID < from || r.ID <= last || r.Title != want[r.ID] {
				t.Fatalf("from %d: record %d after %d is %s, want %s", from, r.ID, last, r.Title, want[r.ID])
			}
			last = r.ID
			n++
			return nil
		})
		more := 0
		for id := range want {
			if id >= from {
				more++
			}
		}
		if err != nil || n != more {
			t.Errorf("from %d: %d of %d records, %v", from, n, more, err)
		}
	}
	if r := checkClean(t, s); r.Records != uint64(len(want)) {
		t.Errorf("%d records of %d are checked", r.Records, len(want))
	}
}

// TestRecordReplace: a record that is replaced stays where it is; one that is deleted leaves nothing, and may come again.
func TestRecordReplace(t *testing.T) {
	s := newStore(t, Options{})
	mustCommit(t, s, samplePut(9, nil), samplePut(1000, nil))
	for i := range 3 {
		p := samplePut(9, nil)
		p.Record.Title = fmt.Sprintf("http://a.example/%d", i)
		mustCommit(t, s, p)
	}
	err := s.Update(func(tx *bolt.Tx) error {
		if seq := tx.Bucket(bucketRecords).Sequence(); seq != 2 {
			t.Errorf("%d places were given", seq)
		}
		return errors.Join(DeleteTx(tx, 1000), DeleteTx(tx, 1000), DeleteTx(tx, 1<<40))
	})
	if err != nil {
		t.Fatal(err)
	}
	var blocks []uint64
	err = view(s.db, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketPlaces).ForEach(func(k, _ []byte) error {
			blocks = append(blocks, binary.BigEndian.Uint64(k))
			return nil
		})
	})
	if diff := cmp.Diff([]uint64{0}, blocks); err != nil || diff != "" {
		t.Errorf("blocks of places: %v %s", err, diff)
	}
	if r, ok, err := s.Get(9); err != nil || !ok || r.Title != "http://a.example/2" {
		t.Errorf("Get: %v %v %v", r, ok, err)
	}
	if _, ok, err := s.Get(1000); ok || err != nil {
		t.Errorf("Get of what was deleted: %v %v", ok, err)
	}
	if url, err := s.URLOf(1000); url != "" || err != nil {
		t.Errorf("URLOf what was deleted: %q %v", url, err)
	}
	mustCommit(t, s, samplePut(1000, nil))
	checkClean(t, s)
}

// TestCheckPlaces: what Check and Get say when records and places do not agree.
func TestCheckPlaces(t *testing.T) {
	for name, spoil := range map[string]func(tx *bolt.Tx) error{
		"lost record":        func(tx *bolt.Tx) error { return tx.Bucket(bucketRecords).Delete(seqKey(1)) },
		"lost places":        func(tx *bolt.Tx) error { return tx.Bucket(bucketPlaces).Delete(seqKey(0)) },
		"places cut":         func(tx *bolt.Tx) error { return spoilPlaces(tx, 0, func(v []byte) []byte { return v[1:] }) },
		"places of another":  func(tx *bolt.Tx) error { return spoilPlaces(tx, 1, bytes.Clone) },
		"byte of the places": func(tx *bolt.Tx) error { return spoilPlaces(tx, 0, func(v []byte) []byte { v[9]++; return v }) },
		"record twice": func(tx *bolt.Tx) error {
			records := tx.Bucket(bucketRecords)
			return records.Put(seqKey(3), bytes.Clone(records.Get(seqKey(1))))
		},
		"another's place": func(tx *bolt.Tx) error {
			t := recordsOf(tx)
			return errors.Join(t.setSeqOf(1, 2), t.setSeqOf(2, 1), t.end())
		},
		"sequence set back": func(tx *bolt.Tx) error { return tx.Bucket(bucketRecords).SetSequence(1) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, Options{})
			mustCommit(t, s, samplePut(1, nil), samplePut(2, nil))
			if err := errors.Join(s.Update(spoil), s.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := Check(s.Dir(), nil); !errors.Is(err, ErrDamaged) {
				t.Errorf("Check: %v", err)
			}
		})
	}
}

// setSeqOf is setSeq of whichever block.
func (t *recordTree) setSeqOf(id, seq uint64) error {
	return errors.Join(t.load(id/placeBlock), t.setSeq(id, seq))
}

// spoilPlaces puts what change makes of the first block at the key of another.
func spoilPlaces(tx *bolt.Tx, to uint64, change func([]byte) []byte) error {
	b := tx.Bucket(bucketPlaces)
	return b.Put(seqKey(to), change(bytes.Clone(b.Get(seqKey(0)))))
}
