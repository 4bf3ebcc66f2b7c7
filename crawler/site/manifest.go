package site

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Kind says what a URL of the site is.
type Kind string

// The kinds.
const (
	KindPage     Kind = "page"         // a numbered page
	KindImage    Kind = "image"        // a JPEG, PNG or GIF image
	KindOdd      Kind = "odd"          // a page with something special
	KindCharset  Kind = "charset"      // a page in GBK or Big5
	KindPrivate  Kind = "private"      // a page under /private/
	KindRedirect Kind = "redirect"     // status 301, 302, 303, 307 or 308
	KindAbsent   Kind = "absent"       // status 403, 404 or 410
	KindFake     Kind = "not-an-image" // HTML where an image should be
	KindAsset    Kind = "asset"        // a style sheet
	KindBomb     Kind = "bomb"         // a small body that decompresses to more than 1 GiB
	KindCalendar Kind = "calendar"     // a page of the endless calendar
	KindTrap     Kind = "trap"         // a page with a path that repeats itself without end
	KindRobots   Kind = "robots"
	KindSitemap  Kind = "sitemap"
)

// Entry is what the manifest knows of one URL.
type Entry struct {
	URL    string `json:"url"`
	Kind   Kind   `json:"kind"`
	Status int    `json:"status"`           // once its trouble is over
	Type   string `json:"type,omitempty"`   // Content-Type
	Bytes  int64  `json:"bytes"`            // of the body, decompressed
	SHA256 string `json:"sha256,omitempty"` // of the same, hexadecimal; of a bomb none

	Title    string   `json:"title,omitempty"`
	Charset  string   `json:"charset,omitempty"`  // WHATWG name, of text
	Links    []string `json:"links,omitempty"`    // what a crawl may follow: a, area, iframe, meta refresh, canonical, next; not "" and "#top"
	Nofollow []string `json:"nofollow,omitempty"` // the same where each place says rel=nofollow
	Images   []string `json:"images,omitempty"`
	Assets   []string `json:"assets,omitempty"` // style sheets and backgrounds

	Location   string  `json:"location,omitempty"` // where a redirect leads at once, resolved
	Final      string  `json:"final,omitempty"`    // where it leads in the end; none for a loop
	Disallowed bool    `json:"disallowed,omitempty"`
	NoIndex    bool    `json:"noindex,omitempty"`
	NoFollow   bool    `json:"nofollow_page,omitempty"` // meta robots nofollow: none of its links may be followed
	Trouble    Trouble `json:"trouble,omitempty"`
	Fails      int     `json:"fails,omitempty"` // requests that fail before one works; -1 = all

	Listed bool `json:"listed,omitempty"` // in List
	Depth  int  `json:"depth"`            // link hops from the root, following what may be followed on all hosts; -1 = not reached
}

// Manifest is what there is to find on a site. It is not to be changed.
type Manifest struct {
	Seed    uint64   `json:"seed"`
	Root    string   `json:"root"`
	Hosts   []string `json:"hosts"`
	List    []string `json:"list"`
	Entries []Entry  `json:"entries"`

	// Endless are prefixes of URLs below which there is no end of pages; of those only the entrances have entries.
	Endless []string `json:"endless,omitempty"`
	// LinksOmitted tells that the site has more pages than the manifest lists links of.
	LinksOmitted bool `json:"links_omitted,omitempty"`

	index map[string]int
}

// Expect is the site's manifest, which it also serves as /_site.json. The first call renders every page and image; later
// ones are free. Addresses, and with them digests, are those after Start when called after it.
func (s *Site) Expect() *Manifest {
	if m := s.manifest.Load(); m != nil {
		return m
	}
	m := &Manifest{Seed: s.o.Seed, Root: s.URL(), Hosts: s.Hosts(), List: s.List(), LinksOmitted: s.o.Pages > maxLinkPages}
	for i := range s.o.Pages {
		m.Entries = append(m.Entries, s.pageEntry(i, m.LinksOmitted))
	}
	for j := range s.o.Images {
		m.Entries = append(m.Entries, s.imageEntry(j))
	}
	for h := range s.hosts {
		for _, path := range slices.Sorted(maps.Keys(s.hosts[h].extras)) {
			m.Entries = append(m.Entries, s.extraEntry(s.hosts[h].extras[path]))
		}
	}
	if s.o.Traps {
		m.Entries = append(m.Entries, s.endlessEntry(KindCalendar, calendarEntrance), s.endlessEntry(KindTrap, trapEntrance))
		for _, prefix := range endlessPrefixes() {
			m.Endless = append(m.Endless, s.hosts[0].base+prefix)
		}
	}
	m.finish()
	s.manifest.Store(m)
	return m
}

