package crawler

import (
	"encoding/binary"

	"crawl/crawler/frontier"
)

// known remembers keys that the frontier is known to have, with the smallest depth they were claimed at, so that a link
// seen a thousand times is logged once. It is a cache in front of the exact set on disk: what it forgets is logged
// again, and found to be known there. Four entries share a line; the oldest makes room.
//
// Only the loop uses it, in the order in which pages are committed: a key is claimed by the page whose commit logs
// it, so a crash that loses that commit loses the claim too.
type known struct {
	lines   []knownLine // knownLines of them
	next    uint8
	fetched uint64 // keeps what fetch reads from being optimised away
}

// knownLine is as large as a line of the processor's cache, so that a key costs one of its misses.
type knownLine [knownWays]knownSlot

// knownSlot holds a key and what is known of it in 16 bytes. The two bytes of the key that say which line it is in are not
// written down; their place is taken by 0 for an empty slot, otherwise the depth + 1, with knownHop set for a hop.
type knownSlot struct{ head, tail uint64 }

const (
	knownWays = 4
	knownMeta = knownLines - 1 // the bits of tail that the key's place in the table takes the place of
	knownHop  = 1 << 15
	// knownDeepest is the largest depth that a slot can tell. What is deeper is not remembered.
	knownDeepest = knownHop - 2
)

func newKnown() *known { return &known{lines: make([]knownLine, knownLines)} }

// fetch brings the lines of all the keys into the processor's cache at once. Without it each claim would wait for its own.
func (k *known) fetch(follow []follow) {
	for i := range follow {
		k.fetched += k.lines[binary.LittleEndian.Uint64(follow[i].key[8:])&knownMeta][0].tail
	}
}

// claim reports whether the key must be logged: it was not seen at this depth or a smaller one.
func (k *known) claim(key frontier.Key, depth uint16, hop bool) bool {
	head, tail := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	line := &k.lines[tail&knownMeta]
	meta := uint64(depth) + 1
	if hop {
		meta |= knownHop
	}
	empty := -1
	for j := range line {
		s := &line[j]
		switch old := s.tail & knownMeta; {
		case old == 0:
			empty = j
		case s.head == head && (s.tail^tail)&^knownMeta == 0:
			return s.improve(old, depth, hop)
		}
	}
	if depth > knownDeepest {
		return true
	}
	if empty < 0 {
		k.next++
		empty = int(k.next % knownWays)
	}
	line[empty] = knownSlot{head, tail&^knownMeta | meta}
	return true
}

// improve notes that the slot's key was seen at a depth, and reports whether that is news.
func (s *knownSlot) improve(old uint64, depth uint16, hop bool) bool {
	was, wasHop := uint16(old&^knownHop-1), old&knownHop != 0
	if was <= depth && (!wasHop || hop) {
		return false
	}
	meta := uint64(min(was, depth)) + 1
	if wasHop && hop {
		meta |= knownHop
	}
	s.tail = s.tail&^knownMeta | meta
	return true
}
