package crawler

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/parse"
	"crawl/sink"
)

// extractRun is one run of Store.Extract.
type extractRun struct {
	s    *Store
	o    *ExtractOptions
	live *extractLive
	sum  *ExtractSummary
	work context.Context // ends the pages in hand
}

// extracted is one page, before and after. Without any of its values it was not done.
type extracted struct {
	before, after *sink.Record
	err           error // why nothing more can be done
}

// inHand gives the context of the pages in hand: it is done extractGrace after ctx, when Abort is, or with ctx when the pages
// wait for workers and there is none. release ends what it watches with.
func (run *extractRun) inHand(ctx context.Context) (work context.Context, release func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stops := []func() bool{context.AfterFunc(ctx, func() {
		if p, ok := run.o.Extractor.(interface{ Ready() bool }); ok && !p.Ready() {
			cancel()
			return
		}
		time.AfterFunc(extractGrace, cancel)
	})}
	if run.o.Abort != nil {
		stops = append(stops, context.AfterFunc(run.o.Abort, cancel))
	}
	return work, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}

// step runs the rules over pages, and makes those that are done durable in their order: every extractDelay, and at the end.
// to tells how far the extraction is when the first n of them are done.
func (run *extractRun) step(ctx context.Context, pages []*sink.Record, to func(n int) extraction) (err error) {
	begin, cancelBegin := context.WithCancel(ctx)
	work, cancelWork := context.WithCancel(run.work)
	ended := run.pages(begin, work, pages)
	defer func() { // the pages in hand are waited for, whatever ends the step
		cancelBegin()
		if err != nil {
			cancelWork()
		}
		for range ended {
		}
		cancelWork()
	}()
	tick := time.NewTicker(extractDelay)
	defer tick.Stop()
	st := extractStep{run: run, to: to, done: make([]extracted, len(pages))}
	for open := true; open && st.whole < len(pages); {
		var p endedPage
		select {
		case p, open = <-ended:
			if p.err != nil {
				cancelBegin()
			}
			if open {
				st.take(&p)
			}
		case <-tick.C:
			if err := st.save(); err != nil {
				return err
			}
		}
	}
	if err := st.save(); err != nil || st.whole == len(pages) {
		return err
	}
	run.sum.Stopped = st.done[st.whole].err == nil
	return st.done[st.whole].err
}

// extractStep is what is known of the pages of a step.
type extractStep struct {
	run    *extractRun
	to     func(n int) extraction
	done   []extracted
	whole  int // of done: all before are done
	stored int // of done: all before are durable
}

func (st *extractStep) take(p *endedPage) {
	st.done[p.place] = p.extracted
	for ; st.whole < len(st.done) && st.done[st.whole].after != nil; st.whole++ {
		st.run.live.counted(st.done[st.whole].after)
	}
}

// save tells what changed, and then makes the pages durable with how far that is.
func (st *extractStep) save() error {
	done := st.done[st.stored:st.whole]
	if len(done) == 0 && len(st.done) > 0 {
		return nil
	}
	for i := range done {
		if st.run.o.Changed == nil || !done[i].changed() {
			continue
		}
		if err := st.run.o.Changed(done[i].before, done[i].after); err != nil {
			return err
		}
	}
	at := st.to(st.whole)
	if err := st.run.s.storeExtraction(&at, done); err != nil {
		return err
	}
	st.stored = st.whole
	st.run.sum.count(done)
	return nil
}

// endedPage is a page that is over, and its place in the step.
type endedPage struct {
	place int
	extracted
}

// pages runs the rules over pages, several at once, in the order in which they are begun. It begins no more when begin is
// done. What it gives is closed when all are over, and never waited for.
func (run *extractRun) pages(begin, work context.Context, pages []*sink.Record) <-chan endedPage {
	ended := make(chan endedPage, len(pages))
	go func() {
		defer close(ended)
		var wg sync.WaitGroup
		defer wg.Wait()
		slots := make(chan struct{}, max(run.o.Parallel, 1))
		for i, r := range pages {
			select {
			case slots <- struct{}{}:
			case <-begin.Done():
			}
			if begin.Err() != nil {
				return
			}
			wg.Go(func() {
				run.live.begun()
				page := run.s.extractPage(work, run.o, r)
				run.live.ended()
				ended <- endedPage{i, page}
				<-slots
			})
		}
	}()
	return ended
}

func (s *Store) extractPage(ctx context.Context, o *ExtractOptions, r *sink.Record) extracted {
	after := *r
	body, err := s.ReadBody(r.Body)
	if err != nil {
		return extracted{err: err}
	}
	doc := parse.Document{URL: r.URL, ContentType: r.ContentType, Charset: r.Charset, Body: body}
	ex, err := o.Extractor.Extract(ctx, &doc, o.Rules)
	switch {
	case err == nil:
		after.ErrClass, after.ErrMessage = "", ""
		after.Fields, after.Text, after.FieldDefects = fields(&ex), ex.Text, defects(ex.Defects)
	case ctx.Err() != nil:
		return extracted{}
	case errors.Is(err, parse.ErrNoWorkers), errors.Is(err, parse.ErrClosed):
		return extracted{err: fmt.Errorf("%w: %w", ErrNoParsers, err)}
	case errors.Is(err, parse.ErrRule): // it fails every page
		return extracted{err: err}
	default:
		after.ErrClass, after.ErrMessage = string(extractClass(err)), clip(err.Error(), maxErrorMessage)
		after.Fields, after.Text, after.FieldDefects = nil, "", nil
	}
	return extracted{before: r, after: &after}
}

func fields(ex *parse.Extraction) []sink.Field {
	var out []sink.Field
	for _, f := range ex.Fields {
		out = append(out, sink.Field{Name: f.Name, Values: f.Values})
	}
	return out
}

// storeExtraction makes pages durable, with how far that is.
func (s *Store) storeExtraction(at *extraction, done []extracted) error {
	totals, err := s.Totals()
	if err != nil {
		return err
	}
	for i := range done {
		totals.add(&delta{uncount: done[i].before, count: done[i].after})
	}
	return s.Update(func(tx *bolt.Tx) error {
		for i := range done {
			if err := sink.PutTx(tx, done[i].after); err != nil {
				return err
			}
		}
		if err := putRow(tx, bucketCrawl, keyTotals, totals); err != nil {
			return err
		}
		return putRow(tx, bucketCrawl, keyExtraction, at)
	})
}

func (sum *ExtractSummary) count(done []extracted) {
	for i := range done {
		sum.Pages++
		if done[i].after.ErrClass != "" {
			sum.Failed++
		}
		if len(done[i].after.FieldDefects) > 0 {
			sum.Cut++
		}
		if done[i].changed() {
			sum.Changed++
		}
	}
}

// changed reports whether the rules found something else than before.
func (e *extracted) changed() bool {
	return e.before.Text != e.after.Text || !slices.EqualFunc(e.before.Fields, e.after.Fields, sameField)
}

func sameField(a, b sink.Field) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) }
