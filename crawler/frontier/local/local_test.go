package local

import (
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/frontiertest"
)

var errUndo = errors.New("undo")

// harness makes an engine of this package on db ready for the suite. reopen closes and opens the file where that matters.
func harness(tb testing.TB, db *bolt.DB, o frontiertest.Options, reopen func() (*bolt.DB, error)) *frontiertest.Harness {
	opts := Options{LeaseTTL: o.LeaseTTL, Now: o.Clock.Now}
	f, err := Open(db, opts)
	if err != nil {
		tb.Fatal(err)
	}
	h := &frontiertest.Harness{Frontier: f, Clock: o.Clock}
	h.Reopen = func() (frontier.Frontier, error) {
		if db, err = reopen(); err != nil {
			return nil, err
		}
		limit := f.sched.limit
		if f, err = Open(db, opts); err == nil {
			f.sched.limit = limit
		}
		return f, err
	}
	h.Rollback = func(b *frontier.Batch) error {
		err := db.Update(func(tx *bolt.Tx) error {
			if _, err := f.ApplyTx(tx, b); err != nil {
				return err
			}
			return errUndo
		})
		if errors.Is(err, errUndo) {
			return nil
		}
		return err
	}
	h.Verify = func() error { return checkFile(db) }
	return h
}

// openUnsynced opens a file whose writes are not synced: a crash here is the end of the engine, not of the machine.
func openUnsynced(tb testing.TB, path string) *bolt.DB {
	db := openDB(tb, path)
	db.NoSync = true
	return db
}

// wipe makes db empty.
func wipe(tb testing.TB, db *bolt.DB) {
	err := db.Update(func(tx *bolt.Tx) error {
		for _, name := range bucketNames() {
			if err := tx.DeleteBucket([]byte(name)); err != nil && !errors.Is(err, berrors.ErrBucketNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// checkFile is bbolt's own check.
func checkFile(db *bolt.DB) error {
	return db.View(func(tx *bolt.Tx) error {
		var all error
		for err := range tx.Check() {
			all = errors.Join(all, err)
		}
		return all
	})
}

func TestConformance(t *testing.T) {
	frontiertest.Run(t, func(t *testing.T, o frontiertest.Options) *frontiertest.Harness {
		path := filepath.Join(t.TempDir(), "state.db")
		db := openUnsynced(t, path)
		t.Cleanup(func() { db.Close() })
		return harness(t, db, o, func() (*bolt.DB, error) {
			if err := db.Close(); err != nil {
				return nil, err
			}
			db = openUnsynced(t, path)
			return db, nil
		})
	})
}

// TestModel simulates crashes by a new engine on the same open file, which costs no sync.
func TestModel(t *testing.T) {
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	frontiertest.RunModel(t, func(o frontiertest.Options) (*frontiertest.Harness, func()) {
		wipe(t, db)
		return harness(t, db, o, func() (*bolt.DB, error) { return db, nil }), func() {}
	})
}
