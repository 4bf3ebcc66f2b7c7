package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// linkList writes a page's links one a line: "kind url", with "!" for nofollow.
func linkList(p *Page) string {
	var b strings.Builder
	for i := range p.Links.Len() {
		url, kind, nofollow := p.Links.At(i)
		b.WriteByte(byte(kind))
		if nofollow {
			b.WriteByte('!')
		}
		fmt.Fprintf(&b, " %s\n", strings.TrimPrefix(string(url), "http://h/"))
	}
	return b.String()
}

func parseHTML(body string) *Page {
	var l Light
	var p Page
	l.Parse(&Document{URL: "http://h/d/p?q", ContentType: "text/html; charset=utf-8", Body: []byte(body)}, &p)
	return &p
}

func TestLinks(t *testing.T) {
	for _, c := range []struct{ about, body, want string }{
		{"anchors", `<a href=1>x</a><A HREF='/2'>y</A><area href="../3"><a name=x>`, "a d/1\na 2\na 3\n"},
		{"with references and spaces", "<a href=' a?b=1&amp;c=2&copy=3\n'>", "a d/a?b=1&c=2&copy=3\n"},
		{"schemes", `<a href="mailto:x"><a href="javascript:a()"><a href="data:,x"><a href="HTTPS://x.y/#f"><a href=ftp://x>`, "a https://x.y/\n"},
		{"the same page", `<a href="#top"><a href=""><img src>`, ""},
		{"each once", `<a href=1><a href="./1#x"><img src=1><a href=1>`, "a d/1\ni d/1\n"},
		{"nofollow", `<a rel="x NoFollow" href=1><a rel=ugc href=2><a rel=sponsored href=3><a rel=noopener href=4>`, "a! d/1\na! d/2\na! d/3\na d/4\n"},
		{"followed in one place", `<a rel=nofollow href=1><a href=1>`, "a d/1\n"},
		{"robots nofollow", `<a href=1><meta name=ROBOTS content="NoFollow">`, "a! d/1\n"},
		{"frames", `<iframe src=1><a href=2></iframe><frame src=3><iframe data-src=4></iframe>`, "f d/1\nf d/3\nf d/4\n"},
		{"link elements", `<link rel=stylesheet href=1><link rel="alternate stylesheet" href=2><link rel=Next href=3><link rel=alternate href=4>
			<link rel="shortcut icon" href=5><link rel=canonical href=6><link rel=preload as=image href=7 imagesrcset="8 2x"><link rel=manifest href=9>
			<link rel=dns-prefetch href=//x><link href=10>`, "s d/1\ns d/2\nl d/3\nl d/4\ni d/5\nc d/6\ni d/7\ni d/8\ns d/9\n"},
		{
			"images", `<img src=1 srcset="2, 3 2x"><image src=4><input type=Image src=5><input src=x><picture><source srcset="6 100w"></picture><table background=7>`,
			"i d/1\ni d/2\ni d/3\ni d/4\ni d/5\ni d/6\ni d/7\n",
		},
		{
			"late images", `<img src="data:image/gif;base64,R0" data-src=1 data-srcset="2 1x" data-original=3 data-lazy-src=4><div data-bg="url('5')"><div data-background-image=6><div data-src=x>`,
			"i d/1\ni d/2\ni d/3\ni d/4\ni d/5\ni d/6\n",
		},
		{
			"media", `<video src=1 poster=2><source src=3><track src=4></video><audio src=5></audio><embed src=6><object data=7>`,
			"m d/1\ni d/2\nm d/3\nm d/4\nm d/5\nm d/6\nm d/7\n",
		},
		{"svg", `<svg><a xlink:href=1><image href=2 xlink:href=x /><use href="#u"/><use href="3#u"/><title><b></title><link rel=stylesheet href=x></a></svg>`, "a d/1\ni d/2\ni d/3\n"},
		{"css", `<p style="background:URL( '1' )"><style>@import "2"; a{b:url(3)} /* url(x) */ @import url(4);</style><p style="content:'url(x)'">`, "u d/1\nu d/2\nu d/3\nu d/4\n"},
		{"refresh", `<meta http-equiv=Refresh content="0; URL='1'"><meta http-equiv=refresh content=5>`, "r d/1\n"},
		{"og:image", `<meta property="og:image" content=1><meta name="twitter:image" content=2>`, "i d/1\ni d/2\n"},
		{
			"all late images", `<img data-image=1 data-thumb=2 data-full-src=3 data-zoom-image=4 data-large_image=5 data-img-src=6 data-hi-res-src=7 data-lazy=8 data-lazyload=9 data-echo=a data-poster=b data-original-set="c 1x" data-lazy-srcset=d><i data-bg-src=e data-background=f>`,
			"i d/1\ni d/2\ni d/3\ni d/4\ni d/5\ni d/6\ni d/7\ni d/8\ni d/9\ni d/a\ni d/b\ni d/c\ni d/d\ni d/e\ni d/f\n",
		},
		{"late media and code", `<video data-src=1></video><source data-src=2><script data-src=3 data-image=4></script>`, "m d/1\nm d/2\n"},
		{"import alone", `<style>@import/**/"1"</style><style>@media print{}</style>`, "u d/1\n"},
		{"base", `<base target=x><base href="/b/"><base href=/c/><a href=1><a href="#x">`, "a b/1\na b/\n"},
		{"base after links", `<a href=1><base href="/b/"><a href=2>`, "a b/1\na b/2\n"},
		{"base of another scheme", `<base href="ftp://x/"><a href=1>`, "a d/1\n"},
		{"hidden", `<!-- <a href=1> --><script>"<a href=2>"</script><textarea><a href=3></textarea><template><a href=4></template><noscript><img src=5></noscript>`, "a d/4\ni d/5\n"},
	} {
		p := parseHTML(c.body)
		if d := cmp.Diff(c.want, linkList(p)); d != "" {
			t.Errorf("%s: %s\n%s", c.about, c.body, d)
		}
	}
}

