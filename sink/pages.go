package sink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// This file reads bbolt's pages with plain reads and believes nothing in them. bbolt's own check follows page numbers
// through its map in a goroutine that no one can recover: a flipped bit ends the process. A file that passes the full
// extent here has no page number, length or count that could lead bbolt out of its map or round in circles.

// extent says how much of a file checkPages reads.
type extent bool

const (
	quick extent = false // meta pages, size, freelist, the root bucket, and the first pages of each bucket in it
	full  extent = true  // every page, its keys' order, and that each is used once or free
)

// bbolt's file format, version 2.
const (
	boltMagic     = 0xED0CDAED
	boltVersion   = 2
	boltMetaSize  = 64        // bytes of a meta without its page header
	boltPageHead  = 16        // id (8), flags (2), count (2), overflow (4)
	boltElement   = 16        // of a branch: pos (4), ksize (4), page (8); of a leaf: flags (4), pos (4), ksize (4), vsize (4)
	boltBucket    = 16        // root page (8), sequence (8)
	boltIsBranch  = 0x01      // page flag
	boltIsLeaf    = 0x02      // page flag
	boltIsFree    = 0x10      // page flag of the freelist
	boltSubBucket = 0x01      // leaf element flag
	boltManyFree  = 1<<16 - 1 // count of a freelist whose first entry is the count
	boltNoFree    = 1<<64 - 1 // page number of a freelist that is not written
	boltMaxPage   = 16 << 20
)

var native = binary.NativeEndian

// boltMeta is what one of the two meta pages says.
type boltMeta struct {
	pageSize              uint32
	root, free, end, txid uint64 // end: the first page number that is not used yet
}

// parseMeta reads a meta page's content. A newer bbolt format gives ErrNewerFormat.
func parseMeta(b []byte) (m boltMeta, err error) {
	if len(b) < boltMetaSize || native.Uint32(b) != boltMagic {
		return m, damaged("it does not begin as a bbolt file")
	}
	if v := native.Uint32(b[4:]); v > boltVersion {
		return m, fmt.Errorf("%w: bbolt format %d, this program knows up to %d", ErrNewerFormat, v, boltVersion)
	}
	h := fnv.New64a()
	_, _ = h.Write(b[:boltMetaSize-8])
	if native.Uint64(b[boltMetaSize-8:]) != h.Sum64() {
		return m, damaged("a meta page does not match its checksum")
	}
	return boltMeta{
		pageSize: native.Uint32(b[8:]),
		root:     native.Uint64(b[16:]),
		free:     native.Uint64(b[32:]),
		end:      native.Uint64(b[40:]),
		txid:     native.Uint64(b[48:]),
	}, nil
}

// pageFile is a bbolt file that is being looked at.
type pageFile struct {
	r      io.ReaderAt
	size   int64
	meta   boltMeta
	extent extent
	used   []uint64 // bit set of pages that were met
	nested int      // buckets that are being walked, without the root bucket
	buf    [maxTreeDepth][]byte
}

