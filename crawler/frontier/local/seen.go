package local

import (
	"bytes"
	"encoding/binary"
	"math"

	bolt "go.etcd.io/bbolt"
)

// level is a sorted set of entries in blocks. The key of a block is a lower bound of its entries' keys.
type level struct {
	b    *bolt.Bucket
	name string
}

// lowest is the bound of a level's first block.
var lowest [keyBytes]byte

// walker finds the blocks of rising keys.
type walker struct {
	name       string
	c          *bolt.Cursor
	bound      []byte // of the current block; nil when there is none
	block      entries
	next       []byte // the bound of the block after it; nil when there is none
	nextValue  []byte
	positioned bool
}

func (l level) walk() *walker { return &walker{name: l.name, c: l.b.Cursor()} }

// nearSteps is how many blocks a walker steps over before it searches from the root.
const nearSteps = 4

// to makes the block that holds key, if any does, the current one. Keys must not fall from call to call.
func (w *walker) to(key []byte) error {
	if w.positioned && (w.next == nil || bytes.Compare(key, w.next) < 0) {
		return nil
	}
	if w.positioned {
		for range nearSteps {
			bound, v := w.next, w.nextValue
			if w.next, w.nextValue = w.c.Next(); w.next == nil || bytes.Compare(key, w.next) < 0 {
				return w.enter(bound, v)
			}
		}
	}
	return w.seek(key)
}

// seek searches from the root. The leaves that a transaction has emptied stay in the tree until it is committed: bbolt's Next
// passes over them, but its Prev ends at each, and Last may never end when there are no others.
func (w *walker) seek(key []byte) error {
	if !w.positioned { // keys rise, so later ones are above the first block as well
		w.positioned = true
		w.next, w.nextValue = w.c.First()
		if w.next == nil || bytes.Compare(key, w.next) < 0 { // every block is above key
			return nil
		}
	}
	k, v := w.c.Seek(key)
	switch {
	case k == nil:
		k, v = w.c.Last()
	case !bytes.Equal(k, key):
		for k, v = w.c.Prev(); k == nil; { // there is one
			k, v = w.c.Prev()
		}
	}
	w.next, w.nextValue = w.c.Next()
	return w.enter(k, v)
}

func (w *walker) enter(bound, v []byte) (err error) {
	w.bound = bound
	w.block, err = decodeBlock(w.name, bound, v)
	return err
}

// write is a block to be put (or deleted, without a value).
type write struct{ bound, value []byte }

// merge puts entries into the level. A young entry takes the place of one with the same key.
func (l level) merge(young entries, a *arena) error {
	var writes []write
	w := l.walk()
	for len(young) > 0 {
		if err := w.to(young.key(0)); err != nil {
			return err
		}
		n := young.len()
		if w.next != nil {
			n = young.search(w.next)
		}
		if n == 0 { // it would go on for ever
			return damaged(l.name, w.next, "a block is out of order")
		}
		bound := w.bound
		if bound == nil {
			bound = lowest[:]
		}
		writes = appendBlocks(writes, bound, w.block, young[:n*entryBytes], a)
		young = young[n*entryBytes:]
	}
	return l.apply(writes)
}

// appendBlocks merges young entries into a block, and splits it evenly where it grew too large.
func appendBlocks(writes []write, bound []byte, old, young entries, a *arena) []write {
	all := old.len() + young.len()
	if all <= blockEntries {
		v := mergeEntries(seal(a.alloc(sealBytes+all*entryBytes)), old, young)
		return append(writes, write{bound, sealed(bound, v)})
	}
	merged := mergeEntries(make(entries, 0, all*entryBytes), old, young)
	parts := (merged.len() + blockEntries - 1) / blockEntries
	for i := range parts {
		from, to := merged.len()*i/parts, merged.len()*(i+1)/parts
		if i > 0 {
			bound = merged.key(from)
		}
		part := merged[from*entryBytes : to*entryBytes]
		writes = append(writes, write{bound, encodeBlock(a.alloc(sealBytes+len(part)), bound, part)})
	}
	return writes
}

