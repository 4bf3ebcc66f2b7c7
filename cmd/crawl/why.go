package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/sink"
)

func (a *app) whyCmd() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "why URL",
		Short: "Tell what was decided about a URL, and by which rule",
		Long: strings.TrimSpace(`
Tell whether the URL is known, who linked to it, which rule of scope, robots.txt or traps decided, every attempt with its
phases, and what it waits for. For a URL that is not known, tell which pages link to it and why they were not followed.`),
		Args: takes(1, 1, "one URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openStore(dir, true)
			if err != nil {
				return err
			}
			defer s.Close()
			return a.why(cmd.Context(), s, args[0])
		},
	}
	storeFlag(cmd.Flags(), &dir)
	return cmd
}

func (a *app) why(ctx context.Context, s *crawler.Store, arg string) error {
	rec, url, err := find(s, arg)
	if err != nil {
		return err
	}
	w, err := s.Why(ctx, url)
	if err != nil {
		return err
	}
	a.printf("%s\n", clean(url))
	p := func(format string, args ...any) { a.printf("  %s\n", clean(fmt.Sprintf(format, args...))) }
	a.whyKnown(w, p)
	if rec != nil {
		if err := a.whyResult(s, rec, p); err != nil {
			return err
		}
	}
	a.whyWaits(w, p)
	return nil
}

// whyKnown tells how the URL came to be known, or why not.
func (a *app) whyKnown(w *crawler.Why, p func(string, ...any)) {
	switch {
	case !w.Known && w.Excluded != "":
		p("not known: if the list names it, it was left out by %s", w.Excluded)
	case !w.Known && len(w.LinkedBy) == 0:
		p("not known: it is not in the list, and no stored page links to it")
	case !w.Known:
		p("not known: pages link to it, but no such link was followed")
	case w.Listed:
		p("listed")
	case w.Hop:
		p("known only as the target of a redirect: it has no row of its own")
	default:
		p("found at depth %d", w.Depth)
		if !w.MoreLinks && !slices.ContainsFunc(w.LinkedBy, isFollowed) {
			p("an earlier run followed more; by the rules of the last run:")
		}
	}
	for _, l := range w.LinkedBy {
		p("linked by %s: %s", l.URL, l.Rule)
	}
	if w.MoreLinks {
		p("and by more pages")
	}
	if w.Robots != "" {
		p("robots: %s", w.Robots)
	}
}

// isFollowed reports whether a link leads to its target by the rules of the last run.
func isFollowed(l crawler.Linker) bool { return !strings.HasPrefix(l.Rule, "not followed") }

func (a *app) whyResult(s *crawler.Store, rec *sink.Record, p func(string, ...any)) error {
	row, err := sink.Resolve(rec, s.ByURL)
	if err != nil {
		return err
	}
	for i := range rec.Attempts {
		p("attempt %d: %s", i+1, attemptText(&rec.Attempts[i]))
	}
	for _, u := range row.Redirects {
		p("redirects to %s", u)
	}
	if rec.Rule != "" {
		p("decided by %s", rec.Rule)
	}
	if row.ErrClass != "" {
		p("result: %s (%s)", row.ErrClass, row.ErrMessage)
	} else if !row.Waits() {
		p("result: status %d, %s", row.Last.Status, plural(row.Last.Body.Size, "byte", "bytes"))
	}
	return nil
}

// whyWaits tells what a URL without a result waits for.
func (a *app) whyWaits(w *crawler.Why, p func(string, ...any)) {
	if !w.Pending {
		return
	}
	for i := range w.Attempts {
		p("attempt %d: %s", i+1, attemptText(&w.Attempts[i]))
	}
	now := time.Now()
	switch {
	case w.DueAt.After(now):
		p("pending: it will be tried again at %s", w.DueAt.Local().Format(timeForm))
	case w.HostNextAt.After(now):
		p("pending: its host %s may not be asked before %s%s", w.Host, w.HostNextAt.Local().Format(timeForm), w.HostWhy)
	default:
		p("pending: it waits for its turn%s; the same crawl command goes on", w.HostWhy)
	}
}
