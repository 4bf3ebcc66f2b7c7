package fetch

import (
	"net/netip"
	"strings"
)

// special lists the IPv4 blocks of the IANA special-purpose registry
// (RFC 6890) that are not public unicast, with the word used in messages.
var special = [...]struct {
	prefix netip.Prefix
	what   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("100.64.0.0/10"), "carrier-grade NAT"},
	{netip.MustParsePrefix("127.0.0.0/8"), "loopback"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
	{netip.MustParsePrefix("192.0.2.0/24"), "documentation"},
	{netip.MustParsePrefix("192.88.99.0/24"), "6to4 relay"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("198.18.0.0/15"), "benchmarking"},
	{netip.MustParsePrefix("198.51.100.0/24"), "documentation"},
	{netip.MustParsePrefix("203.0.113.0/24"), "documentation"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
}

// IPv6: the prefixes that carry an IPv4 address, and those within the global
// unicast block 2000::/3 that are not public.
var (
	globalUnicast = netip.MustParsePrefix("2000::/3")
	nat64         = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last four bytes
	sixToFour     = netip.MustParsePrefix("2002::/16")    // RFC 3056: bytes 2 to 5
	ietf          = netip.MustParsePrefix("2001::/23")    // RFC 2928: Teredo, ORCHID and others
	docs          = netip.MustParsePrefix("2001:db8::/32")
	docs2         = netip.MustParsePrefix("3fff::/20")
)

// notPublic names the kind of address that a guarded request must not reach,
// and is empty for public unicast addresses. IPv4 addresses wrapped in IPv6
// (mapped, NAT64, 6to4) are judged by what they wrap.
func notPublic(a netip.Addr) string {
	if !a.IsValid() {
		return "invalid"
	}
	if a.Zone() != "" {
		return "link-local"
	}
	a = a.Unmap()
	if a.Is4() {
		return notPublic4(a)
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		return notPublic4(netip.AddrFrom4([4]byte(b[12:])))
	case sixToFour.Contains(a):
		return notPublic4(netip.AddrFrom4([4]byte(b[2:6])))
	case a.IsLoopback():
		return "loopback"
	case a.IsUnspecified():
		return "unspecified"
	case a.IsPrivate():
		return "private"
	case a.IsLinkLocalUnicast():
		return "link-local"
	case a.IsMulticast():
		return "multicast"
	case ietf.Contains(a):
		return "reserved"
	case docs.Contains(a), docs2.Contains(a):
		return "documentation"
	case !globalUnicast.Contains(a):
		return "reserved"
	}
	return ""
}

func notPublic4(a netip.Addr) string {
	for _, s := range special {
		if s.prefix.Contains(a) {
			return s.what
		}
	}
	return ""
}

// notPublicName judges a URL's host where only a proxy sees the address.
func notPublicName(host string) string {
	host = strings.TrimSuffix(host, ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return "loopback"
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return notPublic(a)
	}
	return ""
}

// public keeps the addresses that a guarded request may reach. When none is
// left, what names the first that was refused.
func public(addrs []netip.Addr) (kept []netip.Addr, what string) {
	kept = make([]netip.Addr, 0, len(addrs))
	for _, a := range addrs {
		why := notPublic(a)
		if why == "" {
			kept = append(kept, a)
		} else if what == "" {
			what = why + " address " + a.String()
		}
	}
	return kept, what
}
