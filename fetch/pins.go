package fetch

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// pins maps "host:port" and "*:port" to the addresses the user gave.
type pins map[string][]netip.Addr

// parsePins reads entries of the form HOST:PORT:ADDR[,ADDR]..., as curl's
// --resolve; HOST may be *, and IPv6 addresses may stand in brackets.
func parsePins(entries []string) (pins, error) {
	p := make(pins, len(entries))
	for _, e := range entries {
		key, addrs, err := parsePin(e)
		if err != nil {
			return nil, fmt.Errorf("resolve entry %q: %w; write HOST:PORT:ADDR", e, err)
		}
		p[key] = addrs
	}
	return p, nil
}

func parsePin(e string) (key string, addrs []netip.Addr, err error) {
	host, rest := "", e
	if strings.HasPrefix(e, "[") { // an IPv6 literal as the host
		end := strings.Index(e, "]:")
		if end < 0 {
			return "", nil, fmt.Errorf("no port after the bracket")
		}
		host, rest = e[1:end], e[end+2:]
	} else {
		var ok bool
		if host, rest, ok = strings.Cut(e, ":"); !ok {
			return "", nil, fmt.Errorf("no port")
		}
	}
	port, list, ok := strings.Cut(rest, ":")
	if !ok {
		return "", nil, fmt.Errorf("no address")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", nil, fmt.Errorf("%q is not a port", port)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" {
		return "", nil, fmt.Errorf("no host")
	}
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "["), "]")
		a, err := netip.ParseAddr(text)
		if err != nil {
			return "", nil, fmt.Errorf("%q is not an IP address", text)
		}
		addrs = append(addrs, a)
	}
	return host + ":" + port, addrs[:min(len(addrs), maxAddrs)], nil
}

// find returns the addresses pinned for a host, or nil.
func (p pins) find(host, port string) []netip.Addr {
	if len(p) == 0 {
		return nil
	}
	if addrs, ok := p[host+":"+port]; ok {
		return addrs
	}
	return p["*:"+port]
}
