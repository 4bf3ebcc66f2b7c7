package sink

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// Buckets of a body file.
var (
	bucketBodies = []byte("bodies")
	bucketChunks = []byte("chunks")
)

// bodyHeader is what the index of a segment says of a body.
type bodyHeader struct {
	sum    uint32 // CRC32C over sequence, size, number of chunks and the body
	size   int64
	chunks uint32
}

// inline is the number of its bytes that are in the segment.
func (h bodyHeader) inline() int64 {
	if h.chunks > 0 {
		return 0
	}
	return h.size
}

// startSum begins a body's CRC32C with what says where and how long it is.
func startSum(seq uint64, h bodyHeader) uint32 {
	var b [8 + 8 + 4]byte
	binary.BigEndian.PutUint64(b[:], seq)
	binary.BigEndian.PutUint64(b[8:], uint64(h.size))
	binary.BigEndian.PutUint32(b[16:], h.chunks)
	return crc32.Checksum(b[:], castagnoli)
}

// chunkCount gives into how many chunks a body goes; 0: it is kept in a segment.
func chunkCount(size int64) uint32 {
	if size <= inlineBody {
		return 0
	}
	return uint32((size + ChunkSize - 1) / ChunkSize)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func chunkKey(seq uint64, n uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(make([]byte, 0, 12), seq), n)
}

// bodyPath names a body file.
func bodyPath(dir string, number uint32) string {
	return filepath.Join(dir, fmt.Sprintf("bodies-%06d.db", number))
}

// bodyNumbers lists the body files of a store in order.
func bodyNumbers(dir string) ([]uint32, error) {
	entries, err := os.ReadDir(dir) // sorted by name; numbers above 999999 come out of order, which no caller minds
	if err != nil {
		return nil, openError(dir, err)
	}
	var numbers []uint32
	for _, e := range entries {
		var n uint32
		if _, err := fmt.Sscanf(e.Name(), "bodies-%d.db", &n); err == nil && e.Name() == filepath.Base(bodyPath(dir, n)) {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

// initBodyFile makes an empty body file of the store with that seed, durably but for its directory entry.
func initBodyFile(path string, seed []byte) error {
	return initFile(path, bodyPage, func(tx *bolt.Tx) error {
		return errors.Join(
			makeBuckets(tx, bucketMeta, bucketBodies, bucketChunks),
			putMeta(tx, metaFormat, []byte{formatVersion}),
			putMeta(tx, metaSeed, seed))
	})
}

// openBodyFile opens a body file to read and verifies that it belongs to the store.
func openBodyFile(path string, seed []byte, o Options) (*bolt.DB, error) {
	o.ReadOnly = true
	db, _, err := openBodies(path, seed, o)
	return db, err
}

// openBodies opens a body file and verifies that it belongs to the store.
func openBodies(path string, seed []byte, o Options) (*bolt.DB, *os.File, error) {
	b := boltOptions(o)
	if b.InitialMmapSize > 0 {
		b.InitialMmapSize = int(min(2*o.BodyFileSize, stateMmap)) // a file overshoots by one batch
	}
	db, f, err := openBolt(path, b, false)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, damaged("%s is missing; restore it from a copy", path)
	}
	if err != nil {
		return nil, nil, err
	}
	err = view(db, func(tx *bolt.Tx) error { return ownBodyFile(tx, seed) })
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.Close())
	}
	return db, f, nil
}

func ownBodyFile(tx *bolt.Tx, seed []byte) error {
	for _, name := range [][]byte{bucketMeta, bucketBodies, bucketChunks} {
		if tx.Bucket(name) == nil {
			return damaged("bucket %s is missing", name)
		}
	}
	if err := checkFormat(tx); err != nil {
		return err
	}
	v, err := getMeta(tx, metaSeed)
	if err == nil && !bytes.Equal(v, seed) {
		err = damaged("it belongs to another store")
	}
	return err
}

// activeFile is the newest body file, the only one that is written to. Commit owns it.
type activeFile struct {
	number uint32
	seq    uint64 // of the newest body that a committed record may name; 0 in a file that has none yet
	db     *bolt.DB
	file   directFile
	trim   bool // a commit failed between bodies and state: what is above seq goes out first
}

