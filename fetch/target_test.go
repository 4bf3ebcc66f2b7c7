package fetch

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

func TestRequestLineIsUntouched(t *testing.T) { onBothEngines(t, testRequestLineIsUntouched) }

func testRequestLineIsUntouched(t *testing.T, newTestClient clientMaker) {
	var line atomic.Value
	url := server(t, func(_ http.ResponseWriter, r *http.Request) { line.Store(r.RequestURI) })
	c := newTestClient(t, Options{})
	for _, tt := range [][2]string{
		{"", "/"},
		{"/", "/"},
		{"?", "/?"},
		{"?a=b#frag", "/?a=b"},
		{"/a/../b/./c", "/a/../b/./c"},
		{"//double//slash", "//double//slash"},
		{"/a%2Fb%2fc%41", "/a%2Fb%2fc%41"},
		{"/|^[]{}\"<>`'", "/|^[]{}\"<>`'"},
		{"/ä?ö", "/%C3%A4?%C3%B6"},
		{"/x?a[]=1&b=%zz|", "/x?a[]=1&b=%zz|"},
		{"/a?b?c", "/a?b?c"},
	} {
		get(t, c, url+tt[0]).Release()
		if line.Load() != tt[1] {
			t.Errorf("%q was requested as %q, want %q", tt[0], line.Load(), tt[1])
		}
	}
}

func TestBadURLs(t *testing.T) { onBothEngines(t, testBadURLs) }

func testBadURLs(t *testing.T, newTestClient clientMaker) {
	c := newTestClient(t, Options{})
	for _, u := range []string{
		"", "/relative", "ftp://a.example/", "file:///etc/passwd", "http:/a", "http://", "http:///path", "http://:80/",
		"http://a b/", "http://a.example/a b", "http://a.example/\r\nX: y", "http://a.example/\x00", "http://a.example:0/",
		"http://a.example:99999/", "http://a.example:x/", "http://[::1/", "http://[1.2.3.4]/", "http://[::1]x/", "http://[fe80::1%25eth0]/",
		"http://user:secret@/", "http://a%2eb/", "http://a\\b/", "javascript:alert(1)", "http://a.example/" + strings.Repeat("x", maxURL),
	} {
		getError(t, c, &Request{URL: u}, RefusedAddress)
	}
}

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP://User:pw@Example.ORG:80/x": "http://example.org",
		"https://example.org:443":         "https://example.org",
		"https://example.org:80/":         "https://example.org:80",
		"http://[2001:DB8::1]:8080/":      "http://[2001:db8::1]:8080",
	} {
		target, bad := parseTarget(in)
		if got := target.origin(); bad != nil || got != want {
			t.Errorf("the origin of %q is %q, want %q; %v", in, got, want, bad)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{
		"http://a.example/", "https://u:p@[::1]:8/x?y#z", "http://a//b", "http://a//%zz?", "http://ä.example/ö", "HTTP://A?b", "http://@:@a:1/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tg, bad := parseTarget(s)
		if bad != nil {
			return
		}
		want := tg.path
		if tg.hasQ {
			want += "?" + tg.query
		}
		for _, proxied := range []bool{false, true} {
			got := tg.url(proxied).RequestURI()
			if got != want && got != tg.origin()+want {
				t.Errorf("%q is requested as %q, want %q", s, got, want)
			}
		}
		if again, bad := parseTarget(tg.origin() + want); bad != nil || again.origin() != tg.origin() || again.path != tg.path || again.query != tg.query {
			t.Errorf("%q does not survive: %+v", s, again)
		}
		if strings.ContainsAny(want, " \r\n\x00") {
			t.Errorf("%q lets a control character through", s)
		}
	})
}
