package fetch

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/http/httpguts"
)

// http1 is our own engine for HTTP/1.1 (RFC 9112). An exchange runs wholly in
// the goroutine that asks for it: one system call looks whether an idle
// connection is still good, one sends the request, and with most pages one
// reads the answer. An idle connection has neither goroutine nor buffer.
type http1 struct {
	idle          idleConns
	open, guarded *dialer
	buffers       *buffers
	readers       sync.Pool // of *bufio.Reader, for answers that are not plain
}

// http1Conn is a connection of http1. It has one owner at a time: an exchange
// or the idle list.
type http1Conn struct {
	*conn
	raw  syscall.RawConn // nil: it cannot be looked at, so it serves once
	home place
	idleLinks
}

func newHTTP1(o Options, open, guarded *dialer, b *buffers) *http1 {
	return &http1{open: open, guarded: guarded, buffers: b, idle: idleConns{max: o.PlainConns, perHost: o.PerHost}}
}

func (e *http1) closeIdle() { e.idle.close() }

// plainHost tells host[:port] that goes into a request as it is; net/http
// translates the others, or leaves them out.
func plainHost(at string) bool {
	for i := range len(at) {
		if at[i] >= 0x80 {
			return false
		}
	}
	return httpguts.ValidHostHeader(at)
}

// exchange sends the request on an idle connection, or on a new one. When an
// idle connection breaks before a byte of an answer has come, as it does when
// its server closes it at that moment, the request is sent once more, on a new
// connection (RFC 9110 section 9.2.2: GET and HEAD may be repeated).
func (e *http1) exchange(a *attempt, out *outgoing) error {
	x := &a.x
	x.e, x.head = e, out.method == http.MethodHead
	x.compose(out)
	home := place{at: out.target.at, open: out.open}
	for a.sends == 0 {
		c := e.idle.take(home)
		if c == nil {
			break
		}
		if err := x.try(c, true); err == nil || !x.again {
			return err
		}
	}
	c, err := e.dial(a, out, home)
	if err != nil {
		return err
	}
	return x.try(c, false)
}

// dial opens a connection.
func (e *http1) dial(a *attempt, out *outgoing, home place) (*http1Conn, error) {
	d := e.guarded
	if out.open {
		d = e.open
	}
	addr := home.at
	if strings.LastIndexByte(addr, ':') <= strings.LastIndexByte(addr, ']') {
		addr += ":" + out.target.defaultPort()
	}
	dialled, err := d.open(a.interrupt.context(), addr)
	if err != nil {
		return nil, err
	}
	home.at = strings.Clone(home.at) // it is a part of the URL, which may be long
	c := &http1Conn{conn: dialled, home: home}
	if s, ok := dialled.Conn.(syscall.Conn); ok {
		c.raw, _ = s.SyscallConn() // fails when the connection is closed, which is found soon
	}
	return c, nil
}

// exchange is one request and its answer on a connection. It lies in its
// attempt and is used again. Its Read and Close are those of the body.
type exchange struct {
	a    *attempt
	e    *http1
	c    *http1Conn // nil: the exchange is over
	head bool       // the request was HEAD
	out  []byte     // the request
	step func(fd uintptr) bool

	reused bool // the connection was idle
	stage  stage
	sent   int   // bytes of out
	cut    bool  // not all of out was sent when the answer came
	err    error // of a system call
	again  bool  // nothing of an answer came, the request may go to another connection

	in   *buffer // receives the answer; taken when its first bytes are there, so that waiting requests hold none
	r, w int     // what of in is not yet read
	left int64   // bytes that may still come: of headers, then of the body

	std    io.ReadCloser // the body of an answer that net/http has read; nil: its length is known
	reader *bufio.Reader // what std reads
	keep   bool          // the connection can serve again after the end of the body
	ended  bool          // that was reached
}

// stage is what is to be done next on the connection.
type stage int

const (
	looking   stage = iota // whether an idle connection is still good
	stale                  // it was not
	sending                // the request
	unsent                 // the rest of it, for which the socket had no room
	receiving              // the first bytes of the answer
)

// compose writes the request. Nothing in it is unchecked: the method is one of
// two, parseTarget lets no control character and no space through, the host is
// plain, and the fields of the header were checked.
func (x *exchange) compose(out *outgoing) {
	method := "GET "
	if x.head {
		method = "HEAD "
	}
	t := out.target
	b := append(append(x.out[:0], method...), t.path...)
	if t.hasQ {
		b = append(append(b, '?'), t.query...)
	}
	b = append(append(b, " HTTP/1.1\r\nHost: "...), t.at...)
	b = append(b, "\r\n"...)
	if out.header.wire != nil {
		b = append(b, out.header.wire...)
	} else {
		b = appendFields(b, out.header.fields)
	}
	x.out = b
}

// try makes the exchange on c, new or reused, up to the end of the answer's
// header. On failure c is closed.
func (x *exchange) try(c *http1Conn, reused bool) error {
	x.c, x.reused, x.stage, x.sent, x.err, x.again = c, reused, sending, 0, nil, false
	if reused {
		x.stage = looking
	}
	x.r, x.w, x.left = 0, 0, maxHeaderBytes
	x.std, x.keep, x.ended, x.cut = nil, false, false, false
	err := os.ErrDeadlineExceeded // when it is too late already
	if x.a.interrupt.attach(c.Conn) {
		if c.raw != nil {
			err = x.send()
		} else {
			err = x.sendPlainly()
		}
		x.again = err != nil && reused && x.a.interrupt.detach()
	}
	if err == nil {
		x.a.gotFirstByte()
		err = x.answer()
	}
	if err != nil {
		x.finish()
	}
	return err
}

