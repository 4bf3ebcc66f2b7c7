package sink

import "golang.org/x/sys/windows"

// cpuSeconds is not measured here.
func cpuSeconds() float64 { return 0 }

// peakRSS is not measured here.
func peakRSS() int64 { return 0 }

// noSpace is what a full disk gives.
const noSpace = windows.ERROR_DISK_FULL
