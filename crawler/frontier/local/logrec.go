package local

import (
	"encoding/binary"
	"strings"

	"crawl/crawler/frontier"
)

// A value of the log holds links in the order of their discovery:
//
//	count, from, depth (uvarints), then for each link
//	key (16), form and flags (1), [from, depth], length of the host, length of the URL, [host], URL
//
// From and Depth stand once before the links, since the links of one page share them; a link that differs has its own.
// The host stands before the URL only where it is not what follows the URL's scheme.

// linkSize is at least the bytes that appendLink adds.
func linkSize(it *frontier.Item) int {
	return len(frontier.Key{}) + 1 + 2*binary.MaxVarintLen64 + 2*binary.MaxVarintLen32 + len(it.Host) + len(it.URL)
}

// encodeLog writes links as one value. There is at least one link.
func encodeLog(key []byte, links []frontier.Item) []byte {
	size := sealBytes + 3*binary.MaxVarintLen64
	for i := range links {
		size += linkSize(&links[i])
	}
	first := &links[0]
	v := seal(make([]byte, 0, size))
	v = binary.AppendUvarint(v, uint64(len(links)))
	v = binary.AppendUvarint(v, uint64(first.From))
	v = binary.AppendUvarint(v, uint64(first.Depth))
	for i := range links {
		v = appendLink(v, &links[i], first)
	}
	return sealed(key, v)
}

func appendLink(v []byte, it, first *frontier.Item) []byte {
	f, _ := splitURL(it.URL, it.Host)
	b := byte(f)<<flagBits | byte(it.Flags)&flagMask
	own := it.From != first.From || it.Depth != first.Depth
	if own {
		b |= logOwn
	}
	v = append(append(v, it.Key[:]...), b)
	if own {
		v = binary.AppendUvarint(v, uint64(it.From))
		v = binary.AppendUvarint(v, uint64(it.Depth))
	}
	v = binary.AppendUvarint(v, uint64(len(it.Host)))
	v = binary.AppendUvarint(v, uint64(len(it.URL)))
	if f == formWhole {
		v = append(v, it.Host...)
	}
	return append(v, it.URL...)
}

// decodeLog appends the links of a value to dst. All their strings share one copy of it.
func decodeLog(dst []frontier.Item, key, v []byte) ([]frontier.Item, error) {
	p, err := unseal(bucketLog, key, v)
	if err != nil {
		return dst, err
	}
	d := decoder{b: p}
	n, from, depth := d.uvarint(), frontier.ID(d.uvarint()), d.depth()
	text := string(d.b)
	for ; n > 0 && !d.bad; n-- {
		it := frontier.Item{From: from, Depth: depth}
		if decodeLink(&d, text, &it) {
			dst = append(dst, it)
		}
	}
	if d.bad || len(d.b) > 0 {
		return dst, damaged(bucketLog, key, "not a list of links")
	}
	return dst, nil
}

// decodeLink reads one link. text is what d reads from, as a string, up to the same end.
func decodeLink(d *decoder, text string, it *frontier.Item) bool {
	copy(it.Key[:], d.bytes(uint64(len(it.Key))))
	b := d.byte()
	f := form(b &^ logOwn >> flagBits)
	it.Flags = frontier.Flags(b & flagMask)
	if b&logOwn != 0 {
		it.From, it.Depth = frontier.ID(d.uvarint()), d.depth()
	}
	hostLen, urlLen := d.uvarint(), d.uvarint()
	part := func(n uint64) string {
		at := len(text) - len(d.b)
		return text[at : at+len(d.bytes(n))]
	}
	if f == formWhole {
		it.Host = part(hostLen)
	}
	it.URL = part(urlLen)
	if d.bad || f >= forms {
		d.bad = true
		return false
	}
	if f != formWhole {
		at := strings.Index(it.URL, "://") + len("://")
		if at < schemeLen || hostLen > uint64(len(it.URL)-at) {
			d.bad = true
			return false
		}
		it.Host = it.URL[at : at+int(hostLen)]
	}
	return true
}
