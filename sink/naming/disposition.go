package naming

import (
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// dispositionName gives the file name that a Content-Disposition proposes (RFC 6266, with the ext-value of RFC 8187), ""
// when there is none: filename* before filename, only what follows the last slash or backslash. It takes what servers send
// beyond the standard: raw UTF-8, ISO 8859-1 or GB18030, percent-escapes and encoded words (RFC 2047) in filename.
func dispositionName(header string) string {
	if header == "" {
		return ""
	}
	header = header[:min(len(header), maxHeader)]
	name, extended := "", ""
	for rest := header; rest != ""; {
		var key, value string
		key, value, rest = parameter(rest)
		switch {
		case strings.EqualFold(key, "filename") && name == "":
			name = loose(value)
		case strings.EqualFold(key, "filename*") && extended == "":
			extended = extValue(value)
		}
	}
	for _, s := range []string{extended, name} {
		if s = strings.TrimSpace(s[strings.LastIndexAny(s, `/\`)+1:]); strings.Trim(s, ".") != "" {
			return s
		}
	}
	return ""
}

// parameter cuts the next parameter off a header; the type of the disposition is one without a value.
func parameter(s string) (key, value, rest string) {
	i := strings.IndexAny(s, ";=")
	if i < 0 {
		return strings.TrimSpace(s), "", ""
	}
	key = strings.TrimSpace(s[:i])
	if s[i] == ';' {
		return key, "", s[i+1:]
	}
	s = strings.TrimLeft(s[i+1:], " \t")
	if s == "" || s[0] != '"' {
		value, rest, _ = strings.Cut(s, ";")
		return key, strings.TrimSpace(value), rest
	}
	value, rest = quoted(s[1:])
	_, rest, _ = strings.Cut(rest, ";")
	return key, value, rest
}

// quoted reads a quoted-string (RFC 9110, 5.6.4) to its closing quote, or to the end. A backslash escapes only a quote or
// another: in C:\dir\name it is what a server forgot to escape.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// extValue decodes charset'language'percent-encoded; "" for a charset that RFC 8187 does not ask for.
func extValue(s string) string {
	charset, rest, ok := strings.Cut(s, "'")
	if !ok {
		return ""
	}
	if _, rest, ok = strings.Cut(rest, "'"); !ok {
		return ""
	}
	switch strings.ToUpper(charset) {
	case "UTF-8", "ISO-8859-1", "GB18030", "GBK", "GB2312":
		return unescape(rest)
	}
	return ""
}

// loose decodes what servers put into filename although it takes ASCII only.
func loose(s string) string {
	if strings.Contains(s, "=?") {
		d := mime.WordDecoder{CharsetReader: wordCharset}
		if out, err := d.DecodeHeader(s); err == nil && utf8.ValidString(out) {
			return out
		}
	}
	if out := unescape(s); utf8.ValidString(s) {
		return out
	}
	return toUTF8(s)
}

// wordCharset decodes the encoded words that are neither UTF-8 nor ISO 8859-1.
func wordCharset(charset string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "gb2312", "gbk", "gb18030":
		return simplifiedchinese.GB18030.NewDecoder().Reader(in), nil
	}
	return nil, fmt.Errorf("charset %q is not known", charset)
}
