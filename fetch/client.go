package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"
)

// Client makes requests. It is safe for concurrent use.
type Client struct {
	opts    Options
	headers headers
	budget  budget
	buffers buffers
	dns     *dnsCache
	decoders
	attempts sync.Pool // of *attempt
	callers  callers
	base     context.Context // ends with Close
	stop     context.CancelFunc
	proxied  bool   // all requests go through a proxy
	std, own engine // own is nil where net/http serves all
}

// New returns a client, or an error that names the option that is wrong.
// Nothing is dialled yet.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	if err := checkHeader(http.Header{"User-Agent": {o.UserAgent}}); err != nil {
		return nil, err
	}
	if err := checkHeader(o.Header); err != nil {
		return nil, err
	}
	pins, err := parsePins(o.Resolve)
	if err != nil {
		return nil, err
	}
	proxy, err := parseProxy(o.Proxy)
	if err != nil {
		return nil, err
	}
	base, stop := context.WithCancel(context.Background())
	c := &Client{
		opts: o, headers: newHeaders(o), base: base, stop: stop,
		proxied:  proxy != nil,
		budget:   budget{max: o.MaxInFlightBytes},
		dns:      newDNSCache(base, o.Lookup),
		decoders: newDecoders(min(runtime.GOMAXPROCS(0), maxDecoders)),
	}
	dial := func(guarded bool) *dialer {
		return &dialer{
			base: base, dns: c.dns, pins: pins, guarded: guarded,
			connectMax: o.ConnectTimeout, tlsMax: o.TLSTimeout, tlsConfig: tlsConfig(o), dialAddr: o.Dial,
		}
	}
	// Through a proxy only the proxy is dialled, which the user named himself;
	// the URLs are judged in Do.
	open, guarded := dial(false), dial(!o.AllowPrivate && proxy == nil)
	c.std = newNetHTTP(o, open, guarded, proxy)
	if ownHTTP1 && proxy == nil {
		own := newHTTP1(o, open, guarded, &c.buffers)
		open.makeRoom, guarded.makeRoom = own.idle.closeOldest, own.idle.closeOldest
		c.own = own
	}
	return c, nil
}

func newNetHTTP(o Options, open, guarded *dialer, proxy *url.URL) *netHTTP {
	e := &netHTTP{open: newTransport(o, open), absolute: proxy != nil && !strings.HasPrefix(proxy.Scheme, "socks")}
	if proxy != nil {
		e.open.Proxy = http.ProxyURL(proxy)
	}
	e.guarded = e.open
	if guarded.guarded {
		e.guarded = newTransport(o, guarded)
	}
	return e
}

func tlsConfig(o Options) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: o.Insecure,
		RootCAs:            o.RootCAs,
		NextProtos:         []string{"h2", "http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(tlsSessions),
	}
}

func newTransport(o Options, d *dialer) *http.Transport {
	return &http.Transport{
		DialContext:            d.dialPlain,
		DialTLSContext:         d.dialTLS,
		TLSClientConfig:        tlsConfig(o), // for handshakes through a proxy
		TLSHandshakeTimeout:    o.TLSTimeout,
		DisableCompression:     true,
		MaxIdleConns:           o.MaxConns,
		MaxIdleConnsPerHost:    o.PerHost,
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		ReadBufferSize:         readBuffer,
		WriteBufferSize:        writeBuffer,
		ForceAttemptHTTP2:      true,
		HTTP2: &http.HTTP2Config{
			MaxReceiveBufferPerStream:     h2StreamWindow,
			MaxReceiveBufferPerConnection: h2ConnWindow,
			SendPingTimeout:               h2PingAfter,
			PingTimeout:                   h2PingTimeout,
		},
	}
}

// Close ends lookups and dials under way and closes idle connections. It
// waits for lookups, and must be called after the last Do has returned; one
// that comes behind it gives ErrClosed. Responses not yet released stay valid.
// It may be called again.
func (c *Client) Close() {
	c.stop()
	c.std.closeIdle()
	if c.own != nil {
		c.own.closeIdle()
	}
	c.dns.close()
	for range cap(c.decoders) {
		s := <-c.decoders
		s.close()
		c.decoders <- new(decoderSet)
	}
}

// Do makes one request and reads its whole response. It returns redirects and
// error statuses as they are. It blocks until the body is complete, a limit is
// broken or ctx ends; the error is always an *Error. The caller must call
// Release on the response.
func (c *Client) Do(ctx context.Context, req *Request) (*Response, error) {
	t, f := parseTarget(req.URL)
	if f != nil {
		return nil, &Error{Class: f.class, Op: f.op, Err: f}
	}
	fail := func(f *failure) (*Response, error) {
		return nil, &Error{Class: f.class, Op: f.op, Host: t.at, Err: f}
	}
	if c.base.Err() != nil {
		return nil, &Error{Class: Canceled, Op: opConnect, Host: t.at, Err: ErrClosed}
	}
	open := req.MayBePrivate || c.opts.AllowPrivate
	if c.proxied && !open {
		if what := notPublicName(t.host); what != "" {
			return fail(failf(RefusedAddress, opURL, "refused %s address", what))
		}
	}
	if len(req.Header) > 0 {
		if err := checkHeader(req.Header); err != nil {
			return fail(failf(RefusedAddress, opURL, "%v", err))
		}
	}
	a := c.attempt()
	defer a.end()
	return a.do(ctx, req, &outgoing{method: req.Method, target: &t, header: c.compose(&t, req), open: open})
}

