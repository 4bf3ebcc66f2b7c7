// Package htmlscan finds the tags of an HTML page without building a tree.
//
// The Scanner jumps from '<' to '<' and reports the start tags, end tags and attributes that the tokenizer of the HTML
// standard (section 13.2.5) finds, and the text of those elements that hold text only (title, style, script, textarea
// and their like). It looks at each byte a bounded number of times, keeps no tree and does not recurse, so that it may
// run on hostile pages; after its first pages it allocates nothing.
//
// A tokenizer alone does not know where it is: the tree builder tells it when to switch to raw text and when CDATA
// sections are allowed. What is done here in its place:
//
//   - The content of noscript is markup, as it is with scripting off: its links count.
//   - The content of template is markup.
//   - svg and math are followed with a small stack of their open elements (foreign.go). Inside them <style>, <title> and
//     <script> hold markup and CDATA sections are text; HTML elements end them. Where only a tree could tell which
//     element an end tag closes, the likelier answer is taken and Doubts is counted.
//
// The tokenizer of golang.org/x/net/html differs from the standard, and so from this package, in these places: it reads
// noscript as raw text; it leaves CDATA and raw text in svg and math to its caller; and in a script it leaves the
// "escaped" state at any '<' that starts no tag.
package htmlscan

import "bytes"

// Token is what Next found.
type Token byte

// Tokens.
const (
	EOF      Token = iota
	StartTag       // Tag, Name, Attrs and SelfClosing are set
	EndTag         // Tag and Name are set
	Text           // Tag and Text are set: all of the text of a raw text element, possibly empty, before its end tag
)

// Attr is an attribute of a start tag. Raw bytes are got with Scanner.AttrName and Scanner.AttrValue.
type Attr struct {
	ID                 AttrID
	nameStart, nameEnd uint32
	valStart, valEnd   uint32
}

// Scanner walks over one page. The zero value is an empty page. It must not be used by two goroutines at once.
type Scanner struct {
	// Tag is the element of the current token, TagOther when it has no constant here.
	Tag Tag
	// SelfClosing says that the start tag ended in "/>".
	SelfClosing bool
	// Foreign says that the start tag stands for an element of svg or math, not of HTML.
	Foreign bool
	// Doubts counts the places where only a tree could tell what the page means.
	Doubts int
	// Cut counts the attributes that were not kept because their tag had too many.
	Cut      int
	src      []byte
	pos      int
	start    int // of the name or text of the current token
	end      int
	attrs    [maxAttrs]Attr // the first n are those of the current start tag
	n        int
	seen     uint64 // known attributes of this tag, by AttrID
	raw      Tag    // the element whose raw text comes next, or TagOther
	rawEnd   bool   // the next end tag is the one that ended a raw text
	xml      bool
	depth    int
	overflow int                     // open foreign elements above maxForeign
	foreigns [maxForeign]foreignNode // the first depth of them are open
}

// Reset starts over with a new page. The Scanner reads src, at most the first 2 GiB of it, until the next Reset and does
// not change it. With xml set
// (application/xhtml+xml), "/>" also closes title, script and their like, and CDATA sections are known everywhere.
func (s *Scanner) Reset(src []byte, xml bool) {
	s.Tag, s.SelfClosing, s.Foreign, s.Doubts, s.Cut = TagOther, false, false, 0, 0
	s.n, s.seen = 0, 0
	s.src, s.xml = src[:min(len(src), maxPage)], xml
	s.pos, s.start, s.end = 0, 0, 0
	s.raw, s.rawEnd = TagOther, false
	s.depth, s.overflow = 0, 0
}

// Name is the tag's name as it was written: not in lower case, and with NUL bytes.
func (s *Scanner) Name() []byte { return s.src[s.start:s.end] }

// Text is the raw text of the current Text token.
func (s *Scanner) Text() []byte { return s.src[s.start:s.end] }

// Attrs are the attributes of the current start tag in their order, valid until the next call of Next. Of two with the same
// known name only the first is there, as the standard has it; those of unknown name are not compared. There are none after
// the first 256.
func (s *Scanner) Attrs() []Attr { return s.attrs[:s.n] }

// AttrName is an attribute's name as it was written.
func (s *Scanner) AttrName(a Attr) []byte { return s.src[a.nameStart:a.nameEnd] }

// AttrValue is an attribute's value as it was written, without quotes and with its character references; see AppendAttr.
func (s *Scanner) AttrValue(a Attr) []byte { return s.src[a.valStart:a.valEnd] }

// Known is the set of the current start tag's attributes that have a constant: bit 1<<id for each.
func (s *Scanner) Known() uint64 { return s.seen }

