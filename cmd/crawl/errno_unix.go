//go:build !windows

package main

import (
	"errors"
	"syscall"
)

// isClosedPipe reports a pipe whose reader has ended.
func isClosedPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
