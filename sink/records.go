package sink

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// IDs rise in the order of the list, and results come in another: a crawl of ten thousand hosts takes one URL of each in
// turn, which are far apart. Records in the order of IDs had a page written for nearly every result, with the seven records
// beside it. So a record is appended, and what is put in the order of IDs is where it went, at five bytes each.
//
// A block of places is the sequences (5, big-endian; 0: there is no record) of placeBlock IDs from block*placeBlock on, then a
// CRC32C (4) over its key and them. A block without any sequence is not kept.

const (
	placeBytes = 5
	placesSize = placeBlock * placeBytes
	maxPlace   = 1<<(8*placeBytes) - 1
)

// recordTree is the records in one transaction. One goroutine uses it.
type recordTree struct {
	path            string // for errors
	records, places *bolt.Bucket

	at     uint64 // block that is loaded
	loaded bool
	dirty  bool
	block  []byte // the sequences of it; nil: it has none
}

func recordsOf(tx *bolt.Tx) recordTree {
	return recordTree{path: tx.DB().Path(), records: tx.Bucket(bucketRecords), places: tx.Bucket(bucketPlaces)}
}

// get gives the encoding of a record, valid until the transaction ends; nil when there is none.
func (t *recordTree) get(id uint64) ([]byte, error) {
	seq, err := t.seq(id)
	if seq == 0 || err != nil {
		return nil, err
	}
	v := t.records.Get(seqKey(seq))
	if v == nil {
		return nil, t.missing(id, seq)
	}
	return v, nil
}

func (t *recordTree) missing(id, seq uint64) error {
	return fmt.Errorf("%s: %w", t.path, damaged("record %d is missing (its place is %d)", id, seq))
}

// put puts the encoding of a record, where the one that it replaces was or behind all others. b must not change until the
// commit, and end must follow the last put or remove.
func (t *recordTree) put(id uint64, b []byte) error {
	seq, err := t.seq(id)
	if err != nil {
		return err
	}
	if seq == 0 {
		if seq, err = t.records.NextSequence(); err != nil {
			return err
		}
		if err := t.setSeq(id, seq); err != nil {
			return err
		}
	}
	return t.records.Put(seqKey(seq), b)
}

// remove deletes a record, if it is there.
func (t *recordTree) remove(id uint64) error {
	seq, err := t.seq(id)
	if seq == 0 || err != nil {
		return err
	}
	if err := t.records.Delete(seqKey(seq)); err != nil {
		return err
	}
	return t.setSeq(id, 0)
}

// seq gives the sequence of a record, 0 when there is none.
func (t *recordTree) seq(id uint64) (uint64, error) {
	if err := t.load(id / placeBlock); err != nil || t.block == nil {
		return 0, err
	}
	return placeOf(t.block, id), nil
}

func placeOf(block []byte, id uint64) uint64 {
	p := block[id%placeBlock*placeBytes:][:placeBytes]
	return uint64(p[0])<<32 | uint64(binary.BigEndian.Uint32(p[1:]))
}

func (t *recordTree) setSeq(id, seq uint64) error {
	if seq > maxPlace {
		return fmt.Errorf("%s: there is no place left for record %d; crawl into several stores", t.path, id)
	}
	if !t.dirty { // the block is bbolt's, or none
		t.block = append(make([]byte, 0, placesSize+crc32.Size), t.block...)[:placesSize]
		t.dirty = true
	}
	p := t.block[id%placeBlock*placeBytes:][:placeBytes]
	p[0] = byte(seq >> 32)
	binary.BigEndian.PutUint32(p[1:], uint32(seq))
	return nil
}

// load makes a block the current one.
func (t *recordTree) load(block uint64) (err error) {
	if t.loaded && t.at == block {
		return nil
	}
	if err := t.end(); err != nil {
		return err
	}
	key := seqKey(block)
	v := t.places.Get(key)
	if v != nil {
		if v, err = decodePlaces(key, v); err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
	}
	t.at, t.loaded, t.block = block, true, v
	return nil
}

// end puts the current block, if it was changed.
func (t *recordTree) end() error {
	t.loaded = false
	if !t.dirty {
		return nil
	}
	t.dirty = false
	key := seqKey(t.at)
	if !slices.ContainsFunc(t.block, func(b byte) bool { return b != 0 }) {
		return t.places.Delete(key)
	}
	return t.places.Put(key, binary.BigEndian.AppendUint32(t.block, placesSum(key, t.block)))
}

func placesSum(key, places []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, places)
}

// decodePlaces gives the sequences of a block, as a part of v.
func decodePlaces(key, v []byte) ([]byte, error) {
	if len(key) != 8 || len(v) != placesSize+crc32.Size {
		return nil, damaged("places %x: %d bytes are no block", key, len(v))
	}
	if binary.BigEndian.Uint32(v[placesSize:]) != placesSum(key, v[:placesSize]) {
		return nil, damaged("places %x do not match their checksum", key)
	}
	return v[:placesSize:placesSize], nil
}

// each calls fn with the encodings of the records from an ID on, in the order of IDs, while it returns true.
func (t *recordTree) each(from uint64, fn func(id uint64, b []byte) bool) error {
	places, records := t.places.Cursor(), t.records.Cursor()
	var last, now []byte // keys of records
	var v []byte
	for k, block := places.Seek(seqKey(from / placeBlock)); k != nil; k, block = places.Next() {
		block, err := decodePlaces(k, block)
		if err != nil {
			return fmt.Errorf("%s: %w", t.path, err)
		}
		first := binary.BigEndian.Uint64(k) * placeBlock
		for id := max(first, from); id-first < placeBlock; id++ {
			seq := placeOf(block, id)
			if seq == 0 {
				continue
			}
			now = binary.BigEndian.AppendUint64(now[:0], seq)
			if last != nil && seq == binary.BigEndian.Uint64(last)+1 { // the next one costs no search
				last, v = records.Next()
			} else {
				last, v = records.Seek(now)
			}
			if !bytes.Equal(last, now) {
				return t.missing(id, seq)
			}
			if !fn(id, v) {
				return nil
			}
		}
	}
	return nil
}

// PutTx puts a record whose body, if any, is in the store already.
func PutTx(tx *bolt.Tx, r *Record) error {
	b, err := AppendRecord(nil, r)
	if err != nil {
		return err
	}
	t := recordsOf(tx)
	if err := t.put(r.ID, b); err != nil {
		return err
	}
	return t.end()
}

// GetTx gets a record.
func GetTx(tx *bolt.Tx, id uint64) (*Record, bool, error) {
	t := recordsOf(tx)
	v, err := t.get(id)
	if v == nil || err != nil {
		return nil, false, err
	}
	r, err := recordAt(t.path, id, v)
	return r, err == nil, err
}

// DeleteTx deletes a record, if it is there. Its body stays.
func DeleteTx(tx *bolt.Tx, id uint64) error {
	t := recordsOf(tx)
	if err := t.remove(id); err != nil {
		return err
	}
	return t.end()
}

// recordAt decodes the record that stands at an ID of the file at path.
func recordAt(path string, id uint64, v []byte) (*Record, error) {
	r, err := DecodeRecord(v)
	if err == nil && r.ID != id {
		err = damaged("it is the record of number %d", r.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: record %d: %w", path, id, err)
	}
	return r, nil
}
