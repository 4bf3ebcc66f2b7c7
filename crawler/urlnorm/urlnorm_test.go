package urlnorm

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		err       error
	}{
		{"HTTP://Example.com", "http://example.com/", nil},
		{"  https://example.com:443/a b?c d#e\n", "https://example.com/a%20b?c%20d", nil},
		{"http://user:secret@example.com/", "http://example.com/", nil},
		{"http://example.com/caf\u00e9?\u00e9", "http://example.com/caf%C3%A9?%C3%A9", nil},
		{"http://b\u00fccher.example", "http://xn--bcher-kva.example/", nil},
		{"http://0x7f.1:080/", "http://127.0.0.1/", nil},
		{"http://[0:0::1]:8080", "http://[::1]:8080/", nil},
		{"http://127.0.0.1", "http://127.0.0.1/", nil},
		{"http://a_b.example/?", "http://a_b.example/?", nil},
		{"http://xn--pokxncvks/", "http://xn--pokxncvks/", nil},
		{"http://EX%41mple.com/^{`", "http://example.com/%5E%7B%60", nil},
		{"http://1.2.+3/", "http://1.2.+3/", nil},
		{"http://./", "http://./", nil},
		{"http://00222222222222222222222222q/", "http://00222222222222222222222222q/", nil},
		{"http://0222222222222222222222222222/", "", ErrInvalid},
		{"http://" + strings.Repeat("\u00e9", maxOddHost/2+1) + ".example/", "", ErrInvalid},
		{"http://1.+2.3/", "", ErrInvalid},
		{"http://user:secret@exa mple.com/", "", ErrInvalid},
		{"user:secret@example.com/", "", ErrScheme},
		{"http:\\\\user:secret@exa mple.com/", "", ErrInvalid},
		{"http://[[::1]]/", "", ErrInvalid},
		{"http://[fe80::1%25eth0]/", "", ErrInvalid},
		{"http://\u00e4%2fb/", "", ErrInvalid},
		{"http://%5B::1%5D/", "", ErrInvalid},
		{"http://exa mple.com/", "", ErrInvalid},
		{"http://example.com:65536/", "", ErrInvalid},
		{"http://", "", ErrInvalid},
		{"", "", ErrInvalid},
		{"/path", "", ErrInvalid},
		{"example.com/x", "", ErrInvalid},
		{"example.com:8080/x", "", ErrScheme},
		{"ftp://example.com/", "", ErrScheme},
		{"java\nscript:alert(1)", "", ErrScheme},
		{"http://example.com/" + strings.Repeat("x", MaxURL), "", ErrTooLong},
		{"http://example.com/" + strings.Repeat("\u00e9", MaxURL/4), "", ErrTooLong},
		{"data:image/png;base64," + strings.Repeat("x", MaxURL), "", ErrScheme},
		{"http://example.com/#" + strings.Repeat("x", MaxURL), "http://example.com/", nil},
	} {
		got, err := Parse(c.raw)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Parse(%.60q) = %q, %v, want %q, %v", c.raw, got, err, c.want, c.err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("Parse(%.60q): the message shows userinfo: %v", c.raw, err)
		}
		if err != nil && len(err.Error()) > 2*shownURL {
			t.Errorf("Parse(%.60q): the message is %d bytes long", c.raw, len(err.Error()))
		}
	}
}

func TestHasUserinfo(t *testing.T) {
	for raw, want := range map[string]bool{
		"http://user:secret@h/": true, "HTTP:\\\\user@h": true, " http:u:p@h/x": true, "http://a@b@c": true, "http://:p@h?q": true,
		"http://h/": false, "http://h/@b": false, "http://h?a@b": false, "http://h#a@b": false, "http://@h/": false, "": false, "@": false,
	} {
		if got := HasUserinfo(raw); got != want {
			t.Errorf("%q: %v, want %v", raw, got, want)
		}
	}
}

func TestResolve(t *testing.T) {
	b, err := NewBase("https://user@Example.com/a/b/c?q#f")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "https://example.com/a/b/c?q"; got != want {
		t.Errorf("base is %q, want %q", got, want)
	}
	for ref, want := range map[string]string{
		"":                                "https://example.com/a/b/c?q",
		"#top":                            "https://example.com/a/b/c?q",
		"?":                               "https://example.com/a/b/c?",
		"?x=1&y='":                        "https://example.com/a/b/c?x=1&y=%27",
		"d":                               "https://example.com/a/b/d",
		"./d/./e":                         "https://example.com/a/b/d/e",
		"../d":                            "https://example.com/a/d",
		"../../../../d":                   "https://example.com/d",
		"..":                              "https://example.com/a/",
		"d/..":                            "https://example.com/a/b/",
		"d//..":                           "https://example.com/a/b/d/",
		"%2e%2E/d":                        "https://example.com/a/d",
		".d/..e/...":                      "https://example.com/a/b/.d/..e/...",
		"/d":                              "https://example.com/d",
		"\\d\\e":                          "https://example.com/d/e",
		"//other/d":                       "https://other/d",
		"https:d":                         "https://example.com/a/b/d",
		"http:d":                          "http://d/",
		"https://EXAMPLE.com":             "https://example.com/",
		"https://example.com/x":           "https://example.com/x",
		"https://example.com//x?y=/../z?": "https://example.com//x?y=/../z?",
		"https://example.com/x/../y":      "https://example.com/y",
		"https://example.com/\t/x y":      "https://example.com//x%20y",
		"https://example.com/x?y='#z":     "https://example.com/x?y=%27",
		"https://example.com@h/x":         "https://h/x",
		"https://example.com?x":           "https://example.com/?x",
		"http://example.com:443":          "http://example.com:443/",
		"d\te\n f":                        "https://example.com/a/b/de%20f",
		"d?e?f/../g":                      "https://example.com/a/b/d?e?f/../g",
		"a:1/b":                           "",
	} {
		got, err := b.Resolve(nil, []byte(ref))
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("Resolve(%q) = %q, %v, want %q", ref, got, err, want)
		}
	}
}

