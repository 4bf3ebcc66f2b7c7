//go:build !unix

package crawler

import "time"

// usage is not measured on this system.
type usage struct {
	user, system, children time.Duration
	maxRSS                 int64
}

func readUsage() usage { return usage{} }
