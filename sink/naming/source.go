package naming

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// ownName is what a file is called by its server: the name in its Content-Disposition, else the last part of its URL's
// path, with the query where the path does not end in the name of a picture (view.php?id=7).
func ownName(f *Facts) string {
	if name := dispositionName(f.Disposition); name != "" {
		return name
	}
	_, path, query := splitURL(f.URL)
	path = strings.TrimRight(path, "/")
	base := unescape(path[strings.LastIndexByte(path, '/')+1:])
	stem, ext := split(base, true)
	switch {
	case base == "":
		base, stem = "index", "index"
	case extensionOfPicture(ext):
		return base
	}
	if query == "" {
		return base
	}
	if base = stem + "_" + unescape(query); ext != "" {
		base += "." + ext
	}
	return base
}

func extensionOfPicture(ext string) bool {
	switch strings.ToLower(ext) {
	case "jpg", "jpeg", "jpe", "jfif", "png", "apng", "gif", "webp", "avif", "svg", "bmp", "tiff", "tif", "ico", "heic", "heif", "jxl":
		return true
	}
	return false
}

// splitURL cuts a URL as text: whatever it holds, its parts are only shown and cleaned.
func splitURL(raw string) (host, path, query string) {
	raw, _, _ = strings.Cut(raw, "#")
	raw, query, _ = strings.Cut(raw, "?")
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		raw = rest
	}
	host, path = raw, ""
	if i := strings.IndexByte(raw, '/'); i >= 0 {
		host, path = raw[:i], raw[i:]
	}
	return host[strings.LastIndexByte(host, '@')+1:], path, query
}

// folders are the parts of a URL's path above its last, decoded; joined by slashes, none of them has one.
func folders(rawURL string) string {
	_, path, _ := splitURL(rawURL)
	path = strings.TrimRight(path, "/")
	i := strings.LastIndexByte(path, '/')
	if i <= 0 {
		return ""
	}
	parts := strings.Split(strings.Trim(path[:i], "/"), "/")
	for i := range parts {
		parts[i] = flat(unescape(parts[i]))
	}
	return strings.Join(parts, "/")
}

// flat takes the slashes out of a value, so that only a template makes folders.
func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// unescape decodes percent-escapes, once, and what they give to UTF-8. An escape that is none stays as it is.
func unescape(s string) string {
	s = s[:min(len(s), 3*maxRaw)]
	if strings.IndexByte(s, '%') < 0 {
		return toUTF8(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hex(s[i+1]) < 16 && hex(s[i+2]) < 16 {
			b = append(b, hex(s[i+1])<<4|hex(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return toUTF8(string(b))
}

// hex gives the value of a digit, 16 for none.
func hex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// toUTF8 decodes bytes that are not UTF-8: as GB18030 when that gives Chinese throughout, else as ISO 8859-1, which is
// what the header of HTTP was (RFC 9110, 5.5). Text of other charsets becomes unreadable, not unsafe.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	s = s[:min(len(s), maxRaw)]
	if out, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil && chinese(out) {
		return out
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func chinese(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf && !unicode.Is(unicode.Han, r) && (r < 0x3000 || r > 0x303f) && (r < 0xff00 || r > 0xff5e) {
			return false
		}
	}
	return true
}
