package sink

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// Link is one outlink of a page, resolved.
type Link struct {
	URL      []byte // valid until the next step of the iteration
	Kind     byte   // as given by the parser, below 128: 'a', 'i', ...
	NoFollow bool
}

// imageKind marks the links that name images.
const imageKind = 'i'

// noFollowBit of a link's first byte.
const noFollowBit = 0x80

// Links is a page's outlinks in page order, kept as bytes: a record of 45 links is one allocation. Each URL is written
// as what differs from the one before it, which halves the bytes of a common page. The zero value is empty.
type Links struct {
	n    int
	buf  []byte // for each: kind and flag (1), uvarint length shared with the URL before, uvarint length of the rest, rest
	last []byte // the newest URL; nil after decoding
}

// Len is the number of links.
func (l *Links) Len() int { return l.n }

// Reset empties the list and keeps its memory.
func (l *Links) Reset() { l.n, l.buf, l.last = 0, l.buf[:0], l.last[:0] }

// Clone is a copy in memory of its own, as large as it needs.
func (l *Links) Clone() Links { return Links{n: l.n, buf: bytes.Clone(l.buf)} }

// Add appends a link. A URL above 64 KiB is left out, as no server would answer to it, and false returned.
func (l *Links) Add(kind byte, noFollow bool, url []byte) bool {
	if len(url) > maxLinkURL {
		return false
	}
	if l.n > 0 && l.last == nil {
		l.readLast()
	}
	shared := commonPrefix(l.last, url)
	rest := url[shared:]
	kind &^= noFollowBit
	if noFollow {
		kind |= noFollowBit
	}
	if shared < 0x80 && len(rest) < 0x80 {
		l.buf = append(l.buf, kind, byte(shared), byte(len(rest)))
	} else {
		l.buf = append(l.buf, kind)
		l.buf = binary.AppendUvarint(l.buf, uint64(shared))
		l.buf = binary.AppendUvarint(l.buf, uint64(len(rest)))
	}
	l.buf = append(l.buf, rest...)
	l.last = append(l.last[:shared], rest...)
	l.n++
	return true
}

// readLast finds the newest URL again, which copies and lists that were read back do not carry.
func (l *Links) readLast() {
	for link := range l.All() {
		l.last = append(l.last[:0], link.URL...)
	}
}

// All gives the links in page order.
func (l *Links) All() iter.Seq[Link] {
	return func(yield func(Link) bool) {
		var room [256]byte
		url := room[:0]
		for b := l.buf; len(b) > 0; {
			kind, shared, rest, next, ok := cutLink(b, len(url))
			if !ok {
				return
			}
			url, b = append(url[:shared], rest...), next
			if !yield(Link{URL: url, Kind: kind &^ noFollowBit, NoFollow: kind&noFollowBit != 0}) {
				return
			}
		}
	}
}

// cutLink takes the first link of b. prev is the length of the URL before it.
func cutLink(b []byte, prev int) (kind byte, shared int, rest, next []byte, ok bool) {
	kind, b = b[0], b[1:]
	s, n := uvarint(b)
	if n == 0 || s > uint64(prev) {
		return 0, 0, nil, nil, false
	}
	b = b[n:]
	size, n := uvarint(b)
	if n == 0 || size > uint64(len(b)-n) || s+size > maxLinkURL {
		return 0, 0, nil, nil, false
	}
	b = b[n:]
	return kind, int(s), b[:size], b[size:], true
}

// validLinks reports whether b holds exactly n links.
func validLinks(b []byte, n uint64) bool {
	length := 0
	for ; n > 0 && len(b) > 0; n-- {
		_, shared, rest, next, ok := cutLink(b, length)
		if !ok {
			return false
		}
		length, b = shared+len(rest), next
	}
	return n == 0 && len(b) == 0
}

// commonPrefix gives how many bytes a and b share at their start.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if binary.LittleEndian.Uint64(a[i:]) != binary.LittleEndian.Uint64(b[i:]) {
			break
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// uvarint reads a uvarint in its shortest form; n is 0 when there is none.
func uvarint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	v, n = binary.Uvarint(b)
	if n <= 0 || b[n-1] == 0 {
		return 0, 0
	}
	return v, n
}
