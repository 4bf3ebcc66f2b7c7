package parse

import (
	"time"

	"crawl/parse/picture"
)

// Bounds of the worker protocol. Both sides refuse what is beyond them before making room for it.
const (
	// maxBody is the length in bytes of a document that a worker takes. The fetcher's own cap is far below it.
	maxBody = 1 << 30

	// maxBatchDocs is how many documents a worker takes at once.
	maxBatchDocs = 1024

	// maxHeaders and maxHeaderBytes bound the Link and X-Robots-Tag headers of a document, and its URL and Content-Type.
	maxHeaders     = 256
	maxHeaderBytes = 64 << 10

	// maxEntries is how many keys a map of the protocol may have, unknown ones included.
	maxEntries = 64

	// maxHelloBytes, maxEnvelopeBytes and maxResultBytes are what the parent reads of a worker's hello, of what surrounds the
	// results, and of one result: the largest that InProcess gives, with 5 bytes of header for each of its values.
	maxHelloBytes    = 64 << 10
	maxEnvelopeBytes = 64 << 10
	maxResultBytes   = maxFieldsBytes + maxTextBytes + 5*maxRules*maxValues + 1<<20

	// maxImageResultBytes is what the parent reads of the answer about a picture: mostly its thumbnail.
	maxImageResultBytes = picture.MaxThumbBytes + 64<<10

	// maxImageNumber is the largest width and the like that is believed; larger ones are taken for it.
	maxImageNumber = 1 << 30

	// maxRequestBytes is what a worker reads of one request besides the bodies, and maxBatchBytes of one with them.
	maxRequestBytes = 8 << 20
	maxBatchBytes   = maxBody + maxRequestBytes

	// maxNotices is how many notifications a worker may send before an answer.
	maxNotices = 64

	// maxDefects and maxDefectBytes bound what a worker says was odd about a page.
	maxDefects     = 64
	maxDefectBytes = 2 << 10

	// maxWords is how long a short text of the protocol is, in bytes: names, abilities, error messages.
	maxWords = 1 << 10

	// maxLastLines is how many of the last lines of a worker's log are told when it dies: the exception of a script and the
	// place where it was raised.
	maxLastLines = 3

	// sampleBytes is how much is shown of what is not the protocol.
	sampleBytes = 60

	// maxInit is how many settings Init may have.
	maxInit = 64
)

// Sizes of buffers, in bytes.
const (
	// parentBuffer is what the parent reads at once from a worker: the answers to a batch of usual pages.
	parentBuffer = 32 << 10

	// workerBuffer is what a worker reads at once: a good part of a batch.
	workerBuffer = 64 << 10

	// writeStep is how much of a large document is copied at a time on its way to a worker.
	writeStep = 64 << 10

	// flushBytes is how much of an answer a worker keeps before it writes.
	flushBytes = 64 << 10

	// maxScratch is the largest buffer that is kept from one batch to the next.
	maxScratch = 1 << 20

	// pipeRoom is what the pipes to a worker shall take, besides a batch, so that writing a batch does not block.
	pipeRoom = 64 << 10

	// maxLogLine is the length of one line of a worker's log that is passed on; longer ones are cut.
	maxLogLine = 2 << 10
)

// Defaults of PoolOptions.
const (
	defaultBatchDocs    = 16
	defaultBatchBytes   = 256 << 10
	defaultQueueBatches = 4        // full batches waiting for each worker
	defaultQueueBytes   = 64 << 20 // a few of the largest pages
	defaultDeadline     = 10 * time.Second
	defaultMemoryBytes  = 512 << 20
)

// Times.
const (
	// startTimeout is what a worker has from its start to its hello: an interpreter with large libraries, another host.
	startTimeout = 10 * time.Second

	// outage is after how long without any worker the pool gives up.
	outage = 30 * time.Second

	// firstBackoff and lastBackoff are the first and the longest wait behind a start that failed; it doubles in between.
	firstBackoff = 50 * time.Millisecond
	lastBackoff  = 5 * time.Second

	// graceShare is the part of the deadline, between minGrace and maxGrace, that the parent waits beyond it: a worker that keeps the
	// deadline itself answers in that time and need not be killed.
	graceShare = 4
	minGrace   = 4 * flushAfter
	maxGrace   = time.Second

	// retireTimeout is what a worker has to end by itself once its input is closed.
	retireTimeout = time.Second

	// logTimeout is how long the log of a worker that has ended is read on.
	logTimeout = 100 * time.Millisecond

	// watchEvery is how often the memory of workers is looked at. At the 1 GB/s that a processor fills, a worker is
	// 50 MB above its cap by then.
	watchEvery = 50 * time.Millisecond

	// flushAfter is how long finished results wait in a worker for the rest of their batch: long enough to cost nothing,
	// short beside any deadline.
	flushAfter = 50 * time.Millisecond

	// lingerAfterEOF is how long a worker process goes on with what it has when its input has ended.
	lingerAfterEOF = 500 * time.Millisecond
)

// memoryShare is the part of the memory cap, in percent, at which a worker's garbage collector begins to work hard. The
// rest is for what the collector does not know of: the program itself, stacks, memory not yet given back.
const memoryShare = 75

// workerGC is how many percent the heap of a worker grows between two collections. Its live heap is a few MB between
// pages; the memory limit above takes over for large pages.
const workerGC = 400

// youngHeap is how many bytes the heap of a worker grows to before it is collected for the first time: the runtime's least
// heap of 4 MB, and workerGC.
const youngHeap = (4 << 20) * workerGC / 100

// recycleJitter is the part by which RecycleAfter varies, so that workers are not replaced all at once.
const recycleJitter = 10

// patience is how many workers in a row may die before their first answer until starting the next has to wait.
const patience = 3

// maxStrangers is how many workers may be started without one that ever says hello until the Pool gives up: they are no
// workers, and will not become any. One that was silent for all of startTimeout counts twice.
const maxStrangers = 3

// connsPerProcessor is how many connections ListenWorkers serves for each processor: a few pools at a time, or one that
// replaces its workers.
const connsPerProcessor = 4

// workerFiles is how many files are open for a worker: three pipes, a handle of the process and its memory's figures; and
// those of a few that are being replaced.
const workerFiles = 6