// Lookup gives the value, as it was written, of the attribute of the current start tag with that constant.
func (s *Scanner) Lookup(id AttrID) (raw []byte, ok bool) {
	if s.seen&(1<<id) != 0 {
		for _, a := range s.Attrs() {
			if a.ID == id {
				return s.AttrValue(a), true
			}
		}
	}
	return nil, false
}

// Next goes on to the next token. After EOF it returns EOF again.
func (s *Scanner) Next() Token {
	if s.raw != TagOther {
		return s.rawText()
	}
	for {
		p := s.pos
		if p < len(s.src) && s.src[p] != '<' { // tag upon tag is common, and the call of IndexByte is what costs most
			i := bytes.IndexByte(s.src[p:], '<')
			if i < 0 {
				i = len(s.src) - p
			}
			p += i
		}
		p++
		if p >= len(s.src) {
			s.pos = len(s.src)
			return EOF
		}
		switch c := s.src[p]; {
		case class[c]&classLetter != 0:
			return s.startTag(p)
		case c == '/':
			if p+1 < len(s.src) && class[s.src[p+1]]&classLetter != 0 {
				return s.endTag(p + 1)
			}
			s.pos = s.afterAngle(p + 1)
		case c == '!':
			s.pos = s.declaration(p + 1)
		case c == '?':
			s.pos = s.afterAngle(p + 1)
		default:
			s.pos = p
		}
	}
}

// NextKnown is Next without the tokens that have nothing to know: it passes over end tags and over start tags without a
// known attribute.
func (s *Scanner) NextKnown() Token {
	for {
		if s.depth == 0 && s.raw == TagOther {
			s.pass()
		}
		switch t := s.Next(); {
		case t == EndTag, t == StartTag && s.seen == 0:
		default:
			return t
		}
	}
}

// pass goes over the tags without attributes that mean nothing outside svg and math: end tags, and start tags save those of
// raw text, svg and math. It stops at the '<' of the next other one.
func (s *Scanner) pass() {
	src, p := s.src, s.pos
	for {
		if p < len(src) && src[p] != '<' {
			i := bytes.IndexByte(src[p:], '<')
			if i < 0 {
				p = len(src)
				break
			}
			p += i
		}
		name := p + 1
		if name < len(src) && src[name] == '/' {
			name++
		}
		if name >= len(src) || class[src[name]]&classLetter == 0 {
			break
		}
		end, seen := nameEnd(src, name)
		if end == len(src) || src[end] != '>' {
			break
		}
		if name > p+1 {
			s.rawEnd = false
		} else if tag := src[name:end]; len(tag) >= minNesting && nests(tagOf(tag, seen&classUpper != 0)) {
			break
		}
		p = end + 1
	}
	s.pos = p
}

// minNesting is the length of the shortest name that nests is true for.
const minNesting = len("svg")

// nests says whether the scanner has to know that the element was opened.
func nests(t Tag) bool { return t.isRaw() || t == TagSvg || t == TagMath }

// startTag reads the start tag whose name begins at p. A tag that the end of the page cuts is dropped, as the standard
// has it.
func (s *Scanner) startTag(p int) Token {
	s.start = p
	s.Tag, p = s.tagName(p)
	s.end = p
	s.n, s.seen = 0, 0
	s.SelfClosing = false
	if p < len(s.src) && s.src[p] == '>' {
		s.pos = p + 1
	} else if !s.attributes(p) {
		s.pos = len(s.src)
		return EOF
	}
	html := true
	if s.depth > 0 || s.Tag == TagSvg || s.Tag == TagMath {
		html = s.openForeign()
	}
	s.Foreign = !html
	if html && s.Tag.isRaw() && !(s.xml && s.SelfClosing) {
		s.raw = s.Tag
	}
	return StartTag
}

// endTag reads the end tag whose name begins at p.
func (s *Scanner) endTag(p int) Token {
	s.start = p
	s.Tag, p = s.tagName(p)
	s.end = p
	s.n, s.seen = 0, 0
	if p < len(s.src) && s.src[p] == '>' {
		s.pos = p + 1
	} else if !s.attributes(p) {
		s.pos = len(s.src)
		return EOF
	}
	s.n, s.seen = 0, 0
	if s.depth > 0 {
		s.closeForeign(s.rawEnd)
	}
	s.rawEnd = false
	return EndTag
}

// nameEnd gives the end of the tag name that begins at p, and the classes of its bytes.
func nameEnd(src []byte, p int) (end int, seen byte) {
	for p < len(src) {
		k := class[src[p]]
		if k&(classSpace|classSlash|classGreater) != 0 {
			break
		}
		seen |= k
		p++
	}
	return p, seen
}

