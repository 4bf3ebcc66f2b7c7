package sink

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Put is one result of a batch.
type Put struct {
	Record *Record // Record.SHA256 is the caller's; Record.Body is filled in by Commit
	Body   []byte  // decompressed; nil: none, and Record.Body stays as it is. Not kept

	// Spool is the body instead of Body: Record.SHA256 is filled in too. When Commit succeeds the spool has ended.
	Spool *Spool
	// Hold leaves the spool open after Commit, to be read once more; its owner ends it with Release.
	Hold bool
	// Thumb is a thumbnail with the digest Record.Thumb, a body of its own: Record.ThumbRef is filled in. nil: none
	Thumb []byte

	done bool // the store reads Body no more
	lost bool // it was told so, and the batch failed: Body may be something else by now
}

// Done reports whether the store has read Body, so that its memory is free for something else. Stage may make it so, Commit
// always does.
func (p *Put) Done() bool { return p.done }

// batch is what one Commit works with. Its memory is used again.
type batch struct {
	records []encoded // sorted by ID
	buf     []byte    // their encodings
	bodies  []newBody // sequences rise
	digests []newDigest
	run     uint64 // the number that digests have
	moves   int    // slices of what is fresh that move

	before   []filledIn         // what the records of the puts that are staged had
	told     int                // the first so many were staged by Stage, which told what is done
	arena    []byte             // the segment to come: room for its head, then the bodies that are kept
	kept     int                // the first so many bodies are in arena
	segments []byte             // memory of bodyWriter
	known    map[Digest]BodyRef // of this batch's bodies
}

type encoded struct {
	id       uint64
	from, to int // in batch.buf
}

type newBody struct {
	seq   uint64
	size  int64
	data  []byte // nil when it comes from the file of
	spool *Spool
	sum   uint32 // its checksum, as far as it is written
}

type newDigest struct {
	digest Digest
	ref    BodyRef
}

// Stage does for puts what need not wait for their Commit: it finds out which bodies are new, and copies small ones, which
// are in the processor's cache now and will not be later, to where they are written from. Put.Done then tells that the
// caller's copy is not needed any more. Each call, and the Commit, gets all puts of the batch; those that were staged
// before are left alone. One goroutine stages and commits.
//
// It reads, and writes only where a new body file begins. Its errors are those of Commit; after one, its own or the
// Commit's, nothing is staged, and puts that were done by then are refused: their bodies are lost.
func (s *Store) Stage(puts []Put) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	err := s.stage(puts)
	if err != nil {
		s.abandon(puts)
	} else {
		s.batch.told = len(puts)
	}
	return err
}

