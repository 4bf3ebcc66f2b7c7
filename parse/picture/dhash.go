package picture

import (
	"cmp"
	"context"
	"image"
	"math/bits"
	"slices"
)

// The cells of a hash: nine columns of eight, so that each row gives eight comparisons.
const (
	hashColumns = 9
	hashRows    = 8

	// maxBanded is the largest distance at which bands are wide enough, four bits, to save anything.
	maxBanded = 15
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

// Near gives the groups of hashes that are at most distance bits apart, as their places in hashes: two are in one group when
// a chain of such steps leads from one to the other. Hashes that are near no other are left out. Groups are ordered by
// their first member, members by their place.
//
// Two hashes that differ in d bits agree in one of d+1 bands of bits, so only those that share a band are compared: of
// 100,000 hashes some 0.1 % of all pairs at a distance of 4. Where many pictures share their bands, as flat ones do, it is at
// worst all different hashes with each other.
func Near(hashes []uint64, distance int) [][]int {
	distance = min(max(distance, 0), 64)
	order := make([]int, len(hashes)) // places by hash
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hashes[a], hashes[b]), cmp.Compare(a, b))
	})
	sets := newSets(len(hashes))
	var distinct []uint64
	var first []int // the place of each
	for _, at := range order {
		if n := len(distinct); n > 0 && distinct[n-1] == hashes[at] {
			sets.join(first[n-1], at)
			continue
		}
		distinct, first = append(distinct, hashes[at]), append(first, at)
	}
	if distance > 0 {
		joinNear(sets, distinct, first, distance)
	}
	return sets.groups()
}

// joinNear joins different hashes that are near each other.
func joinNear(sets sets, distinct []uint64, first []int, distance int) {
	all := len(distinct) * (len(distinct) - 1) / 2
	work := 0 // pairs compared
	keys := make([]uint64, len(distinct))
	var run []uint64
	var places []int
	for band := 0; band <= distance; band++ {
		if distance > maxBanded || work > all { // comparing all is less
			joinAll(sets, distinct, first, distance)
			return
		}
		bandKeys(keys, distinct, band, distance+1)
		for start := 0; start < len(keys); {
			end := runEnd(keys, start)
			run, places = run[:0], places[:0]
			for _, k := range keys[start:end] {
				run, places = append(run, distinct[uint32(k)]), append(places, first[uint32(k)])
			}
			joinAll(sets, run, places, distance)
			work += len(run) * (len(run) - 1) / 2
			start = end
		}
	}
}

// bandKeys sorts the hashes by one band of several: each key has the band above and the hash's index below. There are fewer
// than 2^32 hashes; of a band wider than 32 bits the lowest 32 are compared, which finds more pairs, not fewer.
func bandKeys(keys, distinct []uint64, band, bands int) {
	from, to := band*64/bands, (band+1)*64/bands
	mask := uint64(1)<<min(to-from, 32) - 1
	for i, h := range distinct {
		keys[i] = h>>from&mask<<32 | uint64(i)
	}
	slices.Sort(keys)
}

// runEnd is where the keys that share a band with the one at start end.
func runEnd(keys []uint64, start int) int {
	end := start + 1
	for end < len(keys) && keys[end]>>32 == keys[start]>>32 {
		end++
	}
	return end
}

// joinAll compares hashes with each other.
func joinAll(sets sets, hashes []uint64, places []int, distance int) {
	for i, a := range hashes {
		for j := i + 1; j < len(hashes); j++ {
			if Distance(a, hashes[j]) <= distance {
				sets.join(places[i], places[j])
			}
		}
	}
}

// sets are disjoint sets of places: each has the place of another of its set, the first one its own.
type sets []int

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// find gives the first of a set.
func (s sets) find(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// join makes one set of two; its lowest place leads it.
func (s sets) join(a, b int) {
	a, b = s.find(a), s.find(b)
	s[max(a, b)] = min(a, b)
}

// groups are the sets of more than one.
func (s sets) groups() [][]int {
	size := make([]int, len(s))
	for i := range s {
		size[s.find(i)]++
	}
	var all [][]int
	at := make([]int, len(s)) // 1 + the group that a first one leads
	for i := range s {
		lead := s.find(i)
		if size[lead] < 2 {
			continue
		}
		if at[lead] == 0 {
			all = append(all, make([]int, 0, size[lead]))
			at[lead] = len(all)
		}
		all[at[lead]-1] = append(all[at[lead]-1], i)
	}
	return all
}
