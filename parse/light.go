package parse

import (
	"bytes"
	"errors"
	"strings"

	"crawl/crawler/urlnorm"
	"crawl/parse/internal/charset"
	"crawl/parse/internal/htmlscan"
	"crawl/parse/internal/mime"
)

// Light finds the links and the metadata of pages without a tree: linear in the page, bounded (bounds.go), without
// recursion, so that it may run on any page in the crawler's own process. The zero value is ready. It keeps memory for the
// next page and must not be used by two goroutines at once; keep Lights in a pool.
//
// What is read of which document:
//
//   - HTML and XHTML: everything that Kind lists, in page order; title, description, robots meta, lang. The content of
//     noscript and template counts, that of iframe, noembed, noframes, srcdoc and of comments does not.
//   - CSS: url() and @import.
//   - All documents: Link and X-Robots-Tag headers; their links come first.
//
// The first <base href> holds for the links before it too, as it does in a browser at the time of a click. Links with a
// scheme other than http and https, and links to a part of the same page ("#top"), are left out. A link is nofollow when
// each of its places says so (rel=nofollow, ugc or sponsored), or when the page does.
type Light struct {
	scan htmlscan.Scanner
	page *Page

	own         *urlnorm.Base // the document's URL; nil when it is unusable
	base        *urlnorm.Base // that, or what <base> says
	room        urlnorm.Base  // memory of own
	hasBase     bool          // a base element was seen
	fromHeaders int           // how many links came from headers
	restart     bool          // base came after links of the body

	header    string // Content-Type of the page before; the next one of a site mostly has the same
	label     string // charset that it names
	declared  string // that as a name of the standard, "" for none
	charset   string // of attribute values: the page's, or UTF-8 when it was decoded before the scan
	titled    bool   // the title was seen
	described bool   // by a description, not only by og:description

	seen   linkSet
	work   int    // bytes resolved
	val    []byte // scratch: a decoded value
	folded []byte // scratch: title and the like
	lost   [causes]int
}

// Parse fills page with what doc holds; page's memory is used again, what it held is gone. It does not fail: what is odd
// is in page.Defects.
func (l *Light) Parse(doc *Document, page *Page) {
	l.begin(doc, page)
	l.headers(doc)
	l.fromHeaders = page.Links.Len()
	switch page.MediaType {
	case "text/html", "application/xhtml+xml":
		xml := page.MediaType == "application/xhtml+xml"
		body := l.decoded(doc)
		if l.html(body, xml); l.restart {
			l.rewind(doc)
			l.html(body, xml)
		}
		l.lost[attrsCut] += l.scan.Cut
		l.lost[doubts] += l.scan.Doubts
	case "text/css":
		body := l.decoded(doc)
		l.css(charset.Decode(l.charset, body), KindCSS)
	default:
		if isText(page.MediaType) {
			page.Charset, _ = charset.Detect(doc.Body, doc.ContentType)
		}
	}
	l.end()
}

// begin empties the page and forgets the one before.
func (l *Light) begin(doc *Document, page *Page) {
	links, defects := page.Links, page.Defects[:0]
	links.Reset()
	*page = Page{Links: links, Defects: defects}
	page.MediaType = mime.Sniff(doc.ContentType, doc.Body)
	l.page = page
	l.charset = utf8Name
	l.seen.reset()
	l.work, l.hasBase, l.restart, l.titled, l.described = 0, false, false, false, false
	l.lost = [causes]int{}
	l.own, l.base = &l.room, &l.room
	if err := l.room.Reset(doc.URL); err != nil {
		page.Defects = append(page.Defects, "no links were taken, because the document's URL is unusable: "+err.Error())
		l.own, l.base = nil, nil
	}
}

// rewind goes back to before the body, save that the base is known now.
func (l *Light) rewind(doc *Document) {
	p := l.page
	p.Title, p.Description, p.Lang, p.Canonical = "", "", "", ""
	p.NoIndex, p.NoFollow, p.NoArchive, p.NoAI = false, false, false, false
	p.Links.Reset()
	l.seen.reset()
	l.restart, l.titled, l.described = false, false, false
	l.lost = [causes]int{}
	base := l.base
	l.base = l.own
	l.headers(doc)
	l.base = base
}

// end turns what was counted into defects, and lets go of what the next page will not need.
func (l *Light) end() {
	p := l.page
	if p.NoFollow {
		for i := range p.Links.ends {
			p.Links.ends[i].nofollow = true
		}
	}
	for c, n := range l.lost {
		if n > 0 {
			p.Defects = append(p.Defects, cause(c).describe(n))
		}
	}
	l.page, l.own, l.base = nil, nil, nil
	l.scan.Reset(nil, false)
	if cap(l.val) > maxKept {
		l.val = nil
	}
	l.seen.shrink()
}

// headers reads the Link and X-Robots-Tag headers. Their links are relative to the document's URL (RFC 8288, section 3.2).
func (l *Light) headers(doc *Document) {
	for _, h := range doc.RobotsTag {
		l.robotsTag(h)
	}
	for _, h := range doc.Link {
		lh := linkHeader{rest: h}
		for {
			link, ok := lh.next()
			if !ok {
				break
			}
			if !link.anchored {
				l.val = append(l.val[:0], link.target...)
				l.related(relOf([]byte(link.rel), []byte(link.as)), l.val)
			}
		}
	}
}

