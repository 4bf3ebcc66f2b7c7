package main

import "testing"

// TestPercentFor: small heaps are collected at the floor, those of many hosts with room, and large ones at twice their size; a
// little more alive never means much less room.
func TestPercentFor(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct{ alive, next uint64 }{
		{1, 32}, {8, 32}, {16, 32}, {20, 40}, {24, 56}, {32, 96}, {48, 112}, {64, 128}, {100, 200}, {1000, 2000},
	} {
		alive := c.alive * mib
		next := alive + alive*uint64(percentFor(alive))/100
		if next/mib+1 < c.next || next/mib > c.next {
			t.Errorf("%d MiB alive: collected next at %d MiB, want %d", c.alive, next/mib, c.next)
		}
	}
	last := uint64(0)
	for alive := uint64(mib); alive < 200*mib; alive += mib / 4 {
		next := alive + alive*uint64(percentFor(alive))/100
		if next+2*mib < last {
			t.Errorf("%d kB alive: collected at %d kB, before that at %d", alive>>10, next>>10, last>>10)
		}
		last = next
	}
}
