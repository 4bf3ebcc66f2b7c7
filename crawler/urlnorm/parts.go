package urlnorm

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// SplitHost says where the host[:port] of an href is: href[start:end]. The path starts at end.
func SplitHost[T string | []byte](href T) (start, end int) {
	for end < len(href) && href[end] != '/' {
		end++
	}
	if end+1 >= len(href) || href[end+1] != '/' {
		return 0, 0
	}
	start = end + 2
	for end = start; end < len(href) && href[end] != '/'; {
		end++
	}
	return start, end
}

// Origin is the scheme://host[:port] of an href, a part of the same memory. Two URLs are of one origin when these are
// equal.
func Origin(href string) string {
	_, end := SplitHost(href)
	return href[:end]
}

// Hostname is the host of an href without port and without the brackets of an IPv6 address.
func Hostname(href string) string {
	start, end := SplitHost(href)
	host := href[start:end]
	if strings.HasPrefix(host, "[") {
		inner, _, _ := strings.Cut(host[1:], "]")
		return inner
	}
	host, _, _ = strings.Cut(host, ":")
	return host
}

// PathAndQuery is what a request for an href asks for: the path and, where there is one, "?" and the query.
func PathAndQuery(href string) string {
	_, end := SplitHost(href)
	if end == len(href) {
		return "/"
	}
	path, _, _ := strings.Cut(href[end:], "#")
	return path
}

// RegistrableDomain is the domain that one owner holds, one label below a public suffix: example.co.uk for
// www.example.co.uk. host is what Hostname gives. An IP address, a public suffix and a single label such as localhost
// are their own.
func RegistrableDomain(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return host
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.TrimSuffix(host, "."))
	if err != nil {
		return host
	}
	return domain
}