// recoverBodies takes out what a crash left above the watermark, and opens the newest body file.
func (s *Store) recoverBodies(mark watermark) error {
	numbers, err := bodyNumbers(s.dir)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n > mark.file+1 { // a crash leaves one at most
			return damaged("%s is newer than %s; restore both from the same copy", bodyPath(s.dir, n), stateFile)
		}
	}
	if err := s.activate(mark); err != nil {
		return err
	}
	if err := s.reachesWatermark(); err != nil {
		return err
	}
	if slices.Contains(numbers, mark.file+1) {
		if err := os.Remove(bodyPath(s.dir, mark.file+1)); err != nil {
			return writeError(s.dir, err)
		}
	}
	return s.trimBodies()
}

// reachesWatermark verifies that the active file has the newest body that a record may name: an older copy has not.
func (s *Store) reachesWatermark() error {
	if s.active.seq == 0 {
		return nil
	}
	return view(s.active.db, func(tx *bolt.Tx) error {
		g, err := segmentOf(tx, s.active.seq)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", s.active.db.Path(), err)
		case g.count() == 0:
			return damaged("%s ends before body %d, which %s tells of; restore both from the same copy", s.active.db.Path(), s.active.seq, stateFile)
		case g.last() != s.active.seq:
			return damaged("%s has no end at body %d, where %s tells of one; restore both from the same copy", s.active.db.Path(), s.active.seq, stateFile)
		}
		return nil
	})
}

// trimBodies removes all bodies above the newest committed one from the active file.
func (s *Store) trimBodies() error {
	first := seqKey(s.active.seq + 1)
	orphans := false
	err := view(s.active.db, func(tx *bolt.Tx) error {
		for _, name := range [][]byte{bucketBodies, bucketChunks} {
			k, _ := tx.Bucket(name).Cursor().Seek(first)
			orphans = orphans || k != nil
		}
		return nil
	})
	if err != nil || !orphans {
		return err
	}
	for more := true; more; {
		err := s.fail(update(s.active.db, func(tx *bolt.Tx) (err error) {
			for _, name := range [][]byte{bucketBodies, bucketChunks} {
				if more, err = deleteFrom(tx.Bucket(name), first); more || err != nil {
					return err
				}
			}
			return nil
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteFrom deletes keys and buckets from first on, and tells whether there may be more. It seeks anew each time, as deleting moves
// a cursor.
func deleteFrom(b *bolt.Bucket, first []byte) (more bool, err error) {
	for range trimTx {
		k, _ := b.Cursor().Seek(first)
		if k == nil {
			return false, nil
		}
		var err error
		if b.Bucket(k) != nil {
			err = b.DeleteBucket(k)
		} else {
			err = b.Delete(k)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// roll starts a new body file when the active one has reached its size. A file without a committed body is not rolled:
// a start expects one file above the watermark at most.
func (s *Store) roll() error {
	if s.active.seq == 0 {
		return nil
	}
	used := int64(0) // bytes that hold pages; the file itself grows in larger steps
	err := view(s.active.db, func(tx *bolt.Tx) error {
		used = tx.Size()
		return nil
	})
	if err != nil || used < s.o.BodyFileSize {
		return err
	}
	s.hook("roll:before")
	number := s.active.number + 1
	path := bodyPath(s.dir, number)
	err = initBodyFile(path, s.seed[:])
	if err == nil {
		err = writeError(s.dir, syncDir(s.dir))
	}
	if err != nil {
		return s.fail(true, err)
	}
	if err := s.activate(watermark{file: number}); err != nil {
		return err
	}
	s.hook("roll:after")
	return nil
}

// activate opens the newest body file to write.
func (s *Store) activate(mark watermark) error {
	db, f, err := openBodies(bodyPath(s.dir, mark.file), s.seed[:], s.o)
	if err != nil {
		return err
	}
	s.active = activeFile{number: mark.file, seq: mark.seq, db: db, file: newDirectFile(f, db.Info().PageSize)}
	s.files.setActive(mark.file, db)
	return nil
}
