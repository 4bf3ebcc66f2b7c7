package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"crawl/crawler"
)

// What stands for a line or row that cannot be used: it is no URL, and so it is reported with its place and passed over.
const (
	tooLong   = "(a line of more than 64 KiB)"
	twoURLs   = "(a line with more than one URL: write each on its own line)"
	hasTab    = "(a line with a tab behind its URL: leave the rest out, or begin the list with a line that names the columns, one of them url)"
	rowLong   = "(a row of more than 64 KiB)"
	rowOpen   = "(a row with a quote that is not closed)"
	rowQuote  = "(a row with text after a closing quote)"
	rowNoURL  = "(a row without a url)"
	rowDigest = "(a row whose sha256 is not 64 hexadecimal digits)"
	rowZeros  = "(a row whose sha256 is all zeros, which is that of nothing)"
	rowNoJSON = "(a line that is not one JSON object)"
)

// unusable gives what is said of a line or row that cannot be used; "" for an entry that is what a list has.
func unusable(e crawler.Entry) string {
	if slices.Contains([]string{tooLong, twoURLs, hasTab, rowLong, rowOpen, rowQuote, rowNoURL, rowDigest, rowZeros, rowNoJSON}, e.URL) {
		return strings.Trim(e.URL, "()")
	}
	return ""
}

// lineReader reads a list by lines, in bounded memory.
type lineReader struct {
	r    *bufio.Reader
	n    int      // of the last line given, from 1
	back [][]byte // lines to give again, the next one first
}

// next gives a line with its end. One that is longer than maxLine is cut to one byte more than that. The line is valid
// until the next call. It blocks as the source does; io.EOF comes alone.
func (l *lineReader) next() ([]byte, error) {
	l.n++
	if len(l.back) > 0 {
		line := l.back[0]
		l.back = l.back[1:]
		return line, nil
	}
	line, err := l.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		line = append(bytes.Clone(line), 'x')
		if err = l.skip(); errors.Is(err, io.EOF) {
			err = nil
		}
	case errors.Is(err, io.EOF) && len(line) > 0:
		err = nil
	}
	return line, err
}

// unread gives lines back; they must be the reader's no more.
func (l *lineReader) unread(lines [][]byte) {
	l.n -= len(lines)
	l.back = append(lines[:len(lines):len(lines)], l.back...)
}

// skip reads to the end of a line that is too long.
func (l *lineReader) skip() error {
	for {
		_, err := l.r.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// list is a list that is being read.
type list struct {
	name  string // for messages
	lines *lineReader
	yield func(crawler.Entry, error) bool
}

// readList yields the entries of one file, in its format. gzip is recognised by its first bytes; a BOM, carriage returns
// and blank lines are passed over. A line or row that cannot be used is yielded as an entry that cannot be; what stops the
// reading is an error. It reports whether more is wanted.
func readList(s source, yield func(crawler.Entry, error) bool) bool {
	l, format, err := s.begin(s.r)
	switch {
	case errors.Is(err, io.EOF):
		return true
	case err != nil:
		return yield(crawler.Entry{}, err)
	}
	l.yield = yield
	switch format {
	case formatJSONL:
		return l.json()
	case formatCSV, formatTSV:
		return l.table(format)
	}
	return l.plain()
}

// begin reads a list up to its first line, which tells its format. An empty list is io.EOF.
func (s *source) begin(from io.Reader) (*list, listFormat, error) {
	l := &list{name: s.arg, lines: &lineReader{}}
	r := bufio.NewReaderSize(from, maxLine)
	if head, _ := r.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			l.lines.n = 1
			return nil, "", l.unreadable(err)
		}
		r = bufio.NewReaderSize(z, maxLine)
	}
	if head, _ := r.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = r.Discard(3)
	}
	if head, _ := r.Peek(min(r.Buffered(), textHead)); bytes.IndexByte(head, 0) >= 0 {
		return nil, "", usageError("%s is not a text list: it has NUL bytes; name a file with one URL a line, in UTF-8", s.arg)
	}
	l.lines.r = r
	first, err := l.first()
	switch {
	case errors.Is(err, io.EOF):
		return nil, "", io.EOF
	case err != nil:
		return nil, "", l.unreadable(err)
	}
	return l, s.seen(first), nil
}

// checkLists reads the beginnings of lists, so that one that cannot be a list is told before there is a store. Only a
// format that the user named makes it wait for what comes through a pipe.
func checkLists(sources []source) error {
	for i := range sources {
		s := &sources[i]
		var err error
		switch {
		case s.url:
		case s.seek != nil:
			if err = s.checkHead(s.r); err == nil {
				_, err = s.seek.Seek(0, io.SeekStart)
			}
		case s.named && (s.format == formatCSV || s.format == formatTSV):
			var seen bytes.Buffer
			err = s.checkHead(io.TeeReader(s.r, &seen))
			s.r = io.MultiReader(&seen, s.r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkHead refuses what is no list, and a table whose header line is none.
func (s *source) checkHead(from io.Reader) error {
	l, format, err := s.begin(from)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil && (format == formatCSV || format == formatTSV):
		_, _, err = l.header(format)
	}
	return err
}

// first gives the first line, to be read again.
func (l *list) first() ([]byte, error) {
	line, err := l.lines.next()
	if err == nil {
		line = bytes.Clone(line)
		l.lines.unread([][]byte{line})
	}
	return line, err
}

// fail ends the list with an error of reading.
func (l *list) fail(err error) bool {
	return l.yield(crawler.Entry{}, l.unreadable(err))
}

func (l *list) unreadable(err error) error {
	return usageError("cannot read the list %s at line %d: %s", l.name, l.lines.n, reason(err))
}

// give yields an entry that stands at a line.
func (l *list) give(e crawler.Entry, line int) bool {
	e.Where = fmt.Sprintf("%s:%d", l.name, line)
	return l.yield(e, nil)
}

// plain reads one URL a line. What begins with # is a comment, at the beginning of a line or behind a space: a URL has none,
// and its fragment stands behind no space.
func (l *list) plain() bool {
	for {
		line, err := l.lines.next()
		if err != nil {
			return errors.Is(err, io.EOF) || l.fail(err)
		}
		text := withoutComment(string(bytes.TrimSpace(line)))
		if text == "" {
			continue
		}
		switch {
		case len(line) > maxLine:
			text = tooLong
		case isURL(text):
			text = alone(text)
		}
		if !l.give(crawler.Entry{URL: text}, l.lines.n) {
			return false
		}
	}
}

// alone gives the URL of a line, or what stands for a line on which more stands. A URL would take it in: tabs are left out
// of URLs, and spaces escaped, so that something else was asked for than the list says.
func alone(text string) string {
	if !strings.ContainsAny(text, " \t") {
		return text
	}
	for _, word := range strings.Fields(text)[1:] {
		if isURL(word) {
			return twoURLs
		}
	}
	if strings.ContainsRune(text, '\t') {
		return hasTab
	}
	return text
}

// withoutComment cuts a comment off.
func withoutComment(text string) string {
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '#')
		if i < 0 {
			return text
		}
		if i += from; i == 0 || text[i-1] == ' ' || text[i-1] == '\t' {
			return strings.TrimRight(text[:i], " \t")
		}
		from = i + 1
	}
}
