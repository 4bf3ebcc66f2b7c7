package fetch

import "time"

// Defaults of Options; each can be set by the user.
const (
	// A slow site may need minutes for a large file; more is a stuck one.
	defaultTimeout = 5 * time.Minute
	// Lookup and TCP connect. Browsers give up at about 20 s, a crawler has others to ask.
	defaultConnectTimeout = 10 * time.Second
	// Two round trips and some arithmetic.
	defaultTLSTimeout = 10 * time.Second
	// From the request sent to the whole response header; dynamic pages can be slow.
	defaultFirstByteTimeout = 60 * time.Second
	// No byte of the body for so long.
	defaultIdleTimeout = 30 * time.Second
	// Bytes of one decoded body: far above any page, and most images.
	defaultMaxBytes = 16 << 20
	// Decoded to compressed. Markup reaches 50, logs 100; deflate's limit is 1032.
	defaultMaxRatio = 200
	// Bytes of all bodies held at once: 64 fetches of 2 MiB.
	defaultMaxInFlightBytes = 128 << 20
	// Idle connections in all, one for each fetch in flight.
	defaultMaxConns = 64
	// Idle plain connections closed at once when a dial finds no descriptor: enough for
	// those that dial beside it, few enough that most of a large crawl's stay.
	closedForDial = 16
	// Idle connections to one host.
	defaultPerHost = 8
)

// Header and body.
const (
	// Connections and HTTP/2 streams that one request is given to: net/http sends what a server
	// gives back unanswered (GOAWAY, REFUSED_STREAM) anew, at once and without end. A
	// server that shuts down gives it back once, and a second one may do so too.
	maxSends = 3
	// Bytes of a response header, 1xx answers included. Real ones stay below 32 KiB.
	maxHeaderBytes = 256 << 10
	// Bytes of a redirect's body read only to keep the connection.
	maxRedirectBody = 64 << 10
	// Layers of content coding. More than one is already a mistake of the server.
	maxCodings = 3
	// Decoded bytes below which no ratio makes a bomb: small pages of blanks are honest.
	ratioFloor = 2 << 20
	// Bytes of a zstd window: RFC 9659 section 3 lets clients refuse more.
	maxZstdWindow = 8 << 20
	// Decoders that work at once, at most; each may hold a window of 16 MiB (brotli).
	maxDecoders = 16
	// Bytes of a connection's read buffer: a header; bodies are read past it.
	readBuffer = 4 << 10
	// Bytes read at once for the header of an answer on a connection of our own: with
	// most pages that is all of it. Held only from the first byte to the body's end.
	inboxSize = 16 << 10
	// Bytes of a body from which on it keeps the inbox that it came in, instead of being
	// copied: a page held until it is stored may take four times its size.
	wholeLeast = inboxSize / 4
	// Digits of a Content-Length that surely fit 63 bits; net/http judges longer ones.
	maxLengthDigits = 18
	// Bytes of a connection's write buffer: a request without a body.
	writeBuffer = 4 << 10
	// Bytes an HTTP/2 server may send ahead of our reading: per stream, per connection.
	// They lie outside the budget, so they are smaller than net/http's 4 MiB and 1 GiB.
	h2StreamWindow = 512 << 10
	h2ConnWindow   = 2 << 20
	// A silent HTTP/2 connection is pinged, and dropped when no answer comes.
	h2PingAfter   = 15 * time.Second
	h2PingTimeout = 10 * time.Second
	// An idle connection is kept so long: longer than usual crawl delays.
	idleConnTimeout = 90 * time.Second
)

// Buffers.
const (
	// Bytes of the smallest buffer, and of the largest that is kept for reuse.
	minBuffer    = 8 << 10
	maxPooled    = 1 << 20
	bufferSizes  = 8 // powers of two from minBuffer to maxPooled
	firstUnknown = 16 << 10
	// Bytes taken on the word of a Content-Length; the rest only as it arrives.
	maxTrusted = 256 << 10
)

// Streams.
const (
	// Bytes read at once, and written at once at most: one system call for what TCP
	// has at hand; 64 streams take 4 MiB.
	streamBuffer = 64 << 10
	// Bytes of room in a writer's own memory that are worth a read.
	ownLeast = 4 << 10
	// Bytes that a decoder of a stream takes, charged to the budget: deflate's window
	// with its tables; brotli's largest window (RFC 7932 section 9.1: 16 MiB) and
	// zstd's (maxZstdWindow), with their buffers.
	deflateMemory = 128 << 10
	brotliMemory  = 17 << 20
	zstdMemory    = maxZstdWindow + 2<<20
	// Bytes per second that earn a stream another span of the whole timeout, unless the
	// minimum rate is higher: 4.7 MiB in the default of 5 minutes.
	streamRate = 16 << 10
)

// Observation.
const (
	// Arrivals that are told of one body: enough to pace it again, 16 KiB of memory.
	maxArrivals = 1024
)

// Minimum rate.
const (
	// The rate is looked at over windows of this length, the first of which is the grace.
	rateWindow = 10 * time.Second
)

// Names and addresses.
const (
	// Names in each of the two generations of the DNS cache, about 200 bytes a name.
	dnsGeneration = 8192
	// How long an answer holds when the lookup tells no lifetime, and the limits of what it tells.
	dnsDefaultTTL = 2 * time.Minute
	dnsMinTTL     = 5 * time.Second
	dnsMaxTTL     = 10 * time.Minute
	// How long a failed lookup is remembered: enough to spare a queue of URLs of one dead host.
	dnsNegativeTTL = 5 * time.Second
	// A name that does not exist will hardly appear within a crawl.
	dnsNotFoundTTL = 30 * time.Second
	// Addresses of one name that are tried.
	maxAddrs = 8
	// Wait before the next address is tried beside the one before (RFC 8305 section 5).
	attemptDelay = 250 * time.Millisecond
	// TLS sessions kept for resumption.
	tlsSessions = 512
)

// Messages and URLs.
const (
	// Bytes of an error message.
	maxMessage = 240
	// Bytes of a URL; servers refuse request lines of 8 to 64 KiB.
	maxURL = 64 << 10
)

// Cookies.
const (
	// Sites (registrable domains) with cookies; the one used longest ago is forgotten.
	maxCookieSites = 4096
	// Cookies of one answer that are looked at, cookies ever set by one site, bytes of
	// one cookie's name and value (RFC 6265 section 6.1 asks for 50 and 4096).
	maxCookiesPerResponse = 50
	maxCookiesPerSite     = 300
	maxCookieBytes        = 4096
	// Bytes of a line of a cookie file.
	maxCookieLine = 16 << 10
)
