package sink

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
)

// stateFile is the name of the file that makes a directory a store.
const stateFile = "state.db"

// formatVersion of a store as a whole. Of those before it, which were never released, format 1 had each body in a value of its
// own, and format 2 the records in the order of their IDs.
const formatVersion = 3

// Buckets of state.db.
var (
	bucketRecords = []byte("records")
	bucketPlaces  = []byte("places")
	bucketDigests = []byte("digests")
	bucketFresh   = []byte("digests.fresh")
)

// Options of Create and Open. The zero value is a good choice.
type Options struct {
	BodyFileSize int64              // bytes at which a body file is rolled; 0: 256 MiB
	ReadOnly     bool               // open only to read; several may, while no one writes
	LockTimeout  time.Duration      // how long to wait for another process; 0: 1 s
	Hook         func(point string) // called around each durable step, for crash tests; nil: none

	// Init puts what else a new state.db must have from its first moment, in the transaction that makes it; nil: nothing.
	// Only Create calls it.
	Init func(tx *bolt.Tx) error

	fresh int // digests that may be fresh; 0: freshDigests
}

// Store is an open store. All methods may be called from any goroutine; Commit has one caller at a time and makes
// others wait.
type Store struct {
	dir  string
	o    Options
	seed [16]byte
	db   *bolt.DB // state.db

	broken atomic.Pointer[error] // why nothing more is written

	mu     sync.Mutex // held by Commit
	active activeFile
	batch  batch
	fresh  fresh

	sinceUnmap int // bytes

	files bodyFiles
	parts parts
	pools pools
}

// Create makes a new store at dir and opens it. It is built beside as a temporary directory and renamed in, so that dir
// is a whole store or absent. The parent directory must exist; an empty directory at dir is replaced. A symbolic link stays,
// and the store is made where it leads.
//
// Errors: ErrExists, ErrNotFound (of the parent), ErrReadOnly, ErrNoSpace, ErrIO.
func Create(dir string, o Options) (*Store, error) {
	dir = behindLinks(filepath.Clean(dir))
	if err := vacant(dir); err != nil {
		return nil, err
	}
	parent := filepath.Dir(dir)
	tmp := filepath.Join(parent, "."+filepath.Base(dir)+".new-"+rand.Text())
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return nil, parentError(parent, err)
	}
	defer os.RemoveAll(tmp) // finds nothing after the rename
	if err := build(tmp, o.Init); err != nil {
		return nil, err
	}
	_ = os.Remove(dir) // an empty directory, which os.Rename does not replace; a full one stays, and so does a mount point
	if err := os.Rename(tmp, dir); err != nil {
		if vacant(dir) != nil {
			return nil, vacant(dir)
		}
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%w: %s, and cannot be replaced; choose a directory in it", ErrExists, dir)
		}
		return nil, writeError(dir, err)
	}
	if err := syncDir(parent); err != nil {
		return nil, writeError(parent, err)
	}
	return Open(dir, o)
}

// behindLinks is where the symbolic links at path lead, whether there is anything or not.
func behindLinks(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = filepath.Clean(to)
	}
	return path
}

// vacant reports ErrExists unless dir is absent or an empty directory.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if isOutOfFiles(err) {
		return openError(dir, err)
	}
	return fmt.Errorf("%w: %s; open it, or choose another path", ErrExists, dir)
}

// build writes the files of an empty store into dir, durably.
func build(dir string, also func(tx *bolt.Tx) error) error {
	seed := make([]byte, 16)
	_, _ = rand.Read(seed) // never fails
	path := filepath.Join(dir, stateFile)
	err := initFile(path, statePage, func(tx *bolt.Tx) error {
		created, _ := time.Now().UTC().MarshalText()
		err := errors.Join(
			makeBuckets(tx, bucketMeta, bucketRecords, bucketPlaces, bucketDigests, bucketFresh),
			putMeta(tx, metaFormat, []byte{formatVersion}),
			putMeta(tx, metaSeed, seed),
			putMeta(tx, metaCreated, created),
			putMeta(tx, metaBodies, appendWatermark(nil, watermark{file: 1})))
		if err == nil && also != nil {
			err = also(tx)
		}
		return err
	})
	if err == nil {
		err = initBodyFile(bodyPath(dir, 1), seed)
	}
	if err == nil {
		err = writeError(dir, syncDir(dir))
	}
	return err
}

