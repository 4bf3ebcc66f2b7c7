package parse

import (
	"bytes"
	"unicode/utf8"

	"crawl/parse/internal/htmlscan"
)

// cssRefs walks over the resources that a style sheet or style attribute names: url() in any place and the string of
// @import (CSS Syntax 3, section 4.3; CSS Cascade, section 2). Comments and other strings are skipped. Each byte is looked
// at once, and a second time inside url(). The names url, import and namespace are known without escapes only.
type cssRefs struct {
	b   []byte
	pos int
}

// mayReferCSS says whether a look with cssRefs can find anything; almost no style attribute has a url().
func mayReferCSS(b []byte) bool {
	for rest := b; ; {
		i := bytes.IndexByte(rest, '(')
		if i < 0 {
			break
		}
		if i >= 3 && htmlscan.EqualFold(rest[i-3:i], "url") {
			return true
		}
		rest = rest[i+1:]
	}
	for rest := b; ; {
		i := bytes.IndexByte(rest, '@')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if hasPrefixFold(rest, "import") {
			return true
		}
	}
}

// next gives the next reference, as it stands there or, with its escapes resolved, in memory of its own.
func (c *cssRefs) next() (ref []byte, ok bool) {
	for c.pos < len(c.b) {
		rest := c.b[c.pos:]
		switch rest[0] {
		case '/':
			if len(rest) > 1 && rest[1] == '*' {
				c.skipComment()
				continue
			}
		case '"', '\'':
			c.quoted()
			continue
		case '\\':
			c.pos++
		case '@':
			c.pos++
			if ref, ok := c.atRule(); ok {
				return ref, true
			}
			continue
		case 'u', 'U':
			if hasPrefixFold(rest, "url(") && (c.pos == 0 || !isCSSName(c.b[c.pos-1])) {
				c.pos += len("url(")
				if ref, ok := c.url(); ok {
					return ref, true
				}
				continue
			}
		}
		c.pos++
	}
	return nil, false
}

// atRule reads on behind an '@'. It gives the string of an @import; its url() is found like any other. The URL of a
// @namespace is a name, not a resource.
func (c *cssRefs) atRule() (ref []byte, ok bool) {
	rest := c.b[c.pos:]
	switch {
	case hasPrefixFold(rest, "import"):
		c.pos += len("import")
		c.skipSpace()
		if c.pos < len(c.b) && (c.b[c.pos] == '"' || c.b[c.pos] == '\'') {
			return c.quoted()
		}
	case hasPrefixFold(rest, "namespace"):
		c.pos += len("namespace")
		c.skipNamespace()
	}
	return nil, false
}

// skipNamespace skips the rest of a @namespace rule, or what a block inside it leaves of it.
func (c *cssRefs) skipNamespace() {
	for c.pos < len(c.b) {
		switch ch := c.b[c.pos]; {
		case ch == ';' || ch == '{' || ch == '}':
			return
		case ch == '"' || ch == '\'':
			c.quoted()
		case hasPrefixFold(c.b[c.pos:], "url("):
			c.pos += len("url(")
			c.url()
		default:
			c.pos++
		}
	}
}

// skipSpace skips white space and comments.
func (c *cssRefs) skipSpace() {
	for c.pos < len(c.b) {
		rest := c.b[c.pos:]
		switch {
		case htmlscan.IsSpace(rest[0]):
			c.pos++
		case len(rest) > 1 && rest[0] == '/' && rest[1] == '*':
			c.skipComment()
		default:
			return
		}
	}
}

func (c *cssRefs) skipComment() {
	body := c.b[c.pos+2:]
	i := bytes.Index(body, []byte("*/"))
	if i < 0 {
		c.pos = len(c.b)
		return
	}
	c.pos += 2 + i + 2
}

// quoted reads a string from its quote on. A line break ends a string that is not closed, and makes it none.
func (c *cssRefs) quoted() (text []byte, ok bool) {
	quote := c.b[c.pos]
	start := c.pos + 1
	escaped := false
	for i := start; i < len(c.b); i++ {
		switch c.b[i] {
		case quote:
			c.pos = i + 1
			return unescapeCSS(c.b[start:i], escaped), true
		case '\n', '\r', '\f':
			c.pos = i
			return nil, false
		case '\\':
			escaped = true
			i++
		}
	}
	c.pos = len(c.b)
	return unescapeCSS(c.b[start:], escaped), true
}

// url reads the inside of url( up to its parenthesis.
func (c *cssRefs) url() (ref []byte, ok bool) {
	for c.pos < len(c.b) && htmlscan.IsSpace(c.b[c.pos]) {
		c.pos++
	}
	if c.pos < len(c.b) && (c.b[c.pos] == '"' || c.b[c.pos] == '\'') {
		return c.quoted()
	}
	start, end := c.pos, -1
	escaped, bad := false, false
	for ; c.pos < len(c.b) && c.b[c.pos] != ')'; c.pos++ {
		switch ch := c.b[c.pos]; {
		case htmlscan.IsSpace(ch):
			if end < 0 {
				end = c.pos
			}
			continue
		case ch == '"' || ch == '\'' || ch == '(':
			bad = true
		case ch == '\\':
			escaped = true
			c.pos += escapeLen(c.b[c.pos+1:])
		}
		bad = bad || end >= 0 // white space is allowed at the end only
	}
	if end < 0 {
		end = min(c.pos, len(c.b))
	}
	c.pos = min(c.pos+1, len(c.b))
	return unescapeCSS(c.b[start:end], escaped), !bad
}

// unescapeCSS resolves escapes (CSS Syntax 3, section 4.3.7); an escaped line break goes away.
func unescapeCSS(b []byte, escaped bool) []byte {
	if !escaped {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		n := escapeLen(b[i+1:])
		out = appendEscape(out, b[i+1:i+1+n])
		i += n
	}
	return out
}

// escapeLen is how many bytes behind a backslash belong to it: up to six hexadecimal digits and a white space, or one
// byte.
func escapeLen(b []byte) int {
	n := 0
	for n < min(6, len(b)) {
		if _, ok := hexDigit(b[n]); !ok {
			break
		}
		n++
	}
	if n == 0 || n < len(b) && htmlscan.IsSpace(b[n]) {
		n++
	}
	return min(n, len(b))
}

// appendEscape appends what the bytes behind a backslash stand for.
func appendEscape(dst, b []byte) []byte {
	var r rune
	digits := 0
	for _, c := range b {
		d, ok := hexDigit(c)
		if !ok {
			break
		}
		r = r<<4 | d
		digits++
	}
	switch {
	case digits > 0 && r == 0:
		return utf8.AppendRune(dst, utf8.RuneError)
	case digits > 0:
		return utf8.AppendRune(dst, r) // U+FFFD when there is no such character
	case b[0] == '\n' || b[0] == '\r' || b[0] == '\f':
		return dst
	}
	return append(dst, b[0])
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0'), true
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}

// isCSSName says whether c can be part of a name before "url(".
func isCSSName(c byte) bool {
	return c == '-' || c == '_' || c == '\\' || c >= 0x80 ||
		'0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// hasPrefixFold compares with ASCII letters in any case; prefix is in lower case.
func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && htmlscan.EqualFold(b[:len(prefix)], prefix)
}
