package main

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/crawler/frontier"
	"crawl/sink"
	"crawl/sink/words"
)

// storeStat is what stat tells, as JSON.
type storeStat struct {
	Store    string         `json:"store"`
	Bytes    int64          `json:"bytes"`    // on the disk
	Received int64          `json:"received"` // bytes of bodies, before decompression
	URLs     crawler.Counts `json:"urls"`
	Delayed  uint64         `json:"delayed"`
	Hosts    uint64         `json:"hosts"`
	Killed   *killedRun     `json:"killed,omitempty"` // the last run, if it did not come to its end
	*crawler.Totals
}

func (a *app) statCmd() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stat",
		Short: "Tell what is in the store, and what is left to do",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openStore(dir, true)
			if run := readStatus(dir); errors.Is(err, sink.ErrLocked) && run != nil {
				if asJSON {
					return a.printJSON(run)
				}
				a.printStatus(dir, run)
				return nil
			}
			if err != nil {
				return err
			}
			defer s.Close()
			st, front, err := statOf(s, dir)
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(st)
			}
			a.printStat(st, front)
			return nil
		},
	}
	storeFlag(cmd.Flags(), &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func statOf(s *crawler.Store, dir string) (*storeStat, *frontier.Stats, error) {
	totals, err := s.Totals()
	if err != nil {
		return nil, nil, err
	}
	counts, err := s.Counts(totals)
	if err != nil {
		return nil, nil, err
	}
	front, err := s.Frontier.Stats(context.Background())
	if err != nil {
		return nil, nil, err
	}
	totals.Done, totals.Failed, totals.Skipped, totals.Errors = counts.Done, counts.Failed, counts.Skipped, counts.Errors // those behind redirects too
	st := &storeStat{
		Store: dir, Bytes: diskUsage(dir), Received: totals.Bytes, URLs: counts,
		Delayed: front.Delayed, Hosts: front.Hosts, Killed: killedIn(dir), Totals: totals,
	}
	return st, &front, nil
}

// diskUsage is what the files below a directory take on the disk, in bytes; what cannot be read counts nothing. bbolt makes
// its files longer than what is in them.
func diskUsage(dir string) int64 {
	var sum int64
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a file that goes meanwhile takes nothing
		}
		if info, err := d.Info(); err == nil {
			sum += allocated(info)
		}
		return nil
	})
	return sum
}

func (a *app) printStat(st *storeStat, front *frontier.Stats) {
	u := st.URLs
	p := func(name, format string, args ...any) {
		a.printf("%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	p("store", "%s, %s", clean(st.Store), words.Bytes(st.Bytes))
	if k := st.Killed; k != nil {
		p("last run", "%s (pid %d) was cut off, killed or by a power cut, after %s; nothing recorded is lost, and the same command goes on",
			runName(k.What), k.PID, k.At.Local().Format(timeForm))
	}
	p("URLs", "%s: %s done, %s failed, %s skipped, %s pending", words.Count(u.Listed), words.Count(u.Done), words.Count(u.Failed), words.Count(u.Skipped), words.Count(u.Pending))
	if front.Delayed > 0 {
		p("", "%s of those pending wait for another attempt", words.Count(front.Delayed))
	}
	p("hosts", "%s", words.Count(st.Hosts))
	p("requests", "%s (%s, %s for robots.txt), %s received", words.Count(st.Requests), plural(st.Retries, "retry", "retries"), words.Count(st.Robots), words.Bytes(st.Received))
	p("redirects", "%s", plural(st.Redirects, "URL leads elsewhere", "URLs lead elsewhere"))
	if st.Saved > 0 {
		p("files", "%s saved, %s of them", words.Count(st.Saved), plural(st.Duplicate, "duplicate", "duplicates"))
	}
	if st.Cut > 0 {
		p("cut", "%s: %s", plural(st.Cut, "page", "pages"), cutWords)
	}
	failed, skipped := byKind(u.Errors)
	if len(failed) > 0 {
		p("errors", "%s", errorText(failed))
	}
	if len(skipped) > 0 {
		p("skipped", "%s", errorText(skipped))
	}
	for _, rule := range slices.Sorted(maps.Keys(st.Refused)) {
		p("", "%s not followed when found: %s", plural(st.Refused[rule], "link", "links"), clean(rule)) // other rules may have followed them since
	}
}
