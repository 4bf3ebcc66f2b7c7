package crawler

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/internal/polite"
	"crawl/parse"
	"crawl/sink"
)

// fetched ends the request of a task: its slot is free again, and its host's politeness is told. The task stays open
// until settle.
func (s *schedule) fetched(r *result, now time.Time) {
	h := r.task.host
	s.inflight--
	if !r.stopped && !r.foreign {
		r.gaveUp = s.tellHost(h, r, now)
	}
	s.gate.Finished(h.Host, now)
	s.place(h, now)
}

// settle takes in what came of a task: it decides whether the URL is done or tried again, and hands the outcome to the
// committer.
func (s *schedule) settle(r *result, now time.Time) error {
	t := r.task
	defer s.c.recycle(r.links)
	defer s.closeTask(t, now)
	if r.stopped {
		s.releaseTask(t, r, now)
		return r.fatal
	}
	s.c.stats.observe(&r.attempt)
	if t.origin != "" {
		s.settleRobots(t, r, now)
		return nil
	}
	n, err := t.decodedNote()
	if err != nil {
		return err
	}
	r.attempt.Class = string(r.class)
	n.add(r.attempt, r.gained)
	x := &settled{body: r.body, spool: r.spool, thumb: r.thumb, free: r.free, delta: delta{requests: r.asked, bytes: r.bytes}}
	if len(n.Attempts) > 1 {
		x.delta.retries = 1
	}
	if !r.gaveUp && (r.again && !n.sameAgain() || retryable(r.class, r.attempt.Status)) && n.tries() < s.c.o.Tries {
		s.retry(x, r, n, now)
		return nil
	}
	return s.done(x, r, n, now)
}

// releaseTask gives a cancelled task back: it costs no attempt.
func (s *schedule) releaseTask(t *task, r *result, now time.Time) {
	x := &settled{free: r.free, host: s.stateOf(t.host, now)}
	if r.spool != nil {
		_ = r.spool.Keep() // what cannot be kept is fetched again
	}
	if t.origin == "" {
		x.outcome = &frontier.Outcome{ID: t.lease.ID, Token: t.lease.Token, Kind: frontier.Release}
	}
	s.send(x)
}

// tellHost notes what the answer says about the host, and reports that the host is given up.
func (s *schedule) tellHost(h *host, r *result, now time.Time) (gaveUp bool) {
	switch {
	case r.class == ClassHTTP429 || r.attempt.Status == http.StatusServiceUnavailable:
		before := h.Slow
		h.Slower(now, r.after)
		s.tellSlower(h, r, before, now)
	case r.gained: // a large file gets on, if by pieces
		h.Answered()
	case unreachable(r.class):
		if h.Unreachable(now, s.c.o.ParkBase) {
			gaveUp = true
			if h.gone == nil {
				h.gone = &gone{r.class, fmt.Sprintf("host given up after %d failures in a row, the last: %s", h.Fails, r.attempt.Message)}
				s.c.o.Observer.Notice(h.Name + ": " + h.gone.message + "; `crawl retry --class " + string(r.class) + "` tries it again")
			}
		}
	default:
		h.Answered()
	}
	return gaveUp
}

// tellSlower tells the user of a host that asks to be asked less: when that begins, when its requests are so rare that the crawl
// seems to stand still, and of each pause that a person would notice.
func (s *schedule) tellSlower(h *host, r *result, before time.Duration, now time.Time) {
	asks := fmt.Sprintf("%s asks to be asked less (%s", h.Name, StatusText(r.attempt.Status))
	switch pause := h.Blocked.Sub(now).Round(time.Second); {
	case r.after >= longPause && h.Blocked.After(h.pauseTold.Add(longPause)):
		h.pauseTold = h.Blocked
		s.c.o.Observer.Notice(fmt.Sprintf("%s, Retry-After): nothing is sent to it for %s, until %s", asks, pause, s.c.stamp(h.Blocked).Local().Format(time.TimeOnly)))
	case before == 0, before < longPause && h.Slow >= longPause:
		s.c.o.Observer.Notice(fmt.Sprintf("%s): one request in %s for now", asks, h.Slow))
	}
}

