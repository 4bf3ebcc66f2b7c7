package charset

import "bytes"

// prescan looks for a declared encoding (HTML, section 13.2.3.2 "prescan a byte stream to determine its encoding"). "" is
// the standard's failure.
func prescan(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("<\x00?\x00x\x00")):
		return utf16LEName
	case bytes.HasPrefix(b, []byte("\x00<\x00?\x00x")):
		return utf16BEName
	}
	if name := prescanMeta(b); name != "" {
		return name
	}
	return xmlEncoding(b)
}

// prescanMeta walks the markup in b as the standard's loop does; running out of bytes ends it.
func prescanMeta(b []byte) string {
	pos := 0
	for {
		next := bytes.IndexByte(b[pos:], '<')
		if next < 0 {
			return ""
		}
		pos += next
		rest := b[pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			// The two dashes of "-->" may be those of "<!--".
			end := bytes.Index(rest[2:], []byte("-->"))
			if end < 0 {
				return ""
			}
			pos += 2 + end + len("-->")
		case isMetaTag(rest):
			a := attributes{b: b, pos: pos + len("<meta")}
			if name := a.metaCharset(); name != "" {
				return name
			}
			pos = a.pos
		case len(rest) >= 2 && isLetter(rest[1]), len(rest) >= 3 && rest[1] == '/' && isLetter(rest[2]):
			a := attributes{b: b, pos: pos + 1}
			a.skipTagName()
			for a.next() {
			}
			pos = a.pos
		case len(rest) >= 2 && (rest[1] == '!' || rest[1] == '/' || rest[1] == '?'):
			end := bytes.IndexByte(rest, '>')
			if end < 0 {
				return ""
			}
			pos += end + 1
		default:
			pos++
		}
	}
}

// isMetaTag reports whether b starts a meta element.
func isMetaTag(b []byte) bool {
	const tag = "<meta"
	if len(b) <= len(tag) || !equalFold(b[:len(tag)], tag) {
		return false
	}
	c := b[len(tag)]
	return isSpace(c) || c == '/'
}

// attributes steps through the attributes of one tag (HTML, "get an attribute").
type attributes struct {
	b           []byte
	pos         int
	cut         bool // the bytes ended before the tag did
	name, value []byte
}

// metaCharset reads the attributes of a meta element and gives the encoding it declares, or "". pos is then behind them.
func (a *attributes) metaCharset() string {
	var gotPragma, gotCharset, seenPragma, seenContent bool
	needPragma, charset := false, ""
	for a.next() {
		switch {
		case equalFold(a.name, "http-equiv") && !seenPragma:
			seenPragma = true
			gotPragma = equalFold(a.value, "content-type")
		case equalFold(a.name, "content") && !seenContent:
			seenContent = true
			if name := lookupBytes(charsetInContent(a.value)); name != "" && !gotCharset {
				charset, needPragma = name, true
			}
		case equalFold(a.name, "charset") && !gotCharset:
			gotCharset, needPragma = true, false
			charset = lookupBytes(a.value)
		}
	}
	if a.cut || needPragma && !gotPragma {
		return ""
	}
	return declaredInMarkup(charset)
}

// declaredInMarkup corrects a name that markup cannot truly have been written in.
func declaredInMarkup(name string) string {
	switch name {
	case utf16LEName, utf16BEName:
		return utf8Name
	case "x-user-defined":
		return windows1252Name
	}
	return name
}

// next reads one attribute into name and value, not lower-cased. It is false at the end of the tag, with pos behind it,
// and at the end of the bytes, with pos there.
func (a *attributes) next() bool {
	b := a.b
	for a.pos < len(b) && (isSpace(b[a.pos]) || b[a.pos] == '/') {
		a.pos++
	}
	if a.pos >= len(b) {
		return a.ranOut()
	}
	if b[a.pos] == '>' {
		a.pos++
		return false
	}
	start := a.pos
	pos := start
	for pos < len(b) && (b[pos] != '=' || pos == start) && !isSpace(b[pos]) && b[pos] != '/' && b[pos] != '>' {
		pos++
	}
	a.name, a.value, a.pos = b[start:pos], nil, pos
	a.skipSpace()
	if a.pos >= len(b) {
		return a.ranOut()
	}
	if b[a.pos] != '=' {
		return true
	}
	a.pos++
	a.skipSpace()
	return a.readValue()
}

