package parse

import (
	"bytes"
	"cmp"
	"strconv"

	"crawl/parse/internal/htmlscan"
)

// candidateKind is where a candidate came from, the largest picture first.
type candidateKind byte

const (
	fromLink    candidateKind = iota // the link around the picture
	fromFull                         // an attribute for a closer look
	fromSet                          // srcset, and its late forms
	fromLate                         // a src for scripts to put in
	fromSrc                          // src and all else
	fromThumb                        // an attribute for a small copy
	fromStandIn                      // the src that is shown until scripts have put in another
)

// candidate is one place where a picture may be had.
type candidate struct {
	url     string
	kind    candidateKind
	hard    bool    // its format is not decoded
	width   int     // pixels; 0: not told
	density float64 // of a srcset without widths; 0: not told
}

// describe takes the descriptors of a srcset's candidate; one without any has a density of 1.
func (c *candidate) describe(d *imageDescriptors, wide int) {
	switch {
	case d.width:
		n, err := strconv.Atoi(string(d.number[:min(len(d.number), maxWidthDigits)]))
		if err == nil {
			c.width = min(n, maxPictureWidth)
		}
		return
	case d.density:
		c.density, _ = strconv.ParseFloat(string(d.number[:min(len(d.number), maxWidthDigits)]), 64)
		c.density = min(c.density, maxDensity)
	default:
		c.density = 1
	}
	c.width = int(min(c.density*float64(wide), maxPictureWidth))
}

// compareCandidates orders two candidates, the better one first, for pictures of a width; 0 for the largest.
func compareCandidates(a, b *candidate, width int) int {
	if width > 0 {
		return cmp.Or(cmp.Compare(a.ratio(width), b.ratio(width)), compareCandidates(a, b, 0))
	}
	order := cmp.Compare(a.kind, b.kind)
	if order != 0 || a.kind != fromSet {
		return cmp.Or(order, compareHard(a, b))
	}
	return cmp.Or(compareHard(a, b), cmp.Compare(b.width, a.width), cmp.Compare(b.density, a.density))
}

// compareHard puts formats that are decoded first.
func compareHard(a, b *candidate) int {
	switch {
	case a.hard == b.hard:
		return 0
	case a.hard:
		return 1
	}
	return -1
}

// ratio is how far a candidate is from a width, as a factor.
func (c *candidate) ratio(width int) float64 {
	far := 4.0
	switch {
	case c.kind == fromStandIn:
		far = 32
	case c.kind == fromThumb:
		far = 16
	case c.width > 0:
		far = float64(max(c.width, width)) / float64(min(c.width, width))
	case c.kind == fromLink, c.kind == fromFull:
		far = 2
	case c.kind == fromSet:
		far = 3
	}
	if c.hard {
		far *= 1.25 // rather one that is a little too large or small
	}
	return far
}

// isImageName reports whether a URL ends in the name of an image file. Pages about files, as wikis have them, do so with a
// colon in it.
func isImageName(url []byte) bool { return imageExtension(url) != "" }

// mayBeImageName reports the same, and of URLs without an extension.
func mayBeImageName(url []byte) bool {
	return len(url) > 0 && (isImageName(url) || bytes.IndexByte(fileName(url), '.') < 0)
}

// isHardName reports whether a URL names a format that is not decoded.
func isHardName(url []byte) bool {
	switch imageExtension(url) {
	case "avif", "heic", "heif", "jxl", "svg":
		return true
	}
	return false
}

// isHardType reports the same of a media type.
func isHardType(t []byte) bool {
	t, _, _ = bytes.Cut(t, []byte(";"))
	for _, hard := range [...]string{"image/avif", "image/heic", "image/heif", "image/jxl", "image/svg+xml"} {
		if htmlscan.EqualFold(htmlscan.TrimSpace(t), hard) {
			return true
		}
	}
	return false
}

// fileName is the last part of a URL's path.
func fileName(url []byte) []byte {
	if i := bytes.IndexByte(url, '?'); i >= 0 {
		url = url[:i]
	}
	i := bytes.LastIndexByte(url, '/')
	if i < len("https://") { // a host without a path
		return nil
	}
	return url[i+1:]
}

// imageExtension is the extension of an image file, in lower case, "" when the URL does not end in one.
func imageExtension(url []byte) string {
	name := fileName(url)
	dot := bytes.LastIndexByte(name, '.')
	if dot <= 0 || bytes.IndexByte(name, ':') >= 0 {
		return ""
	}
	for _, ext := range [...]string{
		"jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "tif", "tiff", "heic", "heif", "jxl", "jfif", "ico",
	} {
		if htmlscan.EqualFold(name[dot+1:], ext) {
			return ext
		}
	}
	return ""
}
