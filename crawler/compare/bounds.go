package compare

const (
	// minTrials is how many counted trials of each mode a comparison has at least.
	minTrials = 5

	// settledWidth is half the width of an interval, as a share of its median, at which no more trials are run.
	settledWidth = 0.05

	// kneeShare is the share of the highest throughput that the knee has: what is missing is within the noise of most runs.
	kneeShare = 0.95

	// maxAdvice caps the concurrency that is advised: above it the usual limit of 1,024 open files is near, and no list of
	// this kind gained anything.
	maxAdvice = 512

	// sameSpeed is the speed-up below which nothing is gained by concurrency that anybody would notice.
	sameSpeed = 1.05

	// maxAssertion is the length of an assertion in bytes, and maxAssertionDepth how deep its parentheses nest: the evaluator
	// recurses.
	maxAssertion      = 4096
	maxAssertionDepth = 100
)
