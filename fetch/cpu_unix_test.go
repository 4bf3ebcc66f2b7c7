//go:build unix

package fetch

import (
	"syscall"
	"time"
)

// cpuTime is the processor time this process has used, in user and kernel mode.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
