package sink

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
)

// What is to be complete or absent is written aside: to a file or directory beside its path, ".NAME.part-RANDOM". Its
// writer keeps it locked, so that one without a lock is left from a process that is gone.
const asideMark = ".part-"

// temporary names what is written beside a path.
func temporary(path string) string { return asidePrefix(path) + rand.Text() }

func asidePrefix(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+asideMark)
}

// makeAside has something made beside path, and locks it until it is closed. What a kill has left there of the same path
// is removed before. It blocks only for another process that is removing such things.
func makeAside(path string, make func(tmp string) (*os.File, error)) (*os.File, error) {
	sweepAside(path)
	for try := 1; ; try++ {
		f, err := make(temporary(path))
		if err != nil {
			return nil, parentError(filepath.Dir(path), err)
		}
		if !lockFile(f, true) || inPlace(f) || try == asideTries {
			return f, nil
		}
		// Somebody swept it before it was locked.
		_ = f.Close()
		_ = os.RemoveAll(f.Name())
	}
}

// inPlace reports whether an open file still has its name.
func inPlace(f *os.File) bool {
	mine, err := f.Stat()
	now, err2 := os.Lstat(f.Name())
	return err == nil && err2 == nil && os.SameFile(mine, now)
}

// sweepAside removes what a kill has left beside path. It is housekeeping: what cannot be removed stays, and where nothing
// can be locked, all of it.
func sweepAside(path string) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(sweepNames)
		for _, name := range names {
			if isAside(name, path) {
				removeLeft(filepath.Join(filepath.Dir(path), name))
			}
		}
		if err != nil { // also io.EOF
			return
		}
	}
}

// isAside reports whether a name is one that temporary gives.
func isAside(name, path string) bool {
	random, ok := strings.CutPrefix(name, filepath.Base(asidePrefix(path)))
	return ok && len(random) == len(rand.Text()) && strings.Trim(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// removeLeft removes a file or directory that no process has locked.
func removeLeft(path string) {
	st, err := os.Lstat(path)
	if err != nil || !st.IsDir() && !st.Mode().IsRegular() {
		return
	}
	flag := os.O_RDWR // some network file systems lock only what may be written
	if st.IsDir() {
		flag = os.O_RDONLY
	}
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if lockFile(f, false) && inPlace(f) {
		_ = os.RemoveAll(path)
	}
}
