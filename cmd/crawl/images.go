package main

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"crawl/crawler"
	"crawl/crawler/site"
	"crawl/parse/picture"
	"crawl/sink/manifest"
	"crawl/sink/naming"
	"crawl/sink/words"
)

// demoFilesStore is the store of `crawl images --demo` when none is named.
const demoFilesStore = "crawl-demo-images"

// imageFlags are the flags of images, beside those of all crawls.
type imageFlags struct {
	crawlFlags

	dir       string
	name      string
	fromPages bool
	width     int

	types      []string
	minBytes   sizeFlag
	maxBytes   sizeFlag
	minWidth   int
	minHeight  int
	maxPixels  int64
	aspect     string
	respectNoA bool
	minRate    sizeFlag

	verify bool
	dhash  bool
	thumb  int

	reports imageReports
	demo    bool
}

// imageReports are what is written about the files of a store.
type imageReports struct {
	manifest string // "": in the directory of files, if there is one
	gallery  string
	verify   bool // try pictures again that could not be decoded
	near     int  // distance in bits; negative: no report
	thumb    int  // longest side of the thumbnails that the gallery's pictures are given when they have none, in pixels
}

func (r *imageReports) wanted() bool { return r.manifest != "" || r.gallery != "" || r.near >= 0 }

func (a *app) imagesCmd() *cobra.Command {
	f := imageFlags{crawlFlags: crawlFlags{}}
	cmd := &cobra.Command{
		Use:   "images [flags] [URL|FILE|-]...",
		Short: "Download a batch of pictures, or all pictures of the listed pages",
		Long: strings.TrimSpace(`
Download each URL of the list as a picture and store it; with -P DIR also as a plain file in DIR. Running the same command
again goes on where it was, in the middle of a large file too. DIR gets a manifest.jsonl with a row for each URL;
another file of that name is not replaced.

Lists are those of run. One with columns (.csv, .tsv, .jsonl, with a header line or keys) has the column url, and may have
name (what the file is called) and sha256 (what it must be); other columns go to the manifest. With --from-pages the list
is one of pages, whose pictures are downloaded.

A URL counts once: the first row of the list that names it says its name, digest and columns; later rows that say something
else are told (the first few; all with -v). What a newer list says of a URL counts from then on, but files keep their names.

With other filters than in the run before, or another sha256, what is stored is judged again: what passes no more is left
out and its file removed from DIR, and comes back when it passes, both without a request. Only what a filter had refused
before it was downloaded is asked for again, when it may pass; crawl retry --class bad_digest asks for what a digest refused.

Names of files are made by --name of {n}, {n:06} (place in the list), {host}, {path}, {base} (the URL's last part, or what
the server calls the file), {tail:_} (what follows the last _), {sha256:16}, {ext} and {name} (the list's, else {base}).
A slash makes a folder. The extension follows the real type. A name that is taken gets -2, -3 and so on.

With --verify, --dhash, --thumbnails, --near or --gallery worker processes decode each picture that is downloaded, and one
that is broken, or too large to be decoded, is a failure and no file.

The time limits are those of run, but a large file that gets on may take longer than --timeout, and --min-rate is its least speed.

Without a list, --near, --gallery and --manifest report what is in the store; pictures of it that have no hash or thumbnail
yet are decoded for it first. One that cannot be is not tried again, but with --verify or after retry --class bad_image.`),
		Example: `  crawl images --demo -P pictures
  crawl images list.csv -P pictures --name '{n:06}_{base}' --types jpg,png --min-width 200
  crawl images --from-pages https://example.org/ -P pictures --gallery pictures.html
  crawl images --near`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.images(cmd, &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	f.files(flags)
	f.filters(flags)
	f.looking(flags)
	f.fetching(flags)
	f.defaults(flags)
	f.reporting(flags)
	flags.BoolVar(&f.demo, "demo", false, "download from the built-in site: no network needed (store: "+demoFilesStore+")")
	return cmd
}

// files adds the flags that say what is downloaded and where it goes.
func (f *imageFlags) files(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.inputs, "input", "i", nil, "read the list in `FILE`, the same as an argument (repeatable)")
	flags.StringVar(&f.inputFormat, "input-format", "", "read lists as `FORMAT` plain, csv, tsv or jsonl (default by suffix or first line)")
	flags.BoolVar(&f.fresh, "fresh", false, "start over: delete the store's results first; files in DIR stay")
	flags.BoolVar(&f.yes, "yes", false, "with --fresh: do not ask")
	flags.StringVarP(&f.dir, "dir", "P", "", "also write plain files into `DIR`")
	flags.StringVar(&f.name, "name", "", "name files by this `TEMPLATE` (default \"{name}\": the list's name, else {base})")
	flags.BoolVar(&f.fromPages, "from-pages", false, "the list is one of pages: download their pictures, the largest of each")
	flags.IntVar(&f.width, "width", 0, "with --from-pages: not the largest, but the nearest to `N` pixels")
	flags.StringArrayVar(&f.exclude, "exclude", nil, "take no URL that matches the expression `RE`, or one of those in @FILE (repeatable)")
}

// filters adds the flags that say which files are wanted.
func (f *imageFlags) filters(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.types, "types", nil, "take only these `TYPES`: jpg, png, gif, webp, avif, svg, bmp, ico, tif, heic, jxl")
	flags.Var(&f.minBytes, "min-bytes", "take no file smaller than `SIZE` (default 0)")
	flags.Var(&f.maxBytes, "max-bytes", "take no file larger than `SIZE` (default 0, no limit)")
	flags.IntVar(&f.minWidth, "min-width", 0, "take no picture narrower than `N` pixels")
	flags.IntVar(&f.minHeight, "min-height", 0, "take no picture lower than `N` pixels")
	flags.Int64Var(&f.maxPixels, "max-pixels", 0, "take no picture with more than `N` pixels, width times height (0 = no limit)")
	flags.StringVar(&f.aspect, "aspect", "", "take only pictures whose width divided by height is within `MIN:MAX`, such as 0.5:2 or 1:")
	flags.BoolVar(&f.respectNoA, "respect-noai", false, "take nothing that X-Robots-Tag marks noai or noimageai")
}

