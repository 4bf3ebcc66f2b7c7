package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// dnsCache remembers answers and asks once for a name that many wait for.
// It has two generations: when the young one is full, the old one is
// forgotten, so the names in use stay and the size is bounded.
type dnsCache struct {
	lookup func(context.Context, string) ([]netip.Addr, time.Duration, error)
	base   context.Context // lookups run under it: they serve all who wait, not the first who asked
	wg     sync.WaitGroup

	mu         sync.Mutex
	young, old map[string]*answer
	size       int // names per generation
}

// answer is complete when done is closed; its other fields are fixed then.
type answer struct {
	done    chan struct{}
	addrs   []netip.Addr
	err     error
	expires time.Time
}

func newDNSCache(base context.Context, lookup func(context.Context, string) ([]netip.Addr, time.Duration, error)) *dnsCache {
	if lookup == nil {
		lookup = systemLookup
	}
	return &dnsCache{
		lookup: lookup, base: base, size: dnsGeneration,
		young: map[string]*answer{}, old: map[string]*answer{},
	}
}

func systemLookup(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	return addrs, 0, err
}

// resolve returns the addresses of host, at least one, or an error. It waits
// for the lookup, at most until ctx ends; the lookup itself goes on for others
// within its own time limit.
func (d *dnsCache) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	a := d.get(host)
	select {
	case <-a.done:
		return a.addrs, a.err
	default:
	}
	select {
	case <-a.done:
		return a.addrs, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// get returns the answer for host, a new one with its lookup running if there
// is none that still holds.
func (d *dnsCache) get(host string) *answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.young[host]
	if a == nil {
		if a = d.old[host]; a != nil {
			delete(d.old, host)
			d.put(host, a)
		}
	}
	if a != nil && a.holds() {
		return a
	}
	a = &answer{done: make(chan struct{})}
	d.put(host, a)
	if err := d.base.Err(); err != nil {
		a.err = err
		close(a.done)
		return a
	}
	d.wg.Go(func() { d.run(host, a) })
	return a
}

func (d *dnsCache) put(host string, a *answer) {
	if _, ok := d.young[host]; !ok && len(d.young) >= d.size {
		d.old = d.young
		d.young = make(map[string]*answer, len(d.old)/4)
	}
	d.young[host] = a
}

func (a *answer) holds() bool {
	select {
	case <-a.done:
		return time.Now().Before(a.expires)
	default:
		return true
	}
}

func (d *dnsCache) run(host string, a *answer) {
	defer close(a.done)
	ctx, cancel := context.WithTimeout(d.base, defaultConnectTimeout)
	defer cancel()
	addrs, ttl, err := d.lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if err != nil {
		a.err, ttl = err, dnsNegativeTTL
		if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
			ttl = dnsNotFoundTTL
		}
	} else {
		a.addrs = interleave(addrs)
		if ttl <= 0 {
			ttl = dnsDefaultTTL
		}
		ttl = min(max(ttl, dnsMinTTL), dnsMaxTTL)
	}
	a.expires = time.Now().Add(ttl)
}

// close waits for the lookups that run; the base context must have ended.
func (d *dnsCache) close() { d.wg.Wait() }

// interleave orders addresses so that the families take turns, beginning with
// the family of the first (RFC 8305 section 4), and cuts the list.
func interleave(addrs []netip.Addr) []netip.Addr {
	var first, second []netip.Addr
	for _, a := range addrs {
		a = a.Unmap()
		if len(first) == 0 || a.Is4() == first[0].Is4() {
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	out := make([]netip.Addr, 0, len(addrs))
	for i := range max(len(first), len(second)) {
		if i < len(first) {
			out = append(out, first[i])
		}
		if i < len(second) {
			out = append(out, second[i])
		}
	}
	return out[:min(len(out), maxAddrs)]
}
