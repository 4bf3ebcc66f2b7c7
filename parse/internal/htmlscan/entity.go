package htmlscan

import (
	"html"
	"unicode/utf8"
)

// Plain says whether AppendAttr and AppendText would copy the bytes unchanged, and whether all of them are ASCII.
func Plain(raw []byte) (plain, ascii bool) {
	var seen byte
	for _, c := range raw {
		seen |= class[c]
	}
	return seen&classCoded == 0, seen&classHigh == 0
}

// AppendAttr appends an attribute's value, given as UTF-8 with its character references, as a browser sees it: references
// decoded, CR and CRLF made LF, NUL made U+FFFD. A reference without semicolon before "=", a letter or a digit stays as
// it is, so that "?a=1&copy=2" keeps its meaning (section 13.2.5.73).
func AppendAttr(dst, raw []byte) []byte { return appendDecoded(dst, raw, true) }

// AppendText is AppendAttr for the text of title and textarea, where the exception for "=" does not hold.
func AppendText(dst, raw []byte) []byte { return appendDecoded(dst, raw, false) }

func appendDecoded(dst, raw []byte, attr bool) []byte {
	for len(raw) > 0 {
		i := 0
		for i < len(raw) && class[raw[i]]&classCoded == 0 {
			i++
		}
		dst = append(dst, raw[:i]...)
		if raw = raw[i:]; len(raw) == 0 {
			break
		}
		n := 1
		switch raw[0] {
		case 0:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		case '\r':
			dst = append(dst, '\n')
			if len(raw) > 1 && raw[1] == '\n' {
				n = 2
			}
		default:
			dst, n = appendReference(dst, raw, attr)
		}
		raw = raw[n:]
	}
	return dst
}

// appendReference appends what the '&' at the beginning of raw stands for and returns how many bytes that took.
func appendReference(dst, raw []byte, attr bool) ([]byte, int) {
	if len(raw) > 1 && raw[1] == '#' {
		return appendNumeric(dst, raw)
	}
	n := 1
	for n < len(raw) && n <= maxEntity && isAlnum(raw[n]) {
		n++
	}
	if n < len(raw) && raw[n] == ';' {
		n++
	}
	switch string(raw[:n]) {
	case "&":
		return append(dst, '&'), 1
	case "&amp;":
		return append(dst, '&'), n
	case "&quot;":
		return append(dst, '"'), n
	case "&lt;":
		return append(dst, '<'), n
	case "&gt;":
		return append(dst, '>'), n
	}
	return appendNamed(dst, raw, n, attr)
}

// appendNamed appends what the reference raw[:n], of letters and digits with or without a semicolon, stands for. The
// names are those of package html; a name that it does not know as a whole but knows the beginning of is decoded in part,
// which is right in text and wrong in an attribute.
func appendNamed(dst, raw []byte, n int, attr bool) ([]byte, int) {
	ref := raw[:n]
	if !attr {
		return append(dst, html.UnescapeString(string(ref))...), n
	}
	semicolon := ref[n-1] == ';'
	if !semicolon && n < len(raw) && raw[n] == '=' {
		return append(dst, ref...), n
	}
	out := html.UnescapeString(string(ref))
	// What is left of a name known in part ends in its last byte. No whole name stands for text that ends in a letter, digit
	// or semicolon without having one itself, save these two.
	last := out[len(out)-1]
	whole := semicolon && last != ';' || !semicolon && !isAlnum(last) || string(ref) == "&semi;"
	if !whole {
		return append(dst, ref...), n
	}
	return append(dst, out...), n
}

// appendNumeric is appendReference for "&#..." (sections 13.2.5.75 to 13.2.5.80).
func appendNumeric(dst, raw []byte) ([]byte, int) {
	n, base := 2, rune(10)
	if n < len(raw) && (raw[n] == 'x' || raw[n] == 'X') {
		n, base = 3, 16
	}
	first := n
	var x rune
	for n < len(raw) {
		d := digit(raw[n])
		if d >= base {
			break
		}
		x = min(x*base+d, utf8.MaxRune+1) // the minimum keeps it from overflowing
		n++
	}
	if n == first {
		return append(dst, raw[:n]...), n
	}
	if n < len(raw) && raw[n] == ';' {
		n++
	}
	return utf8.AppendRune(dst, numeric(x)), n
}

// numeric is the character that a numeric reference stands for.
func numeric(x rune) rune {
	if 0x80 <= x && x < 0xA0 {
		return windows1252[x-0x80]
	}
	if x == 0 || x > utf8.MaxRune {
		return utf8.RuneError
	}
	return x // utf8.AppendRune makes surrogates U+FFFD
}

// digit is the value of a hexadecimal digit, 16 for every other byte.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return 16
}

// EqualFold compares with ASCII letters in any case; name is in lower case.
func EqualFold(b []byte, name string) bool {
	if len(b) != len(name) {
		return false
	}
	for i, c := range b {
		if lower(c) != name[i] {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return class[c]&classLetter != 0 || '0' <= c && c <= '9'
}

// windows1252 are the characters of the numeric references 0x80 to 0x9F (section 13.2.5.80).
var windows1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// IsSpace says whether c is one of the standard's ASCII white space.
func IsSpace(c byte) bool { return class[c]&classSpace != 0 }

// TrimSpace cuts the standard's ASCII white space off both ends.
func TrimSpace(b []byte) []byte {
	for len(b) > 0 && IsSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && IsSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
