package local

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/frontiertest"
)

var errUndo = errors.New("undo")

// harness opens an engine of this package for the suite, in a file at path.
func harness(tb testing.TB, path string, o frontiertest.Options) (h *frontiertest.Harness, closeDB func()) {
	db := openDB(tb, path)
	db.NoSync = true // a crash here is the end of the engine, not of the machine
	opts := Options{LeaseTTL: o.LeaseTTL, Now: o.Clock.Now}
	f, err := Open(db, opts)
	if err != nil {
		tb.Fatal(err)
	}
	h = &frontiertest.Harness{Frontier: f, LeaseTTL: o.LeaseTTL, Clock: o.Clock}
	h.Reopen = func() (frontier.Frontier, error) {
		if err := db.Close(); err != nil {
			return nil, err
		}
		db = openDB(tb, path)
		db.NoSync = true
		f, err = Open(db, opts)
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
	return h, func() { db.Close() }
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
		h, closeDB := harness(t, filepath.Join(t.TempDir(), "state.db"), o)
		t.Cleanup(closeDB)
		return h
	})
}

func TestModel(t *testing.T) {
	dir, n := t.TempDir(), 0
	frontiertest.RunModel(t, func(o frontiertest.Options) (*frontiertest.Harness, func()) {
		n++
		path := filepath.Join(dir, strconv.Itoa(n))
		h, closeDB := harness(t, path, o)
		return h, func() {
			closeDB()
			os.Remove(path)
		}
	})
}
