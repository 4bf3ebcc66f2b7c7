package charset

// Bounds of sniffing. They keep Detect linear in small numbers, whatever the page.
const (
	// prescanBytes is how far a declaration is looked for before anything else (HTML, section 13.2.3.2).
	prescanBytes = 1024

	// latePrescanBytes is how far it is looked for once the bytes are known not to be UTF-8. A tree builder obeys a late
	// meta too ("changing the encoding while parsing"); long inline styles and scripts put it this far down.
	latePrescanBytes = 64 << 10

	// sampleBytes is how much text, tags cut, is shown to the detector: more no longer changes its answer.
	sampleBytes = 8 << 10

	// letterBytes is how much of that the letter statistics see; they cost about 0.6 us a byte.
	letterBytes = 1 << 10

	// sampleScanBytes is how much of the page is searched for that text.
	sampleScanBytes = 512 << 10

	// utf16Bytes is how much of the page is looked at to see UTF-16 without a byte order mark.
	utf16Bytes = 512

	// labelBytes is the longest label looked up; the longest that the standard knows has 19.
	labelBytes = 64

	// utf8ErrorShare: a page is UTF-8 with mistakes (a cut string, a stray byte) when at most one in this many of its
	// multi-byte sequences is broken.
	utf8ErrorShare = 16
)

// Thresholds of detection.
const (
	// minFrequentShare is the share of multi-byte characters that must be frequent ones, in percent. Running text has
	// 40 and more, headings 20 and more; text of another encoding 2 to 6.
	minFrequentShare = 14

	// maxBrokenShare is the share of characters that may be broken, in percent.
	maxBrokenShare = 2

	// minArticleShare: at least one in this many words has the article.
	minArticleShare = 12

	// minConfidence is where the detector's answers become better than taking windows-1252.
	minConfidence = 0.5

	// minHigh is how many bytes above ASCII the detector needs to be worth asking: single accents it takes for anything.
	minHigh = 8
)
