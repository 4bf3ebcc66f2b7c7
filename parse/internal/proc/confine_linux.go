package proc

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine takes from the calling thread, and so from the processes that it starts, what they do not need. It is best
// effort: it says what was done, and the directory that processes start in where the thread could not move itself.
func confine(o *Options) (dir string, kept []string) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
		kept = append(kept, "no new privileges")
	}
	if !o.Sandbox {
		return "", kept
	}
	if err := enterNowhere(); err == nil {
		kept = append(kept, "empty working directory")
	} else {
		dir = "/"
		kept = append(kept, "working directory /, because "+err.Error())
	}
	what, err := landlock(o.Path)
	if err != nil {
		what = "no Landlock: " + err.Error()
	}
	return dir, append(kept, what)
}

// enterNowhere moves the thread alone into a directory that has been removed: it is empty, nothing can be made in it, and
// nothing needs to be cleaned up.
func enterNowhere() error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	dir, err := os.MkdirTemp("", "crawl-worker-")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	return unix.Chdir(dir)
}

// Rights that Landlock handles (landlock(7)), by the version of its interface that brought them.
const (
	filesV1 = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_READ_FILE |
		unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	filesV2 = filesV1 | unix.LANDLOCK_ACCESS_FS_REFER
	filesV3 = filesV2 | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	tcpV4   = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP

	loading = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	aFile   = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE
)

// landlock leaves the thread the files that the program is loaded from, and no TCP.
func landlock(program string) (string, error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return "", errno
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: filesV1}
	said := "files"
	switch {
	case version >= 4:
		attr.Handled_access_fs, attr.Handled_access_net = filesV3, tcpV4
		said = "files and TCP"
	case version == 3:
		attr.Handled_access_fs = filesV3
	case version == 2:
		attr.Handled_access_fs = filesV2
	}
	size := unsafe.Sizeof(attr.Handled_access_fs)
	if version >= 4 {
		size += unsafe.Sizeof(attr.Handled_access_net)
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return "", errno
	}
	defer unix.Close(int(fd))
	paths, err := loadedFrom(program)
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		if err := allow(int(fd), path); err != nil {
			return "", err
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return "", errno
	}
	return fmt.Sprintf("Landlock %d: %s", version, said), nil
}

// loadedFrom lists what must be readable for a program to start: itself, and for one that is dynamically linked the
// loader and the directories of libraries. A program that is not ELF (a script) is told as an error.
func loadedFrom(program string) ([]string, error) {
	f, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	paths := []string{program}
	loader := f.Section(".interp")
	if loader == nil {
		return paths, nil
	}
	name, err := loader.Data()
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(string(name[:max(len(name)-1, 0)]))
	if err != nil {
		return nil, err
	}
	return append(paths, filepath.Dir(real), "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/nix/store", "/gnu/store",
		"/etc/ld.so.cache", "/etc/ld.so.preload"), nil
}

// allow lets a path be read and executed. One that does not exist is left out.
func allow(ruleset int, path string) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: aFile, Parent_fd: int32(fd)}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		rule.Allowed_access = loading
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// CloseInherited closes the descriptors from 3 to maxInherited that this process has from the one that started it: those
// without close-on-exec, which whatever was opened since has. It says what was done. Call it before anything that opens
// descriptors without the flag.
func CloseInherited() string {
	open := make([]unix.PollFd, 0, pollAtOnce)
	for fd := 3; fd <= maxInherited; fd += pollAtOnce {
		open = open[:0]
		for i := fd; i < min(fd+pollAtOnce, maxInherited+1); i++ {
			open = append(open, unix.PollFd{Fd: int32(i)})
		}
		closeUnflagged(open)
	}
	return "no inherited descriptors"
}

// closeUnflagged closes those of the descriptors that are open and have no close-on-exec flag. One poll(2) tells which are
// open; where it cannot be asked about so many (RLIMIT_NOFILE), each is.
func closeUnflagged(all []unix.PollFd) {
	_, err := unix.Poll(all, 0)
	for _, p := range all {
		if err == nil && p.Revents&unix.POLLNVAL != 0 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(p.Fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(int(p.Fd))
		}
	}
}
