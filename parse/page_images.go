package parse

import (
	"slices"

	"crawl/parse/internal/charset"
	"crawl/parse/internal/htmlscan"
)

// Image is one picture of a page, with the places where it may be had.
type Image struct {
	Candidates []string // absolute URLs, the best first; each that fails hands over to the next
	Alt        string   // what the page says it shows, folded and cut; "" for nothing
	Linked     string   // the candidate that a link around it leads to; "" for none
}

// PageImages gives the pictures of a page: first those of its elements in page order (img, picture, svg image, input, poster,
// links to image files), then those of its metadata (og:image, twitter:image, rel=image_src), then backgrounds (style attributes
// and blocks, background, data-bg and the like). It is as linear and bounded as Light, and resolves URLs as that does.
// Documents other than HTML have none.
//
// With a width of 0 the best candidate is the largest one: the original that a link around the picture leads to, then
// attributes that name a full size (data-large_image and the like), then srcset with its late forms by width or density, then
// late src, then src, and a src that stands in for a late one last. Among equals, formats that are decoded come first.
//
// With a width in pixels it is the one nearest to it, by ratio. A candidate whose width is not told counts as one that is
// wrong by a factor: 2 for originals, 3 for densities, 4 for src. The sizes attribute plays no part: it is about layout.
//
// Two places are one picture when the best candidate of one is among the candidates of the other, as in noscript copies.
func PageImages(doc *Document, width int) []Image {
	p := &pageImages{width: max(width, 0)}
	p.light.begin(doc, &p.page)
	xml := p.page.MediaType == "application/xhtml+xml"
	if p.page.MediaType != "text/html" && !xml {
		return nil
	}
	body := p.light.decoded(doc)
	if p.scan(body, xml); p.light.restart {
		p.light.rewind(doc)
		p.shown, p.named, p.behind = nil, nil, nil
		p.anchor, p.inPicture, p.total = anchor{}, false, 0
		p.scan(body, xml)
	}
	return p.images()
}

// pageImages is the state of PageImages.
type pageImages struct {
	width int
	light Light
	page  Page
	total int // candidates

	shown  []imageGroup // of elements
	named  []imageGroup // of metadata
	behind []imageGroup // backgrounds

	anchor    anchor // the link that is open
	inPicture bool
	sources   imageGroup // of the picture element that is open
}

// anchor is an open link.
type anchor struct {
	url  string // when it leads to an image file
	used bool   // there is an image in it
}

// imageGroup is what one place says of one picture.
type imageGroup struct {
	candidates []candidate
	alt        string
	late       bool // its src is loaded late: the plain one stands in for it
}

func (p *pageImages) scan(body []byte, xml bool) {
	s := &p.light.scan
	s.Reset(body, xml)
	for !p.light.restart {
		switch s.Next() {
		case htmlscan.EOF:
			p.endAnchor()
			return
		case htmlscan.StartTag:
			p.startTag()
		case htmlscan.EndTag:
			switch {
			case s.Tag == htmlscan.TagA:
				p.endAnchor()
			case htmlscan.EqualFold(s.Name(), "picture"):
				p.endPicture()
			}
		case htmlscan.Text:
			if raw := s.Text(); s.Tag == htmlscan.TagStyle && mayReferCSS(raw) {
				p.backgrounds(charset.Decode(p.light.charset, raw), isImageName)
			}
		}
	}
}

// startTag takes what a start tag says about pictures.
func (p *pageImages) startTag() {
	s := &p.light.scan
	if s.Foreign {
		p.foreignTag()
		return
	}
	switch s.Tag {
	case htmlscan.TagOther:
		if htmlscan.EqualFold(s.Name(), "picture") {
			p.endPicture()
			p.inPicture = true
		}
	case htmlscan.TagBase:
		p.light.baseTag()
	case htmlscan.TagA, htmlscan.TagArea:
		p.startAnchor()
	case htmlscan.TagImg, htmlscan.TagImage:
		p.imgTag()
	case htmlscan.TagInput:
		if t, _ := s.Lookup(htmlscan.AttrType); htmlscan.EqualFold(t, "image") {
			p.imgTag()
		}
	case htmlscan.TagSource:
		if p.inPicture {
			p.sourceTag()
		}
	case htmlscan.TagMeta:
		p.metaTag()
	case htmlscan.TagLink:
		p.linkTag()
	}
	if s.Known()&(1<<htmlscan.AttrPoster|1<<htmlscan.AttrDataPoster|1<<htmlscan.AttrStyle|1<<htmlscan.AttrBackground|lazyBackgrounds) != 0 {
		p.anyTag()
	}
}

