package fetch

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// target is a request URL taken apart without changing a byte of its path and
// query. net/url would refuse or re-encode some URLs that browsers send as
// they are (a lone % or | in a path).
type target struct {
	scheme string // http or https
	user   *url.Userinfo
	host   string // lower case, without port, brackets or userinfo
	at     string // host and port as in a Host header (RFC 9112 section 3.2)
	path   string // begins with /
	query  string // without ?
	hasQ   bool   // there is a ?, even with nothing behind it
}

// parseTarget splits an absolute http or https URL. A fragment is dropped,
// bytes outside ASCII are percent-encoded; control characters, spaces and
// other schemes are errors, of class RefusedAddress.
func parseTarget(raw string) (t target, f *failure) {
	if len(raw) > maxURL {
		return t, failf(RefusedAddress, opURL, "longer than %d bytes", maxURL)
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	t.scheme = strings.ToLower(scheme)
	if !ok || t.scheme != "http" && t.scheme != "https" {
		return t, failf(RefusedAddress, opURL, "not an absolute http or https URL")
	}
	rest, _, _ = strings.Cut(rest, "#")
	for i := range len(rest) {
		if rest[i] <= ' ' || rest[i] == 0x7f {
			return t, failf(RefusedAddress, opURL, "space or control character in the URL")
		}
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	if f := t.setAuthority(authority); f != nil {
		return t, f
	}
	rest = escapeHigh(rest)
	t.path, t.query, t.hasQ = strings.Cut(rest, "?")
	if t.path == "" {
		t.path = "/"
	}
	return t, nil
}

func (t *target) setAuthority(s string) *failure {
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		name, password, has := strings.Cut(s[:i], ":")
		if has {
			t.user = url.UserPassword(unescape(name), unescape(password))
		} else {
			t.user = url.User(unescape(name))
		}
		s = s[i+1:]
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return failf(RefusedAddress, opURL, "bracket without end in the host")
		}
		host, port = s[1:end], s[end+1:]
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() || a.Zone() != "" {
			return failf(RefusedAddress, opURL, "not an IPv6 address in the brackets")
		}
		if port != "" && port[0] != ':' {
			return failf(RefusedAddress, opURL, "bytes between host and port")
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, port = s[:i], s[i:]
	}
	if port = strings.TrimPrefix(port, ":"); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return failf(RefusedAddress, opURL, "bad port in the URL")
		}
	}
	if host == "" || strings.ContainsAny(host, `"%<>\^`+"`{|}") {
		return failf(RefusedAddress, opURL, "bad host in the URL")
	}
	t.host = strings.ToLower(host)
	t.at = t.host
	if strings.IndexByte(host, ':') >= 0 {
		t.at = "[" + t.host + "]"
	}
	if port != "" && port != t.defaultPort() {
		if t.host == host {
			t.at = s // as it is
		} else {
			t.at += ":" + port
		}
	}
	return nil
}

func (t *target) defaultPort() string {
	if t.scheme == "http" {
		return "80"
	}
	return "443"
}

// origin is scheme://host[:port] without the default port (RFC 6454).
func (t *target) origin() string { return t.scheme + "://" + t.at }

// url is what net/http needs to request exactly t's path and query.
// throughProxy: the request line carries the whole URL.
func (t *target) url(throughProxy bool) *url.URL {
	u := &url.URL{
		Scheme: t.scheme, Host: t.at,
		Path: t.path, Opaque: t.path, RawQuery: t.query, ForceQuery: t.hasQ,
	}
	// net/http takes an Opaque that begins with // as the URL after the
	// scheme, and sends that absolute form (RFC 9112 section 3.2.2).
	if throughProxy {
		u.Opaque = "//" + u.Host + t.path
	} else if strings.HasPrefix(t.path, "//") {
		plain, err := url.PathUnescape(t.path)
		byPath := url.URL{Path: plain, RawPath: t.path}
		if err == nil && byPath.EscapedPath() == t.path {
			u.Path, u.RawPath, u.Opaque = plain, t.path, ""
		} else {
			u.Opaque = "//" + u.Host + t.path
		}
	}
	return u
}

// escapeHigh percent-encodes bytes outside ASCII.
func escapeHigh(s string) string {
	high := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
		}
	}
	if high == 0 {
		return s
	}
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+2*high)
	for i := range len(s) {
		if c := s[i]; c >= 0x80 {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
