package local

const (
	// blockEntries is how many entries a block of the seen set holds at most: 256 of 28 bytes. Small blocks waste more
	// of bbolt's pages, large ones make a single new key copy more. A million URLs of 60 bytes on 1,000 hosts took 156
	// to 158 bytes of file each with 64, 138 to 140 with 128, 133 to 141 with 256, and 137 to 138 with 512.
	blockEntries = 256

	// logValueLinks and logValueBytes bound one value of the log, so that an admission of about n links overshoots by
	// at most one value, and a page of any number of links never makes one huge value.
	logValueLinks = 512
	logValueBytes = 64 << 10

	// shortHost is the longest host name, in bytes, that is its own key in hostids. Longer ones, which no DNS name is,
	// are keyed by their SHA-256, so that the size of a key has a bound.
	shortHost = 255

	// claimChunk is how many hosts ClaimHosts looks at under one lock and in one read transaction: about 2 ms, so that
	// neither a commit nor a Take waits for a sweep over a million hosts.
	claimChunk = 1024

	// maxTracked bounds the hosts that are remembered as waiting for a time, and apart from them those that wait to be
	// looked at again: about 100 bytes each. Beyond it the latest are forgotten and found again by a sweep.
	maxTracked = 1 << 15

	// arenaChunk is the size in bytes of the buffers that the rows of one transaction are cut from.
	arenaChunk = 64 << 10

	// checkEvery is how many rows Check reads between two looks at its context.
	checkEvery = 4096
)
