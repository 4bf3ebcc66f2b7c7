package site

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// writer renders one page. What it links is noted in entry when there is one, so that the manifest and the HTML have one
// source.
type writer struct {
	s     *Site
	b     []byte
	rng   *rand.Rand
	page  int
	path  string // of the page, with its query
	entry *Entry
	seen  map[string]bool // of the entry's links
}

// tail ends each page. Its links are none that a crawler follows.
const tail = "</main>\n<footer><a href=\"#top\">Top</a> <a href=\"mailto:desk@example.org\">Write to us</a> " +
	"<a href=\"javascript:void(0)\">Print</a> <a href='tel:+100200300'>Call</a></footer>\n</body></html>\n"

// renderPage is the HTML of page i, pageSize(i) bytes long unless what it must have needs more. A non-nil entry is filled
// in with title and links.
func (s *Site) renderPage(i int, entry *Entry) []byte {
	size := s.pageSize(i)
	w := &writer{
		s: s, b: make([]byte, 0, size+512), page: i, path: s.pagePath(i), entry: entry,
		rng: rand.New(rand.NewPCG(s.mix(tagPage, i), s.o.Seed)),
	}
	if entry != nil {
		w.seen = map[string]bool{}
		entry.Title = s.title(i)
	}
	w.head()
	w.tree()
	w.images()
	w.article(size)
	w.b = append(w.b, tail...)
	if entry != nil {
		entry.Nofollow = slices.DeleteFunc(entry.Nofollow, func(u string) bool { return w.seen[linkKey(kindLink, u)] })
	}
	return w.b
}

func (w *writer) head() {
	title := strings.ReplaceAll(w.s.title(w.page), "&", "&amp;")
	lang := "en"
	if w.s.language(w.page) != english {
		lang = "zh-Hans"
	}
	w.str("<!DOCTYPE html>\n<html lang=\"", lang, "\"><head><meta charset=\"utf-8\"><title>", title, "</title>\n",
		"<meta name=\"description\" content=\"About ", title, "\"></head>\n<body id=\"top\">\n<nav>")
	w.link(w.page%w.s.o.Hosts, "Home", "")
	if p := w.s.parent(w.page); p >= w.s.o.Hosts {
		w.str(" <a name=\"up\">up:</a> ")
		w.link(p, "Section", "")
	}
	if w.page < w.s.o.Hosts {
		for h := range w.s.o.Hosts {
			w.str(" ")
			w.link(h, "Host "+strconv.Itoa(h+1), "")
		}
	}
	if w.page == 0 && w.s.o.Traps {
		w.str(" <a href=\"/odd/\">Odd pages</a>")
		w.note(kindLink, w.s.hosts[0].base+"/odd/")
	}
	w.str("</nav>\n<main><h1>", title, "</h1>\n")
}

// tree links the page's children: through them every page is reached.
func (w *writer) tree() {
	first := w.s.firstChild(w.page)
	if first >= w.s.o.Pages {
		return
	}
	w.str("<ul>")
	for n := range branching {
		child := first + n*w.s.o.Hosts
		if child >= w.s.o.Pages {
			break
		}
		w.str("<li>")
		w.link(child, w.s.title(child), "")
	}
	w.str("</ul>\n")
}

// images shows the page's images in the ways that pages do.
func (w *writer) images() {
	for j := w.page; j < w.s.o.Images; j += w.s.o.Pages {
		url := w.imageRef(j)
		switch j/w.s.o.Pages%2*3 + int(w.s.mix(tagFormat, j)>>32%3) {
		case 1:
			w.str("<img loading=\"lazy\" src=\"", url, "\" srcset=\"", url, " 1x, ", url, " 2x\" alt=\"a drawing\">\n")
		case 2:
			w.str("<img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" data-src=\"", url, "\" alt=\"\">\n")
		case 3:
			w.str("<picture><source srcset=\"", url, " 480w\"><img src=\"", url, "\" alt=\"\"></picture>\n")
		default:
			w.str("<figure><img width=320 src=", url, " alt='a drawing'><figcaption>Figure ", strconv.Itoa(j),
				"</figcaption></figure>\n")
		}
		if w.entry != nil {
			w.note(kindImageLink, w.s.imageURL(j))
		}
	}
}

func (w *writer) imageRef(j int) string {
	if h := w.s.imageHost(j); h != w.s.pageHost(w.page) {
		return w.s.imageURL(j)
	}
	return string(w.s.appendImagePath(nil, j))
}