// Commit makes a batch durable: bodies that the store does not have yet, in one transaction of the newest body file (large
// ones in several, so that memory stays small), then records, digests and what also adds, in one transaction of state.db. When it returns an error nothing of state.db was
// changed, and Record.Body is as it was; what was staged is no longer. A later record with the same ID replaces an earlier one.
//
// It blocks for the writing and four fsyncs. An error of also is returned as it is, and the Store goes on; after
// ErrNoSpace, ErrIO or ErrDamaged it takes no more. ErrTooLarge refuses a record or a body before anything is written.
func (s *Store) Commit(puts []Put, also func(tx *bolt.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	err := s.stage(puts)
	if err == nil {
		err = s.commit(puts, also)
	}
	if err != nil {
		s.abandon(puts)
		return err
	}
	for i := range puts {
		s.settled(&puts[i])
	}
	s.batch.reset()
	return nil
}

// stage is Stage, for the puts that are not staged yet.
func (s *Store) stage(puts []Put) error {
	b := &s.batch
	if len(puts) < len(b.before) {
		return fmt.Errorf("sink: %d results are given after %d were staged: give all of the batch", len(puts), len(b.before))
	}
	puts = puts[len(b.before):]
	for i := range puts {
		r := puts[i].Record
		if puts[i].lost {
			return fmt.Errorf("sink: the body of %s went with a batch that failed: fetch it again", r.URL)
		}
		b.before = append(b.before, filledIn{r.SHA256, r.Body, r.ThumbRef})
	}
	if !slices.ContainsFunc(puts, func(p Put) bool { return p.Body != nil || p.Spool != nil || p.Thumb != nil }) {
		return nil
	}
	if len(b.bodies) == 0 { // what is placed stands in one file
		if err := s.trimPending(); err != nil {
			return err
		}
		if err := s.roll(); err != nil {
			return err
		}
	}
	return view(s.db, func(tx *bolt.Tx) error { return s.place(tx, puts) })
}

// abandon gives the records of a batch what they had, and forgets it.
func (s *Store) abandon(puts []Put) {
	for i, had := range s.batch.before[:min(len(puts), len(s.batch.before))] {
		r := puts[i].Record
		r.SHA256, r.Body, r.ThumbRef = had.digest, had.body, had.thumb
		puts[i].lost = puts[i].done && i < s.batch.told
	}
	s.batch.reset()
}

// filledIn is what Commit fills in.
type filledIn struct {
	digest      Digest
	body, thumb BodyRef
}

// settled drops what was kept aside for a body that is in the store now.
func (s *Store) settled(p *Put) {
	p.done = true
	if p.Spool != nil && !p.Hold {
		p.Spool.end()
	}
	if p.Spool != nil || p.Body != nil {
		s.DropPart(p.Record.ID)
	}
}

func (s *Store) commit(puts []Put, also func(tx *bolt.Tx) error) error {
	if err := s.trimPending(); err != nil {
		return err
	}
	if err := s.encode(puts); err != nil {
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
		s.fresh.add(s.batch.run, s.batch.digests)
		s.fresh.moved(s.batch.moves)
	}
	s.active.trim = false
	s.hook("state:after")
	s.unmap()
	return nil
}

// trimPending takes out what a failed commit has left in the body file.
func (s *Store) trimPending() error {
	if !s.active.trim {
		return nil
	}
	if err := s.trimBodies(); err != nil {
		return err
	}
	s.active.trim = false
	return nil
}

// unmap gives back what the maps of the files have touched, now and then.
func (s *Store) unmap() {
	s.sinceUnmap += len(s.batch.buf) + len(s.batch.segments) + len(s.batch.arena)
	if s.sinceUnmap < unmapEvery {
		return
	}
	s.sinceUnmap = 0
	for _, db := range []*bolt.DB{s.db, s.active.db} {
		unmap(db)
	}
}

func unmap(db *bolt.DB) {
	_ = view(db, func(tx *bolt.Tx) error {
		unmapTx(tx)
		return nil
	})
}

// unmapTx is unmap within a transaction, while which the map cannot move.
func unmapTx(tx *bolt.Tx) { letGo(tx.DB().Info().Data, uintptr(tx.Size())) }

// encode encodes the records, and sorts what is to be written in the order of its keys.
func (s *Store) encode(puts []Put) error {
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
func (s *Store) place(tx *bolt.Tx, puts []Put) (err error) {
	if s.batch.known == nil {
		s.batch.known = make(map[Digest]BodyRef)
	}
	for i := range puts {
		p := &puts[i]
		r := p.Record
		switch {
		case p.Spool != nil:
			if p.Spool.err != nil {
				return fmt.Errorf("the body of %s is not whole: %w", r.URL, p.Spool.err)
			}
			r.SHA256 = p.Spool.Digest()
			body := newBody{size: p.Spool.size, spool: p.Spool}
			if p.Spool.file == nil {
				body.data = p.Spool.mem
			}
			r.Body, err = s.placeBody(tx, r, r.SHA256, body)
		case p.Body != nil:
			r.Body, err = s.placeBody(tx, r, r.SHA256, newBody{size: int64(len(p.Body)), data: p.Body})
			p.done = r.Body.File != s.active.number || r.Body.Seq <= s.active.seq+uint64(s.batch.kept)
		}
		if err == nil && p.Thumb != nil {
			r.ThumbRef, err = s.placeBody(tx, r, r.Thumb, newBody{size: int64(len(p.Thumb)), data: p.Thumb})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// placeBody finds out where a body of a record is, or will be.
func (s *Store) placeBody(tx *bolt.Tx, r *Record, d Digest, body newBody) (ref BodyRef, err error) {
	if body.size > MaxBody {
		return ref, fmt.Errorf("%w: the body of %s has %d bytes, %d are allowed", ErrTooLarge, r.URL, body.size, int64(MaxBody))
	}
	b := &s.batch
	ref, ok := b.known[d]
	if !ok {
		if ref, ok, err = s.findDigest(tx, &d); err != nil {
			return ref, err
		}
		if !ok {
			body.seq = s.active.seq + uint64(len(b.bodies)) + 1
			ref = BodyRef{File: s.active.number, Seq: body.seq, Size: body.size}
			if s.active.file.possible() {
				b.keep(&body)
			}
			b.bodies = append(b.bodies, body)
			b.digests = append(b.digests, newDigest{d, ref})
		}
		b.known[d] = ref
	}
	if ref.Size != body.size {
		return ref, fmt.Errorf("the body of %s has %d bytes, but its SHA-256 belongs to one of %d: compute it over the body", r.URL, body.size, ref.Size)
	}
	return ref, nil
}

func (b *batch) makeArena() {
	if b.arena == nil {
		b.arena = make([]byte, arenaHead, arenaHead+directSegment)
	}
}

// keep copies a small body into the arena, behind those before it.
func (b *batch) keep(n *newBody) {
	if b.kept < len(b.bodies) || b.kept == maxSegmentBodies || n.data == nil || chunkCount(n.size) > 0 {
		return
	}
	b.makeArena()
	from := len(b.arena)
	if int64(cap(b.arena)-from) < n.size {
		return
	}
	b.arena = append(b.arena, n.data...)
	n.data = b.arena[from:]
	n.sum = crc32.Update(startSum(n.seq, n.header()), castagnoli, n.data)
	b.kept++
}

// writeState puts what one transaction of state.db holds of a batch.
func (s *Store) writeState(tx *bolt.Tx, also func(tx *bolt.Tx) error) error {
	b := &s.batch
	if err := b.putRecords(tx); err != nil {
		return err
	}
	if len(b.bodies) > 0 {
		run, err := putRun(tx, b.digests)
		if err != nil {
			return err
		}
		b.run = run
		if b.moves, err = s.moveFresh(tx, b.digests); err != nil {
			return err
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

func (b *batch) putRecords(tx *bolt.Tx) error {
	if len(b.records) == 0 {
		return nil
	}
	t := recordsOf(tx)
	t.records.FillPercent, t.places.FillPercent = fillAppended, fillAppended
	for _, e := range b.records {
		if err := t.put(e.id, b.buf[e.from:e.to:e.to]); err != nil {
			return err
		}
	}
	return t.end()
}

// reset forgets the batch and keeps what memory is worth keeping.
func (b *batch) reset() {
	clear(b.bodies) // not to keep the caller's bytes
	clear(b.known)
	b.before, b.told, b.kept, b.arena = b.before[:0], 0, 0, b.arena[:min(arenaHead, len(b.arena))]
	b.records, b.bodies, b.digests = b.records[:0], b.bodies[:0], b.digests[:0]
	if b.buf = b.buf[:0]; cap(b.buf) > keepScratch {
		b.buf = nil
	}
	if b.segments = b.segments[:0]; cap(b.segments) > keepScratch {
		b.segments = nil
	}
}

// Warm makes the memory ready in which a commit puts results together. A kernel gives memory page by page when it is first
// touched, which takes as long as what is then done in it: the first large commit is spared that, whose end somebody may
// wait for. It is worth a call while there is nothing else to do.
func (s *Store) Warm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.batch
	if cap(b.buf) < warmRecords {
		b.buf = slices.Grow(b.buf, warmRecords)
	}
	touch(b.buf[:warmRecords])
	if s.active.file.possible() {
		b.makeArena()
		touch(b.arena[min(len(b.arena), warmSegments):warmSegments])
	} else if cap(b.segments) < warmSegments {
		b.segments = make([]byte, 0, warmSegments)
		touch(b.segments[:warmSegments])
	}
}

// touch has the kernel give the memory of b, whose bytes mean nothing.
func touch(b []byte) {
	for i := 0; i < len(b); i += touchEvery {
		b[i] = 0
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
