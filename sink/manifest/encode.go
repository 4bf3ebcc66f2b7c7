package manifest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"crawl/sink/internal/cell"
)

// listPrefix is before the name of a list's column that the manifest has itself.
const listPrefix = "list."

// jsonRow is a line of JSONL, up to the list's columns: its keys and their order are the contract.
type jsonRow struct {
	URL          string     `json:"url"`
	File         string     `json:"file"`
	Type         string     `json:"type"`
	Bytes        int64      `json:"bytes"`
	Width        int        `json:"width"`
	Height       int        `json:"height"`
	SHA256       string     `json:"sha256"`
	DHash        string     `json:"dhash"`
	Status       int        `json:"status"`
	Error        *jsonError `json:"error"`
	DuplicatesOf string     `json:"duplicates_of"`
	Name         string     `json:"name"`
	From         string     `json:"from"`
}

// jsonError is null when there is none, as in an export.
type jsonError struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

type jsonlEncoder struct {
	w    io.Writer
	buf  bytes.Buffer
	json *json.Encoder // to buf
}

func newJSONL(w io.Writer) *jsonlEncoder {
	e := &jsonlEncoder{w: w}
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false) // URLs are full of &
	return e
}

func (e *jsonlEncoder) row(r *Row) error {
	j := jsonRow{
		URL: r.URL, File: r.File, Type: r.Type, Bytes: r.Bytes, Width: r.Width, Height: r.Height, SHA256: r.SHA256, DHash: r.DHash,
		Status: r.Status, DuplicatesOf: r.DuplicatesOf, Name: r.Name, From: r.From,
	}
	if r.Error != "" {
		j.Error = &jsonError{r.Error, r.ErrorMessage}
	}
	e.buf.Reset()
	if err := e.json.Encode(j); err != nil {
		return err
	}
	for i, c := range r.Extra {
		if slices.ContainsFunc(r.Extra[:i], func(d Column) bool { return d.Name == c.Name }) {
			continue // an object has a key once
		}
		e.cut("}\n")
		e.buf.WriteByte(',')
		if err := e.json.Encode(columnName(c.Name)); err != nil {
			return err
		}
		e.cut("\n")
		e.buf.WriteByte(':')
		if err := e.json.Encode(c.Value); err != nil {
			return err
		}
		e.cut("\n")
		e.buf.WriteString("}\n")
	}
	_, err := e.w.Write(e.buf.Bytes())
	return err
}

// cut takes the known end off what was written.
func (e *jsonlEncoder) cut(end string) { e.buf.Truncate(e.buf.Len() - len(end)) }

func (e *jsonlEncoder) end() error { return nil }

// columnName keeps a column of the list apart from the manifest's own of that name.
func columnName(name string) string {
	if slices.Contains(csvColumns[:], name) {
		return listPrefix + name
	}
	return name
}

// csvColumns are the columns of a CSV; those of the list follow.
var csvColumns = [...]string{
	"url", "file", "type", "bytes", "width", "height", "sha256", "dhash", "status", "error", "error_message", "duplicates_of", "name", "from",
}

// csvEncoder writes CSV (RFC 4180 but for LF line ends) in UTF-8 without a BOM, with a header line.
type csvEncoder struct {
	w       *csv.Writer
	columns []string // of the list
	header  bool
	cells   []string // of the row at hand
}

func newCSV(w io.Writer, columns []string) *csvEncoder {
	return &csvEncoder{w: csv.NewWriter(w), columns: columns}
}

// begin writes the header line, once.
func (e *csvEncoder) begin() error {
	if e.header {
		return nil
	}
	e.header = true
	header := slices.Clone(csvColumns[:])
	for _, name := range e.columns {
		header = append(header, cell.Safe(columnName(name)))
	}
	return e.w.Write(header)
}

func (e *csvEncoder) row(r *Row) error {
	if err := e.begin(); err != nil {
		return err
	}
	e.cells = append(e.cells[:0],
		r.URL, r.File, r.Type, strconv.FormatInt(r.Bytes, 10), strconv.Itoa(r.Width), strconv.Itoa(r.Height), r.SHA256, r.DHash,
		strconv.Itoa(r.Status), r.Error, r.ErrorMessage, r.DuplicatesOf, r.Name, r.From,
	)
	for _, name := range e.columns {
		e.cells = append(e.cells, valueOf(r.Extra, name))
	}
	for i := range e.cells {
		e.cells[i] = cell.Safe(e.cells[i])
	}
	return e.w.Write(e.cells)
}

func valueOf(list []Column, name string) string {
	for _, c := range list {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (e *csvEncoder) end() error {
	if err := e.begin(); err != nil {
		return err
	}
	e.w.Flush()
	return e.w.Error()
}
