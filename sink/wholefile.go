package sink

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile makes a file that is complete or absent: what write writes goes to a temporary file beside it, which is synced
// and renamed. An earlier file of that name is replaced, a symbolic link too, not what it leads to. But a pipe or a device is
// written to as it is. Temporary files of this path that a kill has left are removed.
//
// Errors: ErrNotWritten with one of write's, ErrNotFound (of the directory), ErrReadOnly, ErrNoSpace, ErrIO.
func WriteFile(path string, write func(io.Writer) error) error {
	path = filepath.Clean(path)
	if st, err := os.Stat(path); err == nil && st.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0 {
		return writeThrough(path, write)
	}
	f, err := makeAside(path, func(tmp string) (*os.File, error) {
		return os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	})
	if err != nil {
		return notWritten(path, err)
	}
	defer os.Remove(f.Name()) // finds nothing after the rename
	defer f.Close()           // may be closed already
	if err = writeTo(f, write); err == nil {
		err = writeError(f.Name(), f.Sync())
	}
	if err == nil {
		err = publish(f, path)
	}
	if err != nil {
		return notWritten(path, err)
	}
	return nil
}

func notWritten(path string, err error) error {
	return fmt.Errorf("%s %w: %w", path, ErrNotWritten, err)
}

// publish gives what was made aside and is complete its name, durably. Where it can be, it is locked until it has it.
func publish(f *os.File, path string) error {
	if !renameOpen {
		if err := f.Close(); err != nil {
			return writeError(f.Name(), err)
		}
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return writeError(path, err)
	}
	return writeError(path, syncDir(filepath.Dir(path)))
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
