package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor (bytes) is the size below which the heap is not worth collecting. Go's own is 4 MiB, which the buffers of a
// hundred connections pass in the moment when all of them answer.
const heapFloor = 32 << 20

// goFloor (bytes) is that floor of the runtime's own, at GOGC=100; it grows in proportion.
const goFloor = 4 << 20

// keepHeapFloor makes the collector leave a heap below heapFloor alone, and treat a larger one as ever. It is the command's
// own: a library does not tune the process it is in. GOGC, when it is set, has the last word.
func keepHeapFloor() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(heapFloor / goFloor * 100)
	armHeapFloor()
}

// armHeapFloor looks at what is alive after the next collection, and sets when the one after it is due.
func armHeapFloor() {
	runtime.AddCleanup(new(*byte), func(struct{}) { // a pointer shares its memory with nothing
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		alive := max(live[0].Value.Uint64(), 1<<20)
		debug.SetGCPercent(percentFor(alive))
		armHeapFloor()
	}, struct{}{})
}

// roomOfMany (bytes) is what may be allocated between two collections of a heap with heapFloor and more alive. That is one of
// thousands of hosts, nearly all pointers: a collection takes 15 ms and more, and would come every 30 MB.
const roomOfMany = 64 << 20

// percentFor gives the GOGC at which a heap with so many bytes alive is collected next: at heapFloor, or at twice its size, or
// with the room of many.
func percentFor(alive uint64) int {
	room := max(alive, min(roomOfMany, 4*alive-min(4*alive, roomOfMany)))
	return int(100 * max(room, heapFloor-min(heapFloor, alive)) / alive)
}
