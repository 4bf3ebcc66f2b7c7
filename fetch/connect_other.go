//go:build !linux

package fetch

import (
	"net"
	"net/netip"
)

// connectEarly does nothing: a second connect on a socket tells less of a
// failed one here.
func connectEarly(*net.Dialer, netip.AddrPort) {}
