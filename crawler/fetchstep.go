package crawler

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/internal/polite"
	"crawl/crawler/urlnorm"
	"crawl/fetch"
	"crawl/parse"
	"crawl/sink"
)

// result is what came of one task. It is made by the task's goroutine and handed to the loop.
type result struct {
	task    *task
	record  *sink.Record // of a URL, without its attempts
	attempt sink.Attempt
	class   Class
	after   time.Duration   // Retry-After
	links   *linked         // what Light found; nil: nothing was parsed
	resp    *fetch.Response // an answer that is to be parsed; nil: there is none
	body    []byte
	free    func()      // gives body back
	spool   *sink.Spool // the file, complete; nil: there is none
	thumb   []byte      // its thumbnail; nil: none
	examine bool        // the file is to be decoded
	again   bool        // another attempt may go better, whatever the class
	gained  bool        // the attempt brought a good piece of a file
	next    string      // the candidate to try instead of a picture that cannot be had; "": none
	gaveUp  bool        // its host was given up with it
	robots  *robotsEntry
	foreign bool  // the answer is another host's, that robots.txt redirected to
	asked   int64 // requests sent
	bytes   int64 // received
	stopped bool  // cancelled: nothing was learnt
	fatal   error // the crawl cannot go on; stopped is set too
}

// linked is a parsed page with the keys of those links that are to be followed. It is pooled, and goes back when the page
// is settled.
type linked struct {
	page     parse.Page
	follow   []follow
	pictures []string // that an image batch takes of it
	refused  map[string]int64
}

// parser is what taking a page apart needs only while it lasts. It is pooled apart from linked: the next page finds it in the
// processor's cache.
type parser struct {
	light parse.Light
	links sink.Links
}

// follow is a link within scope: its place in the page's Links, and its key.
type follow struct {
	link int32
	key  frontier.Key
}

// fetch makes one request. It blocks as long as that takes. What has resp set goes on to parse.
func (c *Crawl) fetch(ctx context.Context, t *task) *result {
	sent := c.now()
	var r *result
	switch {
	case t.origin != "":
		r = c.fetchRobots(ctx, t)
	case c.o.Images != nil:
		r = c.fetchFile(ctx, t)
	default:
		r = c.fetchPage(ctx, t)
	}
	r.task = t
	c.fallBack(r)
	r.attempt.At = c.stamp(sent)
	r.attempt.Timing.Polite = t.polite
	r.attempt.Timing.Queue = max(sent.Sub(t.ready), 0)
	return r
}

// request is the task's request for url.
func (c *Crawl) request(t *task, url string) *fetch.Request {
	return &fetch.Request{URL: url, MayBePrivate: t.named}
}

func (c *Crawl) fetchPage(ctx context.Context, t *task) *result {
	c.o.Observer.Fetching(t.lease.URL)
	r := &result{}
	resp, err := c.client.Do(ctx, c.request(t, t.lease.URL))
	if err != nil {
		c.failedFetch(ctx, r, err)
		return r
	}
	c.o.Observer.Received(t.lease.URL, resp.Status, int64(len(resp.Body)))
	r.asked, r.bytes = int64(resp.Sends), resp.WireBytes
	r.attempt.Status, r.attempt.Remote = resp.Status, resp.Remote
	r.attempt.Timing = timing(&resp.Timing)
	if r.class = statusClass(resp.Status); r.class != "" {
		r.attempt.Message = StatusText(resp.Status)
	}
	r.after = polite.RetryAfter(resp.Header, c.stamp(c.now()))
	r.record = &sink.Record{
		ID: uint64(t.lease.ID), URL: t.lease.URL, From: uint64(t.lease.From), Depth: t.lease.Depth,
		Flags: recordFlags(t.lease.Flags), Status: resp.Status, Proto: resp.Proto, Header: headerBlock(resp.Header),
		ContentType: resp.Header.Get("Content-Type"), WireBytes: resp.WireBytes,
	}
	if c.redirect(r, resp) {
		resp.Release()
		return r
	}
	r.resp, r.body, r.free = resp, resp.Body, resp.Release
	return r
}

