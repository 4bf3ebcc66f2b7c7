package site

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCounts(t *testing.T) {
	var log bytes.Buffer
	s := start(t, Options{Pages: 10, Images: 3, Log: &log})
	c := client(t)
	urls := append(s.List(), s.URL(), s.Hosts()[1]+"/robots.txt", s.Hosts()[0]+"/nothing", s.Hosts()[0]+"/nothing")
	for _, u := range urls {
		get(t, c, u)
	}
	got := s.Requests()
	if got[s.URL()] != 2 || got[s.Hosts()[0]+"/nothing"] != 2 || got[s.Hosts()[1]+"/robots.txt"] != 1 || len(got) != 15 {
		t.Errorf("counts %v", got)
	}
	lines := s.RequestLog()
	if len(lines) != len(urls) || lines[0].URL != urls[0] || lines[len(urls)-1].URL != urls[len(urls)-1] {
		t.Errorf("%d lines in the log of %d requests, or not in order", len(lines), len(urls))
	}
	st := s.Stats()
	if st.Requests != int64(len(urls)) || st.MaxActive != 1 || st.Bytes == 0 {
		t.Errorf("stats %+v", st)
	}
	s.Close() // a line is written after its answer
	if n := strings.Count(log.String(), "\n"); n != len(urls) {
		t.Errorf("%d lines written for %d requests", n, len(urls))
	}
	s.ResetCounts()
	if len(s.Requests()) != 0 || len(s.RequestLog()) != 0 || s.Stats().Requests != 0 {
		t.Error("something is counted after a reset")
	}
}

func TestMostAtOnce(t *testing.T) {
	s := start(t, Options{Pages: 20, Hosts: 2, LatencyMin: 200 * time.Millisecond})
	c := client(t)
	var wg sync.WaitGroup
	for _, u := range []string{s.pageURL(0), s.pageURL(2), s.pageURL(4), s.pageURL(1)} {
		wg.Go(func() { get(t, c, u) })
	}
	wg.Wait()
	// How many overlap is the scheduler's matter; that none is counted beyond its host's is not.
	st := s.Stats()
	if st.MaxActive > 4 || st.MaxActive < 1 || st.MaxActivePerHost[0] > 3 || st.MaxActivePerHost[1] != 1 {
		t.Errorf("stats %+v", st)
	}
}

func TestRevalidationAndRanges(t *testing.T) {
	s := start(t, Options{Pages: 5, Images: 2})
	c := client(t)
	for _, u := range []string{s.pageURL(4), s.imageURL(1)} {
		resp, _ := get(t, c, u)
		if resp.Header.Get("Last-Modified") == "" {
			t.Errorf("%s has no date", u)
		}
		again, body := get(t, c, u, "If-None-Match", resp.Header.Get("Etag"))
		if again.StatusCode != http.StatusNotModified || len(body) != 0 {
			t.Errorf("%s asked for again: status %d", u, again.StatusCode)
		}
	}
	_, whole := get(t, c, s.imageURL(0))
	resp, rest := get(t, c, s.imageURL(0), "Range", "bytes=1000-")
	if resp.StatusCode != http.StatusPartialContent || !bytes.Equal(rest, whole[1000:]) {
		t.Errorf("a range: status %d, %d of %d bytes", resp.StatusCode, len(rest), len(whole))
	}
}

func TestGzip(t *testing.T) {
	s := start(t, Options{Pages: 5, Gzip: true})
	c := client(t)
	_, plain := get(t, c, s.pageURL(3))
	resp, packed := get(t, c, s.pageURL(3), "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" || len(packed) >= len(plain) {
		t.Fatalf("encoding %q, %d bytes of %d", resp.Header.Get("Content-Encoding"), len(packed), len(plain))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%d bytes, %v; want the same %d", len(got), err, len(plain))
	}
}

func TestMethods(t *testing.T) {
	s := start(t, Options{Pages: 5, Images: 1, Traps: true})
	c := client(t)
	for _, u := range append(s.List(), s.Hosts()[0]+"/bomb.gz") {
		resp, err := c.Head(u)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.ContentLength < 0 {
			t.Errorf("HEAD %s tells no length", u)
		}
	}
	for _, tc := range []struct {
		path string
		want int
	}{{"/", 405}, {"/_reset", 204}} {
		resp, err := c.Post(s.Hosts()[0]+tc.path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tc.want {
			t.Errorf("POST %s: status %d, want %d", tc.path, resp.StatusCode, tc.want)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d URLs counted after a reset over HTTP", n)
	}
}

func TestRobotsAndSitemap(t *testing.T) {
	s := start(t, Options{Pages: 9, CrawlDelay: 1500 * time.Millisecond, Traps: true})
	c := client(t)
	for h, base := range s.Hosts() {
		_, robots := get(t, c, base+"/robots.txt")
		for _, line := range []string{"Crawl-delay: 1.5\n", "Disallow: /private/", "Allow: /private/open.html\n", "Sitemap: " + base + "/sitemap.xml\n"} {
			if !strings.Contains(string(robots), line) {
				t.Errorf("robots.txt of host %d has no line %q", h, line)
			}
		}
		_, sitemap := get(t, c, base+"/sitemap.xml")
		if n := strings.Count(string(sitemap), "<loc>"+base); n != 3 {
			t.Errorf("sitemap of host %d has %d pages", h, n)
		}
	}
}

func TestRelative(t *testing.T) {
	for _, tc := range [][3]string{
		{"/", "/a/b", "a/b"},
		{"/a/b", "/a/c", "c"},
		{"/a/b/c", "/a/d/e", "../d/e"},
		{"/a/b", "/", "../"},
		{"/a", "/", "./"},
		{"/a/", "/a/", "./"},
		{"/s/item?id=1", "/s/item?id=2", "?id=2"},
		{"/s/item?id=1/2", "/s/other", "other"},
	} {
		if got := relative(tc[0], tc[1]); got != tc[2] {
			t.Errorf("%s from %s: %q, want %q", tc[1], tc[0], got, tc[2])
		}
	}
}

func FuzzFind(f *testing.F) {
	s, err := New(Options{Pages: 30, Images: 6, MaxSize: 3_000, Traps: true})
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range s.Expect().Entries {
		f.Add(strings.TrimPrefix(e.URL, s.Hosts()[0]))
	}
	f.Add("/img/999999999999999999999.jpg")
	f.Add("/calendar/-1/01")
	f.Fuzz(func(t *testing.T, path string) {
		for h, base := range s.Hosts() {
			res := s.find(h, path)
			if res.kind == KindPage && s.pageURL(res.index) != base+path || res.kind == KindImage && res.odd == nil && s.imageURL(res.index) != base+path {
				t.Errorf("%q on host %d was taken for %+v", path, h, res)
			}
		}
	})
}

// Around the sizes at which the server's writes become one, then two, then more.
func TestBodiesOfEachSizeArrive(t *testing.T) {
	for _, size := range []int{1, 1_500, 2_047, 2_048, 3_700, 3_900, 4_000, 4_096, 4_097, 4_300, 8_000, 8_192, 12_300, 70_000, 3 << 20} {
		s := start(t, Options{Pages: 3, Hosts: 1, Links: 1, MinSize: size, MaxSize: size})
		c := client(t)
		for range 2 { // the second on a connection that was used
			for i := range 3 {
				if _, body := get(t, c, s.pageURL(i)); !bytes.Equal(body, s.rendered[i]) {
					t.Errorf("size %d: got %d bytes of %d", size, len(body), len(s.rendered[i]))
				}
			}
		}
		s.Close()
	}
}
