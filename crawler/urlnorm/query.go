package urlnorm

import (
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
)

// charset encodes the queries of links on a page that is not in UTF-8.
type charset struct {
	encoding encoding.Encoding
	// exception answers for characters that the URL Standard's encoder treats otherwise than the encoding. Its bytes
	// are nil for a character that cannot be encoded. May be nil.
	exception func(r rune) (encoded []byte, ok bool)
	// decodeOnly tells, by the first byte, what the standard decodes but never encodes. May be nil.
	decodeOnly func(lead byte) bool
	stateful   bool // ISO-2022-JP, whose bytes depend on what went before
}

// WithCharset gives a base whose links have their queries percent-encoded in a page's charset, as browsers do. name is a
// label of the Encoding Standard, in any case. A character that the charset lacks becomes its decimal reference,
// "%26%23NNNN%3B". UTF-8, UTF-16, "replacement" (which browsers write as UTF-8), the empty name and an unknown one all
// mean UTF-8. The path and the host are UTF-8 always.
func (b *Base) WithCharset(name string) *Base {
	with := *b
	with.charset = charsetOf(name)
	return &with
}

// charsetOf is nil for UTF-8.
func charsetOf(label string) *charset {
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return nil
	}
	switch name {
	case "utf-8", "utf-16be", "utf-16le", "replacement":
		return nil
	case "iso-2022-jp":
		// The rows of JIS X 0208 are those of EUC-JP without the high bits.
		return &charset{
			encoding: japanese.EUCJP, exception: jisException,
			decodeOnly: func(lead byte) bool { return lead <= 0x8f }, stateful: true,
		}
	case "euc-jp":
		return &charset{encoding: enc, exception: jisException, decodeOnly: func(lead byte) bool { return lead == 0x8f }}
	case "shift_jis":
		return &charset{encoding: enc, exception: shiftJISException}
	case "gbk":
		return &charset{encoding: enc, exception: gbkException}
	case "gb18030":
		return &charset{encoding: enc, exception: gb18030Exception}
	case "big5":
		return &charset{encoding: enc, decodeOnly: func(lead byte) bool { return lead < 0xa1 }}
	}
	return &charset{encoding: enc}
}

// appendQuery appends a query with what it may not hold percent-encoded, after it was encoded in cs.
func appendQuery(dst, query []byte, seen uint16, cs *charset) []byte {
	switch {
	case seen&clsQuery == 0:
		return append(dst, query...)
	case cs == nil:
		return appendEncoded(dst, query, clsQuery)
	case cs.stateful:
		return cs.appendISO2022JP(dst, query)
	}
	var buf [maxEncoded]byte
	encoder := cs.encoding.NewEncoder()
	for i := 0; i < len(query); {
		r, size := utf8.DecodeRune(query[i:])
		if r < utf8.RuneSelf {
			dst = appendQueryByte(dst, query[i])
		} else {
			dst = appendQueryBytes(dst, cs.encode(encoder, &buf, r), r)
		}
		i += size
	}
	return dst
}

// maxEncoded is the most bytes a character takes in any charset: four, in gb18030.
const maxEncoded = 4

// encode gives the bytes of r, in buf or elsewhere; none when the charset lacks it.
func (cs *charset) encode(encoder *encoding.Encoder, buf *[maxEncoded]byte, r rune) []byte {
	if cs.exception != nil {
		if encoded, ok := cs.exception(r); ok {
			return encoded
		}
	}
	var src [utf8.UTFMax]byte
	encoder.Reset()
	n, _, err := encoder.Transform(buf[:], src[:utf8.EncodeRune(src[:], r)], true)
	if err != nil || n == 0 || cs.decodeOnly != nil && cs.decodeOnly(buf[0]) {
		return nil
	}
	return buf[:n]
}

// appendQueryBytes appends the encoded form of r, or its reference when there is none.
func appendQueryBytes(dst, encoded []byte, r rune) []byte {
	if len(encoded) == 0 {
		dst = strconv.AppendInt(append(dst, "%26%23"...), int64(r), 10)
		return append(dst, "%3B"...)
	}
	for _, c := range encoded {
		dst = appendQueryByte(dst, c)
	}
	return dst
}

func appendQueryByte(dst []byte, c byte) []byte {
	if class[c]&clsQuery != 0 {
		return appendEscape(dst, c)
	}
	return append(dst, c)
}
