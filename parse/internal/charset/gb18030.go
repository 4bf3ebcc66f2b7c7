package charset

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// decodeGB18030 decodes as the Encoding Standard, section 10.2.1, says. The library's decoder differs in broken
// sequences and in private-use characters, so where it answers U+FFFD the sequences are gone through one by one.
func decodeGB18030(b []byte) []byte {
	out := transformAll(simplifiedchinese.GB18030.NewDecoder(), b)
	if !bytes.Contains(out, []byte("\uFFFD")) && !bytes.Contains(b, []byte("\x81\x35\xF4\x37")) {
		return out
	}
	decoder := simplifiedchinese.GB18030.NewDecoder()
	out = out[:0]
	good := 0 // where the bytes start that the library decodes as the standard does
	flush := func(end int) {
		if good < end {
			out = append(out, transformAll(decoder, b[good:end])...)
		}
	}
	for i := 0; i < len(b); {
		size, r := gb18030Step(b[i:])
		if r != 0 {
			flush(i)
			out = utf8.AppendRune(out, r)
			good = i + size
		}
		i += size
	}
	flush(len(b))
	return out
}

// gb18030Step measures the sequence that starts b, and gives the character for those that the library decodes
// otherwise: U+FFFD for broken ones, private use; 0 for all others.
func gb18030Step(b []byte) (size int, r rune) {
	if b[0] <= 0x80 {
		return 1, 0
	}
	if b[0] == 0xFF || len(b) < 2 {
		return 1, utf8.RuneError
	}
	if in(b[1], '0', '9') {
		return gb18030Four(b)
	}
	if !in(b[1], 0x40, 0x7E) && !in(b[1], 0x80, 0xFE) {
		if b[1] < utf8.RuneSelf {
			return 1, utf8.RuneError // the ASCII byte stands for itself
		}
		return 2, utf8.RuneError
	}
	return 2, gbkPrivateUse(b[0], b[1])
}

// gb18030Four is gb18030Step for sequences of four bytes.
func gb18030Four(b []byte) (size int, r rune) {
	if len(b) < 4 {
		if len(b) == 2 || in(b[2], 0x81, 0xFE) {
			return len(b), utf8.RuneError
		}
		return 1, utf8.RuneError
	}
	if !in(b[2], 0x81, 0xFE) || !in(b[3], '0', '9') {
		return 1, utf8.RuneError
	}
	pointer := ((int(b[0]-0x81)*10+int(b[1]-'0'))*126+int(b[2]-0x81))*10 + int(b[3]-'0')
	switch {
	case pointer == 7457: // the bytes looked for above: a character of private use in the standard
		return 4, 0xE7C7
	case pointer > 39419 && pointer < 189000, pointer > 1237575:
		return 4, utf8.RuneError
	}
	return 4, 0
}

// gbkPrivateUse is the private-use character of a pair in one of the three user-defined areas of GBK, 0 elsewhere.
func gbkPrivateUse(hi, lo byte) rune {
	switch {
	case in(hi, 0xAA, 0xAF) && lo >= 0xA1:
		return 0xE000 + rune(hi-0xAA)*94 + rune(lo-0xA1)
	case in(hi, 0xF8, 0xFE) && lo >= 0xA1:
		return 0xE234 + rune(hi-0xF8)*94 + rune(lo-0xA1)
	case in(hi, 0xA1, 0xA7) && lo < 0xA1:
		column := rune(lo - 0x40)
		if lo > 0x7F {
			column--
		}
		return 0xE4C6 + rune(hi-0xA1)*96 + column
	}
	return 0
}
