package replay

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"time"

	"crawl/fetch"
)

// Address is where a Server listens.
type Address struct {
	Plain, TLS string
	Root       []byte // PEM certificate that its hosts' certificates are signed by
}

// Options changes the options of a client so that it reaches the recorded hosts at the server, with the delays of looking
// them up and connecting to them. What leads elsewhere (a proxy, pinned addresses) is taken off.
func Options(o fetch.Options, at Address, hosts []Host) (fetch.Options, error) {
	roots := x509.NewCertPool()
	if len(hosts) > 0 && !roots.AppendCertsFromPEM(at.Root) {
		return o, fmt.Errorf("the replay server gave no certificate")
	}
	r := newRoutes(at, hosts)
	o.AllowPrivate, o.Insecure, o.RootCAs = true, false, roots
	o.Proxy, o.Resolve, o.Jar = "", nil, nil
	o.Lookup, o.Dial = r.lookup, r.dial
	return o, nil
}

// routes tell where connections go. Each name has an address of its own, of those that no host has (240.0.0.0/4), so that
// the address dialled tells the host.
type routes struct {
	names  map[string]name
	places map[netip.AddrPort]place
}

type name struct {
	addr  netip.Addr
	delay time.Duration
}

type place struct {
	server string
	delay  time.Duration
}

func newRoutes(at Address, hosts []Host) *routes {
	r := &routes{names: map[string]name{}, places: map[netip.AddrPort]place{}}
	for _, h := range hosts {
		addr, err := netip.ParseAddr(h.Name)
		if err != nil {
			n, known := r.names[h.Name]
			if !known {
				i := len(r.names)
				n.addr = netip.AddrFrom4([4]byte{240 | byte(i>>24)&7, byte(i >> 16), byte(i >> 8), byte(i)})
			}
			n.delay = max(n.delay, h.DNS)
			r.names[h.Name] = n
			addr = n.addr
		}
		server := at.Plain
		if h.TLS {
			server = at.TLS
		}
		r.places[netip.AddrPortFrom(addr, h.Port)] = place{server, h.Connect}
	}
	return r
}

// lookup answers for each recorded name, for as long as a trial may last.
func (r *routes) lookup(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	n, ok := r.names[host]
	if !ok {
		return nil, 0, fmt.Errorf("%s was not recorded", host)
	}
	pause(ctx, time.Now().Add(n.delay))
	return []netip.Addr{n.addr}, time.Hour, ctx.Err()
}

// dial connects to the server in place of a recorded host.
func (r *routes) dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	p, ok := r.places[addr]
	if !ok {
		return nil, fmt.Errorf("%s was not recorded", addr)
	}
	pause(ctx, time.Now().Add(p.delay))
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, "tcp4", p.server)
}
