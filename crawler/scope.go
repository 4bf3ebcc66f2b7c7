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
func (s *Scope) Link(page, link []byte) Verdict {
	if v := s.follows(page, link); !v.OK {
		return v
	}
	for _, re := range s.Exclude {
		if re.Match(link) {
			return Verdict{Rule: "--exclude " + re.String()}
		}
	}
	for _, re := range s.Include {
		if re.Match(link) {
			return Verdict{OK: true, Rule: "--include " + re.String()}
		}
	}
	if len(s.Include) > 0 {
		return Verdict{Rule: "no --include matches"}
	}
	return Verdict{OK: true, Rule: "--scope " + string(s.Follow)}
}

// follows applies Follow alone. It allocates nothing for ScopeHost and ScopeAny.
func (s *Scope) follows(page, link []byte) Verdict {
	var ok bool
	switch s.Follow {
	case ScopeAny:
		ok = true
	case ScopeHost:
		ok = bytes.Equal(hostOf(page), hostOf(link))
	case ScopeDomain:
		ok = bytes.Equal(hostOf(page), hostOf(link)) || domainOf(page) == domainOf(link)
	case ScopePrefix:
		ok = s.prefixes.covers(string(link))
	}
	if !ok {
		return Verdict{Rule: "outside --scope " + string(s.Follow)}
	}
	return Verdict{OK: true}
}

// Redirect decides on the target of a redirect from url. Where a listed URL leads is part of the list.
func (s *Scope) Redirect(listed bool, url, target string) Verdict {
	if listed {
		return s.Listed(target)
	}
	return s.Link([]byte(url), []byte(target))
}

// hostOf gives the host[:port] of an absolute URL.
func hostOf(url []byte) []byte {
	i, j := urlnorm.SplitHost(url)
	return url[i:j]
}

// domainOf gives the registrable domain of an absolute URL.
func domainOf(url []byte) string { return urlnorm.RegistrableDomain(urlnorm.Hostname(string(url))) }

// trap tells which trap rule a discovered URL breaks, "" if none. These are the shapes that servers make without end:
// relative links that pile up, session trees, URLs that carry their own history.
func trap(url string) string {
	if len(url) > trapURLBytes {
		return fmt.Sprintf("URL of %d bytes (more than %d)", len(url), trapURLBytes)
	}
	_, end := urlnorm.SplitHost([]byte(url))
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
