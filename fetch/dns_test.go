package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeDNS answers each name with one address, after a second.
type fakeDNS struct {
	asked atomic.Int64
	ttl   time.Duration
	err   error
}

func (f *fakeDNS) lookup(ctx context.Context, _ string) ([]netip.Addr, time.Duration, error) {
	f.asked.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	if f.err != nil {
		return nil, 0, f.err
	}
	return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, f.ttl, nil
}

func TestDNSCacheLifetimes(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	tests := []struct {
		name  string
		dns   fakeDNS
		holds time.Duration
	}{
		{"unknown lifetime", fakeDNS{}, dnsDefaultTTL},
		{"known", fakeDNS{ttl: time.Minute}, time.Minute},
		{"too short", fakeDNS{ttl: time.Millisecond}, dnsMinTTL},
		{"too long", fakeDNS{ttl: 24 * time.Hour}, dnsMaxTTL},
		{"failed", fakeDNS{err: errors.New("server failure")}, dnsNegativeTTL},
		{"no such name", fakeDNS{err: notFound}, dnsNotFoundTTL},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDNSCache(t.Context(), tt.dns.lookup)
				ask := func(want int64) {
					t.Helper()
					addrs, err := d.resolve(background, "a.example")
					if !errors.Is(err, tt.dns.err) || (err == nil) != (len(addrs) == 1) {
						t.Errorf("%v, %v", addrs, err)
					}
					if got := tt.dns.asked.Load(); got != want {
						t.Errorf("asked %d times, want %d", got, want)
					}
				}
				ask(1)
				time.Sleep(tt.holds - time.Nanosecond)
				ask(1)
				time.Sleep(time.Nanosecond)
				ask(2)
			})
		})
	}
}

func TestDNSCacheAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fakeDNS
		d := newDNSCache(t.Context(), f.lookup)
		// The first gives up; the others still get the answer to its question.
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		defer cancel()
		if _, err := d.resolve(ctx, "a.example"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("first: %v", err)
		}
		for range 100 {
			go func() {
				if _, err := d.resolve(background, "a.example"); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		if n := f.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestDNSCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fakeDNS
		d := newDNSCache(t.Context(), f.lookup)
		d.size = 10
		for i := range 1000 {
			go func() { _, _ = d.resolve(background, fmt.Sprintf("%d.example", i)) }()
			synctest.Wait() // the name in use is asked for behind each of the others
			_, _ = d.resolve(background, "often.example")
		}
		time.Sleep(2 * time.Second)
		d.mu.Lock()
		defer d.mu.Unlock()
		if n := len(d.young) + len(d.old); n > 20 {
			t.Errorf("%d names kept", n)
		}
		if n := f.asked.Load(); n > 1010 {
			t.Errorf("asked %d times: the name in use was forgotten", n)
		}
	})
}

func TestDNSCacheClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fakeDNS
		base, stop := context.WithCancel(background)
		d := newDNSCache(base, f.lookup)
		go func() { time.Sleep(time.Millisecond); stop(); d.close() }()
		for _, name := range []string{"a.example", "b.example"} {
			if _, err := d.resolve(background, name); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestInterleave(t *testing.T) {
	var in, want []netip.Addr
	for _, s := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3", "::ffff:192.0.2.1"} {
		in = append(in, netip.MustParseAddr(s))
	}
	for _, s := range []string{"2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3"} {
		want = append(want, netip.MustParseAddr(s))
	}
	if got := interleave(in); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := interleave(slices.Repeat(in, 10)); len(got) != maxAddrs {
		t.Errorf("%d addresses", len(got))
	}
}
