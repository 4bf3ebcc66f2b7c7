package fetch

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unsafe"
)

func cookiesFor(t testing.TB, j *Jar, rawURL string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, c := range j.Cookies(u) {
		s = append(s, c.Name+"="+c.Value)
	}
	return strings.Join(s, " ")
}

// A jar that keeps a cookie does not keep the whole header it came with.
func TestJarKeepsNoHeader(t *testing.T) { onBothEngines(t, testJarKeepsNoHeader) }

func testJarKeepsNoHeader(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1; Path=/x", "b=2"}
	})
	var jar keptCookies
	resp := get(t, newTestClient(t, Options{Jar: &jar}), url)
	defer resp.Release()
	if len(jar) != 2 {
		t.Fatalf("%d cookies", len(jar))
	}
	for i, line := range resp.Header["Set-Cookie"] {
		if c := jar[i]; c.Raw != line || unsafe.StringData(c.Raw) == unsafe.StringData(line) {
			t.Errorf("%q of %q is no copy", c.Raw, line)
		}
	}
}

// keptCookies is a jar that keeps what it is given.
type keptCookies []*http.Cookie

func (k *keptCookies) Cookies(*url.URL) []*http.Cookie           { return nil }
func (k *keptCookies) SetCookies(_ *url.URL, got []*http.Cookie) { *k = append(*k, got...) }

const cookieFile = "\ufeff# Netscape HTTP Cookie File\r\n" +
	"\r\n" +
	".shop.example\tTRUE\t/\tFALSE\t0\tsession\tabc\r\n" +
	"www.shop.example\tFALSE\t/cart\tTRUE\t4102444800\tcart\t1\r\n" +
	"#HttpOnly_shop.example\tFALSE\t/\tFALSE\t0\thidden\tx\n" +
	"shop.example\tFALSE\t/\tFALSE\t1\told\tx\n" +
	"127.0.0.1\tFALSE\t/\tFALSE\t0\tlocal\t\n"

func TestLoadCookies(t *testing.T) {
	j, err := LoadCookies("jar.txt", strings.NewReader(cookieFile))
	if err != nil {
		t.Fatal(err)
	}
	for u, want := range map[string]string{
		"http://shop.example/":          "session=abc hidden=x",
		"http://www.shop.example/":      "session=abc",
		"http://www.shop.example/cart":  "session=abc",
		"https://www.shop.example/cart": "cart=1 session=abc",
		"http://other.example/":         "",
		"http://notshop.example/":       "",
		"http://127.0.0.1/":             "local=",
	} {
		if got := cookiesFor(t, j, u); got != want {
			t.Errorf("%s: %q, want %q", u, got, want)
		}
	}
}

func TestBadCookieLines(t *testing.T) {
	for _, line := range []string{
		"no tabs", "a.example\tTRUE\t/\tFALSE\t0\tn\tv\tmore", "\tTRUE\t/\tFALSE\t0\tn\tv", "a b\tTRUE\t/\tFALSE\t0\tn\tv",
		"a.example\tyes\t/\tFALSE\t0\tn\tv", "a.example\tTRUE\tx\tFALSE\t0\tn\tv", "a.example\tTRUE\t/\t1\t0\tn\tv",
		"a.example\tTRUE\t/\tFALSE\tsoon\tn\tv", "a.example\tTRUE\t/\tFALSE\t-1\tn\tv", "a.example\tTRUE\t/\tFALSE\t0\t\tv",
		"a.example\tTRUE\t/\tFALSE\t0\tn\tv\x00", "a.example\tTRUE\t/\tFALSE\t0\tn\tv; w", ".co.uk\tTRUE\t/\tFALSE\t0\tn\tv",
		strings.Repeat("x", maxCookieLine+1),
	} {
		_, err := LoadCookies("jar.txt", strings.NewReader("# comment\n"+line+"\n"))
		if err == nil || !strings.HasPrefix(err.Error(), "jar.txt: line 2: ") {
			t.Errorf("%.40q: %v", line, err)
		}
	}
}

func TestJarIsBounded(t *testing.T) {
	j, err := LoadCookies("jar.txt", strings.NewReader("mine.example\tFALSE\t/\tFALSE\t0\tn\tv\n"))
	if err != nil {
		t.Fatal(err)
	}
	set := func(host string, cookies ...*http.Cookie) {
		j.SetCookies(&url.URL{Scheme: "http", Host: host, Path: "/"}, cookies)
	}
	for i := range 2 * maxCookieSites {
		set(fmt.Sprintf("www.%d.example", i), &http.Cookie{Name: "a", Value: "b"})
		set("often.example", &http.Cookie{Name: "a", Value: "b"})
	}
	if n := len(j.sites); n > maxCookieSites+1 || j.order.Len() > maxCookieSites {
		t.Errorf("%d sites", n)
	}
	for host, want := range map[string]string{
		"mine.example": "n=v", "often.example": "a=b", "www.0.example": "", fmt.Sprintf("www.%d.example", 2*maxCookieSites-1): "a=b",
	} {
		if got := cookiesFor(t, j, "http://"+host+"/"); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
	var many []*http.Cookie
	for i := range 1000 {
		many = append(many, &http.Cookie{Name: fmt.Sprint("n", i), Value: "v"})
	}
	set("many.example", many...)
	if n := strings.Count(cookiesFor(t, j, "http://many.example/"), "="); n != maxCookiesPerResponse {
		t.Errorf("%d cookies of one answer", n)
	}
	for i := range 100 {
		set("many.example", many[10*i:]...)
	}
	if n := strings.Count(cookiesFor(t, j, "http://many.example/"), "="); n > maxCookiesPerSite {
		t.Errorf("%d cookies of one site", n)
	}
	set("big.example", &http.Cookie{Name: "a", Value: strings.Repeat("x", maxCookieBytes)})
	set("a.co.uk", &http.Cookie{Name: "a", Value: "b", Domain: "co.uk"})
	for _, host := range []string{"big.example", "b.co.uk"} {
		if got := cookiesFor(t, j, "http://"+host+"/"); got != "" {
			t.Errorf("%s: %q", host, got)
		}
	}
}

func TestJarInUse(t *testing.T) {
	u := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		fmt.Fprint(w, r.Header.Get("Cookie"))
	})
	c := newTestClient(t, Options{
		Jar: NewJar(), Header: http.Header{"Cookie": {"mine=2"}}, CredentialOrigin: func(string) bool { return true },
	})
	for _, want := range []string{"mine=2", "mine=2; seen=1", "mine=2; seen=1"} {
		resp := get(t, c, u)
		if string(resp.Body) != want {
			t.Errorf("sent %q, want %q", resp.Body, want)
		}
		resp.Release()
	}
}

func FuzzLoadCookies(f *testing.F) {
	f.Add(cookieFile)
	f.Add("a.example\tTRUE\t/\tFALSE\t0\tn")
	f.Fuzz(func(t *testing.T, s string) {
		j, err := LoadCookies("f", strings.NewReader(s))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f: line ") {
				t.Errorf("message %q", err)
			}
			return
		}
		for _, c := range cookiesFor(t, j, "https://a.example/") {
			if c == '\r' || c == '\n' || c == 0 {
				t.Errorf("a cookie breaks the header")
			}
		}
	})
}
