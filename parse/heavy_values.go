package parse

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"crawl/crawler/urlnorm"
)

// keepsSpace is the element that text without markup is put in.
const keepsSpace = atom.Plaintext

// extractCause is a reason why something of a page was not extracted. Each is counted and told once.
type extractCause int

const (
	valuesCut extractCause = iota
	valuesDropped
	valueCut
	urlInvalid
	pageTextCut
	extractCauses
)

// describe is the defect for n cases.
func (c extractCause) describe(n int) string {
	k := strconv.Itoa(n)
	switch c {
	case valuesCut:
		return "rules with more than " + strconv.Itoa(maxValues) + " values: cut " + k
	case valuesDropped:
		return "values beyond " + strconv.Itoa(maxFieldsBytes) + " bytes in all: left out " + k
	case valueCut:
		return "values longer than " + strconv.Itoa(maxValueBytes) + " bytes: cut " + k
	case urlInvalid:
		return "values that are not valid URLs: left as they stand " + k
	default:
		return "visible text longer than " + strconv.Itoa(maxTextBytes) + " bytes: cut"
	}
}

// valueOf is what a rule takes of an element: its text, or an attribute, which it may not have. It is valid until the next
// value.
func (e *extraction) valueOf(n *html.Node, attr string) ([]byte, bool) {
	if attr == "" {
		return e.textOf(n), true
	}
	return e.attrOf(n, attr)
}

// textOf is the text of an element on one line, white space folded. Of an element that is never shown (script, title,
// template) it is the content itself.
func (e *extraction) textOf(n *html.Node) []byte {
	if isOpaqueElement(n) {
		var raw strings.Builder
		for d := following(n, n); d != nil; d = following(d, n) {
			if d.Type == html.TextNode && raw.Len() <= maxValueBytes {
				raw.WriteString(d.Data)
			}
		}
		e.work -= raw.Len()
		return e.fold(raw.String())
	}
	text, cut, left := visibleText(e.buf, n, maxValueBytes, e.work)
	e.buf, e.work = text, left
	if cut {
		e.lost[valueCut]++
	}
	return e.foldInPlace(text)
}

// foldInPlace folds white space that visibleText left: newlines and tabs.
func (e *extraction) foldInPlace(text []byte) []byte {
	return foldText(text[:0], text, maxValueBytes)
}

// fold folds a value and cuts it to its bound.
func (e *extraction) fold(s string) []byte {
	e.buf = foldText(e.buf[:0], []byte(s), maxValueBytes+utf8.UTFMax)
	if len(e.buf) > maxValueBytes {
		e.lost[valueCut]++
		e.buf = foldText(e.buf[:0], []byte(s), maxValueBytes)
	}
	return e.buf
}

// attrOf is the value of an attribute, as an absolute URL where it is an address.
func (e *extraction) attrOf(n *html.Node, name string) ([]byte, bool) {
	for _, a := range n.Attr {
		if !strings.EqualFold(a.Key, name) && !(a.Namespace != "" && strings.EqualFold(a.Namespace+":"+a.Key, name)) {
			continue
		}
		e.work -= len(a.Val)
		if isAddress(n, strings.ToLower(a.Key)) {
			return e.resolve(a.Val), true
		}
		return e.fold(a.Val), true
	}
	return nil, false
}

// resolve makes an address absolute. One with a scheme that is not the web's (mailto, tel, data) stays as it stands, and
// so does one that is no address.
func (e *extraction) resolve(ref string) []byte {
	if !e.based {
		e.findBase()
	}
	if e.base == nil {
		return e.fold(ref)
	}
	href, err := e.base.Resolve(e.buf[:0], []byte(ref))
	if err == nil {
		e.buf = href
		return href
	}
	if !errors.Is(err, urlnorm.ErrScheme) {
		e.lost[urlInvalid]++
	}
	return e.fold(ref)
}

// findBase finds what relative links are relative to: the first base element with an href, when that is a web address,
// else the document's URL (HTML, section 4.2.3).
func (e *extraction) findBase() {
	e.based = true
	own, err := urlnorm.NewBase(e.url)
	if err != nil {
		e.out.Defects = append(e.out.Defects, "links were left as they stand, because the document's URL is unusable: "+err.Error())
		return
	}
	e.base = own.WithCharset(e.charset)
	href, err := own.Resolve(nil, []byte(baseHref(e.tree)))
	if err != nil {
		return
	}
	if base, err := urlnorm.NewBase(string(href)); err == nil {
		e.base = base.WithCharset(e.charset)
	}
}

// baseHref is the href of the first base element that has one, "" where there is none.
func baseHref(tree *html.Node) string {
	for n := following(tree, tree); n != nil; n = following(n, tree) {
		if n.DataAtom != atom.Base || n.Namespace != "" {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "href" {
				return a.Val
			}
		}
	}
	return ""
}

// following is the node behind n in page order, below root; nil at the end.
func following(n, root *html.Node) *html.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	for n != root && n.NextSibling == nil {
		n = n.Parent
	}
	if n == root {
		return nil
	}
	return n.NextSibling
}

// isAddress reports whether an attribute holds one address (HTML, index of attributes, and the usual names of lazy
// images).
func isAddress(n *html.Node, attr string) bool {
	switch attr {
	case "href", "src", "action", "formaction", "poster", "cite", "background", "longdesc", "data-src", "data-original",
		"data-lazy-src", "data-href":
		return true
	case "data":
		return n.DataAtom == atom.Object
	}
	return false
}
