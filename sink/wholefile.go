package sink

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile makes a file that is complete or absent: what write writes goes to a temporary file beside it, which is synced
// and renamed. An earlier file of that name is replaced, a symbolic link too, not what it leads to. But a pipe or a device is
// written to as it is.
//
// Errors: ErrNotWritten with one of write's, ErrNotFound (of the directory), ErrReadOnly, ErrNoSpace, ErrIO.
func WriteFile(path string, write func(io.Writer) error) error {
	path = filepath.Clean(path)
	if st, err := os.Stat(path); err == nil && st.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return writeThrough(path, write)
	}
	tmp := temporary(path)
	defer os.Remove(tmp) // finds nothing after the rename
	err := writeWhole(tmp, write)
	if err == nil {
		err = publish(tmp, path)
	}
	if err != nil {
		return notWritten(path, err)
	}
	return nil
}

func notWritten(path string, err error) error {
	return fmt.Errorf("%s %w: %w", path, ErrNotWritten, err)
}

// temporary names what is written beside a path.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part-"+rand.Text())
}

// publish gives what is complete its name, durably.
func publish(tmp, path string) error {
	if err := os.Rename(tmp, path); err != nil {
		return writeError(path, err)
	}
	return writeError(path, syncDir(filepath.Dir(path)))
}

func writeWhole(tmp string, write func(io.Writer) error) error {
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return openError(filepath.Dir(tmp), err)
	}
	if err = writeTo(f, write); err == nil {
		err = writeError(tmp, f.Sync())
	}
	return errors.Join(err, f.Close())
}

// writeThrough writes to what is there.
func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return openError(path, err)
	}
	return errors.Join(writeTo(f, write), f.Close())
}

func writeTo(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(errWriter{f}, 64<<10)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// errWriter gives errors of writing a file their own sentence, which tells them from those of reading the store.
type errWriter struct{ f *os.File }

// Write implements io.Writer.
func (w errWriter) Write(b []byte) (int, error) {
	n, err := w.f.Write(b)
	return n, writeError(w.f.Name(), err)
}
