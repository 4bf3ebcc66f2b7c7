//go:build !linux

package sink

import "os"

// directFile writes past the page cache where that is known to be safe, which is on Linux only.
type directFile struct{}

func newDirectFile(*os.File, int) directFile { return directFile{} }

func (*directFile) possible() bool { return false }

func (*directFile) choose(int) bool { return false }
