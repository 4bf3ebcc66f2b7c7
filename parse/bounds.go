package parse

// Bounds of the light parser. What they cut is told in Page.Defects. They keep the memory of a Page and the work on it
// within a small multiple of the page's own size, which the fetcher bounds.
const (
	// maxLinks is how many links of a page are kept. The largest honest index pages (file listings, sitemaps in HTML) have
	// some ten thousand.
	maxLinks = 100_000

	// maxLinkBytes is how many bytes the links of a page take. A short relative link grows to the length of its base, so that
	// a page of 16 MiB could hold gigabytes of links.
	maxLinkBytes = 16 << 20

	// maxLinkWork is how many bytes are resolved for one page, links that are already known included.
	maxLinkWork = 64 << 20

	// maxRef is the length in bytes of a link as it stands in the page; no server takes longer ones.
	maxRef = 8 << 10

	// maxTitle, maxDescription and maxLang are bytes of UTF-8. Search engines show some 60 and 160 characters; the longest
	// registered language tags have 35.
	maxTitle       = 1 << 10
	maxDescription = 4 << 10
	maxLang        = 64

	// maxFolded is how much of a title or description is read, in bytes, to fill the above: markup and white space inside.
	maxFolded = 64 << 10

	// maxRelType is more bytes than the longest relation type that matters, "apple-touch-icon-precomposed", has.
	maxRelType = 32

	// maxKept is the scratch memory in bytes that a Light keeps from one page to the next.
	maxKept = 1 << 20

	// minLinkSlots is the size of an empty table of known links; a power of two. Most pages have fewer than half as many.
	minLinkSlots = 512

	// maxPageCandidates is how many places of pictures PageImages takes from a page, and maxCandidates from one picture: a
	// srcset has up to 20, for several formats.
	maxPageCandidates = 100_000
	maxCandidates     = 128

	// maxAlt is the length in bytes of the text that stands for a picture.
	maxAlt = 1 << 10

	// maxPictureWidth in pixels and maxDensity are the largest descriptors that are believed; maxWidthDigits is how many of
	// their characters are read.
	maxPictureWidth = 1 << 20
	maxDensity      = 1000
	maxWidthDigits  = 9
)
