package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"crawl/crawler/internal/polite"
	"crawl/fetch"
	"crawl/parse/picture"
	"crawl/sink"
)

// download is one attempt at one file: where its bytes go, and what is known of it so far. It belongs to its fetch
// goroutine, but for what Progress tells of it.
type download struct {
	ctx   context.Context // of the fetch
	c     *Crawl
	t     *task
	entry *listEntry // nil: the list says nothing

	spool  *sink.Spool // nil until the answer's header has come, unless an earlier attempt left a part
	head   sink.PartHead
	at     int64 // length of the part that this attempt goes on from
	had    int64 // length of the part that an earlier attempt left, also when this one starts over
	from   int64 // first byte of the file that the answer has
	repeat int64 // first bytes of the answer that the part has already
	ranged bool  // the request asked for the rest of a part
	answer *fetch.Response

	info   picture.Info
	known  bool // info is final
	looked int  // bytes that were sniffed at last

	held   *heldBytes
	moving transfer
}

// verdict ends a download before its end.
type verdict struct {
	class   Class
	message string
	rule    string // of the filter that refused it
	again   bool   // another attempt, from the start, may go better
}

func (v *verdict) Error() string { return v.message }

func filtered(rule string) *verdict {
	return &verdict{class: ClassFiltered, message: rule, rule: rule}
}

// fetchFile makes one attempt at a file, or at a page whose pictures are taken.
func (c *Crawl) fetchFile(ctx context.Context, t *task) *result {
	r := &result{}
	d := &download{ctx: ctx, c: c, t: t, held: &heldBytes{room: c.room}}
	var err error
	if d.entry, err = c.demanded(t); err == nil {
		err = d.resume()
	}
	if err != nil {
		return r.halt(err)
	}
	d.moving.url, d.moving.begun = t.lease.URL, c.now()
	c.transfers.add(&d.moving)
	defer c.transfers.drop(&d.moving)
	defer func() {
		if r.spool == nil {
			d.held.give()
		}
	}()
	c.o.Observer.Fetching(t.lease.URL)
	resp, err := c.client.Do(ctx, d.request())
	if err != nil {
		d.failed(ctx, r, err)
		return r
	}
	r.asked, r.bytes = int64(resp.Sends), resp.WireBytes
	r.attempt.Status, r.attempt.Remote, r.attempt.Timing = resp.Status, resp.Remote, timing(&resp.Timing)
	c.o.Observer.Received(t.lease.URL, resp.Status, max(resp.Streamed, int64(len(resp.Body))))
	if d.answer == nil {
		d.unstreamed(r, resp)
		return r
	}
	resp.Release()
	d.complete(r, resp)
	return r
}

// halt makes it the result of a task that the store stood in the way of: the crawl ends.
func (r *result) halt(err error) *result {
	r.stopped, r.fatal = true, err
	return r
}

// request asks for the file, or for the rest of it. Pages may come compressed.
func (d *download) request() *fetch.Request {
	req := d.c.request(d.t, d.t.lease.URL)
	file := d.c.isFile(&d.t.lease)
	req.Identity, req.Stream = file, d.stream
	if file {
		req.MaxBytes = d.c.o.Images.MaxBytes // of the answer, which may be the whole again; Write minds the whole
	}
	if d.spool == nil {
		return req
	}
	d.ranged, d.from = true, d.at-d.repeat
	req.Identity = true
	req.Header = http.Header{"Range": {fmt.Sprintf("bytes=%d-", d.from)}, "If-Range": {d.head.ETag}}
	if d.head.ETag == "" {
		req.Header.Set("If-Range", d.head.LastModified)
	}
	return req
}

