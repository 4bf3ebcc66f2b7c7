package htmlscan

// foreignNode is an open element of svg or math.
type foreignNode struct {
	start, end int // its name in the page
	kind       nodeKind
	math       bool // of math, not of svg
	html       int  // HTML elements that are open in an integration point
	same       int  // of them, those with the name of the integration point
}

// nodeKind says what the content of a foreign element is (section 13.2.6: integration points).
type nodeKind byte

const (
	nodePlain      nodeKind = iota
	nodeRoot                // svg or math: what is around it is HTML
	nodeHTML                // HTML integration point: its start tags are HTML
	nodeText                // MathML text integration point: its start tags are HTML, save mglyph and malignmark
	nodeAnnotation          // annotation-xml of another encoding: of its start tags, svg is as in HTML
)

// allowsCDATA says whether the element that would hold a CDATA section here is a foreign one. In an integration point that
// hangs on whether its HTML elements were all closed, which is only counted here.
func (s *Scanner) allowsCDATA() bool {
	if s.depth == 0 {
		return false
	}
	top := &s.foreigns[s.depth-1]
	if top.kind == nodeHTML || top.kind == nodeText {
		s.Doubts++
	}
	return top.html == 0
}

// openForeign places the current start tag while svg or math is open, or opens them. It returns whether the tag stands
// for an HTML element (section 13.2.6.5).
func (s *Scanner) openForeign() (html bool) {
	if s.opensHTML() {
		if s.Tag != TagSvg && s.Tag != TagMath {
			if s.depth > 0 && !isVoid(s.Tag, s.Name()) {
				s.foreigns[s.depth-1].openHTML(s.src, s.Name())
			}
			return true
		}
		s.push(nodeRoot, s.Tag == TagMath)
		return false
	}
	math := s.foreigns[s.depth-1].math
	s.push(s.foreignKind(math), math)
	return false
}

// openHTML notes that an HTML element was opened in the integration point.
func (n *foreignNode) openHTML(src, name []byte) {
	n.html++
	if equalFold(name, src[n.start:n.end]) {
		n.same++
	}
}

// closeHTML notes that one was closed, unless the end tag is stray; false when it is the integration point itself that
// the end tag closes.
func (n *foreignNode) closeHTML(src, name []byte, stray bool) bool {
	if equalFold(name, src[n.start:n.end]) {
		if n.same == 0 {
			return false
		}
		n.same--
	}
	if !stray {
		n.html = max(n.html-1, 0)
	}
	return true
}

// opensHTML says whether the current start tag is handled by the rules of HTML; those that break out of foreign content
// close it first.
func (s *Scanner) opensHTML() bool {
	if s.depth == 0 {
		return true
	}
	top := &s.foreigns[s.depth-1]
	switch top.kind {
	case nodeHTML:
		return true
	case nodeText:
		if top.html > 0 || s.Tag != TagMglyph && s.Tag != TagMalignmark {
			return true
		}
	case nodeAnnotation:
		if s.Tag == TagSvg {
			return true
		}
	}
	if !s.breaksOut() {
		return false
	}
	s.popToHTML()
	return true
}

// foreignKind is the kind of the current start tag's element inside svg or math.
func (s *Scanner) foreignKind(math bool) nodeKind {
	switch s.Tag {
	case TagForeignObject, TagDesc, TagTitle:
		if !math {
			return nodeHTML
		}
	case TagMi, TagMo, TagMn, TagMs, TagMtext:
		if math {
			return nodeText
		}
	case TagAnnotationXML:
		if !math {
			return nodePlain
		}
		for _, a := range s.Attrs() {
			v := s.AttrValue(a)
			if a.ID == AttrEncoding && (equalFold(v, []byte("text/html")) || equalFold(v, []byte("application/xhtml+xml"))) {
				return nodeHTML
			}
		}
		return nodeAnnotation
	}
	return nodePlain
}

func (s *Scanner) push(kind nodeKind, math bool) {
	switch {
	case s.SelfClosing:
	case s.depth == maxForeign:
		s.overflow++
		s.Doubts++
	default:
		s.foreigns[s.depth] = foreignNode{start: s.start, end: s.end, kind: kind, math: math}
		s.depth++
	}
}

// popToHTML closes foreign elements up to the next integration point. Their own end tags may still come, and would be
// taken there for those of HTML elements.
func (s *Scanner) popToHTML() {
	s.overflow = 0
	for s.depth > 0 {
		if k := s.foreigns[s.depth-1].kind; k == nodeHTML || k == nodeText {
			s.Doubts++
			return
		}
		s.depth--
	}
}

// closeForeign applies the current end tag while svg or math is open; rawEnd says that it ended a raw text, which only
// HTML elements have.
func (s *Scanner) closeForeign(rawEnd bool) {
	if s.overflow > 0 {
		s.overflow--
		return
	}
	name := s.Name()
	top := &s.foreigns[s.depth-1]
	if top.html > 0 || rawEnd {
		stray := !rawEnd && (s.Tag.isRaw() || s.Tag == TagSvg || s.Tag == TagMath) // no such HTML element can be open
		if !top.closeHTML(s.src, name, stray) {
			s.Doubts++ // with <p> and its like open, which close themselves, it does; with others open it would be ignored
			s.depth--
		}
		return
	}
	if s.Tag == TagP || s.Tag == TagBr {
		s.popToHTML()
		return
	}
	s.closeByName(name)
}

// closeByName closes the innermost foreign element of that name. When there is none before the next HTML element, the
// end tag belongs to an HTML element around svg or math, and most likely to one that is open.
func (s *Scanner) closeByName(name []byte) {
	for i := s.depth - 1; i >= 0; i-- {
		n := &s.foreigns[i]
		if equalFold(name, s.src[n.start:n.end]) {
			s.depth = i
			return
		}
		if n.kind != nodeRoot || i > 0 && s.foreigns[i-1].html == 0 {
			continue
		}
		s.Doubts++
		if s.Tag == TagBody || s.Tag == TagHTML || s.Tag == TagHead {
			return // these are not closed by their end tags
		}
		s.depth = i
		if i > 0 {
			s.foreigns[i-1].html--
		}
		return
	}
}

// breaksOut says whether the current start tag closes svg and math (section 13.2.6.5).
func (s *Scanner) breaksOut() bool {
	var buf [maxKnownName]byte
	name := s.Name()
	if len(name) > len("blockquote") {
		return false
	}
	switch string(toLower(buf[:len(name)], name)) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
		"h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
		"small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	case "font":
		return s.hasFontAttr()
	}
	return false
}

func (s *Scanner) hasFontAttr() bool {
	for _, a := range s.Attrs() {
		if a.ID == AttrColor || a.ID == AttrFace || a.ID == AttrSize {
			return true
		}
	}
	return false
}

// isVoid says whether an HTML element has no end tag.
func isVoid(t Tag, name []byte) bool {
	switch t {
	case TagArea, TagBase, TagBr, TagEmbed, TagImg, TagImage, TagInput, TagLink, TagMeta, TagSource, TagTrack:
		return true
	case TagOther:
	default:
		return false
	}
	for _, v := range [...]string{"hr", "col", "wbr", "param", "keygen", "bgsound", "basefont"} {
		if equalFold(name, []byte(v)) {
			return true
		}
	}
	return false
}
