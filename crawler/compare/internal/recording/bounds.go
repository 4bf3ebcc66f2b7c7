package recording

import "time"

// Bounds of a recording. A file may come from anybody.
const (
	// MaxEntries is the number of answers: each is in memory while it is compared.
	MaxEntries = 200_000
	// MaxBytes is what all bodies have together, in bytes: the replay server holds them in memory, so that no disk is
	// measured.
	MaxBytes = 1 << 30
	// maxMeta is the size of an entry without its body, in bytes: a header of 256 KiB, which is what is fetched at most, and
	// its escapes.
	maxMeta = 1 << 20
	// maxHead is the size of the head, in bytes: a Crawl-delay of each of MaxEntries origins with the longest names, and Left.
	maxHead = 64 << 20
	// maxAllMeta is what the head and all entries without their bodies have together, in bytes: it is all in memory.
	maxAllMeta = 256 << 20
	// MaxMeta is what of maxAllMeta the entries may have.
	MaxMeta = maxAllMeta - maxHead
	// maxLeft is the number of URLs without an answer that are named, and maxLeftText the length of their texts together, in
	// bytes: nobody reads more.
	maxLeft     = 1000
	maxLeftText = 1 << 20
	// MaxArrivals is the number of steps in which a body came: what is finer than a hundredth of it is not felt.
	MaxArrivals = 64
	// maxPhase is the longest that a phase of a request may take. It is above every timeout that is used.
	maxPhase = time.Hour
	// maxWindow is the memory of the decompressor, in bytes. What is written here needs 8 MiB.
	maxWindow = 16 << 20
)
