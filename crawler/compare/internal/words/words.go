// Package words writes figures as people read them.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Seconds writes seconds with three digits and the unit that suits them.
func Seconds(seconds float64) string {
	switch {
	case seconds == 0:
		return "0 s"
	case seconds < 0.9995e-3:
		return Digits(seconds*1e6) + " µs"
	case seconds < 0.9995:
		return Digits(seconds*1e3) + " ms"
	case seconds < 599.5:
		return Digits(seconds) + " s"
	case seconds < 35970:
		return Digits(seconds/60) + " min"
	}
	return Digits(seconds/3600) + " h"
}

// Digits writes x with three significant digits and no exponent.
func Digits(x float64) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 2, 64), 64)
	places := 2 - int(math.Floor(math.Log10(math.Abs(rounded))))
	return strconv.FormatFloat(x, 'f', min(max(places, 0), 6), 64)
}

// Bytes writes bytes in powers of ten.
func Bytes(bytes float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for bytes >= 999.5 && i < len(units)-1 {
		bytes, i = bytes/1000, i+1
	}
	return Digits(bytes) + " " + units[i]
}

// Number writes x as short as it can be told.
func Number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Times writes a factor: "9.8 times".
func Times(x float64) string { return Digits(x) + " times" }

// Percent writes a share; where a whole number would say "none" or "all" of what is not, it has a digit more.
func Percent(share float64) string {
	if share > 0 && share < 0.01 || share >= 0.99 && share < 0.9995 {
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") {
		noun += "e"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
