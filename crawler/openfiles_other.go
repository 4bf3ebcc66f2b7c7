//go:build !unix

package crawler

import "math"

// openFiles is how many files this process may have open: there is no limit to speak of.
func openFiles() int { return math.MaxInt32 }
