package htmlscan

import "bytes"

// Fixed byte strings of the standard. They are only read.
var (
	cdataOpen  = []byte("[CDATA[")
	cdataClose = []byte("]]>")
	dashes     = []byte("--")
	dashesBang = []byte("--!")
	scriptName = []byte("script")
)

// rawText reads the text of the raw text element s.raw and stops before its end tag.
func (s *Scanner) rawText() Token {
	name := s.src[s.start:s.end]
	p := s.pos
	s.Tag = s.raw
	s.start = p
	switch s.raw {
	case TagPlaintext:
		s.end = len(s.src)
	case TagScript:
		s.end = s.scriptEnd(p)
	default:
		s.end = s.rawTextEnd(p, name)
	}
	s.pos = s.end
	s.raw = TagOther
	s.rawEnd = s.pos < len(s.src)
	return Text
}

// rawTextEnd is the position of the end tag that closes the element of that name, or the page's end
// (sections 13.2.5.2 and 13.2.5.3).
func (s *Scanner) rawTextEnd(p int, name []byte) int {
	for {
		i := bytes.IndexByte(s.src[p:], '<')
		if i < 0 {
			return len(s.src)
		}
		p += i
		if s.closes(p, name) {
			return p
		}
		p++
	}
}

// closes says whether the end tag "</name" stands at p, with something behind it that ends a name.
func (s *Scanner) closes(p int, name []byte) bool {
	return p+1 < len(s.src) && s.src[p+1] == '/' && s.named(p+2, name)
}

// named says whether the name stands at p in any case, with something behind it that ends a name.
func (s *Scanner) named(p int, name []byte) bool {
	end := p + len(name)
	return end < len(s.src) && class[s.src[end]]&(classSpace|classSlash|classGreater) != 0 && equalFold(s.src[p:end], name)
}

// scriptEnd is the position of the end tag that closes a script, or the page's end. After "<!--" the script is escaped
// until "-->"; a "<script" in there makes it double escaped until "</script", and "</script>" does not end it
// (sections 13.2.5.4 and 13.2.5.15 to 13.2.5.31).
func (s *Scanner) scriptEnd(p int) int {
	for {
		i := bytes.IndexByte(s.src[p:], '<')
		if i < 0 {
			return len(s.src)
		}
		p += i
		if s.closes(p, scriptName) {
			return p
		}
		p++
		if !bytes.HasPrefix(s.src[p:], []byte("!--")) {
			continue
		}
		end, closed := s.escapedScript(p + len("!--"))
		if closed {
			return end
		}
		p = end
	}
}

// escapedScript reads an escaped script from behind its "<!--". It returns the position after "-->", or that of the end
// tag and true; at the page's end, that.
func (s *Scanner) escapedScript(p int) (end int, closed bool) {
	src := s.src
	double := false
	run := len("--") // dashes right before p
	for p < len(src) {
		c := src[p]
		switch {
		case c == '-':
			run++
			p++
			continue
		case c == '>' && run >= 2:
			return p + 1, false
		case c != '<':
		case !double && s.closes(p, scriptName):
			return p, true
		case !double && s.named(p+1, scriptName):
			double = true
			p += len("<script")
		case double && s.closes(p, scriptName):
			double = false
			p += len("</script")
		}
		run = 0
		p++
	}
	return len(src), false
}

// equalFold compares with ASCII letters in any case.
func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		if c != b[i] && lower(c) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
