package fetch

import (
	"net/http"
	"time"
)

// Exchange is one answer as it came over the wire, for Options.Observe.
type Exchange struct {
	URL    string
	Status int
	Proto  string // HTTP/1.0, HTTP/1.1 or HTTP/2.0
	Header http.Header
	Length int64 // announced by Content-Length; -1: not announced
	Close  bool  // the server ends the connection behind it

	// Body is as received, still compressed, valid until Observe returns. Of a redirect only its length is known.
	Body      []byte
	WireBytes int64
	// Arrivals tell when the body came, in rising order, at most maxArrivals of them.
	Arrivals []Arrival
	// Timing ends with the last byte: decoding is not in it.
	Timing     Timing
	ConnReused bool
}

// Arrival says how much of a body had come at a time.
type Arrival struct {
	At    time.Duration // since the first byte of the answer
	Bytes int64         // of the body, in all
}

// arrived notes that the body has n bytes by now, when somebody wants to know.
func (a *attempt) arrived(n int) {
	a.received = int64(n)
	if a.c.opts.Observe == nil {
		return
	}
	at := time.Duration(a.watch.now() - a.first.Load())
	if len(a.arrivals) == maxArrivals { // what comes later is told by the last
		a.arrivals = a.arrivals[:maxArrivals-1]
	}
	a.arrivals = append(a.arrivals, Arrival{At: max(at, 0), Bytes: int64(n)})
}

// observe tells of the answer, when somebody wants to know.
func (a *attempt) observe(url string, resp *Response, body []byte) {
	if a.c.opts.Observe == nil {
		return
	}
	a.c.opts.Observe(&Exchange{
		URL: url, Status: resp.Status, Proto: resp.Proto, Header: resp.Header, Length: a.reply.length, Close: a.reply.close,
		Body: body, WireBytes: resp.WireBytes, Arrivals: a.arrivals, Timing: a.timing(time.Now()), ConnReused: resp.ConnReused,
	})
}
