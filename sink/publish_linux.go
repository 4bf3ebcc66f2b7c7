package sink

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// rename gives a file that stands in the directory itself its name in a folder, unless that is taken (fs.ErrExist).
func (f *Files) rename(tmp string, folder *os.File, at string) error {
	err := unix.Renameat2(int(f.self.Fd()), tmp, int(folder.Fd()), path.Base(at), unix.RENAME_NOREPLACE)
	if err == unix.EINVAL || err == unix.ENOSYS { // not every file system can do this
		return f.place(tmp, at)
	}
	return err
}

// syncFileSystem makes durable all that was written to the file system of d. done is false where there is no such call, or
// it is not permitted.
func syncFileSystem(d *os.File) (done bool, err error) {
	switch err := unix.Syncfs(int(d.Fd())); err {
	case nil, unix.EIO, unix.ENOSPC, unix.EDQUOT:
		return true, err
	default:
		return false, nil
	}
}
