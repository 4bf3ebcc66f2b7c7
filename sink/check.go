package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"path/filepath"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// CheckReport says what Check found.
type CheckReport struct {
	Records   uint64   // records that could be read
	Bodies    uint64   // bodies that could be read
	BodyBytes int64    // bytes of them
	Files     int      // bbolt files
	Orphans   uint64   // bodies above the watermark, left by a crash; the next run takes them out
	Problems  []string // at most 100, in the order found
	More      uint64   // problems that are not listed
}

// CheckProgress tells how far Check is.
type CheckProgress struct {
	File  string // being read
	Done  uint64 // records or bodies of it so far
	Bytes int64  // of all bodies so far
}

// QuickCheck looks at what Open needs of a store: meta pages, sizes, freelists and the first pages of the trees of
// state.db and the newest body file. It reads with plain reads only, so that no damage can harm the process, and takes
// milliseconds. It takes no lock: a store that is being written to may look damaged.
//
// Errors: ErrNotFound, ErrNotAStore, ErrDamaged, ErrNewerFormat, ErrReadOnly (no permission), ErrIO.
func QuickCheck(dir string) error {
	if err := isStore(dir); err != nil {
		return err
	}
	if err := checkPages(filepath.Join(dir, stateFile), quick); err != nil {
		return err
	}
	numbers, err := bodyNumbers(dir)
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		return damaged("%s has no body files; restore them from a copy", dir)
	}
	return checkPages(bodyPath(dir, slices.Max(numbers)), quick)
}

// Check verifies a whole store that no one writes to: the structure of every file, every record's checksum and version,
// every body's checksum and SHA-256, that records, digests and bodies name each other, and the watermark. It reads every
// byte, and its memory does not grow with the store but for a bit for each page. progress may be nil.
//
// The error is nil when all is well; ErrDamaged, with the first problem, when CheckReport.Problems has any; else why the
// store could not be checked (as Open). It changes nothing.
func Check(dir string, progress func(CheckProgress)) (CheckReport, error) {
	c := &checker{dir: dir, progress: progress, sha: sha256.New()}
	if c.progress == nil {
		c.progress = func(CheckProgress) {}
	}
	err := c.run()
	if errors.Is(err, ErrDamaged) {
		c.problem(err)
		err = nil
	}
	if err == nil && c.first != nil {
		err = c.first
	}
	return c.report, err
}

// checker is one Check.
type checker struct {
	dir      string
	progress func(CheckProgress)
	report   CheckReport
	first    error // first problem
	store    *Store
	mark     watermark
	missing  bool // a body file could not be read: counts will not agree
	sha      hash.Hash
	digests  uint64
	places   uint64 // that have a record
}