func TestMetadata(t *testing.T) {
	p := parseHTML("<html lang=' de-AT '><head><title>\n A &amp;\u00a0<b>\x01\u202e\xff </title><svg><title>x</title></svg><title>y</title>" +
		`<meta name=description content=" a&lt;  b "><meta property="og:description" content=z><link rel=canonical href="/c#f"><meta name="crawl" content="none, NOAI"><meta name=robots content="noarchive">`)
	p.Links = Links{}
	want := &Page{
		MediaType: "text/html", Charset: "utf-8", Title: "A & <b>\uFFFD", Description: "a< b", Canonical: "http://h/c", Lang: "de-AT",
		NoIndex: true, NoFollow: true, NoArchive: true, NoAI: true,
	}
	if d := cmp.Diff(want, p, cmp.AllowUnexported(Links{}, linkEnd{}), cmp.Comparer(func(a, b []string) bool { return len(a)+len(b) == 0 })); d != "" {
		t.Error(d)
	}
}

func TestFallbacks(t *testing.T) {
	p := parseHTML(`<html xml:lang=de><meta property="og:description" content=z>`)
	if p.Lang != "de" || p.Description != "z" {
		t.Errorf("%+v", p)
	}
	if p = parseHTML(`<meta http-equiv=Content-Language content=fr><meta name=description content="">`); p.Lang != "fr" || p.Description != "" {
		t.Errorf("%+v", p)
	}
}

func TestUnusable(t *testing.T) {
	for _, c := range []struct{ url, contentType, body, defect string }{
		{"ftp://x/", "text/html; charset=utf-8", "<base href=/><a href=1>", "no links were taken"},
		{"http://h/", "text/html; charset=x-\u202efoo", "<title>t</title>", "charset in Content-Type is not known: x-foo"},
		{"http://h/", "text/html; charset=utf-8", `<base href="http://a b/">`, "base is not usable"},
	} {
		var l Light
		var p Page
		l.Parse(&Document{URL: c.url, ContentType: c.contentType, Body: []byte(c.body)}, &p)
		if len(p.Defects) != 1 || !strings.Contains(p.Defects[0], c.defect) || p.Links.Len() > 0 {
			t.Errorf("%s: %q, %d links", c.defect, p.Defects, p.Links.Len())
		}
	}
}

func TestHeaders(t *testing.T) {
	var l Light
	var p Page
	l.Parse(&Document{
		URL: "http://h/d/p", ContentType: "image/png", Body: []byte("\x89PNG\r\n\x1a\n"),
		Link:      []string{`<1>; rel="next", <2>; rel=canonical; rel=next`, `<3>; title="a, b"; rel="prev"; x, <4>; rel=next; anchor="#x", <5>; rel=stylesheet`},
		RobotsTag: []string{"otherbot: noindex, noarchive", "unavailable_after: 25 Jun 2010 15:00:00 PST, noai", "crawl: nofollow"},
	}, &p)
	if d := cmp.Diff("l! d/1\nc! d/2\nl! d/3\ns! d/5\n", linkList(&p)); d != "" {
		t.Error(d)
	}
	if p.NoIndex || p.NoArchive || !p.NoAI || !p.NoFollow || p.Canonical != "http://h/d/2" || p.Charset != "" || p.MediaType != "image/png" {
		t.Errorf("%+v", p)
	}
}

