package sink

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Put is one result of a batch.
type Put struct {
	Record *Record // Record.SHA256 is the caller's; Record.Body is filled in by Commit
	Body   []byte  // decompressed; nil: none, and Record.Body stays as it is. Not kept
}

// batch is what one Commit works with. Its memory is used again.
type batch struct {
	records []encoded // sorted by ID
	buf     []byte    // their encodings, then the values of small bodies
	bodies  []newBody // sequences rise
	digests []newDigest
	known   map[Digest]BodyRef // of this batch's bodies
}

type encoded struct {
	id       uint64
	from, to int // in batch.buf
}

type newBody struct {
	seq  uint64
	data []byte
}

type newDigest struct {
	digest Digest
	ref    BodyRef
}

// Commit makes a batch durable: bodies that the store does not have yet, in one transaction of the newest body file, then
// records, digests and what also adds, in one transaction of state.db. When it returns an error nothing of state.db was
// changed, and Record.Body is as it was. A later record with the same ID replaces an earlier one.
//
// It blocks for the writing and four fsyncs. An error of also is returned as it is, and the Store goes on; after
// ErrNoSpace, ErrIO or ErrDamaged it takes no more. ErrTooLarge refuses a record or a body before anything is written.
func (s *Store) Commit(puts []Put, also func(tx *bolt.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	before := make([]BodyRef, len(puts))
	for i := range puts {
		before[i] = puts[i].Record.Body
	}
	err := s.commit(puts, also)
	if err != nil {
		for i := range puts {
			puts[i].Record.Body = before[i]
		}
	}
	s.batch.reset()
	return err
}

func (s *Store) commit(puts []Put, also func(tx *bolt.Tx) error) error {
	if s.active.trim {
		if err := s.trimBodies(); err != nil {
			return err
		}
		s.active.trim = false
	}
	if err := s.plan(puts); err != nil {
		return err
	}
	if len(s.batch.bodies) > 0 {
		s.active.trim = true // until state.db says otherwise
		if err := s.writeBodies(); err != nil {
			return err
		}
	}
	s.hook("state:before")
	if err := s.fail(update(s.db, func(tx *bolt.Tx) error { return s.writeState(tx, also) })); err != nil {
		return err
	}
	if n := len(s.batch.bodies); n > 0 {
		s.active.seq = s.batch.bodies[n-1].seq
	}
	s.active.trim = false
	s.hook("state:after")
	s.unmap()
	return nil
}

// unmap gives back what the maps of the files have touched, now and then.
func (s *Store) unmap() {
	s.sinceUnmap += len(s.batch.buf)
	if s.sinceUnmap < unmapEvery {
		return
	}
	s.sinceUnmap = 0
	for _, db := range []*bolt.DB{s.db, s.active.db} {
		_ = view(db, func(tx *bolt.Tx) error { // the map cannot move while a transaction is open
			letGo(db.Info().Data, uintptr(tx.Size()))
			return nil
		})
	}
}

// plan finds out which bodies are new, gives every record its reference, and encodes the records.
func (s *Store) plan(puts []Put) error {
	if slices.ContainsFunc(puts, func(p Put) bool { return p.Body != nil }) {
		if err := s.roll(); err != nil {
			return err
		}
		if err := view(s.db, func(tx *bolt.Tx) error { return s.place(tx, puts) }); err != nil {
			return err
		}
	}
	b := &s.batch
	var err error
	for i := range puts {
		from := len(b.buf)
		if b.buf, err = AppendRecord(b.buf, puts[i].Record); err != nil {
			return err
		}
		b.records = append(b.records, encoded{id: puts[i].Record.ID, from: from, to: len(b.buf)})
	}
	slices.SortStableFunc(b.records, func(x, y encoded) int { return cmp.Compare(x.id, y.id) })
	slices.SortFunc(b.digests, func(x, y newDigest) int { return bytes.Compare(x.digest[:], y.digest[:]) })
	return nil
}

// place refers every record with a body to the bytes that the store has, or will have.
func (s *Store) place(tx *bolt.Tx, puts []Put) error {
	b := &s.batch
	if b.known == nil {
		b.known = make(map[Digest]BodyRef)
	}
	bucket := tx.Bucket(bucketDigests)
	for i := range puts {
		r, body := puts[i].Record, puts[i].Body
		if body == nil {
			continue
		}
		if len(body) > MaxBody {
			return fmt.Errorf("%w: the body of %s has %d bytes, %d are allowed", ErrTooLarge, r.URL, len(body), MaxBody)
		}
		ref, ok := b.known[r.SHA256]
		if !ok {
			if v := bucket.Get(r.SHA256[:]); v != nil {
				var err error
				if ref, err = decodeRef(v); err != nil {
					return err
				}
			} else {
				ref = BodyRef{File: s.active.number, Seq: s.active.seq + uint64(len(b.bodies)) + 1, Size: int64(len(body))}
				b.bodies = append(b.bodies, newBody{ref.Seq, body})
				b.digests = append(b.digests, newDigest{r.SHA256, ref})
			}
			b.known[r.SHA256] = ref
		}
		if ref.Size != int64(len(body)) {
			return fmt.Errorf("the body of %s has %d bytes, but its SHA-256 belongs to one of %d: compute it over the body", r.URL, len(body), ref.Size)
		}
		r.Body = ref
	}
	return nil
}

// writeBodies appends the new bodies to the active file.
func (s *Store) writeBodies() error {
	s.hook("bodies:before")
	room := 0
	for _, n := range s.batch.bodies {
		if chunkCount(len(n.data)) == 0 {
			room += bodyHead + len(n.data)
		}
	}
	s.batch.buf = slices.Grow(s.batch.buf, room)
	err := s.fail(update(s.active.db, func(tx *bolt.Tx) error {
		bodies, chunks := tx.Bucket(bucketBodies), tx.Bucket(bucketChunks)
		bodies.FillPercent, chunks.FillPercent = 1, 1 // keys only rise: nothing is ever put between
		for _, n := range s.batch.bodies {
			if err := s.putBody(bodies, chunks, n); err != nil {
				return err
			}
		}
		return nil
	}))
	if err == nil {
		s.hook("bodies:after")
	}
	return err
}

// putBody puts one body. bbolt refers to the values until the transaction ends: neither the batch's buffer nor the
// caller's bytes change before that.
func (s *Store) putBody(bodies, chunks *bolt.Bucket, n newBody) error {
	b := &s.batch
	from := len(b.buf)
	b.buf = appendHeader(b.buf, n.seq, n.data)
	count := chunkCount(len(n.data))
	if count == 0 {
		b.buf = append(b.buf, n.data...)
	}
	err := bodies.Put(seqKey(n.seq), b.buf[from:len(b.buf):len(b.buf)])
	for i := uint32(0); i < count && err == nil; i++ {
		end := min(int(i+1)*ChunkSize, len(n.data))
		err = chunks.Put(chunkKey(n.seq, i), n.data[int(i)*ChunkSize:end])
	}
	return err
}

// writeState puts what one transaction of state.db holds of a batch.
func (s *Store) writeState(tx *bolt.Tx, also func(tx *bolt.Tx) error) error {
	b := &s.batch
	if len(b.records) > 0 {
		records := tx.Bucket(bucketRecords)
		last, _ := records.Cursor().Last()
		if last == nil || bytes.Compare(seqKey(b.records[0].id), last) > 0 {
			records.FillPercent = 1 // appended
		}
		for _, e := range b.records {
			if err := records.Put(seqKey(e.id), b.buf[e.from:e.to:e.to]); err != nil {
				return err
			}
		}
	}
	if len(b.bodies) > 0 {
		digests := tx.Bucket(bucketDigests)
		for i := range b.digests {
			d := &b.digests[i]
			if err := digests.Put(d.digest[:], appendRef(nil, d.ref)); err != nil {
				return err
			}
		}
		mark := watermark{s.active.number, b.bodies[len(b.bodies)-1].seq}
		if err := putMeta(tx, metaBodies, appendWatermark(nil, mark)); err != nil {
			return err
		}
	}
	if also != nil {
		return also(tx)
	}
	return nil
}

// reset forgets the batch and keeps what memory is worth keeping.
func (b *batch) reset() {
	clear(b.bodies) // not to keep the caller's bytes
	clear(b.known)
	b.records, b.bodies, b.digests = b.records[:0], b.bodies[:0], b.digests[:0]
	if b.buf = b.buf[:0]; cap(b.buf) > keepScratch {
		b.buf = nil
	}
}

// Update runs fn in a read-write transaction of state.db, for what the frontier's engine writes without results. It
// fails as Commit does.
func (s *Store) Update(fn func(tx *bolt.Tx) error) error {
	if err := s.writable(); err != nil {
		return err
	}
	s.hook("update:before")
	err := s.fail(update(s.db, fn))
	s.hook("update:after")
	return err
}

// PutTx puts a record whose body, if any, is in the store already.
func PutTx(tx *bolt.Tx, r *Record) error {
	b, err := AppendRecord(nil, r)
	if err != nil {
		return err
	}
	return tx.Bucket(bucketRecords).Put(seqKey(r.ID), b)
}

// GetTx gets a record.
func GetTx(tx *bolt.Tx, id uint64) (*Record, bool, error) {
	v := tx.Bucket(bucketRecords).Get(seqKey(id))
	if v == nil {
		return nil, false, nil
	}
	r, err := recordAt(id, v)
	return r, err == nil, err
}

// DeleteTx deletes a record, if it is there. Its body stays.
func DeleteTx(tx *bolt.Tx, id uint64) error { return tx.Bucket(bucketRecords).Delete(seqKey(id)) }

// recordAt decodes the record that stands at an ID.
func recordAt(id uint64, v []byte) (*Record, error) {
	r, err := DecodeRecord(v)
	if err == nil && r.ID != id {
		err = damaged("it is the record of number %d", r.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d: %w", id, err)
	}
	return r, nil
}
