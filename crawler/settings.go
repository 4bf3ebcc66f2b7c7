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

	Unfinished bool `json:"unfinished,omitempty"` // the run ended before all that was waiting was judged by them
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
	if a.Follow == b.Follow && !slices.Equal(a.Prefixes, b.Prefixes) {
		d = append(d, "--scope prefix of a list with other directories")
	}
	return d.String()
}

// differences are values of flags that are others than they were.
type differences []string

func (d *differences) tell(flag string, was, is any) {
	if w, i := flagValue(was), flagValue(is); w != i {
		*d = append(*d, fmt.Sprintf("%s %s, was %s", flag, i, w))
	}
}

// flagValue is a flag's value as a user writes it.
func flagValue(v any) string {
	s := fmt.Sprint(v)
	if list, ok := v.([]string); ok {
		s = strings.Join(list, " and ")
	}
	if s == "" {
		return "not given"
	}
	return s
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

// keepSettings applies the settings of this run where they are others than those of the last one, and writes them down. They
// are marked as unfinished until all that follows from them is durable, so that a crash in between does it again.
func (l *loop) keepSettings(ctx context.Context) error {
	c := l.c
	if err := l.knowScope(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	now := c.o.settings()
	old, ok, err := c.store.Settings()
	if err != nil {
		return err
	}
	if now.Images != nil {
		now.Images.Dirs = c.commit.dirs
	}
	if ok {
		c.tellSettings(&old, &now)
	}
	if l.resumed && (!ok || old.Unfinished || !old.follows(&now)) {
		marked := now
		marked.Unfinished = true
		l.s.send(&settled{settings: &marked})
		lessNofollow := !now.FollowNofollow && (old.FollowNofollow || old.Unfinished)
		if err := l.applyRules(ctx, lessNofollow); err != nil || ctx.Err() != nil {
			return ignoreDone(ctx, err)
		}
	}
	if !ok || !reflect.DeepEqual(old, now) {
		l.s.send(&settled{settings: &now})
	}
	return nil
}

// tellSettings tells what this run does otherwise than the one before.
func (c *Crawl) tellSettings(old, now *Settings) {
	tell := c.o.Observer.Notice
	if what := old.difference(now); what != "" {
		tell("other links are followed than in the run before: " + what)
	}
	if !now.Rules.Empty() && !reflect.DeepEqual(old.Rules, now.Rules) {
		tell("other extraction rules than in the run before: pages that are stored already keep their fields; `crawl extract` runs the new rules over them")
	}
	if !now.Rules.Empty() && !old.Rules.Empty() && old.Parser != now.Parser {
		tell(fmt.Sprintf("another parser than in the run before: %s, was %s (--parser-cmd); pages that are stored already keep their fields",
			parserName(now.Parser), parserName(old.Parser)))
	}
	c.tellFiles(old.Images, now.Images)
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
	for l.s.unstored > 0 && ctx.Err() == nil {
		l.flush()
		if err := l.committed(ctx); err != nil {
			return err
		}
	}
	return nil
}

// committed waits for a commit.
func (l *loop) committed(ctx context.Context) error {
	select {
	case <-l.c.commit.notify:
		l.acknowledge()
	case <-l.c.commit.done:
		return l.c.commit.err
	case <-ctx.Done():
	}
	return nil
}
