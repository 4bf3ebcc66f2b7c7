package gallery

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Whatever the text is, the page has only the elements and attributes that the template gives it, and its links lead
// nowhere but to http, https and the files.
func TestEscaping(t *testing.T) {
	p := samplePage()
	p.Title, p.Files = evil, "javascript:alert(6)"
	page := write(t, p)
	scripts, images := 0, 0
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		if z.Next() == html.ErrorToken {
			break
		}
		token := z.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		switch token.Data {
		case "script":
			scripts++
		case "img":
			images++
		}
		for _, a := range token.Attr {
			checkAttribute(t, token.Data, a)
		}
	}
	if scripts != 1 || images != 24 {
		t.Errorf("%d scripts and %d images, want 1 and 24", scripts, images)
	}
}

func checkAttribute(t *testing.T, element string, a html.Attribute) {
	t.Helper()
	switch {
	case strings.HasPrefix(a.Key, "on") || a.Key == "style":
		t.Errorf("<%s %s=%q>", element, a.Key, a.Val)
	case a.Key == "src" && !strings.HasPrefix(a.Val, "data:image/png;") && !strings.HasPrefix(a.Val, "data:image/jpeg;"):
		t.Errorf("<%s src=%.60q>", element, a.Val)
	case a.Key == "href":
		for _, good := range []string{"http://", "https://", "#", "./javascript", "data:,"} {
			if strings.HasPrefix(a.Val, good) {
				return
			}
		}
		t.Errorf("<%s href=%q>", element, a.Val)
	}
}

func TestParts(t *testing.T) {
	page := write(t, samplePage())
	for _, want := range []string{
		"<b>27</b> pictures", "<b>3</b> duplicates", "<b>48.3 MB</b> in all",
		`href="pictures/%E6%97%A5`, "1024 × 680", `alt="Hills and a sun"`, "<b>--min-width 200</b>", "it is 1 pixel wide", "2 URLs", "404 Not Found",
		`aria-label="plan.svg (no preview)"`, `href="#p2"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if empty := write(t, Page{Items: seq(nil)}); !strings.Contains(empty, "No picture was saved") || strings.Contains(empty, "<h2>") {
		t.Error("a page of nothing says something else")
	}
}

func TestErrors(t *testing.T) {
	p := samplePage()
	p.Items = func(yield func(Item, error) bool) { yield(Item{}, errBroken) }
	if err := Write(io.Discard, p); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	if err := Write(brokenWriter{}, samplePage()); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

// Thirty thousand items are neither in memory nor all on the page, and each is counted.
func TestBounds(t *testing.T) {
	const each = 6_000
	picture, kind := thumb(1, 32, 32, false)
	items := func(yield func(Item, error) bool) {
		for i := range 5 * each {
			item := Item{URL: fmt.Sprintf("http://h/%d.jpg", i), File: "f.jpg", Type: "jpeg", Bytes: 9}
			switch i % 5 {
			case 0:
				item.Thumb, item.ThumbType = picture, kind
			case 1:
				item.DuplicatesOf = fmt.Sprintf("http://h/%d.jpg", i-1)
			case 2:
				item.Class, item.Message = "timeout", "slow"
			case 3:
				item.Class, item.Message, item.Filtered = "filtered", fmt.Sprint("rule ", i), true
			case 4:
				item.DuplicatesOf = "http://h/0.jpg"
			}
			if !yield(item, nil) {
				return
			}
		}
	}
	const all, none = "The manifest lists them all.", "A manifest would list them all"
	if listed := write(t, Page{Items: items, Manifest: true}); !strings.Contains(listed, all) || strings.Contains(listed, none) {
		t.Error("the page does not refer to the manifest")
	}
	page := write(t, Page{Items: items})
	if strings.Contains(page, all) || !strings.Contains(page, none) {
		t.Error("the page refers to a manifest that is not there")
	}
	if len(page) > 16<<20 {
		t.Errorf("the page has %d bytes", len(page))
	}
	for _, want := range []string{
		"1,000 more are saved", "10,000 more are not listed here", "4,000 more are not listed here", `id="p5000"`, "6,000 URLs",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if strings.Contains(page, `id="p5001"`) {
		t.Error("too many pictures")
	}
}

// FuzzText: text of any kind gives a page in which it is only text.
func FuzzText(f *testing.F) {
	f.Add(evil, "https://h/x", "image/png")
	f.Add("\x00\u202e\u200b\xff", "javascript:x", "text/html")
	f.Add("</title></style></script>", "https://h/\"'<>", "")
	f.Add(strings.Repeat("照", 1000), "http://", "image/jpeg")
	f.Fuzz(func(t *testing.T, text, url, kind string) {
		i := Item{URL: url, File: text, Name: text, Alt: text, From: url, Type: text, Thumb: []byte(text), ThumbType: kind}
		bad, twin := i, i
		bad.Class, bad.Message = text, text
		twin.DuplicatesOf = text
		page := write(t, Page{Title: text, Files: text, Items: seq([]Item{i, bad, twin})})
		for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
			for _, a := range z.Token().Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") && (a.Key == "href" || a.Key == "src") {
					t.Fatalf("%s=%q", a.Key, a.Val)
				}
			}
		}
		if strings.Count(page, "<script") != 1 || strings.Count(page, "<style") != 1 {
			t.Fatal("text became an element")
		}
	})
}

func BenchmarkPage(b *testing.B) {
	p := samplePage()
	b.ReportAllocs()
	for b.Loop() {
		_ = Write(io.Discard, p)
	}
}