// anyTag takes the attributes that many elements may have: poster, and backgrounds.
func (p *pageImages) anyTag() {
	s := &p.light.scan
	for i := 0; i < len(s.Attrs()); i++ {
		a := s.Attrs()[i]
		bit := uint64(1) << a.ID
		raw := s.AttrValue(a)
		switch {
		case a.ID == htmlscan.AttrPoster || a.ID == htmlscan.AttrDataPoster:
			var g imageGroup
			p.add(&g, candidate{kind: fromSrc}, p.light.value(raw))
			p.shown = p.keep(p.shown, g)
		case a.ID == htmlscan.AttrStyle, bit&lazyBackgrounds != 0 && mayReferCSS(raw):
			p.backgrounds(p.light.value(raw), mayBeImageName)
		case a.ID == htmlscan.AttrBackground, bit&lazyBackgrounds != 0:
			p.background(p.light.value(raw))
		}
	}
}

// foreignTag takes the pictures in svg.
func (p *pageImages) foreignTag() {
	s := &p.light.scan
	if s.Tag != htmlscan.TagImage && s.Tag != htmlscan.TagFeImage {
		return
	}
	raw, ok := s.Lookup(htmlscan.AttrHref)
	if !ok {
		raw, _ = s.Lookup(htmlscan.AttrXlinkHref)
	}
	var g imageGroup
	p.add(&g, candidate{kind: fromSrc}, p.light.value(raw))
	p.shown = p.keep(p.shown, g)
}

// startAnchor opens a link, and closes one that is open.
func (p *pageImages) startAnchor() {
	p.endAnchor()
	if raw, ok := p.light.scan.Lookup(htmlscan.AttrHref); ok {
		if url := p.resolve(p.light.value(raw)); isImageName(url) {
			p.anchor = anchor{url: string(url)}
		}
	}
	if p.light.scan.Tag == htmlscan.TagArea { // has no content
		p.endAnchor()
	}
}

// endAnchor closes a link. One to an image file with no image in it is a picture of its own.
func (p *pageImages) endAnchor() {
	if p.anchor.url != "" && !p.anchor.used {
		p.shown = p.keep(p.shown, imageGroup{candidates: []candidate{{url: p.anchor.url, kind: fromLink}}})
	}
	p.anchor = anchor{}
}

// imgTag takes an image with the link that it stands in and the sources of its picture element.
func (p *pageImages) imgTag() {
	s := &p.light.scan
	var g imageGroup
	if p.inPicture {
		g, p.sources = p.sources, imageGroup{}
	}
	wide := p.attrNumber("width")
	for i := 0; i < len(s.Attrs()); i++ {
		p.imgAttr(&g, s.Attrs()[i], wide)
	}
	if raw, ok := s.Lookup(htmlscan.AttrSrc); ok {
		kind := fromSrc
		if g.late {
			kind = fromStandIn
		}
		p.add(&g, candidate{kind: kind, width: wide}, p.light.value(raw))
	}
	if p.anchor.url != "" {
		p.anchor.used = true
		g.candidates = append(g.candidates, candidate{url: p.anchor.url, kind: fromLink})
	}
	for i, a := range s.Attrs() {
		if a.ID == htmlscan.AttrOther && htmlscan.EqualFold(s.AttrName(a), "alt") {
			g.alt = p.light.fold(s.AttrValue(s.Attrs()[i]), maxAlt, true)
		}
	}
	p.shown = p.keep(p.shown, g)
}