func TestHeadersStayWithLateBase(t *testing.T) {
	var l Light
	var p Page
	l.Parse(&Document{
		URL: "http://h/d/p", ContentType: "text/html", Body: []byte(`<title>t</title><a href=1><base href=/b/>`),
		Link: []string{`<1>; rel=next`}, RobotsTag: []string{"noindex"},
	}, &p)
	if d := cmp.Diff("l d/1\na b/1\n", linkList(&p)); d != "" || !p.NoIndex || p.Title != "t" {
		t.Error(d, p)
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct{ contentType, body, charset, title, links string }{
		{"text/html; charset=gbk", "<title>\xc4\xe3</title><a href='?\xc4\xe3&amp;\xc4\xe3'>", "gbk", "你", "a d/p?%C4%E3&%C4%E3\n"},
		{"text/html; charset=iso-8859-1", "<title>\xe9</title><a href='\xe9?\xe9'>", "windows-1252", "é", "a d/%C3%A9?%E9\n"},
		{"text/html; charset=utf-16le", "<\x00t\x00i\x00t\x00l\x00e\x00>\x00\xe9\x00<\x00/\x00t\x00i\x00t\x00l\x00e\x00>\x00<\x00a\x00 \x00h\x00r\x00e\x00f\x00=\x001\x00>\x00", "utf-16le", "é", "a d/1\n"},
		{"text/html", "\xef\xbb\xbf<title>é</title>", "utf-8", "é", ""},
	} {
		var l Light
		var p Page
		l.Parse(&Document{URL: "http://h/d/p", ContentType: c.contentType, Body: []byte(c.body)}, &p)
		if p.Charset != c.charset || p.Title != c.title || linkList(&p) != c.links {
			t.Errorf("%s %q: charset %s, title %q, links %q", c.contentType, c.body, p.Charset, p.Title, linkList(&p))
		}
	}
}

func TestOtherTypes(t *testing.T) {
	for _, c := range []struct{ contentType, body, links, charset string }{
		{"text/css", "@import 'a'; b{c:url(d)}", "u d/a\nu d/d\n", "utf-8"},
		{"text/css", "@namespace url(x); @namespace \"y;z\"; b{c:url(d e) url( f\n) \\url(g) url(h\\29 i) url(\"j\\\nk\") url(", "u d/f\nu d/h)i\nu d/jk\n", "utf-8"},
		{"application/xhtml+xml", `<html xmlns="x"><script src="y"/><title/><a href="1"/><![CDATA[<a href="x"/>]]></html>`, "a d/1\n", "utf-8"},
		{"text/plain", "<a href=1>", "", "utf-8"},
	} {
		var l Light
		var p Page
		l.Parse(&Document{URL: "http://h/d/p", ContentType: c.contentType + "; charset=utf-8", Body: []byte(c.body)}, &p)
		if linkList(&p) != c.links || p.Charset != c.charset {
			t.Errorf("%s %s: links %q, charset %q", c.contentType, c.body, linkList(&p), p.Charset)
		}
	}
}

func TestReuse(t *testing.T) {
	var l Light
	var p Page
	for _, body := range []string{
		`<html lang=x><title>t</title><meta name=description content=d><meta name=robots content=none><base href=/b/><a href=1><a href=::>`,
		`<a href=2>`,
	} {
		l.Parse(&Document{URL: "http://h/", ContentType: "text/html; charset=utf-8", Body: []byte(body)}, &p)
	}
	if d := cmp.Diff("a 2\n", linkList(&p)); d != "" || p.Title+p.Description+p.Lang+p.Canonical != "" || p.NoIndex || p.NoFollow || len(p.Defects) > 0 {
		t.Errorf("the second page holds something of the first: %s %+v", d, p)
	}
}

func TestBounds(t *testing.T) {
	long := strings.Repeat("x", maxRef+1)
	var many strings.Builder
	for i := range maxLinks + 10 {
		fmt.Fprintf(&many, "<a href=%d>", i)
	}
	for _, c := range []struct{ about, body, defect string }{
		{"links", many.String(), "too many links: left out 10 of them"},
		{"long link", `<a href="` + long + `"><a href="data:` + long + `">`, "links longer than 8192 bytes: left out 1"},
		{"title", "<title>" + strings.Repeat("ä ", maxTitle) + "</title>", "title, description or language longer than the limit: cut 1"},
		{"bytes", `<base href="/` + strings.Repeat("b", 4<<10) + `/">` + many.String(), "too many links"},
		{"work", `<base href="/` + strings.Repeat("b", 4<<10) + `/">` + strings.Repeat("<a href=x>", 20_000), "too many links"},
		{"attributes", `<p ` + strings.Repeat("a ", 1000) + `>`, "tags with too many attributes"},
		{"invalid", `<a href="http://a b/">`, "links that are not valid URLs: left out 1"},
		{"svg", `<div><svg></div>`, "svg or math whose end"},
	} {
		p := parseHTML(c.body)
		if got := strings.Join(p.Defects, "\n"); !strings.Contains(got, c.defect) {
			t.Errorf("%s: defects are %q, want %q", c.about, got, c.defect)
		}
		if p.Links.Len() > maxLinks || len(p.Links.buf) > maxLinkBytes+maxRef || len(p.Title) > maxTitle {
			t.Errorf("%s: %d links in %d bytes, a title of %d", c.about, p.Links.Len(), len(p.Links.buf), len(p.Title))
		}
	}
}
