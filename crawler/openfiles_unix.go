//go:build unix

package crawler

import (
	"math"
	"syscall"
)

// openFiles is how many files this process may have open; 0 when it cannot be told.
func openFiles() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	return int(min(uint64(r.Cur), math.MaxInt32)) // some systems have signed limits
}
