package crawler

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"crawl/parse"
	"crawl/parse/picture"
	"crawl/sink/naming"
)

// Images turns a crawl into an image batch: what is listed are files, and they are all that is fetched. The engine is the
// same: frontier, politeness, robots.txt, retries, redirects and group commits are those of a crawl of pages.
//
// One file goes like this:
//
//	lease ─▶ Crawl.fetchFile ── fetch.Request.Stream ─▶ download.Write ─▶ sink.Spool
//	            │                  type and dimensions from the first bytes; filters; what fails is not read further
//	            │  cut off: the spool is kept as a part, and the next attempt goes on with Range and If-Range
//	            │  complete: length and digests are verified
//	            ▼
//	         Crawl.examine ── Imager (worker processes): full decode, perceptual hash, thumbnail; only when asked for
//	            ▼
//	         schedule.settle ─▶ committer ── names the file, then bodies and records, in one step
//	                                 ▼
//	                              fileWriter ── writes it into Dir; the name's mark "unwritten" goes with a later commit
//
// The bytes of a file are written from the memory that they came into, so that they are not read back from the store.
//
// What a list says of a URL beside it (listEntry) is kept with the URL in the frontier while it waits, and in its record
// then. A file's name is durable before the file is written: a file of ours without a row cannot be. A row without its file
// can, after a crash, and is found at the next start by a look at all of them (Crawl.reconcile).
//
// With FromPages the listed URLs (depth 0) are pages, and what they show (depth 1) are the files. A page is kept as in any
// crawl. When a picture cannot be had, the next of its candidates is found by looking at the stored page again
// (Crawl.nextCandidate): nothing is kept for it.
type Images struct {
	FromPages bool
	Width     int // FromPages: take the candidate nearest to so many pixels; 0: the largest

	Filter      Filter
	RespectNoAI bool  // leave out what X-Robots-Tag marks noai or noimageai
	MaxBytes    int64 // of one file, above which it fails as too_large; 0: DefaultMaxFile

	// Dir is where files are written to beside the store; "" for nowhere. Name gives their names; it may be the zero value
	// when Dir is "".
	Dir  string
	Name naming.Template

	// What is done with each file, by Imager, which is needed then. A file that fails Verify is a failure; one whose type
	// cannot be decoded is not.
	Verify bool
	DHash  bool
	Thumb  int // longest side of the thumbnail, in pixels; 0: none
	Imager Imager
}

// Imager decodes pictures: parse.Pool in worker processes, parse.InProcess here. Image may be called from many goroutines
// and blocks until the answer is there.
type Imager interface {
	Image(ctx context.Context, job *parse.ImageJob) (parse.ImageFacts, error)
}

// Examines reports whether files are to be decoded.
func (m *Images) Examines() bool { return m != nil && (m.Verify || m.DHash || m.Thumb > 0) }

func (m *Images) check() error {
	switch {
	case m.Width < 0 || m.Width > maxSide:
		return fmt.Errorf("a width of %d pixels is out of range: use 1 to %d, or 0 for the largest", m.Width, maxSide)
	case m.Thumb < 0 || m.Thumb > maxThumb:
		return fmt.Errorf("thumbnails of %d pixels are out of range: use 1 to %d, or 0 for none", m.Thumb, maxThumb)
	case m.MaxBytes < 0:
		return fmt.Errorf("files of %d bytes are out of range: use 1 or more", m.MaxBytes)
	case m.Examines() && m.Imager == nil:
		return fmt.Errorf("pictures are to be decoded but there is nothing that decodes them")
	}
	return m.Filter.check()
}

// Filter says which files are wanted. Zero values want all. What it refuses is settled as ClassFiltered, with the rule that
// did, and is not downloaded further than it takes to know.
type Filter struct {
	Types                []string // names that picture.TypeNamed knows: jpeg or jpg, png, gif and so on
	MinBytes, MaxBytes   int64
	MinWidth, MinHeight  int
	MaxPixels            int64   // width times height
	MinAspect, MaxAspect float64 // width divided by height
}

