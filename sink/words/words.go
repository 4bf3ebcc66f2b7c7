// Package words writes numbers for people: what the command prints, and what its pages show.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes writes a number of bytes in powers of ten: "832 B", "1.4 MB".
func Bytes[T ~int64 | ~float64](n T) string {
	if float64(n) < 999.5 {
		return strconv.FormatFloat(float64(n), 'f', 0, 64) + " B"
	}
	f, unit := float64(n)/1000, "kB"
	for _, next := range []string{"MB", "GB", "TB"} {
		if f < 999.5 {
			break
		}
		f, unit = f/1000, next
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + unit
}

// Count writes a number with its thousands set apart: "12,345".
func Count[T ~int | ~int64 | ~uint64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

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
