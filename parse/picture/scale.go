package picture

import (
	"bytes"
	"context"
	"image"
	stddraw "image/draw"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

// Thumbnail makes a picture small enough for a square of side pixels, at most MaxThumb, and upright by its EXIF
// orientation (0 and 1: as it is). It is never made larger. The answer is a JPEG ("image/jpeg"), or a PNG ("image/png")
// when something shines through. The error is that of the encoder.
func Thumbnail(img image.Image, orientation, side int) (b []byte, mediaType string, err error) {
	small := newShrinker(img, side, false)
	if err := small.run(context.Background()); err != nil {
		return nil, "", err
	}
	return small.encode(orientation, side)
}

// shrinker walks over a picture once, in tiles, and makes of it a smaller one and the cells of a DHash.
type shrinker struct {
	src    image.Image
	bounds image.Rectangle
	tile   *image.RGBA

	step int         // source pixels for one of out, in both directions
	out  *image.RGBA // nil: not wanted
	sums []uint64    // of the current row of out: red, green, blue, alpha of each pixel

	cells *cells // nil: not wanted
}

// newShrinker prepares a walk; side is that of the thumbnail, 0 for none.
func newShrinker(img image.Image, side int, hash bool) *shrinker {
	s := &shrinker{src: img, bounds: img.Bounds(), step: 1}
	w, h := s.bounds.Dx(), s.bounds.Dy()
	if side > 0 {
		// Between two and four times the thumbnail: the last step is done with a better filter.
		s.step = max(max(w, h)/(2*side), 1)
		s.out = image.NewRGBA(image.Rect(0, 0, (w+s.step-1)/s.step, (h+s.step-1)/s.step))
		s.sums = make([]uint64, 4*s.out.Rect.Dx())
	}
	if hash {
		s.cells = newCells(w, h)
	}
	s.tile = image.NewRGBA(image.Rect(0, 0, min(w, tileWidth), min(h, tileRows)))
	return s
}

// run does the walk. The error is that of ctx.
func (s *shrinker) run(ctx context.Context) error {
	w, h := s.bounds.Dx(), s.bounds.Dy()
	for y := 0; y < h; {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := min(tileRows, h-y, s.step-y%s.step) // within one row of out
		if s.step == 1 {
			rows = min(tileRows, h-y)
		}
		for x := 0; x < w; x += tileWidth {
			s.part(x, y, min(tileWidth, w-x), rows)
		}
		y += rows
		if s.out != nil && s.step > 1 && (y%s.step == 0 || y == h) {
			s.endRow((y-1)/s.step, y-(y-1)/s.step*s.step)
		}
	}
	return nil
}

// part converts one tile and takes what is wanted from it.
func (s *shrinker) part(x, y, w, rows int) {
	at := image.Rect(0, 0, w, rows)
	from := s.bounds.Min.Add(image.Pt(x, y))
	stddraw.Draw(s.tile, at, s.src, from, stddraw.Src)
	for r := range rows {
		line := s.tile.Pix[r*s.tile.Stride:][:4*w]
		if s.cells != nil {
			s.cells.add(line, x, y+r)
		}
		switch {
		case s.out == nil:
		case s.step == 1:
			copy(s.out.Pix[s.out.PixOffset(x, y+r):], line)
		default:
			s.addLine(line, x)
		}
	}
}

// addLine adds a line of pixels, from column x on, to the sums.
func (s *shrinker) addLine(line []byte, x int) {
	i, left := 4*(x/s.step), s.step-x%s.step
	sum := s.sums[i : i+4 : i+4]
	for ; len(line) >= 4; line = line[4:] {
		if left == 0 {
			i += 4
			sum = s.sums[i : i+4 : i+4]
			left = s.step
		}
		left--
		sum[0] += uint64(line[0])
		sum[1] += uint64(line[1])
		sum[2] += uint64(line[2])
		sum[3] += uint64(line[3])
	}
}

// endRow writes row y of out, the mean of rows lines, and starts the next.
func (s *shrinker) endRow(y, rows int) {
	width := s.bounds.Dx()
	line := s.out.Pix[y*s.out.Stride:]
	for x := range s.out.Rect.Dx() {
		n := uint64(min(s.step, width-x*s.step) * rows)
		for c := range 4 {
			line[4*x+c] = byte((s.sums[4*x+c] + n/2) / n)
		}
	}
	clear(s.sums)
}

// encode makes the thumbnail of what run has left.
func (s *shrinker) encode(orientation, side int) (b []byte, mediaType string, err error) {
	w, h := fit(s.bounds.Dx(), s.bounds.Dy(), side)
	small := s.out
	if w != small.Rect.Dx() || h != small.Rect.Dy() {
		small = image.NewRGBA(image.Rect(0, 0, w, h))
		draw.CatmullRom.Scale(small, small.Rect, s.out, s.out.Rect, draw.Src, nil)
	}
	small = turn(small, orientation)
	var buf bytes.Buffer
	if small.Opaque() {
		err = jpeg.Encode(&buf, small, &jpeg.Options{Quality: thumbQuality})
		return buf.Bytes(), "image/jpeg", err
	}
	err = png.Encode(&buf, small)
	return buf.Bytes(), "image/png", err
}

// fit gives the size of a picture of w x h in a square.
func fit(w, h, side int) (int, int) {
	if w <= side && h <= side {
		return w, h
	}
	if w >= h {
		return side, max(int((int64(h)*int64(side)+int64(w)/2)/int64(w)), 1)
	}
	return max(int((int64(w)*int64(side)+int64(h)/2)/int64(h)), 1), side
}

// turn makes a picture upright by its EXIF orientation.
func turn(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := stored(x, y, w, h, orientation)
			copy(dst.Pix[dst.PixOffset(x, y):][:4], src.Pix[src.PixOffset(sx, sy):])
		}
	}
	return dst
}

// stored is where in the stored picture the point x, y of the upright one lies, whose size is w x h (Exif 2.32, tag 274).
func stored(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, w - 1 - x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return h - 1 - y, x
	}
	return x, y
}

// luma is the brightness of a premultiplied pixel on white (ITU-R BT.601), in 1/65536 and with a half added for rounding.
func luma(p []byte) uint32 {
	return 19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 65536*(255-uint32(p[3])) + 1<<15
}
