package proc

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// HugeHeap asks the kernel to back the first bytes of this process's heap with huge pages. A young heap otherwise costs a
// fault for each 4 KiB of it, which is more than all else that a start costs. It takes a block of that size and drops it
// untouched; the first collection gives its addresses to others. It is a hint: where there are no huge pages, all stays as
// it is.
func HugeHeap(bytes int) {
	block := make([]byte, bytes)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(block))) % hugePage)
	if whole := (bytes - skip) / hugePage * hugePage; whole > 0 {
		_ = unix.Madvise(block[skip:skip+whole], unix.MADV_HUGEPAGE)
	}
	runtime.KeepAlive(block)
}
