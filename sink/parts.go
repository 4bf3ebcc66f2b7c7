package sink

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// A part file, parts/ID.part, holds what came of one body:
//
//	head    "crawlpart" and version (1), length (4) and CRC32C (4) of what follows; the store's seed (16), a random number
//	        (8), ID, URL, ETag, Last-Modified, Total
//	frames  length (4), CRC32C (4) over random number, number of the frame, length and bytes; bytes. All but the last have
//	        frameSize
//
// It is never synced: after a crash it is good as far as its frames check.

// partMagic begins a part file; its last byte is the version.
const partMagic = "crawlpart\x01"

// Sizes of a part file, in bytes.
const (
	partHeadHead = len(partMagic) + 4 + 4
	frameHead    = 4 + 4
	frameSize    = ChunkSize // so that a frame becomes a chunk
)

// partsDir is the folder of part files in a store.
const partsDir = "parts"

// PartHead says what a part is a part of, as the server told when it began.
type PartHead struct {
	URL          string
	ETag         string
	LastModified string
	Total        int64 // bytes of the whole; 0: not known
}

// noPart is the most frequent answer, as most URLs have no part.
const noPart = notFound("no part of it was kept")

// parts are the part files of a store.
type parts struct {
	mu  sync.Mutex
	ids map[uint64]bool // bounded by the disk: each stands for a file of 256 KiB or more, as a rule
}

func (p *parts) has(id uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids[id]
}

func (p *parts) set(id uint64, there bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !there {
		delete(p.ids, id)
		return
	}
	if p.ids == nil {
		p.ids = make(map[uint64]bool)
	}
	p.ids[id] = true
}

// PartIDs gives the IDs that have a part, in order.
func (s *Store) PartIDs() []uint64 {
	s.parts.mu.Lock()
	defer s.parts.mu.Unlock()
	return slices.Sorted(maps.Keys(s.parts.ids))
}

// DropPart removes the part of an ID, if there is one. A file that cannot be removed is tried again at the next start.
func (s *Store) DropPart(id uint64) {
	if s.parts.has(id) {
		s.parts.set(id, false)
		_ = os.Remove(s.partPath(id))
	}
}

func (s *Store) partPath(id uint64) string {
	return filepath.Join(s.dir, partsDir, strconv.FormatUint(id, 10)+".part")
}

// partID reads the name of a part file.
func partID(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ".part")
	id, err := strconv.ParseUint(digits, 10, 64)
	return id, ok && err == nil && strconv.FormatUint(id, 10) == digits
}

