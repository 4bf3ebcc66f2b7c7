package fetch

import (
	"io"
	"net/http"
	"time"
)

// Request is one request. It carries no body.
type Request struct {
	URL    string // absolute http or https; path and query are sent byte for byte
	Method string // empty means GET
	// Header is added to the client's, and replaces what has the same name. It
	// is sent as it is: what the caller puts here is meant for this URL.
	Header http.Header
	// Identity asks for no content coding, for files that are compressed
	// already. If the server encodes all the same, the body is decoded.
	Identity bool
	// MayBePrivate lifts the guard on addresses: a seed itself names this host.
	MayBePrivate bool
	// MaxBytes is the limit of the decoded body; 0 means the client's.
	MaxBytes int64
	// Truncate takes the first MaxBytes of a longer body instead of failing. It
	// holds for bodies that come without content coding; ask with Identity.
	Truncate bool

	// Stream, when not nil, is asked once the header of a 2xx answer with a body
	// has come (not for HEAD, an empty body, or one announced larger than
	// MaxBytes), and returns where the body goes, decoded, as it arrives, in
	// pieces that are valid during Write. h is the response without a body, the
	// same that Do returns later. A writer with a method AvailableBuffer, as
	// bytes.Buffer has it, is given bytes that are in that memory already, where
	// it has room. (nil, nil) reads the body whole into Response.Body, as without
	// Stream. Answers above 299 come without their bodies, which nobody has a
	// place for.
	//
	// An error from it or from Write ends the attempt at once: the connection is
	// closed, and the *Error has class Stopped and wraps that error. When the
	// attempt fails midway, what was written stays written; Error.Streamed tells
	// how much. Size, ratio, silence and minimum rate are limited as for other
	// bodies. The whole timeout begins anew whenever a stream has brought at
	// least 16 KiB (or the minimum rate, if that is higher) for each second of
	// it: a large file may take long, as long as it comes. The memory of a stream
	// is a buffer of 64 KiB, and a decoder's when the body is compressed. Both
	// functions are called in Do's goroutine, and their time is not the server's.
	Stream func(h *Response) (io.Writer, error)
}

// Response is a complete response.
type Response struct {
	Status int    // from 200 up; codes above 599 are passed on as they are
	Proto  string // HTTP/1.0, HTTP/1.1 or HTTP/2.0
	Header http.Header
	// Body is decoded; it is valid until Release. A redirect (301, 302, 303,
	// 307, 308 with a Location) has none.
	Body       []byte
	Streamed   int64  // bytes that were written to Stream's writer
	Length     int64  // Content-Length, of the body as sent; -1: not announced
	WireBytes  int64  // bytes of the body as received, compressed, without framing
	Remote     string // address and port of the server, or of the proxy
	Timing     Timing
	ConnReused bool // the connection had served a request before
	// Sends is how often the request went out: more than once, and three times at
	// most, when a kept-alive connection broke before a byte of an answer had
	// come, or an HTTP/2 server gave the request back.
	Sends int

	c    *Client
	buf  *buffer
	hold hold
}

// Release gives the body's memory back; Body must not be used after it. Each
// response must be released, soon and without waiting for another fetch.
// Calling it again does nothing.
func (r *Response) Release() {
	if r == nil || r.c == nil {
		return
	}
	r.c.buffers.put(r.buf)
	r.c.budget.drop(&r.hold)
	r.Body, r.buf, r.c = nil, nil, nil
}

// Timing tells how long the phases of a fetch took. The phases of connecting
// are zero when the connection was there before; a lookup answered by the
// cache takes next to nothing.
type Timing struct {
	DNS       time.Duration // name lookup
	Connect   time.Duration // TCP connect
	TLS       time.Duration // TLS handshake
	FirstByte time.Duration // from Sent to the first byte of the response
	Body      time.Duration // from the first byte to the end, decoding included
	Sent      time.Time     // when the request had its connection and was sent; zero when never
}
