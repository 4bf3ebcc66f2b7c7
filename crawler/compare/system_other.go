//go:build !linux

package compare

import "time"

// What is not known on this system is taken for none.

func runQueueWait() time.Duration { return 0 }

func threadsOf(int) int { return 0 }

func peakMemory() int64 { return readUsage().maxRSS }

func readSystem() (system, bool) { return system{}, false }
