//go:build !windows

package sink

import (
	"os"

	"golang.org/x/sys/unix"
)

// diskSpace gives what an unprivileged process may still write below dir, and the size of the disk, in bytes.
func diskSpace(dir string) (free, total uint64, err error) {
	var st unix.Statfs_t
	for {
		err = unix.Statfs(dir, &st)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return 0, 0, err
	}
	block := uint64(st.Bsize)
	return uint64(st.Bavail) * block, st.Blocks * block, nil
}

// syncFolder is syncDir for one that is open.
func syncFolder(d *os.File) error { return d.Sync() }

// syncDir makes the entries of a directory durable.
func syncDir(dir string) error { return syncPath(dir) }
