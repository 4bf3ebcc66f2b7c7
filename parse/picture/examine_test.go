package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"time"
)

func TestExamine(t *testing.T) {
	img := scene(300, 200)
	want := Want{Verify: true, DHash: true, Thumb: 100}
	for _, kind := range []string{"jpeg", "png", "gif", "bmp", "tiff"} {
		file := encoded(t, kind, img)
		f, err := Examine(t.Context(), file, want)
		if err != nil || !f.Verified || !f.HasDHash || f.Note != "" || f.Type != kind || f.Width != 300 || f.ThumbType != "image/jpeg" {
			t.Errorf("%s: %+v %v", kind, f.Info, err)
		}
		if d := Distance(f.DHash, DHash(img, 0)); d > 3 {
			t.Errorf("%s: the hash differs in %d bits", kind, d)
		}
		small, err := jpeg.Decode(bytes.NewReader(f.Thumb))
		if err != nil || small.Bounds() != image.Rect(0, 0, 100, 67) {
			t.Errorf("%s: %v", kind, err)
		} else if d := difference(small, img); d > 12 {
			t.Errorf("%s: the thumbnail is off by %.1f", kind, d)
		}
		for _, n := range []int{len(file) / 2, len(file) - 1} {
			if kind == "bmp" && n == len(file)-1 || kind == "tiff" && n == len(file)-1 {
				continue // what is missing is not read
			}
			if _, err := Examine(t.Context(), file[:n], want); kind != "gif" && !errors.Is(err, ErrBroken) {
				t.Errorf("%s with %d of %d bytes: %v", kind, n, len(file), err)
			}
		}
	}
	for name, file := range realFiles(t) {
		f, err := Examine(t.Context(), []byte(file), want)
		decodes := name != "avif"
		if err != nil || f.Verified != decodes || (f.Thumb != nil) != decodes || (f.Note == "") != decodes {
			t.Errorf("%s: %+v %v", name, f, err)
		}
	}
}

// difference is the mean difference of the colours of a picture and the same one in another size.
func difference(small, large image.Image) float64 {
	b, l := small.Bounds(), large.Bounds()
	sum := 0.0
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl, _ := small.At(b.Min.X+x, b.Min.Y+y).RGBA()
			r2, g2, b2, _ := large.At(l.Min.X+(2*x+1)*l.Dx()/(2*b.Dx()), l.Min.Y+(2*y+1)*l.Dy()/(2*b.Dy())).RGBA()
			for _, d := range [...]int{int(r) - int(r2), int(g) - int(g2), int(bl) - int(b2)} {
				sum += float64(max(d, -d)) / 257
			}
		}
	}
	return sum / float64(3*b.Dx()*b.Dy())
}

func TestExamineErrors(t *testing.T) {
	good := encoded(t, "png", scene(30, 20))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelLate()
	for name, c := range map[string]struct {
		ctx  context.Context
		file []byte
		want Want
		err  error
	}{
		"page":          {t.Context(), []byte("<!DOCTYPE html>"), Want{}, ErrNotAnImage},
		"empty":         {t.Context(), nil, Want{}, ErrNotAnImage},
		"cancelled":     {done, good, Want{}, context.Canceled},
		"deadline":      {late, good, Want{Verify: true}, context.DeadlineExceeded},
		"many pixels":   {t.Context(), good, Want{Verify: true, MaxPixels: 599}, ErrTooManyPixels},
		"png bomb":      {t.Context(), pngHead(30_000, 30_000, 8, 6), Want{Verify: true}, ErrTooManyPixels},
		"much memory":   {t.Context(), pngHead(10_000, 10_000, 16, 6), Want{Verify: true}, ErrTooManyPixels},
		"no size":       {t.Context(), pngHead(0, 10, 8, 6), Want{DHash: true}, ErrBroken},
		"large":         {t.Context(), append(bytes.Clone(good), make([]byte, MaxBytes)...), Want{Verify: true}, ErrTooLarge},
		"gif bomb":      {t.Context(), []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08"), Want{Thumb: 9}, ErrTooManyPixels},
		"broken header": {t.Context(), []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 100)), Want{Verify: true}, ErrBroken},
		"nothing asked": {t.Context(), pngHead(30_000, 30_000, 8, 6), Want{}, nil},
	} {
		if _, err := Examine(c.ctx, c.file, c.want); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
	}
}

// pngHead is the beginning of a PNG.
func pngHead(w, h uint32, depth, kind byte) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	chunk = append(binary.BigEndian.AppendUint32(chunk, h), depth, kind, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
}

