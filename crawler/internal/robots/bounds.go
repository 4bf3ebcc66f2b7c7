package robots

import "time"

const (
	// MaxBytes is how much of a robots.txt is used; the rest is ignored. RFC 9309 section 2.5 asks for at least 500 KiB.
	MaxBytes = 500 << 10

	// MaxCrawlDelay caps a Crawl-delay. Longer ones are mistakes or a way of saying no, for which there is Disallow; at
	// ten minutes a host still gets 144 requests a day.
	MaxCrawlDelay = 10 * time.Minute

	// maxLine is the bytes of a line that are looked at: eight times the length of URL that browsers used to accept.
	// Values are kept in memory, and no path is longer.
	maxLine = 16 << 10

	// maxSearch is how many bytes of paths one decision searches for the rules with asterisks: a few milliseconds. A
	// thousand such rules on a path of 200 bytes take 200 kB; only a hostile file comes near.
	maxSearch = 4 << 20
)
