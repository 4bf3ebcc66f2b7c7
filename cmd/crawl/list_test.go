package main

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"crawl/crawler"
)

// listed gives what readList yields of a plain file.
func listed(text string) ([]crawler.Entry, error) { return listedAs(formatPlain, text) }

// listedAs gives what readList yields of a file of a format; "" leaves it to the first line.
func listedAs(format listFormat, text string) (list []crawler.Entry, err error) {
	s := source{arg: "f", format: format, named: format != "", r: iotest.HalfReader(strings.NewReader(text))}
	readList(s, func(e crawler.Entry, lerr error) bool {
		if lerr != nil {
			err = lerr
			return false
		}
		list = append(list, e)
		return true
	})
	return list, err
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for _, c := range []struct {
		name, text string
		want       []crawler.Entry
	}{
		{"empty", "", nil},
		{"no line end", "http://a/", []crawler.Entry{{URL: "http://a/", Where: "f:1"}}},
		{"BOM, CRLF, comment, blank", "\ufeffhttp://a/\r\n\r\n# c\n \t http://b/ \r\n", []crawler.Entry{
			{URL: "http://a/", Where: "f:1"}, {URL: "http://b/", Where: "f:4"},
		}},
		{"comments behind URLs", "http://a/ # c\nhttp://b/#top \t#c # d\nhttp://c/#\n \t# http://d/\n", []crawler.Entry{
			{URL: "http://a/", Where: "f:1"}, {URL: "http://b/#top", Where: "f:2"}, {URL: "http://c/#", Where: "f:3"},
		}},
		{"more than a URL", "http://a/\tb\nhttp://a/ http://b/\nhttp://a/\tHTTPS://b/\nhttp://a/?http://b/\nhttp://a/b c\n", []crawler.Entry{
			{URL: hasTab, Where: "f:1"},
			{URL: twoURLs, Where: "f:2"},
			{URL: twoURLs, Where: "f:3"},
			{URL: "http://a/?http://b/", Where: "f:4"},
			{URL: "http://a/b c", Where: "f:5"},
		}},
		{"BOM alone", "\ufeff", nil},
		{"BOM before a comment", "\ufeff# c\nx", []crawler.Entry{{URL: "x", Where: "f:2"}}},
		// No part of a line that is too long may be taken for a URL.
		{"too long in the middle", "a\n" + long + "yyy\nb\n", []crawler.Entry{
			{URL: "a", Where: "f:1"}, {URL: tooLong, Where: "f:2"}, {URL: "b", Where: "f:3"},
		}},
		{"too long at the end", "a\n" + long + long, []crawler.Entry{{URL: "a", Where: "f:1"}, {URL: tooLong, Where: "f:2"}}},
		{"a URL and then space without end", "http://a/" + strings.Repeat(" ", maxLine) + "\nb", []crawler.Entry{
			{URL: tooLong, Where: "f:1"}, {URL: "b", Where: "f:2"},
		}},
		{"as long as may be", long[1:] + "\nb", []crawler.Entry{{URL: long[1:], Where: "f:1"}, {URL: "b", Where: "f:2"}}},
		{"too long a comment", "# " + long + "\nb", []crawler.Entry{{URL: "b", Where: "f:2"}}},
		{"odd bytes", "a\x01b\n\xff\n", []crawler.Entry{{URL: "a\x01b", Where: "f:1"}, {URL: "\xff", Where: "f:2"}}},
		{"a NUL far from the beginning", "#" + long[:textHead] + "\na\x00b\n", []crawler.Entry{{URL: "a\x00b", Where: "f:2"}}},
	} {
		for _, text := range []string{c.text, compressed(c.text)} {
			got, err := listed(text)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %.200q, %v, want %.200q", c.name, fmt.Sprint(got), err, fmt.Sprint(c.want))
			}
		}
	}
}

func TestBinaryList(t *testing.T) {
	for _, text := range []string{"a\x00b\n", compressed("http://a/\n\x00"), "\ufeff\x00"} {
		if got, err := listed(text); err == nil || len(got) > 0 || exitCode(err) != exitUsage {
			t.Errorf("%.20q: %v, %v", text, got, err)
		}
	}
}

// FuzzLines: no input panics, and every line with something in it is yielded with its number.
func FuzzLines(f *testing.F) {
	for _, s := range []string{
		"", "http://a/\n", "\ufeffhttp://a/\r\n\r\n# c\nhttp://b/", "\x1f\x8b", compressed("a\nb\n"), compressed("a\nb\n")[:14],
		"\n\n\n", "\r", "a\rb\n", "\x00\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := listed(s)
		if strings.HasPrefix(s, "\x1f\x8b") {
			return // compressed: not to panic is enough
		}
		if head := strings.TrimPrefix(s, "\ufeff"); err != nil && strings.Contains(head[:min(len(head), textHead)], "\x00") {
			return // binary
		}
		if err != nil {
			t.Fatalf("listed(%q): %v", s, err)
		}
		i := 0
		for n, line := range strings.Split(strings.TrimPrefix(s, "\ufeff"), "\n") {
			text := strings.TrimSpace(line)
			if i := regexp.MustCompile(`(^|[ \t])#`).FindStringIndex(text); i != nil {
				text = strings.TrimRight(text[:i[0]], " \t")
			}
			if text == "" {
				continue
			}
			if i == len(got) {
				t.Fatalf("line %d, %.80q, is lost", n+1, text)
			}
			if want := fmt.Sprintf("f:%d", n+1); got[i].Where != want {
				t.Fatalf("%s has the place %s", want, got[i].Where)
			}
			if len(line) < maxLine && got[i].URL != text {
				t.Fatalf("line %d is %.80q, want %.80q", n+1, got[i].URL, text)
			}
			i++
		}
		if i != len(got) {
			t.Fatalf("%d entries, want %d", len(got), i)
		}
	})
}
