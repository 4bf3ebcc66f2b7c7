package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isClosedPipe reports a pipe whose reader has ended.
func isClosedPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}