// errStale says that an idle connection was no longer good.
var errStale = errors.New("the server has closed the idle connection")

// send sends the request and waits for the first bytes of the answer with
// system calls of its own (see advance). The runtime begins to wait for the
// answer before the request is sent, so that none is missed.
func (x *exchange) send() error {
	err := x.c.raw.Read(x.step)
	if err == nil && x.stage == unsent {
		err = x.sendOn()
	}
	switch {
	case err != nil:
		return err
	case x.stage == stale:
		return errStale
	case x.w > 0:
		return nil
	case x.err != nil:
		return x.err
	}
	return io.EOF
}

// sendOn waits for the answer while it sends what the socket had no room for:
// servers answer what is too long before they have read it, and read no more.
// What has not been sent when the answer is there is cut off.
//
// An interrupt may come at any time. Its deadline for writing is overwritten
// here, when nothing more is written; the one for reading stays, and detach
// keeps the connection from others.
func (x *exchange) sendOn() error {
	x.stage = receiving
	rest := make(chan error, 1)
	go func() { rest <- x.sendRest() }()
	err := x.c.raw.Read(x.step)
	_ = x.c.SetWriteDeadline(longAgo) // a connection that refuses is closed already
	x.cut = <-rest != nil
	_ = x.c.SetWriteDeadline(time.Time{})
	return err
}

// sendRest sends what has not been sent.
func (x *exchange) sendRest() error {
	_, err := x.c.Write(x.out[x.sent:])
	return err
}

// sendPlainly is send for connections that are not sockets.
func (x *exchange) sendPlainly() error {
	x.a.connected(x.c.conn)
	if err := x.sendRest(); err != nil {
		return err
	}
	x.takeInbox()
	n, err := x.c.Read(x.in.b)
	x.received(n)
	if n > 0 {
		return nil
	}
	return err
}

func (x *exchange) takeInbox() {
	if x.in == nil {
		x.in = x.e.buffers.get(sizeFor(inboxSize))
		x.in.b = x.in.b[:inboxSize]
	}
}

// leaveInbox gives the inbox back once it is read, to be held by none that
// waits for the rest of a body.
func (x *exchange) leaveInbox() {
	if x.in != nil && x.r == x.w {
		x.e.buffers.put(x.in)
		x.in = nil
	}
}

// received notes n bytes in the inbox.
func (x *exchange) received(n int) {
	x.w = max(n, 0)
	x.left -= int64(x.w)
}

// answer reads the header whose first bytes have come.
func (x *exchange) answer() error {
	if x.head { // the length that it announces is not one of a body
		return x.readStd()
	}
	p, ok := parsePlain(x.in.b[:x.w])
	if !ok {
		return x.readStd()
	}
	x.r, x.left, x.keep = p.size, p.length, !p.close
	x.a.reply = reply{status: p.status, proto: "HTTP/1.1", header: p.header, length: p.length, close: p.close}
	x.begin(p.length > 0)
	return nil
}

// begin hands the body over, or ends the exchange when there is none.
func (x *exchange) begin(body bool) {
	if body {
		x.a.reply.body = x
		return
	}
	x.ended = true
	x.finish()
}

// Read reads the body. With its last bytes it returns io.EOF, and the
// connection is free for others.
func (x *exchange) Read(p []byte) (n int, err error) {
	switch {
	case x.ended:
		return 0, io.EOF
	case x.c == nil:
		return 0, http.ErrBodyReadAfterClose
	case x.std != nil:
		n, err = x.std.Read(p)
	default:
		n, err = x.readLength(p)
	}
	if err == io.EOF {
		x.ended = true
		x.finish()
	}
	return n, err
}

// readLength reads a body of known length: what came with the header, then
// straight from the connection.
func (x *exchange) readLength(p []byte) (n int, err error) {
	p = p[:min(int64(len(p)), x.left)]
	if x.r < x.w {
		n = copy(p, x.in.b[x.r:x.w])
		x.r += n
	} else {
		x.leaveInbox()
		n, err = x.c.Read(p)
	}
	x.left -= int64(n)
	switch {
	case x.left == 0:
		err = io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// arrived tells that all of a body of known length is in the inbox.
func (x *exchange) arrived() bool {
	return x.c != nil && x.std == nil && x.in != nil && int64(x.w-x.r) == x.left
}

// handOver gives the inbox away, with the body that has arrived in it, and ends
// the exchange.
func (x *exchange) handOver() *buffer {
	buf := x.in
	buf.b, buf.skip = buf.b[:x.w], x.r
	x.in, x.r, x.left, x.ended = nil, x.w, 0, true
	x.finish()
	return buf
}

// Close ends the exchange. Before the end of the body that costs the
// connection.
func (x *exchange) Close() error {
	x.finish()
	return nil
}

// finish gives the connection back if it can serve again, or closes it. Bytes
// behind the end of the body, which nobody asked for, are a reason to close.
func (x *exchange) finish() {
	c := x.c
	if c == nil {
		return
	}
	x.c = nil
	keep := x.keep && x.ended && !x.cut && x.r == x.w && c.raw != nil
	if x.reader != nil {
		keep = keep && x.reader.Buffered() == 0
		x.reader.Reset(nil)
		x.e.readers.Put(x.reader)
		x.reader, x.std = nil, nil
	}
	if x.in != nil {
		x.e.buffers.put(x.in)
		x.in = nil
	}
	if x.a.interrupt.detach() && keep {
		x.e.idle.give(c)
	} else {
		_ = c.Close() // nothing depends on how it goes
	}
}
