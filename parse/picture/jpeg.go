package picture

import (
	"bytes"
	"encoding/binary"
)

// jpegHead is what stands in a JPEG before its first scan (ITU T.81, annex B).
type jpegHead struct {
	width, height int
	components    int
	samples       float64 // for each pixel, all components together
	progressive   bool
	adobe         bool // has Adobe's segment, with
	transform     byte // the colours: 0 is not YCbCr
	rgb           bool // its components are named R, G and B
	orientation   int
}

// read reads the segments up to the frame header. It reports whether more bytes may tell more.
func (h *jpegHead) read(b []byte) (more bool) {
	p := 2
	for {
		if p+4 > len(b) {
			return p < SniffBytes
		}
		if b[p] != 0xFF {
			return false
		}
		marker := b[p+1]
		switch {
		case marker == 0xFF: // fill
			p++
			continue
		case marker == 0x01, 0xD0 <= marker && marker <= 0xD7: // no length
			p += 2
			continue
		case marker == 0xD9, marker == 0xDA: // end, scan
			return false
		}
		n := int(binary.BigEndian.Uint16(b[p+2:]))
		if n < 2 {
			return false
		}
		segment := b[p+4 : min(p+2+n, len(b))]
		if isFrame(marker) {
			return h.frame(marker, segment, n-2)
		}
		switch {
		case marker == 0xE1 && h.orientation == 0:
			h.exif(segment)
		case marker == 0xEE && len(segment) >= 12 && string(segment[:5]) == "Adobe":
			h.adobe, h.transform = true, segment[11]
		}
		p += 2 + n
	}
}

// isFrame tells frame headers (SOF) from tables that share their numbers.
func isFrame(marker byte) bool {
	return 0xC0 <= marker && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
}

// frame reads a frame header of n bytes, of which b has the first ones.
func (h *jpegHead) frame(marker byte, b []byte, n int) (more bool) {
	const fixed, each = 6, 3
	if n < fixed {
		return false
	}
	if len(b) < n {
		return true
	}
	h.height = int(binary.BigEndian.Uint16(b[1:]))
	h.width = int(binary.BigEndian.Uint16(b[3:]))
	h.components = int(b[5])
	h.progressive = marker == 0xC2
	most, sum := 1, 0
	for i := 0; i < h.components && fixed+each*(i+1) <= n; i++ {
		factors := b[fixed+each*i+1]
		area := int(factors>>4) * int(factors&0x0F)
		most = max(most, area)
		sum += area
	}
	h.samples = float64(sum) / float64(most)
	h.rgb = h.components == 3 && n >= fixed+3*each && b[fixed] == 'R' && b[fixed+each] == 'G' && b[fixed+2*each] == 'B'
	return false
}

// exif takes the orientation out of an Exif segment, whose content is a TIFF file.
func (h *jpegHead) exif(segment []byte) {
	if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok {
		var d directory
		d.read(tiff)
		h.orientation = d.orientation
	}
}

// decodedBytes is what decoding takes for each pixel: the samples, of progressive ones the coefficients of all scans, and a
// second picture where the colours are not YCbCr.
func (h *jpegHead) decodedBytes() float64 {
	n := h.samples
	if h.progressive {
		n += 4 * h.samples
	}
	switch {
	case h.components == 4:
		n += 8
	case h.rgb, h.adobe && h.transform == 0 && h.components == 3:
		n += 4
	}
	return n
}

// jpegEnds reports whether a JPEG has its end marker. In what is compressed, markers are told by their second byte.
func jpegEnds(b []byte) bool {
	for p := 2; p+1 < len(b); {
		marker := b[p+1]
		switch {
		case b[p] != 0xFF: // compressed, or garbage between segments
			i := bytes.IndexByte(b[p:], 0xFF)
			if i < 0 {
				return false
			}
			p += i
		case marker == 0xFF:
			p++
		case marker == 0xD9:
			return true
		case marker <= 0x01, 0xD0 <= marker && marker <= 0xD7:
			p += 2
		case p+4 > len(b):
			return false
		default:
			p += 2 + int(binary.BigEndian.Uint16(b[p+2:]))
		}
	}
	return false
}