// readValue reads the value that starts at pos.
func (a *attributes) readValue() bool {
	b := a.b
	if a.pos >= len(b) {
		return a.ranOut()
	}
	if q := b[a.pos]; q == '"' || q == '\'' {
		end := bytes.IndexByte(b[a.pos+1:], q)
		if end < 0 {
			return a.ranOut()
		}
		a.value = b[a.pos+1 : a.pos+1+end]
		a.pos += end + 2
		return true
	}
	start := a.pos
	for a.pos < len(b) && !isSpace(b[a.pos]) && b[a.pos] != '>' {
		a.pos++
	}
	a.value = b[start:a.pos]
	return true // at the end of the bytes the next call says so
}

// ranOut notes that the tag does not end within the bytes; a declaration in it does not count.
func (a *attributes) ranOut() bool {
	a.pos, a.cut = len(a.b), true
	return false
}

// skipTagName goes to the first white space or '>'.
func (a *attributes) skipTagName() {
	for a.pos < len(a.b) && a.b[a.pos] != '>' && !isSpace(a.b[a.pos]) {
		a.pos++
	}
}

func (a *attributes) skipSpace() {
	for a.pos < len(a.b) && isSpace(a.b[a.pos]) {
		a.pos++
	}
}

// charsetInContent is the label in the content attribute of a meta element (HTML, "extracting a character encoding from
// a meta element").
func charsetInContent(s []byte) []byte {
	const key = "charset"
	for {
		i := indexFold(s, key)
		if i < 0 {
			return nil
		}
		s = bytes.TrimLeft(s[i+len(key):], asciiSpace)
		if len(s) > 0 && s[0] == '=' {
			break
		}
	}
	s = bytes.TrimLeft(s[1:], asciiSpace)
	if len(s) == 0 {
		return nil
	}
	if q := s[0]; q == '"' || q == '\'' {
		end := bytes.IndexByte(s[1:], q)
		if end < 0 {
			return nil
		}
		return s[1 : 1+end]
	}
	if end := bytes.IndexAny(s, asciiSpace+";"); end >= 0 {
		return s[:end]
	}
	return s
}

// xmlEncoding is the encoding that an XML declaration names (HTML, "get an XML encoding").
func xmlEncoding(b []byte) string {
	const start, key = "<?xml", "encoding"
	if !bytes.HasPrefix(b, []byte(start)) {
		return ""
	}
	end := bytes.IndexByte(b, '>')
	if end < 0 {
		return ""
	}
	decl := b[len(start):end]
	i := bytes.Index(decl, []byte(key))
	if i < 0 {
		return ""
	}
	decl = trimControls(decl[i+len(key):])
	if len(decl) == 0 || decl[0] != '=' {
		return ""
	}
	decl = trimControls(decl[1:])
	if len(decl) == 0 || decl[0] != '"' && decl[0] != '\'' {
		return ""
	}
	closing := bytes.IndexByte(decl[1:], decl[0])
	if closing < 0 {
		return ""
	}
	label := decl[1 : 1+closing]
	for _, c := range label {
		if c <= ' ' {
			return ""
		}
	}
	return declaredInMarkup(lookupBytes(label))
}

// trimControls cuts leading bytes up to the space.
func trimControls(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	return b
}

// indexFold is where the lower-case ASCII word stands in s, in any case; -1 when nowhere. It is linear because the first
// letter of the word comes only once in it.
func indexFold(s []byte, word string) int {
	for i := 0; i+len(word) <= len(s); i++ {
		if s[i]|0x20 == word[0] && equalFold(s[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

// equalFold reports whether b is the lower-case ASCII word, in any case.
func equalFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool {
	return c <= ' ' && uint64(1)<<c&(1<<' '|1<<'\t'|1<<'\n'|1<<'\f'|1<<'\r') != 0
}

func isLetter(c byte) bool {
	c |= 0x20
	return 'a' <= c && c <= 'z'
}
