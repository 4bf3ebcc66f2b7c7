package fetch

import (
	"net"
	"net/netip"
	"syscall"
)

// connectEarly makes the dialer connect each socket to addr itself before net
// does. To a near server the connection stands when that call returns, though
// the call says that it is in progress, and net, which asks again, need not
// wait for the poller to tell it: a burst of dials sends its first request
// after the first dial, not after the last. Elsewhere net finds the connection
// in progress and waits for it. An error is met again, and told, by net.
func connectEarly(d *net.Dialer, addr netip.AddrPort) {
	to := sockaddr(addr)
	if to == nil {
		return
	}
	d.Control = func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { _ = syscall.Connect(int(fd), to) })
	}
}

// sockaddr is nil for an address with a zone, whose index net looks up.
func sockaddr(addr netip.AddrPort) syscall.Sockaddr {
	switch ip := addr.Addr(); {
	case ip.Is4():
		return &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	case ip.Zone() == "":
		return &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}
	}
	return nil
}
