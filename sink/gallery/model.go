package gallery

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"crawl/sink/words"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

func parse() (*template.Template, error) { return template.New("page").Parse(pageHTML) }

// head is what the top of the page shows.
type head struct {
	Title  string
	Policy string
	Style  template.CSS
	Totals []total
	Bytes  string
}

// total is a number that leads to its part of the page.
type total struct {
	Number, Label, Anchor string
}

func headOf(p Page) head {
	h := head{
		Title: show(p.Title), Style: template.CSS(pageCSS), Bytes: words.Bytes(p.Totals.Bytes),
		Policy: "default-src 'none'; img-src data:; style-src " + hashOf(pageCSS) + "; script-src " + hashOf(pageJS) + "; base-uri 'none'; form-action 'none'",
	}
	for _, t := range []struct {
		n                 int64
		one, many, anchor string
	}{
		{p.Totals.Saved, "picture", "pictures", "pictures"},
		{p.Totals.Duplicates, "duplicate", "duplicates", "duplicates"},
		{p.Totals.Filtered, "filtered", "filtered", "filtered"},
		{p.Totals.Failed, "failed", "failed", "failed"},
	} {
		label := t.many
		if t.n == 1 {
			label = t.one
		}
		if t.n == 0 && t.anchor != "pictures" {
			continue
		}
		h.Totals = append(h.Totals, total{words.Count(t.n), label, t.anchor})
	}
	return h
}

// hashOf allows one inline block, and no other (CSP 3, 2.3.1).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// card is one picture.
type card struct {
	N              int
	Far            bool // comes into view late, or never
	Name, Alt      string
	Thumb          template.URL // "": none
	Type, Size     string       // "JPEG", "800 × 600"
	Bytes          string
	Pixels, Length int64 // to sort by
	Width          int
	Key            string // to look up by: lower case
	Href           string // the file, else its source
	Source, Host   string
	From           string
	Near           int
}

func (b *builder) card(i *Item, n int) card {
	c := card{
		N: n, Far: n > nearCards, Name: nameOf(i), Type: strings.ToUpper(show(cut(i.Type, maxType))), Size: sizeText(i), Bytes: words.Bytes(i.Bytes),
		Pixels: int64(i.Width) * int64(i.Height), Length: i.Bytes, Width: i.Width,
		Source: href(i.URL), Host: hostOf(i.URL), From: href(i.From), Near: i.Near, Thumb: dataURI(i),
	}
	c.Href = b.fileHref(i)
	if c.Alt = show(i.Alt); c.Alt == "" {
		c.Alt = c.Name
	}
	c.Key = strings.ToLower(c.Name + " " + c.Alt + " " + show(i.URL) + " " + c.Type)
	return c
}

// fileHref leads to the file beside the page, or to where it came from.
func (b *builder) fileHref(i *Item) string {
	if b.files == "" || i.File == "" {
		return href(i.URL)
	}
	parts := strings.Split(path.Join(b.files, i.File), "/")
	for j := range parts {
		parts[j] = url.PathEscape(parts[j])
	}
	if strings.Contains(parts[0], ":") {
		parts[0] = "./" + parts[0] // not a scheme
	}
	return strings.Join(parts, "/")
}

// dataURI holds the thumbnail; "" when there is none that can be shown. Only types that are a picture and nothing else
// are let through.
func dataURI(i *Item) template.URL {
	if len(i.Thumb) == 0 || len(i.Thumb) > maxThumb ||
		!slices.Contains([]string{"image/jpeg", "image/png", "image/gif", "image/webp"}, i.ThumbType) {
		return ""
	}
	return template.URL("data:" + i.ThumbType + ";base64," + base64.StdEncoding.EncodeToString(i.Thumb))
}

// row is a URL in one of the lists under the pictures.
type row struct {
	Text, Href string
	From       string
	Note       string
	Kept       bool
	url        string // of a picture, to find its card by
	Card       int    // 0: it is not shown
}

func (b *builder) row(i *Item, note string) row {
	return row{Text: show(i.URL), Href: href(i.URL), From: href(i.From), Note: note, Kept: i.Kept, url: cut(i.URL, maxHref)}
}

