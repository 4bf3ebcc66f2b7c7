package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"crawl/crawler"
	"crawl/parse/picture"
	"crawl/sink"
	"crawl/sink/gallery"
	"crawl/sink/manifest"
)

const (
	// nearDistance is how many bits the hashes of pictures that look alike differ in, unless the user says.
	nearDistance = 6
	// galleryThumb is the longest side of a thumbnail in a gallery, in pixels.
	galleryThumb = 256
)

// check refuses reports that could not be written, before the crawl.
func (r *imageReports) check() error {
	if r.near < -1 || r.near > 64 {
		return usageError("--near=%d: use a distance of 0 to 64 bits", r.near)
	}
	for _, o := range []struct{ flag, path string }{{"--gallery", r.gallery}, {"--manifest", r.manifest}} {
		if o.path == "" {
			continue
		}
		if st, err := os.Stat(o.path); err == nil && st.IsDir() {
			return usageError("%s %s: that is a directory; name a file", o.flag, o.path)
		}
		if st, err := os.Stat(filepath.Dir(filepath.Clean(o.path))); err != nil || !st.IsDir() {
			return usageError("%s %s: the directory %s does not exist", o.flag, o.path, filepath.Dir(filepath.Clean(o.path)))
		}
	}
	switch ext := strings.ToLower(filepath.Ext(r.manifest)); {
	case r.manifest == "", ext == ".jsonl", ext == ".ndjson", ext == ".csv":
	default:
		return usageError("--manifest %s: the form %s is not known; use .jsonl or .csv", r.manifest, ext)
	}
	return nil
}

// reportImages writes what is asked for about the files of a store, and the manifest that a directory of files always has.
func (a *app) reportImages(ctx context.Context, s *crawler.Store, m *crawler.ImageSettings, r imageReports, f *reportFlags) error {
	if !r.wanted() && m.Dir == "" {
		return nil
	}
	look, err := surveyImages(ctx, s, m)
	if err != nil {
		return err
	}
	path := r.manifest
	if path == "" && m.Dir != "" {
		if st, err := os.Stat(m.Dir); err == nil && st.IsDir() {
			path = filepath.Join(m.Dir, manifest.FileName)
			if err := checkManifest(m.Dir); err != nil {
				return err
			}
		}
	}
	if path != "" {
		if err := sink.WriteFile(path, func(w io.Writer) error { return look.manifest(ctx, w, manifest.FormatOf(path)) }); err != nil {
			return err
		}
	}
	var groups [][]nearPicture
	if r.near >= 0 {
		if groups, err = look.groups(ctx, r.near); err != nil {
			return err
		}
	}
	if r.gallery != "" {
		page := gallery.Page{Totals: look.totals, Items: look.items(ctx, groups), Files: filesFrom(r.gallery, m.Dir), Manifest: path != ""}
		if err := sink.WriteFile(r.gallery, func(w io.Writer) error { return gallery.Write(w, page) }); err != nil {
			return err
		}
		if !f.quiet {
			a.notef("a page of %s written to %s\n", plural(look.totals.Saved+look.totals.Duplicates, "picture", "pictures"), clean(r.gallery))
		}
	}
	switch {
	case r.near < 0:
		return nil
	case len(look.hashes) == 0 && look.totals.Saved > 0:
		a.notef("no picture of %s has a perceptual hash: none is of a kind that can be decoded\n", clean(s.Dir()))
		return nil
	case f.json:
		return printNearJSON(a.out, groups)
	}
	return printNear(a.out, groups)
}