// checkPages looks at the bbolt file at path. It takes no lock: while someone writes it, it may find damage that is none.
// Errors are ErrDamaged, ErrNewerFormat and those of opening.
func checkPages(path string, e extent) error {
	f, err := os.Open(path)
	if err != nil {
		return openError(path, err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return openError(path, err)
	}
	p := &pageFile{r: f, size: st.Size(), extent: e}
	if err := p.check(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func (p *pageFile) check() error {
	if err := p.readMeta(); err != nil {
		return err
	}
	m := p.meta
	if m.end > uint64(p.size)/uint64(m.pageSize) {
		return damaged("it was cut off: %d bytes are left of %d", p.size, m.end*uint64(m.pageSize))
	}
	p.used = make([]uint64, m.end/64+1)
	p.mark(0)
	p.mark(1)
	if err := p.freelist(); err != nil {
		return err
	}
	if err := p.tree(m.root, 0, nil, nil); err != nil {
		return err
	}
	if p.extent == quick {
		return nil
	}
	for id := range m.end {
		if !p.marked(id) {
			return damaged("page %d is neither used nor free", id)
		}
	}
	return nil
}

// readMeta takes the newer of the two meta pages that is whole, as bbolt does.
func (p *pageFile) readMeta() error {
	first, err0 := p.metaAt(0)
	size := int64(first.pageSize)
	var second boltMeta
	err1 := err0
	if err0 == nil {
		second, err1 = p.metaAt(size)
	}
	for size = 1 << 10; err0 != nil && err1 != nil && size <= boltMaxPage; size *= 2 {
		if second, err1 = p.metaAt(size); err1 == nil && int64(second.pageSize) != size {
			err1 = damaged("a meta page stands in the wrong place")
		}
	}
	// A meta fits into one sector, which a power cut does not tear. bbolt goes on with the other one, a step earlier,
	// and so does a crawl, which fetches again what that step held; but a check has to tell.
	if e := errors.Join(err0, err1); e != nil && p.extent == full {
		return fmt.Errorf("one of its two meta pages is invalid, and its newest step may be lost: %w", e)
	}
	switch {
	case err0 != nil && err1 != nil:
		return err0
	case err1 != nil || err0 == nil && first.txid > second.txid:
		p.meta = first
	default:
		p.meta = second
	}
	m := p.meta
	if m.pageSize < 1<<10 || m.pageSize > boltMaxPage || m.pageSize&(m.pageSize-1) != 0 || m.end < 4 || m.end > 1<<40 {
		return damaged("its meta page gives %d pages of %d bytes", m.end, m.pageSize)
	}
	return nil
}

func (p *pageFile) metaAt(off int64) (boltMeta, error) {
	var b [boltPageHead + boltMetaSize]byte
	if _, err := p.r.ReadAt(b[:], off); err != nil {
		return boltMeta{}, readError(err)
	}
	return parseMeta(b[boltPageHead:])
}

// readError tells a file that is too short from a disk that fails.
func readError(err error) error {
	if errors.Is(err, io.EOF) {
		return damaged("it is too short")
	}
	return fmt.Errorf("%w: %w", ErrIO, err)
}

func (p *pageFile) marked(id uint64) bool { return p.used[id/64]&(1<<(id%64)) != 0 }

// mark notes a page as met, and reports whether it was not.
func (p *pageFile) mark(id uint64) bool {
	if p.marked(id) {
		return false
	}
	p.used[id/64] |= 1 << (id % 64)
	return true
}

// page is one run of pages with its header read.
type page struct {
	flags, count uint16
	data         []byte // of the whole run
}

// load reads the run of pages at id into the buffer of a depth, and marks it.
func (p *pageFile) load(id uint64, depth int) (pg page, err error) {
	if id < 2 || id >= p.meta.end {
		return pg, damaged("page %d is named, but there are %d", id, p.meta.end)
	}
	var head [boltPageHead]byte
	off := int64(id) * int64(p.meta.pageSize)
	if _, err := p.r.ReadAt(head[:], off); err != nil {
		return pg, readError(err)
	}
	n := uint64(native.Uint32(head[12:])) + 1
	if native.Uint64(head[:]) != id || n > p.meta.end-id {
		return pg, damaged("page %d has a header that is not its own", id)
	}
	length := n * uint64(p.meta.pageSize)
	if length > maxPageRun+uint64(p.meta.pageSize) && native.Uint16(head[8:]) != boltIsFree {
		return pg, damaged("page %d has %d bytes", id, length)
	}
	for i := id; i < id+n; i++ {
		if !p.mark(i) {
			return pg, damaged("page %d is used twice", i)
		}
	}
	if uint64(cap(p.buf[depth])) < length {
		p.buf[depth] = make([]byte, length)
	}
	pg = page{flags: native.Uint16(head[8:]), count: native.Uint16(head[10:]), data: p.buf[depth][:length]}
	if _, err := p.r.ReadAt(pg.data, off); err != nil {
		return pg, readError(err)
	}
	return pg, nil
}

// freelist marks the pages that are free.
func (p *pageFile) freelist() error {
	if p.meta.free == boltNoFree {
		return damaged("its freelist was not written")
	}
	pg, err := p.load(p.meta.free, 0)
	if err != nil {
		return err
	}
	if pg.flags != boltIsFree {
		return damaged("page %d is not the freelist", p.meta.free)
	}
	list, count := pg.data[boltPageHead:], uint64(pg.count)
	if count == boltManyFree {
		count, list = native.Uint64(list), list[8:]
	}
	if count > uint64(len(list)/8) {
		return damaged("the freelist has %d entries", count)
	}
	for i := range count {
		id := native.Uint64(list[8*i:])
		if id < 2 || id >= p.meta.end || !p.mark(id) {
			return damaged("page %d cannot be free", id)
		}
	}
	return nil
}

// tree walks the tree below a page whose keys must be at least low and below high (nil: no bound).
func (p *pageFile) tree(id uint64, depth int, low, high []byte) error {
	if depth == maxTreeDepth {
		return damaged("its tree is %d levels deep", depth)
	}
	pg, err := p.load(id, depth)
	if err != nil {
		return err
	}
	switch pg.flags {
	case boltIsLeaf:
		err = p.leaf(pg.data, int(pg.count), depth, low, high)
	case boltIsBranch:
		err = p.branch(pg, depth, low, high)
	default:
		err = damaged("it has flags %#x", pg.flags)
	}
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return nil
}

// element cuts key and what follows it for entry i out of a page.
func element(data []byte, i int, pos, ksize, vsize uint32) (key, value []byte, err error) {
	at := uint64(boltPageHead+boltElement*i) + uint64(pos)
	end := at + uint64(ksize) + uint64(vsize)
	if end > uint64(len(data)) {
		return nil, nil, damaged("entry %d reaches beyond it", i)
	}
	return data[at : at+uint64(ksize)], data[at+uint64(ksize) : end], nil
}

// inOrder verifies that a key follows the one before it and stays in its bounds.
func inOrder(i int, before, key, low, high []byte) error {
	switch {
	case i > 0 && bytes.Compare(before, key) >= 0,
		i == 0 && low != nil && bytes.Compare(key, low) < 0,
		high != nil && bytes.Compare(key, high) >= 0:
		return damaged("the key of entry %d is out of order", i)
	}
	return nil
}

func (p *pageFile) branch(pg page, depth int, low, high []byte) error {
	keys, children, err := branchEntries(pg, low, high)
	if err != nil {
		return err
	}
	for i, child := range children {
		if p.extent == quick && p.nested > 0 && i > 0 { // the file's own buckets are few, and each is looked at
			if child < 2 || child >= p.meta.end {
				return damaged("page %d is named, but there are %d", child, p.meta.end)
			}
			continue
		}
		next := high
		if i+1 < len(keys) {
			next = keys[i+1]
		}
		if err := p.tree(child, depth+1, keys[i], next); err != nil {
			return err
		}
	}
	return nil
}

func branchEntries(pg page, low, high []byte) (keys [][]byte, children []uint64, err error) {
	n := int(pg.count)
	if n == 0 || boltPageHead+n*boltElement > len(pg.data) {
		return nil, nil, damaged("it has %d entries", n)
	}
	keys, children = make([][]byte, n), make([]uint64, n)
	var before []byte
	for i := range n {
		e := pg.data[boltPageHead+i*boltElement:]
		key, _, err := element(pg.data, i, native.Uint32(e), native.Uint32(e[4:]), 0)
		if err == nil {
			err = inOrder(i, before, key, low, high)
		}
		if err != nil {
			return nil, nil, err
		}
		keys[i], children[i], before = key, native.Uint64(e[8:]), key
	}
	return keys, children, nil
}

// leaf verifies the entries of a leaf page, or of a bucket that is kept within its entry, and walks the buckets in it.
func (p *pageFile) leaf(data []byte, n, depth int, low, high []byte) error {
	if boltPageHead+n*boltElement > len(data) {
		return damaged("it has %d entries", n)
	}
	var before []byte
	for i := range n {
		e := data[boltPageHead+i*boltElement:]
		flags := native.Uint32(e)
		key, value, err := element(data, i, native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:]))
		if err == nil {
			err = inOrder(i, before, key, low, high)
		}
		if err == nil && flags > boltSubBucket {
			err = damaged("entry %d has flags %#x", i, flags)
		}
		if err == nil && flags == boltSubBucket {
			err = p.bucket(value, depth)
		}
		if err != nil {
			return err
		}
		before = key
	}
	return nil
}

// bucket walks a bucket: its tree, or the page within its entry.
func (p *pageFile) bucket(value []byte, depth int) error {
	if len(value) < boltBucket {
		return damaged("a bucket has %d bytes", len(value))
	}
	root := native.Uint64(value)
	if p.extent == quick && p.nested > 0 && root != 0 { // one of many segments
		if root < 2 || root >= p.meta.end {
			return damaged("page %d is named, but there are %d", root, p.meta.end)
		}
		return nil
	}
	p.nested++
	defer func() { p.nested-- }()
	if root != 0 {
		return p.tree(root, depth+1, nil, nil)
	}
	inner := value[boltBucket:]
	if len(inner) < boltPageHead || native.Uint16(inner[8:]) != boltIsLeaf || depth+1 == maxTreeDepth {
		return damaged("a bucket within its entry is malformed")
	}
	return p.leaf(inner, int(native.Uint16(inner[10:])), depth+1, nil, nil)
}
