package parse

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var pageSeeds = []string{
	`<html lang=en><head><base href="/b/"><title>a &amp; b</title><meta name=robots content=nofollow><link rel=canonical href=x>`,
	`<a href=1><img src=2 srcset="3 2x, 4"><style>a{b:url(5)}</style><meta http-equiv=refresh content="0;url=6"><base href=//h/>`,
	"<meta charset=gbk><title>\xc4\xe3</title><a href='?\xc4\xe3'>",
	"\xff\xfe<\x00a\x00 \x00h\x00r\x00e\x00f\x00=\x001\x00>\x00",
	`<svg><a xlink:href=1><image href=2 /></svg><p style="a:url(1)" data-bg=2>`,
	"<a href=\"http://[::1]:80/\t\n..%2e/\xff\">",
}

func FuzzLight(f *testing.F) {
	for _, s := range pageSeeds {
		f.Add([]byte(s), "text/html", `<x>; rel=next`, "noindex")
	}
	f.Add([]byte(`@import "a";b{c:url(d)}`), "text/css", "", "")
	var l Light
	f.Fuzz(func(t *testing.T, body []byte, contentType, link, robots string) {
		var p Page
		doc := Document{URL: "http://h/d/p?q", ContentType: contentType, Link: []string{link}, RobotsTag: []string{robots}, Body: body}
		l.Parse(&doc, &p)
		checkPage(t, &p)
	})
}

// checkPage tests what holds of every page.
func checkPage(t *testing.T, p *Page) {
	t.Helper()
	for _, s := range append([]string{p.Title, p.Description, p.Lang, p.Canonical, p.Charset, p.MediaType}, p.Defects...) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r\t\x1b") || strings.Contains(s, "  ") {
			t.Fatalf("not clean: %q", s)
		}
	}
	type key struct {
		url  string
		kind Kind
	}
	seen := map[key]bool{}
	for i := range p.Links.Len() {
		url, kind, _ := p.Links.At(i)
		u := string(url)
		if !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") || strings.Contains(u, "#") {
			t.Fatalf("link %q", u)
		}
		if seen[key{u, kind}] {
			t.Fatalf("link %q twice", u)
		}
		seen[key{u, kind}] = true
	}
}

// FuzzAgainstTree compares with the tree of x/net/html on pages where a tree says no more than the tags: each anchor of
// the tree and each image is among the links, and no other.
func FuzzAgainstTree(f *testing.F) {
	for _, s := range pageSeeds {
		f.Add(s)
	}
	f.Add(`<table><tr><a href=1><td><a href=2></table><a href=3`)
	f.Add(`<p><a href=1><a href='2'><div><img src=3 src=4></a><textarea><a href=x></textarea><caption><image src=5></p></html><a href=6>`)
	f.Fuzz(func(t *testing.T, body string) {
		low := strings.ToLower(body)
		for _, s := range []string{"<base", "<svg", "<math", "<!--", "<select", "<frameset", "<noscript", "<template", "<title", "<html", "<body", "<head", "<iframe", "<area", "<plaintext", "<link", "<input", "style", "srcset", "data-", "background", "poster", "<meta"} {
			if strings.Contains(low, s) {
				return
			}
		}
		if !utf8.ValidString(body) {
			return
		}
		root, err := html.ParseWithOptions(strings.NewReader(body), html.ParseOptionEnableScripting(false))
		if err != nil {
			return
		}
		var l Light
		var want, got Page
		l.begin(&Document{URL: "http://h/d/p?q", ContentType: "text/html"}, &want)
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				switch {
				case n.Data == "a" && a.Key == "href":
					l.link(KindAnchor, []byte(a.Val), false)
				case n.Data == "img" && a.Key == "src":
					l.link(KindImage, []byte(a.Val), false)
				}
			}
		}
		l.end()
		l.Parse(&Document{URL: "http://h/d/p?q", ContentType: "text/html; charset=utf-8", Body: []byte(body)}, &got)
		if d := cmp.Diff(navigation(&want), navigation(&got)); d != "" {
			t.Fatalf("%q: the tree and the scan differ:\n%s", body, d)
		}
	})
}

// navigation gives the anchors and images of a page, sorted: a table moves them about in the tree.
func navigation(p *Page) []string {
	var got []string
	for i := range p.Links.Len() {
		if url, kind, _ := p.Links.At(i); kind == KindAnchor || kind == KindImage {
			got = append(got, string(kind)+" "+string(url))
		}
	}
	slices.Sort(got)
	return got
}

func FuzzSrcset(f *testing.F) {
	for _, s := range []string{"a, b 2x", "a (", "a 1w 2h,,", "a -1e+5x, .", ", ,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, attr string) {
		for _, url := range candidates(attr) {
			if url == "" && !strings.Contains(attr, ",") || strings.ContainsAny(url, " \t\n") || !strings.Contains(attr, url) {
				t.Fatalf("%q: candidate %q", attr, url)
			}
		}
	})
}

func FuzzRefresh(f *testing.F) {
	for _, s := range []string{"0;url=x", "5 'x'", ".;u", "1;url = \"x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if url, ok := refreshURL([]byte(content)); ok != (len(url) > 0) || !strings.Contains(content, string(url)) {
			t.Fatalf("%q: %q, %t", content, url, ok)
		}
	})
}

func FuzzLinkHeader(f *testing.F) {
	for _, s := range []string{`<a>; rel="next", <b>`, `<a>;rel="\`, `;,<`, `<a>;rel=x;as`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if n := strings.Count(headerLinks(header), "|"); n > 3*len(header) {
			t.Fatalf("%q: more links than bytes", header)
		}
	})
}

func FuzzCSS(f *testing.F) {
	for _, s := range []string{`@import "a"; b{c:url(d)}`, `url( "x\"`, `/*`, `@namespace url(`, `\`, `url(\`, "url('\n')"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		c := cssRefs{b: []byte(sheet)}
		for n, last := 0, -1; ; n++ {
			_, ok := c.next()
			if !ok {
				return
			}
			if c.pos <= last || n > len(sheet) {
				t.Fatalf("%q: no way forward at %d", sheet, c.pos)
			}
			last = c.pos
			if !mayReferCSS([]byte(sheet)) {
				t.Fatalf("%q: mayReferCSS is false, but there is one", sheet)
			}
		}
	})
}