// groups are rows by what they have in common, in the order in which it was first met. Beyond maxRows they are counted.
type groups struct {
	list  []*group
	by    map[string]*group
	rows  int
	total int
}

type group struct {
	Key   string
	Count int
	Rows  []row
	Card  int    // of the picture that the key is the URL of
	Text  string // the key, to be shown
}

func (g *groups) add(key string, r row) {
	g.total++
	in := g.by[key]
	switch {
	case in == nil && len(g.list) >= maxRows:
		return
	case in == nil:
		if g.by == nil {
			g.by = map[string]*group{}
		}
		in = &group{Key: cut(key, maxHref), Text: show(key)}
		g.by[key], g.list = in, append(g.list, in)
	}
	in.Count++
	if g.rows < maxRows {
		g.rows++
		in.Rows = append(in.Rows, r)
	}
}

// section is one of the lists under the pictures.
type section struct {
	ID, Title, About string
	Groups           []*group
	More             string // "12 more": not listed
	Open             bool
}

// tail is what follows the pictures.
type tail struct {
	Shown    int
	Hidden   string
	Manifest bool
	Sections []section
	Script   template.JS
}

func (b *builder) tail() tail {
	for _, g := range [...]*groups{&b.duplicates, &b.near} {
		for _, in := range g.list {
			in.Card = b.cards[in.Key]
			for j := range in.Rows {
				in.Rows[j].Card = b.cards[in.Rows[j].url]
			}
		}
	}
	t := tail{Shown: b.shown, Manifest: b.manifest, Script: template.JS(pageJS)}
	if b.hidden > 0 {
		t.Hidden = words.Count(b.hidden)
	}
	for _, s := range []struct {
		g                *groups
		id, title, about string
	}{
		{&b.near, "alike", "Look alike", "Pictures that differ in little. The largest of each group is the one to keep; nothing was deleted."},
		{&b.duplicates, "duplicates", "Duplicates", "URLs that gave the same bytes as a picture above. The bytes are stored once."},
		{&b.filtered, "filtered", "Filtered", "Left out by a rule; not downloaded any further."},
		{&b.failed, "failed", "Failed", "No file came of these. The command crawl retry takes up those again that another attempt may mend."},
	} {
		if s.g.total == 0 {
			continue
		}
		out := section{ID: s.id, Title: s.title, About: s.about, Groups: s.g.list, Open: s.g.total <= openRows}
		if s.g.total > s.g.rows {
			out.More = words.Count(s.g.total - s.g.rows)
		}
		t.Sections = append(t.Sections, out)
	}
	return t
}

// Plural serves the template.
func (g *group) Plural() string {
	if g.Count == 1 {
		return "1 URL"
	}
	return words.Count(g.Count) + " URLs"
}

// nameOf is the title of a picture: what the list calls it, else its file, else the end of its URL.
func nameOf(i *Item) string {
	if i.Name != "" {
		return show(i.Name)
	}
	if i.File != "" {
		return show(path.Base(i.File))
	}
	u, err := url.Parse(i.URL)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return show(i.URL)
	}
	return show(path.Base(u.Path))
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return show(u.Host)
}

// href gives a URL that a browser may follow, "" for any other.
func href(raw string) string {
	if len(raw) > maxHref || !strings.HasPrefix(raw, "http://") && !strings.HasPrefix(raw, "https://") {
		return ""
	}
	return raw
}

func sizeText(i *Item) string {
	if i.Width == 0 || i.Height == 0 {
		return ""
	}
	return strconv.Itoa(i.Width) + " × " + strconv.Itoa(i.Height)
}

// show makes text fit to be read: control, direction and invisible characters are replaced, and it is cut.
func show(s string) string {
	s = cut(s, maxText*utf8.UTFMax)
	n := 0
	return strings.Map(func(r rune) rune {
		n++
		switch {
		case n > maxText+1:
			return -1
		case n > maxText:
			return '…'
		case r == ' ' || unicode.IsPrint(r):
			return r
		}
		return utf8.RuneError
	}, strings.TrimSpace(s))
}

// cut gives at most n bytes of s, and no part of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return strings.Clone(s)
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}