// parse takes an answer apart. It needs no slot: the next fetch goes out before the last page is parsed.
func (c *Crawl) parse(ctx context.Context, r *result) {
	defer func() {
		if v := recover(); v != nil { // a bug in a parser costs one page
			r.links, r.class = nil, ClassParseCrash // what it was working on is not used again
			r.attempt.Message = clip(fmt.Sprint("the parser crashed: ", v), maxErrorMessage)
		}
	}()
	start := c.now()
	defer func() { r.attempt.Timing.Parse = c.now().Sub(start) }()
	if r.examine {
		c.examine(ctx, r)
		return
	}
	if len(r.body) > 0 {
		r.record.SHA256 = sha256.Sum256(r.body)
	} else {
		r.body = nil // what came in chunks, or decoded to nothing, is stored no more than what was announced as empty
	}
	c.parsePage(ctx, r.task, r, r.resp)
}

// parses reports whether the result is to go through parse before it is settled.
func (r *result) parses() bool { return r.resp != nil || r.examine }

// failedFetch notes why there is no answer.
func (c *Crawl) failedFetch(ctx context.Context, r *result, err error) {
	if ctx.Err() != nil {
		r.stopped = true
		return
	}
	var e *fetch.Error
	if !errors.As(err, &e) {
		e = &fetch.Error{Class: fetch.BadResponse, Err: err}
	}
	r.class = Class(e.Class)
	r.asked, r.bytes = r.asked+int64(e.Sends), r.bytes+e.WireBytes
	r.attempt.Status, r.attempt.Remote = e.Status, e.Remote
	r.attempt.Timing = timing(&e.Timing)
	r.attempt.Message = clip(err.Error(), maxErrorMessage)
}

// redirect notes where the answer leads, and reports whether it leads anywhere. An answer with a redirect status and no
// Location is a plain answer, as in browsers.
func (c *Crawl) redirect(r *result, resp *fetch.Response) bool {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return false
	}
	loc := resp.Header.Get("Location")
	if loc == "" {
		return false
	}
	target, err := resolve(r.record.URL, loc)
	if err != nil {
		r.class = ClassBadResponse
		r.attempt.Message = "redirect to " + clip(loc, maxErrorMessage/2) + ": " + err.Error()
		return true
	}
	r.record.Location = target
	return true
}

func resolve(base, ref string) (string, error) {
	b, err := urlnorm.NewBase(base)
	if err != nil {
		return "", err
	}
	u, err := b.Resolve(nil, []byte(ref))
	return string(u), err
}

// parsePage runs the light parser, and the extractor when there are rules, over a page that was answered well. For other
// answers only the media type is told.
func (c *Crawl) parsePage(ctx context.Context, t *task, r *result, resp *fetch.Response) {
	l := c.pages.Get().(*linked)
	r.links = l
	doc := parse.Document{
		URL: t.lease.URL, ContentType: r.record.ContentType, Link: resp.Header["Link"],
		RobotsTag: resp.Header["X-Robots-Tag"], Body: r.body,
	}
	p := c.parsing.Get().(*parser)
	p.light.Parse(&doc, &l.page)
	doc.Charset = l.page.Charset
	p.fill(r.record, &l.page)
	c.parsing.Put(p)
	if r.class != "" {
		return
	}
	switch {
	case c.o.Images != nil:
		c.pictures(l, &doc)
	case int(t.lease.Depth) < c.o.Depth:
		c.outlinks(l, t.lease.URL)
	}
	if !c.o.Rules.Empty() && len(r.body) > 0 && parse.IsPage(r.record.MediaType) {
		c.extract(ctx, r, &doc)
	}
}

// extract runs the rules. A page that its parser cannot take keeps its answer and its light links.
func (c *Crawl) extract(ctx context.Context, r *result, doc *parse.Document) {
	ex, err := c.o.Extractor.Extract(ctx, doc, c.o.Rules)
	switch {
	case err == nil:
		r.record.Fields, r.record.Text, r.record.FieldDefects = fields(&ex), ex.Text, defects(ex.Defects)
	case ctx.Err() != nil:
		r.stopped = true
	case errors.Is(err, parse.ErrNoWorkers), errors.Is(err, parse.ErrClosed):
		r.fatal = fmt.Errorf("%w: %w", ErrNoParsers, err)
		r.stopped = true
	case errors.Is(err, parse.ErrRule): // it fails every page
		r.fatal, r.stopped = err, true
	default:
		r.class = extractClass(err)
		r.attempt.Message = clip(err.Error(), maxErrorMessage)
	}
}

