package crawler

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"crawl/crawler/frontier"
	"crawl/fetch"
	"crawl/sink"
)

// pageOf45Links writes a page of 9 kB with 45 links to others of n pages, in the manner of a catalogue: a
// paragraph around each link, every ninth of them a picture's.
func pageOf45Links(n int, rnd *rand.Rand) []byte {
	const words = "not for you there should you in could any harbour village their market silver "
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page: also with long to should</title>\n" +
		"<meta name=\"description\" content=\"man under after when his do as island market\">\n<meta name=\"viewport\" content=\"width=device-width\"></head>\n<body>")
	for i := range 40 {
		if i%8 == 0 {
			fmt.Fprintf(&b, "<h2>Part %d</h2>\n<p class=\"lead\">%s</p>\n<img src=\"/i/%05d.png\" alt=\"up life\" width=\"320\" height=\"200\">\n", i/8, words, rnd.IntN(5000))
		}
		to := rnd.IntN(n)
		fmt.Fprintf(&b, "<p>%s<a href=\"/p/%05d.html\" title=\"to page %d\">captain science now</a> &amp; <em>so on</em>.</p>\n", (words + words)[:70+i%36], to, to)
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

// BenchmarkPage takes pages apart as a crawl that follows links does, from the body in memory to the items for the
// frontier: parsing, the record, the choice of links, the cache of known ones. The body's hash is left out.
func BenchmarkPage(b *testing.B) {
	for name, scope := range map[string]Scope{
		"plain":    {Follow: ScopeHost},
		"excluded": {Follow: ScopeHost, Exclude: []*regexp.Regexp{regexp.MustCompile("/i/*")}},
	} {
		b.Run(name, func(b *testing.B) {
			benchPages(b, &Options{Depth: 1000, Scope: scope})
		})
	}
}

func benchPages(b *testing.B, o *Options) {
	const site = 20_000
	rnd := rand.New(rand.NewPCG(1, 2))
	var bodies [64][]byte
	for i := range bodies {
		bodies[i] = pageOf45Links(site, rnd)
	}
	c := &Crawl{o: *o, store: &Store{seed: 1}, pages: sync.Pool{New: newLinked}, parsing: sync.Pool{New: newParser}}
	s := &schedule{c: c, known: newKnown()}
	for i := range site { // a crawl under way knows most links
		url := fmt.Sprintf("http://127.0.0.1:8290/p/%05d.html", i)
		s.known.claim(c.store.Key(url), 1, false)
	}
	header := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	t := &task{lease: frontier.Lease{ID: 1, URL: "http://127.0.0.1:8290/p/00000.html", Depth: 3}}
	b.ReportAllocs()
	i, links := 0, 0
	for b.Loop() {
		r := &result{task: t, body: bodies[i%len(bodies)]}
		i++
		r.record = &sink.Record{URL: t.lease.URL, ContentType: "text/html; charset=utf-8"}
		c.parsePage(context.Background(), t, r, &fetch.Response{Header: header})
		links = r.record.Links.Len()
		s.discovered(nil, r.links, &t.lease)
		c.recycle(r.links)
	}
	b.ReportMetric(float64(links), "links")
	b.ReportMetric(float64(len(bodies[0])), "bytes")
}
