//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sink

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameOpen says that a file keeps its lock while it is renamed.
const renameOpen = true

// lockFile locks a file or directory against other processes until it is closed or the process ends. With wait it blocks
// for who has the lock. It reports whether it is locked: not every file system can do that.
func lockFile(f *os.File, wait bool) bool {
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	for {
		if err := unix.Flock(int(f.Fd()), how); err != unix.EINTR {
			return err == nil
		}
	}
}
