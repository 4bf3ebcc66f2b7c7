package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors that a Store tells apart. They come wrapped: use errors.Is.
var (
	// ErrNotFound: there is nothing at the path, or behind the BodyRef.
	ErrNotFound = errors.New("there is no store")
	// ErrExists: Create found something at the path.
	ErrExists = errors.New("the directory exists already")
	// ErrNotAStore: there is something at the path, but not a store.
	ErrNotAStore = errors.New("this is not a store")
	// ErrLocked: another process holds the store, or this one has opened it already.
	ErrLocked = errors.New("the store is in use by another process")
	// ErrDamaged: a file or a value in it is not as it was written.
	ErrDamaged = errors.New("the store is damaged")
	// ErrNewerFormat: a newer version of the program wrote it.
	ErrNewerFormat = errors.New("the store was written by a newer version")
	// ErrOlderFormat: a version of the program wrote it whose stores are not read any more.
	ErrOlderFormat = errors.New("the store was written by an older version")
	// ErrReadOnly: the disk, the directory or the Store permits no writing, or not even reading.
	ErrReadOnly = errors.New("access is not permitted")
	// ErrNoSpace: the disk or the quota is full. All that was committed before is safe.
	ErrNoSpace = errors.New("no space is left on the disk")
	// ErrIO: writing or syncing failed. All that was committed before is safe; the Store takes no more.
	ErrIO = errors.New("the disk failed")
	// ErrOpenFiles: this process, or the system, has as many files open as it may.
	ErrOpenFiles = errors.New("no more files can be opened")
	// ErrTooLarge: a record above MaxRecord or a body above MaxBody.
	ErrTooLarge = errors.New("too large for the store")
	// ErrNotWritten: an export or another file was not written, for the reason that is wrapped too. The store is as it was.
	ErrNotWritten = errors.New("was not written")
	// ErrGone: the directory of plain files was removed or replaced while files were written into it.
	ErrGone = errors.New("the directory was removed or replaced")
	// ErrClosed: the Store was closed.
	ErrClosed = errors.New("the store is closed")
)

// damaged makes an ErrDamaged that says what is wrong.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// openError gives an error of opening path its own sentence.
func openError(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: %s; wait until it ends (crawl stat tells how far it is), or use another store (--store DIR)", ErrLocked, path)
	case errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %s has another bbolt version; use the program that wrote it", ErrNewerFormat, path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %s: both meta pages are invalid; restore it from a copy", ErrDamaged, path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s does not exist; check the path", ErrNotFound, path)
	case errors.Is(err, fs.ErrPermission), isReadOnlyFS(err):
		return fmt.Errorf("%w: %s (%w); check its permissions and how the disk is mounted", ErrReadOnly, path, err)
	}
	return writeError(path, err)
}

// notFound is an ErrNotFound of something else than a store, in words of its own. As a constant it costs nothing.
type notFound string

func (e notFound) Error() string      { return string(e) }
func (notFound) Is(target error) bool { return target == ErrNotFound }

// parentError is openError of a directory that something was to be made in.
func parentError(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return notFound(fmt.Sprintf("the directory %s does not exist; make it, or choose another path", dir))
	}
	return openError(dir, err)
}

// writeError gives an error of writing to path its own sentence. Errors of this package pass.
func writeError(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrNoSpace), errors.Is(err, ErrIO), errors.Is(err, ErrClosed), errors.Is(err, ErrReadOnly), errors.Is(err, ErrGone):
		return err
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, berrors.ErrDatabaseReadOnly):
		return fmt.Errorf("%w: %s was opened only to read", ErrReadOnly, path)
	case IsNoSpace(err):
		return fmt.Errorf("%w: %s (%w); free some, then run the same command again", ErrNoSpace, path, err)
	case isReadOnlyFS(err):
		return fmt.Errorf("%w: %s (%w); check how the disk is mounted", ErrReadOnly, path, err)
	case isOutOfFiles(err):
		return fmt.Errorf("%w: %s (%w); raise the limit (ulimit -n), then run the same command again", ErrOpenFiles, path, err)
	}
	return fmt.Errorf("%w: %s (%w); check the disk, then run the same command again", ErrIO, path, err)
}

// guard runs fn and turns a fault or a panic inside bbolt into ErrDamaged: bbolt trusts what its files say. A panic
// that starts anywhere else goes on. path may be filled in by fn.
func guard(path *string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if _, fault := r.(interface{ Addr() uintptr }); !fault && !panickedInBolt() {
			panic(r)
		}
		err = damaged("%s: bbolt cannot read it (%v); look at it with crawl check", *path, r)
	}()
	return fn()
}

// panickedInBolt tells, in a deferred function, whether the panic that is being recovered started in bbolt.
func panickedInBolt() bool {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	inPanic := false
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
			inPanic = true
		case inPanic:
			return strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

// view runs fn in a read transaction of db.
func view(db *bolt.DB, fn func(tx *bolt.Tx) error) error {
	var path string
	err := guard(&path, func() error {
		return db.View(func(tx *bolt.Tx) error {
			path = db.Path() // Close waits for transactions before it takes this away
			return fn(tx)
		})
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// update runs fn in a read-write transaction of db. wrote is false when the error is fn's own: nothing was written then.
func update(db *bolt.DB, fn func(tx *bolt.Tx) error) (wrote bool, err error) {
	var path string
	var own error
	err = guard(&path, func() error {
		return db.Update(func(tx *bolt.Tx) error {
			path = db.Path()
			own = fn(tx)
			return own
		})
	})
	if own != nil {
		return false, own
	}
	return true, writeError(path, err)
}

// isOutOfFiles reports that this process, or the system, has as many files open as it may.
func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
