package picture

import "encoding/binary"

// directory is what the first directory of a TIFF file says (TIFF 6.0, section 2).
type directory struct {
	width, height, orientation int
}

// Tags.
const (
	tagWidth       = 256
	tagHeight      = 257
	tagOrientation = 274
)

// isBigTIFF reports whether a TIFF file has 64-bit offsets.
func isBigTIFF(b []byte) bool { return len(b) >= 4 && (b[2] == 43 || b[3] == 43) }

// read reads the first directory. It reports whether more bytes may tell more.
func (d *directory) read(b []byte) (more bool) {
	if len(b) < 16 {
		return true
	}
	var order binary.ByteOrder
	switch string(b[:2]) {
	case "II":
		order = binary.LittleEndian
	case "MM":
		order = binary.BigEndian
	default:
		return false
	}
	// Of the 64-bit form the offset, the number of entries, and in each the count and value are longer.
	at, count, entry := uint64(order.Uint32(b[4:])), 2, 12
	if isBigTIFF(b) {
		at, count, entry = order.Uint64(b[8:]), 8, 20
	}
	if at > SniffBytes {
		return false
	}
	if int(at)+count > len(b) {
		return true
	}
	n := min(int(order.Uint16(b[at:])), maxTags)
	if count == 8 {
		n = int(min(order.Uint64(b[at:]), maxTags))
	}
	for rest := b[int(at)+count:]; n > 0; n-- {
		if len(rest) < entry {
			return true
		}
		d.take(order, rest[:entry])
		rest = rest[entry:]
	}
	return false
}

// take takes an entry: its tag, type, count, which is 1 for the tags that matter, and value.
func (d *directory) take(order binary.ByteOrder, e []byte) {
	const short, long = 3, 4
	at := 8
	if len(e) > 12 {
		at = 12
	}
	value := 0
	switch order.Uint16(e[2:]) {
	case short:
		value = int(order.Uint16(e[at:]))
	case long:
		value = int(min(order.Uint32(e[at:]), maxSide+1))
	}
	switch order.Uint16(e) {
	case tagWidth:
		d.width = value
	case tagHeight:
		d.height = value
	case tagOrientation:
		d.orientation = value
	}
}
