package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// TestMergeAfterDrain: what a transaction has taken out of a level leaves empty pages in it until the commit. Whatever lies
// beside them is found all the same, and merged where it belongs.
func TestMergeAfterDrain(t *testing.T) {
	db, err := bolt.Open(filepath.Join(t.TempDir(), "l.db"), 0o666, &bolt.Options{NoSync: true, PageSize: 4096})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		l := levelModel{t: t, rng: rng, known: map[frontier.Key]frontier.ID{}}
		for step := range 4 {
			err := db.Update(func(tx *bolt.Tx) error {
				b, err := tx.CreateBucketIfNotExists(fmt.Append(nil, "level", seed))
				if err != nil {
					return err
				}
				l.level = level{b, "level"}
				return l.step(step == 0)
			})
			if err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, step, err)
			}
		}
	}
}

// levelModel is a level, and what it should hold.
type levelModel struct {
	level
	t     *testing.T
	rng   *rand.Rand
	known map[frontier.Key]frontier.ID
	next  frontier.ID
}

func (l *levelModel) step(fill bool) error {
	if fill {
		return l.add(20_000, 0, ^uint64(0))
	}
	for range 3 {
		low, size := l.rng.Uint64(), ^uint64(0)>>(1+l.rng.IntN(6))
		if l.rng.IntN(8) == 0 {
			low, size = 0, 0 // all of it
		}
		taken, _, _, err := l.drain(low, size)
		if err != nil {
			return err
		}
		for i := range taken.len() {
			delete(l.known, taken.at(i).key)
		}
		for _, at := range []uint64{low - 1<<40, low, low + size - 1<<40, low + size} { // beside what was emptied
			if err := l.add(1+l.rng.IntN(3), at, 1<<42); err != nil {
				return err
			}
		}
		if err := l.add(1+l.rng.IntN(40), 0, ^uint64(0)); err != nil {
			return err
		}
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

// add merges n entries with keys within a range of size above low.
func (l *levelModel) add(n int, low, size uint64) error {
	items := make([]frontier.Item, n)
	for i := range items {
		binary.BigEndian.PutUint64(items[i].Key[:], low+l.rng.Uint64N(size))
		binary.BigEndian.PutUint64(items[i].Key[8:], l.rng.Uint64())
	}
	var young entries
	for _, k := range sortByKey(n, func(i int) *frontier.Key { return &items[i].Key }) {
		l.next++
		key := items[k.item].Key
		l.known[key] = l.next
		young = appendEntry(young, &entry{key: key, id: l.next, host: 1})
	}
	var a arena
	return l.merge(young, &a)
}

// check looks every entry up from its own place, and goes through all of them.
func (l *levelModel) check() error {
	tried := 0
	for key, id := range l.known {
		w := l.walk()
		if err := w.to(key[:]); err != nil {
			return err
		}
		if e, ok := w.block.find(key[:]); !ok || e.id != id {
			return fmt.Errorf("%x is not found", key)
		}
		if tried++; tried > 500 {
			break
		}
	}
	n := 0
	c := l.b.Cursor()
	for k, v := c.First(); k != nil; {
		block, err := decodeBlock(l.name, k, v)
		if err != nil {
			return err
		}
		bound := bytes.Clone(k)
		k, v = c.Next()
		if err := verifyBlock(l.name, bound, k, block); err != nil {
			return err
		}
		n += block.len()
	}
	if n != len(l.known) {
		return fmt.Errorf("%d entries, want %d", n, len(l.known))
	}
	return nil
}
