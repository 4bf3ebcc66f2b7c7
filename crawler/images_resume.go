package crawler

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"crawl/fetch"
	"crawl/sink"
)

// resume takes up what an earlier attempt left. A part of another URL, or without a validator, is dropped.
func (d *download) resume() error {
	if !d.c.isFile(&d.t.lease) {
		return nil
	}
	sp, head, err := d.c.store.OpenPart(uint64(d.t.lease.ID))
	if errors.Is(err, sink.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d.spool, d.head, d.at, d.had = sp, head, sp.Len(), sp.Len()
	if head.URL != d.t.lease.URL || head.ETag == "" && head.LastModified == "" || d.at == 0 || head.Total > 0 && d.at > head.Total {
		d.discard()
		d.at, d.had = 0, 0
		return nil
	}
	if d.at == head.Total { // it was cut off between its last byte and the store: that byte is asked for again
		d.repeat = 1
	}
	return nil
}

// continues judges whether a part that was sent (206, RFC 9110, 15.3.7) goes on where the stored one ends, and is of the
// same version. Anything else is asked for again from the start: two versions are never put together.
func (d *download) continues(h *fetch.Response) error {
	startOver := func(format string, args ...any) error {
		d.discard()
		return &verdict{class: ClassBadResponse, message: "status 206: " + fmt.Sprintf(format, args...), again: d.ranged}
	}
	if !d.ranged {
		return startOver("a part, although the whole was asked for")
	}
	cr, err := fetch.ParseContentRange(h.Header.Get("Content-Range"))
	switch {
	case err != nil:
		return startOver("%v", err)
	case cr.First != d.at-d.repeat:
		return startOver("it begins at byte %d, byte %d was asked for", cr.First, d.at-d.repeat)
	case d.head.Total > 0 && cr.Total >= 0 && cr.Total != d.head.Total:
		return startOver("the file has %d bytes now, it had %d", cr.Total, d.head.Total)
	case d.head.Total == 0 && cr.Total < 0:
		return startOver("nothing says how long the file is")
	case cr.Total >= 0 && cr.Last != cr.Total-1 && d.repeat > 0:
		return startOver("it ends at byte %d of %d", cr.Last, cr.Total)
	case h.Header.Get("Content-Encoding") != "":
		return startOver("it has a content coding, the stored part has none")
	case d.head.ETag != "" && h.Header.Get("Etag") != d.head.ETag:
		return startOver("its ETag is %q, the stored part has %q", h.Header.Get("Etag"), d.head.ETag)
	case d.head.ETag == "" && h.Header.Get("Last-Modified") != "" && h.Header.Get("Last-Modified") != d.head.LastModified:
		return startOver("it was changed at %s, the stored part at %s", h.Header.Get("Last-Modified"), d.head.LastModified)
	}
	if d.head.Total == 0 && cr.Total > 0 {
		d.head.Total = cr.Total
	}
	return nil
}

// partHead is what a later attempt needs to go on with the body of an answer: its length and a strong validator (RFC 9110,
// 13.1.5). A date is one when the answer is at least a second younger (8.8.2.2). With a coding there is none: the
// stored bytes are decoded.
func partHead(url string, h *fetch.Response, now time.Time) sink.PartHead {
	p := sink.PartHead{URL: url}
	if h.Header.Get("Content-Encoding") != "" {
		return p
	}
	p.Total = max(h.Length, 0)
	if tag := h.Header.Get("Etag"); len(tag) >= 2 && tag[0] == '"' && strings.HasSuffix(tag, `"`) && len(tag) <= maxValidator {
		p.ETag = tag
		return p
	}
	modified, err := http.ParseTime(h.Header.Get("Last-Modified"))
	if err != nil {
		return p
	}
	date := now
	if at, err := http.ParseTime(h.Header.Get("Date")); err == nil {
		date = at
	}
	if date.Sub(modified) >= time.Second {
		p.LastModified = h.Header.Get("Last-Modified")
	}
	return p
}
