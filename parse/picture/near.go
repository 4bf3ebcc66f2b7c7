package picture

import (
	"cmp"
	"math/bits"
	"slices"
)

// Near gives the groups of hashes that are at most distance bits apart, as their places in hashes: two are in one group when
// a chain of such steps leads from one to the other. Hashes that are near no other are left out. Groups are ordered by
// their first member, members by their place.
//
// It takes memory in proportion to the hashes, and time for the pairs it compares: of 100,000 different hashes 0.1 % of all
// pairs at a distance of 4, 0.8 % at 10. Where many share their bits, as flat pictures do, it is at worst all of them.
func Near(hashes []uint64, distance int) [][]int {
	order := make([]int, len(hashes)) // places by hash
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hashes[a], hashes[b]), cmp.Compare(a, b))
	})
	sets := newSets(len(hashes))
	n := neighbours{sets: sets, distance: distance}
	for _, at := range order {
		if last := len(n.hashes) - 1; last >= 0 && n.hashes[last] == hashes[at] {
			sets.join(n.places[last], at)
			continue
		}
		n.hashes, n.places = append(n.hashes, hashes[at]), append(n.places, at)
	}
	if distance > 0 && len(n.hashes) > 1 {
		n.join()
	}
	return sets.groups()
}

// The bands of a hash: four of 16 bits. Two hashes that differ in d bits differ in at most d/4 of them in one of the bands.
const (
	bands    = 4
	bandBits = 64 / bands
	values   = 1 << bandBits
)

// neighbours joins different hashes that are near each other.
type neighbours struct {
	sets     sets
	distance int
	hashes   []uint64
	places   []int
}

// join compares those that are near in one of the bands, or all where that is less.
func (n *neighbours) join() {
	near := nearValues(n.distance / bands)
	all := len(n.hashes) * (len(n.hashes) - 1) / 2
	b := newBand(len(n.hashes))
	work := 0
	for i := range bands {
		b.fill(n.hashes, i)
		if work += b.pairs(near, all); work+values >= all {
			n.compare(n.hashes, n.places, n.hashes, n.places)
			return
		}
	}
	for i := range bands {
		b.fill(n.hashes, i)
		for j, k := range b.order {
			b.hashes[j], b.places[j] = n.hashes[k], n.places[k]
		}
		for v := range values {
			n.joinValue(b, v, near)
		}
	}
}

// joinValue compares the hashes of one value of a band with those of all near values, each pair once.
func (n *neighbours) joinValue(b *band, v int, near []uint16) {
	from, to := b.start[v], b.start[v+1]
	if from == to {
		return
	}
	for _, flip := range near {
		w := v ^ int(flip)
		if w < v {
			continue
		}
		if from2, to2 := b.start[w], b.start[w+1]; from2 < to2 {
			n.compare(b.hashes[from:to], b.places[from:to], b.hashes[from2:to2], b.places[from2:to2])
		}
	}
}

// compare joins the hashes of a that are near ones of b. a and b are the same or have nothing in common.
func (n *neighbours) compare(a []uint64, placesA []int, b []uint64, placesB []int) {
	same := &a[0] == &b[0]
	for i, h := range a {
		from := 0
		if same {
			from = i + 1
		}
		for j := from; j < len(b); j++ {
			if bits.OnesCount64(h^b[j]) <= n.distance {
				n.sets.join(placesA[i], placesB[j])
			}
		}
	}
}

// nearValues are all values of a band with at most so many bits set.
func nearValues(most int) []uint16 {
	var all []uint16
	for v := range values {
		if bits.OnesCount16(uint16(v)) <= most {
			all = append(all, uint16(v))
		}
	}
	return all
}

// band has the hashes in the order of one of their bands.
type band struct {
	start  []uint32 // of each value, where its hashes start, and one more
	order  []uint32 // indices of hashes
	hashes []uint64
	places []int
}

func newBand(n int) *band {
	return &band{start: make([]uint32, values+1), order: make([]uint32, n), hashes: make([]uint64, n), places: make([]int, n)}
}

// fill orders the hashes by a band.
func (b *band) fill(hashes []uint64, which int) {
	value := func(h uint64) int { return int(h >> (which * bandBits) % values) }
	clear(b.start)
	for _, h := range hashes {
		b.start[value(h)+1]++
	}
	for v := range values {
		b.start[v+1] += b.start[v]
	}
	for i := len(hashes) - 1; i >= 0; i-- { // start is where each value ends while it is filled from behind
		v := value(hashes[i]) + 1
		b.start[v]--
		b.order[b.start[v]] = uint32(i)
	}
	copy(b.start, b.start[1:])
	b.start[values] = uint32(len(hashes))
}

// pairs counts the pairs that are to be compared; it stops above most.
func (b *band) pairs(near []uint16, most int) (n int) {
	for v := 0; v < values && n <= most; v++ {
		own := int(b.start[v+1] - b.start[v])
		if own == 0 {
			continue
		}
		for _, flip := range near {
			if w := v ^ int(flip); w >= v {
				n += own * int(b.start[w+1]-b.start[w])
			}
		}
	}
	return n
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
