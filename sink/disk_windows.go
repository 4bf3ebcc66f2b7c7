package sink

import (
	"os"

	"golang.org/x/sys/windows"
)

// diskSpace gives what this user may still write below dir, and the size of the disk, in bytes.
func diskSpace(dir string) (free, total uint64, err error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, 0, err
	}
	err = windows.GetDiskFreeSpaceEx(p, &free, &total, nil)
	return free, total, err
}

// syncFolder is syncDir for one that is open.
func syncFolder(*os.File) error { return nil }

// syncDir does nothing: Windows writes directory entries through, and cannot sync a directory's handle.
func syncDir(string) error { return nil }
