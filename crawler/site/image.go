package site

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
)

// format is an image's format.
type format int

const (
	formatJPEG format = iota
	formatPNG
	formatGIF
)

func (f format) suffix() string { return [...]string{"jpg", "png", "gif"}[f] }

func (f format) mediaType() string { return [...]string{"image/jpeg", "image/png", "image/gif"}[f] }

// drawing is one encoded picture, made when it is first asked for.
type drawing struct {
	once sync.Once
	data []byte
}

// image appends the bytes of image j to b: one of the drawings with a comment of its own.
func (s *Site) image(b []byte, j int) []byte {
	if j%duplicateEvery == duplicateEvery-1 && s.format(j-1) == s.format(j) {
		j--
	}
	f := s.format(j)
	n := int(f) + 3*int(s.mix(tagDrawing, j)%(drawings/3))
	d := &s.drawings[n]
	d.once.Do(func() { d.data = s.draw(f, n) })
	return comment(b, f, d.data, "image "+strconv.Itoa(j)+" of seed "+strconv.FormatUint(s.o.Seed, 10))
}

// draw paints gradients, blocks and noise. Later drawings are larger: 4 to about 200 kB.
func (s *Site) draw(f format, n int) []byte {
	rng := rand.New(rand.NewPCG(s.mix(tagDrawing, n), s.o.Seed))
	step := n / 3 // 0 to drawings/3-1
	side := [...]int{110 + 56*step, 44 + 18*step, 62 + 25*step}[f]
	rect := image.Rect(0, 0, side+side/4, side)
	var buf bytes.Buffer
	var err error
	switch f {
	case formatJPEG:
		err = jpeg.Encode(&buf, paint(image.NewRGBA(rect), rng), &jpeg.Options{Quality: 85})
	case formatPNG:
		err = png.Encode(&buf, paint(image.NewRGBA(rect), rng))
	case formatGIF:
		err = gif.Encode(&buf, paintIndexed(rect, rng), nil)
	}
	if err != nil {
		panic("site: encoding a drawing into memory: " + err.Error()) // a fault of this package: the sizes are its own
	}
	return buf.Bytes()
}

func paint(m *image.RGBA, rng *rand.Rand) *image.RGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	hue := [3]int{rng.IntN(200), rng.IntN(200), rng.IntN(200)}
	for y := range h {
		row := m.Pix[y*m.Stride:]
		for x := range w {
			noise := int(rng.Uint64() >> 59)
			light := 40 * ((x/16 + y/16) % 2)
			row[4*x] = clamp(hue[0] + x*90/w + noise - light)
			row[4*x+1] = clamp(hue[1] + y*90/h + noise)
			row[4*x+2] = clamp(hue[2] + (x+y)*60/(w+h) - noise + light)
			row[4*x+3] = 255
		}
	}
	return m
}

func paintIndexed(r image.Rectangle, rng *rand.Rand) *image.Paletted {
	palette := make(color.Palette, 64)
	for i := range palette {
		palette[i] = color.RGBA{R: byte(i * 4), G: byte(rng.IntN(256)), B: byte(255 - i*4), A: 255}
	}
	m := image.NewPaletted(r, palette)
	for y := range r.Dy() {
		for x := range r.Dx() {
			m.SetColorIndex(x, y, byte((x*40/r.Dx()+rng.IntN(24))%64))
		}
	}
	return m
}

func clamp(v int) byte { return byte(max(0, min(255, v))) }

// comment appends an encoded image to out, with a text where its format keeps comments.
func comment(out []byte, f format, data []byte, text string) []byte {
	out = slices.Grow(out, len(data)+len(text)+32)
	switch f {
	case formatJPEG: // after the start of image: a COM segment (ITU-T T.81 B.2.4.5)
		out = append(append(out, data[:2]...), 0xff, 0xfe)
		out = binary.BigEndian.AppendUint16(out, uint16(len(text)+2))
		return append(append(out, text...), data[2:]...)
	case formatPNG: // after the header chunk: a tEXt chunk (PNG 11.3.3.2)
		const header = 8 + 25
		out = append(out, data[:header]...)
		chunk := "tEXtComment\x00" + text
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
		out = append(out, chunk...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(chunk)))
		return append(out, data[header:]...)
	default: // after the global colour table: a comment extension (GIF89a 24)
		at := 13
		if flags := data[10]; flags&0x80 != 0 {
			at += 3 << (flags&7 + 1)
		}
		out = append(append(out, data[:at]...), 0x21, 0xfe, byte(len(text)))
		out = append(append(out, text...), 0)
		return append(out, data[at:]...)
	}
}
