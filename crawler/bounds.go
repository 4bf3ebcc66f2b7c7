package crawler

import (
	"time"

	"crawl/parse/picture"
)

// Defaults of Options.
const (
	// DefaultConcurrency is enough to hide 100 ms of latency at 600 pages a second, and few enough descriptors for any shell.
	DefaultConcurrency = 64
	// DefaultPerHost is what browsers open to one host, less a little.
	DefaultPerHost = 4
	// DefaultPerHostFiles is that of image batches: files come from hosts that serve nothing else.
	DefaultPerHostFiles = 8
	// DefaultRate is in requests per second to one host: no server that stands at all falls over it.
	DefaultRate = 10
	// DefaultTries counts attempts at one URL, the first included.
	DefaultTries = 3
	// DefaultGrace is how long in-flight fetches may take to end after the first signal.
	DefaultGrace = 10 * time.Second
	// DefaultRetryBase is the first back-off; each further one is four times as long.
	DefaultRetryBase = time.Second
	// DefaultParkBase is the first pause of a host that keeps failing; each further one is twice as long.
	DefaultParkBase = 10 * time.Second
)

const (
	// maxConcurrency bounds what a typing error can ask for; each fetch holds up to two descriptors.
	maxConcurrency = 10_000
	// maxTries bounds the attempts at a URL.
	maxTries = 20
	// maxAttemptsKept bounds the attempts kept with a URL over all its `crawl retry`; the oldest go first.
	maxAttemptsKept = 40

	// maxActiveHosts is the number of hosts held in memory with their robots rules and leases (about 4 kB each); all
	// others wait on disk. At one request in ten seconds each, this still makes 400 requests a second.
	maxActiveHosts = 4096
	// idleConns is the number of connections kept for their hosts' next turn: with more hosts than fetches in flight each would
	// otherwise be connected to anew, if the limit on open files allows. An idle one costs about 50 kB.
	idleConns = 512
	// plainConns is that number for plain HTTP/1.1, if the limit on open files allows: hosts that politeness makes wait are
	// more than the active ones. Such a connection costs a descriptor, and a hundredth of the memory.
	plainConns = 2 * maxActiveHosts
	// Of the limit on open files, the share (one in so many) that idle connections may take: those of net/http, guarded and
	// open ones each, and those of plain HTTP/1.1, of which the last go when a dial needs their place.
	stdFiles, plainFiles = 8, 2
	// ownFiles is what a crawl has open besides: 14 were counted with a directory of files; the rest is for a body file that
	// is read, an export, a profile.
	ownFiles = 24
	// fetchFiles is what a fetch in flight may have open at one time: two sockets of a lookup, or two dials that race.
	fetchFiles = 2
	// claimAtOnce is the number of hosts claimed in one read.
	claimAtOnce = 256
	// claimHorizon: a host whose next time is further away waits on disk.
	claimHorizon = 2 * time.Second
	// tidyEvery is how often, at most, all hosts that have nothing to send are looked at.
	tidyEvery = 50 * time.Millisecond
	// takeAhead is the least number of leases read for a host at once; more than its slots, so that one read serves many
	// pages.
	takeAhead = 16

	// commitPages, commitBytes and commitDelay end a group commit, whichever comes first. Two flushes to disk are shared
	// by the group; 25 ms is what a person does not notice and a disk can do 40 times a second.
	commitPages = 512
	commitBytes = 4 << 20
	commitDelay = 25 * time.Millisecond
	// hungryDelay replaces commitDelay when the loop has nothing to fetch: what the group brings is waited for, but answers
	// that come together are still stored together.
	hungryDelay = 4 * time.Millisecond
	// stageAtOnce is the number of results whose bodies are copied in one step: they still are in a processor's cache.
	stageAtOnce = 16
	// warmDelay is when the committer makes its memory ready: the first requests are under way, and few answers are there.
	warmDelay = 10 * time.Millisecond
	// commitQueue is the number of settled pages that may wait for the committer before the loop waits for it.
	commitQueue = 256

	// admitBatch is the number of logged links admitted in one step: large, because sorted batches touch each page of the
	// set of known URLs once.
	admitBatch = 20_000
	// feedDelay is how long a small batch of the list waits for more: a list is read in less, a person does not notice.
	feedDelay = time.Millisecond
	// feedBatch is the number of listed URLs admitted in one step.
	feedBatch = 4_000
	// feederPatience is how long a stopped crawl waits for the reader of its list.
	feederPatience = 200 * time.Millisecond
	// listPatience is how long a crawl whose budget is spent waits for the end of its list, so that what is pending is known.
	listPatience = 10 * time.Second
	// stateWorth: a host's next time is written down when it is at least this far away; nearer ones are over before a crawl
	// has started again.
	stateWorth = time.Second
	// maxLinkers is the number of linking pages that Why names.
	maxLinkers = 10
	// extractAtOnce is the number of stored pages whose extraction is made durable in one step.
	extractAtOnce = 500
	// extractDelay ends such a step sooner when pages take long: what a kill can cost, against one flush to disk.
	extractDelay = time.Second
	// extractGrace is how long the pages in hand of a stopped extraction may take to end: nearly all do in less, and of the
	// others nothing is lost but work, which no server has to do again.
	extractGrace = 2 * time.Second
	// requeueAtOnce is the number of URLs made pending again in one step.
	requeueAtOnce = 1000
	// asideAtOnce is the number of waiting URLs judged anew, and set aside, in one step: large, because a sorted batch touches
	// each page of the set of known URLs once, and few MB of memory.
	asideAtOnce = 8000
	// publishEvery is how often the progress is told, at most.
	publishEvery = 100 * time.Millisecond
	// expandAtOnce is the number of pages whose links are followed again, from a smaller depth, in one step.
	expandAtOnce = 256
	// takeUpAtOnce is that number for URLs that were set aside, which have no links.
	takeUpAtOnce = 8000

	// knownLines is the size of the cache of keys that the frontier is known to have, in lines of 64 bytes for four of them
	// each: 4 MiB in all. The two bytes of a key that choose its line need not be kept in it.
	knownLines = 1 << 16

	// keptLinkBytes (bytes of URLs) is how much memory of a page's links is kept for the next one. Hardly any page has more: a
	// hundred bytes a link.
	keptLinkBytes = 1 << 20

	// minRate is the least speed of a body, in bytes per second: slower ones hold a slot without end. Told in
	// the help of run.
	minRate = 64
	// maxRedirects is the length of a chain (Fetch standard, 4.4: 20; browsers and curl stop between 10 and 50).
	maxRedirects = 10
	// maxBackoff caps the exponential back-off of retries.
	maxBackoff = 10 * time.Minute
	// retryShare: when more than this share of the attempts were retries, further ones wait retryStretch times as long.
	retryShare   = 0.1
	retryBurst   = 20
	retryStretch = 4

	// robotsMaxAge is how long a robots.txt is believed (RFC 9309, 2.4: not more than 24 hours).
	robotsMaxAge = 24 * time.Hour
	// robotsFailedAge is how long a robots.txt that could not be read is taken as "nothing is allowed" before it is asked for
	// again.
	robotsFailedAge = 10 * time.Minute
	// robotsHops is the number of redirects followed for robots.txt (RFC 9309, 2.3.1.2: at least five).
	robotsHops = 5
	// robotsMaxBytes is read of a robots.txt (RFC 9309, 2.5: at least 500 KiB).
	robotsMaxBytes = 500 << 10
	// robotsMaxDelay caps Crawl-delay: a longer one would make the host's list endless.
	robotsMaxDelay = time.Minute

	// DefaultMaxFile (bytes) of one file of an image batch: no picture is as large, and a server that never ends fills no disk.
	DefaultMaxFile = 4 << 30
	// fileRate is the least speed of a file, in bytes per second: at it a megabyte takes 17 minutes.
	fileRate = 1000
	// maxSide and maxThumb (pixels) are the largest values that make sense as a width asked for, and that a worker makes.
	maxSide  = 1 << 20
	maxThumb = picture.MaxThumb
	// resumeGain (bytes) is what an attempt must have added to a part to cost none of the tries: a large file from a bad
	// server gets there by pieces, and every such piece is one less to come.
	resumeGain = 1 << 20
	// maxValidator (bytes) is the longest ETag that is sent back.
	maxValidator = 1 << 10
	// largeFile (bytes) is what a file has above which only largeFiles of them are in memory to be decoded: 128 MiB.
	largeFile  = 1 << 20
	largeFiles = 2
	// examineAtOnce is the number of stored pictures whose hashes and thumbnails (some 20 KiB each) are made durable in one step.
	examineAtOnce = 200
	// heldOfFile (bytes) is what sink.Spool keeps of a file in memory.
	heldOfFile = 1 << 20
	// maxHeld (bytes) of files that are in memory: on their way, or waiting for their commit. Who would exceed it waits.
	maxHeld = 64 << 20
	// maxDirs is the number of directories of a batch that are remembered, to remove what is left out from them too: nobody has
	// as many.
	maxDirs = 16
	// maxNamedIDs bounds the bits that tell which URLs of earlier runs a list has named in this one: 16 MiB.
	maxNamedIDs = 1 << 27
	// nameAtOnce is the number of files that are named, or looked for in the directory, in one step.
	nameAtOnce = 500
	// publishAtOnce is the number of files that share one wait for the disk, publishDelay how long the first of them waits for
	// others.
	publishAtOnce = 256
	publishDelay  = 200 * time.Millisecond
	// fileQueue is the number of files that wait for a writer before the committer waits.
	fileQueue = 256
	// slowestShown is the number of transfers that Progress names.
	slowestShown = 3

	// maxRules (bytes) bounds the robots rules held over all hosts: ordinary ones of maxActiveHosts, which take some kB each.
	// Above it those of hosts that are not asked at the moment are read again from the store when they are.
	maxRules = 64 << 20
	// smallRules (bytes) of one robots.txt are held whatever the others take: maxActiveHosts of them are maxRules together.
	smallRules = maxRules / maxActiveHosts

	// Trap rules (what a discovered URL may look like).
	trapURLBytes    = 4096
	trapPathDepth   = 20
	trapRepeats     = 3
	maxPrefixes     = 10_000 // directories of the list held for --scope prefix, about 100 bytes each
	maxHeaderKept   = 8 << 10
	maxErrorMessage = 300
	// longPause: a host that asks for as much or more, and what waits for it, would seem to be forgotten.
	longPause = 10 * time.Second
	// maxDefects is the number of things kept that were odd about a page, and about its fields.
	maxDefects = 64

	// diskCheckEvery is how often the free space of the store's disk is read.
	diskCheckEvery = 500 * time.Millisecond
	// settleAtOnce is the number of URLs settled without a request (robots, traps) before the loop looks at its events.
	settleAtOnce = 256

	// abandoned is the age at which a store that is still being made is taken for what a kill left; making one takes
	// milliseconds.
	abandoned = time.Hour
)
