package site

import "strings"

// oddHub links everything odd: one link for each path.
func oddHub() []string {
	return []string{
		"/odd/base.html", "/odd/refresh.html", "/odd/canonical.html", "/odd/noindex.html", "/odd/noscript.html",
		"/odd/from-noscript.html", "/odd/attributes.html", "/odd/empty.html", "/odd/absent.html", "/odd/gone.html",
		"/odd/forbidden.html", "/odd/not-an-image.jpg",
		"/zh/gbk.html", "/zh/gbk-header.html", "/zh/gb2312.html", "/zh/big5.html", "/zh/big5-header.html",
		"/redirect/chain/1", "/redirect/cross", "/redirect/loop/a", "/redirect/self", "/redirect/refused",
		"/private/", "/private/letter.html", "/private/open.html", calendarEntrance, trapEntrance, "/bomb.gz",
	}
}

// attributesHTML has links in all attributes, forms and spellings, and some where no link is.
const attributesHTML = `<map name="m"><area shape="rect" coords="0,0,9,9" href="area.html" alt=""></map>
<iframe src='/odd/frame.html'></iframe>
<A HREF=unquoted.html CLASS=x>unquoted</A> <a
 href = 'single.html' >single quotes</a>
<a href="spa
ced.html">a line end within</a> <a href="&#47;odd&sol;entit&#x69;es.html">character references</a>
<a href="?a=1&amp;b=2#frag">query only</a> <a href="#here">here</a> <a href="">this page</a>
<!-- <a href="/never/comment.html">comment</a> -->
<script>document.write('<a href="/never/script.html">x</a>');</script>
<style>a { color: red } /* <a href="/never/style.html"> */</style>
<textarea><a href="/never/textarea.html">typed</a></textarea>
<a href="mailto:desk@example.org">mail</a> <a href="JavaScript:void(0)">script</a> <a href="ftp://127.0.0.1/f">ftp</a>
<a href="data:text/html,x">data</a> <a href="http://[bad/">not a URL</a> <a name="nowhere">no address</a>
<img src="/odd/small.png" srcset="/odd/small.png 1x, /odd/large.png 2x" alt="">
<picture><source srcset="/odd/wide.png 800w, /odd/narrow.png 400w" type="image/png"><img src="/odd/small.png" alt=""></picture>
<img class="lazy" data-src="/odd/lazy.png" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">
<input type="image" src="/odd/button.png" alt="go"> <video poster="/odd/poster.png"></video>
<div style="background: url('/odd/back.png') no-repeat">a background</div>`

func oddPictures() []string {
	return []string{
		"/odd/small.png", "/odd/large.png", "/odd/wide.png", "/odd/narrow.png", "/odd/lazy.png", "/odd/button.png",
		"/odd/poster.png", "/odd/back.png", "/odd/icon.png",
	}
}

// addPage makes an HTML page on the first host.
func (s *Site) addPage(path, title, head, body string, e Entry) {
	e.Title = title
	kind := KindOdd
	if strings.HasPrefix(path, "/private/") {
		kind = KindPrivate
	}
	s.add(&extra{kind: kind, path: path, contentType: htmlType, body: document(title, head, body), entry: e})
}