func (f *Filter) check() error {
	switch {
	case f.MinBytes < 0 || f.MaxBytes < 0 || f.MaxBytes > 0 && f.MaxBytes < f.MinBytes:
		return fmt.Errorf("files of %d to %d bytes cannot be: use sizes above 0, the larger one as the maximum", f.MinBytes, f.MaxBytes)
	case f.MinWidth < 0 || f.MinHeight < 0 || f.MaxPixels < 0:
		return fmt.Errorf("a width, height or number of pixels is below 0")
	case f.MaxPixels > 0 && int64(f.MinWidth)*int64(f.MinHeight) > f.MaxPixels:
		return fmt.Errorf("pictures of at least %d x %d have more than %d pixels", f.MinWidth, f.MinHeight, f.MaxPixels)
	case f.MinAspect < 0 || f.MaxAspect < 0 || f.MaxAspect > 0 && f.MaxAspect < f.MinAspect:
		return fmt.Errorf("aspects of %g to %g cannot be: use numbers above 0, the larger one as the maximum", f.MinAspect, f.MaxAspect)
	}
	for _, name := range f.Types {
		if _, ok := picture.TypeNamed(name); !ok {
			return fmt.Errorf("pictures of type %q are not known: use jpg, png, gif, webp, avif, svg, bmp, ico, tif, heic and jxl", name)
		}
	}
	return nil
}

// size tells by which rule a file of so many bytes is refused, "" if it is not. complete says that n is all of it.
func (f *Filter) size(n int64, complete bool) string {
	switch {
	case f.MaxBytes > 0 && n > f.MaxBytes:
		if !complete {
			return fmt.Sprintf(moreBytesRule, f.MaxBytes)
		}
		return fmt.Sprintf(maxBytesRule, f.MaxBytes, n)
	case complete && n < f.MinBytes:
		return fmt.Sprintf(minBytesRule, f.MinBytes, n)
	}
	return ""
}

// Rules about sizes, as they are kept with what they refuse: Images.refusesSize reads them.
const (
	minBytesRule  = "--min-bytes %d: it has %d"
	maxBytesRule  = "--max-bytes %d: it has %d"
	moreBytesRule = "--max-bytes %d: it has more"
	noAIRule      = "--respect-noai: X-Robots-Tag says "
)

// kind tells by which rule a picture of a type is refused.
func (f *Filter) kind(name string) string {
	wanted := func(as string) bool {
		t, _ := picture.TypeNamed(as)
		return t == name
	}
	if len(f.Types) == 0 || slices.ContainsFunc(f.Types, wanted) {
		return ""
	}
	return fmt.Sprintf("--types %s: it is %s", strings.Join(f.Types, ","), name)
}

// dimensions tells by which rule a picture of w x h pixels is refused. What has none (0) passes: its type does not tell.
func (f *Filter) dimensions(w, h int) string {
	if w <= 0 || h <= 0 {
		return ""
	}
	aspect := float64(w) / float64(h)
	switch {
	case w < f.MinWidth:
		return fmt.Sprintf("--min-width %d: it is %d wide", f.MinWidth, w)
	case h < f.MinHeight:
		return fmt.Sprintf("--min-height %d: it is %d high", f.MinHeight, h)
	case f.MaxPixels > 0 && int64(w)*int64(h) > f.MaxPixels:
		return fmt.Sprintf("--max-pixels %d: it has %d x %d", f.MaxPixels, w, h)
	case aspect < f.MinAspect, f.MaxAspect > 0 && aspect > f.MaxAspect:
		return fmt.Sprintf("--aspect %s it is %d x %d", f.aspects(), w, h)
	}
	return ""
}

// bounds are those of the aspect in the form of the flag, "" for none.
func (f *Filter) bounds() string {
	if f.MinAspect <= 0 && f.MaxAspect <= 0 {
		return ""
	}
	if f.MaxAspect > 0 {
		return strings.TrimSuffix(f.aspects(), ":")
	}
	return f.aspects()
}

// aspects are the bounds as they are asked for, up to a colon: "0.5:2:", and where there is no bound "0.5:" and ":2:".
func (f *Filter) aspects() string {
	text := ":"
	if f.MinAspect > 0 {
		text = strconv.FormatFloat(f.MinAspect, 'g', -1, 64) + ":"
	}
	if f.MaxAspect > 0 {
		text += strconv.FormatFloat(f.MaxAspect, 'g', -1, 64) + ":"
	}
	return text
}