// problem notes damage; other errors are passed on.
func (c *checker) problem(err error) {
	if c.first == nil {
		c.first = err
		if !errors.Is(err, ErrDamaged) {
			c.first = fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	if len(c.report.Problems) < maxProblems {
		c.report.Problems = append(c.report.Problems, err.Error())
	} else {
		c.report.More++
	}
}

func (c *checker) run() error {
	if err := isStore(c.dir); err != nil {
		return err
	}
	if err := checkPages(filepath.Join(c.dir, stateFile), quick); err != nil {
		return err
	}
	s, err := Open(c.dir, Options{ReadOnly: true}) // takes the lock
	if err != nil {
		return err
	}
	defer s.Close()
	c.store = s
	c.report.Files++
	if err := checkPages(filepath.Join(c.dir, stateFile), full); err != nil {
		return err
	}
	err = view(s.db, func(tx *bolt.Tx) (err error) {
		c.mark, err = s.readMeta(tx)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.bodyFiles(); err != nil {
		return err
	}
	if err := c.records(); err != nil {
		return err
	}
	return c.countDigests()
}

// bodyFiles goes through the body files that the watermark tells of.
func (c *checker) bodyFiles() error {
	numbers, err := bodyNumbers(c.dir)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n > c.mark.file+1 {
			c.problem(damaged("%s is newer than %s", bodyPath(c.dir, n), stateFile))
		}
	}
	for n := uint32(1); n <= c.mark.file; n++ {
		if !slices.Contains(numbers, n) {
			c.missing = true
			c.problem(damaged("%s is missing", bodyPath(c.dir, n)))
			continue
		}
		if err := c.bodyFile(n); err != nil {
			c.missing = true
			c.problem(fmt.Errorf("%s: %w", bodyPath(c.dir, n), err))
		}
	}
	return nil
}

// bodyFile verifies one file: structure, then bodies in order with their chunks beside them.
func (c *checker) bodyFile(number uint32) error {
	path := bodyPath(c.dir, number)
	if err := checkPages(path, full); err != nil {
		return err
	}
	c.report.Files++
	db, err := openBodyFile(path, c.store.seed[:], Options{BodyFileSize: defaultBodyFileSize})
	if err != nil {
		return err
	}
	defer db.Close()
	last := ^uint64(0)
	if number == c.mark.file {
		last = c.mark.seq
	}
	return view(db, func(tx *bolt.Tx) error { return c.bodies(tx, number, last) })
}

func (c *checker) bodies(tx *bolt.Tx, number uint32, last uint64) error {
	chunks := tx.Bucket(bucketChunks).Cursor()
	ck, cv := chunks.First()
	w := &bodyWalk{tx: tx, ref: BodyRef{File: number}, chunks: chunks, ck: ck, cv: cv}
	bodies := tx.Bucket(bucketBodies)
	cursor := bodies.Cursor()
	want := uint64(1)
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		g, err := segmentAt(bodies, k)
		switch {
		case err != nil:
			return err
		case g.first > last:
			c.report.Orphans += uint64(g.count())
			continue
		case g.first != want:
			return damaged("body %d follows body %d", g.first, want-1)
		}
		want = g.last() + 1
		if err := c.segment(w, &g); err != nil {
			return err
		}
	}
	if number == c.mark.file && want != last+1 {
		return damaged("it has %d bodies, %s tells of %d", want-1, stateFile, last)
	}
	if ck := w.ck; ck != nil && (len(ck) != 12 || binary.BigEndian.Uint64(ck) <= last) {
		return damaged("chunk %x belongs to no body", ck)
	}
	return nil
}

// bodyWalk goes through the bodies of a file with their chunks beside them.
type bodyWalk struct {
	tx     *bolt.Tx
	ref    BodyRef
	done   uint64
	chunks *bolt.Cursor
	ck, cv []byte // next chunk
}

// segment verifies the bodies of a segment.
func (c *checker) segment(w *bodyWalk, g *segment) error {
	data := g.data
	for i := range g.count() {
		head := g.header(i)
		seq, rest := g.first+uint64(i), data[:head.inline()]
		data = data[len(rest):]
		c.sha.Reset()
		_, _ = c.sha.Write(rest)
		sum := crc32.Update(startSum(seq, head), castagnoli, rest)
		for i := range head.chunks {
			if !bytes.Equal(w.ck, chunkKey(seq, i)) {
				return damaged("body %d lacks its chunk %d", seq, i)
			}
			_, _ = c.sha.Write(w.cv)
			sum = crc32.Update(sum, castagnoli, w.cv)
			w.ck, w.cv = w.chunks.Next()
			if i%(unmapEvery/ChunkSize) == 0 {
				unmapTx(w.tx)
			}
		}
		if sum != head.sum {
			c.problem(damaged("body %d of %s does not match its checksum", seq, bodyPath(c.dir, w.ref.File)))
			continue
		}
		w.ref.Seq, w.ref.Size = seq, head.size
		w.done++
		c.named(w.ref)
		c.progress(CheckProgress{File: bodyPath(c.dir, w.ref.File), Done: w.done, Bytes: c.report.BodyBytes})
	}
	return nil
}

// named verifies that the digest of the body just read names it.
func (c *checker) named(ref BodyRef) {
	c.report.Bodies++
	c.report.BodyBytes += ref.Size
	var d Digest
	c.sha.Sum(d[:0])
	at, ok, err := c.store.FindBody(d)
	switch {
	case err != nil:
		c.problem(err)
	case !ok:
		c.problem(damaged("body %d of file %d is not listed under its SHA-256 %x", ref.Seq, ref.File, d))
	case at != ref:
		c.problem(damaged("body %d of file %d is listed as body %d of file %d", ref.Seq, ref.File, at.Seq, at.File))
	}
}

// records verifies every record, that its body is listed under its digest, and that each is at the place of its ID. With every
// body found under its own digest, that says that no record names a body that is not there.
func (c *checker) records() error {
	if err := c.eachRecord(); err != nil {
		return err
	}
	return view(c.store.db, func(tx *bolt.Tx) error {
		var n uint64
		records := tx.Bucket(bucketRecords)
		cursor := records.Cursor()
		var last []byte
		for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
			n++
			last = k
		}
		switch {
		case n != c.places:
			return damaged("there are %d records and places of %d", n, c.places)
		case bytes.Compare(last, seqKey(records.Sequence())) > 0:
			return damaged("record at %x is above the last place that was given, %d", last, records.Sequence())
		}
		return nil
	})
}

func (c *checker) eachRecord() error {
	progress := CheckProgress{File: filepath.Join(c.dir, stateFile), Bytes: c.report.BodyBytes}
	var page recordPage
	for from := uint64(0); ; {
		if err := view(c.store.db, func(tx *bolt.Tx) error { return page.fill(tx, from) }); err != nil {
			return err
		}
		if len(page.records) == 0 {
			return nil
		}
		for _, e := range page.records {
			c.record(e.id, page.buf[e.from:e.to])
			c.places++
			progress.Done = c.places
			from = e.id + 1
		}
		c.progress(progress)
		if from == 0 {
			return nil
		}
	}
}

func (c *checker) record(id uint64, b []byte) {
	r, err := recordAt(filepath.Join(c.dir, stateFile), id, b)
	if err != nil {
		c.problem(err)
		return
	}
	c.report.Records++
	c.listed(id, r.SHA256, r.Body)
	c.listed(id, r.Thumb, r.ThumbRef)
}

// listed verifies that a body that a record names, if any, is listed under its digest.
func (c *checker) listed(id uint64, d Digest, ref BodyRef) {
	if ref == (BodyRef{}) {
		return
	}
	at, ok, err := c.store.FindBody(d)
	switch {
	case err != nil:
		c.problem(fmt.Errorf("record %d: %w", id, err))
	case !ok || at != ref:
		c.problem(damaged("record %d names body %d of file %d, which is not listed under its SHA-256", id, ref.Seq, ref.File))
	}
}

// countDigests verifies that there are as many digests as bodies, each of which was found under its own.
func (c *checker) countDigests() error {
	err := view(c.store.db, func(tx *bolt.Tx) error {
		tree := tx.Bucket(bucketDigests)
		cursor := tree.Cursor()
		for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
			ref, err := decodeRef(v)
			if err == nil && len(k) != len(Digest{}) {
				err = damaged("it has %d bytes", len(k))
			}
			c.digest(k, ref, err)
		}
		for _, slice := range c.store.fresh.slices {
			for d, ref := range slice {
				v := tree.Get(d[:])
				if v == nil {
					c.digest(d[:], ref, nil)
				} else if !bytes.Equal(v, appendRef(nil, ref)) {
					c.problem(damaged("digest %x names two bodies", d))
				}
			}
		}
		return nil
	})
	if err == nil && !c.missing && c.digests != c.report.Bodies {
		c.problem(damaged("there are %d digests and %d bodies", c.digests, c.report.Bodies))
	}
	return err
}

// digest counts a digest, and verifies that the body it names may be there.
func (c *checker) digest(k []byte, ref BodyRef, err error) {
	c.digests++
	if err == nil && (ref.File > c.mark.file || ref.File == c.mark.file && ref.Seq > c.mark.seq) {
		err = damaged("it names body %d of file %d, which is not there", ref.Seq, ref.File)
	}
	if err != nil {
		c.problem(fmt.Errorf("digest %x: %w", k, err))
	}
}
