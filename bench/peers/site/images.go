package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Sizes of images in bytes. The exponent makes many small and few large ones, with a mean near 46 kB.
const (
	minImage   = 4_000
	maxImage   = 200_000
	imageCurve = 3.5
	drawings   = 12     // pictures drawn for each format; an image is the largest that fits and a comment of its own
	maxComment = 65_000 // bytes; a JPEG segment holds 65,533
)

func isPNG(i int) bool { return i%3 == 2 }

func imagePath(i int) string {
	if isPNG(i) {
		return fmt.Sprintf("/i/%05d.png", i)
	}
	return fmt.Sprintf("/i/%05d.jpg", i)
}

// writeImages writes all images: valid files, no two the same.
func (p plan) writeImages() error {
	if err := os.MkdirAll(filepath.Join(p.dir, "i"), 0o755); err != nil {
		return err
	}
	var ladder [2][][]byte // from small to large; JPEG, PNG
	for step := range drawings {
		for f := range ladder {
			data, err := draw(f == 1, step, p.seed)
			if err != nil {
				return err
			}
			ladder[f] = append(ladder[f], data)
		}
	}
	for i := range p.images {
		rng := rand.New(rand.NewPCG(p.seed, 1<<32+uint64(i)))
		size := minImage + int((maxImage-minImage)*math.Pow(rng.Float64(), imageCurve))
		from := ladder[0]
		if isPNG(i) {
			from = ladder[1]
		}
		base := from[0]
		for _, d := range from {
			if len(d)+20 <= size {
				base = d
			}
		}
		if err := os.WriteFile(filepath.Join(p.dir, imagePath(i)), comment(base, isPNG(i), i, size-len(base), rng), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// draw paints noise over gradients; each step is larger than the one before, from under 4 kB to near 190 kB.
func draw(asPNG bool, step int, seed uint64) ([]byte, error) {
	rng := rand.New(rand.NewPCG(seed, 1<<40+uint64(step)))
	kB := 3.0 * math.Pow(190.0/3, float64(step)/(drawings-1))
	perPixel := 0.62 // bytes of a pixel of such noise, as measured
	if asPNG {
		perPixel = 2.1
	}
	w := int(math.Sqrt(kB * 1000 / perPixel))
	m := image.NewRGBA(image.Rect(0, 0, w, w))
	for y := range w {
		for x := range w {
			n := uint8(rng.UintN(32))
			m.SetRGBA(x, y, color.RGBA{uint8(x*200/w) + n, uint8(y*200/w) + n/2, 90 + n, 255})
		}
	}
	var b bytes.Buffer
	if asPNG {
		err := png.Encode(&b, m)
		return b.Bytes(), err
	}
	err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// comment adds n bytes that decoders pass over: a COM segment after JPEG's SOI, or a tEXt chunk after PNG's IHDR.
func comment(data []byte, asPNG bool, i, n int, rng *rand.Rand) []byte {
	text := fmt.Appendf(nil, "Comment\x00image %d ", i)
	for len(text) < min(n, maxComment) {
		text = append(text, byte('a'+rng.UintN(26)))
	}
	if !asPNG {
		head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xfe}, uint16(len(text)+2))
		return append(append(head, text...), data[2:]...)
	}
	const ihdrEnd = 8 + 4 + 4 + 13 + 4
	chunk := append([]byte("tEXt"), text...)
	out := binary.BigEndian.AppendUint32(bytes.Clone(data[:ihdrEnd]), uint32(len(text)))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, data[ihdrEnd:]...)
}
