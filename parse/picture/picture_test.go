package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// scene is a picture with large shapes and some detail.
func scene(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := x*255/w, y*255/h
			c := color.RGBA{byte(u), byte(v), byte((u * v) >> 8), 255}
			if dx, dy := u-90, v-100; dx*dx+dy*dy < 2500 {
				c = color.RGBA{250, 240, 20, 255}
			}
			if u > 160 && u < 220 && v > 40 && v < 200 {
				c = color.RGBA{10, 20, 60, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// encoded is a picture in a type that the standard library and x/image write.
func encoded(t testing.TB, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "jpeg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 90})
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	case "tiff":
		err = tiff.Encode(&b, img, nil)
	}
	if err != nil || b.Len() == 0 {
		t.Fatalf("%s: %v", kind, err)
	}
	return b.Bytes()
}

// withSegment puts a segment behind a JPEG's first two bytes.
func withSegment(file []byte, marker byte, content string) []byte {
	b := append([]byte{}, file[:2]...)
	b = append(b, 0xFF, marker)
	b = binary.BigEndian.AppendUint16(b, uint16(len(content)+2))
	b = append(b, content...)
	return append(b, file[2:]...)
}

// exif is an Exif segment that says nothing but an orientation.
func exif(orientation byte) string {
	return "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{orientation}) + "\x00\x00\x00\x00\x00\x00"
}

// box is an ISO base media box.
func box(kind, content string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(content)+8))) + kind + content
}

func ispe(w, h uint32) string {
	b := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, w)
	return box("ispe", string(binary.BigEndian.AppendUint32(b, h)))
}

// isoFile is the head of an AVIF or HEIC file whose picture has a thumbnail.
func isoFile(major string) string {
	properties := box("ipco", ispe(160, 120)+ispe(4032, 3024)+box("pixi", "xxxx"))
	return box("ftyp", major+"\x00\x00\x00\x00mif1miaf") + box("free", "") + box("meta", "\x00\x00\x00\x00"+box("hdlr", strings.Repeat("x", 25))+box("iprp", properties)) + box("mdat", "data")
}

// webpFile is the head of a WebP file.
func webpFile(kind byte, chunk string) string {
	return "RIFF\xFF\x00\x00\x00WEBPVP8" + string([]byte{kind}) + "\x40\x00\x00\x00" + chunk + strings.Repeat("\x00", 20)
}

// realFiles are pictures of one colour, as libwebp and libavif write them.
func realFiles(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{
		"avif":            "AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+gABAAAAAAAAADEAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVmlwcnAAAAA4aXBjbwAAAAxhdjFDgSACAAAAABRpc3BlAAAAAAAAAS0AAADIAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAA5bWRhdBIACgk4IeWY7SAhoNIyIhJQmMEwAA0AAQCXytg49At7k3PX3hL9np9S7L4g6MEGJ8w=",
		"webp with alpha": "UklGRmIAAABXRUJQVlA4WAoAAAAQAAAAPwAALwAAQUxQSBAAAAABB1DAiAgACeH/ejGi/6kfVlA4ICwAAABQAwCdASpAADAAPm02mEkkIyKhIqgAgA2JaQAAE/GOHwhFgAD++3jAAAAAAA==",
		"webp":            "UklGRsIAAABXRUJQVlA4ILYAAABwEACdASotAcgAPm02mUmkIyKhICgAgA2JaW7hdrEbQAnsA99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJyHvtk5D32ych77ZOQ99snIe+2TkPfbJwoAD+/2hG//BskU3I///srH/+lY//0rH8OgHhyWnCGltKBAAAAAAAAAAAAA==",
		"webp, lossless":  "UklGRiQAAABXRUJQVlA4TBgAAAAvLMExAAdQjyKXp/8BAEX6/58i+p/6/zU=",
	}
	for name, text := range all {
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(file)
	}
	return all
}

