package proc

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

// HugeHeap asks the kernel to back the first bytes of this process's heap with huge pages. A young heap otherwise costs a
// fault for each 4 KiB of it, which is more than all else that a start costs. It takes a block of that size and drops it
// untouched; the next collection gives its addresses to others. That collection comes soon behind the return, and not before:
// it would find the block in use, and make room for as much again. It is a hint: where there are no huge pages, all stays as
// it is.
func HugeHeap(bytes int) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	block := make([]byte, bytes)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(block))) % hugePage)
	if whole := (bytes - skip) / hugePage * hugePage; whole > 0 {
		_ = unix.Madvise(block[skip:skip+whole], unix.MADV_HUGEPAGE)
	}
	runtime.KeepAlive(block)
}
