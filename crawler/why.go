package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/local"
	"crawl/crawler/internal/polite"
	"crawl/crawler/urlnorm"
	"crawl/parse"
	"crawl/sink"
)

// Why is what is known of one URL, and what was decided about it. What has a result is told by its record.
type Why struct {
	Known, Listed, Hop bool
	Pending            bool
	Depth              uint16
	LinkedBy           []Linker // at most maxLinkers
	MoreLinks          bool
	Robots             string // what robots.txt says of it, as stored
	Excluded           string // the rule that keeps it out, also out of the list, by the settings of the last run; "": none

	// Only while Pending.
	Attempts   []sink.Attempt
	DueAt      time.Time // zero: at once
	Host       string
	HostNextAt time.Time
	HostWhy    string // in words, with its own punctuation
}

// Linker is a page that links to the URL.
type Linker struct {
	URL  string
	Rule string // what was decided about the link, by the settings of the last run
}

// Why tells what is known of a URL that urlnorm gave. It reads all records, to find who links to it.
func (s *Store) Why(ctx context.Context, url string) (*Why, error) {
	w := &Why{}
	key := s.Key(url)
	ahead, err := s.ahead(time.Now())
	if err != nil {
		return nil, err
	}
	k, ok, err := s.Frontier.Lookup(ctx, key)
	if err != nil {
		return nil, err
	}
	if ok {
		w.Known, w.Pending, w.Depth = true, k.Pending, k.Depth
		w.Listed, w.Hop = k.Flags&frontier.Listed != 0, k.Flags&frontier.Hop != 0
		n, err := decodeNote(k.Note)
		if err != nil {
			return nil, err
		}
		w.Attempts, w.DueAt = n.all(), k.DueAt
	}
	if k.Depth == frontier.NoDepth { // it was set aside
		rec, ok, err := s.Get(uint64(k.ID))
		if err != nil {
			return nil, err
		}
		if ok {
			w.Depth = rec.Depth
		}
	}
	if err := s.whyHost(ctx, w, url); err != nil {
		return nil, err
	}
	for _, at := range []*time.Time{&w.DueAt, &w.HostNextAt} {
		if !at.IsZero() {
			*at = at.Add(-ahead)
		}
	}
	settings, ran, err := s.Settings()
	if err != nil || !ran {
		return w, err
	}
	return w, s.whyRules(ctx, w, url, key, &settings)
}

// whyHost tells what the URL's host waits for.
func (s *Store) whyHost(ctx context.Context, w *Why, url string) error {
	h, ok, err := s.Frontier.HostByName(ctx, hostString(url))
	if err != nil || !ok {
		return err
	}
	w.Host, w.HostNextAt = h.Host, h.NextAt
	var st polite.State
	if len(h.State) > 0 {
		if err := json.Unmarshal(h.State, &st); err != nil {
			return fmt.Errorf("%w: the state of host %s does not decode: %w", sink.ErrDamaged, h.Host, err)
		}
	}
	switch {
	case st.Fails > 0:
		w.HostWhy = fmt.Sprintf(" (it failed %d times in a row)", st.Fails)
	case st.Slow > 0:
		w.HostWhy = fmt.Sprintf(" (it asked to be asked less: one request in %s)", st.Slow)
	}
	return nil
}

// errEnoughLinkers ends the search.
var errEnoughLinkers = errors.New("enough")

// whyRules finds who links to the URL, and what the rules say of it.
func (s *Store) whyRules(ctx context.Context, w *Why, url string, key frontier.Key, settings *Settings) error {
	var o Options
	if err := settings.Apply(&o); err != nil {
		return err
	}
	o.Rules = parse.Rules{} // nothing is taken apart here
	if o.Images != nil {
		o.Images = &Images{FromPages: o.Images.FromPages}
	}
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	c := &Crawl{o: o, store: s}
	if v := o.Scope.Listed(url); !v.OK {
		w.Excluded = v.Rule
	}
	if !o.IgnoreRobots {
		e, ok, err := s.robots(urlnorm.Origin(url))
		if err != nil {
			return err
		}
		switch {
		case !ok || e.At.IsZero():
			w.Robots = "its robots.txt was not asked for yet"
		default:
			w.Robots = newRobotsRules(e, o.RobotsAgent).tells(url)
		}
	}
	err = s.Each(0, func(r *sink.Record) error {
		if r.Location != "" && s.Key(r.Location) == key {
			return w.linked(r.URL, "redirect")
		}
		for l := range r.Links.All() {
			if string(l.URL) == url || s.Key(string(l.URL)) == key {
				return w.linked(r.URL, c.linkRule(r, l))
			}
		}
		return ctx.Err()
	})
	if errors.Is(err, errEnoughLinkers) {
		return nil
	}
	return err
}

