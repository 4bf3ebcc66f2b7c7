package picture

import "encoding/binary"

// brand is the type of an ISO base media file by its file type box, "" for what is no picture.
func brand(b []byte) string {
	size := min(int(min(binary.BigEndian.Uint32(b), magicBytes)), len(b))
	found := ""
	for i := 8; i+4 <= size; i += 4 {
		if i == 12 { // the minor version
			continue
		}
		switch string(b[i : i+4]) {
		case "avif", "avis":
			return "avif"
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
			found = "heic"
		}
	}
	return found
}

// nextBox gives the type and content of the first box of b, and what is behind it. Where b ends first, the content is what
// there is of it, rest is nil, and missing says how many bytes are not there.
func nextBox(b []byte) (kind string, content, rest []byte, missing int64, ok bool) {
	if len(b) < 8 {
		return "", nil, nil, 0, false
	}
	size, header := int64(binary.BigEndian.Uint32(b)), int64(8)
	kind = string(b[4:8])
	switch size {
	case 0: // up to the end
		size = int64(len(b))
	case 1:
		if len(b) < 16 {
			return "", nil, nil, 0, false
		}
		size, header = int64(binary.BigEndian.Uint64(b[8:])&(1<<62-1)), 16
	}
	if size < header {
		return "", nil, nil, 0, false
	}
	if size > int64(len(b)) {
		return kind, b[header:], nil, size - int64(len(b)), true
	}
	return kind, b[header:size], b[size:], 0, true
}

// findBox looks for a box. more says that it may be behind the end of b, or that a part of it is.
func findBox(b []byte, want string) (content []byte, more bool) {
	for range maxBoxes {
		kind, content, rest, missing, ok := nextBox(b)
		switch {
		case !ok:
			return nil, true
		case kind == want:
			return content, missing > 0
		case missing > 0:
			return nil, int64(len(b))+missing < SniffBytes
		}
		b = rest
	}
	return nil, false
}

// probeISO reads the sizes among the item properties of AVIF and HEIC (ISO/IEC 23008-12, section 6.5.3): meta, iprp, ipco,
// ispe. The largest is that of the picture; the others are those of its tiles and thumbnails.
func probeISO(b []byte, info *Info) (more bool) {
	info.Animated = string(b[8:12]) == "avis" || string(b[8:12]) == "msf1"
	meta, more := findBox(b, "meta")
	if len(meta) < 4 {
		return more
	}
	properties, cut := findBox(meta[4:], "iprp") // behind version and flags
	more = more && cut
	properties, _ = findBox(properties, "ipco")
	for range maxBoxes {
		kind, content, rest, missing, ok := nextBox(properties)
		if !ok || missing > 0 {
			break
		}
		if kind == "ispe" && len(content) >= 12 {
			w, h := uint64(binary.BigEndian.Uint32(content[4:])), uint64(binary.BigEndian.Uint32(content[8:]))
			if w <= maxSide && h <= maxSide && w*h > uint64(info.Width)*uint64(info.Height) {
				info.Width, info.Height = int(w), int(h)
			}
		}
		properties = rest
	}
	return more
}

// probeJXL reads the size header of a JPEG XL codestream, bare or in boxes (ISO/IEC 18181-1, annex D.2; 18181-2).
func probeJXL(b []byte, info *Info) (more bool) {
	if b[0] == 0 {
		stream, cut := findBox(b, "jxlc")
		if stream == nil {
			part, cutPart := findBox(b, "jxlp")
			if len(part) < 4 {
				return cut && cutPart
			}
			stream = part[4:]
		}
		b = stream
		if len(b) >= 2 && string(b[:2]) != "\xFF\x0A" {
			return false
		}
	}
	const sizeEnd = 2 + 9 // the longest size header
	if len(b) < sizeEnd {
		return true
	}
	bits := bitReader{b: b[2:sizeEnd]}
	small := bits.take(1) == 1
	info.Height = jxlSide(&bits, small)
	if ratio := bits.take(3); ratio > 0 {
		part := [...][2]int{{1, 1}, {12, 10}, {4, 3}, {3, 2}, {16, 9}, {5, 4}, {2, 1}}[ratio-1]
		info.Width = info.Height * part[0] / part[1]
	} else {
		info.Width = jxlSide(&bits, small)
	}
	return false
}

// jxlSide reads one side.
func jxlSide(bits *bitReader, small bool) int {
	if small {
		return 8 * (bits.take(5) + 1)
	}
	width := [...]int{9, 13, 18, 30}[bits.take(2)]
	return bits.take(width) + 1
}

// bitReader gives the bits of a few bytes, the lowest of each byte first, and zeros behind them.
type bitReader struct {
	b   []byte
	pos int
}

// take reads n bits.
func (r *bitReader) take(n int) int {
	v := 0
	for i := range n {
		if at := r.pos / 8; at < len(r.b) {
			v |= int(r.b[at]>>(r.pos%8)&1) << i
		}
		r.pos++
	}
	return v
}
