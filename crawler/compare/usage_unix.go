//go:build unix

package compare

import (
	"runtime"
	"syscall"
	"time"
)

func readUsage() usage {
	var self, kids syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) != nil || syscall.Getrusage(syscall.RUSAGE_CHILDREN, &kids) != nil {
		return usage{}
	}
	u := usage{
		user: time.Duration(self.Utime.Nano()), system: time.Duration(self.Stime.Nano()),
		children:  time.Duration(kids.Utime.Nano() + kids.Stime.Nano()),
		voluntary: int64(self.Nvcsw), forced: int64(self.Nivcsw),
		kidsVoluntary: int64(kids.Nvcsw), kidsIn: int64(kids.Nivcsw),
		maxRSS: int64(self.Maxrss) << 10,
	}
	if runtime.GOOS == "darwin" {
		u.maxRSS >>= 10 // told in bytes there, in kB everywhere else
	}
	return u
}