// extractClass maps what an extractor says of a page to its class.
func extractClass(err error) Class {
	switch {
	case errors.Is(err, parse.ErrParseTimeout), errors.Is(err, context.DeadlineExceeded):
		return ClassParseTimeout
	case errors.Is(err, parse.ErrParseMemory):
		return ClassParseMemory
	}
	return ClassParseCrash
}

// defects are what is kept of a list of them: a worker may be of any program.
func defects(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	kept := slices.Clone(list[:min(len(list), maxDefects)])
	for i := range kept {
		kept[i] = clip(kept[i], maxErrorMessage)
	}
	return kept
}

// fill copies what Light found. The strings are the page's own; the links are copied.
func (p *parser) fill(rec *sink.Record, page *parse.Page) {
	rec.MediaType, rec.Charset = page.MediaType, page.Charset
	rec.Title, rec.Description, rec.Canonical, rec.Lang = page.Title, page.Description, page.Canonical, page.Lang
	rec.Defects = defects(page.Defects)
	if page.NoIndex {
		rec.Flags |= sink.NoIndex
	}
	if page.NoFollow {
		rec.Flags |= sink.NoFollow
	}
	p.links.Reset()
	for i := range page.Links.Len() {
		url, kind, nofollow := page.Links.At(i)
		p.links.Add(byte(kind), nofollow, url)
	}
	rec.Links = p.links.Clone()
	if page.Links.Size() > keptLinkBytes {
		p.links = sink.Links{}
	}
}

// outlinks picks the links that are to be followed from page.
func (c *Crawl) outlinks(l *linked, page string) {
	scope := c.o.Scope.from(page)
	for i := range l.page.Links.Len() {
		url, kind, nofollow := l.page.Links.At(i)
		if rule := c.refuses(&scope, url, kind, nofollow); rule != "" {
			if kind.Navigates() {
				l.refused[rule]++
			}
			continue
		}
		l.follow = append(l.follow, follow{link: int32(i), key: c.store.key(url)})
	}
}

// refuses tells by which rule a link, seen from its page, is not followed, "" if it is.
func (c *Crawl) refuses(from *pageScope, url []byte, kind parse.Kind, nofollow bool) string {
	if !kind.Navigates() {
		return "not navigation"
	}
	if nofollow && !c.o.FollowNofollow {
		return "nofollow"
	}
	if ok, rule := from.link(url); !ok {
		return rule
	}
	return ""
}

// newLinked makes what pages pools, newParser what parsing does.
func newLinked() any { return &linked{refused: map[string]int64{}} }

func newParser() any { return &parser{} }

// recycle gives back the memory of a page that is settled, unless it is unusually much.
func (c *Crawl) recycle(l *linked) {
	if l == nil || l.page.Links.Size() > keptLinkBytes {
		return
	}
	l.follow, l.pictures = l.follow[:0], nil
	clear(l.refused)
	c.pages.Put(l)
}

func timing(t *fetch.Timing) sink.Timing {
	return sink.Timing{DNS: t.DNS, Connect: t.Connect, TLS: t.TLS, FirstByte: t.FirstByte, Body: t.Body}
}

func recordFlags(f frontier.Flags) (out sink.Flags) {
	if f&frontier.Listed != 0 {
		out |= sink.Listed
	}
	if f&frontier.Hop != 0 {
		out |= sink.Hop
	}
	return out
}

// headerBlock writes the header as lines in the order of their names, cut to maxHeaderKept whole lines.
func headerBlock(h http.Header) []byte {
	var nameSpace [32]string
	names := nameSpace[:0]
	size := 0
	for name, values := range h {
		names = append(names, name)
		for _, v := range values {
			size += len(name) + len(v) + 4
		}
	}
	slices.Sort(names)
	out := make([]byte, 0, min(size, maxHeaderKept))
	for _, name := range names {
		for _, v := range h[name] {
			if len(out)+len(name)+len(v)+4 > maxHeaderKept {
				return out
			}
			out = append(append(append(append(out, name...), ": "...), v...), "\r\n"...)
		}
	}
	return out
}

// clip cuts s to n bytes, at the start of a rune.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
