package fetch

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNotPublic(t *testing.T) {
	refused := strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254
		172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1
		203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
		:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1
		2001::1 2001:10::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1 3fff::1 fc00::1 fd12:3456::1
		fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1`)
	for _, s := range refused {
		if notPublic(netip.MustParseAddr(s)) == "" {
			t.Errorf("%s passes", s)
		}
	}
	passed := strings.Fields(`1.1.1.1 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.1.1
		172.15.255.255 172.32.0.1 192.0.1.1 192.167.1.1 192.169.1.1 198.17.1.1 198.20.0.1 223.255.255.255
		::ffff:1.1.1.1 64:ff9b::101:101 2002:101:101::1 2001:4860:4860::8888 2606:4700::1111 2a00::1`)
	for _, s := range passed {
		if why := notPublic(netip.MustParseAddr(s)); why != "" {
			t.Errorf("%s is refused as %s", s, why)
		}
	}
	if notPublic(netip.Addr{}) == "" {
		t.Error("no address passes")
	}
}

// However an IPv4 address is wrapped, the answer is the same.
func TestWrappedAddressesAreJudgedAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := [4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "addr"))
		want := notPublic(netip.AddrFrom4(b))
		mapped := [16]byte{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
		nat := [16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
		six := [16]byte{0x20, 0x02, b[0], b[1], b[2], b[3]}
		for _, a := range [][16]byte{mapped, nat, six} {
			if got := notPublic(netip.AddrFrom16(a)); got != want {
				t.Errorf("%v: %q, the address within: %q", netip.AddrFrom16(a), got, want)
			}
		}
	})
}

// lookupTo answers every name with addresses.
func lookupTo(addrs ...string) func(context.Context, string) ([]netip.Addr, time.Duration, error) {
	var list []netip.Addr
	for _, a := range addrs {
		list = append(list, netip.MustParseAddr(a))
	}
	return func(context.Context, string) ([]netip.Addr, time.Duration, error) { return list, 0, nil }
}

func TestGuardOnDialledAddress(t *testing.T) {
	url := server(t, func(http.ResponseWriter, *http.Request) {})
	addr := strings.TrimPrefix(url, "http://")
	_, port, _ := net.SplitHostPort(addr)
	var lookups atomic.Int64
	loop := lookupTo("127.0.0.1")
	c, err := New(Options{Lookup: func(ctx context.Context, h string) ([]netip.Addr, time.Duration, error) {
		lookups.Add(1)
		return loop(ctx, h)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, u := range []string{url, "http://evil.example:" + port + "/", "http://[::ffff:127.0.0.1]:" + port + "/", "http://[::1]/", "http://0.0.0.0:" + port} {
		e := getError(t, c, &Request{URL: u}, RefusedAddress)
		if e.Op != "connect" || !strings.Contains(e.Error(), "--allow-private") {
			t.Errorf("%s: %v", u, e)
		}
	}
	// A connection that an allowed request left open is not for a guarded one.
	for range 2 {
		resp, err := c.Do(t.Context(), &Request{URL: "http://evil.example:" + port + "/", MayBePrivate: true})
		if err != nil {
			t.Fatal(err)
		}
		resp.Release()
		getError(t, c, &Request{URL: "http://evil.example:" + port + "/"}, RefusedAddress)
	}
	if lookups.Load() != 1 {
		t.Errorf("%d lookups", lookups.Load())
	}
}

func TestGuardKeepsPublicAddresses(t *testing.T) {
	var dialled atomic.Value
	c, err := New(Options{
		Lookup: lookupTo("10.0.0.1", "127.0.0.1", "1.2.3.4"),
		Dial: func(_ context.Context, a netip.AddrPort) (net.Conn, error) {
			dialled.Store(a.String())
			return nil, io.ErrClosedPipe
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	getError(t, c, &Request{URL: "http://mixed.example/"}, Connect)
	if dialled.Load() != "1.2.3.4:80" {
		t.Errorf("dialled %v", dialled.Load())
	}
}

func TestResolvePinsAreNotGuarded(t *testing.T) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	c, err := New(Options{Resolve: []string{"*:" + port + ":127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	resp := get(t, c, "http://Any.Example:"+port+"/")
	defer resp.Release()
	if string(resp.Body) != "any.example:"+port {
		t.Errorf("host %q", resp.Body)
	}
}

func TestGuardThroughProxy(t *testing.T) {
	var line atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line.Store(r.RequestURI + " " + r.Header.Get("Proxy-Authorization"))
	}))
	defer proxy.Close()
	c, err := New(Options{Proxy: strings.Replace(proxy.URL, "//", "//user:secret@", 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, u := range []string{"http://127.0.0.1/", "http://[::1]/", "http://localhost/", "http://a.localhost./", "https://10.1.2.3/"} {
		getError(t, c, &Request{URL: u}, RefusedAddress)
	}
	get(t, c, "http://a.example/a|b?q").Release()
	const auth = " Basic dXNlcjpzZWNyZXQ="
	if line.Load() != "http://a.example/a|b?q"+auth {
		t.Errorf("the proxy saw %q", line.Load())
	}
	e := getError(t, c, &Request{URL: "https://a.example/"}, TLS) // CONNECT is answered 200 with no TLS behind it
	if e.Op != "proxy" {
		t.Errorf("%v", e)
	}
}
