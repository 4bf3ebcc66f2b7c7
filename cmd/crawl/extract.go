package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/parse"
	"crawl/sink"
	"crawl/sink/words"
)

// extractVerb is what an extraction is called in its status.
const extractVerb = "extract"

// extractFlags say what extract does.
type extractFlags struct {
	store   string
	selects []string
	text    bool
	fresh   bool
	diff    bool
	parsers parserFlags
	report  reportFlags
}

func (a *app) extractCmd() *cobra.Command {
	var f extractFlags
	cmd := &cobra.Command{
		Use:   "extract --select NAME=CSS[@ATTR]...",
		Short: "Run extraction rules over the stored pages, with no request at all",
		Long: strings.TrimSpace(`
Run the rules over every stored HTML page in parallel workers, and put what they find in the place of what was found before.
It resumes like a crawl: the same command goes on where it was, or takes up pages that were crawled since. What is done is
stored every second; Ctrl-C waits two seconds at most for the pages in hand.`),
		Example: "  crawl extract --select title=h1 --select price=.price\n  crawl extract --select price=.cost --diff",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.extract(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	flags.StringArrayVar(&f.selects, "select", nil, "extract `NAME=CSS[@ATTR]` from each page (repeatable)")
	flags.BoolVar(&f.text, "text", false, "extract the visible text of each page")
	flags.BoolVar(&f.diff, "diff", false, "print what changed against the earlier fields")
	flags.BoolVar(&f.fresh, "fresh", false, "begin with the first page again")
	f.parsers.add(flags)
	flags.BoolVar(&f.report.json, "json", false, "print the summary as one JSON object")
	flags.BoolVarP(&f.report.quiet, "quiet", "q", false, "print nothing but errors, and --diff")
	flags.BoolVarP(&f.report.verbose, "verbose", "v", false, "tell of each worker, and what it says")
	flags.BoolVar(&f.report.noProgress, "no-progress", false, "show no progress")
	return cmd
}

func (a *app) extract(ctx context.Context, f *extractFlags) error {
	rules, err := rules(f.selects, f.text)
	if err != nil {
		return err
	}
	if rules.Empty() {
		return usageError("extract needs rules: --select NAME=CSS[@ATTR], or --text")
	}
	if err := f.parsers.check(); err != nil {
		return err
	}
	store, err := openStore(f.store, false)
	if err != nil {
		return err
	}
	defer store.Close()
	sum, aborted, err := a.extractAll(ctx, f, store, rules)
	if err != nil {
		return err
	}
	code := exitStopped
	if aborted {
		code = exitAbandoned
	}
	if f.report.json {
		if err := a.printJSON(sum); err != nil {
			return err
		}
	} else if !f.report.quiet {
		a.notef("%s\n", extractSummary(&sum))
		if sum.OtherParser {
			a.notef("another parser began this (--parser-cmd): the pages done before keep its fields; --fresh does them all again\n")
		}
	}
	if sum.Stopped {
		return &exitError{code, errStoppedWorkers}
	}
	return store.Close()
}

// extractSummary tells what an extraction did, in a line.
func extractSummary(sum *crawler.ExtractSummary) string {
	if sum.Pages == 0 && sum.Resumed && !sum.Stopped {
		return "every page has been done with these rules already: nothing to do; --fresh does them all again"
	}
	cut := ifs(sum.Cut > 0, fmt.Sprintf(", %s not whole (`crawl show URL` tells the defects)", words.Count(sum.Cut)))
	return fmt.Sprintf("%s: %s changed, %s failed%s, in %.2f s%s", plural(sum.Pages, "page", "pages"), words.Count(sum.Changed),
		words.Count(sum.Failed), cut, sum.WallS, ifs(sum.Resumed, " (resumed)"))
}

// extractAll runs the rules, in workers, and shows how far it is. It reports whether a second signal aborted it.
func (a *app) extractAll(ctx context.Context, f *extractFlags, store *crawler.Store, rules parse.Rules) (sum crawler.ExtractSummary, aborted bool, err error) {
	report := f.report
	report.noProgress = report.noProgress || f.diff // whose lines would be torn
	w := a.newWatcher(&report)
	sig := watchSignals(ctx, func() { w.line("crawl: stopping; the same command goes on\n") })
	defer sig.stop()
	ex, err := f.parsers.extractor(rules, w)
	if err != nil {
		return sum, false, err
	}
	defer w.workersEnded()
	defer ex.Close()
	w.pool, _ = ex.(*parse.Pool)
	var now atomic.Pointer[crawler.Progress]
	now.Store(&crawler.Progress{Reading: true})
	o := crawler.ExtractOptions{
		Rules: rules, Extractor: ex, Parser: f.parsers.command, Parallel: crawler.ParseSlots(ex), Fresh: f.fresh,
		Progress: func(p crawler.Progress) { now.Store(&p) }, Abort: sig.abort,
	}
	if f.diff {
		out := io.Writer(a.out)
		if f.report.json { // the summary is alone on standard output
			out = a.err
		}
		o.Changed = func(before, after *sink.Record) error { return printChange(out, before, after) }
	}
	w.begin(extractVerb, "results", func() crawler.Progress { return *now.Load() }, f.store)
	sum, err = store.Extract(sig.ctx, o)
	w.finish()
	if w.pool != nil && (err != nil || sum.Stopped) {
		w.pool.Terminate() // what is still with a worker is not waited for
	}
	switch failed := a.out.failure(); {
	case failed == nil || !errors.Is(err, failed):
	case failed.unread():
		sum.Stopped, err = true, nil
	default:
		failed.advice = "the pages whose changes were not told are as before, and the same command goes on with them"
	}
	return sum, sig.abort.Err() != nil, err
}

// printChange tells what is other than before, a line for each field, in one write.
func printChange(out io.Writer, before, after *sink.Record) error {
	var b bytes.Buffer
	print := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	print("%s\n", clean(after.URL))
	if before.ErrClass != after.ErrClass {
		print("  error: %s -> %s\n", orNone(before.ErrClass), orNone(after.ErrClass))
	}
	names := map[string]bool{}
	for _, list := range [][]sink.Field{before.Fields, after.Fields} {
		for _, field := range list {
			if names[field.Name] {
				continue
			}
			names[field.Name] = true
			was, is := values(before.Fields, field.Name), values(after.Fields, field.Name)
			if !slices.Equal(was, is) {
				print("  %s: %s -> %s\n", clean(field.Name), shown(was), shown(is))
			}
		}
	}
	if before.Text != after.Text {
		print("  text: %s -> %s\n", plural(len(before.Text), "byte", "bytes"), plural(len(after.Text), "byte", "bytes"))
	}
	_, err := out.Write(b.Bytes())
	return err
}

func values(list []sink.Field, name string) []string {
	for _, f := range list {
		if f.Name == name {
			return f.Values
		}
	}
	return nil
}

func shown(values []string) string {
	if len(values) == 0 {
		return "nothing"
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", shorten(v, 60))
	}
	return strings.Join(quoted, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