func (w *Why) linked(url, rule string) error {
	if len(w.LinkedBy) == maxLinkers {
		w.MoreLinks = true
		return errEnoughLinkers
	}
	w.LinkedBy = append(w.LinkedBy, Linker{url, rule})
	return nil
}

// linkRule tells what is decided about a link of a stored page.
func (c *Crawl) linkRule(r *sink.Record, l sink.Link) string {
	switch m := c.o.Images; {
	case m == nil:
	case m.FromPages && parse.Kind(l.Kind).Image():
		return "shown by the page: the best candidate of each picture is taken, the next one where that cannot be had"
	default:
		return "not followed: an image batch follows no links"
	}
	if int(r.Depth) >= c.o.Depth {
		return fmt.Sprintf("not followed: the page is at depth %d and --depth is %d", r.Depth, c.o.Depth)
	}
	scope := c.o.Scope.from(r.URL)
	if rule := c.refuses(&scope, l.URL, parse.Kind(l.Kind), l.NoFollow); rule != "" {
		return "not followed: " + rule
	}
	return "followed: " + c.o.Scope.Link(r.URL, l.URL).Rule
}

// tells what the rules say of a URL, in words.
func (r *robotsRules) tells(url string) string {
	if u := r.refuses(url); u != nil {
		return "refused by " + u.rule
	}
	if r.entry.Class != "" {
		return fmt.Sprintf("allowed: there is no robots.txt (status %d)", r.entry.Status)
	}
	d := r.group.Decide(urlnorm.PathAndQuery(url))
	if d.Line == 0 {
		return "allowed: no rule matches"
	}
	return fmt.Sprintf("allowed by line %d: %s", d.Line, d.Rule)
}

// Verify checks that the frontier, the records and the counters agree, and every row of the frontier. Check of package
// sink verifies the rest. It returns the first disagreement, as sink.ErrDamaged; or why they could not be read, or the error
// of ctx; or ErrInUse.
func (s *Store) Verify(ctx context.Context) error {
	release, err := s.use()
	if err != nil {
		return err
	}
	defer release()
	if err := s.Frontier.Check(ctx); err != nil {
		if errors.Is(err, local.ErrDamaged) {
			err = fmt.Errorf("%w: %w", sink.ErrDamaged, err)
		}
		return err
	}
	stored, err := s.Totals()
	if err != nil {
		return err
	}
	counted := newTotals()
	var records uint64
	err = s.Each(0, func(r *sink.Record) error {
		records++
		counted.record(r, 1)
		k, ok, err := s.Frontier.Lookup(ctx, s.Key(r.URL))
		switch {
		case err != nil:
			return err
		case !ok || uint64(k.ID) != r.ID:
			return fmt.Errorf("%w: %s has a result but the frontier does not know it", sink.ErrDamaged, r.URL)
		case k.Pending:
			return fmt.Errorf("%w: %s has a result and is pending too", sink.ErrDamaged, r.URL)
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	st, err := s.Frontier.Stats(ctx)
	if err != nil {
		return err
	}
	if records+st.Pending != st.Known {
		return fmt.Errorf("%w: %d URLs are known, but %d have a result and %d are pending", sink.ErrDamaged, st.Known, records, st.Pending)
	}
	if counted.Fetched != stored.Fetched || counted.Done != stored.Done || counted.Failed != stored.Failed || counted.Skipped != stored.Skipped ||
		counted.Saved != stored.Saved || counted.Duplicate != stored.Duplicate || counted.Redirects != stored.Redirects || counted.Hops != stored.Hops ||
		counted.Cut != stored.Cut {
		return fmt.Errorf("%w: the counters do not agree with the records", sink.ErrDamaged)
	}
	return nil
}
