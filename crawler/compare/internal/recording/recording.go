// Package recording keeps the answers to a list of URLs as they came over the wire, with the time that each phase took, and
// the file that holds them. It is pure but for the reader and the writer it is given.
//
// A file is a skippable zstd frame that names the format and its version, and a zstd frame of records; so `zstd -dc` shows
// it. A record is its kind (a byte), the length of its JSON part, that part, the length of its body, that body, and the
// CRC-32C of all that; lengths are unsigned varints. The last record is the end, which tells how many there were.
package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"

	"crawl/crawler/urlnorm"
)

// Errors of Read. They are about the file; others are those of its reader.
var (
	ErrFormat  = errors.New("it is not a recording of `crawl compare`")
	ErrVersion = errors.New("the recording is of another version")
	ErrDamaged = errors.New("the recording is damaged")
)

// Recording is a list's answers in its order. It is not changed once it is made.
type Recording struct {
	Made    time.Time
	Entries []Entry
	// Left are the URLs without an answer, the first of them; More is the number of the others.
	Left []Missing
	More int
	// Delays are the Crawl-delays of origins that ask for one.
	Delays map[string]time.Duration
	// AskedLess is how many answers of status 429 or 503 came while it was made, those among them after which the URL was
	// asked for again.
	AskedLess int
}

// Missing is a URL that was not recorded, and why.
type Missing struct {
	URL    string `json:"url"`
	Reason string `json:"reason"`
}

// Entry is one answer.
type Entry struct {
	URL string `json:"url"`
	// Hop says that this URL is where the entry before leads: it is asked for when that has been answered.
	Hop    bool        `json:"hop,omitempty"`
	Status int         `json:"status"`
	HTTP2  bool        `json:"http2,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Length bool        `json:"length,omitempty"` // it announced its length
	Close  bool        `json:"close,omitempty"`  // the server ended the connection behind it

	// Phases in nanoseconds. Those of connecting are zero when the connection was there.
	DNS       time.Duration `json:"dns,omitempty"`
	Connect   time.Duration `json:"connect,omitempty"`
	TLS       time.Duration `json:"tls,omitempty"`
	FirstByte time.Duration `json:"first_byte"`

	Arrivals []Arrival `json:"arrivals,omitempty"`
	Body     []byte    `json:"-"` // as on the wire
}

// Arrival says how much of a body had come at a time.
type Arrival struct {
	At    time.Duration `json:"at"` // since the first byte
	Bytes int64         `json:"bytes"`
}

// Service is how long the request took, from when it was sent to its last byte.
func (e *Entry) Service() time.Duration {
	d := e.DNS + e.Connect + e.TLS + e.FirstByte
	if n := len(e.Arrivals); n > 0 {
		d += e.Arrivals[n-1].At
	}
	return d
}

// Bytes is the size of all bodies.
func (r *Recording) Bytes() (n int64) {
	for i := range r.Entries {
		n += int64(len(r.Entries[i].Body))
	}
	return n
}

// Thin leaves at most MaxArrivals, the last among them.
func Thin(list []Arrival) []Arrival {
	if len(list) <= MaxArrivals {
		return slices.Clone(list)
	}
	out := make([]Arrival, 0, MaxArrivals)
	for i := range MaxArrivals {
		out = append(out, list[(i+1)*len(list)/MaxArrivals-1])
	}
	return out
}

// Miss notes a URL without an answer.
func (r *Recording) Miss(m Missing) {
	if r.More > 0 || len(r.Left) >= maxLeft {
		r.More++
		return
	}
	text := len(m.URL) + len(m.Reason)
	for _, l := range r.Left {
		text += len(l.URL) + len(l.Reason)
	}
	if text > maxLeftText {
		r.More++
		return
	}
	r.Left = append(r.Left, m)
}

// check tells what is in the recording that Read would refuse, sizes left out.
func (r *Recording) check() error {
	if len(r.Entries) > MaxEntries {
		return fmt.Errorf("%d answers, more than %d", len(r.Entries), MaxEntries)
	}
	for i := range r.Entries {
		if err := r.Entries[i].check(); err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
	}
	if len(r.Entries) > 0 && r.Entries[0].Hop {
		return errors.New("the first entry is a hop")
	}
	return nil
}

// Fit drops the header fields that HTTP does not permit (RFC 9110, section 5), which clients may let pass, and gives the size
// that the entry without its body has in a file, in bytes. The error says why it cannot be in one.
func (e *Entry) Fit() (int64, error) {
	for name, values := range e.Header {
		values = slices.DeleteFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) })
		if e.Header[name] = values; len(values) == 0 || !httpguts.ValidHeaderFieldName(name) {
			delete(e.Header, name)
		}
	}
	if err := e.check(); err != nil {
		return 0, err
	}
	text, err := json.Marshal(e)
	if err == nil && len(text) > maxMeta {
		err = fmt.Errorf("a header of %d bytes, more than %d", len(text), maxMeta)
	}
	return int64(len(text)), err
}

// check tells what is wrong with an entry of a file.
func (e *Entry) check() error {
	if href, err := urlnorm.Parse(e.URL); err != nil || href != e.URL {
		return fmt.Errorf("%q is not a URL as it is requested", e.URL)
	}
	if e.Status < 200 || e.Status > 999 {
		return fmt.Errorf("status %d", e.Status)
	}
	for _, d := range []time.Duration{e.DNS, e.Connect, e.TLS, e.FirstByte} {
		if d < 0 || d > maxPhase {
			return fmt.Errorf("a phase of %s", d)
		}
	}
	for name, values := range e.Header {
		if !httpguts.ValidHeaderFieldName(name) || slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			return fmt.Errorf("header %q", name)
		}
	}
	return e.checkArrivals()
}

func (e *Entry) checkArrivals() error {
	if len(e.Arrivals) > MaxArrivals {
		return fmt.Errorf("%d arrivals", len(e.Arrivals))
	}
	var last Arrival
	for _, a := range e.Arrivals {
		if a.At < last.At || a.At > maxPhase || a.Bytes < last.Bytes || a.Bytes > int64(len(e.Body)) {
			return fmt.Errorf("%d bytes after %s", a.Bytes, a.At)
		}
		last = a
	}
	return nil
}
