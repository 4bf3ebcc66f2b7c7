package site

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// inProcess answers requests with a handler.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	r.RequestURI = r.URL.RequestURI()
	p.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// found is what a document has, read by a parser that knows nothing of this package.
type found struct {
	title, charset                  string
	links, nofollow, images, assets map[string]bool
}

type reader struct {
	found
	base *url.URL
	enc  encoding.Encoding
}

func read(t testing.TB, at, contentType string, body []byte) found {
	t.Helper()
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	enc, name, _ := charset.DetermineEncoding(body, contentType)
	text, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.ParseWithOptions(bytes.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{base: base, enc: enc}
	if name == "utf-8" {
		r.enc, _ = htmlindex.Get("utf-8")
	}
	r.charset = name
	r.links, r.nofollow, r.images, r.assets = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			r.element(n)
		}
	}
	maps.DeleteFunc(r.nofollow, func(u string, _ bool) bool { return r.links[u] })
	return r.found
}

func (r *reader) element(n *html.Node) {
	a := map[string]string{}
	for _, at := range n.Attr {
		a[at.Key] = at.Val
	}
	href, linked := a["href"]
	switch n.Data {
	case "title":
		r.title = n.FirstChild.Data
	case "base":
		r.base, _ = r.base.Parse(href)
	case "a", "area":
		if linked && strings.Contains(a["rel"], "nofollow") {
			r.put(r.nofollow, href)
		} else if linked {
			r.put(r.links, href)
		}
	case "iframe":
		r.put(r.links, a["src"])
	case "meta":
		if _, to, ok := strings.Cut(a["content"], "URL="); ok && a["http-equiv"] == "Refresh" {
			r.put(r.links, strings.Trim(to, "'"))
		}
	case "link":
		r.put(map[string]map[string]bool{
			"stylesheet": r.assets, "icon": r.images, "next": r.links, "canonical": r.links,
		}[a["rel"]], href)
	}
	if n.Data != "iframe" {
		for _, key := range []string{"src", "data-src", "poster"} {
			if a[key] != "" {
				r.put(r.images, a[key])
			}
		}
	}
	for part := range strings.SplitSeq(a["srcset"], ",") {
		if f := strings.Fields(part); len(f) > 0 && f[0] != "" {
			r.put(r.images, f[0])
		}
	}
	if _, to, ok := strings.Cut(a["style"], "url('"); ok {
		to, _, _ = strings.Cut(to, "'")
		r.put(r.assets, to)
	}
}

// put resolves a reference as the URL standard does, as far as the site's references need it.
func (r *reader) put(list map[string]bool, ref string) {
	if ref == "" || ref[0] == '#' {
		return // the same page
	}
	ref = strings.NewReplacer("\n", "", "\t", "").Replace(strings.TrimSpace(ref))
	if path, query, ok := strings.Cut(ref, "?"); ok {
		query, fragment, _ := strings.Cut(query, "#")
		if raw, err := r.enc.NewEncoder().String(query); err == nil && raw != query {
			query = strings.ReplaceAll(url.QueryEscape(raw), "%3D", "=")
		}
		ref = path + "?" + query + "#" + fragment
	}
	u, err := r.base.Parse(ref)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return
	}
	u.Fragment, u.RawFragment = "", ""
	list[u.String()] = true
}

func sameSet(t *testing.T, at, what string, got map[string]bool, want []string) {
	t.Helper()
	for _, u := range want {
		if !got[u] {
			t.Errorf("%s: %s of the manifest are not in the page: %s", at, what, u)
		}
	}
	for u := range got {
		if !slices.Contains(want, u) {
			t.Errorf("%s: %s of the page are not in the manifest: %s", at, what, u)
		}
	}
}

func TestPagesHaveTheManifestsLinks(t *testing.T) {
	s := start(t, Options{Seed: 3, Pages: 200, Images: 40, Hosts: 3, MaxSize: 20_000, Traps: true})
	c := client(t)
	checked := 0
	for _, e := range s.Expect().Entries {
		if !strings.HasPrefix(e.Type, "text/html") || e.Kind == KindBomb {
			continue
		}
		resp, body := get(t, c, e.URL)
		got := read(t, e.URL, resp.Header.Get("Content-Type"), body)
		if e.Title != "" && got.title != e.Title || e.Charset != got.charset && e.Bytes > 0 {
			t.Errorf("%s: title %q in %s, manifest has %q in %s", e.URL, got.title, got.charset, e.Title, e.Charset)
		}
		sameSet(t, e.URL, "links", got.links, e.Links)
		sameSet(t, e.URL, "nofollow links", got.nofollow, e.Nofollow)
		sameSet(t, e.URL, "images", got.images, e.Images)
		sameSet(t, e.URL, "assets", got.assets, e.Assets)
		checked++
	}
	if checked < 200 {
		t.Errorf("%d pages checked", checked)
	}
}

