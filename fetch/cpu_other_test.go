//go:build !unix

package fetch

import "time"

// cpuTime is not measured here.
func cpuTime() time.Duration { return 0 }
