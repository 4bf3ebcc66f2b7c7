package sink

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// Digests come in no order: put into their tree with each batch, every one of them would rewrite a page of it, which was
// half of what state.db wrote. So a batch only appends them as a run, and they stay in memory beside; when there are
// freshDigests of these, one slice of the key space after the other moves into the tree, as sorted batches. A run goes when
// all slices have moved since it was written. What is both in a run and in the tree is the same in both.
//
// A run is entries (digest 32, file 4, sequence 8, size 8) in the order of digests, then a CRC32C (4) over its key and them.

// runEntry (bytes) is the length of an entry.
const runEntry = 32 + 4 + 8 + 8

// fresh are the digests that are in runs and may not be in the tree. Commit changes it under Store.mu, when what is the same
// on the disk is durable.
type fresh struct {
	mu     sync.RWMutex
	slices [digestSlices]map[Digest]BodyRef
	moves  uint64 // slices that have moved since the store was opened
	runs   []freshRun
}

// freshRun is a run on the disk.
type freshRun struct {
	number uint64
	moves  uint64 // fresh.moves when it was written
}

func sliceOf(d *Digest) int { return int(d[0]) * digestSlices >> 8 }

func (f *fresh) find(d *Digest) (ref BodyRef, ok bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	ref, ok = f.slices[sliceOf(d)][*d]
	return ref, ok
}

// add takes a run that is on the disk.
func (f *fresh) add(number uint64, digests []newDigest) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range digests {
		d := &digests[i]
		in := &f.slices[sliceOf(&d.digest)]
		if *in == nil {
			*in = make(map[Digest]BodyRef)
		}
		(*in)[d.digest] = d.ref
	}
	f.runs = append(f.runs, freshRun{number, f.moves})
}

// moved forgets the next n slices, which are in the tree, and the runs that went with them.
func (f *fresh) moved(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = f.runs[f.done(n):]
	for i := range n {
		clear(f.slices[f.next(i)])
	}
	f.moves += uint64(n)
}

// next is the slice that moves when n others have.
func (f *fresh) next(n int) int { return int((f.moves + uint64(n)) % digestSlices) }

// count is the number of digests. The caller is the one that changes them.
func (f *fresh) count() (n int) {
	for _, m := range f.slices {
		n += len(m)
	}
	return n
}

// done is the number of runs of which all is in the tree when the next n slices have moved.
func (f *fresh) done(n int) (runs int) {
	for runs < len(f.runs) && f.moves+uint64(n) >= f.runs[runs].moves+digestSlices {
		runs++
	}
	return runs
}

// findDigest looks a digest up in what is fresh and in the tree.
func (s *Store) findDigest(tx *bolt.Tx, d *Digest) (ref BodyRef, ok bool, err error) {
	if ref, ok = s.fresh.find(d); ok {
		return ref, true, nil
	}
	return findMoved(tx, d)
}

// findMoved looks a digest up in the tree.
func findMoved(tx *bolt.Tx, d *Digest) (ref BodyRef, ok bool, err error) {
	v := tx.Bucket(bucketDigests).Get(d[:])
	if v == nil {
		return BodyRef{}, false, nil
	}
	ref, err = decodeRef(v)
	return ref, err == nil, err
}

// putRun appends the digests of a batch, sorted, as a run, and gives its number.
func putRun(tx *bolt.Tx, digests []newDigest) (uint64, error) {
	runs := tx.Bucket(bucketFresh)
	runs.FillPercent = 1 // appended
	number, err := runs.NextSequence()
	if err != nil {
		return 0, err
	}
	key := seqKey(number)
	b := make([]byte, 0, len(digests)*runEntry+4)
	for i := range digests {
		d := &digests[i]
		b = append(b, d.digest[:]...)
		b = binary.BigEndian.AppendUint32(b, d.ref.File)
		b = binary.BigEndian.AppendUint64(b, d.ref.Seq)
		b = binary.BigEndian.AppendUint64(b, uint64(d.ref.Size))
	}
	return number, runs.Put(key, binary.BigEndian.AppendUint32(b, runSum(key, b)))
}

