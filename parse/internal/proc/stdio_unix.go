//go:build unix

package proc

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// TakeStdio gives the process's standard input and output for a protocol, and leads what is printed to standard output
// from now on, by whatever part of the program, to standard error.
func TakeStdio() (in, out *os.File, err error) {
	fd, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, nil, fmt.Errorf("standard output: %w", err)
	}
	if err := dup2(2, 1); err != nil {
		return nil, nil, fmt.Errorf("standard output: %w", err)
	}
	var st unix.Stat_t
	// A pipe or socket that does not block lets the program go on while it is waited for, at no thread's cost.
	if unix.Fstat(0, &st) == nil && (st.Mode&unix.S_IFMT == unix.S_IFIFO || st.Mode&unix.S_IFMT == unix.S_IFSOCK) {
		_ = syscall.SetNonblock(0, true)
	}
	return os.NewFile(0, "stdin"), os.NewFile(uintptr(fd), "stdout"), nil
}
