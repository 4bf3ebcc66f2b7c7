package htmlscan

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// benchPage is a page of about 10 kB with 45 links, 4 start tags and 4 attributes around each.
func benchPage() []byte {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Benchmark &amp; page</title><script>1 < 2;</script></head><body>`)
	for i := range 45 {
		fmt.Fprintf(&b, `<div class="item"><a class="title" href="/news/2024/%d/a-story.html?ref=home&amp;pos=%d">Story</a><p>some words of text, enough `+
			`for a line or two of what people write</p><br><span id="n%d">x</span></div>`+"\n", i, i, i)
	}
	return []byte(b.String())
}

func BenchmarkScan(b *testing.B) {
	page := benchPage()
	var s Scanner
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	n := 0
	for b.Loop() {
		s.Reset(page, false)
		for n = 0; s.Next() != EOF; {
			n++
		}
	}
	b.ReportMetric(float64(n), "tokens")
}

// BenchmarkTokenizer is the tokenizer of x/net/html on the same page.
func BenchmarkTokenizer(b *testing.B) {
	page := benchPage()
	b.ReportAllocs()
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		z := html.NewTokenizer(bytes.NewReader(page))
		for z.Next() != html.ErrorToken {
			for more := true; more; {
				_, _, more = z.TagAttr()
			}
		}
	}
}