func TestEveryPageIsReachedFromTheRoot(t *testing.T) {
	s := start(t, Options{Seed: 4, Pages: 150, Images: 40, Hosts: 3, MaxSize: 8_000, Traps: true})
	m := s.Expect()
	c := client(t)
	seen, queue := map[string]bool{m.Root: true}, []string{m.Root}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		e := m.Find(at)
		if e == nil || e.Kind != KindPage {
			continue
		}
		resp, body := get(t, c, at)
		got := read(t, at, resp.Header.Get("Content-Type"), body)
		for _, list := range []map[string]bool{got.links, got.images} {
			for u := range list {
				if !seen[u] {
					seen[u] = true
					queue = append(queue, u)
				}
			}
		}
	}
	for _, e := range m.Entries {
		if (e.Kind == KindPage || e.Kind == KindImage) && !strings.Contains(e.URL, "/odd/") && !seen[e.URL] {
			t.Errorf("%s is not reached from the root", e.URL)
		}
		unlinked := e.URL == m.Hosts[0]+"/odd/chain-end.html" || strings.Contains(e.URL, "/redirect/chain/") ||
			strings.HasSuffix(e.URL, "/loop/b") || e.Kind == KindRobots || e.Kind == KindSitemap ||
			strings.HasSuffix(e.URL, "/odd/hidden.html") || strings.HasSuffix(e.URL, "/odd/nofollow.html") ||
			strings.HasSuffix(e.URL, "/private/drawer.html")
		if e.Depth < 0 && !unlinked {
			t.Errorf("%s is not reached in the manifest", e.URL)
		}
	}
}

func TestHostsHaveTreesOfTheirOwn(t *testing.T) {
	s, err := New(Options{Pages: 500, Hosts: 4})
	if err != nil {
		t.Fatal(err)
	}
	m := s.Expect()
	for h, root := range m.Hosts {
		pages := 0
		for _, u := range m.Crawl(Crawl{Seeds: []string{root + "/"}, Depth: -1, SameHost: true}) {
			if !strings.HasPrefix(u, root+"/") {
				t.Fatalf("%s is not on host %d", u, h)
			}
			pages++
		}
		if pages != 125 {
			t.Errorf("%d pages on host %d, want 125", pages, h)
		}
	}
}

func TestCrawlOfTheManifest(t *testing.T) {
	s, err := New(Options{Pages: 100, Traps: true, Hosts: 2})
	if err != nil {
		t.Fatal(err)
	}
	m := s.Expect()
	at := func(paths ...string) (out []string) {
		for _, p := range paths {
			out = append(out, m.Hosts[0]+p)
		}
		slices.Sort(out)
		return out
	}
	for _, tc := range []struct {
		name string
		c    Crawl
		want []string
	}{
		{"a list alone", Crawl{Seeds: at("/odd/base.html")}, at("/odd/base.html")},
		{
			"links of it",
			Crawl{Seeds: at("/odd/base.html"), Depth: 1},
			at("/odd/base.html", "/odd/deep/up.html", "/odd/deep/er/below.html"),
		},
		{"nothing behind nofollow", Crawl{Seeds: at("/odd/noindex.html"), Depth: 1}, at("/odd/noindex.html")},
		{
			"unless told so",
			Crawl{Seeds: at("/odd/noindex.html"), Depth: 1, Nofollow: true},
			at("/odd/noindex.html", "/odd/hidden.html"),
		},
		{"nothing behind robots.txt", Crawl{Seeds: at("/private/"), Depth: 1}, at("/private/")},
		{
			"unless ignored",
			Crawl{Seeds: at("/private/"), Depth: 1, IgnoreRobots: true},
			at("/private/", "/private/drawer.html"),
		},
		{"a redirect's target has no row", Crawl{Seeds: at("/redirect/chain/1"), Depth: 1}, at("/redirect/chain/1")},
		{"a calendar's end", Crawl{Seeds: at(calendarEntrance), Depth: 5}, at(calendarEntrance)},
	} {
		if got := m.Crawl(tc.c); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	chain := m.Find(m.Hosts[0] + "/redirect/chain/1")
	if chain.Final != m.Hosts[0]+"/odd/chain-end.html" {
		t.Errorf("the chain ends at %q", chain.Final)
	}
	if loop := m.Find(m.Hosts[0] + "/redirect/loop/a"); loop.Final != "" {
		t.Errorf("the loop ends at %q", loop.Final)
	}
}
