package parse

import (
	"bytes"
	"hash/maphash"
)

// Reset forgets the links and keeps the memory for new ones. URLs that At gave are no longer valid.
func (l *Links) Reset() {
	l.buf = l.buf[:0]
	l.ends = l.ends[:0]
}

// Size is the number of bytes of the URLs.
func (l *Links) Size() int { return len(l.buf) }

// linkSet knows which links of a page were seen: a hash table with open addressing over the links themselves. Its hash
// has a secret seed, so that a page cannot choose links that collide. The zero value is not ready: see reset.
type linkSet struct {
	seed  maphash.Seed
	slots []linkSlot // a power of two, at most half of them used
	used  int
	all   []linkSlot // the memory of slots
}

type linkSlot struct {
	hash uint32
	link int32 // its index + 1; 0 is an empty slot
}

// reset empties the set. It takes time in proportion to minLinkSlots, not to the largest page before.
func (s *linkSet) reset() {
	if s.all == nil {
		s.seed = maphash.MakeSeed()
		s.all = make([]linkSlot, minLinkSlots)
	}
	s.slots = s.all[:minLinkSlots]
	clear(s.slots)
	s.used = 0
}

// add puts the link whose URL is buf's tail from start on into l, unless the same URL and kind is there. It returns the
// link's index and whether it was new.
func (s *linkSet) add(l *Links, start int, kind Kind, nofollow bool) (index int, added bool) {
	url := l.buf[start:]
	h := uint32(maphash.Bytes(s.seed, url)) ^ uint32(kind)*0x9E3779B1 // kinds of one URL lie apart
	mask := uint32(len(s.slots) - 1)
	i := h & mask
	for ; s.slots[i].link != 0; i = (i + 1) & mask {
		if s.slots[i].hash != h {
			continue
		}
		at := int(s.slots[i].link) - 1
		known, k, _ := l.At(at)
		if k == kind && bytes.Equal(known, url) {
			l.buf = l.buf[:start]
			return at, false
		}
	}
	l.ends = append(l.ends, linkEnd{end: len(l.buf), kind: kind, nofollow: nofollow})
	s.slots[i] = linkSlot{hash: h, link: int32(len(l.ends))}
	s.used++
	if 2*s.used > len(s.slots) {
		s.grow()
	}
	return len(l.ends) - 1, true
}

// grow doubles the table.
func (s *linkSet) grow() {
	old := s.slots
	n := 2 * len(old)
	all := make([]linkSlot, n)
	mask := uint32(n - 1)
	for _, e := range old {
		if e.link == 0 {
			continue
		}
		i := e.hash & mask
		for all[i].link != 0 {
			i = (i + 1) & mask
		}
		all[i] = e
	}
	s.all, s.slots = all, all
}

// shrink drops the memory of an unusually large page.
func (s *linkSet) shrink() {
	if len(s.all)*8 > maxKept {
		s.all = nil
	}
}
