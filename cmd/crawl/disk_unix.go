//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// statBlock is the unit of Stat_t.Blocks in bytes, on every system.
const statBlock = 512

// allocated is what a file takes on its disk, in bytes.
func allocated(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * statBlock
	}
	return info.Size()
}
