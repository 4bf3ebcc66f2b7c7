package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"text/tabwriter"

	"crawl/sink/words"
)

// nearPicture is a picture in a group of those that look alike.
type nearPicture struct {
	URL    string
	File   string // of the directory; "" when there is none
	Type   string
	Bytes  int64
	Width  int // pixels
	Height int
	DHash  uint64
}

func (p *nearPicture) pixels() int64 { return int64(p.Width) * int64(p.Height) }

// keepLargest puts the picture to keep first in each group: most pixels, then most bytes, then the first in the list. The
// others follow in that order too.
func keepLargest(groups [][]nearPicture) {
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b nearPicture) int {
			return cmp.Or(cmp.Compare(b.pixels(), a.pixels()), cmp.Compare(b.Bytes, a.Bytes))
		})
	}
}

// printNear writes the groups for people, one after another, and what they come to. The first of each is the one to keep,
// as keepLargest leaves them.
func printNear(w io.Writer, groups [][]nearPicture) error {
	var others, bytes int64
	for i, g := range groups {
		if _, err := fmt.Fprintf(w, "group %d: %s\n", i+1, plural(len(g), "picture", "pictures")); err != nil {
			return err
		}
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		for j, p := range g {
			mark, off := "", plural(bits.OnesCount64(p.DHash^g[0].DHash), "bit", "bits")+" off"
			if j == 0 {
				mark, off = "kept", ""
			} else {
				others++
				bytes += p.Bytes
			}
			place := clean(p.URL)
			if p.File != "" {
				place = clean(p.File) + "  " + place
			}
			fmt.Fprintf(t, "  %s\t%d x %d\t%s\t%s\t%s\n", mark, p.Width, p.Height, words.Bytes(p.Bytes), off, place)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	text := "no pictures look alike\n"
	if len(groups) > 0 {
		text = fmt.Sprintf("%s; %s (%s) besides those to keep; nothing was deleted\n",
			plural(len(groups), "group of pictures that look alike", "groups of pictures that look alike"), plural(others, "picture", "pictures"), words.Bytes(bytes))
	}
	_, err := io.WriteString(w, text)
	return err
}

// nearJSON is a line of the report for programs: a group.
type nearJSON struct {
	Group    int               `json:"group"`
	Pictures []nearPictureJSON `json:"pictures"`
}

type nearPictureJSON struct {
	URL      string `json:"url"`
	File     string `json:"file"`
	Type     string `json:"type"`
	Bytes    int64  `json:"bytes"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	DHash    string `json:"dhash"`
	Distance int    `json:"distance"` // to the one to keep
	Kept     bool   `json:"kept"`
}

// printNearJSON writes one object for each group, in the same order as printNear.
func printNearJSON(w io.Writer, groups [][]nearPicture) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i, g := range groups {
		out := nearJSON{Group: i + 1, Pictures: make([]nearPictureJSON, 0, len(g))}
		for j, p := range g {
			out.Pictures = append(out.Pictures, nearPictureJSON{
				p.URL, p.File, p.Type, p.Bytes, p.Width, p.Height, fmt.Sprintf("%016x", p.DHash), bits.OnesCount64(p.DHash ^ g[0].DHash), j == 0,
			})
		}
		if err := e.Encode(out); err != nil {
			return err
		}
	}
	return nil
}
