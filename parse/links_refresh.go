package parse

import (
	"bytes"

	"crawl/parse/internal/htmlscan"
)

// refreshURL is the URL in the content of a meta refresh, as it stands there; false when there is none, or the content is
// not valid (HTML standard, section 4.2.5.3, shared declarative refresh steps).
func refreshURL(content []byte) ([]byte, bool) {
	b := trimLeftSpace(content)
	n := digits(b)
	if n == 0 && (len(b) == 0 || b[0] != '.') {
		return nil, false
	}
	for n < len(b) && (b[n] == '.' || '0' <= b[n] && b[n] <= '9') {
		n++
	}
	b = b[n:]
	if len(b) == 0 || b[0] != ';' && b[0] != ',' && !htmlscan.IsSpace(b[0]) {
		return nil, false
	}
	b = trimLeftSpace(b)
	if len(b) > 0 && (b[0] == ';' || b[0] == ',') {
		b = trimLeftSpace(b[1:])
	}
	b = afterURLEquals(b)
	return b, len(b) > 0
}

// afterURLEquals cuts "url=" and the quotes off. Something that only begins like "url=" is the URL itself.
func afterURLEquals(b []byte) []byte {
	rest := b
	if len(b) > 0 && (b[0] == 'u' || b[0] == 'U') {
		if len(b) < 3 || !htmlscan.EqualFold(b[:3], "url") {
			return b
		}
		rest = trimLeftSpace(b[3:])
		if len(rest) == 0 || rest[0] != '=' {
			return b
		}
		rest = trimLeftSpace(rest[1:])
	}
	if len(rest) > 0 && (rest[0] == '\'' || rest[0] == '"') {
		quote := rest[0]
		rest = rest[1:]
		if i := bytes.IndexByte(rest, quote); i >= 0 {
			rest = rest[:i]
		}
	}
	return rest
}

func trimLeftSpace(b []byte) []byte {
	for len(b) > 0 && htmlscan.IsSpace(b[0]) {
		b = b[1:]
	}
	return b
}