// initFile makes a new bbolt file with pages of that size and one transaction. The file is as long from the start as bbolt
// makes it when it grows first: that costs a sync of its own, for which no commit has to wait then. What is not written
// takes no room.
func initFile(path string, page int, fn func(tx *bolt.Tx) error) error {
	o := boltOptions(Options{})
	o.InitialMmapSize = 0
	o.PageSize = page
	db, f, err := openBolt(path, o, true)
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" { // where the map decides on the length
		err = writeError(path, f.Truncate(int64(db.AllocSize)))
	}
	if err == nil {
		err = writeError(path, f.Sync())
	}
	if err == nil {
		_, err = update(db, fn)
	}
	return errors.Join(err, writeError(path, db.Close()))
}

func makeBuckets(tx *bolt.Tx, names ...[]byte) error {
	for _, name := range names {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return nil
}

// boltOptions are what all files are opened with. The freelist is a map: the array is searched from its start for each
// run of pages, four times slower as soon as there are some.
func boltOptions(o Options) *bolt.Options {
	b := &bolt.Options{
		Timeout:      o.LockTimeout,
		FreelistType: bolt.FreelistMapType,
		ReadOnly:     o.ReadOnly,
		NoStatistics: true,
	}
	if b.Timeout <= 0 {
		b.Timeout = defaultLockTimeout
	}
	// On Windows a map is no larger than its file, which would grow to it; a 32-bit process has no room.
	if runtime.GOOS != "windows" && ^uint(0)>>32 != 0 {
		b.InitialMmapSize = stateMmap
	}
	return b
}

// openBolt opens one bbolt file, and gives the file that bbolt writes to as well. Unless create is set the file must be
// there, and is looked at with plain reads first.
// When bbolt panics the file is closed, and its lock released.
func openBolt(path string, o *bolt.Options, create bool) (*bolt.DB, *os.File, error) {
	var files []*os.File
	o.OpenFile = func(name string, flag int, perm os.FileMode) (*os.File, error) {
		if !create {
			flag &^= os.O_CREATE
		}
		f, err := os.OpenFile(name, flag, perm)
		if err == nil {
			files = append(files, f)
		}
		return f, err
	}
	if !create {
		if err := checkPages(path, quick); err != nil {
			return nil, nil, err
		}
	}
	var db *bolt.DB
	err := guard(&path, func() (err error) {
		db, err = bolt.Open(path, 0o666, o)
		return err
	})
	if err != nil {
		for _, f := range files {
			_ = f.Close() // fails when bbolt has closed it
		}
		return nil, nil, openError(path, err)
	}
	return db, files[len(files)-1], nil
}

// Open opens the store at dir, which must exist. It waits up to LockTimeout for another process. Bodies that a crash
// left without a record are taken out, unless it is opened only to read.
//
// Errors: ErrNotFound, ErrNotAStore, ErrLocked, ErrDamaged, ErrNewerFormat, ErrReadOnly, ErrNoSpace, ErrIO.
func Open(dir string, o Options) (*Store, error) {
	if o.BodyFileSize <= 0 {
		o.BodyFileSize = defaultBodyFileSize
	}
	if o.fresh <= 0 {
		o.fresh = freshDigests
	}
	if err := isStore(dir); err != nil {
		return nil, err
	}
	db, _, err := openBolt(filepath.Join(dir, stateFile), boltOptions(o), false)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, o: o, db: db}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// isStore tells a missing directory and one that is something else from a store.
func isStore(dir string) error {
	st, err := os.Stat(dir)
	if err != nil {
		return openError(dir, err)
	}
	if !st.IsDir() {
		return fmt.Errorf("%w: %s is a file; name the directory that holds %s", ErrNotAStore, dir, stateFile)
	}
	if _, err := os.Stat(filepath.Join(dir, stateFile)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s has no %s; check the path", ErrNotAStore, dir, stateFile)
	}
	return nil
}

// start reads what the store says of itself and readies the newest body file.
func (s *Store) start() error {
	var mark watermark
	err := view(s.db, func(tx *bolt.Tx) (err error) {
		mark, err = s.readMeta(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", s.db.Path(), err)
	}
	if err := s.loadFresh(); err != nil {
		return err
	}
	if s.o.ReadOnly {
		return nil
	}
	if err := s.recoverBodies(mark); err != nil {
		return err
	}
	return s.findParts()
}

// readMeta verifies the format and takes seed and watermark.
func (s *Store) readMeta(tx *bolt.Tx) (mark watermark, err error) {
	if tx.Bucket(bucketMeta) == nil {
		return mark, fmt.Errorf("%w: it has no meta bucket; some other program's file", ErrNotAStore)
	}
	if err := checkFormat(tx); err != nil {
		return mark, err
	}
	for _, name := range [][]byte{bucketRecords, bucketPlaces, bucketDigests, bucketFresh} {
		if tx.Bucket(name) == nil {
			return mark, damaged("bucket %s is missing", name)
		}
	}
	seed, err := getMeta(tx, metaSeed)
	if err != nil {
		return mark, err
	}
	if copy(s.seed[:], seed) != len(s.seed) {
		return mark, damaged("the seed has %d bytes", len(seed))
	}
	return readWatermark(tx)
}

// checkFormat refuses another format by name.
func checkFormat(tx *bolt.Tx) error {
	v, err := getMeta(tx, metaFormat)
	switch {
	case err != nil:
		return err
	case len(v) != 1 || v[0] == 0:
		return damaged("its format is given as %x", v)
	case v[0] < formatVersion:
		return fmt.Errorf("%w: it has format %d, this program knows %d; use the program that wrote it, or crawl into another store", ErrOlderFormat, v[0], formatVersion)
	case v[0] > formatVersion:
		return fmt.Errorf("%w: it has format %d, this program knows up to %d; use the newer program", ErrNewerFormat, v[0], formatVersion)
	}
	return nil
}

// Close ends the use of the store; it waits for transactions that are open. It may be called again.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.files.close()
	return errors.Join(err, s.db.Close())
}

// Seed gives the store's 16 random bytes, the key of the URL fingerprints.
func (s *Store) Seed() [16]byte { return s.seed }

// Dir gives the directory that Open was called with.
func (s *Store) Dir() string { return s.dir }

// DB gives state.db, which the frontier's engine keeps its buckets in. It is closed with the Store.
func (s *Store) DB() *bolt.DB { return s.db }

// View runs fn in a read transaction of state.db, for what the frontier's engine reads. What bbolt cannot read is ErrDamaged,
// and ErrClosed tells that the Store was closed; other errors are fn's.
func (s *Store) View(fn func(tx *bolt.Tx) error) error { return view(s.db, fn) }

// hook calls the crash tests' hook.
func (s *Store) hook(point string) {
	if s.o.Hook != nil {
		s.o.Hook(point)
	}
}

// writable reports why nothing can be written.
func (s *Store) writable() error {
	if err := s.broken.Load(); err != nil {
		return fmt.Errorf("the store takes no more since an earlier failure: %w", *err)
	}
	if s.o.ReadOnly {
		return fmt.Errorf("%w: %s was opened only to read", ErrReadOnly, s.dir)
	}
	return nil
}

// fail remembers that a file may not hold what was written. After a failed fsync the kernel may have dropped the data
// and will not say so again: nothing is tried twice.
func (s *Store) fail(wrote bool, err error) error {
	if err != nil && wrote && !errors.Is(err, ErrClosed) {
		s.broken.CompareAndSwap(nil, &err)
	}
	return err
}

// MetaGet gives the value that MetaPut left under key, or nil.
func (s *Store) MetaGet(key string) (v []byte, err error) {
	err = view(s.db, func(tx *bolt.Tx) error {
		if tx.Bucket(bucketMeta).Get(userKey(key)) == nil {
			return nil
		}
		b, err := getMeta(tx, string(userKey(key)))
		v = bytes.Clone(b)
		return err
	})
	return v, err
}

// MetaPut durably keeps a small value under key, in a transaction of its own.
func (s *Store) MetaPut(key string, v []byte) error {
	return s.Update(func(tx *bolt.Tx) error { return putMeta(tx, string(userKey(key)), v) })
}