// retry puts the URL back, to be tried again later.
func (s *schedule) retry(x *settled, r *result, n *note, now time.Time) {
	t := r.task
	s.retries++
	wait := s.backoff(max(n.tries(), 1), r.after)
	x.outcome = &frontier.Outcome{
		ID: t.lease.ID, Token: t.lease.Token, Kind: frontier.Retry, RetryAt: now.Add(wait), Note: n.encode(),
	}
	x.host = s.stateOf(t.host, now)
	s.c.o.Observer.Failed(t.lease.URL, r.class, r.attempt.Message, s.c.stamp(x.outcome.RetryAt))
	s.send(x)
}

// backoff is how long to wait before attempt n+1: four times as long each time, jittered by half, at least what the server
// asked for. When retries are more than their share of the attempts, they wait longer, so that a site in trouble is
// not asked more than a well one.
func (s *schedule) backoff(n int, asked time.Duration) time.Duration {
	d := min(s.c.o.RetryBase, maxBackoff)
	for range n - 1 {
		d = min(4*d, maxBackoff)
	}
	if float64(s.retries) > retryBurst+retryShare*float64(s.c.stats.n) {
		d *= retryStretch
	}
	d = min(d, maxBackoff)
	d = d/2 + rand.N(d/2+1)
	return max(d, min(asked, polite.MaxRetryAfter))
}

// done settles the URL for good.
func (s *schedule) done(x *settled, r *result, n *note, now time.Time) error {
	t, attempts := r.task, n.all()
	if r.record == nil {
		r.record = bareRecord(&t.lease)
		r.record.Status = r.attempt.Status // of an answer whose body could not be had
	}
	rec := r.record
	if rec.Location != "" {
		if err := s.followRedirect(x, r); err != nil {
			return err
		}
	}
	n.Entry.describe(rec)
	if r.spool != nil && r.class == "" {
		rec.Flags |= sink.Saved
	}
	rec.Attempts = attempts
	rec.FetchedAt, rec.Timing = r.attempt.At, r.attempt.Timing
	rec.ErrClass, rec.ErrMessage = string(r.class), r.attempt.Message
	attempts[len(attempts)-1].Class, attempts[len(attempts)-1].Message = rec.ErrClass, rec.ErrMessage
	x.record = rec
	x.delta.count = rec
	x.outcome = &frontier.Outcome{ID: t.lease.ID, Token: t.lease.Token, Kind: frontier.Done, Links: x.links}
	x.links = nil
	if r.links != nil {
		x.outcome.Links = s.discovered(x.outcome.Links, r.links, &t.lease)
		x.outcome.Links = append(x.outcome.Links, s.shown(r.links.pictures, &t.lease)...)
		if len(r.links.refused) > 0 {
			x.delta.refused = maps.Clone(r.links.refused)
		}
	}
	if r.next != "" && r.class != "" {
		x.outcome.Links = append(x.outcome.Links, s.candidate(r.next, &t.lease)...)
	}
	x.host = s.stateOf(t.host, now)
	if r.class != "" {
		s.c.o.Observer.Failed(t.lease.URL, r.class, rec.ErrMessage, time.Time{})
	}
	s.send(x)
	return nil
}

// bareRecord is the record of a URL that was not answered.
func bareRecord(l *frontier.Lease) *sink.Record {
	return &sink.Record{ID: uint64(l.ID), URL: l.URL, From: uint64(l.From), Depth: l.Depth, Flags: recordFlags(l.Flags)}
}

