package compare

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"crawl/crawler"
	"crawl/crawler/compare/internal/recording"
	"crawl/crawler/internal/polite"
	"crawl/crawler/internal/robots"
	"crawl/crawler/urlnorm"
	"crawl/fetch"
	"crawl/sink"
)

// ErrNothingRecorded says that no URL of the list has an answer.
var ErrNothingRecorded = errors.New("there is nothing to compare")

// Record asks for each URL of o.List once, as politely as o says, and keeps the answers. It is a crawl of depth 0 into a
// store that is deleted at the end: robots.txt, rates, retries and redirects are the crawler's. A redirect is an answer of
// its own, and where it leads another, behind it. What is not HTML is recorded like everything else.
//
// It blocks until the list is through. When ctx ends before that it gives the context's error. Other errors are
// ErrNothingRecorded, and those of the crawl.
func Record(ctx context.Context, o crawler.Options) (*Recording, error) {
	dir, err := os.MkdirTemp("", "crawl-compare-")
	if err != nil {
		return nil, noRoom(err)
	}
	defer os.RemoveAll(dir)
	store, err := crawler.CreateStore(filepath.Join(dir, "store"), sink.Options{})
	if err != nil {
		return nil, noRoom(err)
	}
	defer store.Close()
	r := newRecorder()
	o.Depth, o.List, o.Fetch.Observe = 0, r.listed(o.List), r.observe
	if o.Observer != nil {
		r.Observer = o.Observer
	}
	o.Observer = r
	c, err := crawler.New(store, o)
	if err != nil {
		return nil, err
	}
	load := startLoad()
	if _, err := c.Run(ctx); err != nil {
		return nil, err
	}
	others := load.others()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	rec := r.recording(store)
	if len(rec.Entries) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNothingRecorded, describe(rec))
	}
	return &Recording{rec: rec, others: others, until: r.until}, nil
}

// noRoom says what a directory is missing for.
func noRoom(err error) error {
	return fmt.Errorf("while it is made, a recording is kept in the temporary directory (the variable TMPDIR names another one): %w", err)
}

// load measures what the machine does beside this process.
type load struct {
	began  time.Time
	before system
	known  bool
	own    time.Duration
}

func startLoad() load {
	l := load{began: time.Now(), own: readUsage().here()}
	l.before, l.known = readSystem()
	return l
}

// others is the share of the processors that other programs took since the start; 0 where it is not known or too little to be
// told.
func (l load) others() float64 {
	after, ok := readSystem()
	took := after.busy - l.before.busy - (readUsage().here() - l.own)
	if !ok || !l.known || took < noticeable {
		return 0
	}
	return float64(took) / (float64(time.Since(l.began)) * float64(max(len(myProcessors()), 1)))
}

// here is the processor time of this process alone.
func (u usage) here() time.Duration { return u.user + u.system }

// recorder keeps what a crawl is answered. The crawler calls its methods from many goroutines.
type recorder struct {
	crawler.Observer // may be nil

	mu      sync.Mutex
	list    []string // hrefs in order, each once
	known   map[string]bool
	rec     *recording.Recording // Left has the entries that are no URLs, and those beyond what a recording may have
	answers map[string]*answer   // by key, as the crawl dedupes
	failed  map[string]string
	delays  map[string]time.Duration
	body    int64 // of all answers, in bytes
	meta    int64
	until   time.Time // of the latest pause that a site asked for
}

type answer struct {
	entry *recording.Entry
	meta  int64 // its size in a file, without the body, in bytes
}

func newRecorder() *recorder {
	return &recorder{
		known: map[string]bool{}, rec: &recording.Recording{Delays: map[string]time.Duration{}}, answers: map[string]*answer{},
		failed: map[string]string{}, delays: map[string]time.Duration{},
	}
}