// decoded names the page's charset and gives the bytes to scan: the body itself where markup can be told without decoding,
// as in UTF-8 and all but a few other encodings.
func (l *Light) decoded(doc *Document) []byte {
	p := l.page
	if doc.ContentType != l.header {
		l.header = strings.Clone(doc.ContentType)
		l.label, l.declared = charset.Declared(l.header)
	}
	name, _ := charset.DetectDeclared(doc.Body, l.declared)
	p.Charset = name
	if l.label != "" && l.declared == "" {
		p.Defects = append(p.Defects, "charset in Content-Type is not known: "+string(foldText(nil, []byte(l.label), maxLang))+"; taken as "+name)
	}
	body := doc.Body
	switch {
	case name == utf8Name:
		body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	case charset.ASCIITransparent(name):
		l.charset = name
	default:
		body = charset.Decode(name, body)
	}
	if name != utf8Name && l.base != nil {
		l.base = l.base.WithCharset(name)
	}
	return body
}

// html scans a page.
func (l *Light) html(body []byte, xml bool) {
	s := &l.scan
	s.Reset(body, xml)
	for !l.restart {
		switch s.NextKnown() {
		case htmlscan.EOF:
			return
		case htmlscan.StartTag:
			l.startTag()
		case htmlscan.Text:
			l.text()
		}
	}
}

// text takes the content of title and style.
func (l *Light) text() {
	raw := l.scan.Text()
	switch l.scan.Tag {
	case htmlscan.TagTitle:
		if !l.titled {
			l.titled = true
			l.page.Title = l.fold(raw, maxTitle, false)
		}
	case htmlscan.TagStyle:
		if mayReferCSS(raw) {
			l.css(charset.Decode(l.charset, raw), KindCSS)
		}
	}
}

// css takes the resources that a style sheet names, as links of that kind; b is UTF-8.
func (l *Light) css(b []byte, kind Kind) {
	c := cssRefs{b: b}
	for {
		ref, ok := c.next()
		if !ok {
			return
		}
		l.link(kind, ref, false)
	}
}

// link adds the link ref, as it stands in the page in UTF-8, unless it is known. It returns its URL, nil for none, which
// is valid until the next call.
func (l *Light) link(kind Kind, ref []byte, nofollow bool) []byte {
	ref = htmlscan.TrimSpace(ref)
	links := &l.page.Links
	switch {
	case len(ref) == 0 || l.base == nil:
		return nil
	case ref[0] == '#' && !l.hasBase:
		return nil
	case len(ref) > maxRef:
		if !isOpaque(ref) {
			l.lost[refLong]++
		}
		return nil
	case len(links.ends) >= maxLinks || len(links.buf) > maxLinkBytes || l.work > maxLinkWork:
		l.lost[linksCut]++
		return nil
	}
	start := len(links.buf)
	buf, err := l.base.Resolve(links.buf, ref)
	if err != nil {
		l.work += len(ref)
		switch {
		case errors.Is(err, urlnorm.ErrScheme):
		case errors.Is(err, urlnorm.ErrTooLong):
			l.lost[refLong]++
		default:
			l.lost[refInvalid]++
		}
		return nil
	}
	links.buf = buf
	l.work += len(buf) - start + len(ref)
	i, added := l.seen.add(links, start, kind, nofollow)
	if !added && !nofollow {
		links.ends[i].nofollow = false
	}
	url, _, _ := links.At(i)
	return url
}

// value decodes an attribute's value to UTF-8. It is valid until the next call of value.
func (l *Light) value(raw []byte) []byte {
	plain, ascii := htmlscan.Plain(raw)
	if !ascii && l.charset != utf8Name {
		raw = charset.Decode(l.charset, raw)
	}
	if plain {
		return raw
	}
	l.val = htmlscan.AppendAttr(l.val[:0], raw)
	return l.val
}

// fold decodes a text, folds its white space and cuts it to max bytes.
func (l *Light) fold(raw []byte, max int, attr bool) string {
	if len(raw) > maxFolded {
		raw = raw[:maxFolded]
		l.lost[textCut]++
	}
	raw = charset.Decode(l.charset, raw)
	if attr {
		l.val = htmlscan.AppendAttr(l.val[:0], raw)
	} else {
		l.val = htmlscan.AppendText(l.val[:0], raw)
	}
	l.folded = foldText(l.folded[:0], l.val, max+1)
	if len(l.folded) > max {
		l.lost[textCut]++
		l.folded = foldText(l.folded[:0], l.val, max)
	}
	return string(l.folded)
}

// isOpaque says whether a long link is one whose scheme carries its content, so that leaving it out is no loss.
func isOpaque(ref []byte) bool {
	return hasPrefixFold(ref, "data:") || hasPrefixFold(ref, "javascript:") || hasPrefixFold(ref, "mailto:") || hasPrefixFold(ref, "blob:")
}

// charsetOf is the charset of a document as Light tells it, unless somebody has told it already.
func charsetOf(doc *Document) string {
	if doc.Charset != "" || !isText(mime.Sniff(doc.ContentType, doc.Body)) {
		return doc.Charset
	}
	name, _ := charset.Detect(doc.Body, doc.ContentType)
	return name
}

// isText says whether documents of this type have a charset.
func isText(essence string) bool {
	if strings.HasPrefix(essence, "text/") || strings.HasSuffix(essence, "+xml") || strings.HasSuffix(essence, "+json") {
		return true
	}
	switch essence {
	case "application/json", "application/xml", "application/javascript":
		return true
	}
	return false
}
