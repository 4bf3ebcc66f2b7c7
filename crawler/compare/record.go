package compare

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"crawl/crawler"
	"crawl/crawler/compare/internal/recording"
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
		return nil, err
	}
	defer os.RemoveAll(dir)
	store, err := crawler.CreateStore(filepath.Join(dir, "store"), sink.Options{})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	r := &recorder{answers: map[string]*recording.Entry{}, failed: map[string]string{}, delays: map[string]time.Duration{}}
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
		return nil, fmt.Errorf("%w: %s", ErrNothingRecorded, describe(rec.Left))
	}
	return &Recording{rec: rec, others: others}, nil
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
	bad     []Missing
	answers map[string]*recording.Entry
	failed  map[string]string
	delays  map[string]time.Duration
	bytes   int64
}

// listed notes the list while the crawl reads it.
func (r *recorder) listed(list iter.Seq2[crawler.Entry, error]) iter.Seq2[crawler.Entry, error] {
	return func(yield func(crawler.Entry, error) bool) {
		known := map[string]bool{}
		for e, err := range list {
			if err == nil {
				r.note(e.URL, known)
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (r *recorder) note(url string, known map[string]bool) {
	href, err := urlnorm.Parse(url)
	if err != nil {
		return // BadEntry tells
	}
	key := string(urlnorm.AppendKey(nil, []byte(href)))
	r.mu.Lock()
	defer r.mu.Unlock()
	if !known[key] && len(r.list) < recording.MaxEntries {
		known[key] = true
		r.list = append(r.list, href)
	}
}

// observe keeps an answer. The last one of a URL counts.
func (r *recorder) observe(x *fetch.Exchange) {
	if strings.HasSuffix(x.URL, "/robots.txt") && x.Status == 200 {
		r.robots(x)
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
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bytes += x.WireBytes; r.bytes > recording.MaxBytes {
		r.bytes -= x.WireBytes
		r.failed[x.URL] = "the recording would be too large; take fewer URLs, or a smaller --max-size"
		return
	}
	r.answers[x.URL] = e
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

// recording puts the answers into the order of the list, each with those its redirects lead to.
func (r *recorder) recording(store *crawler.Store) *recording.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := &recording.Recording{Made: time.Now().UTC().Truncate(time.Second), Left: r.bad, Delays: map[string]time.Duration{}}
	for _, href := range r.list {
		if e := r.answers[href]; e == nil {
			rec.Left = append(rec.Left, Missing{URL: href, Reason: r.reason(store, href)})
			continue
		}
		for hop := false; ; hop = true {
			e := r.answers[href]
			if e == nil {
				break
			}
			delete(r.answers, href) // each is asked for once, whoever leads there
			e.Hop = hop
			rec.Entries = append(rec.Entries, *e)
			if d := r.delays[urlnorm.Origin(href)]; d > 0 {
				rec.Delays[urlnorm.Origin(href)] = d
			}
			if href = target(e); href == "" {
				break
			}
		}
	}
	return rec
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
	r.bad = append(r.bad, Missing{URL: e.URL, Reason: err.Error()})
	r.mu.Unlock()
	if r.Observer != nil {
		r.Observer.BadEntry(e, err)
	}
}

func (r *recorder) Notice(message string) {
	if r.Observer != nil {
		r.Observer.Notice(message)
	}
}
