package fetch

import (
	"bufio"
	"container/list"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/publicsuffix"
)

// Jar is a cookie jar of bounded size. It keeps one standard jar for each
// site (registrable domain by the public-suffix list, so no cookie is set for
// all of co.uk) and forgets the site used longest ago when there are too many;
// sites of a cookie file are not forgotten. It is safe for concurrent use.
type Jar struct {
	mu    sync.Mutex
	sites map[string]*list.Element
	order *list.List // of *site, the one used last in front; without the pinned
}

type site struct {
	name   string
	jar    http.CookieJar
	set    int // cookies ever set
	pinned bool
}

// NewJar returns an empty jar.
func NewJar() *Jar {
	return &Jar{sites: map[string]*list.Element{}, order: list.New()}
}

// siteOf is the registrable domain of a URL's host, or the host itself.
func siteOf(u *url.URL) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if name, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && strings.IndexByte(host, ':') < 0 {
		return name
	}
	return host
}

// find returns the site of u, a new one if make is set, else nil. The lock is held.
func (j *Jar) find(u *url.URL, make bool) *site {
	name := siteOf(u)
	if e, ok := j.sites[name]; ok {
		s := e.Value.(*site)
		if !s.pinned {
			j.order.MoveToFront(e)
		}
		return s
	}
	if !make {
		return nil
	}
	if j.order.Len() >= maxCookieSites {
		last := j.order.Back()
		delete(j.sites, last.Value.(*site).name)
		j.order.Remove(last)
	}
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return nil // cannot be: New has no way to fail
	}
	s := &site{name: name, jar: jar}
	j.sites[name] = j.order.PushFront(s)
	return s
}

// pin keeps the site of u for good. The lock is held.
func (j *Jar) pin(s *site) {
	if !s.pinned {
		s.pinned = true
		j.order.Remove(j.sites[s.name])
		j.sites[s.name] = &list.Element{Value: s}
	}
}

// Cookies returns the cookies to send to u (http.CookieJar).
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.sites) == 0 {
		return nil
	}
	s := j.find(u, false)
	if s == nil {
		return nil
	}
	return s.jar.Cookies(u)
}

// empty reports whether there are no cookies at all.
func (j *Jar) empty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.sites) == 0
}

// SetCookies takes the cookies of an answer from u (http.CookieJar). What is
// beyond the bounds is left out.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.find(u, true)
	for i, c := range cookies {
		if i == maxCookiesPerResponse || s.set == maxCookiesPerSite {
			return
		}
		if len(c.Name)+len(c.Value) > maxCookieBytes {
			continue
		}
		s.set++
		s.jar.SetCookies(u, []*http.Cookie{c})
	}
}

// setCookies returns the cookies that an answer sets. They share no memory with
// its header: all of that is one string, which a jar would keep.
func setCookies(h http.Header) []*http.Cookie {
	lines := slices.Clone(h["Set-Cookie"])
	for i := range lines {
		lines[i] = strings.Clone(lines[i])
	}
	return (&http.Response{Header: http.Header{"Set-Cookie": lines}}).Cookies()
}

// LoadCookies reads a cookie file of the Netscape format (seven fields
// separated by tabs: domain, include subdomains, path, secure, expiry in Unix
// seconds or 0, name, value) into a new jar. name is used in messages. A line
// that is not a cookie, a comment or blank is an error with its number;
// expired cookies are left out.
func LoadCookies(name string, r io.Reader) (*Jar, error) {
	j := NewJar()
	in := bufio.NewScanner(r)
	in.Buffer(nil, maxCookieLine)
	n := 0
	for in.Scan() {
		n++
		line := strings.TrimSuffix(in.Text(), "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if err := j.loadLine(line); err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", name, n, err)
		}
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s: line %d: longer than %d bytes", name, n+1, maxCookieLine)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return j, nil
}

func (j *Jar) loadLine(line string) error {
	line, httpOnly := strings.CutPrefix(line, "#HttpOnly_")
	if strings.TrimSpace(line) == "" || !httpOnly && line[0] == '#' {
		return nil
	}
	u, c, err := parseCookieLine(line)
	if err != nil {
		return err
	}
	if !c.Expires.IsZero() && !c.Expires.After(time.Now()) {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.find(u, true)
	j.pin(s)
	s.jar.SetCookies(u, []*http.Cookie{c})
	if c.Domain != "" && publicSuffixItself(u.Hostname()) {
		return fmt.Errorf("domain %q is a public suffix", c.Domain)
	}
	return nil
}

func publicSuffixItself(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	return icann && suffix == host
}

// parseCookieLine returns the cookie of a line and a URL that may set it.
func parseCookieLine(line string) (*url.URL, *http.Cookie, error) {
	f := strings.Split(line, "\t")
	if len(f) == 6 {
		f = append(f, "") // an empty value, its tab trimmed by an editor
	}
	if len(f) != 7 {
		return nil, nil, fmt.Errorf("%d fields separated by tabs, want 7", len(f))
	}
	host := strings.ToLower(strings.TrimPrefix(f[0], "."))
	if host == "" || strings.ContainsAny(host, " /:@?#[]%\\") || !httpguts.ValidHostHeader(host) {
		return nil, nil, fmt.Errorf("%q is not a domain", f[0])
	}
	sub, err := parseFlag("include subdomains", f[1])
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasPrefix(f[2], "/") {
		return nil, nil, fmt.Errorf("path %q does not begin with /", f[2])
	}
	secure, err := parseFlag("secure", f[3])
	if err != nil {
		return nil, nil, err
	}
	expiry, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil || expiry < 0 {
		return nil, nil, fmt.Errorf("expiry %q is not a number of seconds", f[4])
	}
	c := &http.Cookie{Name: f[5], Value: f[6], Path: f[2], Secure: secure}
	if !httpguts.ValidHeaderFieldName(c.Name) || !httpguts.ValidHeaderFieldValue(c.Value) || strings.ContainsRune(c.Value, ';') {
		return nil, nil, fmt.Errorf("cookie %q: bad name or value", c.Name)
	}
	if sub {
		c.Domain = host
	}
	if expiry > 0 {
		c.Expires = time.Unix(expiry, 0)
	}
	return &url.URL{Scheme: "https", Host: host, Path: f[2]}, c, nil
}

func parseFlag(what, s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "TRUE"):
		return true, nil
	case strings.EqualFold(s, "FALSE"):
		return false, nil
	}
	return false, fmt.Errorf("%s is %q, want TRUE or FALSE", what, s)
}
