package sink

import (
	"errors"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// bodyFiles are the body files that are open: the active one, and a few that were rolled, which are opened to read when
// they are asked for.
type bodyFiles struct {
	mu     sync.Mutex
	closed bool
	active *bodyFile
	rolled []*bodyFile // most recently used last
}

type bodyFile struct {
	number uint32
	db     *bolt.DB
	users  int
}

// setActive makes db the active file. The one before it becomes one of those that were rolled.
func (f *bodyFiles) setActive(number uint32, db *bolt.DB) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.active != nil {
		f.rolled = append(f.rolled, f.active)
	}
	f.active = &bodyFile{number: number, db: db}
	f.shrink()
}

// acquire opens file number unless it is open, and keeps it so until release is called.
func (f *bodyFiles) acquire(number uint32, open func() (*bolt.DB, error)) (*bodyFile, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	if f.active != nil && f.active.number == number {
		f.active.users++
		return f.active, nil
	}
	i := slices.IndexFunc(f.rolled, func(b *bodyFile) bool { return b.number == number })
	var b *bodyFile
	if i >= 0 {
		b = f.rolled[i]
		f.rolled = slices.Delete(f.rolled, i, i+1)
	} else {
		db, err := open()
		if err != nil {
			return nil, err
		}
		b = &bodyFile{number: number, db: db}
	}
	b.users++
	f.rolled = append(f.rolled, b)
	f.shrink()
	return b, nil
}

func (f *bodyFiles) release(b *bodyFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b.users--
	f.shrink()
}

// shrink closes the least recently used files that no one uses, until few enough are open. Nothing is written through
// them any more, so that closing cannot fail in a way that matters.
func (f *bodyFiles) shrink() {
	for i := 0; i < len(f.rolled) && len(f.rolled) > maxOpenBodyFiles; {
		if b := f.rolled[i]; b.users == 0 {
			f.rolled = slices.Delete(f.rolled, i, i+1)
			_ = b.db.Close()
		} else {
			i++
		}
	}
}

// close closes all; bbolt waits for transactions that are open.
func (f *bodyFiles) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	var err error
	if f.active != nil {
		err = f.active.db.Close()
	}
	for _, b := range f.rolled {
		err = errors.Join(err, b.db.Close())
	}
	return err
}
