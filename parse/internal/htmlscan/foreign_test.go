package htmlscan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var foreignSeeds = []string{
	`<svg><title><b>t</title><a href=x><![CDATA[<i>]]></svg><title><b></title>`,
	`<svg><foreignObject><div><![CDATA[<a>]]></div></foreignObject></svg>`,
	`<math><mi><p></mi><mglyph><annotation-xml encoding="text/html"><p></annotation-xml></math>`,
	`<svg><g></div><title><b></title>`,
	`<math><annotation-xml><svg><desc></desc></svg></annotation-xml></math>`,
	`<svg><font color=x><title><b></title>`,
}

// names lists the start tags of a page; the text of raw text elements stands as "name:text".
func names(page string) string {
	var s Scanner
	s.Reset([]byte(page), false)
	var got []string
	for {
		switch s.Next() {
		case EOF:
			return strings.Join(got, " ")
		case StartTag:
			got = append(got, decodedName(s.Name()))
		case Text:
			got[len(got)-1] += ":" + string(s.Text())
		}
	}
}

func TestForeignContent(t *testing.T) {
	for _, c := range []struct{ about, page, want string }{
		{"CDATA is a bogus comment in HTML", `<![CDATA[<a>]]><b>`, `b`},
		{"its first > ends it", `<![CDATA[><a>]]>`, `a`},
		{"CDATA in svg", `<svg><![CDATA[><a>]]></svg>`, `svg`},
		{"CDATA that does not end", `<svg><![CDATA[<a>]]<b>`, `svg`},
		{"after svg", `<svg></svg><![CDATA[><a>]]>`, `svg a`},
		{"svg that closes itself", `<svg/><![CDATA[><a>]]>`, `svg a`},
		{"style in svg is markup", `<svg><style><a></style></svg>`, `svg style a`},
		{"style in HTML is not", `<svg></svg><style><a></style>`, `svg style:<a>`},
		{"title in svg is markup", `<svg><title><b>x</b></title><style><a>`, `svg title b style a`},
		{"script in svg is markup", `<svg><script><a></script></svg><script><a></script>`, `svg script a script:<a>`},
		{"HTML in foreignObject", `<svg><foreignObject><style><a></style></foreignObject><style><a>`, `svg foreignobject style:<a> style a`},
		{"CDATA in foreignObject itself", `<svg><desc><![CDATA[><a>]]>`, `svg desc`},
		{"CDATA in HTML in foreignObject", `<svg><desc><div><![CDATA[><a>]]>`, `svg desc div a`},
		{"void elements do not stay open", `<svg><desc><wbr><br><![CDATA[><a>]]>`, `svg desc wbr br`},
		{"the title of HTML in svg's title", `<svg><title><title>x</title></title><style><a>`, `svg title title:x style a`},
		{"an HTML element ends svg", `<svg><g><p><style><a></style>`, `svg g p style:<a>`},
		{"and so does its end tag", `<svg><g></p><style><a></style>`, `svg g style:<a>`},
		{"font with a colour", `<svg><font COLOR=x><style><a></style>`, `svg font style:<a>`},
		{"font without", `<svg><font><style><a></style>`, `svg font style a`},
		{"svg that its div closes", `<div><svg><g></div><style><a></style>`, `div svg g style:<a>`},
		{"an end tag in disorder", `<svg><g><a></g><style><b></svg><style><a>`, `svg g a style b style:<a>`},
		{"end tag of svg in its title", `<svg><title>x</svg><style><a>`, `svg title style:<a>`},
		{"MathML text", `<math><mi><style><a></style></mi><style><b>`, `math mi style:<a> style b`},
		{"mglyph in MathML text", `<math><mi><mglyph><style><b>`, `math mi mglyph style b`},
		{"HTML annotation", `<math><annotation-xml encoding=Text/HTML><style><a></style>`, `math annotation-xml style:<a>`},
		{"other annotation", `<math><annotation-xml><style><a>`, `math annotation-xml style a`},
		{"svg in an annotation", `<math><annotation-xml><svg></svg><style><a>`, `math annotation-xml svg style a`},
		{"title in math is no integration point", `<math><title><style><b>`, `math title style b`},
		{"body does not end by its tag", `<svg></body><style><b>`, `svg style b`},
	} {
		if got := names(c.page); got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.about, c.page, got, c.want)
		}
	}
}

// foreignWords are what FuzzForeignAgainstTree builds pages of.
var foreignWords = []string{
	"svg", "math", "g", "title", "desc", "foreignObject", "style", "script", "mi", "mtext", "annotation-xml",
	`annotation-xml encoding="text/html"`, "div", "span", "mglyph", "textarea",
}

// nestedPage builds a page whose elements nest in order: each byte opens an element, closes the last one or puts a
// marker, <x id=N>, bare or in a CDATA section.
func nestedPage(script []byte) string {
	var b strings.Builder
	var open []string
	b.WriteString("<body>")
	for i, c := range script {
		switch n := int(c) % (len(foreignWords) + 12); {
		case n < len(foreignWords):
			b.WriteString("<" + foreignWords[n] + ">")
			name, _, _ := strings.Cut(foreignWords[n], " ")
			open = append(open, name)
		case n < len(foreignWords)+5 && len(open) > 0:
			b.WriteString("</" + open[len(open)-1] + ">")
			open = open[:len(open)-1]
		case n < len(foreignWords)+9:
			fmt.Fprintf(&b, "<x id=%d></x>", i)
		default:
			fmt.Fprintf(&b, "<![CDATA[><x id=%d></x>]]>", i)
		}
	}
	return b.String()
}

// FuzzForeignAgainstTree compares the markers that the Scanner finds with those in the tree of x/net/html.
func FuzzForeignAgainstTree(f *testing.F) {
	for i := range 200 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		script := make([]byte, 5+i/10)
		for j := range script {
			script[j] = byte(r.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > maxForeign {
			return
		}
		page := nestedPage(script)
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			return
		}
		var want, got []string
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "x" {
				want = append(want, n.Attr[0].Val)
			}
		}
		var s Scanner
		s.Reset([]byte(page), false)
		for tok := s.Next(); tok != EOF; tok = s.Next() {
			if tok == StartTag && string(s.Name()) == "x" {
				got = append(got, string(s.AttrValue(s.Attrs()[0])))
			}
		}
		if d := cmp.Diff(want, got); d != "" && s.Doubts == 0 {
			t.Errorf("%s:\n%s", page, d)
		}
	})
}
