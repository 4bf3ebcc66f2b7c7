package local

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"

	"crawl/crawler/frontier"
)

// entry is what the seen set knows of one URL for good.
type entry struct {
	key   frontier.Key
	id    frontier.ID
	host  frontier.HostID
	depth uint16
	flags frontier.Flags
}

const (
	keyBytes   = len(frontier.Key{})
	idBytes    = 5 // a million million URLs
	entryBytes = keyBytes + idBytes + 4 + 2 + 1

	maxID = frontier.ID(1)<<(8*idBytes) - 1
)

func appendEntry(dst []byte, e *entry) []byte {
	dst = append(dst, e.key[:]...)
	dst = append(dst, byte(e.id>>32))
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.id))
	dst = binary.BigEndian.AppendUint32(dst, uint32(e.host))
	dst = binary.BigEndian.AppendUint16(dst, e.depth)
	return append(dst, byte(e.flags))
}

func decodeEntry(b []byte) entry {
	_ = b[entryBytes-1]
	return entry{
		key:   frontier.Key(b[:keyBytes]),
		id:    frontier.ID(b[keyBytes])<<32 | frontier.ID(binary.BigEndian.Uint32(b[keyBytes+1:])),
		host:  frontier.HostID(binary.BigEndian.Uint32(b[keyBytes+idBytes:])),
		depth: binary.BigEndian.Uint16(b[keyBytes+idBytes+4:]),
		flags: frontier.Flags(b[entryBytes-1]),
	}
}

// entries are encoded entries in rising order of their keys.
type entries []byte

func (e entries) len() int         { return len(e) / entryBytes }
func (e entries) key(i int) []byte { return e[i*entryBytes : i*entryBytes+keyBytes] }
func (e entries) at(i int) entry   { return decodeEntry(e[i*entryBytes:]) }

// search gives the place of the first entry whose key is not below key.
func (e entries) search(key []byte) int {
	want := binary.BigEndian.Uint64(key)
	lo, hi := 0, e.len()
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		at := e.key(mid)
		have := binary.BigEndian.Uint64(at)
		if have < want || have == want && bytes.Compare(at, key) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// find gives the entry of a key.
func (e entries) find(key []byte) (entry, bool) {
	if i := e.search(key); i < e.len() && bytes.Equal(e.key(i), key) {
		return e.at(i), true
	}
	return entry{}, false
}

// mergeEntries appends the union of old and young to dst; of two entries with one key it takes the young one.
func mergeEntries(dst, old, young entries) entries {
	for i := range young.len() {
		at := old.search(young.key(i))
		dst = append(dst, old[:at*entryBytes]...)
		old = old[at*entryBytes:]
		if len(old) > 0 && bytes.Equal(old.key(0), young.key(i)) {
			old = old[entryBytes:]
		}
		dst = append(dst, young[i*entryBytes:(i+1)*entryBytes]...)
	}
	return append(dst, old...)
}

// encodeBlock seals entries as the block of the given bound.
func encodeBlock(dst, bound []byte, e entries) []byte {
	return sealed(bound, append(seal(dst), e...))
}

// decodeBlock gives the entries of a block, as a part of v.
func decodeBlock(bucket string, bound, v []byte) (entries, error) {
	p, err := unseal(bucket, bound, v)
	if err != nil {
		return nil, err
	}
	if len(bound) != keyBytes || len(p) == 0 || len(p)%entryBytes != 0 {
		return nil, damaged(bucket, bound, fmt.Sprintf("%d bytes are no block", len(p)))
	}
	return entries(p), nil
}

// verifyBlock looks at what decodeBlock takes on trust from the checksum: order and range.
func verifyBlock(bucket string, bound, next []byte, e entries) error {
	low := bound
	for i := range e.len() {
		switch key := e.key(i); {
		case i > 0 && bytes.Compare(key, low) <= 0, bytes.Compare(key, low) < 0:
			return damaged(bucket, bound, fmt.Sprintf("entry %d is out of order", i))
		case next != nil && bytes.Compare(key, next) >= 0:
			return damaged(bucket, bound, fmt.Sprintf("entry %d belongs to the next block", i))
		default:
			low = key
		}
	}
	return nil
}

// keyStep gives the key space, as the first 64 bits of a key, in n parts; a part is rounded up.
func keyStep(n uint64) uint64 { return math.MaxUint64/n + 1 }
