package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"crawl/crawler"
)

// Columns of a list that mean something; all others are carried along.
const (
	urlColumn    = "url"
	nameColumn   = "name"
	digestColumn = "sha256"
)

// table reads rows under a header that has a column url. Values may be quoted (RFC 4180), with line ends within. A row that
// cannot be used costs its first line only: what follows an open quote is read again as rows.
func (l *list) table(format listFormat) bool {
	header, comma, err := l.header(format)
	if err != nil {
		return l.yield(crawler.Entry{}, err)
	}
	var cells []string
	for {
		var bad string
		var at int
		cells, at, bad, err = l.row(comma, cells[:0])
		switch {
		case err != nil:
			return errors.Is(err, io.EOF) || l.fail(err)
		case bad == "" && len(cells) == 1 && strings.TrimSpace(cells[0]) == "" && len(header) > 1:
			continue
		case bad == "" && len(cells) > len(header):
			bad = fmt.Sprintf("(a row of %d values under %s: quote a value that has the separator in it)",
				len(cells), plural(len(header), "column", "columns"))
		}
		e := crawler.Entry{URL: bad}
		if bad == "" {
			e = entryOf(header, cells)
		}
		if !l.give(e, at) {
			return false
		}
	}
}

// header reads the first row that is not blank, and tells the separator by it.
func (l *list) header(format listFormat) (header []string, comma byte, err error) {
	var line []byte
	for len(bytes.TrimSpace(line)) == 0 {
		if line, err = l.lines.next(); err != nil {
			return nil, 0, usageError("the list %s has no header line: its first line names the columns, one of them url", l.name)
		}
	}
	comma = ','
	switch {
	case len(line) > maxLine:
		return nil, 0, usageError("the header line of the list %s is longer than 64 KiB", l.name)
	case format == formatTSV:
		comma = '\t'
	case !hasURLColumn(line, ',') && hasURLColumn(line, ';'):
		comma = ';'
	case !hasURLColumn(line, ',') && hasURLColumn(line, '\t'):
		comma = '\t'
	}
	header, bad := splitRow(line, comma, nil)
	if bad != "" {
		return nil, 0, usageError("the header line of the list %s cannot be read: %s", l.name, strings.Trim(bad, "()"))
	}
	return header, comma, l.checkHeader(header)
}

// checkHeader tidies the names of columns and refuses those that cannot be told apart.
func (l *list) checkHeader(header []string) error {
	if len(header) > maxColumns {
		return usageError("the list %s has %d columns; use at most %d", l.name, len(header), maxColumns)
	}
	for i, name := range header {
		name = strings.TrimSpace(name)
		switch low := strings.ToLower(name); {
		case low == urlColumn || low == nameColumn || low == digestColumn:
			name = low
		case name == "":
			name = fmt.Sprintf("column_%d", i+1)
		}
		if slices.Contains(header[:i], name) {
			return usageError("the list %s has two columns %s; rename one", l.name, clean(name))
		}
		header[i] = name
	}
	if !slices.Contains(header, urlColumn) {
		return usageError("the list %s has no column url: its first line names %s. Name the column of the URLs url, or read it with --input-format plain",
			l.name, clean(strings.Join(header, ", ")))
	}
	return nil
}

// row reads one row, and the number of its first line. bad says what is wrong with it; then only that line is used up.
func (l *list) row(comma byte, cells []string) (_ []string, at int, bad string, err error) {
	line, err := l.lines.next()
	at = l.lines.n
	if err != nil {
		return cells, at, "", err
	}
	if len(line) > maxLine {
		return cells, at, rowLong, nil
	}
	if cells, bad = splitRow(line, comma, cells); bad != rowOpen {
		return cells, at, bad, nil
	}
	row := bytes.Clone(line)
	var more [][]byte
	for len(row) <= maxLine {
		if line, err = l.lines.next(); err != nil {
			l.lines.n--
			break // an error that is not the end comes again
		}
		more = append(more, bytes.Clone(line))
		row = append(row, line...)
		if len(row) <= maxLine && !staysOpen(line, comma) {
			cells, bad = splitRow(row, comma, cells[:0])
			break
		}
	}
	if bad != "" {
		l.lines.unread(more)
	}
	return cells, at, bad, nil
}

// staysOpen reports whether a line that begins within a quoted value ends within one.
func staysOpen(line []byte, comma byte) bool {
	for {
		_, rest, closed := unquoteCell(line)
		if !closed {
			return true
		}
		for {
			if len(rest) == 0 || rest[0] != comma {
				return false
			}
			if rest = rest[1:]; len(rest) > 0 && rest[0] == '"' {
				break
			}
			rest = rest[max(0, bytes.IndexByte(rest, comma)):]
		}
		line = rest[1:]
	}
}

// splitRow appends the values of a row to cells. bad says what is wrong with it. A quote within a value that does not begin
// with one is a character like any other.
func splitRow(row []byte, comma byte, cells []string) (_ []string, bad string) {
	row = bytes.TrimSuffix(row, []byte("\n"))
	row = bytes.TrimSuffix(row, []byte("\r"))
	for {
		if len(row) == 0 || row[0] != '"' {
			i := bytes.IndexByte(row, comma)
			if i < 0 {
				return append(cells, string(row)), ""
			}
			cells, row = append(cells, string(row[:i])), row[i+1:]
			continue
		}
		value, rest, ok := unquoteCell(row[1:])
		if !ok {
			return cells, rowOpen
		}
		cells = append(cells, value)
		switch {
		case len(rest) == 0:
			return cells, ""
		case rest[0] != comma:
			return cells, rowQuote
		}
		row = rest[1:]
	}
}

// unquoteCell reads a value to its closing quote; two quotes stand for one.
func unquoteCell(s []byte) (value string, rest []byte, ok bool) {
	i := bytes.IndexByte(s, '"')
	if i >= 0 && (i+1 == len(s) || s[i+1] != '"') {
		return string(s[:i]), s[i+1:], true // the usual case
	}
	var b strings.Builder
	for i >= 0 {
		b.Write(s[:i])
		if i+1 == len(s) || s[i+1] != '"' {
			return b.String(), s[i+1:], true
		}
		b.WriteByte('"')
		s = s[i+2:]
		i = bytes.IndexByte(s, '"')
	}
	return "", nil, false
}

// entryOf makes an entry of a row. Values that a short row does not have are empty.
func entryOf(header, cells []string) crawler.Entry {
	var e crawler.Entry
	for i, value := range cells {
		set(&e, header[i], value)
	}
	return checked(e)
}

// set takes one value into an entry.
func set(e *crawler.Entry, column, value string) {
	switch column {
	case urlColumn:
		e.URL = strings.TrimSpace(value)
	case nameColumn:
		e.Name = strings.TrimSpace(value)
	case digestColumn:
		e.SHA256 = strings.ToLower(strings.TrimSpace(value))
	default:
		if value != "" {
			e.Extra = append(e.Extra, crawler.Column{Name: column, Value: value})
		}
	}
}

// checked turns an entry that cannot be used into one that is reported.
func checked(e crawler.Entry) crawler.Entry {
	switch {
	case e.URL == "":
		return crawler.Entry{URL: rowNoURL}
	case e.SHA256 != "" && (len(e.SHA256) != 64 || strings.Trim(e.SHA256, "0123456789abcdef") != ""):
		return crawler.Entry{URL: rowDigest}
	case e.SHA256 != "" && strings.Trim(e.SHA256, "0") == "":
		return crawler.Entry{URL: rowZeros}
	}
	return e
}
