package polite

import "time"

const (
	// MaxRetryAfter caps what a server may ask for: an hour keeps a crawl from being held for years by a typing error, and
	// is longer than any wait that ends within a run.
	MaxRetryAfter = time.Hour

	// ParkAfter is the number of failures in a row after which a host is left alone for a while: more than a flaky server
	// shows, fewer than a dead one with a long list costs.
	ParkAfter = 8
	// maxParkings is how often a host is tried again before the rest of its list is given up.
	maxParkings = 3

	// slowStart is the interval after the first 429 or 503 of a host that did not say how long to wait.
	slowStart = time.Second
	// slowMax is the longest interval that repeated 429 and 503 lead to.
	slowMax = time.Minute
	// slowDecay: each good answer takes a quarter of the imposed interval away.
	slowDecay = 4
)
