package urlnorm

import (
	"bytes"
	"unicode/utf8"
)

// appendPath appends the path p to dst, whose path so far starts at root and ends with a slash. Dot segments are
// resolved, what a path may not hold is percent-encoded.
func appendPath(dst []byte, root int, p []byte, seen uint16) []byte {
	// clsDots knows a dot behind a slash, not the one behind a scheme's colon: "http:./x".
	if seen&(clsPath|clsBackslash|clsPercent|clsDots) == 0 && (seen&clsColon == 0 || !bytes.HasPrefix(p, []byte("."))) {
		return append(dst, p...)
	}
	for {
		end := 0
		for end < len(p) && !isSlash(p[end]) {
			end++
		}
		segment, last := p[:end], end == len(p)
		switch dots(segment) {
		case 1:
		case 2:
			dst = dst[:parent(dst, root)]
		default:
			dst = appendSegment(dst, segment)
			if !last {
				dst = append(dst, '/')
			}
		}
		if last {
			return dst
		}
		p = p[end+1:]
	}
}

// parent is the length of dst without its last segment, for a path that starts at root and ends with a slash.
func parent(dst []byte, root int) int {
	n := len(dst) - 1
	if n <= root {
		return root + 1
	}
	return root + bytes.LastIndexByte(dst[root:n], '/') + 1
}

// dots is 1 for a single-dot segment, 2 for a double-dot segment, in any spelling, and 0 for others.
func dots(segment []byte) int {
	n := 0
	for len(segment) > 0 {
		switch {
		case segment[0] == '.':
			segment = segment[1:]
		case len(segment) >= 3 && segment[0] == '%' && segment[1] == '2' && segment[2]|0x20 == 'e':
			segment = segment[3:]
		default:
			return 0
		}
		if n++; n > 2 {
			return 0
		}
	}
	return n
}

// appendSegment percent-encodes a path segment, in UTF-8.
func appendSegment(dst, segment []byte) []byte { return appendEncoded(dst, segment, clsPath) }

// appendEncoded appends s with the bytes of the set percent-encoded. What is not UTF-8 becomes U+FFFD.
func appendEncoded(dst, s []byte, set uint16) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case class[c]&set == 0:
			dst = append(dst, c)
			i++
		case c < utf8.RuneSelf:
			dst = appendEscape(dst, c)
			i++
		default:
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, "%EF%BF%BD"...)
			} else {
				for _, c := range s[i : i+size] {
					dst = appendEscape(dst, c)
				}
			}
			i += size
		}
	}
	return dst
}
