package sink

import "golang.org/x/sys/unix"

// letGo tells the kernel that a file's map is not needed now. What is read again comes from the page cache. It is advice:
// an error changes nothing.
func letGo(start, size uintptr) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, size, unix.MADV_DONTNEED)
}
