package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// dialTimes are the phases of one connection.
type dialTimes struct {
	dns, connect, tls time.Duration
}

// conn is a connection that remembers how it came about. The first request
// that uses it is charged with that.
type conn struct {
	net.Conn
	remote string
	times  dialTimes
	used   atomic.Bool
}

// dialer opens connections, guarded or not, for both engines.
type dialer struct {
	base       context.Context // ends with the client
	dns        *dnsCache
	pins       pins
	guarded    bool // only public addresses
	connectMax time.Duration
	tlsMax     time.Duration
	tlsConfig  *tls.Config
	// dialAddr opens one connection; tests put a pipe here.
	dialAddr func(context.Context, netip.AddrPort) (net.Conn, error)
	// makeRoom closes idle connections, whose descriptors a dial needs. It
	// reports false when there are none. nil: nobody keeps any.
	makeRoom func() bool
}

// dialSystem opens a TCP connection. Keep-alive probes are off: silence is
// bounded by the fetch, and idle connections are closed soon anyway.
func dialSystem(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	connectEarly(&d, addr)
	// Not DialTCP: its zero local address binds the socket to a port before the peer is known. The kernel then looks for one
	// that is free towards everybody, which costs milliseconds when thousands are in use, and has only 28,000 of them in all.
	return d.DialContext(ctx, "tcp", addr.String())
}

// dialPlain is a transport's DialContext; errors are *dialError.
func (d *dialer) dialPlain(ctx context.Context, _, addr string) (net.Conn, error) {
	c, err := d.open(ctx, addr)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// dialTLS is a transport's DialTLSContext: the handshake is done here to be
// timed and bounded like the other phases.
func (d *dialer) dialTLS(ctx context.Context, _, addr string) (net.Conn, error) {
	c, err := d.open(ctx, addr)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(addr)
	config := d.tlsConfig.Clone()
	config.ServerName = strings.TrimSuffix(host, ".")
	tc := tls.Client(c, config)
	ctx, cancel := d.bounded(ctx, d.tlsMax)
	defer cancel()
	start := time.Now()
	err = tc.HandshakeContext(ctx)
	c.times.tls = time.Since(start)
	if err != nil {
		_ = c.Close() // the handshake's error is the one to tell
		return nil, &dialError{op: opTLS, remote: c.remote, times: c.times, err: orLimit(ctx, opTLS, d.tlsMax, err)}
	}
	return tc, nil
}

// bounded derives a context that ends after limit (0 = no limit) and with the
// client. Our own engine gives a context that ends with the attempt, net/http
// one that outlives it, as the connection may serve another request.
func (d *dialer) bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	var cancel context.CancelFunc
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
	} else {
		ctx, cancel = context.WithCancel(ctx)
	}
	stop := context.AfterFunc(d.base, cancel)
	return ctx, func() { stop(); cancel() }
}

// orLimit says which limit ended a phase, if one did; else it is err.
func orLimit(ctx context.Context, op string, limit time.Duration, err error) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	class := Timeout
	if op == opDNS { // whoever gave up first, the name has no address for us
		class = DNS
	}
	return failf(class, op, "timed out after %v", limit)
}

// open looks up the host of addr (host:port), checks and dials.
func (d *dialer) open(ctx context.Context, addr string) (*conn, error) {
	ctx, cancel := d.bounded(ctx, d.connectMax)
	defer cancel()
	var times dialTimes
	start := time.Now()
	addrs, port, err := d.addresses(ctx, addr)
	times.dns = time.Since(start)
	if err != nil {
		return nil, &dialError{op: opDNS, times: times, err: orLimit(ctx, opDNS, d.connectMax, err)}
	}
	start = time.Now()
	c, remote, err := d.connect(ctx, addrs, port)
	times.connect = time.Since(start)
	if err != nil {
		return nil, &dialError{op: opConnect, remote: remote.String(), times: times, err: orLimit(ctx, opConnect, d.connectMax, err)}
	}
	return &conn{Conn: c, remote: remote.String(), times: times}, nil
}

// connect dials. While there is no descriptor for that, idle connections are
// closed and it dials again; at the end once more, as another dial may have
// closed the last of them for itself and this one.
func (d *dialer) connect(ctx context.Context, addrs []netip.Addr, port uint16) (net.Conn, netip.AddrPort, error) {
	for {
		c, remote, err := d.race(ctx, addrs, port)
		if d.makeRoom == nil || !noDescriptor(err) || ctx.Err() != nil {
			return c, remote, err
		}
		if !d.makeRoom() {
			return d.race(ctx, addrs, port)
		}
	}
}

// noDescriptor tells a dial that failed because the process or the system has
// as many files open as it may.
func noDescriptor(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// addresses returns what may be dialled for addr, at least one.
func (d *dialer) addresses(ctx context.Context, addr string) ([]netip.Addr, uint16, error) {
	host, portText, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, 0, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, 0, err
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if pinned := d.pins.find(host, portText); pinned != nil {
		return pinned, uint16(port), nil
	}
	var addrs []netip.Addr
	if ip, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{ip}
	} else if addrs, err = d.dns.resolve(ctx, host); err != nil {
		return nil, 0, err
	}
	if !d.guarded {
		return addrs, uint16(port), nil
	}
	kept, what := public(addrs)
	if len(kept) == 0 {
		return nil, 0, failf(RefusedAddress, opConnect, "refused %s (allow it with --allow-private, or list the host itself)", what)
	}
	return kept, uint16(port), nil
}

// race dials the addresses in turn, each beginning attemptDelay after the one
// before or as soon as that one fails; the first connection wins (RFC 8305).
// The error is that of the first address.
func (d *dialer) race(ctx context.Context, addrs []netip.Addr, port uint16) (net.Conn, netip.AddrPort, error) {
	first := netip.AddrPortFrom(addrs[0], port)
	if len(addrs) == 1 {
		c, err := d.dialAddr(ctx, first)
		return c, first, err
	}
	type result struct {
		conn net.Conn
		addr netip.AddrPort
		err  error
	}
	ctx, cancel := context.WithCancel(ctx)
	results := make(chan result, len(addrs))
	pending := 0
	defer func() {
		cancel()
		for range pending { // cancelled dials return at once; none may leak
			if r := <-results; r.conn != nil {
				_ = r.conn.Close()
			}
		}
	}()
	start := func() {
		addr := netip.AddrPortFrom(addrs[0], port)
		addrs = addrs[1:]
		pending++
		go func() {
			c, err := d.dialAddr(ctx, addr)
			results <- result{c, addr, err}
		}()
	}
	var firstErr error
	stagger := time.NewTicker(attemptDelay)
	defer stagger.Stop()
	start()
	for {
		select {
		case <-stagger.C:
			if len(addrs) > 0 {
				start()
			}
			continue
		case r := <-results:
			pending--
			if r.err == nil {
				return r.conn, r.addr, nil
			}
			if firstErr == nil || r.addr == first {
				firstErr = r.err
			}
		}
		if len(addrs) > 0 {
			start()
			stagger.Reset(attemptDelay)
		} else if pending == 0 {
			return nil, first, firstErr
		}
	}
}
