package fetch

import (
	"fmt"
	"strconv"
	"strings"
)

// ContentRange is what a Content-Range header tells (RFC 9110 section 14.4):
// the positions of the first and the last byte sent, and the length of the
// whole. All three are in bytes.
type ContentRange struct {
	First, Last int64 // both -1 when no range could be satisfied (with status 416)
	Total       int64 // -1 when the server does not tell
}

// ParseContentRange reads the value of a Content-Range header strictly: what
// the RFC calls invalid, another unit than bytes, blanks in other places and
// numbers that do not fit are errors.
func ParseContentRange(value string) (ContentRange, error) {
	bad := func() (ContentRange, error) {
		return ContentRange{}, fmt.Errorf("Content-Range %.80q is not valid", value)
	}
	unit, rest, ok := strings.Cut(value, " ")
	span, total, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || !strings.EqualFold(unit, "bytes") {
		return bad()
	}
	r := ContentRange{First: -1, Last: -1, Total: -1}
	if total != "*" {
		if r.Total, ok = digits(total); !ok {
			return bad()
		}
	}
	if span == "*" {
		if r.Total < 0 {
			return bad()
		}
		return r, nil
	}
	first, last, _ := strings.Cut(span, "-")
	r.First, ok = digits(first)
	r.Last, ok2 = digits(last)
	if !ok || !ok2 || r.Last < r.First || r.Total >= 0 && r.Total <= r.Last {
		return bad()
	}
	return r, nil
}

// digits reads a number that consists of digits only.
func digits(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
