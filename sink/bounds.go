package sink

import "time"

// Bounds of the package, each with its unit and its reason.
const (
	// defaultBodyFileSize (bytes) is where a body file is rolled. A file that was rolled never changes, so that a backup
	// copies it once and damage stays within it; 256 MiB keeps a store of a million pages at some 40 files, and its map
	// small enough for any address space.
	defaultBodyFileSize = 256 << 20

	// inlineBody (bytes) is the largest body kept in a segment: it is read as a whole, and one frame of a part at most. Larger
	// ones go into chunks.
	inlineBody = ChunkSize

	// directSegment and bufferedSegment (bytes of bodies) end a segment, the one where writes go past the page cache, which
	// takes as long for 4 MiB as for 1 MiB, the other where they do not: a kernel takes longer for large ones.
	directSegment   = 4 << 20
	bufferedSegment = 32 << 10

	// directLeast (bytes in segments above those in chunks) are written past the page cache: some five small pages, each waited
	// for, go with them.
	directLeast = 256 << 10

	// arenaHead (bytes) is the longest head of a segment, for which there is room in front of the bodies that are kept.
	arenaHead = segmentHead + maxSegmentBodies*indexEntry

	// maxSegmentBodies (bodies) bounds what reading one of a segment has to verify first, its index: 12 kB.
	maxSegmentBodies = 1 << 10

	// ChunkSize (bytes) is the length of all chunks of a large body but the last.
	ChunkSize = 256 << 10

	// MaxBody (bytes) is the largest body that is accepted. Chunk numbers would allow 1 PiB; a body file holds its bodies
	// whole, and is mapped into memory as a whole: 64 GiB is above what anyone fetches in one piece, and a thousandth of
	// the address space of a 64-bit process. A crawl's own limit is far below.
	MaxBody = 64 << 30

	// bodyTx (bytes of bodies) ends a transaction of a body file: bbolt keeps what a transaction has written in memory
	// until it ends, so a body of any size is moved in steps of this.
	bodyTx = 8 << 20

	// trimTx (segments or chunks) ends a transaction that takes out what a crash left: deleting seeks past what it has
	// deleted before, which grows with the square.
	trimTx = 512

	// spoolMemory (bytes) is how much of a body a Spool keeps in memory: most pictures fit, and a hundred of them in flight
	// stay near 100 MB.
	spoolMemory = 1 << 20

	// spoolTrusted (bytes) is what a spool allocates on the word of an announced length.
	spoolTrusted = 256 << 10

	// smallPool (bytes) is the least memory of a spool, and poolSizes how many powers of two there are up to spoolMemory.
	smallPool = 16 << 10
	poolSizes = 7

	// prefixSize (bytes) is what a spool keeps of a body's beginning when it moves to the disk: dimensions stand within,
	// also behind a picture's metadata.
	prefixSize = 64 << 10

	// keepPart (bytes) is the least that is worth a part file: to fetch less again costs less than a file.
	keepPart = 256 << 10

	// maxPartHead (bytes): a URL, and two headers out of a header block of 256 KiB at most.
	maxPartHead = 512 << 10

	// MaxRecord (bytes, encoded) is the largest record that is written or read: visible text of a page at the size limit
	// of a crawl (16 MiB) fits after decoding from a charset that UTF-8 doubles.
	MaxRecord = 32 << 20

	// maxAttempts, maxFields and maxExtra (counts) cap what a decoder allocates for: far above any retry limit, rule list
	// or table's columns.
	maxAttempts = 1 << 12
	maxFields   = 1 << 14
	maxExtra    = 1 << 10

	// maxDefects (counts) is the same of what was odd about a page, and about its fields: parsers tell each kind once.
	maxDefects = 1 << 8

	// placeBlock (IDs) have their places in one value: three values to a page, so that what is settled of some eight hundred URLs
	// in a row, in whatever order, changes one page.
	placeBlock = 256

	// fillAppended (of a page) is how full pages are whose rows come in rising order, but for a few that overtook each other.
	fillAppended = 1.0

	// maxLinks (counts) is how many symbolic links in a row are followed, as many as Linux follows.
	maxLinks = 40

	// asideTries (counts) is how often what is written aside is made, when it is not in its place once it is locked. Nobody sweeps
	// as often; but there are file systems (9p, some of FUSE) that give a file another number each time, and all seems swept.
	asideTries = 4

	// maxLinkURL (bytes) is the longest link that is kept: no server answers to a longer one.
	maxLinkURL = 64 << 10

	// freshDigests (digests) may wait in memory for their place in the tree, about 100 bytes each, and digestSlices is in how
	// many parts they move: a thousand new ones rewrite a thousand pages at most, and 25 of a tree of 20,000.
	freshDigests = 1 << 14
	digestSlices = 16

	// leftFresh (times freshDigests) may be in the runs that a start finds and keeps in memory, 5 MB; more are moved at once. A
	// crawl that goes on has 1.9 in its runs, as part of each is in the tree already, and its next start is not to wait.
	leftFresh = 3

	// statePage (bytes) is the page size of state.db, fixed so that a store moves between systems. Random keys rewrite
	// about a page for each: larger pages write more.
	statePage = 4 << 10

	// bodyPage (bytes) is the page size of body files: the kernel's, since a segment is a run of pages and wastes half of one.
	bodyPage = 4 << 10

	// unmapEvery (bytes committed) is how often the pages that a map has touched are given back. They are the file's and
	// the kernel keeps them as long as it likes, but they count as this process's memory, which would grow with the files.
	unmapEvery = 32 << 20

	// stateMmap (bytes) is the address space reserved for state.db at the start. A map that must grow waits for all
	// readers and copies every dirty node; address space costs nothing.
	stateMmap = 1 << 30

	// defaultLockTimeout is how long Open waits for another process: long enough for one that is just closing, short
	// enough for a user who started a second crawl to be told at once.
	defaultLockTimeout = time.Second

	// maxOpenBodyFiles (files) that were rolled and are open for reading at the same time.
	maxOpenBodyFiles = 4

	// eachRecords (records) and eachBytes (bytes) end a read transaction of Each: an open one keeps every page that was
	// freed since, and makes a map that must grow wait.
	eachRecords = 256
	eachBytes   = 1 << 20

	// warmSegments and warmRecords (bytes) are what Warm makes ready for bodies and records: for some two hundred pages of
	// 10 kB with 45 links each. touchEvery (bytes) is the smallest page of memory that a system has.
	warmSegments = 2 << 20
	warmRecords  = 512 << 10
	touchEvery   = 4 << 10

	// keepScratch (bytes) is the largest batch buffer kept between commits; a batch is a few MB.
	keepScratch = 16 << 20

	// maxPageRun (bytes) is the longest run of pages that one node may fill, two records of the largest size: a longer
	// one in a file is damage, and is not allocated for.
	maxPageRun = 2*MaxRecord + (1 << 20)

	// maxTreeDepth (levels): bbolt's trees stay below ten.
	maxTreeDepth = 64

	// maxProblems (messages) that a CheckReport lists; it counts the rest.
	maxProblems = 100

	// maxRedirects (hops) followed from a row to its answer: browsers follow 20, RFC 9309 asks for 5 at least, and the
	// crawl itself stops at this.
	maxRedirects = 10

	// maxFileName (bytes) of one component of a file's path: leaves room below the 255 of common file systems for what
	// users add.
	maxFileName = 120

	// maxTries (names) for one plain file: its own, with its ID, and then numbers, which only hostile names get to.
	maxTries = 100

	// syncFiles (files) that may be written before the disk is waited for: one wait for many is what makes it cheap.
	syncFiles = 512

	// syncWhole (files) is from where on one sync of the whole file system is taken instead of one for each: it also waits
	// for what others have written. 256 files of 46 kB cost 165-190 us each with it, 280 us with a sync for each.
	syncWhole = 8

	// sweepNames (names) of a directory that are read at once.
	sweepNames = 1 << 10

	// maxFromCache (entries) of the exporter's memory of linking pages: rows of one page's links follow each other.
	maxFromCache = 1 << 10

	// maxReserve (bytes) and reserveShare (a fraction of the disk, 1/n) give the default reserve.
	maxReserve   = 128 << 20
	reserveShare = 100
)
