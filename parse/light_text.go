package parse

import (
	"unicode"
	"unicode/utf8"
)

// foldText appends text with each run of white space as one space and none at its ends, without control characters and
// the marks that change the direction of writing, with U+FFFD for each byte that is not UTF-8, and cut before max bytes
// at the end of a character.
func foldText(dst, text []byte, max int) []byte {
	limit := len(dst) + max
	start := len(dst)
	space := false
	for len(text) > 0 {
		if n := asciiWord(text); n > 0 {
			if space && len(dst)+1 < limit {
				dst = append(dst, ' ')
				space = false
			}
			if n = min(n, limit-len(dst)); space || n == 0 {
				return dst
			}
			dst, text = append(dst, text[:n]...), text[n:]
			continue
		}
		r, n := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text)
		}
		text = text[n:]
		switch {
		case unicode.IsSpace(r):
			space = len(dst) > start
			continue
		case unicode.IsControl(r) || isDirectionMark(r):
			continue
		}
		need := utf8.RuneLen(r)
		if space {
			need++
		}
		if len(dst)+need > limit {
			return dst
		}
		if space {
			dst = append(dst, ' ')
			space = false
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// asciiWord is how many printable ASCII characters text starts with, none of them a space.
func asciiWord(text []byte) int {
	n := 0
	for n < len(text) && ' ' < text[n] && text[n] < 0x7F {
		n++
	}
	return n
}

// isDirectionMark says whether r makes a terminal or page write in another direction (Unicode Bidirectional Algorithm).
func isDirectionMark(r rune) bool {
	switch {
	case r == 0x061C, r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}
