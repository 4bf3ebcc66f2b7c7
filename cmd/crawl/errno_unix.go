//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// isFull reports a full disk or quota, or a file that may not grow.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// isClosedPipe reports a pipe whose reader has ended.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
