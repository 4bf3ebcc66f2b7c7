package fetch

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// attempt is the state of one fetch. After a success it is used again, with
// its hooks and timer; after a failure hooks may still be called late, so it
// is not.
type attempt struct {
	c     *Client
	trace httptrace.ClientTrace
	watch watch
	probe [1]byte // to look for the end of a body that fills its buffer

	sent   time.Time
	conn   *conn // nil until there is a connection
	sends  int   // connections the request was given to
	reused bool
	// streamed counts what went to the caller's writer, for the Error.
	streamed int64
	// arrivals are kept only for Options.Observe.
	arrivals []Arrival
	first    atomic.Int64 // when the first byte of the response came, on the watch's clock
}

func (c *Client) attempt() *attempt {
	if a, ok := c.attempts.Get().(*attempt); ok {
		return a
	}
	a := &attempt{c: c}
	a.watch.base = time.Now()
	a.watch.limits = limits{
		whole: c.opts.Timeout, header: c.opts.FirstByteTimeout, idle: c.opts.IdleTimeout, rate: c.opts.MinRate,
	}
	a.trace.GotConn = a.gotConn
	a.trace.GotFirstResponseByte = a.gotFirstByte
	return a
}

func (a *attempt) reset() {
	a.sent, a.conn, a.reused, a.sends = time.Time{}, nil, false, 0
	a.first.Store(0)
	a.streamed = 0
	a.arrivals = a.arrivals[:0]
}

func (a *attempt) traced(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &a.trace)
}

// gotConn is called by RoundTrip in its caller's goroutine, more than once
// when net/http has to send the request again.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	nc := info.Conn
	for a.conn = nil; nc != nil && a.conn == nil; {
		switch c := nc.(type) {
		case *conn:
			a.conn = c
		case interface{ NetConn() net.Conn }: // TLS, once or twice (through a TLS proxy)
			nc = c.NetConn()
		default:
			nc = nil
		}
	}
	a.reused = true
	if a.conn == nil {
		a.conn = &conn{remote: "unknown"}
	} else {
		// Another request may have taken a connection this one asked for; who
		// uses it first is charged.
		a.reused = a.conn.used.Swap(true)
	}
	a.sends++
	a.sent = time.Now()
	a.watch.connected()
}

func (a *attempt) gotFirstByte() { a.first.CompareAndSwap(0, a.watch.now()) }

func (a *attempt) remote() string {
	if a.conn == nil {
		return ""
	}
	return a.conn.remote
}

// timing puts the phases together; end is when the last one ended.
func (a *attempt) timing(end time.Time) Timing {
	var t Timing
	if a.conn == nil {
		return t
	}
	if !a.reused {
		t.DNS, t.Connect, t.TLS = a.conn.times.dns, a.conn.times.connect, a.conn.times.tls
	}
	t.Sent = a.sent
	rest := end.Sub(a.sent)
	if first := a.first.Load(); first != 0 {
		t.FirstByte = time.Duration(first) - a.sent.Sub(a.watch.base)
		t.Body = rest - t.FirstByte
	} else {
		t.FirstByte = rest // waited for in vain
	}
	return t
}
