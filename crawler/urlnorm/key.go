package urlnorm

import "bytes"

// KeyVersion names the rules of AppendKey. Keys of different versions are not comparable.
const KeyVersion = "k1"

// IsKey reports whether AppendKey would give href, a URL that Parse or Resolve gave, as it is. It may be false for some that
// it would; of common links it is true.
func IsKey(href []byte) bool {
	return len(href) == 0 || href[len(href)-1] != '?' && bytes.IndexByte(href, '%') < 0
}

// AppendKey appends to dst the key that href, a URL that Parse or Resolve gave, is deduped by. The rules are in the
// package's doc comment. It allocates only to grow dst.
func AppendKey(dst, href []byte) []byte {
	if n := len(href); n > 0 && href[n-1] == '?' && bytes.IndexByte(href, '?') == n-1 {
		href = href[:n-1]
	}
	i := bytes.IndexByte(href, '%')
	if i < 0 {
		return append(dst, href...)
	}
	return appendUnescaped(append(dst, href[:i]...), href[i:])
}

// appendUnescaped appends s, which starts with a percent sign, with its escapes normalised.
func appendUnescaped(dst, s []byte) []byte {
	bare := -bareReach // where in dst the last percent sign is that starts no escape
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			dst = append(dst, s[i])
			continue
		}
		c, ok := escaped(s[i:])
		switch {
		case !ok:
			bare = len(dst)
			dst = append(dst, '%')
			continue
		case isUnreserved(c) && len(dst)-bare >= bareReach:
			dst = append(dst, c)
		default:
			dst = appendEscape(dst, c)
		}
		i += 2
	}
	return dst
}

// bareReach is the length of an escape: a character decoded nearer to a bare percent sign could become part of one.
const bareReach = 3

// escaped is the octet that s spells if it starts with a well-formed escape.
func escaped(s []byte) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	hi, lo := unhex(s[1]), unhex(s[2])
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

// isUnreserved is the set of RFC 3986 section 2.3.
func isUnreserved(c byte) bool {
	return isAlpha(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~'
}
