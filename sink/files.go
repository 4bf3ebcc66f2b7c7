package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Files is a directory that plain files are written into. Nothing is written outside of it (os.Root), nothing that is
// there is overwritten, and a file is complete or absent.
type Files struct {
	root *os.Root
	dir  string
	made map[string]bool // folders that are known to be there; at most maxFromCache
	wait []string        // files that may not be durable yet; at most syncFiles
	// apart keeps the same bytes under the same name in two files, one for each row.
	apart bool

	self   *os.File // the directory
	tag    string
	staged uint64 // files so far, which numbers them
	aside  []staged
}

// OpenFiles opens dir, and makes it when it is missing (its parent must exist). tag, of letters and digits, is what the
// names of temporary files begin with, so that those that a crash has left are known, and removed here: it belongs to
// one store, which no two processes have open.
//
// Errors: ErrNotFound (of the parent), ErrReadOnly, ErrNoSpace, ErrIO.
func OpenFiles(dir, tag string) (*Files, error) {
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, parentError(filepath.Dir(dir), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, openError(dir, err)
	}
	self, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(openError(dir, err), root.Close())
	}
	f := &Files{root: root, self: self, dir: dir, tag: tag, made: make(map[string]bool)}
	if err := f.sweep(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close ends the use of the directory. What was staged and not published is dropped.
func (f *Files) Close() error {
	f.dropStaged()
	return errors.Join(f.self.Close(), f.root.Close())
}

// Put writes a body to HOST/NAME below the directory and gives that path, with slashes. folder and name become SafeNames.
// A name that is taken gets "-id" before its extension, unless the file there has the same bytes: then that one is it,
// as after a crash between writing and committing. It is durable
// after Sync.
func (f *Files) Put(folder, name string, id uint64, body io.Reader) (string, error) {
	folder, name = SafeName(folder), SafeName(name)
	if err := f.mkdir(folder); err != nil {
		return "", err
	}
	tmp := path.Join(folder, fmt.Sprintf(".%d.part", id))
	if err := f.write(tmp, os.O_TRUNC, readerTo{body}); err != nil {
		return "", errors.Join(err, ignoreMissing(f.root.Remove(tmp)))
	}
	defer f.root.Remove(tmp) // finds nothing once it was renamed
	for try, at := 0, path.Join(folder, name); ; try++ {
		err := f.place(tmp, at)
		if err == nil {
			return at, f.written(at)
		}
		if !errors.Is(err, fs.ErrExist) || try == maxTries {
			return "", writeError(filepath.Join(f.dir, at), err)
		}
		if !f.apart {
			if same, err := f.same(tmp, at); same || err != nil {
				return at, err
			}
		}
		at = path.Join(folder, numbered(name, id, try))
	}
}

// written notes a file, and now and then waits for the disk.
func (f *Files) written(at string) error {
	if f.wait = append(f.wait, at); len(f.wait) < syncFiles {
		return nil
	}
	return f.Sync()
}

// Sync makes all that Put wrote durable, their names too.
func (f *Files) Sync() error {
	folders := map[string]bool{".": true}
	for _, at := range f.wait {
		folders[path.Dir(at)] = true
		if err := f.syncAt(at); err != nil {
			return err
		}
	}
	for folder := range folders {
		if err := writeError(f.dir, syncDir(filepath.Join(f.dir, folder))); err != nil {
			return err
		}
	}
	f.wait = f.wait[:0]
	return nil
}

func (f *Files) syncAt(at string) error {
	w, err := f.root.OpenFile(at, os.O_WRONLY, 0)
	if err != nil {
		return writeError(filepath.Join(f.dir, at), err)
	}
	return writeError(filepath.Join(f.dir, at), errors.Join(w.Sync(), w.Close()))
}

// mkdir makes a folder below the directory.
func (f *Files) mkdir(folder string) error {
	if f.made[folder] {
		return nil
	}
	if err := f.root.Mkdir(folder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return writeError(filepath.Join(f.dir, folder), err)
	}
	f.note(folder)
	return nil
}

// note remembers a folder that is there.
func (f *Files) note(folder string) {
	if len(f.made) >= maxFromCache {
		clear(f.made)
	}
	f.made[folder] = true
}

func (f *Files) write(at string, flag int, body io.WriterTo) error {
	w, err := f.root.OpenFile(at, os.O_WRONLY|os.O_CREATE|flag, 0o666)
	if err != nil {
		return f.dirError(at, err)
	}
	_, err = body.WriteTo(w)
	return f.dirError(at, errors.Join(err, w.Close()))
}

// readerTo writes what a reader gives.
type readerTo struct{ r io.Reader }

// WriteTo implements io.WriterTo.
func (r readerTo) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, r.r) }

// place gives a finished file its name unless that is taken; its temporary name is gone then. A hard link does both in one
// step; where there are none, the name is looked for first.
func (f *Files) place(tmp, at string) error {
	err := f.root.Link(tmp, at)
	if err == nil {
		_ = f.root.Remove(tmp) // the file has its name; what stays is swept at the next start
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := f.root.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fs.ErrExist, err)
	}
	return f.root.Rename(tmp, at)
}

// same reports whether two files have the same bytes.
func (f *Files) same(a, b string) (bool, error) {
	fa, err := f.root.Open(a)
	if err != nil {
		return false, openError(filepath.Join(f.dir, a), err)
	}
	defer fa.Close()
	fb, err := f.root.Open(b)
	if err != nil {
		return false, nil //nolint // something else, such as a directory: not the same
	}
	defer fb.Close()
	ba, bb := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		na, ea := io.ReadFull(fa, ba)
		nb, eb := io.ReadFull(fb, bb)
		if !bytes.Equal(ba[:na], bb[:nb]) {
			return false, nil
		}
		if ea != nil || eb != nil {
			return ea == eb, nil
		}
	}
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
