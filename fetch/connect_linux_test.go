package fetch

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

// To a near server a connection stands before net has asked for it, and a refusal is told as net tells it.
func TestConnectEarly(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("%s: %v", at, err) // a machine without IPv6
			continue
		}
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		var d net.Dialer
		connectEarly(&d, addr)
		stands := false
		early := d.Control
		d.Control = func(network, address string, c syscall.RawConn) error {
			if err := early(network, address, c); err != nil {
				return err
			}
			return c.Control(func(fd uintptr) {
				_, err := syscall.Getpeername(int(fd))
				stands = err == nil
			})
		}
		c, err := d.DialContext(t.Context(), "tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if !stands {
			t.Errorf("%s: no connection after the early connect", addr)
		}
		_ = l.Close()
		if _, err := dialSystem(t.Context(), addr); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%s: %v, want that it was refused", addr, err)
		}
	}
}

// An address that the early connect cannot name is left to net.
func TestSockaddrWithZone(t *testing.T) {
	if got := sockaddr(netip.MustParseAddrPort("[fe80::1%lo]:80")); got != nil {
		t.Errorf("%v, want none", got)
	}
}
