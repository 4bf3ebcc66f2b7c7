package fetch

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
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
	stop     context.CancelFunc
	proxied  bool // all requests go through a proxy
	absolute bool // an HTTP proxy: plain requests carry the whole URL
	// Separate pools: a guarded request never uses an unguarded connection.
	guarded, open *http.Transport
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
		opts: o, headers: newHeaders(o), stop: stop,
		proxied:  proxy != nil,
		absolute: proxy != nil && !strings.HasPrefix(proxy.Scheme, "socks"),
		budget:   budget{max: o.MaxInFlightBytes},
		dns:      newDNSCache(base, o.Lookup),
		decoders: newDecoders(min(runtime.GOMAXPROCS(0), maxDecoders)),
	}
	transport := func(guarded bool) *http.Transport {
		d := &dialer{
			base: base, dns: c.dns, pins: pins, guarded: guarded,
			connectMax: o.ConnectTimeout, tlsMax: o.TLSTimeout, tlsConfig: tlsConfig(o), dialAddr: o.Dial,
		}
		t := newTransport(o, d)
		if proxy != nil {
			t.Proxy = http.ProxyURL(proxy)
		}
		return t
	}
	// Through a proxy only the proxy is dialled, which the user named himself;
	// the URLs are judged in Do.
	c.open = transport(false)
	c.guarded = c.open
	if proxy == nil && !o.AllowPrivate {
		c.guarded = transport(true)
	}
	return c, nil
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
// waits for lookups, and must be called after the last Do has returned.
// Responses not yet released stay valid.
func (c *Client) Close() {
	c.stop()
	c.open.CloseIdleConnections()
	c.guarded.CloseIdleConnections()
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
	tr := c.guarded
	if open {
		tr = c.open
	}
	a := c.attempt()
	resp, err := a.do(ctx, tr, &t, req)
	if err != nil {
		return nil, err // the attempt is left to late callers of its hooks
	}
	c.attempts.Put(a)
	return resp, nil
}

// build makes net/http's request.
func (c *Client) build(ctx context.Context, t *target, req *Request) *http.Request {
	u := t.url(c.absolute && t.scheme == "http")
	secret := c.opts.CredentialOrigin != nil && c.opts.CredentialOrigin(t.origin())
	var cookies []*http.Cookie
	if c.opts.Jar != nil {
		cookies = c.opts.Jar.Cookies(u)
	}
	h := c.headers.pick(req.Identity, secret, req.Header, len(cookies) > 0 || t.user != nil)
	if len(cookies) > 0 {
		parts := h["Cookie"] // joined to what the user set
		for _, k := range cookies {
			parts = append(parts[:len(parts):len(parts)], k.Name+"="+k.Value)
		}
		h["Cookie"] = []string{strings.Join(parts, "; ")}
	}
	if t.user != nil && h["Authorization"] == nil {
		password, _ := t.user.Password()
		h["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(t.user.Username()+":"+password))}
	}
	r := http.Request{
		Method: req.Method, URL: u, Host: u.Host, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	return r.WithContext(ctx)
}

// do runs the attempt. It returns a response or an *Error.
func (a *attempt) do(parent context.Context, tr *http.Transport, t *target, req *Request) (*Response, error) {
	ctx, cancel := context.WithCancel(a.traced(parent))
	defer cancel()
	a.reset()
	a.watch.begin(cancel)
	r := a.c.build(ctx, t, req)
	hr, err := tr.RoundTrip(r)
	if err != nil {
		return nil, a.fail(parent, t, nil, opHeader, err)
	}
	a.watch.headerDone()
	resp := &Response{
		Status: hr.StatusCode, Proto: hr.Proto, Header: hr.Header, Length: hr.ContentLength,
		Remote: a.remote(), ConnReused: a.reused, Sends: a.sends, c: a.c,
	}
	if a.c.opts.Jar != nil && len(hr.Header["Set-Cookie"]) > 0 {
		a.c.opts.Jar.SetCookies(r.URL, hr.Cookies())
	}
	err = a.body(ctx, hr, req, resp)
	_ = hr.Body.Close() // after the end it says nothing new
	a.watch.end()
	if err != nil {
		a.c.budget.drop(&resp.hold)
		return nil, a.fail(parent, t, hr, opBody, err)
	}
	resp.Timing = a.timing(time.Now())
	return resp, nil
}

// body reads and decodes the body of hr into resp.
func (a *attempt) body(ctx context.Context, hr *http.Response, req *Request, resp *Response) error {
	if hr.StatusCode < 200 {
		return failf(BadResponse, opHeader, "status %d is not a final answer", hr.StatusCode)
	}
	if isRedirect(hr) || req.Stream != nil && hr.StatusCode > 299 {
		resp.WireBytes = a.drain(hr)
		a.observe(req.URL, hr, resp, nil)
		return nil
	}
	codings, err := contentCodings(hr.Header)
	if err != nil {
		return err
	}
	if hr.Body == http.NoBody || req.Method == http.MethodHead {
		a.observe(req.URL, hr, resp, nil)
		return nil
	}
	limit := a.c.opts.MaxBytes
	if req.MaxBytes > 0 {
		limit = req.MaxBytes
	}
	cut := req.Truncate && len(codings) == 0
	if hr.ContentLength > limit && !cut {
		return failf(TooLarge, opBody, "Content-Length of %d, more than %d bytes", hr.ContentLength, limit)
	}
	if done, err := a.stream(ctx, hr, req, resp, codings, limit); done {
		return err
	}
	buf, err := a.read(ctx, &resp.hold, hr.Body, hr.ContentLength, limit, cut)
	if err != nil {
		if buf != nil {
			a.free(&resp.hold, buf)
		}
		return err
	}
	resp.WireBytes = int64(len(buf.b))
	a.observe(req.URL, hr, resp, buf.b)
	if len(codings) > 0 {
		a.watch.pause() // the server has done its part
		if buf, err = a.decode(ctx, &resp.hold, buf, codings, limit); err != nil {
			return err
		}
	}
	resp.buf, resp.Body = buf, buf.b
	return nil
}

// isRedirect tells a response that sends elsewhere; its body is of no use.
func isRedirect(hr *http.Response) bool {
	switch hr.StatusCode {
	case 301, 302, 303, 307, 308:
		return hr.Header.Get("Location") != ""
	}
	return false
}

// fail makes the Error of an attempt that ended with err in phase op, or
// before, with the header in hr if it had arrived.
func (a *attempt) fail(parent context.Context, t *target, hr *http.Response, op string, err error) *Error {
	late := a.watch.end()
	e := &Error{Op: op, Host: t.at, Err: err, Timing: a.timing(time.Now()), Remote: a.remote(), Sends: a.sends}
	if hr != nil {
		e.Status, e.Header, e.Streamed = hr.StatusCode, hr.Header, a.streamed
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
