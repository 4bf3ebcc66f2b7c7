package htmlscan

import "math"

const (
	// maxPage is how many bytes of a page are read: positions are kept in 32 bits, which makes an
	// Attr half as large.
	maxPage = math.MaxInt32

	// maxAttrs is how many attributes of one tag are kept; the rest is scanned over and counted in Cut. Pages written by
	// people stay below 30; without a bound a tag of single letters would cost twenty times its size.
	maxAttrs = 256

	// maxForeign is how many open elements inside svg and math are remembered. An end tag looks through all of them, so
	// this is also the worst cost of an end tag. Drawing programs nest about 20 deep.
	maxForeign = 64

	// maxKnownName is the length in bytes of the longest tag or attribute name that has a constant here.
	maxKnownName = 24

	// maxEntity is the length in bytes of the longest named character reference, "CounterClockwiseContourIntegral;".
	maxEntity = 32
)
