// Package manifest writes the facts of a batch of files, one row for each URL, failures included, as JSONL or CSV. It knows
// nothing of the store: the caller yields the rows, and sink.WriteFile makes the file complete or absent.
package manifest

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// FileName is the manifest's in a directory of files.
const FileName = "manifest.jsonl"

// Row is one URL and what came of it. Zero values are facts that are not known or that there are not: a file that failed
// has no digest.
type Row struct {
	URL    string
	File   string // path below the directory of files, with slashes; "" when no file was written
	Type   string // of picture, as its bytes say: "jpeg", "png"
	Bytes  int64
	Width  int // pixels
	Height int
	SHA256 string // in hexadecimal
	DHash  string // perceptual hash, 16 hexadecimal digits

	Status       int    // of HTTP
	Error        string // class: "timeout", "filtered"; "" for a file that is there
	ErrorMessage string

	DuplicatesOf string // URL of the first row with the same bytes; Options.First fills it in

	Name  string   // the list's
	From  string   // page that shows the picture
	Extra []Column // the list's other columns, in its order
}

// Column is a named value of the list.
type Column struct {
	Name, Value string
}

// Format of a manifest.
type Format uint8

// Formats of manifests.
const (
	JSONL Format = iota // one JSON object a line
	CSV                 // with a header line
)

// FormatOf tells the format by a path: .csv, all else is JSONL.
func FormatOf(path string) Format {
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return CSV
	}
	return JSONL
}

// Options say how a manifest is written.
type Options struct {
	Format Format
	// Columns of the list that a CSV has, in order: its header comes before its rows. JSONL has them all anyway.
	Columns []string
	// First gives the URL of the first row with these bytes, by their digest as Row.SHA256 has it; it may be the row at hand.
	// It is asked for each row with a digest, so that no digest is kept in memory here. nil: duplicates are not marked.
	First func(digest string) (url string, err error)
}

// Writer writes rows in the order in which they come. Its methods block as the stream does; the first error ends it.
type Writer struct {
	o   Options
	enc encoder
}

// encoder writes rows in one format.
type encoder interface {
	row(r *Row) error
	end() error
}

// New makes a writer to w, which should be buffered.
func New(w io.Writer, o Options) *Writer {
	if o.Format == CSV {
		return &Writer{o, newCSV(w, o.Columns)}
	}
	return &Writer{o, newJSONL(w)}
}

// Write writes one row. r is not kept. Errors are those of First and of the stream.
func (w *Writer) Write(r *Row) error {
	if w.o.First != nil && r.SHA256 != "" && r.DuplicatesOf == "" {
		first, err := w.o.First(r.SHA256)
		if err != nil {
			return fmt.Errorf("the first file with the bytes of %s cannot be looked up: %w", r.URL, err)
		}
		if first != r.URL {
			marked := *r
			marked.DuplicatesOf = first
			r = &marked
		}
	}
	return w.enc.row(r)
}

// Close writes what is left: the header line, when there was no row. It does not close the stream.
func (w *Writer) Close() error { return w.enc.end() }

// ErrColumns tells that lists have too many different columns for one CSV.
var ErrColumns = errors.New("the lists of this store have more than 1024 different columns: write the manifest as .jsonl")

// AddColumns adds the names that are not in list yet, in order. With ErrColumns there are too many.
func AddColumns(list []string, row []Column) ([]string, error) {
	for _, c := range row {
		if slices.Contains(list, c.Name) {
			continue
		}
		if len(list) == maxColumns {
			return list, ErrColumns
		}
		list = append(list, strings.Clone(c.Name))
	}
	return list, nil
}
