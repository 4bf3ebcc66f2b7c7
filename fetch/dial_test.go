package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A dial to 192.0.2.N takes N seconds; odd ones are refused, 100 never ends.
func fakeDial(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
	n := a.Addr().As4()[3]
	wait := time.Duration(n) * time.Second
	if n == 100 {
		wait = 24 * time.Hour
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if n%2 == 1 {
		return nil, syscall.ECONNREFUSED
	}
	c, _ := net.Pipe()
	return c, nil
}

func TestRace(t *testing.T) {
	tests := []struct {
		addrs []byte
		wins  byte // 0 = all fail
		after time.Duration
	}{
		{[]byte{0}, 0, 0},
		{[]byte{2}, 2, 2 * time.Second},
		{[]byte{2, 4}, 2, 2 * time.Second},
		{[]byte{4, 2}, 2, attemptDelay + 2*time.Second},
		{[]byte{100, 2}, 2, attemptDelay + 2*time.Second},
		{[]byte{100, 100, 2}, 2, 2*attemptDelay + 2*time.Second},
		{[]byte{1, 3}, 0, 3*time.Second + attemptDelay},
		{[]byte{1, 2}, 2, 2*time.Second + attemptDelay},
		{[]byte{100, 100}, 0, 10 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			d := &dialer{base: t.Context(), dialAddr: fakeDial}
			ctx, cancel := d.bounded(background, 10*time.Second)
			defer cancel()
			var addrs []netip.Addr
			for _, n := range tt.addrs {
				addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, 2, n}))
			}
			start := time.Now()
			c, remote, err := d.race(ctx, addrs, 80)
			if took := time.Since(start); took != tt.after {
				t.Errorf("%v: took %v, want %v", tt.addrs, took, tt.after)
			}
			if tt.wins == 0 && len(tt.addrs) > 1 {
				if err == nil {
					t.Errorf("%v: no error", tt.addrs)
				}
				return
			}
			if err != nil || remote.Addr().As4()[3] != tt.wins {
				t.Errorf("%v: %v, %v", tt.addrs, remote, err)
			}
			c.Close()
		})
	}
}

// A dial that finds no descriptor closes idle connections and dials again, at the end once more.
func TestDialMakesRoom(t *testing.T) {
	tests := []struct {
		idle, fails   int
		dials, closed int
		ok            bool
	}{
		{40, 0, 1, 0, true},
		{40, 1, 2, closedForDial, true},
		{40, 2, 3, 2 * closedForDial, true},
		{20, 2, 3, 20, true},
		{20, 3, 4, 20, true},
		{40, 9, 5, 40, false},
		{0, 1, 2, 0, true},
		{0, 2, 2, 0, false},
	}
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
		for _, tt := range tests {
			l := idleConns{max: tt.idle, perHost: tt.idle}
			var conns []*http1Conn
			for range tt.idle {
				c := newIdleConn(place{})
				conns = append(conns, c)
				l.give(c)
			}
			dials := 0
			d := &dialer{base: t.Context(), makeRoom: l.closeOldest, dialAddr: func(context.Context, netip.AddrPort) (net.Conn, error) {
				if dials++; dials <= tt.fails {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", errno)}
				}
				c, _ := net.Pipe()
				return c, nil
			}}
			_, err := d.open(t.Context(), "192.0.2.2:80")
			if (err == nil) != tt.ok || err != nil && !errors.Is(err, errno) || dials != tt.dials {
				t.Errorf("%+v: %d dials, %v", tt, dials, err)
			}
			for i, c := range conns {
				if isClosed(c) != (i < tt.closed) {
					t.Errorf("%+v: the connection %d by age is closed: %v", tt, i, isClosed(c))
				}
			}
			l.close()
		}
	}
}

func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lookup := func(context.Context, string) ([]netip.Addr, time.Duration, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.100")}, 0, nil
		}
		c, err := New(Options{Lookup: lookup, AllowPrivate: true, ConnectTimeout: 7 * time.Second, Dial: fakeDial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		start := time.Now()
		e := getError(t, c, &Request{URL: "http://slow.example/"}, Timeout)
		if took := time.Since(start); took != 7*time.Second || e.Op != "connect" || e.Timing.Connect != took {
			t.Errorf("after %v: %v %+v", took, e, e.Timing)
		}
	})
}

func TestWholeTimeoutWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{AllowPrivate: true, ConnectTimeout: -1, Timeout: 9 * time.Second, Dial: fakeDial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		start := time.Now()
		e := getError(t, c, &Request{URL: "http://192.0.2.100/"}, Timeout)
		if took := time.Since(start); took != 9*time.Second || e.Op != "connect" {
			t.Errorf("after %v: %v", took, e)
		}
	})
}

func TestDNSFailures(t *testing.T) {
	lookup := func(ctx context.Context, host string) ([]netip.Addr, time.Duration, error) {
		switch host {
		case "none.example":
			return nil, 0, &net.DNSError{Err: "no such host", Name: host, Server: "secret", IsNotFound: true}
		case "empty.example":
			return nil, 0, nil
		}
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Lookup: lookup, ConnectTimeout: time.Second, Dial: fakeDial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for host, want := range map[string]string{
			"none.example":  "none.example: dns: no such host",
			"empty.example": "empty.example: dns: no such host",
			"slow.example":  "slow.example: dns: timed out after 1s",
		} {
			if e := getError(t, c, &Request{URL: "https://" + host + "/"}, DNS); e.Error() != want {
				t.Errorf("message %q, want %q", e, want)
			}
		}
	})
}

func TestCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{AllowPrivate: true, ConnectTimeout: -1, Dial: fakeDial})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cause := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(background)
		go func() { time.Sleep(time.Second); cancel(cause) }()
		_, err = c.Do(ctx, &Request{URL: "http://192.0.2.100/"})
		if e, ok := errors.AsType[*Error](err); !ok || e.Class != Canceled || !errors.Is(err, cause) {
			t.Errorf("%v", err)
		}
	})
}

func TestParsePins(t *testing.T) {
	p, err := parsePins([]string{"Example.ORG:443:192.0.2.1,[2001:db8::1]", "*:80:127.0.0.1", "[2001:db8::9]:80:::1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ host, port, want string }{
		{"example.org", "443", "192.0.2.1"},
		{"example.org", "80", "127.0.0.1"},
		{"other.example", "80", "127.0.0.1"},
		{"2001:db8::9", "80", "::1"},
		{"example.org", "8443", ""},
	} {
		got := p.find(tt.host, tt.port)
		if (got == nil) != (tt.want == "") || got != nil && got[0] != netip.MustParseAddr(tt.want) {
			t.Errorf("%s:%s is pinned to %v, want %s", tt.host, tt.port, got, tt.want)
		}
	}
	for _, bad := range []string{"", "a", "a:80", "a:80:", "a:x:1.2.3.4", ":80:1.2.3.4", "[::1:80:1.2.3.4", "a:0:1.2.3.4", "a:80:b", "a:80:1.2.3.4,"} {
		if _, err := parsePins([]string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzParsePin(f *testing.F) {
	for _, s := range []string{"a:80:1.2.3.4", "[::1]:80:[::1],1.2.3.4", "*:1:::", "a:b:c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, addrs, err := parsePin(s)
		if err == nil && (key == "" || len(addrs) == 0 || slices.Contains(addrs, netip.Addr{})) {
			t.Errorf("%q: %q %v", s, key, addrs)
		}
	})
}
