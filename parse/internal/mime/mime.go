// Package mime reads Content-Type headers (WHATWG MIME Sniffing Standard, section 4; Fetch Standard, "extract a MIME
// type") and guesses the type of bytes whose header is absent or known to lie.
//
// Parsing allocates only for values that have to be rewritten: upper case, escapes.
package mime

import (
	"iter"
	"strings"
)

// Type is a parsed MIME type. The zero value is no type.
type Type struct {
	Essence string // "text/html": lower case, without parameters

	params  string // what stood behind the essence, from the first ';'
	charset string // taken over from an earlier value of a combined header
}

// Parse reads one MIME type (MIME Sniffing, section 4.4). It is false where the standard says failure. Parameters that
// are broken are left out.
func Parse(s string) (Type, bool) {
	s = strings.Trim(s, httpSpace)
	essence, params := s, ""
	if i := strings.IndexByte(s, ';'); i >= 0 {
		essence, params = s[:i], s[i:]
	}
	essence = strings.TrimRight(essence, httpSpace)
	slash := strings.IndexByte(essence, '/')
	if slash < 0 || !isToken(essence[:slash]) || !isToken(essence[slash+1:]) {
		return Type{}, false
	}
	return Type{Essence: lower(essence), params: params}, true
}

// Extract reads a Content-Type header that may be several headers joined with commas (Fetch, "extract a MIME type"): the
// last valid one counts, and takes over the charset of those before it that have the same essence.
func Extract(header string) (Type, bool) {
	if strings.IndexByte(header, ',') < 0 {
		return extracted(Parse(header))
	}
	var found Type
	var ok bool
	charset := ""
	for value := range split(header) {
		t, valid := extracted(Parse(value))
		if !valid {
			continue
		}
		if t.Essence != found.Essence {
			charset = ""
		}
		if own, has := t.Param("charset"); has {
			charset = own
		} else {
			t.charset = charset
		}
		found, ok = t, true
	}
	return found, ok
}

// extracted refuses the type that "extract a MIME type" passes over.
func extracted(t Type, ok bool) (Type, bool) {
	if t.Essence == "*/*" {
		return Type{}, false
	}
	return t, ok
}

// Param is the value of a parameter; the name is in lower case. Of several with one name the first counts.
func (t Type) Param(name string) (string, bool) {
	for n, v := range t.Params() {
		if n == name {
			return v, true
		}
	}
	return "", false
}

// Params are the valid parameters in order, names in lower case. A name may come twice; the first counts.
func (t Type) Params() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		rest := t.params
		for rest != "" {
			var name, value string
			var ok bool
			name, value, ok, rest = nextParam(rest[1:])
			if ok && !yield(name, value) {
				return
			}
		}
		if t.charset != "" {
			yield("charset", t.charset)
		}
	}
}

// nextParam reads one parameter, from behind its ';' to the next ';' or the end.
func nextParam(s string) (name, value string, ok bool, rest string) {
	s = strings.TrimLeft(s, httpSpace)
	end := strings.IndexAny(s, ";=")
	if end < 0 {
		return "", "", false, ""
	}
	name = s[:end]
	if s[end] == ';' {
		return "", "", false, s[end:]
	}
	s = s[end+1:]
	if s != "" && s[0] == '"' {
		value, s = quoted(s)
		rest = from(s, ';')
	} else {
		rest = from(s, ';')
		value = strings.TrimRight(s[:len(s)-len(rest)], httpSpace)
		if value == "" {
			return "", "", false, rest
		}
	}
	if !isToken(name) || !isQuotedText(value) {
		return "", "", false, rest
	}
	return lower(name), value, true, rest
}

// quoted reads an HTTP quoted string (Fetch, "collect an HTTP quoted string") that starts s, and what follows it. An
// unterminated one ends with s.
func quoted(s string) (value, rest string) {
	s = s[1:]
	end := strings.IndexAny(s, `"\`)
	if end < 0 {
		return s, ""
	}
	if s[end] == '"' {
		return s[:end], s[end+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// split yields the values of a combined header: parts between commas that stand outside quotes (Fetch, "get, decode, and
// split").
func split(header string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, inQuotes := 0, false
		for i := 0; i < len(header); i++ {
			switch c := header[i]; {
			case c == '\\' && inQuotes:
				i++
			case c == '"':
				inQuotes = !inQuotes
			case c == ',' && !inQuotes:
				if !yield(header[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(header[start:])
	}
}

// httpSpace is HTTP whitespace as the Fetch Standard names it.
const httpSpace = " \t\n\r"

// from is the part of s that starts with c, "" where there is none.
func from(s string, c byte) string {
	if i := strings.IndexByte(s, c); i >= 0 {
		return s[i:]
	}
	return ""
}

// isToken reports whether s is one or more HTTP token code points.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			continue
		}
		if c >= 0x80 || strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return s != ""
}

// isQuotedText reports whether s is made of HTTP quoted-string token code points: TAB, space to tilde, and U+0080 to
// U+00FF, which in a header are single bytes.
func isQuotedText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// lower is strings.ToLower for ASCII only: a MIME type never holds other letters.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
