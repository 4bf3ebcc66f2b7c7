package mime

import (
	"bytes"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Types that Sniff compares with or answers.
const (
	html        = "text/html"
	xhtml       = "application/xhtml+xml"
	plain       = "text/plain"
	xml         = "text/xml"
	svg         = "image/svg+xml"
	octetStream = "application/octet-stream"
)

// Sniff is the essence of the type a body has, going by its Content-Type header ("" for none) and first 1445 bytes (MIME
// Sniffing, section 7). It is always some essence.
//
// A crawler wants the pages and images that servers mislabel, so it goes further than a browser may: text/plain that
// starts with a doctype or html element is HTML, and application/octet-stream is looked at as if there were no header.
func Sniff(contentType string, body []byte) string {
	head := body[:min(len(body), headerBytes)]
	t, ok := Extract(contentType)
	if !ok {
		return unknown(head)
	}
	switch e := t.Essence; {
	case e == html:
		if feed := feedType(head); feed != "" {
			return feed
		}
		return html
	case e == plain:
		return textOrBinary(head)
	case e == octetStream, e == "binary/octet-stream", e == "unknown/unknown", e == "application/unknown", e == "application/force-download":
		return unknown(head)
	case strings.HasPrefix(e, "image/") && e != svg:
		if image := imageType(head); image != "" {
			return image
		}
		return e
	default:
		return e
	}
}

// IsHTML reports whether an essence is that of a page: HTML, or XHTML, which is parsed as HTML.
func IsHTML(essence string) bool { return essence == html || essence == xhtml }

// textOrBinary is for text/plain, which servers send for what they do not know (MIME Sniffing, section 7.2).
func textOrBinary(head []byte) string {
	switch name, _ := rootElement(head); {
	case name == "!doctype html", name == "html":
		return html
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")), !hasBinary(head):
		return plain
	}
	return unknown(head)
}

// unknown is for a body without a type (MIME Sniffing, section 7.1).
func unknown(head []byte) string {
	if name, declared := rootElement(head); name != "" {
		if t := markupType(name, declared); t != "" {
			return t
		}
	}
	if image := imageType(head); image != "" {
		return image
	}
	switch {
	case len(head) == 0:
		return plain
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return plain
	}
	essence, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if essence == octetStream && !hasBinary(head) { // text in an encoding that the library does not know
		return plain
	}
	return essence
}

// markupType is the type of a body whose root element has this name; declared is for one behind <?xml. "" is none.
func markupType(name string, declared bool) string {
	switch name {
	case "svg":
		return svg
	case "rss":
		return "application/rss+xml"
	case "feed":
		return "application/atom+xml"
	case "rdf:rdf":
		return "application/rdf+xml"
	case "html":
		if declared {
			return xhtml
		}
		return html
	case "!doctype html":
		return html
	}
	switch {
	case declared:
		return xml
	case isHTMLStart(name):
		return html
	}
	return ""
}

// isHTMLStart is the standard's list of elements that a page may start with, and meta and link, which are as common.
func isHTMLStart(name string) bool {
	switch name {
	case "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p", "!--",
		"meta", "link":
		return true
	}
	return false
}

// feedType is for text/html that is a feed in truth (MIME Sniffing, "distinguishing if a resource is a feed or HTML").
func feedType(head []byte) string {
	name, _ := rootElement(head)
	switch name {
	case "rss", "feed", "rdf:rdf":
		return markupType(name, true)
	}
	return ""
}

// rootElement is the name of the first element of markup, in lower case, and whether <?xml stands before it. It is
// "!doctype html" where that comes first without <?xml, "!--" where there is a comment and no element behind it, and ""
// for what is not markup.
func rootElement(head []byte) (name string, declared bool) {
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	for range prologSteps {
		head = bytes.TrimLeft(head, " \t\n\f\r")
		if len(head) < 2 || head[0] != '<' {
			break
		}
		end := ">"
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			name, end = "!--", "-->"
		case hasPrefixFold(head, "<!doctype html") && !declared:
			return "!doctype html", false
		case hasPrefixFold(head, "<?xml"):
			declared = true
		case head[1] != '!' && head[1] != '?':
			return elementName(head[1:]), declared
		}
		i := bytes.Index(head, []byte(end))
		if i < 0 {
			break
		}
		head = head[i+len(end):]
	}
	if declared && name == "" {
		name = "?xml"
	}
	return name, declared
}

// elementName is the name that a tag starts with; "" when it does not end within the bytes or is none.
func elementName(b []byte) string {
	const longest = len("rdf:rdf")
	var name [longest]byte
	for i, c := range b {
		if c == '>' || c == '/' || strings.IndexByte(" \t\n\f\r", c) >= 0 {
			return string(name[:i])
		}
		if i == longest {
			break
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		name[i] = c
	}
	return ""
}

// imageType is the image type that the first bytes show (MIME Sniffing, section 6.1, and AVIF, HEIC, JPEG XL), or "".
func imageType(b []byte) string {
	for _, magic := range [...]struct{ prefix, essence string }{
		{"\xFF\xD8\xFF", "image/jpeg"},
		{"\x89PNG\r\n\x1A\n", "image/png"},
		{"GIF87a", "image/gif"},
		{"GIF89a", "image/gif"},
		{"\x00\x00\x01\x00", "image/x-icon"},
		{"\x00\x00\x02\x00", "image/x-icon"},
		{"BM", "image/bmp"},
		{"II*\x00", "image/tiff"},
		{"MM\x00*", "image/tiff"},
		{"\xFF\x0A", "image/jxl"},
		{"\x00\x00\x00\x0CJXL \r\n\x87\n", "image/jxl"},
	} {
		if len(b) >= len(magic.prefix) && string(b[:len(magic.prefix)]) == magic.prefix && (magic.prefix != "BM" || isBMP(b)) {
			return magic.essence
		}
	}
	if len(b) >= 14 && string(b[:4]) == "RIFF" && string(b[8:14]) == "WEBPVP" {
		return "image/webp"
	}
	if len(b) >= 12 && string(b[4:8]) == "ftyp" {
		return isoImage(b)
	}
	if name, _ := rootElement(b); name == "svg" {
		return svg
	}
	return ""
}

// isBMP tells a bitmap from text that starts with BM by the two reserved words, which are zero.
func isBMP(b []byte) bool { return len(b) >= 10 && string(b[6:10]) == "\x00\x00\x00\x00" }

// isoImage is the image type of an ISO base media file by its brands (ISO/IEC 23008-12, AV1 Image File Format).
func isoImage(b []byte) string {
	size := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	for i := 8; i+4 <= min(size, len(b)); i += 4 {
		if i == 12 { // the minor version
			continue
		}
		switch string(b[i : i+4]) {
		case "avif", "avis":
			return "image/avif"
		case "heic", "heix", "hevc", "hevx":
			return "image/heic"
		}
	}
	return ""
}

// hasBinary reports whether b has a binary data byte (MIME Sniffing, section 3).
func hasBinary(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\f' && c != '\r' && c != 0x1B {
			return true
		}
	}
	return false
}

// hasPrefixFold reports whether b starts with the lower-case ASCII prefix, in any case.
func hasPrefixFold(b []byte, prefix string) bool {
	if len(b) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}