// do runs the attempt. It returns a response or an *Error.
func (a *attempt) do(parent context.Context, req *Request, out *outgoing) (*Response, error) {
	a.begin(parent)
	if err := a.c.choose(out).exchange(a, out); err != nil {
		return nil, a.fail(parent, out.target, nil, opHeader, err)
	}
	a.watch.headerDone()
	got := &a.reply
	resp := &Response{
		Status: got.status, Proto: got.proto, Header: got.header, Length: got.length,
		Remote: a.remote(), ConnReused: a.reused, Sends: a.sends, c: a.c,
	}
	if a.c.opts.Jar != nil && len(got.header["Set-Cookie"]) > 0 {
		a.c.opts.Jar.SetCookies(out.target.url(false), setCookies(got.header))
	}
	err := a.body(req, resp)
	if got.body != nil {
		_ = got.body.Close() // after the end it says nothing new
	}
	a.watch.end()
	if err != nil {
		a.c.budget.drop(&resp.hold)
		return nil, a.fail(parent, out.target, got, opBody, err)
	}
	resp.Timing = a.timing(time.Now())
	a.late = false
	return resp, nil
}

// body reads and decodes the body of the answer into resp.
func (a *attempt) body(req *Request, resp *Response) error {
	got := &a.reply
	if got.status < 200 {
		return failf(BadResponse, opHeader, "status %d is not a final answer", got.status)
	}
	if isRedirect(got) || req.Stream != nil && got.status > 299 {
		resp.WireBytes = a.drain()
		a.observe(req.URL, resp, nil)
		return nil
	}
	codings, err := contentCodings(got.header)
	if err != nil {
		return err
	}
	if got.body == nil || req.Method == http.MethodHead {
		a.observe(req.URL, resp, nil)
		return nil
	}
	limit := a.c.opts.MaxBytes
	if req.MaxBytes > 0 {
		limit = req.MaxBytes
	}
	cut := req.Truncate && len(codings) == 0
	if got.length > limit && !cut {
		return failf(TooLarge, opBody, "Content-Length of %d, more than %d bytes", got.length, limit)
	}
	if done, err := a.stream(req, resp, codings, limit); done {
		return err
	}
	buf, err := a.read(&resp.hold, got.body, got.length, limit, cut)
	if err != nil {
		if buf != nil {
			a.free(&resp.hold, buf)
		}
		return err
	}
	resp.WireBytes = int64(len(buf.body()))
	a.observe(req.URL, resp, buf.body())
	if len(codings) > 0 {
		a.watch.pause() // the server has done its part
		if buf, err = a.decode(&resp.hold, buf, codings, limit); err != nil {
			return err
		}
	}
	resp.buf, resp.Body = buf, buf.body()
	return nil
}

// isRedirect tells a response that sends elsewhere; its body is of no use.
func isRedirect(got *reply) bool {
	switch got.status {
	case 301, 302, 303, 307, 308:
		return got.header.Get("Location") != ""
	}
	return false
}

// fail makes the Error of an attempt that ended with err in phase op, or
// before, with the header in got if it had arrived.
func (a *attempt) fail(parent context.Context, t *target, got *reply, op string, err error) *Error {
	late := a.watch.end()
	e := &Error{Op: op, Host: t.at, Err: err, Timing: a.timing(time.Now()), Remote: a.remote(), Sends: a.sends}
	if got != nil {
		e.Status, e.Header, e.Streamed, e.WireBytes = got.status, got.header, a.streamed, a.received
	}
	if d, ok := errors.AsType[*dialError](err); ok {
		e.Op, e.Remote = d.op, d.remote
		e.Timing.DNS, e.Timing.Connect, e.Timing.TLS = d.times.dns, d.times.connect, d.times.tls
	} else if a.conn == nil {
		e.Op = opConnect
		if a.c.proxied {
			e.Op = opProxy
		}
	}
	if f, ok := errors.AsType[*failure](err); ok {
		e.Op = f.op
	}
	if a.c.proxied && (e.Op == opDNS || e.Op == opConnect) {
		e.Op = opProxy // it is the proxy that is not reached, not the host
	}
	stop, stopped := errors.AsType[*stopError](err)
	switch {
	case stopped:
		e.Class, e.Err = Stopped, stop.err
	case parent.Err() != nil:
		e.Class, e.Err = Canceled, context.Cause(parent)
	case late != "":
		e.Class, e.Err = Timeout, &failure{class: Timeout, op: e.Op, msg: late}
	default:
		e.Class = classify(e.Op, err)
	}
	return e
}
