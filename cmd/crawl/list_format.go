package main

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
)

// listFormat is how a list is written.
type listFormat string

// The formats of lists. The zero value tells by the first line.
const (
	formatPlain listFormat = "plain" // one URL a line
	formatCSV   listFormat = "csv"   // RFC 4180 with a header line; commas, or the semicolons that some spreadsheets write
	formatTSV   listFormat = "tsv"   // the same with tabs
	formatJSONL listFormat = "jsonl" // one JSON object a line
)

// formatOf tells a format by a file's suffix, .gz left out; the zero value where it does not tell.
func formatOf(path string) listFormat {
	path = strings.TrimSuffix(strings.ToLower(path), ".gz")
	switch filepath.Ext(path) {
	case ".csv":
		return formatCSV
	case ".tsv":
		return formatTSV
	case ".jsonl", ".ndjson":
		return formatJSONL
	}
	return ""
}

// setFormat makes the lists be read in the format that a user named: plain, csv, tsv or jsonl; "" leaves it to the suffix
// and the first line.
func setFormat(sources []source, format string) error {
	f := listFormat(strings.ToLower(format))
	switch f {
	case "":
		return nil
	case "ndjson":
		f = formatJSONL
	case formatPlain, formatCSV, formatTSV, formatJSONL:
	default:
		return usageError("--input-format %s is not known: use plain, csv, tsv or jsonl", clean(format))
	}
	for i := range sources {
		sources[i].format = f
		sources[i].named = true
	}
	return nil
}

// seen decides on a format by the first line. Where no suffix says so, a header of several columns with url makes a table,
// an object with "url" makes JSONL. A .csv or .tsv that has a URL in its first line has no header: it is a plain list.
func (s *source) seen(first []byte) listFormat {
	first = bytes.TrimSpace(first)
	switch {
	case s.named:
		return s.format
	case s.format == formatCSV || s.format == formatTSV:
		if isURL(string(first)) && !bytes.ContainsAny(first, ",;\t\"") {
			return formatPlain
		}
		return s.format
	case s.format != "":
		return s.format
	case len(first) > 0 && first[0] == '{' && bytes.Contains(first, []byte(`"url"`)):
		return formatJSONL
	case hasURLColumn(first, '\t'):
		return formatTSV
	case hasURLColumn(first, ',') || hasURLColumn(first, ';'):
		return formatCSV
	}
	return formatPlain
}

// hasURLColumn reports whether a line is a header of several columns, one of them url.
func hasURLColumn(line []byte, comma byte) bool {
	cells, _ := splitRow(line, comma, nil)
	if len(cells) < 2 {
		return false
	}
	return !slices.ContainsFunc(cells, isURL) && slices.ContainsFunc(cells, func(c string) bool {
		return strings.EqualFold(strings.TrimSpace(c), urlColumn)
	})
}
