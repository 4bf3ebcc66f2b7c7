package compare

import (
	"time"

	"crawl/crawler/compare/internal/stat"
)

const (
	// minTrials is how many counted trials of each mode a comparison has, where --max-time allows it: the fewest whose
	// intervals may be trusted, so that one which ends by itself never has to warn of its own figures.
	minTrials = stat.MinTrusted

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

// Bounds of modes and trials.
const (
	// maxConcurrency is the number of fetches at one time; each may take a thread (mode threads), and Go ends a process
	// with more than 10,000 of them.
	maxConcurrency = 4096
	// maxProcesses is the number of processes that fetch; each takes some 15 MB.
	maxProcesses = 256
	// maxModes is the number of modes of one comparison: more do not fit into any table.
	maxModes = 32
	// maxOrder is the size in bytes of the first line that a child reads: the longest list of the longest URLs would be more,
	// and is refused.
	maxOrder = 512 << 20
	// maxTrialResult is the size in bytes of what a trial's process answers: some 400 for each request.
	maxTrialResult = 512 << 20
	// sampleEvery is how often the memory of parser workers is looked at, which costs a file read each.
	sampleEvery = 50 * time.Millisecond
	// orphanGrace is how long a child goes on when its parent is gone: what it does then is of no use.
	orphanGrace = time.Second
	// minIdleConns is the number of idle connections that any client keeps: as many as a crawl does by default, so that
	// sequential reuses those of all hosts.
	minIdleConns = 64
	// maxErrorText is kept of a request's error, in bytes.
	maxErrorText = 300
)

// When a trial does not count.
const (
	// maxStolen is the share of the processors that other machines on the hardware may take.
	maxStolen = 0.03
	// maxOthers is the share that other programs may take. Above it, a trial does not count when it was held up: when its
	// first bytes took longer than recorded by more than maxSlower of the recorded time, or its threads waited for a
	// processor for more than maxWaited of what the processors have.
	maxOthers = 0.10
	maxSlower = 0.05
	maxWaited = 0.20
	// maxBusy is the share that other programs may take while a recording is made before that is told. A site on the same
	// machine is among them.
	maxBusy = 0.25
	// noticeable is the least that can be told: the system counts in hundredths of a second.
	noticeable = 50 * time.Millisecond
	// maxLateMedian and maxLate95 are by how much the replay server may begin its answers late.
	maxLateMedian = 2 * time.Millisecond
	maxLate95     = 10 * time.Millisecond
	// maxLiveBytes is the share by which a live trial's bytes may differ from the recorded ones: pages change a little.
	maxLiveBytes = 0.10
)

// How a comparison goes on.
const (
	// DefaultMaxTime is the time that the trials have.
	DefaultMaxTime = 2 * time.Minute
	// maxBlocks is the number of blocks at which more would tell nothing.
	maxBlocks = 200
	// maxTries is how often a trial is run in a block until one counts.
	maxTries = 3
	// warmUpTime is how long a warm-up takes one by one, at most: it is for caches and certificates, and not counted.
	warmUpTime = 2 * time.Second
	// politeWarmUp is how many URLs it has at most where hosts are asked politely: each takes its host's time.
	politeWarmUp = 8
	// refusedRest is waited at least behind a trial that a site refused: somewhat longer than a crawl leaves a host alone that
	// answered 429 without a Retry-After.
	refusedRest = 2 * time.Second
	// maxVain is how many trials in a row may ask sites for the list and not count: the third try of two modes.
	maxVain = 2 * maxTries
	// quietTime is waited behind a disturbed trial.
	quietTime = 300 * time.Millisecond
	// startTime is what a trial's processes take beside its own time: for planning.
	startTime = 100 * time.Millisecond
	// endTime is what a child has to end by itself.
	endTime = 2 * time.Second
	// maxTail is kept of what a child writes to its standard error, in bytes.
	maxTail = 2 << 10
	// minToPart is the number of processors from which the replay server gets its own.
	minToPart = 4
	// urgentNice is the priority of the replay server, where the user may raise it: it has little to do, and that at once.
	urgentNice = -10
)
