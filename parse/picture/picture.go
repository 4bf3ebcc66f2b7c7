// Package picture tells from the bytes of a file which picture it is: its type and size from the first kilobytes, and, by
// decoding it, whether it is whole, what it looks like (DHash) and a thumbnail of it.
//
// Sniff is linear in what it reads, bounded, and allocates nothing for pictures: it may run on any bytes in the crawler's
// own process. Examine and Decode use image decoders; run them on what comes from the open web in worker processes.
package picture

import (
	"encoding/binary"
	"strings"

	"crawl/parse/internal/mime"
)

// Info is what the first bytes of a file say.
type Info struct {
	Type        string // jpeg, png, gif, webp, avif, svg, bmp, ico, tiff, heic or jxl; "" for what is no picture
	MediaType   string // "image/jpeg"; of what is no picture what it seems to be: "text/html"
	Ext         string // the usual file name extension, without a dot: jpg, tif
	Width       int    // pixels as they are stored, before Orientation; of SVG CSS pixels; 0: not known
	Height      int
	Orientation int  // EXIF, 1 to 8; 0: not told. 5 to 8 are shown with width and height exchanged
	Animated    bool // has more than one frame, as far as the bytes show
}

// State is how much Sniff could tell.
type State int

// States.
const (
	NeedMore   State = iota // ask again with more bytes
	Known                   // it is a picture; its size may be unknown all the same
	NotAnImage              // it is something else: see Info.MediaType
)

// Sniff tells the type and size of a picture from its first bytes; complete says that b is all of the file. It asks for
// more bytes until it knows both, at most SniffBytes: with as many it does not answer NeedMore. It looks at all bytes anew
// each time, so give it twice as many, not a few more.
//
// The type comes from the bytes alone. What starts as a picture does is one, even when the rest is broken. Width and Height
// are not checked against anything but the header: a file can lie.
//
// The formats: ITU T.81 (JPEG), PNG third edition, GIF89a, RFC 9649 (WebP), ISO/IEC 23008-12 and AV1 Image File Format,
// ISO/IEC 18181 (JPEG XL), TIFF 6.0, and SVG 2, whose size is that of the outermost svg element.
func Sniff(b []byte, complete bool) (Info, State) {
	if len(b) >= SniffBytes {
		b, complete = b[:SniffBytes], true
	}
	if t := magic(b); t != "" {
		info := newInfo(t)
		if probe(b, &info) && !complete {
			return info, NeedMore
		}
		info.believe()
		return info, Known
	}
	if len(b) < magicBytes && !complete {
		return Info{}, NeedMore
	}
	switch size, state := svgRoot(b, complete); state {
	case Known:
		info := newInfo("svg")
		info.Width, info.Height = size.w, size.h
		return info, Known
	case NeedMore:
		return Info{}, NeedMore
	}
	return Info{MediaType: mime.Sniff("", b)}, NotAnImage
}

// newInfo is what follows from the type alone.
func newInfo(t string) Info {
	info := Info{Type: t, Ext: t}
	switch t {
	case "jpeg":
		info.MediaType, info.Ext = "image/jpeg", "jpg"
	case "png":
		info.MediaType = "image/png"
	case "gif":
		info.MediaType = "image/gif"
	case "webp":
		info.MediaType = "image/webp"
	case "avif":
		info.MediaType = "image/avif"
	case "svg":
		info.MediaType = "image/svg+xml"
	case "bmp":
		info.MediaType = "image/bmp"
	case "ico":
		info.MediaType = "image/x-icon"
	case "tiff":
		info.MediaType, info.Ext = "image/tiff", "tif"
	case "heic":
		info.MediaType = "image/heic"
	case "jxl":
		info.MediaType = "image/jxl"
	}
	return info
}

// TypeOf gives the type of a media type that Info.MediaType has, "" for others.
func TypeOf(media string) string {
	name, _ := strings.CutPrefix(media, "image/")
	switch name {
	case "svg+xml":
		name = "svg"
	case "x-icon":
		name = "ico"
	}
	if newInfo(name).MediaType != media {
		return ""
	}
	return name
}

