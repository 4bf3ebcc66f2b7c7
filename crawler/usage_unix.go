//go:build unix

package crawler

import (
	"runtime"
	"syscall"
	"time"
)

// usage is what the process and its children have used so far.
type usage struct {
	user, system, children time.Duration
	maxRSS                 int64 // bytes
}

func readUsage() usage {
	var self, kids syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &self) != nil || syscall.Getrusage(syscall.RUSAGE_CHILDREN, &kids) != nil {
		return usage{}
	}
	u := usage{
		user: tv(self.Utime), system: tv(self.Stime), children: tv(kids.Utime) + tv(kids.Stime),
		maxRSS: int64(self.Maxrss) << 10,
	}
	if runtime.GOOS == "darwin" {
		u.maxRSS >>= 10 // told in bytes there, in kB everywhere else
	}
	return u
}

func tv(t syscall.Timeval) time.Duration { return time.Duration(t.Nano()) }
