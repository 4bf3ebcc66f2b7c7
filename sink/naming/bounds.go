package naming

const (
	// maxName (bytes) of one component of a path: leaves room below the 255 of common file systems for what users add.
	maxName = 120

	// maxParts (components) of one path: with maxName they stay below the 4,096 bytes that systems take.
	maxParts = 16

	// maxRaw (bytes) is read of a name before it is cleaned: far more than stays, and it bounds the work.
	maxRaw = 1 << 10

	// maxMarks (characters) is how many combining marks one letter keeps. Written languages stack fewer than half as many;
	// thirty and more would make normalisation insert joiners.
	maxMarks = 8

	// maxExt (bytes) of what counts as an extension where the type of a file is not known, without its dot.
	maxExt = 8

	// maxTemplate (bytes) of a template: a user writes it by hand.
	maxTemplate = 1 << 10

	// maxWidth (digits) of {n:0W}: what the largest number takes.
	maxWidth = 19

	// maxHeader (bytes) is read of a Content-Disposition: no honest file name needs more.
	maxHeader = 8 << 10
)
