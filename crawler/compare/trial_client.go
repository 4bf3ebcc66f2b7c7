package compare

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"crawl/crawler/compare/internal/replay"
	"crawl/crawler/internal/polite"
	"crawl/fetch"
	"crawl/parse"
)

// runner makes the requests of one process of a trial: the same code for all modes.
type runner struct {
	client  *fetch.Client
	rules   parse.Rules
	extract parse.Extractor // nil: no rules
	pool    *parse.Pool     // of extract, when it is one
	live    bool
	brake   *brake // nil: a replay
	began   time.Time
	meter   *meter
	opened  atomic.Int64 // connections
	reused  atomic.Int64 // requests on one that was there
}

// newRunner makes a client, and starts what parses. began is what times are told from.
func newRunner(w *work, began time.Time, m *meter, b *brake) (*runner, error) {
	r := &runner{rules: w.Rules, began: began, meter: m, live: w.Replay == nil, brake: b}
	o := w.Fetch.options()
	o.MaxConns, o.PerHost = max(w.Mode.Concurrency, minIdleConns), w.Mode.Concurrency
	if w.Replay != nil {
		var err error
		if o, err = replay.Options(o, w.Replay.Address, w.Replay.Hosts); err != nil {
			return nil, err
		}
	}
	dial := o.Dial
	if dial == nil {
		dial = dialPlain
	}
	o.Dial = func(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
		c, err := dial(ctx, addr)
		if err == nil {
			r.opened.Add(1)
		}
		return c, err
	}
	var err error
	if r.client, err = fetch.New(o); err != nil {
		return nil, err
	}
	if err := r.parsers(w); err != nil {
		r.client.Close()
		return nil, err
	}
	m.watch(r.pool)
	return r, nil
}

func dialPlain(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	return d.DialContext(ctx, "tcp", addr.String())
}

// parsers starts what runs the rules.
func (r *runner) parsers(w *work) error {
	switch {
	case w.Rules.Empty():
	case w.Mode.Parse == ParseWorkers:
		pool, err := parse.NewPool(parse.PoolOptions{
			Command: w.Parser, Sandbox: true, Workers: w.Parsers, Rules: w.Rules,
		})
		if err != nil {
			return err
		}
		r.extract, r.pool = pool, pool
	default:
		r.extract = parse.NewInProcess()
	}
	return nil
}

func (r *runner) close() {
	r.client.Close()
	if r.extract != nil {
		_ = r.extract.Close() // of a Pool and of InProcess it is nil
	}
}

// scratch is what one worker keeps from page to page.
type scratch struct {
	light parse.Light
	page  parse.Page
}

// chain makes a list entry's requests: the URL, which is due since the trial's begin, and where its redirects lead, each due when
// the one before has answered. It ends early when the brake holds.
func (r *runner) chain(ctx context.Context, urls []string, worker int, s *scratch) []Request {
	out := make([]Request, 0, len(urls))
	due := time.Duration(0)
	for _, u := range urls {
		if r.brake.holds() {
			break
		}
		q := r.request(ctx, u, s)
		r.brake.saw(&q)
		q.Due, q.Worker = due, worker
		out = append(out, q)
		due = q.Done
	}
	return out
}

func (r *runner) since() time.Duration { return time.Since(r.began) }

// request makes one request and parses its answer.
func (r *runner) request(ctx context.Context, u string, s *scratch) Request {
	q := Request{URL: u, Sent: r.since()}
	resp, err := r.client.Do(ctx, &fetch.Request{URL: u, MayBePrivate: r.live})
	if err != nil {
		q.Done, q.Error = r.since(), clip(err.Error())
		return q
	}
	defer resp.Release()
	r.meter.count()
	t := &resp.Timing
	q.DNS, q.Connect, q.TLS, q.FirstByte, q.Body = t.DNS, t.Connect, t.TLS, t.FirstByte, t.Body
	q.Status, q.Bytes = resp.Status, resp.WireBytes
	if r.live && refuses(q.Status) {
		q.RetryAfter = polite.RetryAfter(resp.Header, time.Now())
	}
	if resp.ConnReused {
		r.reused.Add(1)
	}
	begun := time.Now()
	if len(resp.Body) > 0 {
		if err := r.parse(ctx, u, resp, s); err != nil {
			q.Error = clip(err.Error())
		}
	}
	q.Parse = time.Since(begun)
	q.Done = r.since()
	return q
}

// parse does with an answer what a crawl does: links and metadata, and the rules for pages.
func (r *runner) parse(ctx context.Context, u string, resp *fetch.Response, s *scratch) error {
	doc := parse.Document{
		URL: u, ContentType: resp.Header.Get("Content-Type"), Link: resp.Header["Link"],
		RobotsTag: resp.Header["X-Robots-Tag"], Body: resp.Body,
	}
	s.light.Parse(&doc, &s.page)
	if r.extract == nil || resp.Status != 200 || !parse.IsPage(s.page.MediaType) {
		return nil
	}
	_, err := r.extract.Extract(ctx, &doc, r.rules)
	return err
}

func clip(s string) string { return s[:min(len(s), maxErrorText)] }
