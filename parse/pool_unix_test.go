//go:build unix

package parse

import (
	"syscall"
	"time"
)

// cpuTime is the CPU time that this process has used, and its children that have ended.
func cpuTime(children bool) time.Duration {
	var own, theirs syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	if children {
		_ = syscall.Getrusage(syscall.RUSAGE_CHILDREN, &theirs)
	}
	return time.Duration(own.Utime.Nano() + own.Stime.Nano() + theirs.Utime.Nano() + theirs.Stime.Nano())
}
