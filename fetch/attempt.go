package fetch

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// attempt is the state of one fetch. It is used again, with its buffers and
// timer, unless somebody may still call it late.
type attempt struct {
	c         *Client
	watch     watch
	interrupt interrupt
	reply     reply
	x         exchange
	probe     [1]byte // to look for the end of a body that fills its buffer
	trace     httptrace.ClientTrace
	late      bool // net/http may call the trace after the end

	sent   time.Time
	conn   *conn // nil until there is a connection
	sends  int   // connections the request was given to
	reused bool
	// givenBack says that none of maxSends connections brought an answer.
	givenBack bool
	// streamed counts what went to the caller's writer, and received what came of the body, for the Error.
	streamed, received int64
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
	a.interrupt.callers, a.interrupt.trigger = &c.callers, a.interrupt.fire
	a.trace.GotConn, a.trace.GotFirstResponseByte = a.gotConn, a.gotFirstByte
	a.x.a = a
	a.x.step = a.x.advance
	return a
}

func (a *attempt) begin(parent context.Context) {
	a.sent, a.conn, a.reused, a.sends, a.givenBack = time.Time{}, nil, false, 0, false
	a.first.Store(0)
	a.streamed, a.received = 0, 0
	a.arrivals = a.arrivals[:0]
	a.interrupt.begin(parent)
	a.watch.begin(a.interrupt.trigger)
}

// end ends the interrupt and leaves the attempt to the next fetch. The watch
// has ended, but its timer is left running: an attempt that is dropped here, or
// by the pool, stays in memory with its Client until the timer fires.
func (a *attempt) end() {
	a.reply = reply{}
	a.interrupt.end()
	if !a.late {
		a.c.attempts.Put(a)
	}
}

// gotConn is called by RoundTrip in its caller's goroutine, more than once
// when net/http has to send the request again: maxSends times, then it ends.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	if a.sends == maxSends {
		a.givenBack = true
		a.interrupt.fire()
		return
	}
	for nc := info.Conn; nc != nil; {
		switch c := nc.(type) {
		case *conn:
			a.connected(c)
			return
		case interface{ NetConn() net.Conn }: // TLS, once or twice (through a TLS proxy)
			nc = c.NetConn()
		default:
			nc = nil
		}
	}
	c := &conn{remote: "unknown"}
	c.used.Store(true)
	a.connected(c)
}

// connected notes that the request is being sent on c.
func (a *attempt) connected(c *conn) {
	// Another request may have taken a connection this one asked for; who
	// uses it first is charged.
	a.conn, a.reused = c, c.used.Swap(true)
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