// IsType reports whether t is one of the types that Info.Type names.
func IsType(t string) bool { return newInfo(t).MediaType != "" }

// TypeNamed gives the type that people mean by a name such as jpg, .JPEG or tif, and whether there is one.
func TypeNamed(name string) (t string, ok bool) {
	t = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "."))
	switch t {
	case "jpg", "jpe", "jfif":
		t = "jpeg"
	case "tif":
		t = "tiff"
	case "heif":
		t = "heic"
	}
	return t, IsType(t)
}

// believe drops a size that cannot be.
func (i *Info) believe() {
	if i.Width < 1 || i.Height < 1 || i.Width > maxSide || i.Height > maxSide {
		i.Width, i.Height = 0, 0
	}
	if i.Orientation < 1 || i.Orientation > 8 {
		i.Orientation = 0
	}
}

// magic is the type that the first bytes show, "" for none or SVG.
func magic(b []byte) string {
	for _, m := range [...]struct{ prefix, name string }{
		{"\xFF\xD8\xFF", "jpeg"},
		{"\x89PNG\r\n\x1A\n", "png"},
		{"GIF87a", "gif"},
		{"GIF89a", "gif"},
		{"II*\x00", "tiff"},
		{"MM\x00*", "tiff"},
		{"II+\x00\x08\x00\x00\x00", "tiff"},
		{"MM\x00+\x00\x08\x00\x00", "tiff"},
		{"\xFF\x0A", "jxl"},
		{"\x00\x00\x00\x0CJXL \r\n\x87\n", "jxl"},
	} {
		if len(b) >= len(m.prefix) && string(b[:len(m.prefix)]) == m.prefix {
			return m.name
		}
	}
	switch {
	case len(b) >= 16 && string(b[:4]) == "RIFF" && string(b[8:15]) == "WEBPVP8":
		return "webp"
	case len(b) >= 16 && string(b[4:8]) == "ftyp":
		return brand(b)
	case len(b) >= 18 && string(b[:2]) == "BM" && string(b[6:10]) == "\x00\x00\x00\x00" && isBitmapHeader(binary.LittleEndian.Uint32(b[14:])):
		return "bmp"
	case isIcon(b):
		return "ico"
	}
	return ""
}

// isBitmapHeader reports whether n is the length of a bitmap's second header: text may start with BM too.
func isBitmapHeader(n uint32) bool { return n == 12 || n >= 16 && n <= 124 }

// isIcon reports whether b is an icon or cursor file: a count, and an entry whose reserved byte is zero and whose picture
// lies behind the entries.
func isIcon(b []byte) bool {
	if len(b) < 22 || b[0] != 0 || b[1] != 0 || b[2] != 1 && b[2] != 2 || b[3] != 0 {
		return false
	}
	n := int(binary.LittleEndian.Uint16(b[4:]))
	return n > 0 && b[9] == 0 && int64(binary.LittleEndian.Uint32(b[18:])) >= int64(6+16*n)
}

// probe reads the header of a picture whose type is known. It reports whether more bytes may tell more.
func probe(b []byte, info *Info) (more bool) {
	switch info.Type {
	case "jpeg":
		var h jpegHead
		more = h.read(b)
		info.Width, info.Height, info.Orientation = h.width, h.height, h.orientation
	case "png":
		more = probePNG(b, info)
	case "gif":
		more = probeGIF(b, info)
	case "webp":
		more = probeWebP(b, info)
	case "bmp":
		more = probeBMP(b, info)
	case "ico":
		more = probeIcon(b, info)
	case "tiff":
		var d directory
		more = d.read(b)
		info.Width, info.Height, info.Orientation = d.width, d.height, d.orientation
	case "avif", "heic":
		more = probeISO(b, info)
	case "jxl":
		more = probeJXL(b, info)
	}
	return more
}