// addOdd makes the pages that try a parser out, those that are forbidden, and those that are not there.
func (s *Site) addOdd() {
	s.addHub()
	s.addPage("/odd/base.html", "Base", `<base href="/odd/deep/er/">`,
		`<a href="../up.html">up</a> <a href="below.html">below</a>`,
		Entry{Links: []string{"/odd/deep/up.html", "/odd/deep/er/below.html"}})
	s.addPage("/odd/refresh.html", "Refresh", `<meta http-equiv="Refresh" content="3; URL='/odd/refreshed.html'">`,
		"<p>You will be taken on.</p>", Entry{Links: []string{"/odd/refreshed.html"}})
	s.addPage("/odd/canonical.html", "Canonical", `<link rel="canonical" href="/odd/original.html">`,
		"<p>A copy.</p>", Entry{Links: []string{"/odd/original.html"}})
	s.addPage("/odd/noindex.html", "Not for the index", `<meta name="robots" content="noindex, nofollow">`,
		`<a href="/odd/hidden.html">hidden</a>`,
		Entry{Links: []string{"/odd/hidden.html"}, NoIndex: true, NoFollow: true})
	s.addPage("/odd/noscript.html", "Without scripts", "",
		`<noscript><a href="/odd/from-noscript.html">without scripts</a></noscript>`,
		Entry{Links: []string{"/odd/from-noscript.html"}})
	s.addPage("/odd/attributes.html", "Attributes",
		`<link rel="stylesheet" href="/odd/style.css"><link rel="icon" href="/odd/icon.png"><link rel="next" href="next.html">`,
		attributesHTML, Entry{
			Links: []string{
				"/odd/next.html", "/odd/area.html", "/odd/frame.html", "/odd/unquoted.html", "/odd/single.html", "/odd/spaced.html",
				"/odd/entities.html", "/odd/attributes.html?a=1&b=2",
			},
			Images: []string{
				"/odd/icon.png", "/odd/small.png", "/odd/large.png", "/odd/wide.png", "/odd/narrow.png", "/odd/lazy.png",
				"/odd/button.png", "/odd/poster.png",
			},
			Assets: []string{"/odd/style.css", "/odd/back.png"},
		})
	for _, name := range []string{
		"deep/up", "deep/er/below", "refreshed", "original", "hidden", "nofollow", "from-noscript", "next", "area", "frame",
		"unquoted", "single", "spaced", "entities",
	} {
		s.addPage("/odd/"+name+".html", "Page "+name, "", `<p>Found. <a href="/odd/">Back</a></p>`, Entry{Links: []string{"/odd/"}})
	}
	s.addPage("/odd/attributes.html?a=1&b=2", "Query", "", "<p>Found.</p>", Entry{})
	s.addPrivate()
	s.addAssets()
}

// addHub makes the page that leads to all that is odd.
func (s *Site) addHub() {
	var b strings.Builder
	for _, path := range oddHub() {
		b.WriteString("<a href=\"" + path + "\">" + path + "</a><br>\n")
	}
	b.WriteString("<a rel=\"external nofollow\" href=\"/odd/nofollow.html\">not vouched for</a>\n<img src=\"/odd/not-an-image.jpg\" alt=\"\">")
	s.addPage("/odd/", "Odd pages", "", b.String(), Entry{
		Links: oddHub(), Nofollow: []string{"/odd/nofollow.html"}, Images: []string{"/odd/not-an-image.jpg"},
	})
}

// addPrivate makes what robots.txt forbids, and one page below it that it allows.
func (s *Site) addPrivate() {
	s.addPage("/private/", "Private", "", `<a href="/private/drawer.html">drawer</a>`, Entry{Links: []string{"/private/drawer.html"}})
	s.addPage("/private/letter.html", "A letter", "", "<p>Private.</p>", Entry{})
	s.addPage("/private/drawer.html", "A drawer", "", "<p>Private.</p>", Entry{})
	s.addPage("/private/open.html", "Open", "", "<p>Open to all.</p>", Entry{})
}

// addAssets makes pictures, a style sheet, and the answers that are no pages.
func (s *Site) addAssets() {
	picture := s.draw(formatPNG, int(formatPNG))
	for _, path := range oddPictures() {
		s.add(&extra{kind: KindImage, path: path, contentType: "image/png", body: comment(nil, formatPNG, picture, path)})
	}
	s.add(&extra{kind: KindAsset, path: "/odd/style.css", contentType: "text/css", body: []byte("body { margin: 2em }\n")})
	s.add(&extra{kind: KindOdd, path: "/odd/empty.html", contentType: htmlType})
	s.add(&extra{kind: KindFake, path: "/odd/not-an-image.jpg", contentType: htmlType, body: document("No picture", "", "")})
	for _, e := range []struct {
		path   string
		status int
		title  string
	}{
		{"/odd/absent.html", 404, "Not found"},
		{"/odd/gone.html", 410, "Gone"},
		{"/odd/forbidden.html", 403, "Forbidden"},
	} {
		s.add(&extra{
			kind: KindAbsent, path: e.path, status: e.status, contentType: htmlType,
			body: document(e.title, "", ""), entry: Entry{Title: e.title},
		})
	}
}
