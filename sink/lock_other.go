//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package sink

import "os"

// renameOpen: an open file cannot be renamed on Windows.
const renameOpen = false

// lockFile locks nothing here.
func lockFile(*os.File, bool) bool { return false }
