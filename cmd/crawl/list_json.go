package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"crawl/crawler"
)

// json reads one object a line, with a key url. Values that are no text are carried along as they are written.
func (l *list) json() bool {
	for {
		line, err := l.lines.next()
		if err != nil {
			return errors.Is(err, io.EOF) || l.fail(err)
		}
		e := crawler.Entry{URL: rowLong}
		if len(line) <= maxLine {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			e = objectEntry(line)
		}
		if !l.give(e, l.lines.n) {
			return false
		}
	}
}

// objectEntry makes an entry of an object, whose order is kept.
func objectEntry(line []byte) crawler.Entry {
	bad := crawler.Entry{URL: rowNoJSON}
	if line[0] != '{' || !json.Valid(line) {
		return bad
	}
	var e crawler.Entry
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil {
		return bad
	}
	for d.More() {
		key, err := d.Token()
		name, ok := key.(string)
		if err != nil || !ok || len(e.Extra) == maxColumns {
			return bad
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return bad
		}
		if low := strings.ToLower(name); low == urlColumn || low == nameColumn || low == digestColumn {
			name = low
		}
		set(&e, name, jsonText(raw))
	}
	return checked(e)
}

// jsonText gives a string's text, nothing for null, and any other value as it is written.
func jsonText(raw json.RawMessage) string {
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil {
		return string(raw)
	}
	if s == nil {
		return ""
	}
	return *s
}