func runSum(key, entries []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, entries)
}

// readRun takes a run apart.
func readRun(key, v []byte) ([]newDigest, error) {
	if len(key) != 8 || len(v) < 4 || (len(v)-4)%runEntry != 0 {
		return nil, damaged("digests %x have %d bytes", key, len(v))
	}
	v, sum := v[:len(v)-4], v[len(v)-4:]
	if binary.BigEndian.Uint32(sum) != runSum(key, v) {
		return nil, damaged("digests %x do not match their checksum", key)
	}
	digests := make([]newDigest, 0, len(v)/runEntry)
	for ; len(v) > 0; v = v[runEntry:] {
		digests = append(digests, newDigest{Digest(v[:32]), BodyRef{
			File: binary.BigEndian.Uint32(v[32:]), Seq: binary.BigEndian.Uint64(v[36:]), Size: int64(binary.BigEndian.Uint64(v[44:])),
		}})
	}
	return digests, nil
}

// moveFresh moves as many slices into the tree as makes few enough fresh, with the digests of a batch that belong to them,
// and takes out the runs that are done with. It tells how many, which are forgotten when they are durable. The last slice of
// a turn stays, as the run of the batch is not one of those yet.
func (s *Store) moveFresh(tx *bolt.Tx, batch []newDigest) (n int, err error) {
	f := &s.fresh
	for left := f.count() + len(batch); left > s.o.fresh && n < digestSlices-1; n++ {
		k, err := f.moveSlice(tx, f.next(n), batch)
		if err != nil {
			return n, err
		}
		left -= k
	}
	return n, f.dropRuns(tx, n)
}

// moveSlice puts a slice into the tree, and tells how many digests it has.
func (f *fresh) moveSlice(tx *bolt.Tx, slice int, batch []newDigest) (int, error) {
	move := make([]newDigest, 0, len(f.slices[slice])+len(batch)/digestSlices)
	for d, ref := range f.slices[slice] {
		move = append(move, newDigest{d, ref})
	}
	for i := range batch {
		if sliceOf(&batch[i].digest) == slice {
			move = append(move, batch[i])
		}
	}
	slices.SortFunc(move, func(x, y newDigest) int { return bytes.Compare(x.digest[:], y.digest[:]) })
	tree := tx.Bucket(bucketDigests)
	for i := range move {
		if err := tree.Put(move[i].digest[:], appendRef(nil, move[i].ref)); err != nil {
			return 0, err
		}
	}
	return len(move), nil
}

// dropRuns deletes the runs that are done with when the next n slices have moved.
func (f *fresh) dropRuns(tx *bolt.Tx, n int) error {
	for _, r := range f.runs[:f.done(n)] {
		if err := tx.Bucket(bucketFresh).Delete(seqKey(r.number)); err != nil {
			return err
		}
	}
	return nil
}

// loadFresh reads the runs, and moves all of them where too many were left: by processes that never came to a whole turn.
func (s *Store) loadFresh() error {
	entries := 0
	err := view(s.db, func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketFresh).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			digests, err := readRun(k, v)
			if err != nil {
				return fmt.Errorf("%s: %w", tx.DB().Path(), err)
			}
			s.fresh.add(binary.BigEndian.Uint64(k), digests)
			entries += len(digests)
		}
		return nil
	})
	if err != nil || s.o.ReadOnly || entries <= leftFresh*s.o.fresh {
		return err
	}
	for range digestSlices {
		err := s.fail(update(s.db, func(tx *bolt.Tx) error {
			if _, err := s.fresh.moveSlice(tx, s.fresh.next(0), nil); err != nil {
				return err
			}
			return s.fresh.dropRuns(tx, 1)
		}))
		if err != nil {
			return err
		}
		s.fresh.moved(1)
	}
	return nil
}
