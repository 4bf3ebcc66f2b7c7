// Package parse turns the bytes of a page into links, metadata and fields.
//
//	Document ──▶ Light.Parse    ──▶ Page        links, title, robots, charset: streaming, linear, no tree; runs in process
//	         ──▶ Extractor.Extract ──▶ Extraction   goquery over the tree: fields by CSS rule, visible text
//	         ──▶ PageImages     ──▶ Image       the pictures of a page and where they may be had; as Light is
//	ImageJob ──▶ Imager.Image   ──▶ ImageFacts  decoding: whole or not, perceptual hash, thumbnail (package picture)
//
// Light and PageImages may run on any page in the crawler's own process. What an Extractor or an Imager does may hang or
// swell on a hostile page or file; InProcess is the plain one, and worker processes (Pool) serve the same interfaces.
package parse

import (
	"context"

	"crawl/parse/internal/mime"
)

// Document is one page to be parsed.
type Document struct {
	URL         string   // the URL that answered: absolute, http or https; base of relative links
	ContentType string   // Content-Type header, "" when there was none
	Link        []string // Link headers (RFC 8288)
	RobotsTag   []string // X-Robots-Tag headers
	Body        []byte   // decompressed; not kept and not changed

	// Charset is the page's encoding where it is known already, as Page.Charset tells it; it may be "". It is for worker
	// programs that have no detection of their own: a Pool hands it on, and finds it where it is "". Light and InProcess
	// always find it themselves.
	Charset string
}

// Kind says where a link stood.
type Kind byte

// Kinds of links. Image reports those that name an image.
const (
	KindAnchor    Kind = 'a' // a, area
	KindFrame     Kind = 'f' // iframe, frame
	KindStyle     Kind = 's' // link rel=stylesheet and other <link> resources
	KindAlternate Kind = 'l' // link rel=alternate, next, prev and the same from Link headers
	KindCanonical Kind = 'c' // link rel=canonical and the same from Link headers
	KindImage     Kind = 'i' // img, input type=image, picture, svg image, srcset, lazy attributes, og:image, poster, link rel=icon
	KindMedia     Kind = 'm' // video, audio, source, track, embed, object
	KindCSS       Kind = 'u' // url() in a style attribute or block
	KindRefresh   Kind = 'r' // meta refresh
)

// Image reports whether links of this kind name images.
func (k Kind) Image() bool { return k == KindImage }

// Navigates reports whether a crawl that follows links follows this kind.
func (k Kind) Navigates() bool {
	switch k {
	case KindAnchor, KindFrame, KindAlternate, KindCanonical, KindRefresh:
		return true
	}
	return false
}

// Links are the outlinks of a page in page order, each absolute (http or https) with no fragment, each URL and kind once.
// They are kept as bytes, so that a Page that is used again allocates nothing for them.
type Links struct {
	buf  []byte
	ends []linkEnd
}

type linkEnd struct {
	end      int
	kind     Kind
	nofollow bool
}

// Len is the number of links.
func (l *Links) Len() int { return len(l.ends) }

// At gives link i. The URL is valid until the Links are used again.
func (l *Links) At(i int) (url []byte, kind Kind, nofollow bool) {
	start := 0
	if i > 0 {
		start = l.ends[i-1].end
	}
	e := l.ends[i]
	return l.buf[start:e.end], e.kind, e.nofollow
}

// Page is what Light found. All text is valid UTF-8, white space folded, without control characters, and cut to bounds.
type Page struct {
	MediaType   string // essence ("text/html") by header and bytes (WHATWG MIME Sniffing)
	Charset     string // WHATWG name, lower case; "" for what is not text
	Title       string
	Description string
	Canonical   string // resolved
	Lang        string
	NoIndex     bool // robots meta and X-Robots-Tag
	NoFollow    bool
	NoArchive   bool
	NoAI        bool // noai, noimageai
	Links       Links
	Defects     []string // what was odd and how it was taken ("charset in meta is not known: x-foo")
}

// Rule is one extraction rule: `name=css` takes the text, `name=css@attr` an attribute of each element that matches.
type Rule struct {
	Name string
	CSS  string
	Attr string
}

// Rules are what an Extractor looks for. The zero value asks for nothing.
type Rules struct {
	Select []Rule
	Text   bool // visible text of the page
}

// Empty reports whether there is nothing to extract.
func (r Rules) Empty() bool { return len(r.Select) == 0 && !r.Text }

// Field is what one rule found, in page order.
type Field struct {
	Name   string
	Values []string
}

// Extraction is an Extractor's answer.
type Extraction struct {
	Fields  []Field // one for each rule, in the order of the rules
	Text    string
	Defects []string // what was odd about the page and what was cut, also what a Pool cut of a worker's answer
}

// Extractor runs rules over a document. Extract may be called from many goroutines; it blocks until the answer is there,
// the deadline of ctx has passed, or the Extractor's own limits are reached.
type Extractor interface {
	Extract(ctx context.Context, doc *Document, rules Rules) (Extraction, error)
	// Close ends the Extractor and waits for what it started.
	Close() error
}

// String names the kind for people.
func (k Kind) String() string {
	switch k {
	case KindAnchor:
		return "anchor"
	case KindFrame:
		return "frame"
	case KindStyle:
		return "resource"
	case KindAlternate:
		return "alternate"
	case KindCanonical:
		return "canonical"
	case KindImage:
		return "image"
	case KindMedia:
		return "media"
	case KindCSS:
		return "css"
	case KindRefresh:
		return "refresh"
	}
	return "unknown"
}

// IsPage reports whether documents of a media type can be extracted from: HTML and XHTML.
func IsPage(mediaType string) bool { return mime.IsHTML(mediaType) }
