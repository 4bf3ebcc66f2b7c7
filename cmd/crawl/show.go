package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/crawler/urlnorm"
	"crawl/sink"
	"crawl/sink/words"
)

// showFlags say what show shows.
type showFlags struct {
	store   string
	failed  bool
	skipped bool
	classes []string
	limit   int
	json    bool
	body    bool
	header  bool
	links   bool
}

// errEnough ends a listing early.
var errEnough = errors.New("enough")

func (a *app) showCmd() *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "show [URL]",
		Short: "List the results, or show one with its body, header and links on request",
		Args:  takes(0, 1, "one URL, or none to list all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := openStore(f.store, true)
			if err != nil {
				return err
			}
			defer s.Close()
			if len(args) == 0 {
				return a.showAll(cmd.Context(), s, &f)
			}
			return a.showOne(s, args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	storeFlag(flags, &f.store)
	flags.BoolVar(&f.failed, "failed", false, "list only failures")
	flags.BoolVar(&f.skipped, "skipped", false, "list only what was not asked for, by rule (with --failed: both)")
	flags.StringSliceVar(&f.classes, "class", nil, "list only these error `CLASSES`")
	flags.IntVarP(&f.limit, "limit", "n", 0, "list no more than `N` (0 = all)")
	flags.BoolVar(&f.json, "json", false, "print JSON lines, as export writes them")
	flags.BoolVar(&f.body, "body", false, "with URL: print the body, and nothing else, to standard output")
	flags.BoolVar(&f.header, "header", false, "with URL: print the response header too")
	flags.BoolVar(&f.links, "links", false, "with URL: print the links too")
	return cmd
}

// lists reports whether --failed and --skipped let a result pass.
func (f *showFlags) lists(c crawler.Class) bool {
	if !f.failed && !f.skipped {
		return true
	}
	return f.skipped && c.Skipped() || f.failed && c != "" && !c.Skipped()
}

func (a *app) showAll(ctx context.Context, s *crawler.Store, f *showFlags) error {
	if f.limit < 0 {
		return usageError("--limit %d: use 1 or more, or 0 for all", f.limit)
	}
	if f.body || f.header || f.links {
		return usageError("--body, --header and --links need a URL: crawl show --body URL")
	}
	classes, err := parseClasses(f.classes, crawler.Classes())
	if err != nil {
		return err
	}
	var page bytes.Buffer
	w := tabwriter.NewWriter(&page, 0, 8, 2, ' ', 0)
	n := 0
	src := sink.Source{Store: s.Store, ByURL: s.ByURL}
	err = src.Rows(ctx, func(r *sink.Row) error {
		class := crawler.Class(r.ErrClass)
		if !f.lists(class) || len(classes) > 0 && !slices.Contains(classes, class) {
			return nil
		}
		if n++; f.limit > 0 && n > f.limit {
			return errEnough
		}
		if f.json {
			return a.printJSON(r)
		}
		what := r.Last.Title
		if r.ErrClass != "" {
			what = strings.TrimPrefix(r.ErrMessage, fmt.Sprint(r.Last.Status, " "))
		}
		_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", verdict(r), words.Bytes(r.Last.Body.Size), clean(r.URL), clean(shorten(what, 60)))
		if n%listPage == 0 && err == nil {
			err = a.flushTable(w, &page)
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if n == 0 && !f.json {
		a.notef("There are no such results in %s yet.\n", clean(f.store))
	}
	return a.flushTable(w, &page)
}

// flushTable prints the rows so far, without the spaces that an empty last cell leaves.
func (a *app) flushTable(w *tabwriter.Writer, page *bytes.Buffer) error {
	if err := w.Flush(); err != nil {
		return err
	}
	defer page.Reset()
	for line := range bytes.Lines(page.Bytes()) {
		if _, err := fmt.Fprintf(a.out, "%s\n", bytes.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// verdict is the status of an answer, or the class of a failure.
func verdict(r *sink.Row) string {
	if r.ErrClass != "" && (r.Last.Status == 0 || r.Last.Status < 400) {
		return r.ErrClass
	}
	return fmt.Sprint(r.Last.Status)
}

func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// find looks up the record of a URL as a user writes it.
func find(s *crawler.Store, arg string) (*sink.Record, string, error) {
	if !isURL(arg) {
		return nil, "", usageError("%s is not a URL; it must start with http:// or https://", clean(arg))
	}
	url, err := urlnorm.Parse(arg)
	if err != nil {
		return nil, "", usageError("%s: %w", clean(arg), err)
	}
	rec, _, err := s.ByURL(url)
	return rec, url, err
}

func (a *app) showOne(s *crawler.Store, arg string, f *showFlags) error {
	rec, url, err := find(s, arg)
	if err != nil {
		return err
	}
	if rec == nil {
		return &exitError{exitFailed, fmt.Errorf("there is no result for %s in %s; `crawl why` tells what is known of it", url, f.store)}
	}
	row, err := sink.Resolve(rec, s.ByURL)
	if err != nil {
		return err
	}
	if rec.From != 0 {
		if row.From, err = s.URLOf(rec.From); err != nil {
			return err
		}
	}
	switch {
	case f.body:
		return a.showBody(s, &row)
	case f.json:
		return a.printJSON(&row)
	}
	a.describe(&row, f)
	return nil
}

func (a *app) showBody(s *crawler.Store, row *sink.Row) error {
	if row.Last.Body == (sink.BodyRef{}) {
		return &exitError{exitFailed, fmt.Errorf("%s has no body: %s", row.URL, verdict(row))}
	}
	r, err := s.OpenBody(row.Last.Body)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(a.out, r)
	return err
}

// describe prints one result for people.
func (a *app) describe(row *sink.Row, f *showFlags) {
	last := row.Last
	p := func(name, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			a.printf("%-12s %s\n", name, clean(text))
		}
	}
	p("URL", "%s", row.URL)
	for _, u := range row.Redirects {
		p("redirects to", "%s", u)
	}
	p("linked from", "%s", row.From)
	if row.Record.Depth > 0 {
		p("depth", "%d", row.Record.Depth)
	}
	if last.Status > 0 {
		p("status", "%d %s", last.Status, last.Proto)
	}
	if row.ErrClass != "" {
		p("error", "%s: %s", row.ErrClass, row.ErrMessage)
	}
	p("rule", "%s", last.Rule)
	p("type", "%s", strings.TrimSpace(last.MediaType+" "+last.Charset))
	p("title", "%s", last.Title)
	p("description", "%s", last.Description)
	p("canonical", "%s", last.Canonical)
	p("language", "%s", last.Lang)
	if last.Body != (sink.BodyRef{}) {
		p("body", "%s bytes (%s received), sha256 %x", words.Count(last.Body.Size), words.Bytes(last.WireBytes), last.SHA256[:])
	}
	if last.Width > 0 {
		p("picture", "%d x %d", last.Width, last.Height)
	}
	if last.HasDHash {
		p("dhash", "%016x", last.DHash)
	}
	if last.Flags&sink.Undecodable != 0 {
		p("", "it could not be decoded; crawl images --gallery or --near tries again with --verify")
	}
	if last.Flags&(sink.Saved|sink.Duplicate) == sink.Saved|sink.Duplicate {
		p("", "the store had these bytes already, from another URL")
	}
	p("file", "%s", row.File)
	p("name", "%s", row.Record.Name)
	for _, e := range row.Record.Extra {
		p("  "+clean(e[0]), "%s", e[1])
	}
	if n := last.Links.Len(); n > 0 {
		p("links", "%d", n)
	}
	if !last.FetchedAt.IsZero() {
		p("fetched", "%s", last.FetchedAt.Local().Format(timeForm))
	}
	for i := range last.Attempts {
		p(fmt.Sprintf("attempt %d", i+1), "%s", attemptText(&last.Attempts[i]))
	}
	for _, field := range last.Fields {
		p("  "+field.Name, "%s", strings.Join(field.Values, " | "))
	}
	for _, d := range slices.Concat(last.Defects, last.FieldDefects) {
		p("defect", "%s", d)
	}
	if last.Text != "" {
		a.printf("\n%s\n", cleanLines(last.Text))
	}
	if f.header && len(last.Header) > 0 {
		a.printf("\n%s", cleanLines(string(bytes.ReplaceAll(last.Header, []byte("\r\n"), []byte("\n")))))
	}
	if f.links {
		a.printf("\n")
		for l := range last.Links.All() {
			a.printf("%c%s %s\n", l.Kind, ifs(l.NoFollow, " nofollow"), clean(string(l.URL)))
		}
	}
}

// cleanLines cleans text that may have lines and tabs.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		cells := strings.Split(l, "\t")
		for j := range cells {
			cells[j] = clean(cells[j])
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// attemptText tells one attempt with its phases.
func attemptText(t *sink.Attempt) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s ", t.At.Local().Format(timeForm))
	switch {
	case t.Class != "":
		fmt.Fprintf(&b, "%s", t.Class)
		if t.Status > 0 && !strings.HasPrefix(t.Message, strconv.Itoa(t.Status)) {
			fmt.Fprintf(&b, " (status %d)", t.Status)
		}
		if t.Message != "" {
			fmt.Fprintf(&b, ": %s", t.Message)
		}
	default:
		fmt.Fprintf(&b, "status %d", t.Status)
	}
	if t.Remote != "" {
		fmt.Fprintf(&b, " from %s", t.Remote)
	}
	for _, ph := range []struct {
		name string
		d    time.Duration
	}{
		{"politeness", t.Timing.Polite},
		{"queue", t.Timing.Queue},
		{"DNS", t.Timing.DNS},
		{"connect", t.Timing.Connect},
		{"TLS", t.Timing.TLS},
		{"first byte", t.Timing.FirstByte},
		{"body", t.Timing.Body},
		{"parse", t.Timing.Parse},
	} {
		if ph.d > 0 {
			fmt.Fprintf(&b, ", %s %s", ph.name, span(ph.d))
		}
	}
	return b.String()
}
