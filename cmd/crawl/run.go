package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/crawler/site"
	"crawl/fetch"
	"crawl/parse"
	"crawl/sink"
)

// demoStore is the store of --demo when none is named, so that trying things out touches no real results.
const demoStore = "crawl-demo"

func (a *app) runCmd() *cobra.Command {
	var f crawlFlags
	var demo bool
	cmd := &cobra.Command{
		Use:   "run [flags] [URL|FILE|-]...",
		Short: "Crawl a URL list; with --depth N follow links",
		Long: strings.TrimSpace(`
Fetch, parse and store each URL of the list. Running the same command again goes on where it was; --fresh starts over.

An argument that starts with http:// or https:// is a URL, - is standard input, anything else is a file with one URL a
line (# comments, blank lines, CRLF, a BOM and gzip are fine), or a .csv, .tsv or .jsonl file with a column url.

A request that is not over after --timeout fails (class timeout), and before that one that gets nowhere: after 10 s to find
and reach the server, 10 s of TLS, 60 s without the whole header, 30 s without a byte of the body, or 10 s of a body at less
than 64 bytes per second.

Ctrl-C once ends what is in flight (10 s at most) and exits with 75; twice stops at once and exits with 130. Nothing that
was fetched is lost either way.`),
		Example: `  crawl run --demo
  crawl run seeds.txt
  crawl run --depth 2 --scope domain https://example.org/
  zcat list.gz | crawl run -c 200 --rate 2 --json -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if demo {
				return a.demo(cmd, &f, args, demoStore, (*site.Site).List)
			}
			return a.crawl(cmd.Context(), &f, args)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	f.following(flags)
	f.fetching(flags)
	flags.StringArrayVarP(&f.outputs, "output", "o", nil, "at the end also export to `FILE` (.jsonl, .csv) or a directory (repeatable)")
	f.reporting(flags)
	flags.BoolVar(&demo, "demo", false, "crawl the built-in site: no network needed (store: "+demoStore+")")
	return cmd
}

// crawl runs a crawl of the arguments over the store, and reports it.
func (a *app) crawl(ctx context.Context, f *crawlFlags, args []string) error {
	args = append(args, f.inputs...)
	if len(args) == 0 {
		return usageError("%w", errNoInput)
	}
	sources, err := a.openSources(args)
	if err != nil {
		return err
	}
	defer closeSources(sources)
	if err := setFormat(sources, f.inputFormat); err != nil {
		return err
	}
	if err := checkLists(sources); err != nil {
		return err
	}
	if err := notTheList(sources, append(slices.Clone(f.outputs), f.reports.manifest, f.reports.gallery)); err != nil {
		return err
	}
	o, store, err := a.prepare(f)
	if err != nil {
		return err
	}
	o.List = entries(sources)
	return a.execute(ctx, f, store, o)
}

// prepare checks all flags, and only then opens the store.
func (a *app) prepare(f *crawlFlags) (crawler.Options, *crawler.Store, error) {
	o, err := f.options()
	if err != nil {
		return o, nil, err
	}
	if err := f.parsers.check(); err != nil {
		return o, nil, err
	}
	switch {
	case f.parsers.command == "" || !o.Rules.Empty() || o.Images.Examines():
	case o.Images != nil:
		return o, nil, usageError("--parser-cmd needs something to do: --verify, --dhash or --thumbnails")
	default:
		return o, nil, usageError("--parser-cmd needs something to extract: --select NAME=CSS[@ATTR], or --text")
	}
	if err := checkOptions(o); err != nil {
		return o, nil, err
	}
	if err := checkFetch(o.Fetch); err != nil {
		return o, nil, err
	}
	if err := checkOutputs(f.outputs); err != nil {
		return o, nil, err
	}
	if f.fresh {
		if err := a.startOver(f); err != nil {
			return o, nil, err
		}
	}
	store, err := openOrCreate(f.store)
	return o, store, err
}

// checkOptions reports what is wrong with the options. What runs the rules is made later.
func checkOptions(o crawler.Options) error {
	if !o.Rules.Empty() {
		o.Extractor = parse.NewInProcess()
	}
	if o.Images.Examines() {
		m := *o.Images
		m.Imager = parse.NewInProcess()
		o.Images = &m
	}
	err := o.Check()
	if err == nil {
		return nil
	}
	for _, flag := range []string{"mode", "concurrency", "depth", "scope"} {
		if strings.HasPrefix(err.Error(), flag+" ") {
			return usageError("--%w", err) // the library knows no flags
		}
	}
	return usageError("%w", err)
}

// checkFetch refuses what no client can be made of, before there is a store.
func checkFetch(o fetch.Options) error {
	c, err := fetch.New(o)
	if err != nil {
		return usageError("%w", err)
	}
	c.Close()
	return nil
}

// execute crawls over an open store, reports, and closes the store.
func (a *app) execute(ctx context.Context, f *crawlFlags, store *crawler.Store, o crawler.Options) error {
	defer store.Close()
	w := a.newWatcher(&f.report)
	o.Observer = w
	w.images = o.Images != nil
	if !o.Rules.Empty() || o.Images.Examines() {
		if err := f.parsers.startFor(&o, w); err != nil {
			return err
		}
		defer o.Extractor.Close()
	}
	sig := watchSignals(ctx, w.stopping)
	defer sig.stop()
	o.Abort = sig.abort
	c, err := crawler.New(store, o)
	if err != nil {
		return usageError("%w", err)
	}
	stopProfiles, err := f.profile.start()
	if err != nil {
		return err
	}
	w.start(c, f.store)
	sum, err := c.Run(sig.ctx)
	w.finish()
	aborted := sig.abort.Err() != nil
	if w.pool != nil && (err != nil || sig.ctx.Err() != nil) {
		w.pool.Terminate() // what is still with a worker is given back
	}
	sig.stop() // from here on a signal ends the process as it always does
	if o.Extractor != nil {
		if cerr := o.Extractor.Close(); err == nil {
			err = cerr
		}
		w.workersEnded()
		parserReport(sum, o.Extractor, f.parsers.workers)
	}
	if perr := stopProfiles(); err == nil {
		err = perr
	}
	if err == nil && sum.Stopped == "" && sum.URLs.Listed == 0 {
		a.Notice("the list has no URL: nothing was crawled")
	}
	if sum != nil && (f.report.json || !f.report.quiet) {
		if perr := a.printSummary(&f.report, sum, f.store); perr != nil && err == nil {
			err = perr
		}
	}
	if err == nil && o.Images != nil {
		err = a.finishImages(ctx, store, f, sum)
	}
	if err == nil {
		err = a.exportAll(ctx, store, f.outputs, f.report.quiet)
	}
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		return err
	}
	return endOf(f, sum, aborted)
}

// finishImages makes what an earlier run's pictures lack, when the batch is finished, and writes the reports.
func (a *app) finishImages(ctx context.Context, store *crawler.Store, f *crawlFlags, sum *crawler.Summary) error {
	if sum.Stopped == "" {
		if err := a.examineStored(ctx, store, &f.parsers, &f.reports, &f.report); err != nil {
			return err
		}
	}
	settings, _, err := store.Settings()
	if err != nil || settings.Images == nil {
		return err
	}
	return a.reportImages(ctx, store, settings.Images, f.reports, &f.report)
}

// endOf gives the exit code of a crawl that ended without an error of its own.
func endOf(f *crawlFlags, sum *crawler.Summary, aborted bool) error {
	silent := errors.New("")
	switch {
	case aborted:
		return &exitError{exitAbandoned, silent}
	case sum.Stopped == crawler.StoppedSignal, sum.Stopped == crawler.StoppedMaxTime:
		return &exitError{exitStopped, silent}
	case f.strict && sum.URLs.Failed > 0:
		return &exitError{exitFailed, silent}
	}
	return nil
}

// openOrCreate opens the store, or makes it when there is none: no directory, or an empty one.
func openOrCreate(dir string) (*crawler.Store, error) {
	store, err := openStore(dir, false)
	if errors.Is(err, sink.ErrNotFound) || errors.Is(err, sink.ErrNotAStore) && isEmpty(dir) {
		return crawler.CreateStore(dir, sink.Options{})
	}
	return store, err
}

// isEmpty reports whether dir is a directory with nothing in it.
func isEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// startOver deletes the store's files, after asking.
func (a *app) startOver(f *crawlFlags) error {
	store, err := openStore(f.store, false)
	if errors.Is(err, sink.ErrNotFound) {
		return nil
	}
	if err != nil && !crawler.IsDamaged(err) {
		return err
	}
	what := "the damaged store " + f.store
	if err == nil {
		st, _, serr := statOf(store, f.store)
		err = errors.Join(serr, store.Close())
		switch {
		case crawler.IsDamaged(err): // found only now
		case err != nil:
			return err
		case st.URLs.Listed == 0:
			what = ""
		default:
			what = fmt.Sprintf("%s in %s", plural(st.URLs.Listed, "URL", "URLs"), f.store)
		}
	}
	if what != "" && !f.yes && !a.confirm("Delete "+what+" and start over?") {
		return usageError("--fresh would delete %s; add --yes to do it", what)
	}
	return crawler.RemoveStore(f.store)
}

// confirm asks on a terminal; elsewhere the answer is no.
func (a *app) confirm(question string) bool {
	in, ok := a.in.(*os.File)
	if !ok || !isTerminal(in) {
		return false
	}
	a.notef("%s [y/N] ", question)
	line, _ := bufio.NewReader(in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

// notTheList refuses to write a file in the place of a list.
func notTheList(sources []source, outputs []string) error {
	for _, path := range outputs {
		st, err := os.Stat(path)
		if err != nil {
			continue // a new file, or "" for none
		}
		for _, s := range sources {
			f, ok := s.c.(*os.File)
			if !ok {
				continue
			}
			if of, err := f.Stat(); err == nil && os.SameFile(of, st) && of.Mode().IsRegular() {
				return usageError("%s is the list, which would be overwritten; name another file for the results", clean(path))
			}
		}
	}
	return nil
}

// checkOutputs refuses exports that could not be written, before the crawl.
func checkOutputs(paths []string) error {
	for _, path := range paths {
		if path == "" {
			return usageError("-o needs the name of a file")
		}
		if _, err := exportFormat(path); err != nil {
			return err
		}
		if st, err := os.Stat(filepath.Dir(filepath.Clean(path))); err != nil || !st.IsDir() {
			return usageError("-o %s: the directory %s does not exist", path, filepath.Dir(filepath.Clean(path)))
		}
	}
	return nil
}
