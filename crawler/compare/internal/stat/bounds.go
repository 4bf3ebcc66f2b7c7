package stat

const (
	// resamples is how often a bootstrap draws anew. The 0.5 % quantile of 4,000 rests on 20 draws, which moves the end of an
	// interval by a small part of its width; a comparison of ten modes takes a few milliseconds.
	resamples = 4000

	// MinTrusted is the number of samples below which no distribution-free interval of a median reaches 95 %: the smallest
	// and the largest of five leave the median out once in sixteen times, those of six once in thirty-two.
	MinTrusted = 6

	// MinFitPoints is the number of concurrencies below which nothing is fitted: three coefficients through five points
	// leave two degrees of freedom, and any curve fits.
	MinFitPoints = 6

	// minFitR2 is the share of the variation of the throughput that a fit must explain before anything is read off it.
	minFitR2 = 0.9

	// fitSteps ends the fit; from the linearised start it takes about ten.
	fitSteps = 200

	// levelMedian and levelRatio are the confidence levels. A decision hangs on the ratio ("distinguishable"), so it is told at
	// 99 %: of 100 comparisons of a mode with itself one, not five, is then called a difference.
	levelMedian = 0.95
	levelRatio  = 0.99

	// maxLogRatio keeps the ends of a ratio's interval finite where two samples say next to nothing: a factor of 10^6.
	maxLogRatio = 13.8
)