// discovered appends items of the links to follow that are not known to be known.
func (s *schedule) discovered(items []frontier.Item, l *linked, from *frontier.Lease) []frontier.Item {
	s.known.fetch(l.follow)
	news := l.follow[:0]
	for _, f := range l.follow {
		if s.known.claim(f.key, from.Depth+1, false) {
			news = append(news, f)
		}
	}
	items = slices.Grow(items, len(news))
	for _, f := range news {
		url, _, _ := l.page.Links.At(int(f.link))
		items = append(items, newItem(f.key, string(url), from.Depth+1, from.ID, 0))
	}
	return items
}

func newItem(key frontier.Key, url string, depth uint16, from frontier.ID, flags frontier.Flags) frontier.Item {
	return frontier.Item{Key: key, URL: url, Host: hostString(url), Depth: depth, From: from, Flags: flags}
}

// followRedirect decides what becomes of a redirect: its target is a URL of its own, known as a hop, that goes through
// robots and politeness like any other; the row of the URL that led there is made from both when it is read.
func (s *schedule) followRedirect(x *settled, r *result) error {
	rec, l := r.record, &r.task.lease
	key := s.c.store.Key(rec.Location)
	if key == s.c.store.Key(rec.URL) {
		r.class, r.attempt.Message = ClassRedirectLoop, "it redirects to itself"
		rec.Location = ""
		return nil
	}
	length, listed, err := s.chain(l)
	if err != nil {
		return err
	}
	if v := s.c.o.Scope.Redirect(listed, l.URL, rec.Location); !v.OK {
		rec.Rule = refusedRedirect + rec.Location + refusedBecause + v.Rule
		rec.Location = ""
		return nil
	}
	if length >= maxRedirects {
		r.class, r.attempt.Message = ClassRedirectLoop, fmt.Sprintf("more than %d redirects in a row", maxRedirects)
		rec.Location = ""
		return nil
	}
	if s.known.claim(key, l.Depth, true) {
		x.links = []frontier.Item{newItem(key, rec.Location, l.Depth, l.ID, frontier.Hop)}
	}
	return nil
}

// A record's Rule tells of a redirect that the scope refused: these words about its target.
const (
	refusedRedirect = "redirect to "
	refusedBecause  = " not followed: "
)

// redirectAgain follows a redirect that the scope of an earlier run refused; nil if it does not change what becomes of it.
func (s *schedule) redirectAgain(rec *sink.Record) (*settled, error) {
	rest, was := strings.CutPrefix(rec.Rule, refusedRedirect)
	target, _, ok := strings.Cut(rest, refusedBecause)
	if !was || !ok || rec.Location != "" || s.tooDeep(rec.Depth) { // the target would not be asked for, and its row wait for ever
		return nil, nil
	}
	l := frontier.Lease{From: frontier.ID(rec.From), Flags: frontierFlags(rec.Flags)}
	length, listed, err := s.chain(&l)
	if err != nil || length >= maxRedirects || !s.c.o.Scope.Redirect(listed, rec.URL, target).OK {
		return nil, err
	}
	old := *rec
	rec.Rule, rec.Location = "", target
	links, err := s.linksAgain(rec)
	return &settled{record: rec, links: links, delta: delta{count: rec, uncount: &old}}, err
}

// chain walks back over the redirects that led to a URL: how many there were, at most maxRedirects, and whether they began
// at a listed one.
func (s *schedule) chain(l *frontier.Lease) (length int, listed bool, err error) {
	from, hop, listed := uint64(l.From), l.Flags&frontier.Hop != 0, l.Flags&frontier.Listed != 0
	for hop && length < maxRedirects {
		rec, ok, err := s.c.store.Get(from)
		if err != nil || !ok || rec.Location == "" {
			return length, false, err
		}
		length++
		from, hop, listed = rec.From, rec.Flags&sink.Hop != 0, rec.Flags&sink.Listed != 0
	}
	return length, listed, nil
}

