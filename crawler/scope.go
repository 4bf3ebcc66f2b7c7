package crawler

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"crawl/crawler/urlnorm"
)

// Follow says which links may be followed, seen from the page they stand on.
type Follow string

// The scopes.
const (
	ScopeHost   Follow = "host"   // the same host and port
	ScopeDomain Follow = "domain" // the same registrable domain (public suffix list)
	ScopePrefix Follow = "prefix" // below the directory of a listed URL
	ScopeAny    Follow = "any"
)

// Scope decides which discovered URLs belong to the crawl. It is pure: the same question has the same answer for as long
// as the options are the same, which is how `crawl why` can tell what was decided.
type Scope struct {
	Follow  Follow
	Include []*regexp.Regexp // a discovered URL must match one, when there are any
	Exclude []*regexp.Regexp // no URL, listed or discovered, may match any

	prefixes *prefixes // ScopePrefix
}

// Verdict is a decision with its reason.
type Verdict struct {
	OK   bool
	Rule string // in the user's words: `--exclude \.pdf$`
}

func (s *Scope) check() error {
	switch s.Follow {
	case ScopeHost, ScopeDomain, ScopeAny:
	case ScopePrefix:
		if s.prefixes == nil {
			s.prefixes = &prefixes{}
		}
	default:
		return fmt.Errorf("scope %q is not known: use host, domain, prefix or any", s.Follow)
	}
	return nil
}

// Listed decides on a URL of the list.
func (s *Scope) Listed(url string) Verdict {
	for _, re := range s.Exclude {
		if re.MatchString(url) {
			return Verdict{Rule: "--exclude " + re.String()}
		}
	}
	return Verdict{OK: true, Rule: "listed"}
}

// Link decides on a link that stands on page. Both are absolute, as urlnorm gives them.
func (s *Scope) Link(page string, link []byte) Verdict {
	from := s.from(page)
	ok, rule := from.link(link)
	if ok && rule == "" {
		rule = "--scope " + string(s.Follow)
	}
	return Verdict{OK: ok, Rule: rule}
}

// pageScope is a Scope seen from one page: what hangs on the page alone is worked out once for all of its links.
type pageScope struct {
	*Scope
	root    string // scheme://host[:port]/ of the page: a link that starts with it is on the same host
	host    string // host[:port]
	domain  string // registrable domain, "" until a link asks for it
	outside string // rule of the links that Follow leaves out, "" until there is one
}

// from looks at the Scope from a page, an absolute URL as urlnorm gives it.
func (s *Scope) from(page string) pageScope {
	i, j := urlnorm.SplitHost(page)
	return pageScope{Scope: s, root: page[:min(j+1, len(page))], host: page[i:j]}
}

// link decides on a link that stands on the page. rule is "" for a link that Follow alone decided to take.
func (p *pageScope) link(link []byte) (ok bool, rule string) {
	if !p.follows(link) {
		if p.outside == "" {
			p.outside = "outside --scope " + string(p.Follow)
		}
		return false, p.outside
	}
	for _, re := range p.Exclude {
		if matches(re, link) {
			return false, "--exclude " + re.String()
		}
	}
	if len(p.Include) == 0 {
		return true, ""
	}
	for _, re := range p.Include {
		if matches(re, link) {
			return true, "--include " + re.String()
		}
	}
	return false, "no --include matches"
}

// follows applies Follow alone. It allocates nothing for ScopeHost and ScopeAny.
func (p *pageScope) follows(link []byte) bool {
	switch p.Follow {
	case ScopeAny:
		return true
	case ScopePrefix:
		return p.prefixes.covers(string(link))
	}
	if len(link) >= len(p.root) && string(link[:len(p.root)]) == p.root || string(hostOf(link)) == p.host {
		return true
	}
	if p.Follow != ScopeDomain {
		return false
	}
	if p.domain == "" {
		p.domain = domainOf(p.root)
	}
	return p.domain == domainOf(string(link))
}

// matches is re.Match. Most links do not have the words that a match must begin with, and need no more than that.
func matches(re *regexp.Regexp, link []byte) bool {
	if prefix, _ := re.LiteralPrefix(); !bytes.Contains(link, []byte(prefix)) {
		return false
	}
	return re.Match(link)
}

// Redirect decides on the target of a redirect from url. Where a listed URL leads is part of the list.
func (s *Scope) Redirect(listed bool, url, target string) Verdict {
	if listed {
		return s.Listed(target)
	}
	return s.Link(url, []byte(target))
}

// hostOf gives the host[:port] of an absolute URL.
func hostOf(url []byte) []byte {
	i, j := urlnorm.SplitHost(url)
	return url[i:j]
}

// domainOf gives the registrable domain of an absolute URL.
func domainOf(url string) string { return urlnorm.RegistrableDomain(urlnorm.Hostname(url)) }

// trap tells which trap rule a discovered URL breaks, "" if none. These are the shapes that servers make without end:
// relative links that pile up, session trees, URLs that carry their own history.
func trap(url string) string {
	if len(url) > trapURLBytes {
		return fmt.Sprintf("URL of %d bytes (more than %d)", len(url), trapURLBytes)
	}
	_, end := urlnorm.SplitHost(url)
	path, _, _ := strings.Cut(url[end:], "?")
	segments := strings.Split(strings.Trim(path, "/"), "/")
	if len(segments) > trapPathDepth {
		return fmt.Sprintf("path of %d segments (more than %d)", len(segments), trapPathDepth)
	}
	if len(segments) <= trapRepeats {
		return ""
	}
	slices.Sort(segments)
	run := 1
	for i := 1; i < len(segments); i++ {
		if segments[i] != segments[i-1] || segments[i] == "" {
			run = 1
			continue
		}
		if run++; run > trapRepeats {
			return fmt.Sprintf("path segment %q more than %d times", segments[i], trapRepeats)
		}
	}
	return ""
}

// prefixes are the directories of the listed URLs, sorted; none lies below another.
type prefixes struct{ dirs []string }

// add takes the directory of a listed URL in. It fails when there are too many to hold.
func (p *prefixes) add(url string) error {
	dir, _, _ := strings.Cut(url, "?")
	dir = dir[:strings.LastIndexByte(dir, '/')+1]
	if p.covers(dir) {
		return nil
	}
	if len(p.dirs) >= maxPrefixes {
		return fmt.Errorf("--scope prefix: the list has more than %d directories; use --scope host or split the list", maxPrefixes)
	}
	i, _ := slices.BinarySearch(p.dirs, dir)
	j := i
	for j < len(p.dirs) && strings.HasPrefix(p.dirs[j], dir) {
		j++
	}
	p.dirs = slices.Replace(p.dirs, i, j, dir)
	return nil
}

// covers reports whether the URL is below one of the directories.
func (p *prefixes) covers(url string) bool {
	i, found := slices.BinarySearch(p.dirs, url)
	return found || i > 0 && strings.HasPrefix(url, p.dirs[i-1])
}