// looking adds the flags that say what is done with the files.
func (f *imageFlags) looking(flags *pflag.FlagSet) {
	flags.BoolVar(&f.verify, "verify", false, "decode each picture to its end; one that cannot be decoded is a failure")
	flags.BoolVar(&f.dhash, "dhash", false, "make a perceptual hash of each picture, for --near")
	flags.IntVar(&f.thumb, "thumbnails", 0, "make thumbnails of at most `N` pixels (256 with --gallery)")
	f.reports.near = -1
	flags.IntVar(&f.reports.near, "near", -1, "report pictures that look alike, up to a `DISTANCE` of so many bits (6); implies --dhash")
	flags.Lookup("near").NoOptDefVal = strconv.Itoa(nearDistance)
	flags.Lookup("near").DefValue = "0" // none is shown
	flags.StringVar(&f.reports.gallery, "gallery", "", "write one page with all pictures to `FILE.html`")
	flags.StringVar(&f.reports.manifest, "manifest", "", "write the manifest to `FILE` .jsonl or .csv (default DIR/manifest.jsonl)")
	flags.Var(&f.minRate, "min-rate", "give an attempt up that brings less than `SIZE` per second (default 1kB)")
}

// defaults sets what is different from a crawl of pages.
func (f *imageFlags) defaults(flags *pflag.FlagSet) {
	f.scope, f.perHost, f.maxSize = string(crawler.ScopeAny), crawler.DefaultPerHostFiles, crawler.DefaultMaxFile
	flags.Lookup("per-host").DefValue = strconv.Itoa(f.perHost)
	flags.Lookup("max-size").DefValue = f.maxSize.String()
	flags.Lookup("max-size").Usage = "a file larger than `SIZE` is a failure (too_large)"
	flags.Lookup("parsers").Usage = "`N` worker processes for --verify, --dhash and --thumbnails, 0 = none: in this process"
	flags.Lookup("parse-timeout").Usage = "`TIME` that one picture may take its worker"
}

