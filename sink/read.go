package sink

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	bolt "go.etcd.io/bbolt"
)

// Get gets a record.
func (s *Store) Get(id uint64) (r *Record, ok bool, err error) {
	err = view(s.db, func(tx *bolt.Tx) error {
		r, ok, err = GetTx(tx, id)
		return err
	})
	return r, ok && err == nil, err
}

// URLOf gets only the URL of a record, "" when there is none.
func (s *Store) URLOf(id uint64) (url string, err error) {
	err = view(s.db, func(tx *bolt.Tx) error {
		t := recordsOf(tx)
		v, err := t.get(id)
		if v == nil || err != nil {
			return err
		}
		_, url, err = decodeURL(v)
		return err
	})
	return url, err
}

// Each calls fn with every record whose ID is from or more, in the order of IDs, until fn returns an error, which it
// returns. Read transactions are short, and none is open while fn runs: fn may use the Store. Records that are committed
// meanwhile may or may not be seen.
func (s *Store) Each(from uint64, fn func(*Record) error) error {
	var page recordPage
	for {
		if err := view(s.db, func(tx *bolt.Tx) error { return page.fill(tx, from) }); err != nil {
			return err
		}
		for _, e := range page.records {
			r, err := recordAt(s.db.Path(), e.id, page.buf[e.from:e.to])
			if err == nil {
				err = fn(r)
			}
			if err != nil {
				return err
			}
			from = e.id + 1
		}
		if len(page.records) == 0 || from == 0 {
			return nil
		}
	}
}

// recordPage is what one read transaction of Each copies.
type recordPage struct {
	buf     []byte
	records []encoded
}

func (p *recordPage) fill(tx *bolt.Tx, from uint64) error {
	p.buf, p.records = p.buf[:0], p.records[:0]
	t := recordsOf(tx)
	return t.each(from, func(id uint64, v []byte) bool {
		at := len(p.buf)
		p.buf = append(p.buf, v...)
		p.records = append(p.records, encoded{id: id, from: at, to: len(p.buf)})
		return len(p.records) < eachRecords && len(p.buf) < eachBytes
	})
}

// FindBody tells whether the store has the bytes with that SHA-256, and where.
func (s *Store) FindBody(d Digest) (ref BodyRef, ok bool, err error) {
	if ref, ok = s.fresh.find(&d); ok { // before a view is taken: it moves into the tree
		return ref, true, nil
	}
	err = view(s.db, func(tx *bolt.Tx) error {
		ref, ok, err = findMoved(tx, &d)
		return err
	})
	return ref, ok && err == nil, err
}

// OpenBody reads a body as a stream, a chunk at a time. Its checksum is verified at the end: only after io.EOF were the
// bytes right, and ErrDamaged comes instead of io.EOF when they were not. No transaction is open between reads. The caller
// closes it. ErrNotFound says that ref is zero, as that of a record without a body is.
func (s *Store) OpenBody(ref BodyRef) (*BodyReader, error) {
	if ref.File == 0 {
		return nil, notFound("the record has no body")
	}
	file, err := s.files.acquire(ref.File, func() (*bolt.DB, error) {
		return openBodyFile(bodyPath(s.dir, ref.File), s.seed[:], s.o)
	})
	if err != nil {
		return nil, err
	}
	r := &BodyReader{store: s, file: file, ref: ref}
	if err := r.start(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// ReadBody reads a whole body and verifies its checksum. The bytes are the caller's, and nil only when there is an error: that
// of OpenBody, or ErrDamaged.
func (s *Store) ReadBody(ref BodyRef) ([]byte, error) {
	r, err := s.OpenBody(ref)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	buf := bytes.NewBuffer(make([]byte, 0, ref.Size+bytes.MinRead))
	if _, err := buf.ReadFrom(r); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// BodyReader streams a body.
type BodyReader struct {
	store *Store
	file  *bodyFile
	ref   BodyRef
	head  bodyHeader
	sum   uint32
	chunk uint32 // next one
	buf   []byte // of the current value; of the store's pools
	rest  []byte // of buf
	err   error
}

func (r *BodyReader) start() error {
	return view(r.file.db, func(tx *bolt.Tx) error {
		g, err := segmentOf(tx, r.ref.Seq)
		if err != nil {
			return fmt.Errorf("%s: %w", r.file.db.Path(), err)
		}
		if g.count() == 0 {
			return r.damaged("is missing")
		}
		head, rest := g.body(r.ref.Seq)
		if head.size != r.ref.Size {
			return r.damaged(fmt.Sprintf("has %d bytes", head.size))
		}
		r.head, r.sum = head, startSum(r.ref.Seq, head)
		r.take(rest)
		return nil
	})
}

// take copies a value out of its transaction.
func (r *BodyReader) take(v []byte) {
	r.buf = r.store.pools.append(r.buf[:0], v)
	r.rest = r.buf
	r.sum = crc32.Update(r.sum, castagnoli, r.buf)
}

func (r *BodyReader) damaged(what string) error {
	return damaged("body %d of %s (%d bytes) %s", r.ref.Seq, r.file.db.Path(), r.ref.Size, what)
}

// Read implements io.Reader.
func (r *BodyReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if len(r.rest) == 0 {
		if r.err = r.next(); r.err != nil {
			return 0, r.err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo implements io.WriterTo: a chunk at a time, without another copy.
func (r *BodyReader) WriteTo(w io.Writer) (n int64, err error) {
	for ; r.err == nil; r.err = r.next() {
		if len(r.rest) == 0 {
			continue
		}
		k, err := w.Write(r.rest)
		n += int64(k)
		r.rest = r.rest[k:]
		if err != nil {
			return n, err
		}
	}
	if r.err == io.EOF {
		return n, nil
	}
	return n, r.err
}

// next takes the next chunk, or ends the body.
func (r *BodyReader) next() error {
	if r.chunk == r.head.chunks {
		if r.sum != r.head.sum {
			return r.damaged("does not match its checksum")
		}
		return io.EOF
	}
	size := min(ChunkSize, r.head.size-int64(r.chunk)*ChunkSize)
	return view(r.file.db, func(tx *bolt.Tx) error {
		v := tx.Bucket(bucketChunks).Get(chunkKey(r.ref.Seq, r.chunk))
		if int64(len(v)) != size {
			return r.damaged(fmt.Sprintf("lacks its chunk %d", r.chunk))
		}
		r.chunk++
		r.take(v)
		if r.chunk%(unmapEvery/ChunkSize) == 0 {
			unmapTx(tx)
		}
		return nil
	})
}

// Close lets go of the file. It may be called again.
func (r *BodyReader) Close() error {
	if r.file != nil {
		r.store.files.release(r.file)
		r.store.pools.put(r.buf)
		r.file, r.err, r.buf, r.rest = nil, ErrClosed, nil, nil
	}
	return nil
}
