package site

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// extra is a resource that is not one of the numbered pages and images.
type extra struct {
	kind        Kind
	host        int
	path        string
	status      int
	contentType string
	location    string
	body        []byte // nil for the bomb and the sitemap, which are made when asked for
	entry       Entry  // title, charset and links, as paths of the first host or whole URLs
	hits        atomic.Uint32
}

const htmlType = "text/html; charset=utf-8"

// listedExtras are the paths on the first host that List has.
func listedExtras() []string {
	return []string{
		"/zh/gbk.html", "/zh/gbk-header.html", "/zh/gb2312.html", "/zh/big5.html", "/zh/big5-header.html",
		"/redirect/chain/1", "/redirect/cross", "/redirect/loop/a", "/odd/absent.html", "/odd/gone.html",
	}
}

// buildExtras makes the extras of all hosts, for the base URLs that these have now.
func (s *Site) buildExtras() {
	for h := range s.hosts {
		s.hosts[h].extras = map[string]*extra{}
		s.add(&extra{kind: KindRobots, host: h, path: "/robots.txt", contentType: "text/plain; charset=utf-8", body: s.robots(h)})
		s.add(&extra{kind: KindSitemap, host: h, path: "/sitemap.xml", contentType: "application/xml"})
	}
	s.manifest.Store(nil)
	if !s.o.Traps {
		return
	}
	s.addOdd()
	s.addCharsets()
	s.addRedirects()
	s.add(&extra{kind: KindBomb, path: "/bomb.gz", contentType: htmlType})
}

func (s *Site) add(x *extra) {
	if x.status == 0 {
		x.status = 200
	}
	s.hosts[x.host].extras[x.path] = x
}

func (s *Site) robots(host int) []byte {
	var b strings.Builder
	b.WriteString("# The built-in site's rules.\nUser-agent: *\n")
	if d := s.o.CrawlDelay; d > 0 {
		b.WriteString("Crawl-delay: " + strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "\n")
	}
	if s.o.Traps {
		b.WriteString("Disallow: /private/ # nothing here for crawlers\nAllow: /private/open.html\n" +
			"\nUser-agent: unwanted\nDisallow: /\n")
	} else {
		b.WriteString("Disallow:\n")
	}
	b.WriteString("\nSitemap: " + s.hosts[host].base + "/sitemap.xml\n")
	return []byte(b.String())
}

// sitemap lists a host's pages (sitemaps.org 0.9), the first 50,000 of them.
func (s *Site) sitemap(host int) []byte {
	var b strings.Builder
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n")
	for i, n := host, 0; i < s.o.Pages && n < sitemapURLs; i, n = i+s.o.Hosts, n+1 {
		b.WriteString("<url><loc>" + escape(s.pageURL(i)) + "</loc><lastmod>2024-01-02</lastmod></url>\n")
	}
	b.WriteString("</urlset>\n")
	return []byte(b.String())
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace(text)
}

// document is a small HTML document. head is markup for its head, body for its body.
func document(title, head, body string) []byte {
	return fmt.Appendf(nil, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>%s</head>\n"+
		"<body><h1>%s</h1>\n%s\n</body></html>\n", escape(title), head, escape(title), body)
}

// charsetPage says how a page in a Chinese charset names it.
type charsetPage struct {
	path, header, meta, charset, title string
	encoding                           encoding.Encoding
	language                           language
}

func charsetPages() []charsetPage {
	gbk, big5 := simplifiedchinese.GBK, traditionalchinese.Big5
	const simple, full = "简体中文网页：编码测试", "繁體中文網頁：編碼測試"
	return []charsetPage{
		{"/zh/gbk.html", "text/html", "gbk", "gbk", simple + "一", gbk, simplified},
		{"/zh/gbk-header.html", "text/html; charset=GBK", "", "gbk", simple + "二", gbk, simplified},
		// The label gb2312 stands for GBK on the web: the last character of this title is not in GB 2312.
		{"/zh/gb2312.html", "text/html", "gb2312", "gbk", simple + "三镕", gbk, simplified},
		{"/zh/big5.html", "text/html", "big5", "big5", full + "一", big5, traditional},
		{"/zh/big5-header.html", "text/html; charset=Big5", "", "big5", full + "二", big5, traditional},
	}
}

// searchPath is a page whose query is in the charset of the page that links it, as browsers send it: 中文 in GBK.
const searchPath = "/search?q=%D6%D0%CE%C4"

// addCharsets makes the pages in Chinese charsets.
func (s *Site) addCharsets() {
	for n, c := range charsetPages() {
		meta, link := "", "/odd/"
		if c.meta != "" {
			meta = "<meta charset=\"" + c.meta + "\">"
		}
		links := []string{"/odd/"}
		if c.path == "/zh/gbk.html" {
			link, links = "/search?q=中文", []string{searchPath}
		}
		rng := rand.New(rand.NewPCG(s.o.Seed, uint64(n)))
		text := s.v.pools[c.language].cut(nil, 3*paragraphBytes, rng)
		html := fmt.Sprintf("<!DOCTYPE html>\n<html lang=\"zh\"><head>%s<title>%s</title></head>\n<body><h1>%s</h1>\n<p>%s</p>\n"+
			"<a href=\"%s\">%s</a>\n</body></html>\n", meta, c.title, c.title, text, link, c.title)
		body, err := c.encoding.NewEncoder().String(html)
		if err != nil {
			panic("site: " + c.path + ": " + err.Error()) // a fault of this package: the characters are its own
		}
		s.add(&extra{
			kind: KindCharset, path: c.path, contentType: c.header, body: []byte(body),
			entry: Entry{Title: c.title, Charset: c.charset, Links: links},
		})
	}
	s.addPage(searchPath, "Search results", "", "<p>One result.</p>", Entry{})
}

// addRedirects makes redirects of each kind.
func (s *Site) addRedirects() {
	cross := s.pageURL(1 % s.o.Pages)
	for _, r := range []struct {
		path     string
		status   int
		location string
	}{
		{"/redirect/chain/1", 301, "/redirect/chain/2"},
		{"/redirect/chain/2", 302, "3"},
		{"/redirect/chain/3", 307, s.hosts[0].base + "/redirect/chain/4"},
		{"/redirect/chain/4", 308, "/odd/chain-end.html"},
		{"/redirect/cross", 303, cross},
		{"/redirect/loop/a", 302, "/redirect/loop/b"},
		{"/redirect/loop/b", 302, "/redirect/loop/a"},
		{"/redirect/self", 302, "/redirect/self"},
		// An address that a crawler refuses to be led to, and where nothing listens.
		{"/redirect/refused", 302, "http://127.255.255.254:9/inside"},
	} {
		s.add(&extra{kind: KindRedirect, path: r.path, status: r.status, location: r.location})
	}
	s.addPage("/odd/chain-end.html", "End of the chain", "", "<p>Four redirects led here.</p>", Entry{})
}