// imgAttr takes one attribute of an image other than src.
func (p *pageImages) imgAttr(g *imageGroup, a htmlscan.Attr, wide int) {
	raw := p.light.scan.AttrValue(a)
	kind := fromLate
	switch bit := uint64(1) << a.ID; {
	case a.ID == htmlscan.AttrSrcset || bit&lazySets != 0:
		g.late = g.late || a.ID != htmlscan.AttrSrcset
		p.addSet(g, raw, wide, false)
		return
	case bit&lazyFull != 0:
		kind = fromFull
	case a.ID == htmlscan.AttrDataThumb:
		kind = fromThumb
	case bit&(lazySources|lazyImages) != 0:
		g.late = true
	default:
		return
	}
	p.add(g, candidate{kind: kind}, p.light.value(raw))
}

// lazyFull are the attributes that name a larger copy for a closer look.
const lazyFull = 1<<htmlscan.AttrDataHiResSrc | 1<<htmlscan.AttrDataLargeImage | 1<<htmlscan.AttrDataZoomImage | 1<<htmlscan.AttrDataFullSrc

// sourceTag takes a source of a picture element, whose type is told.
func (p *pageImages) sourceTag() {
	s := &p.light.scan
	t, _ := s.Lookup(htmlscan.AttrType)
	hard := isHardType(t)
	wide := p.attrNumber("width")
	for i := 0; i < len(s.Attrs()); i++ {
		a := s.Attrs()[i]
		if bit := uint64(1) << a.ID; a.ID == htmlscan.AttrSrcset || bit&lazySets != 0 {
			p.sources.late = p.sources.late || a.ID != htmlscan.AttrSrcset
			p.addSet(&p.sources, s.AttrValue(a), wide, hard)
		}
	}
}

// endPicture closes a picture element. Sources without an image are one too.
func (p *pageImages) endPicture() {
	if p.inPicture {
		p.shown = p.keep(p.shown, p.sources)
	}
	p.inPicture, p.sources = false, imageGroup{}
}

// metaTag takes the picture that stands for the page.
func (p *pageImages) metaTag() {
	s := &p.light.scan
	content, ok := s.Lookup(htmlscan.AttrContent)
	if !ok {
		return
	}
	for _, id := range [...]htmlscan.AttrID{htmlscan.AttrProperty, htmlscan.AttrName} {
		name, _ := s.Lookup(id)
		switch name = htmlscan.TrimSpace(name); {
		case htmlscan.EqualFold(name, "og:image"), htmlscan.EqualFold(name, "og:image:url"), htmlscan.EqualFold(name, "og:image:secure_url"),
			htmlscan.EqualFold(name, "twitter:image"), htmlscan.EqualFold(name, "twitter:image:src"):
			var g imageGroup
			p.add(&g, candidate{kind: fromSrc}, p.light.value(content))
			p.named = p.keep(p.named, g)
			return
		}
	}
}

// linkTag takes rel=image_src.
func (p *pageImages) linkTag() {
	s := &p.light.scan
	rel, _ := s.Lookup(htmlscan.AttrRel)
	href, ok := s.Lookup(htmlscan.AttrHref)
	if ok && htmlscan.EqualFold(htmlscan.TrimSpace(rel), "image_src") {
		var g imageGroup
		p.add(&g, candidate{kind: fromSrc}, p.light.value(href))
		p.named = p.keep(p.named, g)
	}
}

// backgrounds takes the images that a style names: those whose names pass.
func (p *pageImages) backgrounds(style []byte, pass func([]byte) bool) {
	refs := cssRefs{b: style}
	for {
		ref, ok := refs.next()
		if !ok {
			return
		}
		if url := p.resolve(ref); pass(url) {
			p.behind = p.keep(p.behind, imageGroup{candidates: []candidate{{url: string(url), kind: fromSrc}}})
		}
	}
}

// background takes the address of one.
func (p *pageImages) background(ref []byte) {
	var g imageGroup
	p.add(&g, candidate{kind: fromSrc}, ref)
	p.behind = p.keep(p.behind, g)
}

// resolve gives the URL of a reference, nil for one that is none. It is valid until the next call.
func (p *pageImages) resolve(ref []byte) []byte { return p.light.link(KindImage, ref, false) }

