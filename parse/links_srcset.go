package parse

import (
	"bytes"

	"crawl/parse/internal/htmlscan"
)

// srcset walks over the image candidates of a srcset attribute (HTML standard, section 4.8.4.3.10). Each byte is looked
// at once or twice.
type srcset struct {
	rest []byte
	last imageDescriptors // of the candidate that next gave
}

// next gives the URL of the next candidate whose descriptors are valid, as it stands in the attribute.
func (s *srcset) next() (url []byte, ok bool) {
	for {
		for len(s.rest) > 0 && (s.rest[0] == ',' || htmlscan.IsSpace(s.rest[0])) {
			s.rest = s.rest[1:]
		}
		if len(s.rest) == 0 {
			return nil, false
		}
		n := 0
		for n < len(s.rest) && !htmlscan.IsSpace(s.rest[n]) {
			n++
		}
		url, s.rest = s.rest[:n], s.rest[n:]
		s.last = imageDescriptors{}
		if url[n-1] == ',' {
			return bytes.TrimRight(url, ","), true
		}
		if s.last = s.descriptors(); s.last.valid() {
			return url, true
		}
	}
}

// descriptors reads a candidate's descriptors up to its comma.
func (s *srcset) descriptors() (d imageDescriptors) {
	for {
		for len(s.rest) > 0 && htmlscan.IsSpace(s.rest[0]) {
			s.rest = s.rest[1:]
		}
		n, parens := 0, false
		for n < len(s.rest) {
			c := s.rest[n]
			if !parens && (c == ',' || htmlscan.IsSpace(c)) {
				break
			}
			parens = c == '(' || parens && c != ')'
			n++
		}
		if n > 0 {
			d.add(s.rest[:n])
		}
		s.rest = s.rest[n:]
		if len(s.rest) == 0 {
			return d
		}
		if s.rest[0] == ',' {
			s.rest = s.rest[1:]
			return d
		}
	}
}

// imageDescriptors is what the descriptors of one candidate said.
type imageDescriptors struct {
	width, density, height, bad bool

	number []byte // of the width or density
}

func (d *imageDescriptors) add(b []byte) {
	num, unit := b[:len(b)-1], b[len(b)-1]
	switch {
	case unit == 'w' && isPositiveInteger(num) && !d.width && !d.density:
		d.width, d.number = true, num
	case unit == 'x' && isDensity(num) && !d.width && !d.density && !d.height:
		d.density, d.number = true, num
	case unit == 'h' && isPositiveInteger(num) && !d.height && !d.density:
		d.height = true
	default:
		d.bad = true
	}
}

func (d *imageDescriptors) valid() bool { return !d.bad && (!d.height || d.width) }

// isPositiveInteger says whether b is a valid non-negative integer above 0.
func isPositiveInteger(b []byte) bool {
	return digits(b) == len(b) && len(bytes.Trim(b, "0")) > 0
}

// isDensity says whether b is a valid floating-point number that is not below 0 (section 2.3.4.3).
func isDensity(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
		mantissa, _, _ := bytes.Cut(bytes.ToLower(b), []byte("e"))
		if bytes.ContainsAny(mantissa, "123456789") {
			return false
		}
	}
	n := digits(b)
	whole := n > 0
	b = b[n:]
	if len(b) > 0 && b[0] == '.' {
		n = digits(b[1:])
		if n == 0 {
			return false
		}
		whole = true
		b = b[1+n:]
	}
	if !whole {
		return false
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		return len(b) > 0 && digits(b) == len(b)
	}
	return len(b) == 0
}

// digits counts the ASCII digits that b begins with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}