func (a *app) images(cmd *cobra.Command, f *imageFlags, args []string) error {
	args = append(args, f.inputs...)
	if err := f.reports.check(); err != nil {
		return err
	}
	m, err := f.batch()
	if err != nil {
		return err
	}
	f.crawlFlags.images, f.crawlFlags.reports = m, f.reports
	switch {
	case f.reports.near >= 0 && len(args) > 0 && isDistance(args[0]):
		return usageError("--near %s: write --near=%s", args[0], args[0])
	case f.demo:
		return a.demoFiles(cmd, f, args)
	case len(args) == 0 && f.reports.wanted() && f.dir == "" && !f.fresh && (m.RespectNoAI || !reflect.DeepEqual(m.Filter, crawler.Filter{})):
		return usageError("filters judge what a list names: name the list too, and what is stored of it is judged again without a request; or leave them out")
	case len(args) == 0 && f.reports.wanted() && f.dir == "" && !f.fresh:
		return a.reportOnly(cmd.Context(), f)
	case len(args) == 0 && f.dir != "":
		return usageError("nothing to download: name a URL, a file with one URL a line, or - for standard input; what is stored already is written by `crawl export --files %s`", clean(f.dir))
	case len(args) == 0:
		return usageError("nothing to download: name a URL, a file with one URL a line, or - for standard input; `crawl images --demo` needs none")
	}
	return a.crawl(cmd.Context(), &f.crawlFlags, args)
}

// isDistance reports whether an argument was meant as the value of --near: it is a small number, and not a file.
func isDistance(arg string) bool {
	n, err := strconv.ParseUint(arg, 10, 8)
	_, missing := os.Stat(arg)
	return err == nil && n <= 64 && missing != nil
}

// batch makes the options of the image batch of the flags.
func (f *imageFlags) batch() (*crawler.Images, error) {
	t, err := naming.Parse(f.name)
	if err != nil {
		return nil, usageError("--name: %w", err)
	}
	if f.reports.gallery != "" && f.thumb == 0 {
		f.thumb = galleryThumb
	}
	f.reports.thumb, f.reports.verify = f.thumb, f.verify
	m := &crawler.Images{
		FromPages: f.fromPages, Width: f.width, RespectNoAI: f.respectNoA, MaxBytes: int64(f.maxSize), Dir: f.dir, Name: t,
		Verify: f.verify, DHash: f.dhash || f.reports.near >= 0, Thumb: f.thumb,
		Filter: crawler.Filter{
			MinBytes: int64(f.minBytes), MaxBytes: int64(f.maxBytes), MinWidth: f.minWidth, MinHeight: f.minHeight, MaxPixels: f.maxPixels,
		},
	}
	if f.width != 0 && !f.fromPages {
		return nil, usageError("--width chooses among the candidates of pages: add --from-pages, or leave it out")
	}
	for _, n := range []struct {
		flag  string
		value int64
	}{{"width", int64(f.width)}, {"min-width", int64(f.minWidth)}, {"min-height", int64(f.minHeight)}, {"max-pixels", f.maxPixels}} {
		if n.value < 0 {
			return nil, usageError("--%s %d: use 0 or more", n.flag, n.value)
		}
	}
	if _, err := types(strings.Split(f.userAgent, ",")); err == nil { // as in wget -A jpg,png
		return nil, usageError("-A %s would be the User-Agent; to take only pictures of these types, write --types %s", clean(f.userAgent), clean(f.userAgent))
	}
	if f.maxBytes > 0 && f.maxBytes < f.minBytes {
		return nil, usageError("--min-bytes %s is more than --max-bytes %s: no file is both", words.Bytes(int64(f.minBytes)), words.Bytes(int64(f.maxBytes)))
	}
	if m.Filter.Types, err = types(f.types); err != nil {
		return nil, err
	}
	if m.Filter.MinAspect, m.Filter.MaxAspect, err = aspect(f.aspect); err != nil {
		return nil, err
	}
	if f.minRate > 0 {
		f.crawlFlags.rateFloor = int64(f.minRate)
	}
	return m, f.checkDir()
}