// UnmarshalJSON reads what /_site.json serves.
func (m *Manifest) UnmarshalJSON(text []byte) error {
	type plain Manifest
	if err := json.Unmarshal(text, (*plain)(m)); err != nil {
		return err
	}
	m.reindex()
	return nil
}

func (m *Manifest) reindex() {
	m.index = make(map[string]int, len(m.Entries))
	for i := range m.Entries {
		m.index[m.Entries[i].URL] = i
	}
}

// finish fills in what follows from other entries.
func (m *Manifest) finish() {
	m.reindex()
	for i := range m.Entries {
		m.Entries[i].Depth = -1
	}
	for _, u := range m.List {
		m.Entries[m.index[u]].Listed = true
	}
	for i := range m.Entries {
		if m.Entries[i].Location != "" {
			m.Entries[i].Final = m.final(m.Entries[i].URL)
		}
	}
	if !m.LinksOmitted {
		m.walk(Crawl{Seeds: []string{m.Root}, Depth: -1, Images: true, Assets: true}, func(e *Entry, depth int) { e.Depth = depth })
	}
}

// final follows redirects. It is "" when they do not end or lead away from the site.
func (m *Manifest) final(u string) string {
	const longest = 20 // redirects that browsers follow, about
	for range longest {
		e := m.Find(u)
		if e == nil {
			return ""
		}
		if e.Location == "" {
			return u
		}
		u = e.Location
	}
	return ""
}

// Find is the entry of a URL, or nil.
func (m *Manifest) Find(u string) *Entry {
	i, ok := m.index[u]
	if !ok {
		return nil
	}
	return &m.Entries[i]
}

func (s *Site) pageEntry(i int, omitLinks bool) Entry {
	e := Entry{URL: s.pageURL(i), Kind: KindPage, Status: 200, Type: htmlType, Charset: "utf-8"}
	e.setTrouble(s, i)
	if omitLinks {
		e.Title = s.title(i)
		e.setBody(s.page(i))
	} else {
		e.setBody(s.renderPage(i, &e))
	}
	return e
}

func (s *Site) imageEntry(j int) Entry {
	e := Entry{URL: s.imageURL(j), Kind: KindImage, Status: 200, Type: s.format(j).mediaType()}
	e.setTrouble(s, j)
	e.setBody(s.image(nil, j))
	return e
}

// extraEntry is the entry of an extra, with its paths made URLs.
func (s *Site) extraEntry(x *extra) Entry {
	base := s.hosts[x.host].base
	e := x.entry
	e.URL, e.Kind, e.Status, e.Type = base+x.path, x.kind, x.status, x.contentType
	e.Disallowed = x.kind == KindPrivate && x.path != "/private/open.html"
	if e.Charset == "" && strings.HasSuffix(x.contentType, "utf-8") {
		e.Charset = "utf-8"
	}
	for _, list := range []*[]string{&e.Links, &e.Nofollow, &e.Images, &e.Assets} {
		*list = slices.Clone(*list)
		for n, path := range *list {
			(*list)[n] = base + path
		}
	}
	if x.location != "" {
		e.Location = resolve(e.URL, x.location)
	}
	switch x.kind {
	case KindBomb:
		e.Bytes = bombBlock * bombBlocks
	case KindSitemap:
		e.setBody(s.sitemap(x.host))
	default:
		e.setBody(x.body)
	}
	return e
}

