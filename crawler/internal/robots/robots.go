// Package robots reads robots.txt (RFC 9309) and decides what a crawler may request. It is pure: no I/O, no clock.
//
// Where the RFC leaves room, it does what Google's parser does: a byte order mark, a missing colon and common misspellings
// are forgiven, and "Allow: /dir/index.html" also allows "/dir/".
//
// A decision costs one pass over the rules of the group. A rule with asterisks costs at most one pass over the path: each
// part between two asterisks is looked for behind the one before, and never again. The sum of these passes is bounded.
package robots

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// Rules is what a robots.txt says to everyone. It is immutable and safe for concurrent use. Its size is linear in the
// file's, whatever the file holds; comments and unknown lines are not kept.
type Rules struct {
	blocks []block
}

// block is consecutive User-agent lines with the rules below them, which hold for each of them.
type block struct {
	agents []string // in lower case; "*" for everyone else
	rules  []rule
	delays []delay
}

// delay is a Crawl-delay line. It holds for the agents named before it only: another User-agent line may follow without
// starting a new block, because the RFC does not know the directive.
type delay struct {
	agents int
	wait   time.Duration
}

// rule is an Allow or Disallow line.
type rule struct {
	text  string // "Disallow: /path*$", the path normalised
	line  int32
	flags uint8
}

const (
	allow    = 1 << iota
	anchored // ends in "$"
	wildcard // has an asterisk
)

const (
	allowPrefix    = "Allow: "
	disallowPrefix = "Disallow: "
)

// Group is what a robots.txt says to one crawler. It is immutable and safe for concurrent use; it does not keep the Rules
// alive, so a cache need hold no more than it. The zero Group allows everything.
type Group struct {
	rules []rule // the most specific first
	delay time.Duration
	timed bool // a delay was given
}

// Decision is the answer for one URL, and the rule that gave it.
type Decision struct {
	Allowed bool
	Line    int    // of the rule in the file, from 1; 0: no rule applies
	Rule    string // as in "Disallow: /private*", with percent-encoding normalised; "" when no rule applies, or TooCostly
}

// TooCostly stands for the rule when a file has so many rules with asterisks that a long path is refused instead of
// compared with all of them (more than 4 MiB of searching).
const TooCostly = "too many rules with asterisks for a path of this length"

// Agent gives what is said to a crawler with this product token, such as "crawl": the groups that name it, in any case,
// merged; or else those for "*"; or else one that allows everything. It sorts the rules: call it once per file, not
// once per URL.
func (r *Rules) Agent(product string) Group {
	if product != "" {
		if g, ok := r.merge(strings.ToLower(product)); ok {
			return g
		}
	}
	g, _ := r.merge("*")
	return g
}

// merge joins the blocks that name an agent, and tells whether there is any.
func (r *Rules) merge(agent string) (g Group, ok bool) {
	for _, b := range r.blocks {
		i := slices.Index(b.agents, agent)
		if i < 0 {
			continue
		}
		ok = true
		g.rules = append(g.rules, b.rules...)
		for _, d := range b.delays {
			if d.agents > i {
				g.delay, g.timed = max(g.delay, d.wait), true
			}
		}
	}
	slices.SortFunc(g.rules, bySpecificity)
	g.rules = slices.Clip(g.rules)
	return g, ok
}

// CrawlDelay is the time that the group asks to leave between two requests, at most MaxCrawlDelay, and whether it asks.
// The directive is not in the RFC; several lines for one agent ask for the longest.
func (g Group) CrawlDelay() (time.Duration, bool) { return g.delay, g.timed }

// Size is about how many bytes of memory the rules take.
func (g Group) Size() int {
	size := cap(g.rules) * int(unsafe.Sizeof(rule{}))
	for i := range g.rules {
		size += len(g.rules[i].text)
	}
	return size
}

// DelayOnly is the group without its rules, for those who read them again when they are needed. It decides nothing.
func (g Group) DelayOnly() Group { return Group{delay: g.delay, timed: g.timed} }

// Decide says whether a URL may be requested. pathAndQuery is what the request asks for, "/dir/page?query"; an empty one
// is "/". The most specific rule wins, that is the longest; an Allow wins over a Disallow of the same length. /robots.txt
// itself is always allowed. It allocates nothing unless the path has something to normalise. See RFC 9309 section 2.2.2.
func (g Group) Decide(pathAndQuery string) Decision {
	if len(g.rules) == 0 || pathAndQuery == "/robots.txt" {
		return Decision{Allowed: true}
	}
	if pathAndQuery == "" {
		pathAndQuery = "/"
	}
	path := normalise(pathAndQuery)
	searched := 0
	for i := range g.rules {
		r := &g.rules[i]
		ok, n := r.match(path)
		if ok {
			return Decision{Allowed: r.flags&allow != 0, Line: int(r.line), Rule: r.text}
		}
		if searched += n; searched > maxSearch {
			return Decision{Allowed: false, Rule: TooCostly}
		}
	}
	return Decision{Allowed: true}
}

// path is the rule's normalised path, with the "$" that anchors it.
func (r *rule) path() string {
	if r.flags&allow != 0 {
		return r.text[len(allowPrefix):]
	}
	return r.text[len(disallowPrefix):]
}

// bySpecificity orders the rules of a group so that the first that matches wins. What makes a rule specific is the number
// of octets in its path.
func bySpecificity(a, b rule) int {
	return cmp.Or(
		cmp.Compare(len(b.path()), len(a.path())),
		cmp.Compare(b.flags&allow, a.flags&allow),
		cmp.Compare(a.line, b.line),
	)
}