// A hundred million pixels of the usual kinds are let in, what would take more memory is not.
func TestPixelBytes(t *testing.T) {
	head := func(marker, factors byte, components int, adobe string) []byte {
		b := []byte("\xFF\xD8")
		if adobe != "" {
			b = append(b, "\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00"+adobe...)
		}
		b = append(b, 0xFF, marker, 0, byte(8+3*components), 8, 0x27, 0x10, 0x27, 0x10, byte(components))
		for i := range components {
			if i > 0 {
				factors = 0x11
			}
			b = append(b, byte(i+1), factors, 0)
		}
		return b
	}
	for name, c := range map[string]struct {
		file  []byte
		model color.Model
		want  float64
	}{
		"4:2:0":             {head(0xC0, 0x22, 3, ""), color.YCbCrModel, 1.5},
		"4:4:4":             {head(0xC1, 0x11, 3, ""), color.YCbCrModel, 3},
		"grey":              {head(0xC0, 0x22, 1, ""), color.GrayModel, 1},
		"progressive 4:2:0": {head(0xC2, 0x22, 3, ""), color.YCbCrModel, 7.5},
		"rgb":               {head(0xC0, 0x11, 3, "\x00"), color.RGBAModel, 7},
		"cmyk":              {head(0xC0, 0x11, 4, "\x02"), color.CMYKModel, 12},
		"png":               {pngHead(1, 1, 8, 2), color.RGBAModel, 4},
		"png, 16 bits":      {pngHead(1, 1, 16, 6), color.NRGBA64Model, 8},
		"png, palette":      {pngHead(1, 1, 8, 3), color.Palette{}, 1},
	} {
		info, _ := Sniff(c.file, true)
		if got := pixelBytes(c.file, &info, c.model); got != c.want {
			t.Errorf("%s: %v bytes a pixel, want %v", name, got, c.want)
		}
	}
}

// Pictures that are stored turned or mirrored have the thumbnail, and nearly the hash, of the upright one.
func TestOrientation(t *testing.T) {
	upright := scene(240, 160)
	plain, err := Examine(t.Context(), encoded(t, "jpeg", upright), Want{DHash: true, Thumb: 60})
	if err != nil {
		t.Fatal(err)
	}
	for o := 1; o <= 8; o++ {
		stored := store(upright, o)
		file := withSegment(encoded(t, "jpeg", stored), 0xE1, exif(byte(o)))
		f, err := Examine(t.Context(), file, Want{DHash: true, Thumb: 60})
		if err != nil || f.Orientation != o {
			t.Fatalf("%d: %+v %v", o, f.Info, err)
		}
		if d := Distance(f.DHash, plain.DHash); d > 3 {
			t.Errorf("%d: the hash differs in %d bits", o, d)
		}
		if Distance(DHash(stored, o), f.DHash) > 3 {
			t.Errorf("%d: DHash and Examine differ", o)
		}
		small, err := jpeg.Decode(bytes.NewReader(f.Thumb))
		if err != nil || small.Bounds() != image.Rect(0, 0, 60, 40) {
			t.Errorf("%d: %v %v", o, small, err)
		} else if d := difference(small, upright); d > 12 {
			t.Errorf("%d: the thumbnail is off by %.1f", o, d)
		}
	}
}

// store gives the picture that is upright when it is turned by an orientation.
func store(upright *image.RGBA, o int) *image.RGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	sw, sh := w, h
	if o >= 5 {
		sw, sh = h, w
	}
	img := image.NewRGBA(image.Rect(0, 0, sw, sh))
	for y := range h {
		for x := range w {
			sx, sy := stored(x, y, w, h, o)
			img.SetRGBA(sx, sy, upright.RGBAAt(x, y))
		}
	}
	return img
}

