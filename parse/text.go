package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// textWriter collects the text that a reader of the page sees, close to innerText (HTML, section 3.2.7): white space is
// folded save in pre, block elements and br make lines, paragraphs stand between blank lines, cells of a table row are
// parted by tabs. What a browser does not show is left out as far as the tree alone tells it: scripts, styles,
// templates, noscript, the hidden attribute, display:none in a style attribute. The walk is iterative and linear.
type textWriter struct {
	out  []byte
	max  int  // bytes; out stays within
	work int  // bytes and elements that may still be read; the walk ends below zero
	cut  bool // something was left out for max or work

	newlines int  // owed before the next character
	tabs     int  // owed behind them
	space    bool // owed, unless at the start of a line
	rowStart int  // len(out) when the latest row began
	pre      int  // open elements that keep white space
}

// visibleText is the text below n, cut at max bytes; work bounds what is read for it and is given back as what is left.
func visibleText(dst []byte, n *html.Node, max, work int) (text []byte, cut bool, left int) {
	w := textWriter{out: dst[:0], max: max, work: work}
	w.walk(n)
	return w.out, w.cut, w.work
}

func (w *textWriter) walk(root *html.Node) {
	for n := root; ; n = n.NextSibling {
		if w.cut {
			return
		}
		for w.enter(n) {
			if n.FirstChild == nil {
				w.leave(n)
				break
			}
			n = n.FirstChild
		}
		for n != root && n.NextSibling == nil {
			n = n.Parent
			w.leave(n)
		}
		if n == root {
			return
		}
	}
}

// enter writes what n begins with, and reports whether its children are to be visited.
func (w *textWriter) enter(n *html.Node) bool {
	if w.work--; w.work < 0 {
		w.cut = true
		return false
	}
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
		return false
	case html.DocumentNode:
		return true
	case html.ElementNode:
	default:
		return false
	}
	if isUnseen(n) {
		return false
	}
	switch n.DataAtom {
	case atom.Br:
		w.newline()
	case atom.Tr:
		w.breakLine(1)
		w.rowStart = len(w.out)
	case atom.Td, atom.Th:
		if hasCellBefore(n) {
			w.nextCell()
		}
	case atom.Pre, atom.Textarea, atom.Listing, atom.Xmp, atom.Plaintext:
		w.breakLine(1)
		w.pre++
	default:
		w.breakLine(linesAround(n.DataAtom))
	}
	return true
}

// leave writes what n ends with.
func (w *textWriter) leave(n *html.Node) {
	switch n.DataAtom {
	case atom.Tr:
		w.tabs = 0
		w.breakLine(1)
	case atom.Pre, atom.Textarea, atom.Listing, atom.Xmp, atom.Plaintext:
		w.pre--
		w.breakLine(1)
	default:
		w.breakLine(linesAround(n.DataAtom))
	}
}

// breakLine owes n newlines, no more than that in a row. At the start of a cell there is a tab already.
func (w *textWriter) breakLine(n int) {
	if n == 0 {
		return
	}
	w.space = false
	if w.tabs == 0 {
		w.newlines = max(w.newlines, n)
	}
}

// newline is br: each owes one line, up to a blank line.
func (w *textWriter) newline() {
	w.space = false
	if w.tabs == 0 {
		w.newlines = min(w.newlines+1, 2)
	}
}

// nextCell owes the tab between two cells. Lines that the cell before ended with are forgotten.
func (w *textWriter) nextCell() {
	w.space = false
	w.tabs++
	if len(w.out) > w.rowStart {
		w.newlines = 0
	}
}

// text writes a text node.
func (w *textWriter) text(s string) {
	w.work -= len(s)
	for len(s) > 0 && !w.cut {
		if n := plainPrefix(s); n > 0 {
			w.put(s[:n])
			s = s[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case w.pre > 0 && (r == '\n' || r == '\t' || r == ' '):
			w.put(s[:1])
		case unicode.IsSpace(r):
			w.space = true
		case unicode.IsControl(r) || isDirectionMark(r):
		case r == utf8.RuneError:
			w.put("\uFFFD")
		default:
			w.put(s[:n])
		}
		s = s[n:]
	}
}

// plainPrefix is how many bytes of s are printing ASCII.
func plainPrefix(s string) int {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F {
			return i
		}
	}
	return len(s)
}

// put writes s behind what is owed. Where there is no room left it writes what fits, whole characters.
func (w *textWriter) put(s string) {
	if len(w.out)+w.newlines+w.tabs+1+len(s) > w.max {
		w.cut = true
		room := max(w.max-len(w.out)-w.newlines-w.tabs-1, 0)
		for s = s[:min(len(s), room)]; len(s) > 0 && !utf8.ValidString(s); {
			s = s[:len(s)-1]
		}
		if s == "" {
			return
		}
	}
	atStart := len(w.out) == 0
	for ; w.newlines > 0; w.newlines-- {
		if !atStart {
			w.out = append(w.out, '\n')
		}
	}
	for ; w.tabs > 0; w.tabs-- {
		w.out = append(w.out, '\t')
	}
	if w.space && len(w.out) > 0 {
		if last := w.out[len(w.out)-1]; last != '\n' && last != '\t' && last != ' ' {
			w.out = append(w.out, ' ')
		}
	}
	w.space = false
	w.out = append(w.out, s...)
}

// linesAround is how many newlines part an element from what stands before and behind it, as browsers lay it out.
func linesAround(a atom.Atom) int {
	switch a {
	case atom.P:
		return 2
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd, atom.Details,
		atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li,
		atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.Search, atom.Section, atom.Summary, atom.Table,
		atom.Tbody, atom.Tfoot, atom.Thead, atom.Ul:
		return 1
	}
	return 0
}

// isUnseen reports whether a browser shows nothing of an element, as far as its tag tells.
func isUnseen(n *html.Node) bool {
	if isOpaqueElement(n) {
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return n.Namespace == ""
		case "style":
			if hidesByStyle(a.Val) {
				return true
			}
		}
	}
	return n.DataAtom == atom.Dialog && !hasAttr(n, "open")
}

// isOpaqueElement reports whether the content of an element is not text of the page, or only stands in for something
// that browsers show.
func isOpaqueElement(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Head, atom.Title, atom.Iframe, atom.Object, atom.Audio,
		atom.Video, atom.Canvas, atom.Noframes, atom.Noembed, atom.Datalist, atom.Rp, atom.Desc:
		return true
	}
	return n.Namespace == "svg" && (n.Data == "defs" || n.Data == "metadata")
}

// hidesByStyle reports whether a style attribute has display:none.
func hidesByStyle(style string) bool {
	for rest := style; ; {
		i := indexFold(rest, "display")
		if i < 0 {
			return false
		}
		rest = strings.TrimLeft(rest[i+len("display"):], " \t\n\f\r")
		if value, ok := strings.CutPrefix(rest, ":"); ok {
			value = strings.TrimLeft(value, " \t\n\f\r")
			if len(value) >= 4 && strings.EqualFold(value[:4], "none") {
				return true
			}
		}
	}
}

// indexFold is where the lower-case ASCII word stands in s, in any case; -1 when nowhere.
func indexFold(s, word string) int {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && strings.EqualFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// hasCellBefore reports whether a cell stands before n in its row.
func hasCellBefore(n *html.Node) bool {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode {
			return p.DataAtom == atom.Td || p.DataAtom == atom.Th
		}
	}
	return false
}
