package main

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"crawl/crawler"
)

const someDigest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func at(line int, e crawler.Entry) crawler.Entry {
	e.Where = fmt.Sprintf("f:%d", line)
	return e
}

func TestTables(t *testing.T) {
	type entries = []crawler.Entry
	extra := func(pairs ...string) (list []crawler.Column) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, crawler.Column{Name: pairs[i], Value: pairs[i+1]})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		format listFormat
		text   string
		want   entries
	}{
		{"all columns", formatCSV, "label,URL,Name,SHA256,,x\ncat,http://a/,Tom, " + strings.ToUpper(someDigest) + ",5,\n", entries{
			at(2, crawler.Entry{URL: "http://a/", Name: "Tom", SHA256: someDigest, Extra: extra("label", "cat", "column_5", "5")}),
		}},
		{"BOM, CRLF, blanks, no last line end", formatCSV, "\ufeff\r\nurl,name\r\n\r\nhttp://a/,照片\r\nhttp://b/", entries{
			at(4, crawler.Entry{URL: "http://a/", Name: "照片"}), at(5, crawler.Entry{URL: "http://b/"}),
		}},
		{"quotes", formatCSV, "\"url\",name\n\"http://a/?x=1,2\",\"a \"\"b\"\"\r\nc\"\nhttp://b/,5\" disk\n", entries{
			at(2, crawler.Entry{URL: "http://a/?x=1,2", Name: "a \"b\"\r\nc"}), at(4, crawler.Entry{URL: "http://b/", Name: `5" disk`}),
		}},
		{"a quote that stays open costs its line", formatCSV, "url,name\n\"http://a/,x\nhttp://b/,\nhttp://c/,\"y\"\n\"", entries{
			at(2, crawler.Entry{URL: rowQuote}), at(3, crawler.Entry{URL: "http://b/"}), at(4, crawler.Entry{URL: "http://c/", Name: "y"}),
			at(5, crawler.Entry{URL: rowOpen}),
		}},
		{"open without end", formatCSV, "url\n\"http://a/\n" + strings.Repeat("http://b/\n", maxLine/8), append(
			entries{at(2, crawler.Entry{URL: rowOpen})}, repeated(3, maxLine/8, "http://b/")...)},
		{"bad rows", formatCSV, "url,name\n,x\nhttp://a/,b,c\n\"http://b/\"x,\n" + strings.Repeat("y", maxLine+5) + "\nhttp://c/\n", entries{
			at(2, crawler.Entry{URL: rowNoURL}), at(3, crawler.Entry{URL: "(a row of 3 values under 2 columns: quote a value that has the separator in it)"}),
			at(4, crawler.Entry{URL: rowQuote}), at(5, crawler.Entry{URL: rowLong}), at(6, crawler.Entry{URL: "http://c/"}),
		}},
		{"digest of nothing", formatCSV, "url,sha256\nhttp://a/," + strings.Repeat("0", 64) + "\n", entries{at(2, crawler.Entry{URL: rowZeros})}},
		{"bad digest", formatCSV, "url,sha256\nhttp://a/,123\n", entries{at(2, crawler.Entry{URL: rowDigest})}},
		{"semicolons", formatCSV, "url;name\nhttp://a/?x=1,2;y\n", entries{at(2, crawler.Entry{URL: "http://a/?x=1,2", Name: "y"})}},
		{"tabs", formatTSV, "name\turl\na, b\thttp://a/\n", entries{at(2, crawler.Entry{URL: "http://a/", Name: "a, b"})}},
		{"one column", formatCSV, "url\nhttp://a/\n\nhttp://b/\n", entries{
			at(2, crawler.Entry{URL: "http://a/"}), at(3, crawler.Entry{URL: rowNoURL}), at(4, crawler.Entry{URL: "http://b/"}),
		}},
		{"objects", formatJSONL, `{"b": 1.50, "url": " http://a/ ", "name": "照片", "a": {"x": [1, 2]}, "z": null, "t": true, "e": ""}` + "\r\n\n" +
			`{"name": "x"}` + "\nnot\n[1]\n{\"url\": \"http://b/\"} {}\n{\"url\": 5}\n" + `{"URL":"http://c/","SHA256":"` + someDigest + `"}`, entries{
			at(1, crawler.Entry{URL: "http://a/", Name: "照片", Extra: extra("b", "1.50", "a", `{"x": [1, 2]}`, "t", "true")}),
			at(3, crawler.Entry{URL: rowNoURL}), at(4, crawler.Entry{URL: rowNoJSON}), at(5, crawler.Entry{URL: rowNoJSON}),
			at(6, crawler.Entry{URL: rowNoJSON}), at(7, crawler.Entry{URL: "5"}), at(8, crawler.Entry{URL: "http://c/", SHA256: someDigest}),
		}},
		{"seen: CSV", "", "name,url\nx,http://a/\n", entries{at(2, crawler.Entry{URL: "http://a/", Name: "x"})}},
		{"seen: TSV", "", "\ufeffname\turl\nx\thttp://a/\n", entries{at(2, crawler.Entry{URL: "http://a/", Name: "x"})}},
		{"seen: JSONL", "", `{"url": "http://a/"}`, entries{at(1, crawler.Entry{URL: "http://a/"})}},
		{"seen: plain", "", "http://a/,url\n", entries{at(1, crawler.Entry{URL: "http://a/,url"})}},
		{"seen: a long line", "", strings.Repeat("y", maxLine) + "\nx", entries{at(1, crawler.Entry{URL: tooLong}), at(2, crawler.Entry{URL: "x"})}},
		{"no lines", "", "", nil},
	} {
		for _, text := range []string{c.text, compressed(c.text)} {
			got, err := listedAs(c.format, text)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %v\n got %.400q\nwant %.400q", c.name, err, fmt.Sprint(got), fmt.Sprint(c.want))
			}
		}
	}
}