// filesFrom is where the directory of files is, seen from the gallery; "" when it is nowhere.
func filesFrom(page, dir string) string {
	abs, err := filepath.Abs(filepath.Dir(page))
	if err != nil || dir == "" {
		return ""
	}
	rel, err := filepath.Rel(abs, dir)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

// survey is a first look at the rows of an image batch. Memory grows with the duplicates (some 50 bytes for each digest
// that is there more than once) and with the hashes (48 bytes), not with the rows.
type survey struct {
	store   *crawler.Store
	m       *crawler.ImageSettings
	columns []string               // of the lists
	twice   map[sink.Digest]string // digests that are there more than once -> URL of the first, as far as it was seen
	totals  gallery.Totals
	hashes  []uint64 // of pictures that are no duplicates
	at      []int    // the number of the row that each is of
}

func surveyImages(ctx context.Context, s *crawler.Store, m *crawler.ImageSettings) (*survey, error) {
	look := &survey{store: s, m: m, twice: map[sink.Digest]string{}}
	err := look.rows(ctx, func(r *manifest.Row, last *sink.Record) (err error) {
		if last.Flags&sink.Duplicate != 0 || r.URL != last.URL {
			look.twice[last.SHA256] = ""
		}
		look.columns, err = manifest.AddColumns(look.columns, r.Extra)
		return err
	})
	if err != nil {
		return nil, err
	}
	return look, look.count(ctx) // only now it is known which rows are duplicates
}

// count counts the rows, and takes the hashes of pictures that are no duplicates.
func (v *survey) count(ctx context.Context) error {
	n := 0
	t := &v.totals
	return v.rows(ctx, func(r *manifest.Row, last *sink.Record) error {
		switch {
		case r.Error != "" && crawler.Class(r.Error) == crawler.ClassFiltered:
			t.Filtered++
		case r.Error != "":
			t.Failed++
		case r.DuplicatesOf != "":
			t.Duplicates++
		default:
			t.Saved++
			t.Bytes += r.Bytes
			if last.HasDHash {
				v.hashes, v.at = append(v.hashes, last.DHash), append(v.at, n)
			}
		}
		n++
		return nil
	})
}

// groups are the pictures that look alike, the one to keep of each group first.
func (v *survey) groups(ctx context.Context, distance int) ([][]nearPicture, error) {
	near := picture.Near(v.hashes, distance)
	groups := make([][]nearPicture, len(near))
	of := map[int]int{} // row -> group
	for i, members := range near {
		for _, m := range members {
			of[v.at[m]] = i
		}
	}
	n := 0
	err := v.rows(ctx, func(r *manifest.Row, last *sink.Record) error {
		if i, ok := of[n]; ok {
			groups[i] = append(groups[i], nearPicture{
				URL: strings.Clone(r.URL), File: strings.Clone(r.File), Type: r.Type, Bytes: r.Bytes, Width: r.Width, Height: r.Height, DHash: last.DHash,
			})
		}
		n++
		return nil
	})
	keepLargest(groups)
	return groups, err
}

// rows gives the rows of all URLs that are files, in the order of the list. Pages that were only read for their pictures
// have none.
func (v *survey) rows(ctx context.Context, fn func(r *manifest.Row, last *sink.Record) error) error {
	for d := range v.twice {
		v.twice[d] = ""
	}
	src := sink.Source{Store: v.store.Store, ByURL: v.store.ByURL}
	return src.Rows(ctx, func(row *sink.Row) error {
		last := row.Last
		saved := last.Flags&sink.Saved != 0
		if v.m.FromPages && row.Record.Depth == 0 && !saved && row.ErrClass == "" {
			return nil
		}
		r := manifest.Row{
			URL: row.URL, File: row.File, Type: imageType(last.MediaType), Width: int(last.Width), Height: int(last.Height),
			Status: last.Status, Error: row.ErrClass, ErrorMessage: row.ErrMessage, Name: row.Record.Name, From: row.From,
		}
		for _, e := range row.Record.Extra {
			r.Extra = append(r.Extra, manifest.Column{Name: e[0], Value: e[1]})
		}
		if want := row.Record.Want; saved && want != (sink.Digest{}) && want != last.SHA256 { // its target was listed too
			r.Error, r.ErrorMessage = string(crawler.ClassBadDigest), fmt.Sprintf("the sha-256 of %s is %x, the list says %x", last.URL, last.SHA256, want)
		}
		if saved {
			r.Bytes, r.SHA256 = last.Body.Size, hex.EncodeToString(last.SHA256[:])
			if first, ok := v.twice[last.SHA256]; ok && first == "" {
				v.twice[last.SHA256] = strings.Clone(r.URL)
			} else if ok {
				r.DuplicatesOf = first
			}
		}
		if last.HasDHash {
			r.DHash = fmt.Sprintf("%016x", last.DHash)
		}
		return fn(&r, last)
	})
}

// imageType is the short name of a picture's media type, "" for others.
func imageType(media string) string {
	name, ok := strings.CutPrefix(media, "image/")
	switch {
	case !ok:
		return ""
	case name == "svg+xml":
		return "svg"
	case name == "x-icon":
		return "ico"
	}
	return name
}

// manifest writes all rows.
func (v *survey) manifest(ctx context.Context, w io.Writer, f manifest.Format) error {
	out := bufio.NewWriterSize(w, 64<<10)
	mw := manifest.New(out, manifest.Options{Format: f, Columns: v.columns})
	err := v.rows(ctx, func(r *manifest.Row, _ *sink.Record) error { return mw.Write(r) })
	if err == nil {
		err = mw.Close()
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// items are the gallery's, with the groups that look alike.
func (v *survey) items(ctx context.Context, groups [][]nearPicture) iter.Seq2[gallery.Item, error] {
	type place struct {
		group int
		kept  bool
	}
	near := map[string]place{}
	for i, g := range groups {
		for j := range g {
			near[g[j].URL] = place{i + 1, j == 0}
		}
	}
	return func(yield func(gallery.Item, error) bool) {
		stop := fmt.Errorf("enough")
		err := v.rows(ctx, func(r *manifest.Row, last *sink.Record) error {
			at := near[r.URL]
			item := gallery.Item{
				URL: r.URL, File: r.File, Name: r.Name, From: r.From, Type: r.Type, Bytes: r.Bytes, Width: r.Width, Height: r.Height,
				DuplicatesOf: r.DuplicatesOf, Near: at.group, Kept: at.kept, Class: r.Error, Message: r.ErrorMessage,
				Filtered: crawler.Class(r.Error).Skipped(),
			}
			if last.ThumbRef != (sink.BodyRef{}) && r.Error == "" {
				thumb, err := v.store.ReadBody(last.ThumbRef)
				if err != nil {
					return err
				}
				info, _ := picture.Sniff(thumb, true)
				item.Thumb, item.ThumbType = thumb, info.MediaType
			}
			if !yield(item, nil) {
				return stop
			}
			return nil
		})
		if err != nil && err != stop {
			yield(gallery.Item{}, err)
		}
	}
}
