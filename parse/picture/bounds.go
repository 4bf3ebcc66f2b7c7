package picture

// Bounds of reading headers.
const (
	// SniffBytes is how many first bytes of a file Sniff looks at, at most. The frame header of a JPEG stands behind its
	// profile and previews: printers' profiles have 560 kB.
	SniffBytes = 1 << 20

	// magicBytes is how many bytes tell the type of any file but SVG; a file type box lists some 20 brands at the most.
	magicBytes = 128

	// maxSide is the longest side that is believed, in pixels. Formats can say up to 2^32.
	maxSide = 1 << 30

	// maxTags is how many entries of a TIFF directory are read; cameras write some 60.
	maxTags = 512

	// maxBoxes is how many boxes of one level are read of AVIF, HEIC and JPEG XL; grids of tiles have some hundred.
	maxBoxes = 4096

	// maxIcons is how many pictures of an icon file are compared.
	maxIcons = 256
)

// Bounds of decoding.
const (
	// DefaultMaxPixels is width times height of the largest picture that is decoded. Cameras of medium format have 100
	// million.
	DefaultMaxPixels = 102_000_000

	// MaxBytes is the length in bytes of the largest file that is decoded; what a camera saves without loss is below it.
	MaxBytes = 64 << 20

	// maxDecoded is the memory in bytes that decoding one picture may need, by what its header says. Together with MaxBytes
	// and the program itself it stays below the 512 MiB that a worker has.
	maxDecoded = 400 << 20

	// readStep is how many bytes of a file are given to a decoder until the deadline is looked at again.
	readStep = 64 << 10

	// maxNote is the length in bytes of what a decoder says is wrong.
	maxNote = 200
)

// Bounds of thumbnails.
const (
	// MaxThumb is the longest side of a thumbnail in pixels. Its bytes are below MaxThumbBytes then, without compression too.
	MaxThumb      = 1024
	MaxThumbBytes = 4*MaxThumb*MaxThumb + 1<<20

	// thumbQuality is the JPEG quality of thumbnails: no artefacts to be seen, 10 kB at 256 pixels.
	thumbQuality = 80

	// tileWidth and tileRows are the size in pixels of the part of a picture that is converted at a time.
	tileWidth = 2048
	tileRows  = 32
)