func TestWithCharset(t *testing.T) {
	b, err := NewBase("http://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ charset, ref, want string }{
		{"windows-1252", "/\u00e9?\u00e9\u4e2d#\u00e9", "/%C3%A9?%E9%26%2320013%3B"},
		{"ISO-8859-2", "?\u0159", "/?%F8"},
		{"", "?\u00e9", "/?%C3%A9"},
		{"utf-16le", "?\u00e9", "/?%C3%A9"},
		{"replacement", "?\u00e9", "/?%C3%A9"},
		{"no such charset", "?\u00e9", "/?%C3%A9"},
		{"gb2312", "?\u4e2d", "/?%D6%D0"},
		{"shift_jis", "?\u2212\u00a5\u203e\uff71\u0080", "/?%81|\\~%B1%80"},
		{"euc-jp", "?\u2212\u00a5\u203e\uff71\u4e02", "/?%A1%DD\\~%8E%B1%26%2319970%3B"},
		{"iso-2022-jp", "?\u65e5 '", "/?%1B$BF|%1B(B%20%27"},
		{"euc-kr", "?\uac00", "/?%B0%A1"},
	} {
		got, err := b.WithCharset(c.charset).Resolve(nil, []byte(c.ref))
		if want := "http://example.com" + c.want; err != nil || string(got) != want {
			t.Errorf("%s: %+q: got %q, %v, want %q", c.charset, c.ref, got, err, want)
		}
	}
}

func TestKey(t *testing.T) {
	for href, want := range map[string]string{
		"http://a/":                     "http://a/",
		"http://a/?":                    "http://a/",
		"http://a/??":                   "http://a/??",
		"http://a/?b?":                  "http://a/?b?",
		"https://a:81/":                 "https://a:81/",
		"http://a/%7Eb/%c3%a9?%41=%2f":  "http://a/~b/%C3%A9?A=%2F",
		"http://a/%%32e":                "http://a/%%32e",
		"http://a/%2%65":                "http://a/%2%65",
		"http://a/%%41%42":              "http://a/%%41B",
		"http://a/%zz%41":               "http://a/%zzA",
		"http://a/100%":                 "http://a/100%",
		"http://a//b/../?b=1&a=2&a=#no": "http://a//b/../?b=1&a=2&a=#no",
	} {
		if got := string(AppendKey(nil, []byte(href))); got != want {
			t.Errorf("key of %q is %q, want %q", href, got, want)
		}
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct{ href, hostPort, hostname, origin, path string }{
		{"http://a.b/", "a.b", "a.b", "http://a.b", "/"},
		{"https://a.b:81/x/y?z://q", "a.b:81", "a.b", "https://a.b:81", "/x/y?z://q"},
		{"http://[::1]:81/x", "[::1]:81", "::1", "http://[::1]:81", "/x"},
		{"http://a", "a", "a", "http://a", "/"},
		{"", "", "", "", "/"},
	} {
		start, end := SplitHost([]byte(c.href))
		if got := c.href[start:end]; got != c.hostPort {
			t.Errorf("SplitHost(%q) gives %q, want %q", c.href, got, c.hostPort)
		}
		if Hostname(c.href) != c.hostname || Origin(c.href) != c.origin || PathAndQuery(c.href) != c.path {
			t.Errorf("%q has the parts %q, %q, %q", c.href, Hostname(c.href), Origin(c.href), PathAndQuery(c.href))
		}
	}
}

func TestRegistrableDomain(t *testing.T) {
	for host, want := range map[string]string{
		"www.example.com":      "example.com",
		"a.b.example.co.uk":    "example.co.uk",
		"example.com.":         "example.com",
		"x.github.io":          "x.github.io",
		"localhost":            "localhost",
		"co.uk":                "co.uk",
		"127.0.0.1":            "127.0.0.1",
		"2001:db8::1":          "2001:db8::1",
		"www.xn--bcher-kva.ch": "xn--bcher-kva.ch",
		"":                     "",
	} {
		if got := RegistrableDomain(host); got != want {
			t.Errorf("RegistrableDomain(%q) = %q, want %q", host, got, want)
		}
	}
}

// TestNoAllocations holds the fast path to its promise.
func TestNoAllocations(t *testing.T) {
	b, err := NewBase("https://www.example.com/news/2024/index.html")
	if err != nil {
		t.Fatal(err)
	}
	dst, key := make([]byte, 0, MaxURL), make([]byte, 0, MaxURL)
	if n := testing.AllocsPerRun(100, func() {
		for _, ref := range pageLinks {
			href, err := b.Resolve(dst[:0], ref)
			if err == nil {
				AppendKey(key[:0], href)
			}
		}
	}); n != 0 {
		t.Errorf("the links of a page cost %v allocations, want none", n)
	}
}
