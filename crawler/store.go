package crawler

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zeebo/xxh3"
	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/local"
	"crawl/crawler/urlnorm"
	"crawl/sink"
)

// Store is a crawl on disk: results and bodies (package sink) and the frontier, committed together.
//
// Buckets of its own in state.db:
//
//	robots     origin -> robotsEntry (JSON)          believed for robotsMaxAge
//	redirects  ID (8, big-endian) -> nothing         records that lead elsewhere, so that Counts need not read the others
//	crawl      "totals" -> Totals, "settings" -> settings, "clock" -> time of the last commit (JSON)
type Store struct {
	*sink.Store
	Frontier *local.Frontier
	seed     uint64
}

var (
	bucketRobots    = []byte("robots")
	bucketRedirects = []byte("redirects")
	bucketCrawl     = []byte("crawl")
	keyTotals       = []byte("totals")
	keySettings     = []byte("settings")
	keyClock        = []byte("clock")
)

// ErrStore is returned for what is wrong with a store's directory before it is opened.
var ErrStore = errors.New("the store cannot be used")

// OpenStore opens the store in dir.
func OpenStore(dir string, o sink.Options) (*Store, error) {
	s, err := sink.Open(dir, o)
	if err != nil {
		return nil, err
	}
	return wrap(s, o)
}

// CreateStore makes a new store in dir, which must not exist.
func CreateStore(dir string, o sink.Options) (*Store, error) {
	sweepBeside(dir)
	o.Init = local.Create
	s, err := sink.Create(dir, o)
	if err != nil {
		return nil, err
	}
	return wrap(s, o)
}

func wrap(s *sink.Store, o sink.Options) (*Store, error) {
	f, err := local.Open(s.DB(), local.Options{Hook: o.Hook})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	seed := s.Seed()
	return &Store{Store: s, Frontier: f, seed: binary.LittleEndian.Uint64(seed[:8])}, nil
}

// Key is the fingerprint of a URL that urlnorm gave. It is keyed by the store, so that nobody outside can make two
// URLs collide.
func (s *Store) Key(url string) frontier.Key {
	var buf [256]byte
	return s.key(urlnorm.AppendKey(buf[:0], []byte(url)))
}

func (s *Store) key(dedupe []byte) frontier.Key { return xxh3.Hash128Seed(dedupe, s.seed).Bytes() }

// ByURL finds the record of a URL. A URL that is known but has no result yet is not found.
func (s *Store) ByURL(url string) (*sink.Record, bool, error) {
	k, ok, err := s.Frontier.Lookup(context.Background(), s.Key(url))
	if err != nil || !ok {
		return nil, false, err
	}
	return s.Get(uint64(k.ID))
}

// Totals reads the counters.
func (s *Store) Totals() (*Totals, error) {
	t := newTotals()
	_, err := s.readJSON(bucketCrawl, keyTotals, t)
	return t, err
}

// ahead is by how much the store's clock, which all its times are of, is ahead of now.
func (s *Store) ahead(now time.Time) (time.Duration, error) {
	var last time.Time
	if _, err := s.readJSON(bucketCrawl, keyClock, &last); err != nil {
		return 0, err
	}
	return max(0, last.Sub(now)), nil
}

func (s *Store) readJSON(bucket, key []byte, v any) (found bool, err error) {
	err = s.DB().View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil {
			return nil
		}
		data := b.Get(key)
		if found = data != nil; !found {
			return nil
		}
		if err := json.Unmarshal(data, v); err != nil {
			return fmt.Errorf("%w: %s/%s does not decode: %w", sink.ErrDamaged, bucket, key, err)
		}
		return nil
	})
	return found, err
}

func putJSON(tx *bolt.Tx, bucket, key []byte, v any) error {
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

// putRedirects notes the records that lead elsewhere.
func putRedirects(tx *bolt.Tx, puts []sink.Put) error {
	b, err := tx.CreateBucketIfNotExists(bucketRedirects)
	if err != nil {
		return err
	}
	for i := range puts {
		if r := puts[i].Record; r.Location != "" && r.Flags&sink.Hop == 0 {
			if err := b.Put(binary.BigEndian.AppendUint64(nil, r.ID), nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachRedirect gives the records that have a row and lead elsewhere, in a short read each.
func (s *Store) eachRedirect(fn func(*sink.Record) error) error {
	var last []byte
	for {
		var r *sink.Record
		more := false
		err := s.DB().View(func(tx *bolt.Tx) (err error) {
			b := tx.Bucket(bucketRedirects)
			if b == nil {
				return nil
			}
			c := b.Cursor()
			k, _ := c.Seek(last)
			if k != nil && bytes.Equal(k, last) {
				k, _ = c.Next()
			}
			if k == nil {
				return nil
			}
			last, more = bytes.Clone(k), true
			r, _, err = sink.GetTx(tx, binary.BigEndian.Uint64(k))
			return err
		})
		if err != nil || !more {
			return err
		}
		if r == nil || r.Location == "" || !sink.HasRow(r) {
			continue
		}
		if err := fn(r); err != nil {
			return err
		}
	}
}

// RemoveStore deletes the store in dir. It is renamed first, so that dir is a whole store or gone. A directory that holds
// anything else is left alone.
func RemoveStore(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	for _, f := range files {
		if !sink.OwnsFile(f.Name()) {
			return fmt.Errorf("%w: %s holds %s, which is not part of a store; move it elsewhere", ErrStore, dir, f.Name())
		}
	}
	gone := filepath.Join(filepath.Dir(filepath.Clean(dir)), "."+filepath.Base(dir)+oldSuffix+rand.Text())
	if err := os.Rename(dir, gone); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return os.RemoveAll(gone)
}

// What stands beside a store while it is made or removed: its name with a dot before it, one of these, and random text.
const (
	newSuffix = ".new-" // of sink.Create
	oldSuffix = ".old-"
)

// sweepBeside deletes what a kill has left beside dir: stores that were being removed, and such as were being made so long
// ago that nobody does any more. It is housekeeping: what cannot be deleted stays.
func sweepBeside(dir string) {
	parent, name := filepath.Split(filepath.Clean(dir))
	beside, err := os.ReadDir(filepath.Clean(parent + "."))
	if err != nil {
		return
	}
	for _, e := range beside {
		old := strings.HasPrefix(e.Name(), "."+name+oldSuffix)
		if made := strings.HasPrefix(e.Name(), "."+name+newSuffix); made {
			st, err := e.Info()
			old = err == nil && time.Since(st.ModTime()) > abandoned
		}
		if old && e.IsDir() {
			_ = os.RemoveAll(filepath.Join(parent, e.Name()))
		}
	}
}

// robotsEntry is a robots.txt as it is kept, one for each origin.
type robotsEntry struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"`          // of the last answer; 0: none
	Class  Class     `json:"class,omitempty"` // why there was no answer
	Error  string    `json:"error,omitempty"`
	Body   []byte    `json:"body,omitempty"`
}

// expires is when the entry must be asked for again.
func (e *robotsEntry) expires() time.Time {
	if e.unreachable() {
		return e.At.Add(robotsFailedAge)
	}
	return e.At.Add(robotsMaxAge)
}

// unreachable reports that nothing may be fetched (RFC 9309, 2.3.1.4): the server failed or did not answer.
func (e *robotsEntry) unreachable() bool { return e.Class != "" && e.Class != ClassHTTP4xx }

func (s *Store) robots(origin string) (*robotsEntry, bool, error) {
	e := new(robotsEntry)
	ok, err := s.readJSON(bucketRobots, []byte(origin), e)
	return e, ok, err
}
