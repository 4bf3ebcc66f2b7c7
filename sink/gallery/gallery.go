// Package gallery writes a batch of pictures as one page that needs nothing else: thumbnails, style and script are in it,
// and it loads nothing from anywhere (its Content-Security-Policy says so to the browser). It works without its script,
// on a phone, on paper, and with the keyboard alone.
package gallery

import (
	"bufio"
	"fmt"
	"html/template"
	"io"
	"iter"
	"strings"
)

// Item is one URL of the batch and what came of it. Text may be anything: it is escaped and cut.
type Item struct {
	URL  string
	File string // path below the directory of files, with slashes; "" when no file was written
	Name string // the list's; "" for the file's own
	Alt  string // what a page said the picture shows
	From string // page that shows the picture

	Type          string // "jpeg"
	Bytes         int64
	Width, Height int // pixels; 0: not known

	Thumb     []byte // a small picture; nil: none. Not kept
	ThumbType string // image/jpeg, image/png, image/gif or image/webp: another is not shown

	DuplicatesOf string // URL of the first picture with the same bytes; "" for a first
	Near         int    // number of the group of pictures that look alike, from 1; 0: none
	Kept         bool   // the one to keep of its group

	Class    string // of the error; "" for a file that is there
	Message  string
	Filtered bool // Class is no failure: a rule of the user's left the file out
}

// Totals are the numbers at the head of a page, which is written before the items are seen.
type Totals struct {
	Saved, Duplicates, Filtered, Failed int64
	Bytes                               int64 // of what was saved
}

// Page is what Write writes.
type Page struct {
	Title  string // "" for a plain one
	Totals Totals // of all items
	Files  string // where the directory of files is, seen from the page, with slashes ("pictures"); "": not linked to
	// Manifest says that there is a list of all items beside the page, to which it refers for what it does not show.
	Manifest bool
	Items    iter.Seq2[Item, error] // in the order of the list; read once. An error ends the page
}

// Write writes the page to w. Memory does not grow with the number of items: what is more than a page can show is counted
// on it. Errors are those of Items and of w.
func Write(w io.Writer, p Page) error {
	t, err := parse()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	b := &builder{t: t, w: out, files: p.Files, manifest: p.Manifest, cards: map[string]int{}}
	if p.Title == "" {
		p.Title = "Pictures"
	}
	if err := b.write("head", headOf(p)); err != nil {
		return err
	}
	for item, err := range p.Items {
		if err == nil {
			err = b.add(&item)
		}
		if err != nil {
			return err
		}
	}
	if err := b.write("tail", b.tail()); err != nil {
		return err
	}
	return out.Flush()
}

// builder takes the items one by one: pictures are written at once, the rest is kept, within bounds, for the end.
type builder struct {
	t     *template.Template
	w     *bufio.Writer
	files string

	manifest bool

	cards  map[string]int // URL to number of the pictures that are shown
	shown  int
	thumbs int // bytes, shown
	hidden int // pictures that are not shown

	duplicates groups // by the URL of the first
	near       groups // by number
	filtered   groups // by rule
	failed     groups // by class
}

func (b *builder) write(name string, data any) error {
	return b.t.ExecuteTemplate(b.w, name, data)
}

func (b *builder) add(i *Item) error {
	switch {
	case i.Class != "" && i.Filtered:
		rule, what, _ := strings.Cut(i.Message, ": ") // "--min-width 200: it is 90 wide"
		b.filtered.add(show(rule), b.row(i, show(what)))
	case i.Class != "":
		b.failed.add(show(i.Class), b.row(i, show(i.Message)))
	case i.DuplicatesOf != "":
		b.duplicates.add(i.DuplicatesOf, b.row(i, ""))
	default:
		return b.picture(i)
	}
	return nil
}

// picture writes a card, while there is room for one.
func (b *builder) picture(i *Item) error {
	if i.Near > 0 {
		b.near.add(fmt.Sprint(i.Near), b.row(i, sizeText(i)))
	}
	if b.shown == maxCards || b.thumbs+len(i.Thumb) > maxThumbs {
		b.hidden++
		return nil
	}
	b.shown++
	b.cards[cut(i.URL, maxHref)] = b.shown
	card := b.card(i, b.shown)
	if card.Thumb != "" {
		b.thumbs += len(i.Thumb)
	}
	return b.write("card", card)
}
