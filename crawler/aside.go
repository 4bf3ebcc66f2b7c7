package crawler

import (
	"context"
	"fmt"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// applyRules makes what waits what it would be had the rules of this run been those of all runs before. Waiting URLs that
// they leave out are set aside: they get a record of ClassExcluded, and are not asked for. Then the links of stored pages are
// judged once more. That finds what was passed over, and what was set aside although another page leads there: each find
// of a URL that was set aside puts it among frontier.Improved, and schedule.expand takes it up. So does a find in any later
// run, which is how wider rules bring it back. No page is asked for again, and nothing is asked for before all is judged.
func (l *loop) applyRules(ctx context.Context, lessNofollow bool) error {
	if err := l.admitFound(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	if err := l.setAside(ctx, lessNofollow); err != nil || ctx.Err() != nil {
		return err
	}
	l.s.known = newKnown() // what was claimed by now may have been set aside
	w := rewording{judge: judge{s: l.s}}
	err := l.c.store.Each(0, func(r *sink.Record) error {
		if err := l.s.followAgain(r); err != nil {
			return err
		}
		if err := w.look(r); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	w.send()
	return l.flushed(ctx)
}

// rewording keeps the rule with what stays left out, though by another rule than before.
type rewording struct {
	judge
	records []*sink.Record
}

// look judges a record anew. What this page or list leads to again is left as it is: it is taken up with its next find. In
// an image batch the list may be changing the record meanwhile.
func (w *rewording) look(r *sink.Record) error {
	if Class(r.ErrClass) != ClassExcluded || w.s.c.o.Images != nil {
		return nil
	}
	rule, err := w.rule(&frontier.Waiting{ID: frontier.ID(r.ID), Item: w.s.c.store.itemOf(r)})
	if err != nil || rule == "" || rule == r.Rule {
		return err
	}
	exclude(r, rule)
	if w.records = append(w.records, r); len(w.records) == w.s.c.asideAtOnce {
		w.send()
	}
	return nil
}

func (w *rewording) send() {
	if len(w.records) > 0 {
		w.s.send(&settled{records: w.records})
		w.records = nil
	}
}

// exclude makes a record tell by which rule its URL is left out.
func exclude(r *sink.Record, rule string) {
	r.ErrClass, r.ErrMessage, r.Rule = string(ClassExcluded), clip(rule+"; it waited before the rules were changed", maxErrorMessage), rule
}

// admitFound takes up what was found by the rules before, so that all of it can be judged.
func (l *loop) admitFound(ctx context.Context) error {
	for ctx.Err() == nil {
		st, err := l.c.store.Frontier.Stats(ctx)
		switch {
		case err != nil:
			return err
		case st.Logged > 0:
			l.c.commit.admit.Store(true)
			l.flush()
			if err := l.committed(ctx); err != nil {
				return err
			}
		case st.Improved > 0:
			if _, err := l.s.expand(ctx); err != nil {
				return err
			}
			if err := l.flushed(ctx); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// setAside judges all that waits, and sets aside what the rules leave out.
func (l *loop) setAside(ctx context.Context, lessNofollow bool) error {
	j := judge{s: l.s, lessNofollow: lessNofollow}
	var after []byte
	told := false
	for ctx.Err() == nil {
		items, next, err := l.c.store.Frontier.Waiting(ctx, after, l.c.asideAtOnce)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		x := &settled{}
		for i := range items {
			if err := j.add(x, &items[i]); err != nil {
				return err
			}
		}
		if after = next; len(x.aside) == 0 {
			continue
		}
		l.s.send(x)
		if err := l.flushed(ctx); err != nil { // no more than this is in memory
			return err
		}
		l.c.publish(l, publishEvery)
		if !told { // how many there are is only known when the links of stored pages are judged too
			told = true
			l.c.o.Observer.Notice("URLs that wait and are left out by these rules are not asked for: they count as skipped (" + string(ClassExcluded) + ") until a run allows them")
		}
	}
	return nil
}

// judge tells by which rule a waiting URL is left out.
type judge struct {
	s            *schedule
	lessNofollow bool        // links marked nofollow were followed, and are no longer
	from         frontier.ID // the page that was looked up last
	page         string      // its URL; "": it has no record
}

// add sets a URL aside when a rule leaves it out.
func (j *judge) add(x *settled, w *frontier.Waiting) error {
	rule, err := j.rule(w)
	if err != nil || rule == "" {
		return err
	}
	n, err := decodeNote(w.Item.Note)
	if err != nil {
		return err
	}
	c, it := j.s.c, &w.Item
	rec := bareRecord(&frontier.Lease{ID: w.ID, URL: it.URL, Depth: it.Depth, From: it.From, Flags: it.Flags})
	exclude(rec, rule)
	rec.Attempts, rec.FetchedAt = n.all(), c.stamp(c.now())
	n.Entry.describe(rec)
	x.aside = append(x.aside, frontier.Aside{ID: w.ID, Key: c.store.Key(it.URL), Depth: it.Depth, Flags: it.Flags})
	x.records = append(x.records, rec)
	x.delta.counts = append(x.delta.counts, rec)
	return nil
}

// rule tells by which rule of this run a waiting URL is left out, "" if it is not: as it is told of a URL of the list, of a
// redirect, of a link of the page that it was found on.
func (j *judge) rule(w *frontier.Waiting) (string, error) {
	s, it := j.s, &w.Item
	scope := &s.c.o.Scope
	hop := it.Flags&frontier.Hop != 0
	if it.Flags&frontier.Listed != 0 || s.c.o.Images != nil && !hop {
		return scope.Listed(it.URL).leftOut(), nil
	}
	if s.tooDeep(it.Depth) {
		return fmt.Sprintf("--depth %d: it was found at depth %d", s.c.o.Depth, it.Depth), nil
	}
	if err := j.lookUp(it.From); err != nil {
		return "", err
	}
	if hop {
		_, listed, err := s.chain(&frontier.Lease{From: it.From, Flags: it.Flags})
		return scope.Redirect(listed, j.pageOr(it.URL), it.URL).leftOut(), err
	}
	v := scope.Link(j.pageOr(it.URL), []byte(it.URL))
	if v.OK && j.lessNofollow {
		return "nofollow", nil // a link that is not marked so will find it again
	}
	return v.leftOut(), nil
}

// lookUp reads the page that a URL was found on. Neighbours in the queue mostly have the same.
func (j *judge) lookUp(id frontier.ID) error {
	if id == j.from {
		return nil
	}
	rec, ok, err := j.s.c.store.Get(uint64(id))
	if err != nil {
		return err
	}
	j.from, j.page = id, ""
	if ok {
		j.page = rec.URL
	}
	return nil
}

// pageOr is the page that was looked up. One that has no record, because it is to be fetched once more, is taken for one on
// the URL's own host.
func (j *judge) pageOr(url string) string {
	if j.page == "" {
		return url
	}
	return j.page
}

// leftOut is the rule of a Verdict that says no, "" of one that says yes.
func (v Verdict) leftOut() string {
	if v.OK {
		return ""
	}
	return v.Rule
}

// tooDeep reports whether a URL found at a depth is beyond that of this run. The pictures of a batch are one below their page.
func (s *schedule) tooDeep(depth uint16) bool { return s.c.o.Images == nil && int(depth) > s.c.o.Depth }

// followAgain follows what a record leads to, as far as the rules of this run go. What was set aside and is no longer left out
// is found again.
func (s *schedule) followAgain(r *sink.Record) error {
	if Class(r.ErrClass) == ClassExcluded {
		if listed := r.Flags&sink.Listed != 0; (listed || s.c.o.Images != nil && r.Flags&sink.Hop == 0) && s.c.o.Scope.Listed(r.URL).OK {
			s.send(&settled{links: []frontier.Item{s.c.store.itemOf(r)}})
		}
		return nil
	}
	x, err := s.redirectAgain(r)
	if err != nil {
		return err
	}
	if x != nil {
		s.send(x)
		return nil
	}
	links, err := s.linksAgain(r)
	if len(links) > 0 {
		s.send(&settled{links: links})
	}
	return err
}

// takeUp makes a URL pending again that was set aside and found again since. Its record was read a while ago: it may have been
// judged anew.
func (k *committer) takeUp(s *settled) {
	now, ok, err := k.store.Get(s.again.ID)
	if k.keep(err); err != nil || !ok {
		return
	}
	s.delta.uncount = now
	k.batch.Requeue = append(k.batch.Requeue, k.store.requeueOf(now))
	k.putBack = true
}

// itemOf is the URL of a record, as it was found.
func (s *Store) itemOf(r *sink.Record) frontier.Item {
	return newItem(s.Key(r.URL), r.URL, r.Depth, frontier.ID(r.From), frontierFlags(r.Flags))
}
