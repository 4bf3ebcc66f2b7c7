package htmlscan

import (
	"strings"
	"testing"
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
