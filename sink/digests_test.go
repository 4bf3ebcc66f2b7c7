package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestFreshDigests: digests stay bounded in memory and in runs while a crawl goes on, is started anew and fails, and every
// body is known at each step.
func TestFreshDigests(t *testing.T) {
	o := Options{fresh: 40}
	s := newStore(t, o)
	var all []Digest
	commit := func(n int, also func(*bolt.Tx) error) error {
		var puts []Put
		for range n {
			id := uint64(len(all) + len(puts) + 1)
			puts = append(puts, samplePut(id, sampleBody(id, 20)))
		}
		err := s.Commit(puts, also)
		for _, p := range puts {
			if err == nil {
				all = append(all, p.Record.SHA256)
			} else if _, ok, _ := s.FindBody(p.Record.SHA256); ok {
				t.Error("a body of a batch that failed is known")
			}
		}
		return err
	}
	look := func() {
		t.Helper()
		if n := s.fresh.count(); n > o.fresh+2000/digestSlices*2 || len(s.fresh.runs) > 60 {
			t.Fatalf("%d digests in %d runs", n, len(s.fresh.runs))
		}
		if n := len(runsOf(s)); n != len(s.fresh.runs) {
			t.Fatalf("%d runs are in the file, %d are known", n, len(s.fresh.runs))
		}
		for i, d := range all {
			if _, ok, err := s.FindBody(d); !ok || err != nil {
				t.Fatalf("body %d is not known: %v", i+1, err)
			}
		}
	}
	stop := errors.New("stop")
	for round, n := range []int{1, 3, 30, 6, 2, 2000, 20, 1, 50, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7} {
		if err := commit(n, nil); err != nil {
			t.Fatal(err)
		}
		look()
		if err := commit(n, func(*bolt.Tx) error { return stop }); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		look()
		if round%5 == 4 {
			s = reopenedStore(t, s, o)
			look()
		}
	}
	checkClean(t, s)
}

// runsOf gives the keys of the runs in the file.
func runsOf(s *Store) (keys [][]byte) {
	_ = view(s.db, func(tx *bolt.Tx) error {
		return tx.Bucket(bucketFresh).ForEach(func(k, _ []byte) error {
			keys = append(keys, bytes.Clone(k))
			return nil
		})
	})
	return keys
}

// TestFreshLeft: runs that were left by many short starts are moved by the next one, when they are more than leftFresh.
func TestFreshLeft(t *testing.T) {
	o := Options{fresh: 1000}
	s := newStore(t, o)
	for id := uint64(1); id <= 30; id++ {
		mustCommit(t, s, samplePut(id, sampleBody(id, 20)))
	}
	for _, c := range []struct{ bound, left int }{{10, 30}, {9, 0}} {
		o.fresh = c.bound
		s = reopenedStore(t, s, o)
		if n := s.fresh.count(); n != c.left || len(s.fresh.runs) != c.left || len(runsOf(s)) != c.left {
			t.Errorf("bound %d: %d digests in %d runs are left, %d in the file, want %d", c.bound, n, len(s.fresh.runs), len(runsOf(s)), c.left)
		}
	}
	if r := checkClean(t, s); r.Bodies != 30 {
		t.Errorf("report %+v", r)
	}
}

// TestOpenSpoiltRun: the sentence names the file once.
func TestOpenSpoiltRun(t *testing.T) {
	s := newStore(t, Options{})
	mustCommit(t, s, samplePut(1, sampleBody(1, 20)))
	if err := errors.Join(s.Update(spoilRun), s.Close()); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(s.Dir(), stateFile) + ": the store is damaged: digests 0000000000000001 do not match their checksum"
	if _, err := Open(s.Dir(), Options{}); !errors.Is(err, ErrDamaged) || err.Error() != want {
		t.Errorf("Open: %v\nwant: %s", err, want)
	}
}

// spoilRun changes a byte of the first run.
func spoilRun(tx *bolt.Tx) error {
	b := tx.Bucket(bucketFresh)
	v := bytes.Clone(b.Get(seqKey(1)))
	v[7]++
	return b.Put(seqKey(1), v)
}

func reopenedStore(t *testing.T, s *Store, o Options) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.Dir(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCheckDigests: what Check says when the two places of digests do not agree with the bodies, or with each other.
func TestCheckDigests(t *testing.T) {
	sum := sha256.Sum256(sampleBody(1, 20))
	for name, spoil := range map[string]func(tx *bolt.Tx) error{
		"lost run": func(tx *bolt.Tx) error { return tx.Bucket(bucketFresh).Delete(seqKey(1)) },
		"other body in the tree": func(tx *bolt.Tx) error {
			return tx.Bucket(bucketDigests).Put(sum[:], appendRef(nil, BodyRef{1, 2, 20}))
		},
		"one too many": func(tx *bolt.Tx) error {
			sum := sha256.Sum256(nil)
			return tx.Bucket(bucketDigests).Put(sum[:], appendRef(nil, BodyRef{1, 2, 20}))
		},
		"spoilt run": spoilRun,
		"run of another number": func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketFresh)
			return b.Put(binary.BigEndian.AppendUint64(nil, 9), append([]byte(nil), b.Get(seqKey(1))...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, Options{})
			mustCommit(t, s, samplePut(1, sampleBody(1, 20)), samplePut(2, sampleBody(2, 20)))
			if err := errors.Join(s.Update(spoil), s.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := Check(s.Dir(), nil); !errors.Is(err, ErrDamaged) {
				t.Errorf("Check: %v", err)
			}
		})
	}
}
