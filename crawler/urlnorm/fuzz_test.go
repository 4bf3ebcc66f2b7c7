package urlnorm

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// oracle is the URL library with the path percent-encode set of the present standard, which has "^" in it.
var oracle = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')))

// oracleResolve gives the library's href without userinfo and fragment, and whether there is one that is http or https.
func oracleResolve(base, ref string) (href string, ok bool) {
	u, err := oracle.ParseRef(base, ref)
	if err != nil || u.Scheme() != "http" && u.Scheme() != "https" {
		return "", false
	}
	full := u.Href(true)
	query := ""
	if i := strings.IndexByte(full, '?'); i >= 0 {
		query = full[i:]
	}
	return u.Protocol() + "//" + u.Host() + u.Pathname() + query, true
}

// libraryDiffers names, broadly, the inputs on which the library's answer is not asked: it checks the labels of an ASCII
// domain that start with xn--, takes signs in the numbers of an IPv4 address, takes a label that starts with a number too
// big for it for an address, drops doubled brackets of an IPv6 address, and encodes hosts that are too long for DNS.
func libraryDiffers(ref string) bool {
	ref = strings.ToLower(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(ref))
	return len(ref) > maxOddHost || strings.Contains(ref, "xn--") || strings.Contains(ref, "[[") || strings.Contains(ref, "]]") ||
		strings.ContainsAny(ref, "+-") && strings.ContainsAny(ref, "0123456789%") || bigNumber.MatchString(ref)
}

var bigNumber = regexp.MustCompile(`[0-9a-f]{16}`)

var fuzzBases = []string{
	"http://example.com/", "https://example.com:8443/a/b/c.html?q=1", "http://127.0.0.1:8080/dir//x/?",
	"http://[::1]/a%2eb/%C3%A9;p", "https://a.b/x/../y/",
}

func FuzzResolve(f *testing.F) {
	for _, ref := range []string{
		"", "#x", "?q=1#x", "page.html", "./a/../b/.", "../../..", "/abs/path?x=y", "//Host:80/x", "HTTPS://u:p@H.Example:443",
		"http:rel", "https:/x", "http:\\\\x\\y", "/%2e%2E/x", " \x01/a\tb ", "mailto:a@b", "javascript:x", "http://0x7f.1/",
		"http://1.2.3.4.5/", "http://[1::2:3.4.5.6]:81", "http://ex%61mple/", "http://é.fr/é?é#é", "http://a\xff/", "a:b", "/\xffx?\xff",
		"http://a..b./", "http://a:99999/", "http://@/", "http:///x//y", "//", "/..//../a", "..%2f", ".%2e/", "x/.%2Ey", "?", "a^b'c`{}|",
		"http://％４１.com", "http://a%2fb", "http://faß.ExAmple/", "http://1e2/", "http://0x/", "http://09.1", "http://a@b@c:8/", "[x]",
		"http://example.com/a/b?c", "http://example.com//x/./y", "http://example.com/x:y@z#w", "https://example.com:8443/q?r='s", "http://[::1]/a.b/.c", "//%C2\xbb",
	} {
		for i := range fuzzBases {
			f.Add(uint8(i), []byte(ref))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, ref []byte) {
		base := fuzzBases[int(which)%len(fuzzBases)]
		b, err := NewBase(base)
		if err != nil {
			t.Fatal(err)
		}
		prefix := []byte("kept")
		out, err := b.Resolve(prefix, ref)
		if !bytes.HasPrefix(out, prefix) {
			t.Fatalf("Resolve(%q) lost what was in dst: %q", ref, out)
		}
		if err != nil && len(out) != len(prefix) {
			t.Fatalf("Resolve(%q) failed with %v and left %q", ref, err, out)
		}
		checkReset(t, b, string(ref))
		got := string(out[len(prefix):])
		if err == nil {
			checkHref(t, got)
		}
		if errors.Is(err, ErrTooLong) || libraryDiffers(string(ref)) {
			return
		}
		want, ok := oracleResolve(b.String(), string(ref))
		if ok != (err == nil) || got != want {
			t.Errorf("%q on %q: got %q, %v, the library says %q, %v", ref, base, got, err, want, ok)
		}
	})
}