// heads are files of each type, or what Sniff needs of them, by name.
func heads(t testing.TB) map[string]struct {
	file string
	want Info
} {
	type head = struct {
		file string
		want Info
	}
	all := map[string]head{}
	add := func(name, file, kind string, w, h int, orientation int, animated bool) {
		want := newInfo(kind)
		want.Width, want.Height, want.Orientation, want.Animated = w, h, orientation, animated
		all[name] = head{file, want}
	}
	img := scene(61, 40)
	for _, kind := range []string{"jpeg", "png", "gif", "bmp", "tiff"} {
		add(kind, string(encoded(t, kind, img)), kind, 61, 40, 0, false)
	}
	turned := withSegment(withSegment(encoded(t, "jpeg", img), 0xE2, strings.Repeat("x", 60_000)), 0xE1, exif(6))
	add("turned jpeg", string(turned), "jpeg", 61, 40, 6, false)
	add("jpeg with fill", "\xFF\xD8\xFF\xFF\xFF\x01\xFF\xC2\x00\x0B\x08\x01\x00\x02\x00\x01\x01\x11\x00", "jpeg", 512, 256, 0, false)
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 9, 7), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	add("moving gif", moving.String(), "gif", 9, 7, 0, true)
	p := encoded(t, "png", img)
	add("moving png", string(p[:33])+"\x00\x00\x00\x08acTL12345678CRC4"+string(p[33:]), "png", 61, 40, 0, true)
	add("webp lossy", webpFile(' ', "\x00\x00\x00\x9d\x01\x2a\x20\x03\x58\x42"), "webp", 800, 600, 0, false)
	add("webp lossless", webpFile('L', "\x2f\x1f\xc3\x95\x00"), "webp", 800, 600, 0, false)
	add("webp extended", webpFile('X', "\x02\x00\x00\x00\x1f\x03\x00\x57\x02\x00"), "webp", 800, 600, 0, true)
	add("avif", isoFile("avif"), "avif", 4032, 3024, 0, false)
	add("moving avif", isoFile("avis"), "avif", 4032, 3024, 0, true)
	add("heic", isoFile("heic"), "heic", 4032, 3024, 0, false)
	add("heif", isoFile("mif1"), "heic", 4032, 3024, 0, false)
	add("old bmp", "BM\x00\x01\x00\x00\x00\x00\x00\x00\x1a\x00\x00\x00\x0c\x00\x00\x00\x10\x00\x20\x00\x01\x00\x18\x00", "bmp", 16, 32, 0, false)
	add("ico", "\x00\x00\x01\x00\x02\x00\x10\x10\x00\x00\x01\x00\x20\x00\x68\x04\x00\x00\x26\x00\x00\x00\x00\x30\x00\x00\x01\x00\x20\x00\x00\x10\x00\x00\x8e\x04\x00\x00", "ico", 256, 48, 0, false)
	add("big tiff", "MM\x00+\x00\x08\x00\x00"+"\x00\x00\x00\x00\x00\x00\x00\x10"+"\x00\x00\x00\x00\x00\x00\x00\x02"+
		"\x01\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x03\x20\x00\x00\x00\x00"+
		"\x01\x01\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x02\x58\x00\x00\x00\x00\x00\x00", "tiff", 800, 600, 0, false)
	for name, c := range map[string]struct {
		head string
		w, h int
	}{
		"jxl":            {"ff0a380658829d0128c2080c0000", 301, 200},
		"jxl with ratio": {"ff0aba21053b0101a8832d0cc002", 1920, 1080},
		"jxl large":      {"ff0a8a26e876819d01f0433804c3", 3000, 1234},
		"jxl 4:3":        {"ff0af83eb013014003090cc0011c", 640, 480},
	} {
		stream, err := hex.DecodeString(c.head)
		if err != nil {
			t.Fatal(err)
		}
		const signature = "\x00\x00\x00\x0CJXL \r\n\x87\n"
		add(name, string(stream), "jxl", c.w, c.h, 0, false)
		add(name+" in boxes", signature+box("ftyp", "jxl \x00\x00\x00\x00jxl ")+box("jxlc", string(stream)), "jxl", c.w, c.h, 0, false)
		add(name+" in parts", signature+box("jxlp", "\x00\x00\x00\x00"+string(stream)), "jxl", c.w, c.h, 0, false)
	}
	for name, file := range realFiles(t) {
		kind, w, h := "webp", 301, 200
		switch name {
		case "avif":
			kind = "avif"
		case "webp with alpha":
			w, h = 64, 48
		}
		add("real "+name, file, kind, w, h, 0, false)
	}
	add("svg", `<svg xmlns="http://www.w3.org/2000/svg" width="120" height='80.4px' viewBox="0 0 6 4"><g/></svg>`, "svg", 120, 80, 0, false)
	add("svg with prolog", "\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- > --><?x ?><!DOCTYPE svg [ <!ENTITY a \"]>\"> <!-- ' --> ]>\n<svg:svg\nviewBox='0,0 30 20' width='100%'>", "svg", 30, 20, 0, false)
	add("svg in mm", `<svg width="25.4mm" viewBox="0 0 2 1">`, "svg", 96, 48, 0, false)
	add("svg without size", `<svg width="&w;" height="1em"/>`, "svg", 0, 0, 0, false)
	return all
}