func (l level) apply(writes []write) (err error) {
	for _, w := range writes {
		if w.value == nil {
			err = l.b.Delete(w.bound)
		} else {
			err = l.b.Put(w.bound, w.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// drain takes out the blocks whose bounds are in the part of the key space from low, of size step. It gives their
// entries and the range of keys that these blocks stood for: [from, to), nil for no end.
func (l level) drain(low, step uint64) (taken entries, from, to []byte, err error) {
	var start, end [keyBytes]byte
	binary.BigEndian.PutUint64(start[:], low)
	whole := low+step <= low // the last part, up to the end of the key space
	binary.BigEndian.PutUint64(end[:], low+step)
	var writes []write
	c := l.b.Cursor()
	k, v := c.Seek(start[:])
	for ; k != nil && (whole || bytes.Compare(k, end[:]) < 0); k, v = c.Next() {
		block, err := decodeBlock(l.name, k, v)
		if err != nil {
			return nil, nil, nil, err
		}
		taken = append(taken, block...)
		writes = append(writes, write{bound: bytes.Clone(k)})
	}
	if len(writes) > 0 {
		from = writes[0].bound
	}
	to = bytes.Clone(k)
	return taken, from, to, l.apply(writes)
}

// seen is the set of known keys in two levels. Keys come in no order, so that in one sorted tree a batch of ten thousand
// would rewrite nearly every page, however large the set. New entries go to the fresh level instead, which stays small,
// since each batch also moves one part of the key space from there to the main level. With n parts a batch of b rewrites
// a fresh level of about b*n/2 entries and a n-th of the main one's m; n = sqrt(2m/b) makes the sum smallest. An entry of
// the fresh level hides one of the main level with the same key.
type seen struct{ fresh, main level }

// lookup finds one key.
func (s seen) lookup(key []byte) (entry, bool, error) {
	for _, l := range []level{s.fresh, s.main} {
		w := l.walk()
		if err := w.to(key); err != nil {
			return entry{}, false, err
		}
		if e, ok := w.block.find(key); ok {
			return e, true, nil
		}
	}
	return entry{}, false, nil
}

// directParts is the number of parts up to which the fresh level is emptied whole.
const directParts = 2

// add puts entries into the set: news of them with keys that are not in it, and others that replace what is known.
func (s seen) add(young entries, c *counters, a *arena) error {
	if len(young) == 0 {
		return nil
	}
	inMain := max(c.known, c.fresh) - c.fresh
	parts := uint64(math.Sqrt(2 * float64(inMain) / float64(young.len())))
	low, step := c.drained, uint64(0)
	if parts <= directParts {
		low, step = 0, 0 // low+0 <= low: everything
	} else {
		step = keyStep(parts)
	}
	taken, from, to, err := s.fresh.drain(low, step)
	if err != nil {
		return err
	}
	c.fresh -= min(c.fresh, uint64(taken.len()))
	c.drained = low + step
	if c.drained < low {
		c.drained = 0
	}
	below, inside, above := young[:0], entries(nil), entries(nil)
	switch {
	case step == 0:
		inside = young
	case from == nil:
		below = young
	default:
		at := young.search(from) * entryBytes
		below, inside = young[:at], young[at:]
		if to != nil {
			at = inside.search(to) * entryBytes
			inside, above = inside[:at], inside[at:]
		}
	}
	moved := mergeEntries(make(entries, 0, len(taken)+len(inside)), taken, inside)
	if err := s.main.merge(moved, a); err != nil {
		return err
	}
	for _, rest := range []entries{below, above} {
		n, err := s.fresh.count(rest)
		if err != nil {
			return err
		}
		c.fresh += uint64(rest.len() - n)
		if err := s.fresh.merge(rest, a); err != nil {
			return err
		}
	}
	return nil
}

// count tells how many of the keys are in the level.
func (l level) count(keys entries) (n int, err error) {
	w := l.walk()
	for i := range keys.len() {
		if err := w.to(keys.key(i)); err != nil {
			return 0, err
		}
		if _, ok := w.block.find(keys.key(i)); ok {
			n++
		}
	}
	return n, nil
}
