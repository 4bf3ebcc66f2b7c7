package picture

import "encoding/binary"

// probePNG reads the header chunk, and looks for an animation in the chunks before the picture's data.
func probePNG(b []byte, info *Info) (more bool) {
	const header = 8 + 8 + 13 + 4
	if len(b) < header {
		return true
	}
	if string(b[12:16]) != "IHDR" {
		return false
	}
	info.Width = int(binary.BigEndian.Uint32(b[16:]))
	info.Height = int(binary.BigEndian.Uint32(b[20:]))
	for rest := b[header:]; len(rest) >= 8; {
		switch string(rest[4:8]) {
		case "acTL":
			info.Animated = true
			return false
		case "IDAT":
			return false
		}
		size := int64(binary.BigEndian.Uint32(rest)) + 12
		if size > int64(len(rest)) {
			break
		}
		rest = rest[size:]
	}
	return false
}

// probeGIF reads the size of the screen, and looks for a second frame.
func probeGIF(b []byte, info *Info) (more bool) {
	if len(b) < 13 {
		return true
	}
	info.Width = int(binary.LittleEndian.Uint16(b[6:]))
	info.Height = int(binary.LittleEndian.Uint16(b[8:]))
	frames, _ := gifFrames(b)
	info.Animated = frames > 1
	return false
}

// gifFrames counts the frames that b has at least a part of, and says whether b ends where a block ends or has a trailer.
func gifFrames(b []byte) (frames int, whole bool) {
	const screen = 13
	if len(b) < screen {
		return 0, false
	}
	p := screen + colourTable(b[10])
	for p < len(b) {
		switch b[p] {
		case 0x3B: // trailer
			return frames, true
		case 0x21: // extension
			p += 2
		case 0x2C: // frame
			frames++
			const descriptor = 10
			if p+descriptor > len(b) {
				return frames, false
			}
			p += descriptor + colourTable(b[p+9]) + 1
		default:
			return frames, false
		}
		for { // sub-blocks
			if p >= len(b) {
				return frames, false
			}
			n := int(b[p])
			p += 1 + n
			if n == 0 {
				break
			}
		}
	}
	return frames, p == len(b)
}

// colourTable is the length of the table that a GIF's flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// probeWebP reads the first chunk: lossy, lossless, or extended (RFC 9649, sections 2.5 to 2.7).
func probeWebP(b []byte, info *Info) (more bool) {
	if len(b) < 30 {
		return true
	}
	switch b[15] {
	case ' ': // a key frame: its tag, start code, and 14 bits each
		if string(b[23:26]) == "\x9d\x01\x2a" {
			info.Width = int(binary.LittleEndian.Uint16(b[26:]) & 0x3FFF)
			info.Height = int(binary.LittleEndian.Uint16(b[28:]) & 0x3FFF)
		}
	case 'L':
		if b[20] == 0x2F {
			bits := binary.LittleEndian.Uint32(b[21:])
			info.Width = int(bits&0x3FFF) + 1
			info.Height = int(bits>>14&0x3FFF) + 1
		}
	case 'X':
		info.Animated = b[20]&0x02 != 0
		info.Width = (int(b[24]) | int(b[25])<<8 | int(b[26])<<16) + 1
		info.Height = (int(b[27]) | int(b[28])<<8 | int(b[29])<<16) + 1
	}
	return false
}

// probeBMP reads the size from either of the two kinds of header. A negative height says that the rows go downwards.
func probeBMP(b []byte, info *Info) (more bool) {
	if len(b) < 26 {
		return true
	}
	if binary.LittleEndian.Uint32(b[14:]) == 12 {
		info.Width = int(binary.LittleEndian.Uint16(b[18:]))
		info.Height = int(binary.LittleEndian.Uint16(b[20:]))
		return false
	}
	info.Width = int(int32(binary.LittleEndian.Uint32(b[18:])))
	info.Height = int(int32(binary.LittleEndian.Uint32(b[22:])))
	if info.Height < 0 {
		info.Height = -info.Height
	}
	return false
}

// probeIcon takes the largest of the pictures; 0 stands for 256.
func probeIcon(b []byte, info *Info) (more bool) {
	n := min(int(binary.LittleEndian.Uint16(b[4:])), maxIcons)
	for i := range n {
		at := 6 + 16*i
		if at+16 > len(b) {
			return true
		}
		w, h := int(b[at]), int(b[at+1])
		if w == 0 {
			w = 256
		}
		if h == 0 {
			h = 256
		}
		if w*h > info.Width*info.Height {
			info.Width, info.Height = w, h
		}
	}
	return false
}
