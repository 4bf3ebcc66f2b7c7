package main

import (
	"fmt"
	"strings"
	"time"

	"crawl/sink/words"
)

const (
	slowFile    = 5 * time.Second // a file that takes longer is named
	maxShownURL = 80              // letters of its URL
)

// bytes tells what was received, and how fast where that is asked for.
func (s *state) bytes() string {
	if s.speed <= 0 {
		return words.Bytes(s.Totals.Bytes)
	}
	return fmt.Sprintf("%s, %s/s", words.Bytes(s.Totals.Bytes), words.Bytes(int64(s.speed)))
}

// tail names what holds the finish when little is left, or else the slowest file.
func (s *state) tail() string {
	if len(s.Slowest) == 0 || s.Slowest[0].For < slowFile {
		return ""
	}
	list, what := s.Slowest[:1], "; slowest: "
	if !s.Reading && s.total-s.done <= int64(len(s.Slowest)) {
		list, what = s.Slowest, "; waiting for "
	}
	var parts []string
	for _, t := range list {
		of := ""
		if t.Total > 0 {
			of = " of " + words.Bytes(t.Total)
		}
		parts = append(parts, fmt.Sprintf("%s (%s%s in %s)", clean(shorten(t.URL, maxShownURL)), words.Bytes(t.Bytes), of, span(t.For.Round(time.Second))))
	}
	return what + strings.Join(parts, ", ")
}
