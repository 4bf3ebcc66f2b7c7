package parse

import (
	"fmt"
	"strings"
	"testing"
)

// benchPage writes a page of about size bytes with the given number of links, in the manner of a news page: a head with
// style sheets and metas, a menu, articles with text, images and scripts.
func benchPage(size, links int) []byte {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Benchmark &amp; page</title>` +
		`<meta name="description" content="A page that is made for measuring"><link rel="stylesheet" href="/static/main.css?v=12">` +
		`<link rel="canonical" href="https://www.example.com/news/2024/page"><script>window.x = {"a": "<b>", "c": 1 < 2};</script></head><body class="page home">`)
	each := (size - b.Len()) / links
	for i := range links - 2 {
		start := b.Len()
		fmt.Fprintf(&b, `<div class="item item-%d" id="n%d"><h2><a class="title" href="/news/2024/%d/a-story-about-number-%d.html?ref=home&amp;pos=%d" title="Story">Story %d</a></h2><p>`, i, i, i%12, i, i, i)
		for b.Len()-start < each-10 {
			b.WriteString("some words of text ")
		}
		b.WriteString("</p></div>\n")
	}
	b.WriteString("</body></html>")
	return []byte(b.String())
}

func BenchmarkLight(b *testing.B) {
	for _, c := range []struct {
		name        string
		size, links int
	}{
		{"10kB/45links", 10 << 10, 45},
		{"100kB/450links", 100 << 10, 450},
		{"100kB/45links", 100 << 10, 45},
	} {
		body := benchPage(c.size, c.links)
		b.Run(c.name, func(b *testing.B) {
			benchLight(b, body)
		})
	}
}

// BenchmarkHostile measures pages made to cost time; each should stay near the speed of an honest one, byte for byte.
func BenchmarkHostile(b *testing.B) {
	for _, c := range []struct{ name, head, unit string }{
		{"angles", "", "<"},
		{"open tags", "", "<a "},
		{"attributes", "<a ", "b "},
		{"comments", "", "<!-->"},
		{"dashes", "<!--", "->"},
		{"unclosed svg", "", "<svg>"},
		{"end tags in svg", strings.Repeat("<svg>", 100), "</x>"},
		{"raw text", "<title>", "</title"},
		{"script", "<script><!--", "<script"},
		{"references", "<a href='", "&amp"},
		{"srcset", "<img srcset='", "a(,"},
		{"css", "<style>", "url("},
		{"long base", "<base href=/" + strings.Repeat("x", 8000) + "/>", "<a href=x>"},
		{"many links", "", "<a href=x"},
	} {
		body := []byte(c.head + strings.Repeat(c.unit, (1<<20)/len(c.unit)) + "'></style></script></title>")
		b.Run(c.name, func(b *testing.B) {
			benchLight(b, body)
		})
	}
}

func benchLight(b *testing.B, body []byte) {
	doc := &Document{URL: "https://www.example.com/news/index.html", ContentType: "text/html; charset=utf-8", Body: body}
	var l Light
	var p Page
	l.Parse(doc, &p)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		l.Parse(doc, &p)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "us/page")
	b.ReportMetric(float64(p.Links.Len()), "links")
}