// article fills the page up to size with paragraphs and the cross links that find room.
func (w *writer) article(size int) {
	text := &w.s.v.pools[w.s.language(w.page)]
	const linkRoom = 160 // bytes: the longest link with its text
	for left := w.s.o.Links - w.links(); left > 0; left-- {
		room := size - len(w.b) - len(tail) - linkRoom
		if room < 0 {
			break
		}
		w.str("<p>")
		w.b = text.cut(w.b, min(room/left, paragraphBytes/2+w.rng.IntN(paragraphBytes/2)), w.rng)
		target, rel := w.rng.IntN(w.s.o.Pages), ""
		if w.rng.IntN(16) == 0 {
			rel = "nofollow"
		}
		w.link(target, w.s.word(target, 2), rel)
		w.str(".</p>\n")
	}
	w.pad(text, size-len(tail))
}

// links is the number of links that the page's place in the tree gives it.
func (w *writer) links() int { return bytes.Count(w.b, []byte("<a href")) }

// pad makes the page end bytes long, which is the whole text of a long page with few links.
func (w *writer) pad(text *pool, end int) {
	const frame = len("<p></p>\n")
	for end-len(w.b) > frame {
		w.str("<p>")
		w.b = text.cut(w.b, min(end-len(w.b)-(frame-len("<p>")), paragraphBytes), w.rng)
		w.str("</p>\n")
	}
	for len(w.b) < end {
		w.b = append(w.b, '\n')
	}
}

// link writes a link to a page in one of the forms that links have.
func (w *writer) link(target int, text, rel string) {
	w.str("<a href=\"")
	start := len(w.b)
	w.reference(target)
	if i := bytes.IndexByte(w.b[start:], '&'); i >= 0 && w.rng.IntN(4) > 0 {
		i += start
		w.b = append(w.b[:i+1], append([]byte("amp;"), w.b[i+1:]...)...)
	}
	if w.rng.IntN(12) == 0 {
		w.str("#part-", strconv.Itoa(target%7))
	}
	if rel != "" {
		w.str("\" rel=\"", rel)
	}
	w.str("\">", strings.ReplaceAll(text, "&", "&amp;"), "</a>")
	kind := kindLink
	if rel == "nofollow" {
		kind = kindNofollow
	}
	w.notePage(kind, target)
}

// reference writes the address of a page as seen from this one.
func (w *writer) reference(target int) {
	host := w.s.pageHost(target)
	form := w.rng.IntN(16)
	if host != w.s.pageHost(w.page) {
		base := w.s.hosts[host].base
		if form < 4 {
			base = strings.TrimPrefix(base, "http:")
		}
		w.str(base)
		w.b = w.s.appendPath(w.b, target, form%2 == 0)
		return
	}
	switch {
	case form < 6:
		w.b = w.s.appendPath(w.b, target, form%2 == 0)
	case form == 6:
		w.str(w.s.hosts[host].base)
		w.b = w.s.appendPath(w.b, target, false)
	case form == 7:
		w.str(" ")
		w.b = w.s.appendPath(w.b, target, false)
		w.str("\n")
	default:
		w.str(relative(w.path, w.s.pagePath(target)))
	}
}

// relative is a path as seen from another on the same host: "?x", "name", "../name" or "./".
func relative(from, to string) string {
	fromPath, _, _ := strings.Cut(from, "?")
	if toPath, query, ok := strings.Cut(to, "?"); ok && toPath == fromPath {
		return "?" + query
	}
	common := 0 // length of the directory that both stand in
	for i := 0; i < len(fromPath) && i < len(to) && fromPath[i] == to[i]; i++ {
		if to[i] == '/' {
			common = i + 1
		}
	}
	up := strings.Repeat("../", strings.Count(fromPath[common:], "/"))
	if up == "" && to[common:] == "" {
		return "./"
	}
	return up + to[common:]
}

func (w *writer) str(parts ...string) {
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
}

// linkKind says where the manifest lists a link.
type linkKind int

const (
	kindLink linkKind = iota
	kindNofollow
	kindImageLink
)

func linkKey(kind linkKind, url string) string { return strconv.Itoa(int(kind)) + url }

// notePage lists a link to a page. Without an entry its URL need not be made.
func (w *writer) notePage(kind linkKind, target int) {
	if w.entry != nil {
		w.note(kind, w.s.pageURL(target))
	}
}

// note lists a link in the entry, each URL once in a kind.
func (w *writer) note(kind linkKind, url string) {
	if w.entry == nil {
		return
	}
	key := linkKey(kind, url)
	if w.seen[key] {
		return
	}
	w.seen[key] = true
	switch kind {
	case kindLink:
		w.entry.Links = append(w.entry.Links, url)
	case kindNofollow:
		w.entry.Nofollow = append(w.entry.Nofollow, url)
	case kindImageLink:
		w.entry.Images = append(w.entry.Images, url)
	}
}
