package parse

import "time"

// cpuTime is not measured here.
func cpuTime(bool) time.Duration { return 0 }
