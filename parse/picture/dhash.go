package picture

import (
	"context"
	"image"
	"math/bits"
)

// The cells of a hash: nine columns of eight, so that each row gives eight comparisons.
const (
	hashColumns = 9
	hashRows    = 8
)

// DHash is a perceptual hash of a picture: copies of other size, quality or format have one that differs in few of its 64
// bits (Distance), other pictures in some 32.
//
// It is the difference hash over 9 x 8 cells. Cell i of n over a side of s pixels has those from floor(i*s/n) up to before
// floor((i+1)*s/n), and at least one. The value of a cell is the mean brightness of its pixels, rounded, 0 to 255; the
// brightness of a pixel is 0.299 R + 0.587 G + 0.114 B on white, rounded. A bit is 1 where a cell is brighter than the one
// to its left; the first row comes first, from the left, beginning with the highest bit.
//
// orientation is that of EXIF (0 and 1: none). The cells are laid over the stored picture and then turned, so that a picture
// and its upright copy have nearly the same hash.
func DHash(img image.Image, orientation int) uint64 {
	s := newShrinker(img, 0, true)
	if orientation >= 5 {
		s.cells.swap()
	}
	_ = s.run(context.Background()) // which ends
	return s.cells.hash(orientation)
}

// cells are sums of brightness over a picture of w x h pixels.
type cells struct {
	w, h          int
	columns, rows int
	sum           [hashColumns * hashRows]uint64
}

func newCells(w, h int) *cells { return &cells{w: w, h: h, columns: hashColumns, rows: hashRows} }

// swap is for pictures that are stored on their side.
func (c *cells) swap() { c.columns, c.rows = c.rows, c.columns }

// span is the pixels of cell i of n over a side.
func span(i, n, side int) (from, to int) {
	from = int(int64(i) * int64(side) / int64(n))
	to = int(int64(i+1) * int64(side) / int64(n))
	return from, max(to, from+1)
}

// add takes a line of pixels of row y that starts at column x.
func (c *cells) add(line []byte, x, y int) {
	end := x + len(line)/4
	var sums [hashColumns]uint64
	for i := range c.columns {
		from, to := span(i, c.columns, c.w)
		from, to = max(from, x), min(to, end)
		if from >= to {
			continue
		}
		sum := uint64(0)
		for p := line[4*(from-x) : 4*(to-x)]; len(p) >= 4; p = p[4:] {
			sum += uint64(luma(p) >> 16)
		}
		sums[i] = sum
	}
	for j := range c.rows {
		if from, to := span(j, c.rows, c.h); from <= y && y < to {
			for i := range c.columns {
				c.sum[j*c.columns+i] += sums[i]
			}
		}
	}
}

// mean is the brightness of a cell.
func (c *cells) mean(i, j int) uint64 {
	x0, x1 := span(i, c.columns, c.w)
	y0, y1 := span(j, c.rows, c.h)
	n := uint64(x1-x0) * uint64(y1-y0)
	return (c.sum[j*c.columns+i] + n/2) / n
}

// hash compares the cells of the upright picture.
func (c *cells) hash(orientation int) uint64 {
	h := uint64(0)
	for y := range hashRows {
		left := uint64(0)
		for x := range hashColumns {
			i, j := stored(x, y, hashColumns, hashRows, orientation)
			v := c.mean(i, j)
			if x > 0 {
				h <<= 1
				if v > left {
					h |= 1
				}
			}
			left = v
		}
	}
	return h
}

// Distance is in how many bits two hashes differ, 0 to 64. Up to 4 is nearly always the same picture, above 10 hardly ever.
func Distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }
