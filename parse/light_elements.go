package parse

import (
	"crawl/crawler/urlnorm"
	"crawl/parse/internal/htmlscan"
)

// startTag takes what the current start tag, which has known attributes, says.
func (l *Light) startTag() {
	s := &l.scan
	if s.Foreign {
		l.foreignTag()
		l.common()
		return
	}
	switch s.Tag {
	case htmlscan.TagA, htmlscan.TagArea:
		l.attrLink(htmlscan.AttrHref, KindAnchor, l.relNofollow())
	case htmlscan.TagLink:
		l.linkTag()
	case htmlscan.TagMeta:
		l.metaTag()
	case htmlscan.TagBase:
		l.baseTag()
	case htmlscan.TagHTML:
		l.langAttr()
	case htmlscan.TagIframe, htmlscan.TagFrame:
		l.attrLink(htmlscan.AttrSrc, KindFrame, false)
	case htmlscan.TagImg, htmlscan.TagImage:
		l.attrLink(htmlscan.AttrSrc, KindImage, false)
	case htmlscan.TagInput:
		if t, _ := s.Lookup(htmlscan.AttrType); htmlscan.EqualFold(t, "image") {
			l.attrLink(htmlscan.AttrSrc, KindImage, false)
		}
	case htmlscan.TagSource, htmlscan.TagVideo, htmlscan.TagAudio, htmlscan.TagTrack, htmlscan.TagEmbed:
		l.attrLink(htmlscan.AttrSrc, KindMedia, false)
	case htmlscan.TagObject:
		l.attrLink(htmlscan.AttrData, KindMedia, false)
	case htmlscan.TagScript:
		return // its attributes name code and settings
	}
	l.common()
}

// foreignTag takes the links of svg: a, image, feImage and use.
func (l *Light) foreignTag() {
	kind := KindImage
	switch l.scan.Tag {
	case htmlscan.TagA:
		kind = KindAnchor
	case htmlscan.TagImage, htmlscan.TagFeImage, htmlscan.TagUse:
	default:
		return
	}
	id := htmlscan.AttrHref
	if _, ok := l.scan.Lookup(id); !ok {
		id = htmlscan.AttrXlinkHref
	}
	l.attrLink(id, kind, kind == KindAnchor && l.relNofollow())
}

// Attributes that many elements may have, as bits of Scanner.Known.
const (
	commonAttrs = 1<<htmlscan.AttrSrcset | 1<<htmlscan.AttrStyle | 1<<htmlscan.AttrBackground | 1<<htmlscan.AttrPoster |
		lazySets | lazyImages | lazySources | lazyBackgrounds | 1<<htmlscan.AttrDataPoster
	lazySets        = 1<<htmlscan.AttrDataSrcset | 1<<htmlscan.AttrDataOriginalSet | 1<<htmlscan.AttrDataLazySrcset
	lazySources     = 1<<htmlscan.AttrDataSrc | 1<<htmlscan.AttrDataLazySrc | 1<<htmlscan.AttrDataLazy | 1<<htmlscan.AttrDataLazyload | 1<<htmlscan.AttrDataEcho
	lazyImages      = 1<<htmlscan.AttrDataOriginal | 1<<htmlscan.AttrDataHiResSrc | 1<<htmlscan.AttrDataImgSrc | 1<<htmlscan.AttrDataImage | 1<<htmlscan.AttrDataLargeImage | 1<<htmlscan.AttrDataZoomImage | 1<<htmlscan.AttrDataFullSrc | 1<<htmlscan.AttrDataThumb
	lazyBackgrounds = 1<<htmlscan.AttrDataBg | 1<<htmlscan.AttrDataBgSrc | 1<<htmlscan.AttrDataBackground | 1<<htmlscan.AttrDataBackgroundImage
)

// common takes style, srcset, poster, background and the attributes in which scripts that load images late keep them.
func (l *Light) common() {
	s := &l.scan
	if s.Known()&commonAttrs == 0 {
		return
	}
	for i := 0; i < len(s.Attrs()); i++ {
		a := s.Attrs()[i]
		bit := uint64(1) << a.ID
		if bit&commonAttrs == 0 {
			continue
		}
		raw := s.AttrValue(a)
		switch {
		case a.ID == htmlscan.AttrStyle:
			if v := l.value(raw); mayReferCSS(v) {
				l.css(v, KindCSS)
			}
		case a.ID == htmlscan.AttrSrcset || bit&lazySets != 0:
			l.srcset(raw)
		case bit&lazySources != 0:
			l.lazySource(raw)
		case bit&lazyBackgrounds != 0:
			if v := l.value(raw); mayReferCSS(v) {
				l.css(v, KindImage)
			} else {
				l.link(KindImage, v, false)
			}
		default:
			l.link(KindImage, l.value(raw), false)
		}
	}
}

// lazySource takes a late src: what it names depends on the element, and on elements without src it may be anything.
func (l *Light) lazySource(raw []byte) {
	switch l.scan.Tag {
	case htmlscan.TagImg, htmlscan.TagInput:
		l.link(KindImage, l.value(raw), false)
	case htmlscan.TagIframe:
		l.link(KindFrame, l.value(raw), false)
	case htmlscan.TagVideo, htmlscan.TagAudio, htmlscan.TagSource, htmlscan.TagEmbed:
		l.link(KindMedia, l.value(raw), false)
	}
}

// srcset takes all candidates of a srcset.
func (l *Light) srcset(raw []byte) {
	set := srcset{rest: l.value(raw)}
	for {
		url, ok := set.next()
		if !ok {
			return
		}
		l.link(KindImage, url, false)
	}
}

// attrLink adds the link in an attribute.
func (l *Light) attrLink(id htmlscan.AttrID, kind Kind, nofollow bool) {
	if raw, ok := l.scan.Lookup(id); ok && !(len(raw) > maxRef && isOpaque(raw)) {
		l.link(kind, l.value(raw), nofollow)
	}
}

// rel is what the relation types of a link say, as far as it matters here.
type rel struct {
	kind     Kind // 0: no link
	nofollow bool
}

// relOf reads a rel attribute or parameter. Of several types the first of canonical, stylesheet, icon and alternate (or
// next, prev) decides the kind. Those that name only a host to connect to give none.
func relOf(types, as []byte) rel {
	var r rel
	var canonical, style, icon, alternate, other bool
	for {
		types = trimLeftSpace(types)
		if len(types) == 0 {
			break
		}
		n := 0
		for n < len(types) && !htmlscan.IsSpace(types[n]) {
			n++
		}
		var buf [maxRelType]byte
		t := types[:n]
		types = types[n:]
		switch string(lowerASCII(buf[:0], t)) {
		case "canonical":
			canonical = true
		case "stylesheet":
			style = true
		case "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "image_src":
			icon = true
		case "alternate", "next", "prev", "previous":
			alternate = true
		case "nofollow", "ugc", "sponsored":
			r.nofollow = true
		case "preload", "prefetch":
			icon = icon || htmlscan.EqualFold(as, "image")
			other = true
		case "dns-prefetch", "preconnect":
		default:
			other = true
		}
	}
	switch {
	case canonical:
		r.kind = KindCanonical
	case style:
		r.kind = KindStyle
	case icon:
		r.kind = KindImage
	case alternate:
		r.kind = KindAlternate
	case other:
		r.kind = KindStyle
	}
	return r
}