func (s *Site) endlessEntry(kind Kind, path string) Entry {
	base := s.hosts[0].base
	e := Entry{URL: base + path, Kind: kind, Status: 200, Type: htmlType, Charset: "utf-8"}
	title, links := endlessLinks(path)
	e.Title = title
	for _, l := range links {
		e.Links = append(e.Links, base+l)
	}
	e.setBody(endlessPage(path))
	return e
}

func (e *Entry) setBody(body []byte) {
	sum := sha256.Sum256(body)
	e.Bytes, e.SHA256 = int64(len(body)), hex.EncodeToString(sum[:])
}

func (e *Entry) setTrouble(s *Site, index int) {
	if e.Trouble = s.trouble(e.Kind, index); e.Trouble != NoTrouble {
		e.Fails = s.o.ErrorTries
	}
}

// resolve resolves a Location of this package's own making.
func resolve(base, ref string) string {
	b, errBase := url.Parse(base)
	r, errRef := url.Parse(ref)
	if errBase != nil || errRef != nil {
		panic("site: location " + ref) // a fault of this package
	}
	return b.ResolveReference(r).String()
}

// Crawl says how a crawl goes, for Manifest.Crawl.
type Crawl struct {
	Seeds        []string
	Depth        int  // link hops from the seeds, -1 = without end
	SameHost     bool // follow links to the host of the page only
	Images       bool // follow images too: they count as a hop
	Assets       bool // follow style sheets and backgrounds too
	Nofollow     bool // follow what is marked nofollow
	IgnoreRobots bool // fetch what robots.txt forbids
}

// Crawl gives the URLs that such a crawl must have a result for, sorted: its seeds, and what it follows. Among them are
// the ones that robots.txt forbids, that redirect or that are absent. What lies behind redirects counts as linked by
// them. Troubled URLs that never work have a result and no links. Not among them are URLs in the endless parts beyond
// the entrances, and the targets of redirects that nothing lists or links.
func (m *Manifest) Crawl(c Crawl) []string {
	var out []string
	m.walk(c, func(e *Entry, _ int) { out = append(out, e.URL) })
	slices.Sort(out)
	return out
}

// walk visits each URL of a crawl once, breadth first. A URL is known by its entry's place.
func (m *Manifest) walk(c Crawl, visit func(e *Entry, depth int)) {
	seen := make([]bool, len(m.Entries))
	var level []int
	push := func(list []int, u string) []int {
		if i, ok := m.index[u]; ok && !seen[i] {
			seen[i] = true
			list = append(list, i)
		}
		return list
	}
	for _, u := range c.Seeds {
		level = push(level, u)
	}
	for depth := 0; len(level) > 0; depth++ {
		var next []int
		for _, i := range level {
			visit(&m.Entries[i], depth)
			if depth == c.Depth {
				continue
			}
			page := m.answering(&m.Entries[i], c)
			for _, u := range page.follow(c) {
				if !c.SameHost || sameHost(page.URL, u) {
					next = push(next, u)
				}
			}
		}
		level = next
	}
}

// answering is the entry that answers a request in the end.
func (m *Manifest) answering(e *Entry, c Crawl) *Entry {
	if e.Location == "" || c.SameHost && !sameHost(e.URL, e.Final) {
		return e
	}
	if page := m.Find(e.Final); page != nil {
		return page
	}
	return e
}

// follow are the links of a page that a crawl follows.
func (e *Entry) follow(c Crawl) []string {
	if e.Disallowed && !c.IgnoreRobots || e.Fails < 0 && e.Trouble != Slow {
		return nil
	}
	var out []string
	if !e.NoFollow || c.Nofollow {
		out = append(out, e.Links...)
		if c.Nofollow {
			out = append(out, e.Nofollow...)
		}
	}
	if c.Images {
		out = append(out, e.Images...)
	}
	if c.Assets {
		out = append(out, e.Assets...)
	}
	return out
}

// sameHost reports whether two URLs of the site have one host and port.
func sameHost(a, b string) bool {
	host := func(u string) string {
		rest := strings.TrimPrefix(u, "http://")
		return rest[:max(0, strings.IndexByte(rest, '/'))]
	}
	return host(a) == host(b)
}
