package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/parse"
	"crawl/sink"
	"crawl/sink/words"
)

// quarantineFlags say what quarantine does.
type quarantineFlags struct {
	store   string
	output  string
	replay  bool
	selects []string
	text    bool
	parsers parserFlags
}

func (a *app) quarantineCmd() *cobra.Command {
	var f quarantineFlags
	cmd := &cobra.Command{
		Use:   "quarantine [URL]",
		Short: "List the pages that crashed, hung or bloated their parser; write one out, or replay it",
		Long: strings.TrimSpace(`
List the stored pages whose extraction ended in parse_crash, parse_timeout or parse_memory. Their answers and links are kept. With
a URL, -o writes that page's bytes to a file, and --replay runs the rules of the last crawl (or those given) over it again
in a worker and prints what comes of it, both if both are given; nothing in the store is changed. "crawl extract" takes them all up again.`),
		Args: takes(0, 1, "one URL, or none to list all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openStore(f.store, true)
			if err != nil {
				return err
			}
			defer s.Close()
			if len(args) == 0 {
				if f.output != "" || f.replay {
					return usageError("-o and --replay need the URL of a page; crawl quarantine lists them")
				}
				return a.listQuarantine(cmd.Context(), s)
			}
			return a.quarantined(cmd.Context(), s, &f, args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	flags.StringVarP(&f.output, "output", "o", "", "write the page's bytes to `FILE`, - for standard output")
	flags.BoolVar(&f.replay, "replay", false, "run the rules over the page again")
	flags.StringArrayVar(&f.selects, "select", nil, "replay with `NAME=CSS[@ATTR]` (repeatable)")
	flags.BoolVar(&f.text, "text", false, "replay with the extraction of the visible text")
	f.parsers.add(flags)
	return cmd
}

func (a *app) listQuarantine(ctx context.Context, s *crawler.Store) error {
	n := 0
	err := s.Each(0, func(r *sink.Record) error {
		if crawler.Quarantined(r) {
			n++
			a.printf("%-13s %10s  %s  %s\n", r.ErrClass, words.Bytes(r.Body.Size), clean(r.URL), clean(r.ErrMessage))
		}
		return ctx.Err()
	})
	if err == nil && n == 0 {
		a.notef("No page is in quarantine.\n")
	}
	return err
}

func (a *app) quarantined(ctx context.Context, s *crawler.Store, f *quarantineFlags, arg string) error {
	rec, url, err := find(s, arg)
	if err != nil {
		return err
	}
	if rec == nil || !crawler.Quarantined(rec) {
		return &exitError{exitFailed, fmt.Errorf("%s is not in quarantine; crawl quarantine lists what is", url)}
	}
	switch {
	case f.output == "" && !f.replay:
		return usageError("say what to do with the page: -o FILE writes its bytes, --replay runs the rules over it again")
	case f.output == "-" && f.replay:
		return usageError("-o - and --replay both write to standard output: write the page to a file, or run the two one after another")
	case !f.replay:
		return a.writeBody(s, rec, f.output)
	}
	rules, err := replayRules(s, f)
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := a.writeBody(s, rec, f.output); err != nil {
			return err
		}
	}
	return a.replay(ctx, s, f, rec, rules)
}

func (a *app) writeBody(s *crawler.Store, rec *sink.Record, path string) error {
	r, err := s.OpenBody(rec.Body)
	if err != nil {
		return err
	}
	defer r.Close()
	if path == "-" {
		_, err = io.Copy(a.out, r)
		return err
	}
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return usageError("-o: cannot write %s: %s", path, reason(err))
	}
	_, err = io.Copy(w, r)
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

// replayRules gives the rules to replay with, those of the last crawl when no others are named, and checks how.
func replayRules(s *crawler.Store, f *quarantineFlags) (parse.Rules, error) {
	named, err := rules(f.selects, f.text)
	if err != nil {
		return named, err
	}
	if named.Empty() {
		settings, _, err := s.Settings()
		if err != nil {
			return named, err
		}
		named = settings.Rules
	}
	if named.Empty() {
		return named, usageError("the last crawl had no rules; give some with --select or --text")
	}
	return named, f.parsers.check()
}

// replay runs the rules over one page, as the crawl did.
func (a *app) replay(ctx context.Context, s *crawler.Store, f *quarantineFlags, rec *sink.Record, rules parse.Rules) error {
	body, err := s.ReadBody(rec.Body)
	if err != nil {
		return err
	}
	f.parsers.workers = min(f.parsers.workers, 1)
	ex, err := f.parsers.extractor(rules, replayTeller{a})
	if err != nil {
		return err
	}
	defer ex.Close()
	found, err := ex.Extract(ctx, &parse.Document{URL: rec.URL, ContentType: rec.ContentType, Charset: rec.Charset, Body: body}, rules)
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("%s: %w", rec.URL, err)}
	}
	a.printFields(rules, func(name string) []string {
		i := slices.IndexFunc(found.Fields, func(f parse.Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		return found.Fields[i].Values
	})
	if found.Text != "" {
		a.printf("\n%s\n", cleanLines(found.Text))
	}
	return nil
}

// replayTeller shows what a worker says about the page.
type replayTeller struct{ *app }

func (r replayTeller) workerSaid() func(string, []byte) {
	return func(worker string, line []byte) { r.notef("%s: %s\n", worker, clean(string(line))) }
}
