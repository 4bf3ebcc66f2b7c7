package robots

import (
	"strings"
	"testing"
)

// fits is the definition of a match, by trying every way: the reference for the matcher.
func fits(pattern, path string) bool {
	switch {
	case pattern == "":
		return true
	case pattern == "$":
		return path == ""
	case pattern[0] == '*':
		for i := 0; i <= len(path); i++ {
			if fits(pattern[1:], path[i:]) {
				return true
			}
		}
		return false
	}
	return path != "" && path[0] == pattern[0] && fits(pattern[1:], path[1:])
}

func FuzzMatch(f *testing.F) {
	for _, c := range [][2]string{
		{"/", "/x"},
		{"/a*b$", "/axbxb"},
		{"*", "/"},
		{"/*$", "/x"},
		{"/a**a*$", "/aa"},
		{"/$", "/"},
		{"/$$", "/$"},
		{"/a*a*a*b", "/aaaa"},
		{"/%7e%2a", "/~%2A"},
		{"/a*ba", "/abab"},
		{"/x*$y", "/x$y"},
	} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		// The reference is exponential in the asterisks.
		if strings.Count(pattern, "*") > 4 || len(path) > 40 || len(pattern) > 40 {
			return
		}
		pattern, path = "/"+normalise(pattern), "/"+normalise(path)
		r := newRule(disallowPrefix, pattern, 1, 0)
		got, searched := r.match(path)
		if searched > len(path) {
			t.Errorf("%q on %q: %d bytes were searched", pattern, path, searched)
		}
		if want := fits(pattern, path); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, path, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, body := range []string{
		"", "\xef\xbb\xbfUser-agent: *\r\nDisallow: /a*b$ # c\rAllow: /index.html\nCrawl-delay: .5\nSitemap: x",
		"user-agent crawl\ndisallow /", "User-agent: a\nUser-agent: crawl\nCrawl-delay: 1\nUser-agent: b\nDisallow: /%zz%41\xff",
	} {
		f.Add([]byte(body), "/a/b?c=%41%zz\xff")
	}
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		rules := Parse(body)
		g := rules.Agent("crawl")
		d := g.Decide(path)
		if d.Line == 0 && d.Rule != TooCostly && (!d.Allowed || d.Rule != "") || d.Line < 0 || d.Line > len(body) {
			t.Errorf("%q on %q: %+v", path, body, d)
		}
		if d.Allowed != (d.Rule == "" || strings.HasPrefix(d.Rule, allowPrefix)) {
			t.Errorf("%q on %q: %+v", path, body, d)
		}
		if wait, _ := g.CrawlDelay(); wait < 0 || wait > MaxCrawlDelay {
			t.Errorf("%q: delay %v", body, wait)
		}
		kept := 0
		for _, b := range rules.blocks {
			for _, r := range b.rules {
				kept += len(r.text)
			}
			for _, a := range b.agents {
				kept += len(a)
			}
		}
		if kept > 8*len(body) { // an octet takes three, an index page a second rule
			t.Errorf("%d bytes are kept of %d", kept, len(body))
		}
	})
}
