package sink

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// staged is a file that is complete but has its name yet to come.
type staged struct{ tmp, at string }

// Stage writes a body aside; it gets the path at (below the directory, with slashes) with the next Publish. Until then
// nothing of it is seen there. at is the caller's choice, made of safe names; its folders are made. A caller publishes
// after a few hundred files at most.
//
// Errors: ErrNoSpace, ErrReadOnly, ErrIO, ErrGone, those of body, and ErrExists when something that is not a folder stands
// where a folder of at should be. After one nothing of the file is left.
func (f *Files) Stage(at string, body io.WriterTo) error {
	if !fs.ValidPath(at) || at == "." || !filepath.IsLocal(filepath.FromSlash(at)) {
		return fmt.Errorf("%w: %q is not a path below %s", ErrExists, at, f.dir)
	}
	if err := f.mkdirs(path.Dir(at)); err != nil {
		return err
	}
	f.staged++
	tmp := f.tmpPrefix() + strconv.FormatUint(f.staged, 10) + tmpSuffix
	if err := f.write(tmp, os.O_EXCL, body); err != nil {
		return errors.Join(err, ignoreMissing(f.root.Remove(tmp)))
	}
	f.aside = append(f.aside, staged{tmp, at})
	return nil
}

// Publish makes what was staged durable and gives it its names, in this order: a file under its name is complete,
// whatever happens. It blocks for the disk. taken lists the paths where something else stands; it is left alone, and what
// was staged for it is dropped. A file with the same bytes is no such thing: a crash came between its writing and its
// record. When there is an error, files may or may not have got their names, and none is staged any more.
func (f *Files) Publish() (taken []string, err error) {
	if len(f.aside) == 0 {
		return nil, nil
	}
	defer f.dropStaged()
	if err := f.gone(); err != nil {
		return nil, err
	}
	if err := f.syncStaged(); err != nil {
		return nil, err
	}
	folders := map[string]*os.File{".": f.self}
	defer func() {
		delete(folders, ".")
		for _, d := range folders {
			_ = d.Close()
		}
	}()
	for i, s := range f.aside {
		err := f.publish(folders, s)
		if errors.Is(err, fs.ErrExist) {
			taken = append(taken, s.at)
			continue
		}
		if err != nil {
			return taken, f.dirError(s.at, err)
		}
		f.aside[i].tmp = "" // it is gone
	}
	for folder, d := range folders {
		if err := syncFolder(d); err != nil {
			return taken, f.dirError(folder, err)
		}
	}
	return taken, nil
}

// publish gives one file its name.
func (f *Files) publish(folders map[string]*os.File, s staged) error {
	// Up to the first that is open: a folder may be new, and then its parent has to be synced too.
	for folder := path.Dir(s.at); folders[folder] == nil; folder = path.Dir(folder) {
		d, err := f.root.Open(folder)
		if err != nil {
			return err
		}
		folders[folder] = d
	}
	err := f.rename(s.tmp, folders[path.Dir(s.at)], s.at)
	if errors.Is(err, fs.ErrExist) {
		if same, serr := f.samePlain(s.tmp, s.at); same || serr != nil {
			err = errors.Join(serr, f.dropOne(s))
		}
	}
	return err
}

// samePlain reports whether at is a plain file, not a link to one, with the bytes of tmp.
func (f *Files) samePlain(tmp, at string) (bool, error) {
	st, err := f.root.Lstat(at)
	if err != nil || !st.Mode().IsRegular() {
		return false, ignoreMissing(err)
	}
	return f.same(tmp, at)
}

// dropOne removes a staged file that is not needed.
func (f *Files) dropOne(s staged) error { return ignoreMissing(f.root.Remove(s.tmp)) }

// dropStaged removes what did not get its name.
func (f *Files) dropStaged() {
	for _, s := range f.aside {
		if s.tmp != "" {
			_ = f.dropOne(s) // what stays is swept at the next start
		}
	}
	f.aside = f.aside[:0]
}

// syncStaged waits until the bytes of what was staged are on the disk: one call for the whole file system when there are
// many, which costs a tenth of one for each.
func (f *Files) syncStaged() error {
	if len(f.aside) >= syncWhole {
		if done, err := syncFileSystem(f.self); done {
			return f.dirError("", err)
		}
	}
	for _, s := range f.aside {
		if err := f.syncAt(s.tmp); err != nil {
			return err
		}
	}
	return nil
}

// Has reports whether a plain file of that size stands at a path. Below a file, or a link that leads elsewhere, there is none.
func (f *Files) Has(at string, size int64) (bool, error) {
	st, err := f.root.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return false, f.gone()
	}
	if err != nil && f.blocked(at) {
		return false, nil
	}
	if err != nil {
		return false, f.dirError(at, err)
	}
	return st.Mode().IsRegular() && st.Size() == size, nil
}