// checkReset: a Base that is used again is as a new one.
func checkReset(t *testing.T, used *Base, href string) {
	t.Helper()
	again := Base{href: bytes.Clone(used.href), charset: charsetOf("gbk")}
	resetErr := again.Reset(href)
	fresh, err := NewBase(href)
	if (resetErr == nil) != (err == nil) {
		t.Fatalf("Reset(%q): %v, NewBase: %v", href, resetErr, err)
	}
	if err != nil {
		fresh = new(Base)
	}
	if again.String() != fresh.String() || again.host != fresh.host || again.root != fresh.root || again.dir != fresh.dir || again.query != fresh.query || again.charset != nil {
		t.Fatalf("Reset(%q) gives %+v, NewBase %+v", href, again, *fresh)
	}
}

// checkHref holds an href to what the package promises of it.
func checkHref(t *testing.T, href string) {
	t.Helper()
	again, err := Parse(href)
	if err != nil || again != href {
		t.Errorf("Parse(%q) = %q, %v: not a fixed point", href, again, err)
	}
	if strings.ContainsAny(href, "# \t\n\r") {
		t.Errorf("%q has a fragment or whitespace", href)
	}
	for _, c := range []byte(href) {
		if c >= utf8.RuneSelf || c < ' ' {
			t.Errorf("%q is not printable ASCII", href)
		}
	}
	if Hostname(href) == "" || PathAndQuery(href)[0] != '/' || Origin(href)+PathAndQuery(href) != href {
		t.Errorf("%q has the parts %q %q %q", href, Hostname(href), Origin(href), PathAndQuery(href))
	}
	if start, end := SplitHost([]byte(href)); strings.ContainsAny(href[start:end], "@/?") {
		t.Errorf("host of %q is %q", href, href[start:end])
	}
}

func FuzzKey(f *testing.F) {
	for _, href := range []string{
		"http://a/", "http://a/?", "http://a/??", "http://a/%7euser/%2f%2F?a=%41&b=%c3%a9", "http://a/100%", "http://a/%%32e",
		"http://a/%2%65", "http://a/%zz%41", "http://a/%%%41%42%43%44", "http://a/x?%3f?", "https://a:8443/%2e%2e%2e/%2d?",
	} {
		f.Add([]byte(href))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		href, err := new(Base).Resolve(nil, raw)
		if err != nil {
			return
		}
		key := AppendKey([]byte("kept"), href)
		if !bytes.HasPrefix(key, []byte("kept")) {
			t.Fatalf("AppendKey(%q) lost what was in dst", href)
		}
		key = key[len("kept"):]
		if IsKey(href) && !bytes.Equal(key, href) {
			t.Errorf("the key of %q is %q, not itself", href, key)
		}
		if again := AppendKey(nil, key); !bytes.Equal(again, key) {
			t.Errorf("the key of %q is %q, and of that %q", href, key, again)
		}
		checkHref(t, string(key))
	})
}

// FuzzCharset holds the encoded query to the href's alphabet in every charset that a page may have.
func FuzzCharset(f *testing.F) {
	for _, charset := range []string{"gbk", "gb18030", "big5", "iso-2022-jp", "euc-jp", "shift_jis", "euc-kr", "windows-1252", "x-user-defined"} {
		f.Add(charset, []byte("?q=\u00e9\u4e2d\uff71\ue4c6\xff\U0001f4a9 '\"\x1b"))
	}
	f.Fuzz(func(t *testing.T, charset string, ref []byte) {
		b, err := NewBase("http://example.com/a/?b")
		if err != nil {
			t.Fatal(err)
		}
		href, err := b.WithCharset(charset).Resolve(nil, ref)
		if err == nil {
			checkHref(t, string(href))
		}
	})
}
