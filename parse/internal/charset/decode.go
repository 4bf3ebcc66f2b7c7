package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// lookup is Lookup for what is left after its fast path.
func lookup(label string) string {
	for i := range len(label) {
		if label[i] <= ' ' || label[i] >= utf8.RuneSelf { // the index would trim or fold some of these
			return ""
		}
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return ""
	}
	return strings.ToLower(name)
}

// encodingOf is the decoder of a name, nil for one that is not known.
func encodingOf(name string) encoding.Encoding {
	switch name {
	case utf8Name:
		return unicode.UTF8
	case utf16LEName:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BEName:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}

// Decode turns bytes of the named encoding into UTF-8, without the byte order mark; every broken sequence becomes
// U+FFFD. It returns b itself, or a part of it, when that is UTF-8 as it stands. A name that is not known is taken for
// windows-1252. What is encoded with "replacement" (hz-gb-2312, iso-2022-kr) gives one U+FFFD, as the standard says.
func Decode(name string, b []byte) []byte {
	b = withoutBOM(name, b)
	switch name {
	case utf8Name:
		if utf8.Valid(b) {
			return b
		}
	case utf16LEName, utf16BEName:
	case replacementName:
		if len(b) == 0 {
			return b
		}
		return []byte("\uFFFD")
	case iso2022JPName:
		if isASCII(b) && !bytes.ContainsAny(b, "\x0E\x0F\x1B") {
			return b
		}
	default:
		if isASCII(b) {
			return b
		}
	}
	if name == "gbk" || name == "gb18030" {
		return decodeGB18030(b)
	}
	enc := encodingOf(name)
	if enc == nil {
		enc = encodingOf(windows1252Name)
	}
	return transformAll(enc.NewDecoder(), b)
}

// withoutBOM cuts the byte order mark of the encoding that is decoded (Encoding Standard, "decode").
func withoutBOM(name string, b []byte) []byte {
	if found := bom(b); found != "" && found == name {
		if found == utf8Name {
			return b[3:]
		}
		return b[2:]
	}
	return b
}

// transformAll decodes b in as few buffers as its growth needs: two bytes of a Chinese, Japanese or Korean encoding make
// three, one byte above ASCII makes two or three.
func transformAll(t transform.Transformer, b []byte) []byte {
	dst := make([]byte, len(b)+len(b)/2+utf8.UTFMax)
	written, read := 0, 0
	for {
		w, r, err := t.Transform(dst[written:], b[read:], true)
		written, read = written+w, read+r
		switch {
		case err == nil:
			return dst[:written]
		case err == transform.ErrShortDst:
			dst = append(dst, make([]byte, len(dst)/2+utf8.UTFMax)...)
		default: // the decoders replace what is broken; should one stop all the same, its bytes are passed over
			dst = append(dst[:written], "\uFFFD"...)
			written, read = len(dst), min(read+1, len(b))
			dst = append(dst, make([]byte, len(b)-read+utf8.UTFMax)...)
		}
	}
}

// isASCII reports whether b has only bytes below 0x80.
func isASCII(b []byte) bool {
	const high = 0x8080808080808080
	for len(b) >= 8 {
		if (uint64(b[0])|uint64(b[1])<<8|uint64(b[2])<<16|uint64(b[3])<<24|
			uint64(b[4])<<32|uint64(b[5])<<40|uint64(b[6])<<48|uint64(b[7])<<56)&high != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
