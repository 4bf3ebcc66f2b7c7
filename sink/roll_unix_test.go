//go:build unix

package sink

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"crawl/testdata/nobody"
)

// A new body file whose name cannot be made durable ends the commit: after a power cut it would be gone, with the pages
// that the store says it has. Where a folder cannot be opened, it cannot be synced.
func TestRollIsDurable(t *testing.T) { nobody.Run(t, rollIsDurable) }

func rollIsDurable(t *testing.T) {
	var s *Store
	s = newStore(t, Options{BodyFileSize: 100_000, Hook: func(point string) {
		if point != "roll:before" {
			return
		}
		if err := os.Chmod(s.dir, 0o300); err != nil {
			t.Error(err)
		}
	}})
	mustCommit(t, s, samplePut(1, sampleBody(1, 200_000)))
	err := s.Commit([]Put{samplePut(2, sampleBody(2, 200_000))}, nil)
	if err := os.Chmod(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the commit says %v", err)
	}
}
