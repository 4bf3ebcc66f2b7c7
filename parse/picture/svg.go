package picture

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// svgSize is a size in CSS pixels, 0 for what is not told.
type svgSize struct{ w, h int }

// svgRoot looks for an svg element as the root of an XML document, and reads its size. Nothing is expanded: an attribute
// with a reference in it tells nothing.
func svgRoot(b []byte, complete bool) (svgSize, State) {
	unfinished := NeedMore
	if complete {
		unfinished = NotAnImage
	}
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	for {
		b = bytes.TrimLeft(b, " \t\r\n")
		switch {
		case len(b) == 0:
			return svgSize{}, unfinished
		case b[0] != '<':
			return svgSize{}, NotAnImage
		}
		end, ok := prologPart(b)
		if !ok {
			break
		}
		if end < 0 {
			return svgSize{}, unfinished
		}
		b = b[end:]
	}
	if len(b) > 3 && b[1] == '!' { // <!DOCTYPE html
		return svgSize{}, NotAnImage
	}
	name, attrs, closed := element(b[1:])
	if local := name[bytes.IndexByte(name, ':')+1:]; string(local) != "svg" {
		if !closed && len(attrs) == 0 && len(name) < magicBytes {
			return svgSize{}, unfinished
		}
		return svgSize{}, NotAnImage
	}
	if !closed && !complete {
		return svgSize{}, NeedMore
	}
	return svgAttributes(attrs), Known
}

// prologPart finds the end of an XML declaration, a processing instruction, a comment or a document type that b starts
// with; -1 when it does not end in b. ok is false for all else, and for the document type of HTML.
func prologPart(b []byte) (end int, ok bool) {
	switch {
	case bytes.HasPrefix(b, []byte("<?")):
		return endOf(b, "?>"), true
	case bytes.HasPrefix(b, []byte("<!--")):
		if end = endOf(b[4:], "-->"); end >= 0 {
			end += 4
		}
		return end, true
	case len(b) < len("<!doctype html"):
		return -1, b[0] == '<' && (len(b) == 1 || b[1] == '!')
	case strings.EqualFold(string(b[:len("<!doctype html")]), "<!doctype html"):
		return 0, false
	case strings.EqualFold(string(b[:len("<!doctype")]), "<!doctype"):
		return doctypeEnd(b), true
	}
	return 0, false
}

// endOf is the place behind the first mark in b, -1 for none.
func endOf(b []byte, mark string) int {
	i := bytes.Index(b, []byte(mark))
	if i < 0 {
		return -1
	}
	return i + len(mark)
}

// doctypeEnd finds the end of a document type with its internal subset, whose declarations, comments and quoted values may
// have '>' and ']' in them.
func doctypeEnd(b []byte) int {
	inside := false
	for p := len("<!doctype"); p < len(b); p++ {
		switch c := b[p]; {
		case c == '"', c == '\'':
			n := bytes.IndexByte(b[p+1:], c)
			if n < 0 {
				return -1
			}
			p += n + 1
		case c == '<' && bytes.HasPrefix(b[p:], []byte("<!--")):
			n := bytes.Index(b[p+4:], []byte("-->"))
			if n < 0 {
				return -1
			}
			p += 4 + n + 2
		case c == '[':
			inside = true
		case c == ']':
			inside = false
		case c == '>' && !inside:
			return p + 1
		}
	}
	return -1
}

// element cuts a start tag, from behind its '<', into name and attributes. closed is false when it does not end in b.
func element(b []byte) (name, attrs []byte, closed bool) {
	n := bytes.IndexAny(b, " \t\r\n/>")
	if n < 0 {
		return b, nil, false
	}
	name, b = b[:n], b[n:]
	for p := 0; p < len(b); p++ {
		switch c := b[p]; c {
		case '>':
			return name, b[:p], true
		case '"', '\'':
			end := bytes.IndexByte(b[p+1:], c)
			if end < 0 {
				return name, b, false
			}
			p += end + 1
		}
	}
	return name, b, false
}

// svgAttributes reads width, height and viewBox (SVG 2, section 8). A side that is absent, or relative to what the picture
// is shown in, follows from the view box.
func svgAttributes(attrs []byte) svgSize {
	var w, h, boxW, boxH float64
	for len(attrs) > 0 {
		var name, value []byte
		name, value, attrs = nextAttribute(attrs)
		switch string(name) {
		case "width":
			w = svgLength(string(value))
		case "height":
			h = svgLength(string(value))
		case "viewBox":
			boxW, boxH = viewBox(string(value))
		}
	}
	if boxW > 0 && boxH > 0 {
		switch {
		case w == 0 && h == 0:
			w, h = boxW, boxH
		case w == 0:
			w = h * boxW / boxH
		case h == 0:
			h = w * boxH / boxW
		}
	}
	if !(w > 0 && h > 0 && w <= maxSide && h <= maxSide) {
		return svgSize{}
	}
	return svgSize{max(int(math.Round(w)), 1), max(int(math.Round(h)), 1)}
}

// nextAttribute reads name="value".
func nextAttribute(b []byte) (name, value, rest []byte) {
	equals := bytes.IndexByte(b, '=')
	if equals < 0 {
		return nil, nil, nil
	}
	name = bytes.TrimSpace(b[:equals])
	b = bytes.TrimLeft(b[equals+1:], " \t\r\n")
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return name, nil, b
	}
	end := bytes.IndexByte(b[1:], b[0])
	if end < 0 {
		return name, nil, nil
	}
	return name, b[1 : 1+end], b[end+2:]
}

// svgLength reads a length in absolute units (CSS Values, section 6.2), in pixels; 0 for any other.
func svgLength(s string) float64 {
	s = strings.TrimSpace(s)
	n := numberEnd(s)
	v, err := strconv.ParseFloat(s[:n], 64)
	if err != nil || v <= 0 || v > maxSide {
		return 0
	}
	switch strings.ToLower(s[n:]) {
	case "", "px":
		return v
	case "pt":
		return v * 96 / 72
	case "pc":
		return v * 16
	case "in":
		return v * 96
	case "cm":
		return v * 96 / 2.54
	case "mm":
		return v * 96 / 25.4
	case "q":
		return v * 96 / 101.6
	}
	return 0
}

// numberEnd is where the number that s starts with ends: digits, one point, and an exponent that is not a unit.
func numberEnd(s string) int {
	n := 0
	for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || n == 0 && (s[n] == '+' || s[n] == '-')) {
		n++
	}
	if n == 0 || n == len(s) || s[n]|0x20 != 'e' {
		return n
	}
	digits := n + 1
	if digits < len(s) && (s[digits] == '+' || s[digits] == '-') {
		digits++
	}
	end := digits
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	if end == digits {
		return n
	}
	return end
}

// viewBox reads the last two of the four numbers.
func viewBox(s string) (w, h float64) {
	if len(s) > magicBytes {
		return 0, 0
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' || r == '\n' })
	if len(parts) != 4 {
		return 0, 0
	}
	return svgLength(parts[2]), svgLength(parts[3])
}