func repeated(from, n int, url string) (list []crawler.Entry) {
	for i := range n {
		list = append(list, at(from+i, crawler.Entry{URL: url}))
	}
	return list
}

func TestTableErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\n":                                    "no header line",
		"a,b\nhttp://a/,x\n":                    "no column url: its first line names a, b",
		"url,x,x\n":                             "two columns x",
		"url,\"x\n":                             "a quote that is not closed",
		strings.Repeat("x", maxLine+1):          "longer than 64 KiB",
		"url" + strings.Repeat(",", maxColumns): "use at most 256",
	} {
		if got, err := listedAs(formatCSV, text); err == nil || len(got) > 0 || exitCode(err) != exitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestFormats(t *testing.T) {
	for path, want := range map[string]listFormat{
		"a.csv": formatCSV, "a.CSV.gz": formatCSV, "a.tsv": formatTSV, "a.jsonl.gz": formatJSONL, "a.ndjson": formatJSONL, "a.txt": "", "a.gz": "", "a": "",
	} {
		if got := formatOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	// A .csv without a header was a plain list before there were tables, and still is.
	s := source{arg: "f", format: formatCSV}
	if got := s.seen([]byte("http://a/\n")); got != formatPlain {
		t.Error(got)
	}
	if err := setFormat([]source{s}, "xml"); err == nil || exitCode(err) != exitUsage {
		t.Error(err)
	}
}

// FuzzTables: no input panics or is read for ever, each entry has a line of the input, in order, and no row is taken twice.
func FuzzTables(f *testing.F) {
	for _, s := range []string{
		"url,name\nhttp://a/,\"x\"\"\ny\"\n", "url\n\"a\n\"b\nc\n\"", "url\tx\n\"\"\"\n", `{"url":"a","b":[1]}`, "url;x\n\"a\";\"b\n\n", "url,b\n\",\",\"\n,\"\"\"\n",
		"\ufeffurl,sha256\r\n\"\r\n\",\r\n", "{}\n{\"url\":\n", "url,\"",
	} {
		for i := range 4 {
			f.Add(s, uint8(i))
		}
	}
	formats := []listFormat{formatCSV, formatTSV, formatJSONL, ""}
	f.Fuzz(func(t *testing.T, s string, format uint8) {
		got, err := listedAs(formats[int(format)%len(formats)], s)
		if err != nil || strings.HasPrefix(s, "\x1f\x8b") {
			return
		}
		last, lines := 0, strings.Count(s, "\n")+1
		for _, e := range got {
			n := 0
			if _, err := fmt.Sscanf(e.Where, "f:%d", &n); err != nil || n <= last || n > lines {
				t.Fatalf("%+v after line %d of %d", e, last, lines)
			}
			last = n
			if e.URL == "" {
				t.Fatalf("%+v has no URL", e)
			}
		}
	})
}
