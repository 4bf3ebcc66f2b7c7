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
		for d := range n.Descendants() {
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
		if isAddress(n, strings.ToLower(a.Key)) && e.base != nil {
			return e.resolve(a.Val), true
		}
		return e.fold(a.Val), true
	}
	return nil, false
}

// resolve makes an address absolute. One with a scheme that is not the web's (mailto, tel, data) stays as it stands, and
// so does one that is no address.
func (e *extraction) resolve(ref string) []byte {
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
