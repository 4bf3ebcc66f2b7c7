package parse

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crawl/testdata/conformance"
)

// picturesOf writes the pictures of a page, one a line: its candidates without the page's own "http://h/d/", then its text.
func picturesOf(body string, width int) string {
	doc := &Document{URL: "http://h/d/p?q", ContentType: "text/html; charset=utf-8", Body: []byte(body)}
	var b strings.Builder
	for _, image := range PageImages(doc, width) {
		for i, c := range image.Candidates {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strings.TrimPrefix(c, "http://h/d/"))
		}
		if image.Alt != "" {
			fmt.Fprintf(&b, " %q", image.Alt)
		}
		if image.Linked != "" {
			b.WriteString(" linked")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestPageImages(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"plain", `<img src=a.jpg alt="A &amp;  b"><img src="a.jpg"><IMG SRC=/b.png><img>`, "a.jpg \"A & b\"\nhttp://h/b.png\n"},
		{"srcset", `<img src=s.jpg srcset="a.jpg 300w, c.jpg 1200w 800h, b.jpg 600w, bad 5q">`, "c.jpg b.jpg a.jpg s.jpg\n"},
		{"densities", `<img src=1x.jpg srcset="1x.jpg, 3x.jpg 3x, 2x.jpg 2x">`, "3x.jpg 2x.jpg 1x.jpg\n"},
		{"sizes are about layout", `<img srcset="a.jpg 10w, b.jpg 20w" sizes="(min-width: 9px) 5vw">`, "b.jpg a.jpg\n"},
		{"late", `<img src="data:image/gif;base64,R0" data-src=a.jpg data-srcset="b.jpg 2x">`, "b.jpg a.jpg\n"},
		{"late with stand-in", `<img src=blank.gif data-original=a.jpg><img src=blank.gif data-lazy-src=b.jpg>`, "a.jpg blank.gif\nb.jpg blank.gif\n"},
		{"full", `<img src=s.jpg srcset="a.jpg 300w" data-large_image=l.jpg data-thumb=t.jpg>`, "l.jpg a.jpg s.jpg t.jpg\n"},
		{
			"picture", `<picture><source type="image/avif" srcset="a.avif 900w"><source srcset="a.webp 600w, b.webp 800w"><img src=a.jpg alt=x></picture><img src=b.jpg>`,
			"b.webp a.webp a.avif a.jpg \"x\"\nb.jpg\n",
		},
		{"picture without img", `<picture><source srcset=a.webp></picture><picture><source srcset=b.jpg><picture><img src=c.jpg>`, "a.webp\nb.jpg\nc.jpg\n"},
		{"source of a video", `<video poster=p.jpg><source src=v.mp4 srcset=x.jpg></video>`, "p.jpg\n"},
		{"linked", `<a href="o.JPG?x=1"><img src=t.jpg></a><a href=page.html><img src=u.jpg></a><img src=v.jpg>`, "o.JPG?x=1 t.jpg linked\nu.jpg\nv.jpg\n"},
		{"linked picture", `<a href=o.png><picture><source srcset=m.webp><img src=t.jpg></picture></a>`, "o.png m.webp t.jpg linked\n"},
		{"links to files", `<a href=a.jpg>one</a><a href=b.tif>two<a href=File:c.jpg>three</a><area href=d.png><a href=d.png>`, "a.jpg linked\nb.tif linked\nd.png linked\n"},
		{"link and download", `<a href=o.jpg><img src=t.jpg></a> <a href=o.jpg>download</a>`, "o.jpg t.jpg linked\n"},
		{"noscript", `<img data-src=a.jpg src=x.gif alt=A><noscript><img src=a.jpg></noscript>`, "a.jpg x.gif \"A\"\n"},
		{"smaller copy elsewhere", `<img src=s.jpg><img srcset="s.jpg 1x, l.jpg 2x">`, "l.jpg s.jpg\n"},
		{"one default for all", `<picture><source srcset=a.webp><img src=default.png></picture><picture><source srcset=b.webp><img src=default.png></picture>`, "a.webp default.png\nb.webp default.png\n"},
		{"metadata", `<meta property=og:image content=o.jpg><link rel=image_src href=i.jpg><meta name=twitter:image content=a.jpg><link rel=icon href=x.ico><img src=a.jpg>`, "a.jpg\no.jpg\ni.jpg\n"},
		{
			"backgrounds", `<style>a{background:url(s.png)}@font-face{src:url(f.woff2)}</style><p style="background: url('b.jpg')"><p data-bg=c.jpg><p data-bg="url(d.jpg)"><table background=e.gif><p style="a:url(/img/1)"><img src=a.jpg>`,
			"a.jpg\ns.png\nb.jpg\nc.jpg\nd.jpg\ne.gif\nhttp://h/img/1\n",
		},
		{"svg", `<svg><image href=a.png /><image xlink:href=b.png /><use href=#x /></svg>`, "a.png\nb.png\n"},
		{"input", `<input type=image src=a.png><input src=b.png>`, "a.png\n"},
		{"base behind", `<img src=a.jpg><base href="http://o/x/"><a href=b.jpg><img src=c.jpg></a>`, "http://o/x/a.jpg\nhttp://o/x/b.jpg http://o/x/c.jpg linked\n"},
		{"schemes", `<img src="javascript:x"><img src="blob:y"><img src="data:z"><img src="ftp://h/x.jpg"><a href="mailto:a.jpg">`, ""},
		{"not an extension", `<a href="http://image.jpg">x</a><a href=.jpg>y</a>`, ""},
	} {
		if diff := cmp.Diff(c.want, picturesOf(c.page, 0)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPageImagesOfAWidth(t *testing.T) {
	const set = `<img src=s.jpg srcset="a.jpg 300w, b.jpg 600w, c.jpg 1200w">`
	for _, c := range []struct {
		page  string
		width int
		want  string
	}{
		{set, 640, "b.jpg c.jpg a.jpg s.jpg\n"},
		{set, 5000, "s.jpg c.jpg b.jpg a.jpg\n"},
		{set, 1, "s.jpg a.jpg b.jpg c.jpg\n"},
		{`<a href=o.jpg><img srcset="a.jpg 100w"></a>`, 1000, "o.jpg a.jpg linked\n"},
		{`<a href=o.jpg><img srcset="a.jpg 700w"></a>`, 1000, "a.jpg o.jpg linked\n"},
		{`<img width=300 src=a.jpg srcset="b.jpg 2x, c.jpg 4x" data-thumb=t.jpg>`, 640, "b.jpg c.jpg a.jpg t.jpg\n"},
		{`<img srcset="a.avif 640w, b.jpg 600w">`, 640, "b.jpg a.avif\n"},
	} {
		if diff := cmp.Diff(c.want, picturesOf(c.page, c.width)); diff != "" {
			t.Errorf("%s for %d: %s", c.page, c.width, diff)
		}
	}
}

func TestPageImagesOfOtherDocuments(t *testing.T) {
	for _, doc := range []Document{
		{URL: "http://h/", ContentType: "text/css", Body: []byte("a{b:url(c.png)}")},
		{URL: "no url", ContentType: "text/html", Body: []byte("<img src=a.png>")},
		{URL: "http://h/", ContentType: "image/png", Body: []byte("\x89PNG\r\n\x1a\n")},
	} {
		if got := PageImages(&doc, 0); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	}
	gbk := Document{URL: "http://h/", ContentType: "text/html; charset=gbk", Body: []byte("<img src='\xc4\xe3.jpg?\xc4\xe3' alt='\xc4\xe3'>")}
	want := []Image{{Candidates: []string{"http://h/%E4%BD%A0.jpg?%C4%E3"}, Alt: "你"}}
	if diff := cmp.Diff(want, PageImages(&gbk, 0)); diff != "" {
		t.Error(diff)
	}
}

// Each candidate that the standard would load is among those of the picture.
func TestPageImagesSrcsetConformance(t *testing.T) {
	var suite struct {
		Cases []struct{ Srcset, Expect string }
	}
	if err := json.Unmarshal(conformance.Read(t, "srcset/wpt-parse-srcset.json"), &suite); err != nil {
		t.Fatal(err)
	}
	escape := strings.NewReplacer("&", "&amp;", `"`, "&quot;")
	for _, c := range suite.Cases {
		got := picturesOf(`<img srcset="`+escape.Replace(c.Srcset)+`">`, 0)
		want := picturesOf(`<img src="`+escape.Replace(c.Expect)+`">`, 0)
		if !strings.Contains(" "+strings.TrimSpace(got)+" ", " "+strings.TrimSpace(want)+" ") && want != "" {
			t.Errorf("%q: %q, want %q", c.Srcset, got, want)
		}
	}
}

// The work on a page is in proportion to its length: none of these takes seconds.
func TestPageImagesOfHostilePages(t *testing.T) {
	const n = 200_000
	for name, page := range map[string]string{
		"many":        strings.Repeat("<img src=a>", n),
		"different":   strings.Repeat("<img src=", 1) + strings.Repeat("x ><img src=y", n),
		"candidates":  `<img srcset="` + strings.Repeat("a 1x,", n) + `">`,
		"sources":     "<picture>" + strings.Repeat("<source srcset='a 1w'>", n) + "<img src=b>",
		"links":       strings.Repeat("<a href=a.jpg>", n),
		"copies":      strings.Repeat("<img src=a data-src=b srcset='c 1w, d 2w'>", n/4),
		"pictures":    strings.Repeat("<picture><source srcset=a>", n),
		"backgrounds": strings.Repeat("<p style='a:url(b.png)'>", n),
	} {
		for _, image := range PageImages(&Document{URL: "http://h/", ContentType: "text/html", Body: []byte(page)}, 0) {
			if len(image.Candidates) == 0 || len(image.Candidates) > maxCandidates {
				t.Errorf("%s: %d candidates", name, len(image.Candidates))
			}
		}
	}
}

func FuzzPageImages(f *testing.F) {
	for _, s := range append(pageSeeds,
		`<picture><source type=image/avif srcset="a 1w, b 2x"><img src=c data-src=d alt="e"></picture><noscript><img src=d>`,
		`<a href=a.jpg><img width=5 src=b><a href=c.png>x</a><meta property=og:image content=e><p style="a:url(f.gif)">`) {
		f.Add([]byte(s), 0)
		f.Add([]byte(s), 640)
	}
	f.Fuzz(func(t *testing.T, body []byte, width int) {
		doc := &Document{URL: "http://h/d/p?q", ContentType: "text/html", Body: body}
		best := map[string]bool{}
		for _, image := range PageImages(doc, width) {
			if len(image.Candidates) == 0 || best[image.Candidates[0]] {
				t.Fatalf("no or a known candidate: %+v", image)
			}
			best[image.Candidates[0]] = true
			for _, c := range image.Candidates {
				if !strings.HasPrefix(c, "http://") && !strings.HasPrefix(c, "https://") || strings.Contains(c, "#") {
					t.Fatalf("candidate %q", c)
				}
			}
		}
	})
}

func BenchmarkPageImages(b *testing.B) {
	page := strings.Repeat(`<div><a href="/p/page.html"><picture><source type="image/webp" srcset="/i/a.webp 300w, /i/b.webp 600w"><img src="/i/a.jpg" alt="some text" srcset="/i/a.jpg 300w, /i/b.jpg 600w"></picture></a><p>and words</div>`, 40)
	doc := &Document{URL: "http://h/", ContentType: "text/html; charset=utf-8", Body: []byte(page)}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		PageImages(doc, 0)
	}
}
