package site

import "time"

// Sizes of the text and pictures.
const (
	defaultMinSize = 2_000   // bytes of a page: a short note
	defaultMaxSize = 200_000 // bytes of a page: a long article; few real pages have more HTML
	defaultLinks   = 45      // links a page: the median of public pages is near it
	maxPageSize    = 64 << 20
	maxPages       = 4_000_000 // counters take 4 bytes a page
	maxImages      = 4_000_000
	maxHosts       = 64        // 127.0.0.1 to 127.0.0.64
	branching      = 8         // children a page has in its host's tree: 4,096 pages are four hops deep
	poolBytes      = 96_000    // generated text that pages cut their paragraphs from: more than fits a processor's first cache, less than its second
	paragraphBytes = 900       // longest run of text between two links
	drawings       = 45        // distinct pictures, 15 of each format; images differ beyond that in a comment, which costs no drawing
	duplicateEvery = 40        // every 40th image has the bytes of the one before: a store must keep them once
	foreignEvery   = 5         // every 5th image is on another host than its page
	preRendered    = 256 << 20 // bytes of pages kept in memory from the start; a site above it renders each request
)

// Endless parts.
const (
	bombBlock   = 4 << 20 // decompressed bytes of the deflate block that the bomb repeats
	bombBlocks  = 264     // times it is repeated: above 1 GiB, as a 32-bit size would be
	maxYear     = 999_999 // the calendar's last year: endless for any crawl
	maxTrapPath = 4_096   // bytes; a longer /trap/ path answers 414
	sitemapURLs = 50_000  // entries a sitemap may have (sitemaps.org)
)

// What is remembered of requests.
const (
	maxLog       = 1 << 18 // requests in the log, about 16 MB; later ones are only counted
	maxStray     = 10_000  // distinct unknown paths that are counted one by one
	maxLinkPages = 50_000  // pages above which a manifest leaves links out: 45 links each would fill 50 MB
)

// Times.
const (
	defaultSlowFor = 2 * time.Second // a slow body: longer than an impatient client waits, short in a test
	slowSteps      = 20              // pieces a slow body is sent in
	paceStep       = 50 * time.Millisecond
	retryAfter     = "1" // seconds; what a 429 asks for
	headerTimeout  = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	startTries     = 20 // free ports tried until every host can have the same one
)
