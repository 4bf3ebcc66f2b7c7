package crawler

import (
	"errors"
	"fmt"

	"crawl/sink"
	"crawl/sink/naming"
)

// ImageSettings are what decides which files belong to an image batch, and what is done with them. They are a part of
// Settings.
type ImageSettings struct {
	FromPages   bool   `json:"from_pages,omitempty"`
	Width       int    `json:"width,omitempty"`
	Filter      Filter `json:"filter"`
	RespectNoAI bool   `json:"respect_noai,omitempty"`
	MaxBytes    int64  `json:"max_bytes"`
	Dir         string `json:"dir,omitempty"` // absolute
	Name        string `json:"name"`          // template
	Verify      bool   `json:"verify,omitempty"`
	DHash       bool   `json:"dhash,omitempty"`
	Thumb       int    `json:"thumb,omitempty"`

	Dirs    []string `json:"dirs,omitempty"`    // of this run and of those before, the newest first; at most maxDirs
	Judging bool     `json:"judging,omitempty"` // a run with other filters was stopped before it had judged all that is stored
}

func (m *Images) settings() *ImageSettings {
	if m == nil {
		return nil
	}
	return &ImageSettings{
		FromPages: m.FromPages, Width: m.Width, Filter: m.Filter, RespectNoAI: m.RespectNoAI, MaxBytes: m.MaxBytes,
		Dir: absolute(m.Dir), Name: m.Name.String(), Verify: m.Verify, DHash: m.DHash, Thumb: m.Thumb,
	}
}

// Images are the options that the settings are of, but for the Imager; nil gives nil.
func (s *ImageSettings) Images() (*Images, error) {
	if s == nil {
		return nil, nil
	}
	t, err := naming.Parse(s.Name)
	if err != nil {
		return nil, fmt.Errorf("%w: the settings hold a broken template of names: %w", sink.ErrDamaged, err)
	}
	return &Images{
		FromPages: s.FromPages, Width: s.Width, Filter: s.Filter, RespectNoAI: s.RespectNoAI, MaxBytes: s.MaxBytes,
		Dir: s.Dir, Name: t, Verify: s.Verify, DHash: s.DHash, Thumb: s.Thumb,
	}, nil
}

// ErrOtherBatch is returned by New for a store that was filled by another kind of crawl: of pages, of files, or of the
// pictures of pages. Its URLs would mean something else.
var ErrOtherBatch = errors.New("the store is that of another kind of crawl")

// sameKind refuses a store of another kind.
func (s *Store) sameKind(m *Images) error {
	old, ok, err := s.Settings()
	if err != nil || !ok {
		return err
	}
	if was, is := old.Images.kind(), m.settings().kind(); was != is {
		return fmt.Errorf("%w: %s has %s, these would be %s; use another store (--store DIR), or start over with --fresh", ErrOtherBatch, s.Dir(), was, is)
	}
	return nil
}

func (s *ImageSettings) kind() string {
	switch {
	case s == nil:
		return "pages"
	case s.FromPages:
		return "pages with their pictures"
	}
	return "files"
}

// tellFiles says what is done otherwise with files than in the run before.
func (c *Crawl) tellFiles(old, now *ImageSettings) {
	switch {
	case old == nil || now == nil:
	case old.Dir != "" && now.Dir == "":
		c.o.Observer.Notice("the run before wrote files into " + old.Dir + ", this one does not; -P writes those that are missing there")
	case old.Dir != "" && old.Dir != now.Dir:
		c.o.Observer.Notice("the run before wrote files into " + old.Dir + "; all files are written into " + now.Dir + " too")
	}
	if old != nil && now != nil && old.Name != now.Name {
		c.o.Observer.Notice("the template of names is another one than in the run before: files that have a name keep it")
	}
}
