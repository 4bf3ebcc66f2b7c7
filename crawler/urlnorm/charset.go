package urlnorm

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// The states of ISO-2022-JP, as what follows the escape byte on the way into them.
const (
	jisASCII = "(B"
	jisRoman = "(J"
	jis0208  = "$B"
)

// jisWriter is the ISO-2022-JP encoder of the Encoding Standard, section 12.2.2.
type jisWriter struct {
	dst   []byte
	state string
}

// enter writes the escape sequence into a state, unless it is the present one.
func (w *jisWriter) enter(state string) {
	if w.state != state {
		w.dst = append(append(w.dst, "%1B"...), state...)
		w.state = state
	}
}

// appendISO2022JP appends a query in ISO-2022-JP, percent-encoded.
func (cs *charset) appendISO2022JP(dst, query []byte) []byte {
	var buf [maxEncoded]byte
	encoder, w := cs.encoding.NewEncoder(), jisWriter{dst, jisASCII}
	for i := 0; i < len(query); {
		r, size := utf8.DecodeRune(query[i:])
		i += size
		switch {
		case r == '\u00a5' || r == '\u203e':
			w.enter(jisRoman)
			encoded, _ := jisException(r)
			w.dst = appendQueryBytes(w.dst, encoded, r)
		case r == 0x0e || r == 0x0f || r == 0x1b: // would switch the reader's state
			w.put(nil, utf8.RuneError)
		case r < utf8.RuneSelf:
			if w.state == jis0208 || r == '\\' || r == '~' {
				w.enter(jisASCII)
			}
			w.dst = appendQueryByte(w.dst, byte(r))
		default:
			w.put(cs.encodeJIS(encoder, &buf, r), r)
		}
	}
	w.enter(jisASCII)
	return w.dst
}

// put writes a character of JIS X 0208, or its reference when encoded is empty.
func (w *jisWriter) put(encoded []byte, r rune) {
	switch {
	case len(encoded) > 0:
		w.enter(jis0208)
	case w.state == jis0208:
		w.enter(jisASCII)
	}
	w.dst = appendQueryBytes(w.dst, encoded, r)
}

// halfWidth is the first half-width katakana character; fullWidth are the counterparts from there on.
const halfWidth = '\uff61'

var fullWidth = []rune("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜")

// encodeJIS gives the two bytes of r in JIS X 0208; none when it is not there. Half-width katakana becomes full-width.
func (cs *charset) encodeJIS(encoder *encoding.Encoder, buf *[maxEncoded]byte, r rune) []byte {
	if i := int(r - halfWidth); i >= 0 && i < len(fullWidth) {
		r = fullWidth[i]
	}
	encoded := cs.encode(encoder, buf, r)
	if len(encoded) != 2 {
		return nil
	}
	return append(buf[:0], encoded[0]&^0x80, encoded[1]&^0x80)
}

// jisException: the yen sign and the overline take the places that ISO 646-JP gives them, and the minus sign is the
// full-width one.
func jisException(r rune) ([]byte, bool) {
	switch r {
	case '\u00a5':
		return []byte{'\\'}, true
	case '\u203e':
		return []byte{'~'}, true
	case '\u2212':
		return []byte{0xa1, 0xdd}, true
	}
	return nil, false
}

// shiftJISException: as jisException, with the bytes of Shift_JIS.
func shiftJISException(r rune) ([]byte, bool) {
	switch r {
	case '\u0080':
		return []byte{0x80}, true
	case '\u2212':
		return []byte{0x81, 0x7c}, true
	}
	return jisException(r)
}

// gbkException: the private use characters have the three user-defined areas of GBK, in two bytes.
func gbkException(r rune) ([]byte, bool) {
	switch {
	case r == '\ue5e5': // its place became the ideographic space
		return nil, true
	case '\ue000' <= r && r <= '\ue233':
		i := int(r - '\ue000')
		return []byte{byte(0xaa + i/94), byte(0xa1 + i%94)}, true
	case '\ue234' <= r && r <= '\ue4c5':
		i := int(r - '\ue234')
		return []byte{byte(0xf8 + i/94), byte(0xa1 + i%94)}, true
	case '\ue4c6' <= r && r <= '\ue765':
		i := int(r - '\ue4c6')
		trail := 0x40 + i%96
		if trail >= 0x7f {
			trail++
		}
		return []byte{byte(0xa1 + i/96), byte(trail)}, true
	}
	return nil, false
}

// gb18030Exception: as gbkException, and one character whose two-byte place was given to another.
func gb18030Exception(r rune) ([]byte, bool) {
	if r == '\ue7c7' {
		return []byte{0x81, 0x35, 0xf4, 0x37}, true
	}
	return gbkException(r)
}