// stream decides where the body of an answer goes: into the spool, unless it is refused by what its header says, or is a
// page.
func (d *download) stream(h *fetch.Response) (io.Writer, error) {
	d.answer = h
	switch {
	case h.Status == http.StatusPartialContent:
		if err := d.continues(h); err != nil {
			return nil, err
		}
	default:
		d.begin(h)
	}
	if !d.c.isFile(&d.t.lease) && !strings.HasPrefix(h.Header.Get("Content-Type"), "image/") {
		d.discard()
		d.answer = nil
		return nil, nil
	}
	if v := d.refused(h); v != nil {
		return nil, v
	}
	d.moving.total.Store(d.head.Total)
	d.moving.bytes.Store(d.at)
	return d, nil
}

// refused judges by the header of the answer.
func (d *download) refused(h *fetch.Response) *verdict {
	m := d.c.o.Images
	if d.head.Total > 0 {
		if rule := m.Filter.size(d.head.Total, true); rule != "" {
			return filtered(rule)
		}
	}
	if m.RespectNoAI {
		if word := noAI(h.Header["X-Robots-Tag"]); word != "" {
			return filtered(noAIRule + word)
		}
	}
	return nil
}

// noAI gives the directive that forbids a picture's use for machine learning, "" when there is none. One that begins with
// the name of another robot ("otherbot: noai") is taken for everybody's: who says it to one means it.
func noAI(tags []string) string {
	for _, line := range tags {
		for word := range strings.FieldsFuncSeq(strings.ToLower(line), func(r rune) bool { return strings.ContainsRune(" \t,:", r) }) {
			if word == "noai" || word == "noimageai" {
				return word
			}
		}
	}
	return ""
}

// begin starts the file from its first byte.
func (d *download) begin(h *fetch.Response) {
	d.discard()
	d.at, d.from, d.repeat = 0, 0, 0
	d.head = partHead(d.t.lease.URL, h, d.c.now())
	d.spool = d.c.store.NewSpool(uint64(d.t.lease.ID), d.head)
	d.known, d.looked = false, 0
}

// AvailableBuffer gives the memory that the next bytes will be in, see sink.Spool.
func (d *download) AvailableBuffer() []byte {
	if d.repeat > 0 {
		return nil // the part has them already
	}
	return d.spool.AvailableBuffer()
}

// Write takes bytes of the body as they come.
func (d *download) Write(p []byte) (int, error) {
	n := len(p)
	if d.repeat > 0 {
		k := min(int64(len(p)), d.repeat)
		p = p[k:]
		d.repeat -= k
	}
	if most := d.c.o.Images.MaxBytes; d.spool.Len()+int64(len(p)) > most {
		return 0, d.tooLarge(fmt.Sprintf("more than %d bytes", most))
	}
	if err := d.makeRoom(int64(len(p))); err != nil {
		return 0, err
	}
	if _, err := d.spool.Write(p); err != nil {
		return 0, err
	}
	d.moving.bytes.Store(d.spool.Len())
	if rule := d.c.o.Images.Filter.size(d.spool.Len(), false); rule != "" {
		return 0, filtered(rule)
	}
	if err := d.sniff(false); err != nil {
		return 0, err
	}
	return n, nil
}

// tooLarge is the verdict on a file above the limit: the user's, when there is one, leaves it out.
func (d *download) tooLarge(message string) *verdict {
	if most := d.c.o.Images.Filter.MaxBytes; most > 0 {
		return filtered(fmt.Sprintf("--max-bytes %d: %s", most, message))
	}
	return &verdict{class: ClassTooLarge, message: message}
}

// makeRoom waits for memory while the file is in memory. A file that is not any more takes room on the disk, which is
// looked after.
func (d *download) makeRoom(n int64) error {
	if d.spool.Len()+n <= heldOfFile {
		return d.held.take(d.ctx, n)
	}
	d.held.give()
	return d.c.disk.check()
}