func TestThumbnail(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(-5, 7, 395, 307)) // bounds that do not start at zero
	draw.Draw(clear, image.Rect(-5, 7, 195, 307), image.NewUniform(color.NRGBA{200, 30, 30, 255}), image.Point{}, draw.Src)
	for _, c := range []struct {
		img       image.Image
		side      int
		mediaType string
		want      image.Point
	}{
		{clear, 100, "image/png", image.Pt(100, 75)},
		{scene(3000, 10), 64, "image/jpeg", image.Pt(64, 1)},
		{scene(10, 3000), 64, "image/jpeg", image.Pt(1, 64)},
		{scene(20, 30), 256, "image/jpeg", image.Pt(20, 30)},
		{scene(2100, 1100), 1, "image/jpeg", image.Pt(1, 1)},
		{scene(513, 300), 256, "image/jpeg", image.Pt(256, 150)},
		{image.NewGray16(image.Rect(0, 0, 5000, 70)), 50, "image/jpeg", image.Pt(50, 1)},
	} {
		b, mediaType, err := Thumbnail(c.img, 0, c.side)
		small, _, decodeErr := image.Decode(bytes.NewReader(b))
		if err != nil || decodeErr != nil || mediaType != c.mediaType || small.Bounds().Size() != c.want {
			t.Errorf("%v to %d: %s %v %v", c.img.Bounds(), c.side, mediaType, err, decodeErr)
		} else if c.img != image.Image(clear) && c.want.X > 60 && c.want.Y > 60 && difference(small, c.img) > 12 {
			t.Errorf("%v to %d: off by %.1f", c.img.Bounds(), c.side, difference(small, c.img))
		}
	}
	b, _, _ := Thumbnail(clear, 0, 100)
	small, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, a := small.At(20, 40).RGBA(); r>>8 != 200 || a>>8 != 255 {
		t.Errorf("red is %d, %d", r>>8, a>>8)
	}
	if _, _, _, a := small.At(80, 40).RGBA(); a != 0 {
		t.Errorf("nothing is %d", a)
	}
}

// The largest picture whose walk needs a tile and rows of sums larger than one: every pixel counts once.
func TestShrinkerMean(t *testing.T) {
	for _, size := range []image.Point{{4097, 65}, {2049, 33}, {1, 1}, {2048, 1}, {7, 5000}} {
		img := image.NewGray(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = 90
		}
		s := newShrinker(img, 2, true)
		if err := s.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, v := range s.out.Pix {
			if want := [...]byte{90, 90, 90, 255}[i%4]; v != want {
				t.Fatalf("%v: byte %d is %d", size, i, v)
			}
		}
		for j := range s.cells.rows {
			for i := range s.cells.columns {
				if got := s.cells.mean(i, j); got != 90 {
					t.Fatalf("%v: cell %d, %d has a mean of %d", size, i, j, got)
				}
			}
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, c := range heads(f) {
		f.Add([]byte(c.file))
	}
	f.Add([]byte("<!DOCTYPE html><title>x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, state := Sniff(b, true)
		switch {
		case state == NeedMore:
			t.Fatal("asks for more than all")
		case state == Known && (!IsType(info.Type) || info.Ext == "" || !strings.HasPrefix(info.MediaType, "image/")):
			t.Fatalf("%+v", info)
		case state == NotAnImage && (info.Type != "" || info.MediaType == "" || info.Width != 0):
			t.Fatalf("%+v", info)
		case info.Width < 0 || info.Height < 0 || info.Width > maxSide || info.Height > maxSide || (info.Width == 0) != (info.Height == 0):
			t.Fatalf("%+v", info)
		}
		// What is known of the beginning stays true.
		if head, headState := Sniff(b[:len(b)/2], false); headState != NeedMore && (headState != state || head.Type != info.Type) {
			t.Fatalf("%d %+v, then %d %+v", headState, head, state, info)
		}
	})
}

func FuzzExamine(f *testing.F) {
	for _, c := range heads(f) {
		f.Add([]byte(c.file))
	}
	want := Want{Verify: true, DHash: true, Thumb: 32, MaxPixels: 1 << 16}
	f.Fuzz(func(t *testing.T, b []byte) {
		facts, err := Examine(t.Context(), b, want)
		switch {
		case err != nil && !errors.Is(err, ErrNotAnImage) && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrTooManyPixels) && !errors.Is(err, ErrTooLarge):
			t.Fatalf("unknown error: %v", err)
		case err == nil && facts.Verified != facts.HasDHash, facts.Verified && facts.Thumb == nil, err != nil && facts.Type != "":
			t.Fatalf("%+v %v", facts, err)
		}
	})
}

func BenchmarkSniff(b *testing.B) {
	for _, kind := range []string{"jpeg", "png", "gif"} {
		file := encoded(b, kind, scene(640, 480))
		file = file[:min(len(file), 4096)]
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Sniff(file, false)
			}
		})
	}
}

func BenchmarkExamine(b *testing.B) {
	img := scene(1600, 1200)
	for _, kind := range []string{"jpeg", "png", "gif"} {
		file := encoded(b, kind, img)
		for name, want := range map[string]Want{"verify": {Verify: true}, "all": {DHash: true, Thumb: 256}} {
			b.Run(kind+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := Examine(b.Context(), file, want); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
