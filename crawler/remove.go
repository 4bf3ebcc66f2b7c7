package crawler

import (
	"crypto/rand"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"crawl/sink"
)

// RemoveStore deletes the store in dir. It is renamed first, so that dir is a whole store or gone. A directory that holds
// anything else is left alone. Of a symbolic link the store goes that is behind it, and the link stays.
func RemoveStore(dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	if err := onlyStore(dir, "."); err != nil {
		return err
	}
	gone := filepath.Join(filepath.Dir(filepath.Clean(dir)), "."+filepath.Base(dir)+oldSuffix+rand.Text())
	if err := os.Rename(dir, gone); err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	return os.RemoveAll(gone)
}

// onlyStore reports what a store's directory holds, in a folder of it, that is not the store's.
func onlyStore(dir, folder string) error {
	files, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrStore, err)
	}
	for _, f := range files {
		name := path.Join(folder, f.Name())
		if !sink.OwnsFile(name) {
			return fmt.Errorf("%w: %s holds %s, which is not part of a store; move it elsewhere", ErrStore, dir, name)
		}
		if f.IsDir() {
			if err := onlyStore(dir, name); err != nil {
				return err
			}
		}
	}
	return nil
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
