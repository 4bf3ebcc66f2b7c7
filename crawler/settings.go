package crawler

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"crawl/parse"
	"crawl/sink"
)

// Settings are what decides which URLs belong to a crawl. They are kept in the store, so that `crawl why` and `crawl retry`
// go by what the last run went by, and so that a run that follows more than the one before finds the links that were
// passed over, without asking for any page again.
type Settings struct {
	Depth          int         `json:"depth"`
	Follow         Follow      `json:"scope"`
	Prefixes       []string    `json:"prefixes,omitempty"` // what ScopePrefix made of the list
	Include        []string    `json:"include,omitempty"`
	Exclude        []string    `json:"exclude,omitempty"`
	FollowNofollow bool        `json:"follow_nofollow,omitempty"`
	IgnoreRobots   bool        `json:"ignore_robots,omitempty"`
	RobotsAgent    string      `json:"robots_agent,omitempty"`
	AllowPrivate   bool        `json:"allow_private,omitempty"`
	Rules          parse.Rules `json:"rules"`
	Parser         string      `json:"parser,omitempty"` // Options.Parser, when there are rules

	Images *ImageSettings `json:"images,omitempty"` // nil: a crawl of pages
}

func (o *Options) settings() Settings {
	var dirs []string
	if o.Scope.prefixes != nil {
		dirs = o.Scope.prefixes.dirs
	}
	parser := o.Parser
	if o.Rules.Empty() {
		parser = ""
	}
	return Settings{
		Prefixes: dirs, Parser: parser,
		Depth: o.Depth, Follow: o.Scope.Follow, Include: sources(o.Scope.Include), Exclude: sources(o.Scope.Exclude),
		FollowNofollow: o.FollowNofollow, IgnoreRobots: o.IgnoreRobots, RobotsAgent: o.RobotsAgent, AllowPrivate: o.Fetch.AllowPrivate, Rules: o.Rules, Images: o.Images.settings(),
	}
}

func sources(list []*regexp.Regexp) []string {
	var out []string
	for _, re := range list {
		out = append(out, re.String())
	}
	return out
}

// follows reports whether both settings follow the same links.
func (a *Settings) follows(b *Settings) bool {
	return a.Depth == b.Depth && a.Follow == b.Follow && a.FollowNofollow == b.FollowNofollow &&
		slices.Equal(a.Prefixes, b.Prefixes) && slices.Equal(a.Include, b.Include) && slices.Equal(a.Exclude, b.Exclude)
}

// difference tells what b follows otherwise than a, in the words of the flags.
func (a *Settings) difference(b *Settings) string {
	var d differences
	d.tell("--depth", a.Depth, b.Depth)
	d.tell("--scope", a.Follow, b.Follow)
	d.tell("--include", a.Include, b.Include)
	d.tell("--exclude", a.Exclude, b.Exclude)
	d.tell("--follow-nofollow", a.FollowNofollow, b.FollowNofollow)
	return d.String()
}

// differences are values of flags that are others than they were.
type differences []string

func (d *differences) tell(flag string, was, is any) {
	if w, i := fmt.Sprint(was), fmt.Sprint(is); w != i {
		*d = append(*d, fmt.Sprintf("%s %s, was %s", flag, i, w))
	}
}

func (d differences) String() string { return strings.Join(d, "; ") }

// Apply sets the options that the settings are of. Images.Imager is left to the caller.
func (a *Settings) Apply(o *Options) (err error) {
	if o.Images, err = a.Images.Images(); err != nil {
		return err
	}
	o.Depth, o.Scope, o.FollowNofollow = a.Depth, Scope{Follow: a.Follow}, a.FollowNofollow
	o.IgnoreRobots, o.RobotsAgent, o.Rules = a.IgnoreRobots, a.RobotsAgent, a.Rules
	o.Fetch.AllowPrivate = o.Fetch.AllowPrivate || a.AllowPrivate
	if a.Follow == ScopePrefix {
		o.Scope.prefixes = &prefixes{dirs: slices.Clone(a.Prefixes)}
	}
	for _, l := range []struct {
		from []string
		to   *[]*regexp.Regexp
	}{{a.Include, &o.Scope.Include}, {a.Exclude, &o.Scope.Exclude}} {
		for _, s := range l.from {
			re, err := regexp.Compile(s)
			if err != nil {
				return fmt.Errorf("%w: the settings hold a broken expression: %w", sink.ErrDamaged, err)
			}
			*l.to = append(*l.to, re)
		}
	}
	return nil
}

// Settings gives those of the last run over the store, and whether there was one.
func (s *Store) Settings() (Settings, bool, error) {
	var v Settings
	ok, err := s.readRow(bucketCrawl, keySettings, &v)
	return v, ok, err
}

// followMore follows the links of stored pages again when the settings are others than those of the last run. The new
// settings are only written when all of it is durable, so that a crash in between does it again; what was admitted by then
// is known.
func (l *loop) followMore(ctx context.Context) error {
	c := l.c
	if err := l.knowScope(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	now := c.o.settings()
	old, ok, err := c.store.Settings()
	if err != nil {
		return err
	}
	if now.Images != nil && now.Images.Dir == "" && len(c.commit.dirs) > 0 {
		now.Images.LastDir = c.commit.dirs[0]
	}
	if ok && !old.follows(&now) {
		c.o.Observer.Notice("other links are followed than in the run before: " + old.difference(&now) + "; what waits already is asked for all the same")
	}
	if ok && !now.Rules.Empty() && !reflect.DeepEqual(old.Rules, now.Rules) {
		c.o.Observer.Notice("other extraction rules than in the run before: pages that are stored already keep their fields; `crawl extract` runs the new rules over them")
	}
	if ok && !now.Rules.Empty() && !old.Rules.Empty() && old.Parser != now.Parser {
		c.o.Observer.Notice(fmt.Sprintf("another parser than in the run before: %s, was %s (--parser-cmd); pages that are stored already keep their fields",
			parserName(now.Parser), parserName(old.Parser)))
	}
	if ok && !old.follows(&now) {
		err = c.store.Each(0, func(r *sink.Record) error {
			x, err := l.s.redirectAgain(r)
			if err != nil {
				return err
			}
			if x != nil {
				l.s.send(x)
			} else if links := l.s.linksAgain(r); len(links) > 0 {
				l.s.send(&settled{links: links})
			}
			return ctx.Err()
		})
		if err != nil {
			return ignoreDone(ctx, err)
		}
		if err := l.flushed(ctx); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	c.tellFiles(old.Images, now.Images)
	if !ok || !reflect.DeepEqual(old, now) {
		l.s.send(&settled{settings: &now})
	}
	return nil
}

// parserName is a parser as a message has it.
func parserName(command string) string {
	if command == "" {
		return "crawl's own"
	}
	return strconv.Quote(command)
}

// knowScope waits until links can be judged: a prefix scope is that of the whole list.
func (l *loop) knowScope(ctx context.Context) error {
	if l.c.o.Scope.prefixes == nil {
		return nil
	}
	select {
	case <-l.fed.done:
		l.ended = true
		return nil
	case <-l.c.commit.done:
		return l.c.commit.err
	case <-ctx.Done():
		return nil
	}
}

// flushed waits until all that was settled is on disk.
func (l *loop) flushed(ctx context.Context) error {
	for l.s.unstored > 0 {
		l.flush()
		select {
		case <-l.c.commit.notify:
			l.acknowledge()
		case <-l.c.commit.done:
			return l.c.commit.err
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}
