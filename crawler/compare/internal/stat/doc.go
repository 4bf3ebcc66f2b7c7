// Package stat is the statistics of a comparison: medians and quantiles, bootstrap intervals, the paired comparison of two
// modes, and the fit of the Universal Scalability Law. It is pure: the same samples and the same seed give the same figures.
package stat
