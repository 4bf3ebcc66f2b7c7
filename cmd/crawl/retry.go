package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
)

func (a *app) retryCmd() *cobra.Command {
	var f crawlFlags
	var classes []string
	cmd := &cobra.Command{
		Use:   "retry [flags]",
		Short: "Redo failures only",
		Long: strings.TrimSpace(`
Queue the URLs whose result is one of the error classes again, and nothing else, and crawl them. What belongs to the crawl
(depth, scope, filters, extraction, --allow-private) is what the last run went by; how it is asked for (--rate, --timeout, --header and the
like) is what this command line says, not that of the last run. Without --class all failures that another attempt may mend
are taken: dns, connect, timeout, reset, short_body, http_429, http_5xx.

Classes: ` + wrapList(classList(retryable()), len("Classes: "))),
		Example: "  crawl retry --class dns,timeout,http_5xx\n  crawl retry --class http_4xx --store shop",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.retry(cmd.Context(), &f, classes)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	flags.StringSliceVar(&classes, "class", nil, "redo failures of these `CLASSES`, separated by commas (repeatable)")
	f.fetching(flags)
	f.reporting(flags)
	return cmd
}

func classList(classes []crawler.Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// retryable are the classes that retry can take: what the rules leave out is taken up by a run with other rules.
func retryable() []crawler.Class {
	return slices.DeleteFunc(crawler.Classes(), func(c crawler.Class) bool { return c == crawler.ClassExcluded })
}

// mendable are the classes that retry takes when none is named.
func mendable() []crawler.Class {
	return []crawler.Class{
		crawler.ClassDNS, crawler.ClassConnect, crawler.ClassTimeout, crawler.ClassReset, crawler.ClassShortBody,
		crawler.ClassHTTP429, crawler.ClassHTTP5xx,
	}
}

// retryClasses gives the classes that retry was told to take.
func retryClasses(names []string) ([]crawler.Class, error) {
	if len(names) == 0 {
		return mendable(), nil
	}
	if slices.Contains(names, string(crawler.ClassExcluded)) {
		return nil, usageError("--class %s: the rules of the last run leave these URLs out; `crawl run` with rules that allow them takes them up", crawler.ClassExcluded)
	}
	return parseClasses(names, retryable())
}

// parseClasses gives the classes of these names, each of which must be one of those that may be named.
func parseClasses(names []string, may []crawler.Class) ([]crawler.Class, error) {
	var out []crawler.Class
	for _, name := range names {
		c := crawler.Class(strings.TrimSpace(name))
		if !slices.Contains(may, c) {
			return nil, usageError("--class %s is not an error class; there are %s", clean(name), classList(may))
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *app) retry(ctx context.Context, f *crawlFlags, names []string) error {
	classes, err := retryClasses(names)
	if err != nil {
		return err
	}
	f.scope = string(crawler.ScopeHost) // replaced by what the store says
	f.reports.near = -1
	o, err := f.options()
	if err != nil {
		return err
	}
	if err := checkFetch(o.Fetch); err != nil {
		return err
	}
	store, err := openStore(f.store, false)
	if err != nil {
		return err
	}
	defer store.Close()
	ignore := o.IgnoreRobots
	settings, ok, err := store.Settings()
	if err != nil {
		return err
	}
	if ok {
		if err := settings.Apply(&o); err != nil {
			return err
		}
	}
	o.IgnoreRobots = ignore
	if err := f.parsers.check(); err != nil {
		return err
	}
	if err := checkOptions(o); err != nil {
		return err
	}
	stop, err := resumeDemo(store)
	if err != nil {
		return err
	}
	defer stop()
	n, err := store.Requeue(ctx, classes)
	if err != nil {
		return err
	}
	if !f.report.quiet {
		a.notef("%s queued again\n", plural(n, "URL", "URLs"))
	}
	o.List = func(func(crawler.Entry, error) bool) {}
	return a.execute(ctx, f, store, o)
}
