//go:build !windows

package sink

import (
	"runtime"
	"syscall"
)

// cpuSeconds gives the processor time that the process has used, in the kernel too.
func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peakRSS gives the most memory that the process has had, in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

// noSpace is what a full disk gives.
const noSpace = syscall.ENOSPC
