package wire

const (
	// maxDepth is how deeply values that are skipped may be nested; the protocol itself nests six deep.
	maxDepth = 32

	// maxKey is the length in bytes of a map key that is looked at; longer ones are unknown anyway.
	maxKey = 128

	// growStep is how many bytes are allocated for a string before its bytes arrive; it grows with them.
	growStep = 64 << 10
)