// lowerASCII appends b in lower case to dst, as much of it as fits.
func lowerASCII(dst, b []byte) []byte {
	for _, c := range b[:min(len(b), cap(dst)-len(dst))] {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// related adds a link with relation types, in UTF-8.
func (l *Light) related(r rel, ref []byte) {
	if r.kind == 0 {
		return
	}
	url := l.link(r.kind, ref, r.nofollow)
	if r.kind == KindCanonical && url != nil && l.page.Canonical == "" {
		l.page.Canonical = string(url)
	}
}

// linkTag takes a link element.
func (l *Light) linkTag() {
	types, ok := l.scan.Lookup(htmlscan.AttrRel)
	if !ok {
		return
	}
	as, _ := l.scan.Lookup(htmlscan.AttrAs)
	if href, ok := l.scan.Lookup(htmlscan.AttrHref); ok {
		l.related(relOf(types, as), l.value(href))
	}
	if set, ok := l.scan.Lookup(htmlscan.AttrImagesrcset); ok {
		l.srcset(set)
	}
}

// relNofollow says whether the current tag's rel asks not to follow its link.
func (l *Light) relNofollow() bool {
	types, ok := l.scan.Lookup(htmlscan.AttrRel)
	return ok && relOf(types, nil).nofollow
}

// baseTag takes the first base with an href. A base that is not http or https leaves the document's URL.
func (l *Light) baseTag() {
	raw, ok := l.scan.Lookup(htmlscan.AttrHref)
	if !ok || l.hasBase || l.own == nil {
		return
	}
	l.hasBase = true
	href, err := l.own.Resolve(nil, l.value(raw))
	if err != nil {
		l.page.Defects = append(l.page.Defects, "base is not usable and was ignored: "+err.Error())
		return
	}
	base, err := urlnorm.NewBase(string(href))
	if err != nil {
		l.page.Defects = append(l.page.Defects, "base is not usable and was ignored: "+err.Error())
		return
	}
	l.restart = len(l.page.Links.ends) > l.fromHeaders
	l.base = base
	if l.page.Charset != utf8Name {
		l.base = base.WithCharset(l.page.Charset)
	}
}

// langAttr takes the language of the html element.
func (l *Light) langAttr() {
	raw, ok := l.scan.Lookup(htmlscan.AttrLang)
	if !ok {
		raw, ok = l.scan.Lookup(htmlscan.AttrXMLLang)
	}
	if ok {
		l.page.Lang = l.fold(raw, maxLang, true)
	}
}

// metaTag takes a meta element, told by its http-equiv, name or property.
func (l *Light) metaTag() {
	content, ok := l.scan.Lookup(htmlscan.AttrContent)
	if !ok {
		return
	}
	if raw, ok := l.scan.Lookup(htmlscan.AttrHTTPEquiv); ok {
		switch {
		case htmlscan.EqualFold(raw, "refresh"):
			if ref, ok := refreshURL(l.value(content)); ok {
				l.link(KindRefresh, ref, false)
			}
		case htmlscan.EqualFold(raw, "content-language") && l.page.Lang == "":
			l.page.Lang = l.fold(content, maxLang, true)
		}
	}
	for _, id := range [...]htmlscan.AttrID{htmlscan.AttrName, htmlscan.AttrProperty} {
		if raw, ok := l.scan.Lookup(id); ok {
			l.namedMeta(htmlscan.TrimSpace(raw), content)
		}
	}
}

// namedMeta takes a meta element by its name.
func (l *Light) namedMeta(name, content []byte) {
	switch {
	case len(name) == 0:
	case htmlscan.EqualFold(name, "robots"), htmlscan.EqualFold(name, robotName):
		l.robots(string(l.value(content)))
	case htmlscan.EqualFold(name, "description"):
		if d := l.fold(content, maxDescription, true); d != "" && !l.described {
			l.page.Description, l.described = d, true
		}
	case htmlscan.EqualFold(name, "og:description"):
		if l.page.Description == "" {
			l.page.Description = l.fold(content, maxDescription, true)
		}
	case htmlscan.EqualFold(name, "og:image"), htmlscan.EqualFold(name, "og:image:url"), htmlscan.EqualFold(name, "og:image:secure_url"),
		htmlscan.EqualFold(name, "twitter:image"), htmlscan.EqualFold(name, "twitter:image:src"), htmlscan.EqualFold(name, "msapplication-tileimage"):
		l.link(KindImage, l.value(content), false)
	}
}