// settleUnasked settles a URL that is not asked for.
func (s *schedule) settleUnasked(t *task, u *unasked, now time.Time) error {
	n, err := t.decodedNote()
	if err != nil {
		return err
	}
	rec := bareRecord(&t.lease)
	rec.ErrClass, rec.ErrMessage, rec.Rule = string(u.class), u.message, u.rule
	rec.Attempts, rec.FetchedAt = n.all(), s.c.stamp(now)
	n.Entry.describe(rec)
	next, err := s.c.nextCandidate(&t.lease)
	if err != nil {
		return err
	}
	s.c.o.Observer.Failed(t.lease.URL, u.class, u.message, time.Time{})
	s.send(&settled{
		record: rec, delta: delta{count: rec},
		outcome: &frontier.Outcome{ID: t.lease.ID, Token: t.lease.Token, Kind: frontier.Done, Links: s.candidate(next, &t.lease)},
	})
	return nil
}

// expand follows the links of a page again that was found closer to the list than when it was fetched, with no new request.
// What was set aside when it was found becomes pending again.
func (s *schedule) expand(ctx context.Context) (n int, err error) {
	list, err := s.c.store.Frontier.Improved(ctx, takeUpAtOnce)
	if err != nil {
		return 0, err
	}
	pages := 0
	for i := 0; i < len(list) && pages < expandAtOnce; i++ {
		im := &list[i]
		rec, ok, err := s.c.store.Get(uint64(im.ID))
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, fmt.Errorf("%w: URL %d is settled but has no record", sink.ErrDamaged, im.ID)
		}
		class := Class(rec.ErrClass)
		if class == ClassExcluded || class == ClassRefused && im.Flags&frontier.Listed != 0 { // what is listed may be private
			s.send(&settled{again: rec, delta: delta{uncount: rec}})
			continue
		}
		pages++
		old := *rec
		rec.Depth, rec.From = im.Depth, uint64(im.From)
		rec.Flags = rec.Flags&^(sink.Listed|sink.Hop) | recordFlags(im.Flags)
		links, err := s.linksAgain(rec)
		if err != nil {
			return 0, err
		}
		s.send(&settled{record: rec, expand: im, links: links, delta: delta{count: rec, uncount: &old}})
	}
	return len(list), nil
}

// linksAgain gives the links of a stored page that are to be followed from its depth.
func (s *schedule) linksAgain(rec *sink.Record) (items []frontier.Item, err error) {
	from := frontier.Lease{ID: frontier.ID(rec.ID), Depth: rec.Depth}
	if rec.Location != "" {
		if ok, err := s.leadsOn(rec); !ok || err != nil {
			return nil, err
		}
		key := s.c.store.Key(rec.Location)
		s.known.claim(key, rec.Depth, true)
		return []frontier.Item{newItem(key, rec.Location, rec.Depth, from.ID, frontier.Hop)}, nil
	}
	if int(rec.Depth) >= s.c.o.Depth || rec.ErrClass != "" && !parseFailure(Class(rec.ErrClass)) {
		return nil, nil
	}
	scope := s.c.o.Scope.from(rec.URL)
	for link := range rec.Links.All() {
		if s.c.refuses(&scope, link.URL, parse.Kind(link.Kind), link.NoFollow) != "" {
			continue
		}
		key := s.c.store.key(link.URL)
		if s.known.claim(key, rec.Depth+1, false) {
			items = append(items, newItem(key, string(link.URL), rec.Depth+1, from.ID, 0))
		}
	}
	return items, nil
}

// leadsOn reports whether the rules of this run still follow a redirect that was followed when its record was made.
func (s *schedule) leadsOn(rec *sink.Record) (bool, error) {
	if s.tooDeep(rec.Depth) {
		return false, nil
	}
	_, listed, err := s.chain(&frontier.Lease{From: frontier.ID(rec.From), Flags: frontierFlags(rec.Flags)})
	return s.c.o.Scope.Redirect(listed, rec.URL, rec.Location).OK, err
}