// tagName reads a tag's name and returns the position after it.
func (s *Scanner) tagName(p int) (Tag, int) {
	end, seen := nameEnd(s.src, p)
	return tagOf(s.src[p:end], seen&classUpper != 0), end
}

// attributes reads from the end of a tag's name to behind its '>'. It returns false when the page ends first.
func (s *Scanner) attributes(p int) bool {
	src := s.src
	for {
		before := p
		for p < len(src) && class[src[p]]&(classSpace|classSlash) != 0 {
			p++
		}
		if p == len(src) {
			return false
		}
		if src[p] == '>' {
			s.SelfClosing = p > before && src[p-1] == '/'
			s.pos = p + 1
			return true
		}
		if p = s.attribute(p); p < 0 {
			return false
		}
	}
}

// attribute reads the attribute that begins at p and returns the position after it, or -1 when the page ends first.
func (s *Scanner) attribute(p int) int {
	src := s.src
	start := p
	var seen byte
	p++ // the first byte belongs to the name, even '='
	if class[src[start]]&classUpper != 0 {
		seen = classUpper
	}
	for p < len(src) {
		k := class[src[p]]
		if k&(classSpace|classSlash|classGreater|classEqual) != 0 {
			break
		}
		seen |= k
		p++
	}
	nameEnd := p
	p = skipSpace(src, p)
	if p == len(src) {
		return -1
	}
	if src[p] != '=' {
		s.keep(start, nameEnd, p, p, seen)
		return p
	}
	p = skipSpace(src, p+1)
	if p == len(src) {
		return -1
	}
	if q := src[p]; q == '"' || q == '\'' {
		n := bytes.IndexByte(src[p+1:], q)
		if n < 0 {
			return -1
		}
		s.keep(start, nameEnd, p+1, p+1+n, seen)
		return p + n + 2
	}
	val := p
	for p < len(src) && class[src[p]]&(classSpace|classGreater) == 0 {
		p++
	}
	if p == len(src) {
		return -1
	}
	s.keep(start, nameEnd, val, p, seen)
	return p
}

// keep notes an attribute, if it is the first of its name.
func (s *Scanner) keep(nameStart, nameEnd, valStart, valEnd int, seen byte) {
	id := attrOf(s.src[nameStart:nameEnd], seen&classUpper != 0)
	if id != AttrOther {
		bit := uint64(1) << id
		if s.seen&bit != 0 {
			return
		}
		s.seen |= bit
	}
	if s.n == maxAttrs {
		s.Cut++
		return
	}
	a := &s.attrs[s.n] // field by field: a whole Attr would be made elsewhere first, and the copy waits for its parts
	a.ID = id
	a.nameStart, a.nameEnd = uint32(nameStart), uint32(nameEnd)
	a.valStart, a.valEnd = uint32(valStart), uint32(valEnd)
	s.n++
}

// declaration returns the position after what begins with "<!" before p: a comment, a doctype, a CDATA section or a
// bogus comment.
func (s *Scanner) declaration(p int) int {
	rest := s.src[p:]
	if len(rest) >= 2 && rest[0] == '-' && rest[1] == '-' {
		return s.comment(p + 2)
	}
	if bytes.HasPrefix(rest, cdataOpen) && (s.xml || s.allowsCDATA()) {
		if i := bytes.Index(rest[len(cdataOpen):], cdataClose); i >= 0 {
			return p + len(cdataOpen) + i + len(cdataClose)
		}
		return len(s.src)
	}
	return s.afterAngle(p)
}

// comment returns the position after the comment whose content begins at p. It ends at "-->" or "--!>", or at once
// when it begins with ">" or "->" (sections 13.2.5.43 to 13.2.5.52).
func (s *Scanner) comment(p int) int {
	src := s.src
	for at := p; ; at++ {
		i := bytes.IndexByte(src[at:], '>')
		if i < 0 {
			return len(src)
		}
		at += i
		body := src[p:at]
		if len(body) == 0 || len(body) == 1 && body[0] == '-' || bytes.HasSuffix(body, dashes) || bytes.HasSuffix(body, dashesBang) {
			return at + 1
		}
	}
}

// afterAngle is the position after the next '>': a doctype and every bogus comment ends there.
func (s *Scanner) afterAngle(p int) int {
	i := bytes.IndexByte(s.src[p:], '>')
	if i < 0 {
		return len(s.src)
	}
	return p + i + 1
}

func skipSpace(src []byte, p int) int {
	for p < len(src) && class[src[p]]&classSpace != 0 {
		p++
	}
	return p
}