func TestSniff(t *testing.T) {
	for name, c := range heads(t) {
		if got, state := Sniff([]byte(c.file), true); state != Known || got != c.want {
			t.Errorf("%s: %d %+v, want %+v", name, state, got, c.want)
		}
		// With fewer bytes it asks for more or gives a part of the answer, and never another one.
		for n := range min(len(c.file), 2000) {
			got, state := Sniff([]byte(c.file[:n]), false)
			got.Animated = c.want.Animated
			if state == NotAnImage || state == Known && got != c.want {
				t.Errorf("%s: the first %d bytes give %d %+v", name, n, state, got)
				break
			}
		}
	}
}

func TestSniffWhatIsNoPicture(t *testing.T) {
	for file, want := range map[string]string{
		"<!DOCTYPE html><title>404</title>":                         "text/html",
		"\xEF\xBB\xBF \r\n\t<html><svg width='1' height='1'></svg>": "text/html",
		"<!-- a --><html>":                                 "text/html",
		`{"error": "not found"}`:                           "application/json",
		"<?xml version='1.0'?><rss version='2.0'></rss>":   "application/rss+xml",
		"<?xml version='1.0'?><Error>AccessDenied</Error>": "text/xml",
		"not found\n":                                      "text/plain",
		"":                                                 "text/plain",
		"BM is the name of a company":                      "text/plain",
		"%PDF-1.7\n":                                       "application/pdf",
		"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom": "video/mp4",
		"<!-- never ends": "text/html",
		"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x00": "audio/wav",
	} {
		got, state := Sniff([]byte(file), true)
		if state != NotAnImage || got.MediaType != want || got.Type != "" {
			t.Errorf("%q: %d %+v, want %s", file, state, got, want)
		}
		long := []byte(file + strings.Repeat(" ", magicBytes))
		if _, state := Sniff(long, false); state == Known || state == NeedMore && !strings.HasPrefix(file, "<!-- n") && file != "" {
			t.Errorf("%q, and more to come: %d", file, state)
		}
	}
}

// No file makes Sniff ask for more than SniffBytes.
func TestSniffEnds(t *testing.T) {
	for _, start := range []string{"\xFF\xD8", "<!--", "<svg ", "II*\x00\xFF\xFF\x0F\x00", "\x00\x00\x00\x20ftypavif", "<?", "<!DOCTYPE svg [", "<svg a='", "\x00\x00\x00\x0CJXL \r\n\x87\n"} {
		for _, fill := range []string{"\xFF", "\x00", " ", "\xFF\x01", "\xFF\xE1\x00\x02"} {
			b := append([]byte(start), bytes.Repeat([]byte(fill), SniffBytes/len(fill)+1)...)
			if _, state := Sniff(b, false); state == NeedMore {
				t.Errorf("%q and %q: asks for more", start, fill)
			}
		}
	}
}

func TestJPEGEnds(t *testing.T) {
	file := encoded(t, "jpeg", scene(50, 40))
	thumb := withSegment(file, 0xE1, "Exif\x00\x00 a picture inside \xFF\xD8\xFF\xD9 with its own end")
	for name, c := range map[string]struct {
		file []byte
		want bool
	}{
		"whole":             {file, true},
		"with a tail":       {append(bytes.Clone(file), "tail\xFF"...), true},
		"with a thumbnail":  {thumb, true},
		"without end":       {file[:len(file)-2], false},
		"half an end":       {file[:len(file)-1], false},
		"end of thumbnail":  {thumb[:len(thumb)-2], false},
		"cut off segment":   {file[:30], false},
		"nothing":           {file[:2], false},
		"endless fill":      {append(bytes.Clone(file[:2]), bytes.Repeat([]byte{0xFF}, 100)...), false},
		"segment of length": {[]byte("\xFF\xD8\xFF\xE0\x00\x00\xFF\xD9"), true},
	} {
		if got := jpegEnds(c.file); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Each type is found again by its media type.
func TestTypeOf(t *testing.T) {
	for _, name := range []string{"jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "ico", "tiff", "heic", "jxl"} {
		if got := TypeOf(newInfo(name).MediaType); got != name {
			t.Errorf("%s is found as %q", name, got)
		}
	}
	for _, media := range []string{"", "image/", "image/svg", "image/jpg", "text/html", "png"} {
		if got := TypeOf(media); got != "" {
			t.Errorf("%q is %s", media, got)
		}
	}
}