// Remove removes a plain file, and nothing else; that there is none is no error. What a link among its folders leads to is
// not it.
func (f *Files) Remove(at string) error {
	if f.blocked(at) {
		return nil
	}
	st, err := f.root.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return f.gone()
	}
	if err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a plain file; move it elsewhere", ErrExists, filepath.Join(f.dir, at))
	}
	if err == nil {
		err = f.root.Remove(at)
	}
	return f.dirError(at, err)
}

// RemoveSame removes a plain file that has these bytes, and nothing else. It reports whether there is nothing of ours at the
// path then: a file with other bytes stays, and is somebody's. It is durable after SyncFolders.
//
// Errors: ErrIO, ErrReadOnly, ErrGone.
func (f *Files) RemoveSame(at string, size int64, sum Digest) (gone bool, err error) {
	if f.blocked(at) {
		return true, nil
	}
	st, err := f.root.Lstat(at)
	if errors.Is(err, fs.ErrNotExist) {
		return true, f.gone()
	}
	if err != nil {
		return false, f.dirError(at, err)
	}
	if !st.Mode().IsRegular() || st.Size() != size {
		return false, nil
	}
	r, err := f.root.Open(at)
	if err != nil {
		return false, f.dirError(at, err)
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return false, f.dirError(at, err)
	}
	if Digest(h.Sum(nil)) != sum {
		return false, nil
	}
	return true, f.dirError(at, f.root.Remove(at))
}

// SyncFolders makes durable which files are in the folders of these paths.
func (f *Files) SyncFolders(paths []string) error {
	done := map[string]bool{}
	for _, at := range paths {
		folder := path.Dir(at)
		if done[folder] {
			continue
		}
		done[folder] = true
		d, err := f.root.Open(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue // with all that was in it
		}
		if err == nil {
			err = errors.Join(syncFolder(d), d.Close())
		}
		if err != nil {
			return f.dirError(folder, err)
		}
	}
	return nil
}

// blocked reports whether something that is not a folder, such as a file or a link, stands where a folder of at should be.
// Stage tells that with ErrExists. It is looked for, since each system has its own error for it.
func (f *Files) blocked(at string) bool {
	for i := range len(at) {
		if at[i] != '/' {
			continue
		}
		st, err := f.root.Lstat(at[:i])
		if err != nil {
			return false // the caller meets the same error
		}
		if !st.IsDir() {
			return true
		}
	}
	return false
}

// mkdirs makes the folders of a path, none of which may be a link.
func (f *Files) mkdirs(folder string) error {
	if folder == "." || f.made[folder] {
		return nil
	}
	if err := f.mkdirs(path.Dir(folder)); err != nil {
		return err
	}
	if err := f.root.Mkdir(folder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return f.dirError(folder, err)
	}
	st, err := f.root.Lstat(folder)
	if err == nil && !st.IsDir() {
		return fmt.Errorf("%w: %s is not a directory; move it elsewhere", ErrExists, filepath.Join(f.dir, folder))
	}
	if err != nil {
		return f.dirError(folder, err)
	}
	f.note(folder)
	return nil
}

// Temporary files stand in the directory itself. Their names carry the tag of the store that writes them: no one else
// does while it is locked, so that what is found at a start is left from a crash.
const (
	tmpBegin  = ".crawl-"
	tmpSuffix = ".part"
)

func (f *Files) tmpPrefix() string { return tmpBegin + f.tag + "-" }

// sweep removes what a crash has left of this store's temporary files.
func (f *Files) sweep() error {
	for {
		names, err := f.self.Readdirnames(sweepNames)
		if err == io.EOF || len(names) == 0 {
			return nil
		}
		if err != nil {
			return f.dirError("", err)
		}
		for _, name := range names {
			number, ok := strings.CutPrefix(strings.TrimSuffix(name, tmpSuffix), f.tmpPrefix())
			if !ok || !strings.HasSuffix(name, tmpSuffix) || strings.Trim(number, "0123456789") != "" {
				continue
			}
			if err := f.root.Remove(name); err != nil {
				return f.dirError(name, ignoreMissing(err))
			}
		}
	}
}

// gone reports ErrGone when the directory has no name any more, or is another one under its name.
func (f *Files) gone() error {
	now, err := os.Stat(f.dir)
	mine, err2 := f.self.Stat()
	if err == nil && err2 == nil && os.SameFile(now, mine) {
		return nil
	}
	return fmt.Errorf("%w: %s; put it back or make it anew, then run the same command again", ErrGone, f.dir)
}

// dirError gives an error of writing below the directory its own sentence.
func (f *Files) dirError(at string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.gone(); err != nil {
			return err
		}
	}
	at = filepath.Join(f.dir, filepath.FromSlash(at))
	if errors.Is(err, fs.ErrPermission) {
		return openError(at, err)
	}
	return writeError(at, err)
}