// listed notes the list while the crawl reads it.
func (r *recorder) listed(list iter.Seq2[crawler.Entry, error]) iter.Seq2[crawler.Entry, error] {
	return func(yield func(crawler.Entry, error) bool) {
		for e, err := range list {
			if err == nil {
				r.note(e.URL)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (r *recorder) note(url string) {
	href, err := urlnorm.Parse(url)
	if err != nil {
		return // BadEntry tells
	}
	key := dedupe(href)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.known[key]:
	case len(r.list) == recording.MaxEntries:
		r.rec.Miss(Missing{URL: href, Reason: tooMany})
	default:
		r.known[key] = true
		r.list = append(r.list, href)
	}
}

// Why there is no room for an answer.
const (
	tooMany  = "the recording would have too many answers; take fewer URLs"
	tooLarge = "the recording would be too large; take fewer URLs, or a smaller --max-size"
)

// observe keeps an answer. The last one of a URL counts.
func (r *recorder) observe(x *fetch.Exchange) {
	if strings.HasSuffix(x.URL, "/robots.txt") && x.Status == 200 {
		r.robots(x)
	}
	if x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable {
		r.mu.Lock()
		r.rec.AskedLess++
		r.until = later(r.until, time.Now().Add(polite.RetryAfter(x.Header, time.Now())))
		r.mu.Unlock()
	}
	e := &recording.Entry{
		URL: x.URL, Status: x.Status, HTTP2: x.Proto == "HTTP/2.0", Header: x.Header.Clone(), Close: x.Close,
		Length:    x.Length >= 0 && x.Length == x.WireBytes,
		FirstByte: max(x.Timing.FirstByte, 0),
	}
	e.Header.Del("Set-Cookie") // a recording may be shown to others
	e.Header.Del("Set-Cookie2")
	if !x.ConnReused {
		e.DNS, e.Connect, e.TLS = x.Timing.DNS, x.Timing.Connect, x.Timing.TLS
	}
	e.Body = make([]byte, x.WireBytes) // blanks where it was not read
	copy(e.Body, x.Body)
	steps := make([]recording.Arrival, len(x.Arrivals))
	for i, a := range x.Arrivals {
		steps[i] = recording.Arrival{At: a.At, Bytes: min(a.Bytes, x.WireBytes)}
	}
	e.Arrivals = recording.Thin(steps)
	r.keep(e)
}

func (r *recorder) keep(e *recording.Entry) {
	size, err := e.Fit()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed[e.URL] = "its answer cannot be recorded: " + err.Error()
		return
	}
	key := dedupe(e.URL)
	body, meta := r.body+int64(len(e.Body)), r.meta+size
	if before := r.answers[key]; before != nil {
		body, meta = body-int64(len(before.entry.Body)), meta-before.meta
	}
	if body > recording.MaxBytes || meta > recording.MaxMeta {
		r.failed[e.URL] = tooLarge
		return
	}
	r.body, r.meta = body, meta
	r.answers[key] = &answer{e, size}
}

func (r *recorder) robots(x *fetch.Exchange) {
	d, ok := robots.Parse(x.Body).Agent("crawl").CrawlDelay()
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delays[urlnorm.Origin(x.URL)] = d
}

// recording puts the answers into the order of the list, each with those its redirects lead to. What is listed itself stands
// in its own place.
func (r *recorder) recording(store *crawler.Store) *recording.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rec.Made = time.Now().UTC().Truncate(time.Second)
	for _, href := range r.list {
		if r.answers[dedupe(href)] == nil {
			r.rec.Miss(Missing{URL: href, Reason: r.reason(store, href)})
			continue
		}
		for next := r.take(href, false); next != "" && !r.known[dedupe(next)]; {
			next = r.take(next, true)
		}
	}
	return r.rec
}

// take moves an answer into the recording, and gives where it leads; "" for nowhere.
func (r *recorder) take(href string, hop bool) (next string) {
	key := dedupe(href)
	a := r.answers[key]
	if a == nil {
		return ""
	}
	delete(r.answers, key) // each is asked for once, whoever leads there
	if len(r.rec.Entries) == recording.MaxEntries {
		r.rec.Miss(Missing{URL: href, Reason: tooMany})
		return ""
	}
	a.entry.Hop = hop
	r.rec.Entries = append(r.rec.Entries, *a.entry)
	if d := r.delays[urlnorm.Origin(href)]; d > 0 {
		r.rec.Delays[urlnorm.Origin(href)] = d
	}
	return target(a.entry)
}

// target is where a redirect leads; "" for other answers.
func target(e *recording.Entry) string {
	location := e.Header.Get("Location")
	if e.Status < 300 || e.Status > 399 || location == "" {
		return ""
	}
	base, err := urlnorm.NewBase(e.URL)
	if err != nil {
		return ""
	}
	href, err := base.Resolve(nil, []byte(location))
	if err != nil {
		return ""
	}
	return string(href)
}

// reason is why there is no answer.
func (r *recorder) reason(store *crawler.Store, href string) string {
	if why, ok := r.failed[href]; ok {
		return why
	}
	if rec, ok, err := store.ByURL(href); err == nil && ok && rec.ErrClass != "" {
		return rec.ErrClass + ": " + rec.ErrMessage
	}
	return "it was not asked for"
}

// The crawl's events go on to whoever wants them.

func (r *recorder) Fetching(url string) {
	if r.Observer != nil {
		r.Observer.Fetching(url)
	}
}

func (r *recorder) Received(url string, status int, bytes int64) {
	if r.Observer != nil {
		r.Observer.Received(url, status, bytes)
	}
}

func (r *recorder) Failed(url string, class crawler.Class, message string, again time.Time) {
	r.mu.Lock()
	r.failed[url] = string(class) + ": " + message
	r.mu.Unlock()
	if r.Observer != nil {
		r.Observer.Failed(url, class, message, again)
	}
}

func (r *recorder) BadEntry(e crawler.Entry, err error) {
	r.mu.Lock()
	r.rec.Miss(Missing{URL: e.URL, Reason: err.Error()})
	r.mu.Unlock()
	if r.Observer != nil {
		r.Observer.BadEntry(e, err)
	}
}

func (r *recorder) NamedAgain(where, url, how string) {
	if r.Observer != nil {
		r.Observer.NamedAgain(where, url, how)
	}
}

func (r *recorder) Notice(message string) {
	if r.Observer != nil {
		r.Observer.Notice(message)
	}
}
