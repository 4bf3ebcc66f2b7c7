//go:build !linux

package crawler

import "errors"

// The tests of full disks are for Linux.

func fillDisk() error { return errors.ErrUnsupported }

func holdDisk(string) error { return errors.ErrUnsupported }