// findParts lists the part files and removes those whose body the store has: a crash came between.
func (s *Store) findParts() error {
	entries, err := os.ReadDir(filepath.Join(s.dir, partsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return openError(filepath.Join(s.dir, partsDir), err)
	}
	for _, e := range entries {
		if id, ok := partID(e.Name()); ok {
			s.parts.set(id, true)
		}
	}
	var settled []uint64
	err = view(s.db, func(tx *bolt.Tx) error {
		for id := range s.parts.ids {
			r, ok, err := GetTx(tx, id)
			if err != nil {
				return err
			}
			if ok && r.Body != (BodyRef{}) {
				settled = append(settled, id)
			}
		}
		return nil
	})
	for _, id := range settled {
		s.DropPart(id)
	}
	return err
}

// create makes the part file of a spool, in place of an earlier one.
func (sp *Spool) create() error {
	s := sp.store
	if s.o.ReadOnly {
		return fmt.Errorf("%w: %s was opened only to read", ErrReadOnly, s.dir)
	}
	path := s.partPath(sp.id)
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return openError(filepath.Dir(path), err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return writeError(path, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return openError(path, err)
	}
	var nonce [8]byte
	_, _ = rand.Read(nonce[:]) // never fails
	sp.file, sp.nonce, sp.frame = f, binary.LittleEndian.Uint64(nonce[:]), s.pools.getFrame()
	s.parts.set(sp.id, true)
	head := appendPartHead(nil, s.seed, sp.nonce, sp.id, sp.head)
	sp.start = int64(len(head))
	_, err = f.WriteAt(head, 0)
	return writeError(path, err)
}

// appendPartHead appends the head of a part file.
func appendPartHead(b []byte, seed [16]byte, nonce, id uint64, h PartHead) []byte {
	b = append(b, partMagic...)
	from := len(b)
	b = append(b, make([]byte, 8)...)
	b = append(b, seed[:]...)
	b = binary.LittleEndian.AppendUint64(b, nonce)
	b = binary.AppendUvarint(b, id)
	b = appendString(b, h.URL)
	b = appendString(b, h.ETag)
	b = appendString(b, h.LastModified)
	b = binary.AppendUvarint(b, uint64(max(h.Total, 0)))
	binary.LittleEndian.PutUint32(b[from:], uint32(len(b)-from-8))
	binary.LittleEndian.PutUint32(b[from+4:], crc32.Checksum(b[from+8:], castagnoli))
	return b
}

// readPartHead reads the head of the part file of an ID, and tells its length.
func readPartHead(r io.Reader, seed [16]byte, id uint64) (h PartHead, nonce uint64, size int64, ok bool) {
	b := make([]byte, partHeadHead, 512)
	if _, err := io.ReadFull(r, b); err != nil || string(b[:len(partMagic)]) != partMagic {
		return h, 0, 0, false
	}
	n, sum := binary.LittleEndian.Uint32(b[len(partMagic):]), binary.LittleEndian.Uint32(b[len(partMagic)+4:])
	if n > maxPartHead {
		return h, 0, 0, false
	}
	b = make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil || crc32.Checksum(b, castagnoli) != sum || len(b) < 24 || [16]byte(b) != seed {
		return h, 0, 0, false
	}
	d := decoder{b: b, s: string(b), off: 24}
	at := d.uint()
	h = PartHead{URL: d.string(), ETag: d.string(), LastModified: d.string(), Total: int64(d.max(1<<63 - 1))}
	if d.bad || d.off != len(b) || at != id {
		return PartHead{}, 0, 0, false
	}
	return h, binary.LittleEndian.Uint64(b[16:]), int64(partHeadHead) + int64(n), true
}

// frameSum is the checksum of a frame, which says to what file and where in it the frame belongs.
func frameSum(nonce uint64, i int64, b []byte) uint32 {
	var at [20]byte
	binary.LittleEndian.PutUint64(at[:], nonce)
	binary.LittleEndian.PutUint64(at[8:], uint64(i))
	binary.LittleEndian.PutUint32(at[16:], uint32(len(b)))
	return crc32.Update(crc32.Checksum(at[:], castagnoli), castagnoli, b)
}

// putFrameHead fills in the head of frame i.
func putFrameHead(frame []byte, nonce uint64, i int64) {
	binary.LittleEndian.PutUint32(frame, uint32(len(frame)-frameHead))
	binary.LittleEndian.PutUint32(frame[4:], frameSum(nonce, i, frame[frameHead:]))
}

// goodFrame verifies frame i.
func goodFrame(frame []byte, nonce uint64, i int64) bool {
	return binary.LittleEndian.Uint32(frame) == uint32(len(frame)-frameHead) &&
		binary.LittleEndian.Uint32(frame[4:]) == frameSum(nonce, i, frame[frameHead:])
}

// readFrame reads frame i into buf, which has room for one. It is short, or nil, where the good frames end.
func readFrame(r io.Reader, buf []byte, nonce uint64, i int64) []byte {
	if _, err := io.ReadFull(r, buf[:frameHead]); err != nil {
		return nil
	}
	n := binary.LittleEndian.Uint32(buf)
	if n == 0 || n > frameSize {
		return nil
	}
	frame := buf[:frameHead+n]
	if _, err := io.ReadFull(r, frame[frameHead:]); err != nil || !goodFrame(frame, nonce, i) {
		return nil
	}
	return frame
}

// OpenPart goes on with what was kept of an ID: it reads and hashes the frames that check, and cuts off the rest. It
// blocks for that reading. ErrNotFound says that there is no part, or none that is of use; other errors are those of the
// disk.
func (s *Store) OpenPart(id uint64) (*Spool, PartHead, error) {
	if !s.parts.has(id) {
		return nil, PartHead{}, noPart
	}
	path := s.partPath(id)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		s.parts.set(id, false)
		return nil, PartHead{}, noPart
	}
	if err != nil {
		return nil, PartHead{}, openError(path, err)
	}
	sp := &Spool{store: s, id: id, sha: sha256.New(), file: f, frame: s.pools.getFrame()}
	if err := sp.load(); err != nil || sp.size == 0 {
		sp.end()
		if err == nil {
			s.DropPart(id)
			err = noPart
		}
		return nil, PartHead{}, err
	}
	return sp, sp.head, nil
}

// load reads the file of a spool. A frame that is not full comes back into memory, as the next bytes belong into it.
func (sp *Spool) load() error {
	r := bufio.NewReaderSize(sp.file, 64<<10)
	var ok bool
	if sp.head, sp.nonce, sp.start, ok = readPartHead(r, sp.store.seed, sp.id); !ok {
		return nil
	}
	for {
		frame := readFrame(r, sp.frame[:cap(sp.frame)], sp.nonce, sp.full)
		if frame == nil {
			break
		}
		body := frame[frameHead:]
		if sp.full == 0 {
			sp.prefix = bytes.Clone(body[:min(len(body), prefixSize)])
		}
		sp.took(body)
		if len(body) < frameSize {
			sp.frame = frame
			break
		}
		sp.full++
	}
	return writeError(sp.file.Name(), sp.file.Truncate(sp.start+sp.full*(frameHead+frameSize)))
}