// sniff looks at the first bytes, until they tell what the file is, and judges by that.
func (d *download) sniff(complete bool) error {
	if d.known {
		return nil
	}
	head := d.spool.Prefix()
	if !complete && d.looked > 0 && len(head) < 2*d.looked && len(head) < cap(head) {
		return nil // Sniff looks at all bytes anew
	}
	d.looked = len(head)
	info, state := picture.Sniff(head, complete || int64(len(head)) < d.spool.Len())
	switch state {
	case picture.NeedMore:
		return nil
	case picture.NotAnImage:
		d.known, d.info = true, info
		return notAnImage(&info)
	}
	d.known, d.info = true, info
	f := &d.c.o.Images.Filter
	rule := f.kind(info.Type)
	if rule == "" {
		rule = f.dimensions(info.Width, info.Height)
	}
	if rule != "" {
		return filtered(rule)
	}
	return nil
}

func notAnImage(info *picture.Info) *verdict {
	what := info.MediaType
	if what == "" {
		what = "something else"
	}
	return &verdict{class: ClassNotAnImage, message: "the answer is no picture but " + what}
}

// unstreamed takes in an answer whose body was not streamed: a redirect, a page, an error status, or nothing at all.
func (d *download) unstreamed(r *result, resp *fetch.Response) {
	c, t := d.c, d.t
	r.class = statusClass(resp.Status)
	if r.class != "" {
		r.attempt.Message = StatusText(resp.Status)
	}
	r.after = polite.RetryAfter(resp.Header, c.stamp(c.now()))
	r.record = d.record(resp.Status, resp.Header)
	r.record.Proto, r.record.WireBytes = resp.Proto, resp.WireBytes
	file := c.isFile(&t.lease)
	switch {
	case c.redirect(r, resp):
	case d.ranged && resp.Status == http.StatusRequestedRangeNotSatisfiable:
		r.again = true // the file is another one now
		r.attempt.Message += ": the part that is stored does not fit; it is asked for from the start"
	case d.ranged && retryable(r.class, resp.Status):
		d.keep()
	case r.class == "" && !file:
		d.discard()
		r.resp, r.body, r.free = resp, resp.Body, resp.Release
		return
	case r.class == "":
		r.class, r.attempt.Message = ClassNotAnImage, "the answer is empty"
	}
	d.discard()
	resp.Release()
}

// complete takes in a file whose body has come to its end.
func (d *download) complete(r *result, resp *fetch.Response) {
	r.record = d.record(resp.Status, resp.Header)
	r.record.Proto, r.record.WireBytes = resp.Proto, resp.WireBytes
	err := d.verify(resp)
	var v *verdict
	var digest *errDigest
	switch {
	case err == nil:
		d.fill(r.record)
		r.spool, r.free = d.spool, d.held.give
		r.examine = d.c.o.Images.Examines()
		return
	case errors.Is(err, errShort):
		r.class, r.attempt.Message = ClassShortBody, err.Error()
		r.gained = d.keep()
	case errors.As(err, &v):
		r.judged(v)
	case errors.As(err, &digest):
		r.judged(&verdict{class: ClassBadDigest, message: digest.message, again: true})
	default:
		r.halt(err)
	}
	d.describe(r.record)
	d.discard()
}

// judged notes what a verdict says.
func (r *result) judged(v *verdict) {
	r.class, r.again = v.class, v.again
	r.attempt.Message = clip(v.message, maxErrorMessage)
	if r.record != nil {
		r.record.Rule = v.rule
	}
}

// errShort is that of a file of which the answer did not bring all.
var errShort = errors.New("the answer ended early")

// verify checks a file that is there: its length, what it is, and its digests.
func (d *download) verify(resp *fetch.Response) error {
	n := d.spool.Len()
	switch {
	case n == 0:
		return &verdict{class: ClassNotAnImage, message: "the answer is empty"}
	case d.head.Total > 0 && n < d.head.Total:
		return fmt.Errorf("%w: %d bytes of %d", errShort, n, d.head.Total)
	case d.head.Total > 0 && n > d.head.Total:
		return &verdict{class: ClassBadResponse, message: fmt.Sprintf("%d bytes came, %d were announced", n, d.head.Total), again: true}
	}
	if err := d.sniff(true); err != nil {
		return err
	}
	if rule := d.c.o.Images.Filter.size(n, true); rule != "" {
		return filtered(rule)
	}
	sum := d.spool.Digest()
	if want := d.entry.want(); want != (sink.Digest{}) && want != sum {
		return matchDigest("the list", "sha-256", want[:], sum[:])
	}
	return verifyDigests(resp.Header, d.from, sum[:], func(from int64) (io.Reader, error) {
		return d.reader(from)
	})
}

