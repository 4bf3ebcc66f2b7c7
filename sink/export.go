package sink

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Format of an export.
type Format uint8

// Formats of exports.
const (
	JSONL Format = iota // one JSON object a line
	CSV                 // the values that are one cell, with a header line
	DIR                 // a directory: HOST/NAME for each body, and index.jsonl
)

// indexFile lists the rows of a DIR export.
const indexFile = "index.jsonl"

// Source is what an export reads.
type Source struct {
	Store  *Store
	ByURL  Lookup   // finds a redirect's target; nil: redirects are not followed
	Fields []string // names of extracted fields that CSV has columns for; JSONL has all fields anyway
}

// Rows calls fn with each row in the order of IDs, with From filled in. A redirect whose target has no result yet has no row.
// Memory does not grow with their number. It ends at the first error, or when ctx ends.
func (s Source) Rows(ctx context.Context, fn func(*Row) error) error {
	lookup := s.ByURL
	if lookup == nil {
		lookup = func(string) (*Record, bool, error) { return nil, false, nil }
	}
	from := make(map[uint64]string)
	return s.Store.Each(0, func(r *Record) error {
		if err := ctx.Err(); err != nil || !HasRow(r) {
			return err
		}
		row, err := Resolve(r, lookup)
		if err != nil || s.ByURL != nil && row.Waits() {
			return err
		}
		if row.From, err = s.fromURL(from, r.From); err != nil {
			return err
		}
		return fn(&row)
	})
}

// fromURL looks up the URL of a linking page; the rows of one page's links follow each other.
func (s Source) fromURL(cache map[uint64]string, id uint64) (string, error) {
	if id == 0 {
		return "", nil
	}
	if u, ok := cache[id]; ok {
		return u, nil
	}
	u, err := s.Store.URLOf(id)
	if err != nil {
		return "", err
	}
	if len(cache) >= maxFromCache {
		clear(cache)
	}
	cache[id] = strings.Clone(u)
	return u, nil
}

// rowWriter writes rows in one format.
type rowWriter interface {
	row(r *Row) error
	end() error
}

// WriteRows writes all rows to w, as JSONL or CSV, and gives their number.
func WriteRows(ctx context.Context, src Source, w io.Writer, f Format) (rows int, err error) {
	if f == DIR {
		return 0, errors.New("a directory of files cannot be written to a stream; use jsonl or csv")
	}
	buf := bufio.NewWriterSize(w, 64<<10)
	rw := newJSONL(buf)
	if f == CSV {
		rw = newCSV(buf, src.Fields)
	}
	err = src.Rows(ctx, func(r *Row) error {
		rows++
		return rw.row(r)
	})
	if err == nil {
		err = rw.end()
	}
	return rows, err
}

// Export writes all rows to dest and gives their number. dest is complete or absent: it is written beside, synced and
// renamed in. An earlier file is replaced; a directory must be absent or empty (ErrExists). What a kill has left of an
// export to dest is removed.
//
// Errors: ErrNotWritten with one of ctx's, those of the store, ErrExists, ErrNotFound (of dest's directory), ErrReadOnly, ErrNoSpace, ErrIO.
func Export(ctx context.Context, src Source, dest string, f Format) (rows int, err error) {
	if f != DIR {
		err = WriteFile(dest, func(w io.Writer) error {
			rows, err = WriteRows(ctx, src, w, f)
			return err
		})
		return rows, err
	}
	dest = filepath.Clean(dest)
	if err := vacant(dest); err != nil {
		return 0, notWritten(dest, err)
	}
	tmp, err := makeAside(dest, makeDir)
	if err != nil {
		return 0, notWritten(dest, err)
	}
	defer os.RemoveAll(tmp.Name()) // finds nothing after the rename
	defer tmp.Close()              // may be closed already
	rows, err = exportDir(ctx, src, tmp.Name())
	if err == nil && runtime.GOOS == "windows" {
		_ = os.Remove(dest) // its rename does not replace an empty directory
	}
	if err == nil {
		err = publish(tmp, dest)
	}
	if err != nil {
		return rows, notWritten(dest, err)
	}
	return rows, nil
}

// makeDir makes a directory and opens it.
func makeDir(path string) (*os.File, error) {
	if err := os.Mkdir(path, 0o777); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// exportDir writes bodies and the index into the new directory tmp.
func exportDir(ctx context.Context, src Source, tmp string) (rows int, err error) {
	files, err := OpenFiles(tmp, "export")
	if err != nil {
		return 0, err
	}
	files.apart = true
	defer files.Close()
	index, err := os.OpenFile(filepath.Join(tmp, indexFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, openError(tmp, err)
	}
	rw := newJSONL(bufio.NewWriterSize(errWriter{index}, 64<<10))
	err = src.Rows(ctx, func(r *Row) error {
		rows++
		if err := src.putFile(files, r); err != nil {
			return err
		}
		return rw.row(r)
	})
	if err == nil {
		err = rw.end()
	}
	if err == nil {
		err = writeError(tmp, index.Sync())
	}
	if err = errors.Join(err, index.Close()); err == nil {
		err = files.Sync()
	}
	return rows, err
}

// putFile writes the body of a row, if it has one, and sets File.
func (s Source) putFile(files *Files, r *Row) error {
	r.File = ""
	if r.Last.Body == (BodyRef{}) {
		return nil
	}
	body, err := s.Store.OpenBody(r.Last.Body)
	if err != nil {
		return err
	}
	r.File, err = files.Put(dirNameOf(r.URL), FileNameOf(r.URL, r.Last.MediaType), r.Record.ID, body)
	return errors.Join(err, body.Close())
}
