package crawler

import "crawl/crawler/frontier"

// known remembers keys that the frontier is known to have, with the smallest depth they were claimed at, so that a link
// seen a thousand times is logged once. It is a cache in front of the exact set on disk: what it forgets is logged
// again, and found to be known there. Four entries share a line; the oldest makes room.
//
// Only the loop uses it, in the order in which pages are committed: a key is claimed by the page whose commit logs
// it, so a crash that loses that commit loses the claim too.
type known struct {
	slots []knownSlot
	mask  uint64
	next  uint8
}

type knownSlot struct {
	key   frontier.Key
	depth uint16
	used  bool
	hop   bool
}

func newKnown(slots int) *known {
	return &known{slots: make([]knownSlot, slots), mask: uint64(slots/4 - 1)}
}

const knownWays = 4

// claim reports whether the key must be logged: it was not seen at this depth or a smaller one.
func (k *known) claim(key frontier.Key, depth uint16, hop bool) bool {
	i := (uint64(key[0]) | uint64(key[1])<<8 | uint64(key[2])<<16 | uint64(key[3])<<24) & k.mask * knownWays
	line := k.slots[i : i+knownWays]
	for j := range line {
		s := &line[j]
		if !s.used || s.key != key {
			continue
		}
		if s.depth <= depth && (!s.hop || hop) {
			return false
		}
		s.depth, s.hop = min(s.depth, depth), s.hop && hop
		return true
	}
	for j := range line {
		if !line[j].used {
			line[j] = knownSlot{key: key, depth: depth, hop: hop, used: true}
			return true
		}
	}
	k.next++
	line[k.next%knownWays] = knownSlot{key: key, depth: depth, hop: hop, used: true}
	return true
}