// reader reads what was received, from an offset on.
func (d *download) reader(from int64) (io.Reader, error) {
	r := d.spool.Reader()
	if _, err := r.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	return r, nil
}

// failed takes in an attempt that ended before the body did.
func (d *download) failed(ctx context.Context, r *result, err error) {
	c := d.c
	var e *fetch.Error
	var v *verdict
	if !errors.As(err, &e) {
		e = &fetch.Error{Class: fetch.BadResponse, Err: err}
	}
	stopped := e.Class == fetch.Stopped
	switch {
	case stopped && errors.As(err, &v):
		r.asked, r.bytes = int64(e.Sends), e.WireBytes
		r.attempt.Status, r.attempt.Remote, r.attempt.Timing = e.Status, e.Remote, timing(&e.Timing)
		r.record = d.record(e.Status, e.Header)
		r.record.WireBytes = e.Streamed
		r.judged(v)
		d.describe(r.record)
		d.discard()
		return
	case stopped && ctx.Err() == nil:
		r.halt(e.Err)
		d.keep()
		return
	}
	c.failedFetch(ctx, r, err)
	if r.class == ClassTooLarge && c.isFile(&d.t.lease) {
		r.judged(d.tooLarge(r.attempt.Message))
	}
	if r.stopped || resumable(r.class) {
		r.gained = d.keep()
		return
	}
	d.discard()
}

// resumable reports whether what an attempt that failed like this has received may be gone on from.
func resumable(c Class) bool {
	switch c {
	case ClassDNS, ClassConnect, ClassTimeout, ClassReset, ClassShortBody:
		return true
	}
	return false
}

// record makes the record of an answer. A part that completes a file is recorded as the whole that it completes.
func (d *download) record(status int, h http.Header) *sink.Record {
	l := &d.t.lease
	if status == http.StatusPartialContent {
		status = http.StatusOK
	}
	r := &sink.Record{
		ID: uint64(l.ID), URL: l.URL, From: uint64(l.From), Depth: l.Depth, Flags: recordFlags(l.Flags), Status: status,
		Header: headerBlock(h), ContentType: h.Get("Content-Type"),
	}
	return r
}

// describe puts what the first bytes told into the record.
func (d *download) describe(r *sink.Record) {
	r.MediaType = d.info.MediaType
	r.Width, r.Height = uint32(d.info.Width), uint32(d.info.Height)
}

func (d *download) fill(r *sink.Record) {
	d.describe(r)
	r.SHA256 = d.spool.Digest()
}

// keep keeps what was received for the next attempt, if that can tell whether it still fits, and reports whether this
// attempt got on by a good piece. Without that, the next one starts over.
func (d *download) keep() (gained bool) {
	if d.spool == nil {
		return false
	}
	if d.head.ETag == "" && d.head.LastModified == "" {
		d.discard()
		return false
	}
	gained = d.spool.Len()-d.had >= resumeGain
	if err := d.spool.Keep(); err != nil { // the next attempt starts over
		gained = false
	}
	d.spool = nil
	return gained
}

// discard forgets what was received.
func (d *download) discard() {
	if d.spool != nil {
		d.spool.Discard()
		d.spool = nil
	}
}

// transfer is a file on its way, as Progress tells it.
type transfer struct {
	url   string
	begun time.Time
	bytes atomic.Int64
	total atomic.Int64 // 0: not known
}
