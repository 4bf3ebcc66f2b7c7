package parse

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// pageOf is an article page of about n kB: headings, paragraphs, links, a list.
func pageOf(kB int) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>A page to measure</title></head><body><h1>Heading</h1>\n")
	for i := 0; b.Len() < kB*1000-100; i++ {
		fmt.Fprintf(&b, "<div class=\"row\"><h2>Part %d</h2><p>Some <b>words</b> of text, with <a class=\"next\" href=\"/page/%d?x=1&amp;y=2\">a link</a> "+
			"and &ldquo;quotes&rdquo; in it, and so on to the end of the line.</p><ul><li>one</li><li>two</li></ul></div>\n", i, i)
	}
	b.WriteString("</body></html>")
	return []byte(b.String())
}

func BenchmarkExtract(b *testing.B) {
	for _, what := range []struct {
		name  string
		rules Rules
	}{
		{"tree", Rules{}},
		{"rules", mustRules(b, false, "title=title", "h=h2", "link=a.next@href")},
		{"text", Rules{Text: true}},
	} {
		for _, kB := range []int{1, 10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%dkB", what.name, kB), func(b *testing.B) {
				body := pageOf(kB)
				doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=utf-8", Body: body}
				p := NewInProcess()
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.Extract(context.Background(), doc, what.rules); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
