package crawler

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"
	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/local"
	"crawl/crawler/urlnorm"
	"crawl/sink"
)

// Store is a crawl on disk: results and bodies (package sink) and the frontier, committed together. Its methods may be called
// from any goroutine, and read also what a crawl stores meanwhile. What a crawl may not run beside returns ErrInUse.
//
// Buckets of its own in state.db:
//
//	robots     origin -> robotsEntry                 believed for robotsMaxAge
//	redirects  ID (8, big-endian) -> nothing         records that lead elsewhere, so that Counts need not read the others
//	crawl      "totals" -> Totals, "settings" -> Settings, "clock" -> time of the last commit
//
// Their values are sealed: version (1), CRC32C over bucket, key and value (4), JSON.
type Store struct {
	*sink.Store
	Frontier *local.Frontier
	seed     uint64
	used     atomic.Bool // see use
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

// ErrInUse is returned by Crawl.Run and by the methods of Store that nothing may run beside, while one of them has the Store.
var ErrInUse = errors.New("the store is in use by this process")

// use takes the store for a call that nothing may run beside, until release: a second loop would wait for ever for the leases
// of the first.
func (s *Store) use() (release func(), err error) {
	if !s.used.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("%w: %s; wait until the crawl, or what else has it, has returned, or use another store", ErrInUse, s.Dir())
	}
	return func() { s.used.Store(false) }, nil
}

// IsDamaged reports whether an error says that the store is not as it was written: its files, a record, a body, or the
// frontier.
func IsDamaged(err error) bool {
	return errors.Is(err, sink.ErrDamaged) || errors.Is(err, local.ErrDamaged)
}

// OpenStore opens the store in dir, for one process at a time unless all only read. Its errors are those of sink.Open. Whoever
// opens it closes it, when what runs on it has returned.
func OpenStore(dir string, o sink.Options) (*Store, error) {
	s, err := sink.Open(dir, o)
	if err != nil {
		return nil, err
	}
	return wrap(s, o)
}

// CreateStore makes a new store in dir, which must not exist, or be empty, and opens it. Its errors are those of sink.Create;
// where there is a store already, sink.ErrExists says to open it.
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
	f, err := local.Open(s.DB(), local.Options{View: s.View, Hook: o.Hook})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	seed := s.Seed()
	return &Store{Store: s, Frontier: f, seed: binary.LittleEndian.Uint64(seed[:8])}, nil
}

// Key is the fingerprint of a URL that urlnorm gave. It is keyed by the store, so that nobody outside can make two
// URLs collide.
func (s *Store) Key(url string) frontier.Key {
	return s.key([]byte(url))
}

// key is Key without a string.
func (s *Store) key(url []byte) frontier.Key {
	if !urlnorm.IsKey(url) {
		var buf [256]byte
		url = urlnorm.AppendKey(buf[:0], url)
	}
	return xxh3.Hash128Seed(url, s.seed).Bytes()
}

// ByURL finds the record of a URL as urlnorm.Parse gives it. A URL that is known but has no result yet is not found.
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
	_, err := s.readRow(bucketCrawl, keyTotals, t)
	return t, err
}

// ahead is by how much the store's clock, which all its times are of, is ahead of now.
func (s *Store) ahead(now time.Time) (time.Duration, error) {
	var last time.Time
	if _, err := s.readRow(bucketCrawl, keyClock, &last); err != nil {
		return 0, err
	}
	return max(0, last.Sub(now)), nil
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
		err := s.View(func(tx *bolt.Tx) (err error) {
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
