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

// read reads the first directory. It reports whether more bytes may tell more. Of files with 64-bit offsets (BigTIFF) it
// reads nothing.
func (d *directory) read(b []byte) (more bool) {
	const header, entry = 8, 12
	if len(b) < header {
		return true
	}
	var order binary.ByteOrder
	switch string(b[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return false
	}
	at := int64(order.Uint32(b[4:]))
	if at < header || at+2 > SniffBytes {
		return false
	}
	if at+2 > int64(len(b)) {
		return true
	}
	rest := b[at:]
	n := min(int(order.Uint16(rest)), maxTags)
	rest = rest[2:]
	for range n {
		if len(rest) < entry {
			return true
		}
		d.take(order, rest[:entry])
		rest = rest[entry:]
	}
	return false
}

// take takes an entry: its tag, type, count, and value.
func (d *directory) take(order binary.ByteOrder, e []byte) {
	const short, long = 3, 4
	if order.Uint32(e[4:]) != 1 {
		return
	}
	value := 0
	switch order.Uint16(e[2:]) {
	case short:
		value = int(order.Uint16(e[8:]))
	case long:
		value = int(min(order.Uint32(e[8:]), maxSide+1))
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
