package fetch

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
)

// engine brings a request to its server and the header of the answer back.
// There are two: http1 for plain requests to the server itself, netHTTP for
// the rest. What is above (bodies, limits, errors) is the same for both.
type engine interface {
	// exchange sends the request and fills a.reply with the final answer's
	// header. It notes each connection with a.connected, and the first byte
	// with a.gotFirstByte. It ends early when a.interrupt does.
	exchange(a *attempt, out *outgoing) error
	// closeIdle closes the connections that no one uses.
	closeIdle()
}

// outgoing is a request as an engine gets it, checked.
type outgoing struct {
	method string // empty means GET
	target *target
	header *header
	open   bool // the guard on addresses is lifted
}

// reply is the header of an answer, with its body to come.
type reply struct {
	status int
	proto  string
	header http.Header
	length int64         // of the body, as announced; -1: not announced
	close  bool          // the server ends the connection behind it
	body   io.ReadCloser // nil: none follows. Closed before its end, it takes the connection with it
}

// choose returns the engine of a request. Our own speaks the plain case and
// nothing else: HTTP/1.1 without TLS and proxy, GET or HEAD (which may be sent
// again), a host name that needs no translation.
func (c *Client) choose(out *outgoing) engine {
	switch out.method {
	case "", http.MethodGet, http.MethodHead:
		if c.own != nil && out.target.scheme == "http" && plainHost(out.target.at) {
			return c.own
		}
	}
	return c.std
}

// netHTTP is net/http's Transport as an engine: TLS with HTTP/2, proxies, and
// what is odd.
type netHTTP struct {
	absolute bool // an HTTP proxy: plain requests carry the whole URL
	// Separate pools: a guarded request never uses an unguarded connection.
	guarded, open *http.Transport
}

func (e *netHTTP) closeIdle() {
	e.open.CloseIdleConnections()
	e.guarded.CloseIdleConnections()
}

func (e *netHTTP) exchange(a *attempt, out *outgoing) error {
	a.late = true // unless it ends well
	ctx := httptrace.WithClientTrace(a.interrupt.context(), &a.trace)
	tr := e.guarded
	if out.open {
		tr = e.open
	}
	hr, err := tr.RoundTrip(e.request(ctx, out))
	if err != nil && a.givenBack {
		return failf(Reset, opHeader, "the server gave the request back unanswered, %d times", maxSends)
	}
	if err != nil {
		return err
	}
	a.reply = reply{
		status: hr.StatusCode, proto: hr.Proto, header: hr.Header, length: hr.ContentLength, close: hr.Close, body: hr.Body,
	}
	if hr.Body == http.NoBody {
		a.reply.body = nil
	}
	return nil
}

// request makes net/http's request.
func (e *netHTTP) request(ctx context.Context, out *outgoing) *http.Request {
	u := out.target.url(e.absolute && out.target.scheme == "http")
	r := http.Request{
		Method: out.method, URL: u, Host: u.Host, Header: out.header.fields,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	return r.WithContext(ctx)
}
