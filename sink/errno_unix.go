//go:build !windows

package sink

import (
	"errors"
	"strings"
	"syscall"
)

// IsNoSpace reports a full disk or quota, or a file that may not grow (a limit of the shell, or of the file system). bbolt
// tells why a file does not grow in words only.
func IsNoSpace(err error) bool {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) || err != nil && strings.HasSuffix(err.Error(), ": "+full.Error()) {
			return true
		}
	}
	return false
}

// isReadOnlyFS reports a disk that is mounted read-only.
func isReadOnlyFS(err error) bool { return errors.Is(err, syscall.EROFS) }