// checkDir refuses a directory that cannot be one, before anything begins.
func (f *imageFlags) checkDir() error {
	if f.dir == "" {
		return nil
	}
	dir, derr := filepath.Abs(f.dir)
	store, serr := filepath.Abs(f.store)
	if derr == nil && serr == nil && dir == store {
		return usageError("-P %s: that is the store; name another directory", f.dir)
	}
	st, err := os.Stat(f.dir)
	switch {
	case err == nil && !st.IsDir():
		return usageError("-P %s: that is a file; name a directory", f.dir)
	case errors.Is(err, os.ErrNotExist):
		if parent, err := os.Stat(filepath.Dir(filepath.Clean(f.dir))); err != nil || !parent.IsDir() {
			return usageError("-P %s: the directory %s does not exist", f.dir, filepath.Dir(filepath.Clean(f.dir)))
		}
	case err != nil:
		return usageError("-P %s: %s", f.dir, reason(err))
	}
	if f.reports.manifest == "" {
		return checkManifest(f.dir)
	}
	return nil
}

// checkManifest refuses a directory of files in which something else has the manifest's path.
func checkManifest(dir string) error {
	own, err := manifest.IsOwn(filepath.Join(dir, manifest.FileName))
	switch {
	case err != nil:
		return usageError("%s: %s; make it readable, or use another directory", clean(filepath.Join(dir, manifest.FileName)), reason(err))
	case !own:
		return usageError("%s has a %s of something else, which would be overwritten; move it elsewhere, or use another directory", clean(dir), manifest.FileName)
	}
	return nil
}

// types checks names of types, which stay as they are written.
func types(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		if _, ok := picture.TypeNamed(name); !ok {
			return nil, usageError("--types %s is not known; there are jpg, png, gif, webp, avif, svg, bmp, ico, tif, heic and jxl", clean(name))
		}
		out = append(out, strings.TrimSpace(name))
	}
	return out, nil
}

// aspect reads MIN:MAX, of which either may be left out.
func aspect(s string) (least, most float64, err error) {
	if s == "" {
		return 0, 0, nil
	}
	from, to, ok := strings.Cut(s, ":")
	read := func(text string) float64 {
		if text == "" {
			return 0
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			ok = false
		}
		return v
	}
	least, most = read(from), read(to)
	if !ok || from+to == "" {
		return 0, 0, usageError("--aspect %s: write MIN:MAX, width divided by height, such as 0.5:2, 1: or :1.5", clean(s))
	}
	return least, most, nil
}

// demoFiles downloads the pictures of the built-in site.
func (a *app) demoFiles(cmd *cobra.Command, f *imageFlags, args []string) error {
	return a.demo(cmd, &f.crawlFlags, args, demoFilesStore, func(s *site.Site) []string {
		var list []string
		for _, e := range s.Expect().Entries {
			if e.Kind == f.demoKind() {
				list = append(list, e.URL)
			}
		}
		return list
	})
}

func (f *imageFlags) demoKind() site.Kind {
	if f.fromPages {
		return site.KindPage
	}
	return site.KindImage
}

// reportOnly reports what is in the store, and crawls nothing. The store is opened to be written only when hashes or
// thumbnails are missing.
func (a *app) reportOnly(ctx context.Context, f *imageFlags) error {
	if err := f.parsers.check(); err != nil {
		return err
	}
	store, err := openStore(f.store, true)
	if err != nil {
		return err
	}
	defer func() { store.Close() }() // the one that is open then
	settings, err := imageSettings(store)
	if err != nil {
		return err
	}
	missing, err := store.Unexamined(ctx, f.reports.examined())
	if err != nil {
		return err
	}
	if missing > 0 {
		if err := store.Close(); err != nil {
			return err
		}
		again, err := openStore(f.store, false)
		if err != nil {
			return err
		}
		store = again
		if err := a.examineStored(ctx, store, &f.parsers, &f.reports, &f.report); err != nil {
			return err
		}
	}
	return a.reportImages(ctx, store, settings, f.reports, &f.report)
}

// imageSettings are those of a store that has an image batch.
func imageSettings(s *crawler.Store) (*crawler.ImageSettings, error) {
	settings, ok, err := s.Settings()
	if err == nil && (!ok || settings.Images == nil) {
		err = usageError("%s has no image batch; name its store with --store DIR", clean(s.Dir()))
	}
	return settings.Images, err
}
