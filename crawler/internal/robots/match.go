package robots

import "strings"

// match tells whether a normalised path fits the rule's pattern, and how many bytes of the path were searched for it: none
// unless there is an asterisk, and at most all of them once. A part of the pattern is looked for only behind the place
// where the part before it was first found, which leaves the most room for the rest.
func (r *rule) match(path string) (ok bool, searched int) {
	pattern := r.path()
	if r.flags&anchored != 0 {
		pattern = pattern[:len(pattern)-1]
	}
	if r.flags&wildcard == 0 {
		if r.flags&anchored != 0 {
			return path == pattern, 0
		}
		return strings.HasPrefix(path, pattern), 0
	}
	part, rest, _ := strings.Cut(pattern, "*")
	if !strings.HasPrefix(path, part) {
		return false, 0
	}
	left := path[len(part):]
	for more := true; ; {
		part, rest, more = strings.Cut(rest, "*")
		if !more && r.flags&anchored != 0 {
			return strings.HasSuffix(left, part), len(path) - len(left)
		}
		i := strings.Index(left, part)
		if i < 0 {
			return false, len(path)
		}
		left = left[i+len(part):]
		if !more {
			return true, len(path) - len(left)
		}
	}
}

// normalise brings a path or a pattern into the one spelling in which both are compared (RFC 9309 section 2.2.2): a
// percent-encoded unreserved character is decoded, what a URL may not hold is percent-encoded, and the digits of an
// escape are upper case. An apostrophe is encoded too, because browsers encode it in queries only.
func normalise(s string) string {
	i := 0
	for i < len(s) && isKept(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*(len(s)-i))
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			if isUnreserved(c) {
				b.WriteByte(c)
			} else {
				writeEscape(&b, c)
			}
		case c == '%' || isKept(c):
			b.WriteByte(c)
		default:
			writeEscape(&b, c)
		}
	}
	return b.String()
}

func writeEscape(b *strings.Builder, c byte) {
	const digits = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(digits[c>>4])
	b.WriteByte(digits[c&15])
}

// kept is the reserved and unreserved characters of RFC 3986, without the apostrophe.
var kept = func() (t [256]bool) {
	for c := range t {
		t[c] = isUnreserved(byte(c)) || strings.IndexByte(":/?#[]@!$&()*+,;=", byte(c)) >= 0
	}
	return t
}()

func isKept(c byte) bool { return kept[c] }

func isUnreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// unhex is the value of a hexadecimal digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