// add resolves a reference and adds it to a group.
func (p *pageImages) add(g *imageGroup, c candidate, ref []byte) {
	if len(g.candidates) >= maxCandidates {
		return
	}
	url := p.resolve(ref)
	if url == nil {
		return
	}
	c.url = string(url)
	c.hard = c.hard || isHardName(url)
	g.candidates = append(g.candidates, c)
}

// addSet adds the candidates of a srcset. wide is the width that the page gives the image, 0 when it does not.
func (p *pageImages) addSet(g *imageGroup, raw []byte, wide int, hard bool) {
	set := srcset{rest: p.light.value(raw)}
	for {
		url, ok := set.next()
		if !ok {
			return
		}
		c := candidate{kind: fromSet, hard: hard}
		c.describe(&set.last, wide)
		p.add(g, c, url)
	}
}

// attrNumber gives the number in an attribute of the current tag that has no constant; 0 when there is none.
func (p *pageImages) attrNumber(name string) int {
	s := &p.light.scan
	for _, a := range s.Attrs() {
		if a.ID != htmlscan.AttrOther || !htmlscan.EqualFold(s.AttrName(a), name) {
			continue
		}
		n := 0
		for _, c := range s.AttrValue(a) {
			if c < '0' || c > '9' || n > maxPictureWidth {
				return 0
			}
			n = 10*n + int(c-'0')
		}
		return n
	}
	return 0
}

// keep adds a group to others, unless it is empty or there are too many.
func (p *pageImages) keep(all []imageGroup, g imageGroup) []imageGroup {
	if len(g.candidates) == 0 || p.total+len(g.candidates) > maxPageCandidates {
		return all
	}
	p.total += len(g.candidates)
	return append(all, g)
}

// images makes one list of all groups: those of the same picture are joined.
func (p *pageImages) images() []Image {
	all := slices.Concat(p.shown, p.named, p.behind)
	var joined []*imageGroup
	having := map[string]*imageGroup{} // by candidate, those that stand in for others left out
	best := map[string]*imageGroup{}   // by the best candidate
	for i := range all {
		g := &all[i]
		p.sort(g)
		into := having[g.candidates[0].url]
		for _, c := range g.candidates {
			if into == nil && c.kind != fromStandIn {
				into = best[c.url]
			}
		}
		if into == nil {
			into = g
			joined = append(joined, g)
		} else {
			into.join(g)
		}
		best[g.candidates[0].url] = into
		for _, c := range g.candidates {
			if c.kind != fromStandIn && having[c.url] == nil {
				having[c.url] = into
			}
		}
	}
	return p.once(joined)
}

// once turns groups into images. Joining may have given two of them the same best candidate: the first one counts.
func (p *pageImages) once(groups []*imageGroup) []Image {
	images := make([]Image, 0, len(groups))
	known := make(map[string]bool, len(groups))
	for _, g := range groups {
		p.sort(g)
		if best := g.candidates[0].url; !known[best] {
			known[best] = true
			images = append(images, g.image())
		}
	}
	return images
}

// join takes over what another group says of the same picture.
func (g *imageGroup) join(other *imageGroup) {
	if g.alt == "" {
		g.alt = other.alt
	}
	if room := maxCandidates - len(g.candidates); room > 0 {
		g.candidates = append(g.candidates, other.candidates[:min(room, len(other.candidates))]...)
	}
}

// sort puts the candidates in order, each URL once.
func (p *pageImages) sort(g *imageGroup) {
	slices.SortStableFunc(g.candidates, func(a, b candidate) int { return compareCandidates(&a, &b, p.width) })
	n := 0
	for _, c := range g.candidates {
		if !slices.ContainsFunc(g.candidates[:n], func(k candidate) bool { return k.url == c.url }) {
			g.candidates[n] = c
			n++
		}
	}
	g.candidates = g.candidates[:n]
}

func (g *imageGroup) image() Image {
	image := Image{Candidates: make([]string, len(g.candidates)), Alt: g.alt}
	for i, c := range g.candidates {
		image.Candidates[i] = c.url
		if c.kind == fromLink && image.Linked == "" {
			image.Linked = c.url
		}
	}
	return image
}
