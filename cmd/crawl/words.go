package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"crawl/sink/words"
)

// timeForm is how a local time is shown.
const timeForm = time.DateTime + " MST"

// clean makes text from the network harmless on a terminal: control characters, bidirectional overrides, invisible
// characters and broken UTF-8 are written as escapes.
func clean(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// plural writes a number with its noun.
func plural[T ~int | ~int64 | ~uint64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return words.Count(n) + " " + many
}

// span writes a duration for people, in three digits.
func span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// wrapList breaks a list after commas, so that no line is longer than listWidth when each begins at a column.
func wrapList(text string, indent int) string {
	var b strings.Builder
	column := indent
	for i, item := range strings.Split(text, ", ") {
		width := utf8.RuneCountInString(item)
		switch {
		case i == 0:
		case column+len(", ")+width+len(",") > listWidth:
			b.WriteString(",\n")
			column = indent
		default:
			b.WriteString(", ")
			column += len(", ")
		}
		b.WriteString(item)
		column += width
	}
	return b.String()
}

// parseSize reads a size: 4096, 64KiB, 16MiB, 2MB.
func parseSize(s string) (int64, error) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	digits, unit := s, ""
	if i >= 0 {
		digits, unit = s[:i], strings.TrimSpace(s[i:])
	}
	factor, ok := map[string]float64{
		"": 1, "B": 1, "K": 1 << 10, "KB": 1e3, "KIB": 1 << 10, "M": 1 << 20, "MB": 1e6, "MIB": 1 << 20,
		"G": 1 << 30, "GB": 1e9, "GIB": 1 << 30, "T": 1 << 40, "TB": 1e12, "TIB": 1 << 40,
	}[strings.ToUpper(unit)]
	f, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || f*factor > 1<<62 {
		return 0, fmt.Errorf("%q is not a size: write 4096, 64KiB, 16MiB or 2MB", s)
	}
	return int64(f * factor), nil
}

// sizeFlag is a size as a flag.
type sizeFlag int64

func (f *sizeFlag) String() string {
	for _, u := range []struct {
		n    int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if int64(*f) >= u.n && int64(*f)%u.n == 0 {
			return strconv.FormatInt(int64(*f)/u.n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*f), 10)
}

func (f *sizeFlag) Set(s string) error {
	n, err := parseSize(s)
	*f = sizeFlag(n)
	return err
}

func (f *sizeFlag) Type() string { return "SIZE" }
