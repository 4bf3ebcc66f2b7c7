package crawler

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/parse"
	"crawl/sink"
)

// ExtractOptions say what Store.Extract does.
type ExtractOptions struct {
	Rules     parse.Rules
	Extractor parse.Extractor
	Parallel  int  // pages at once; at least 1
	Fresh     bool // from the first page, also when these rules were run before

	// Changed is called for each page whose fields or text are others than before, in the order of the results. It may be nil.
	Changed func(before, after *sink.Record)
	// Progress is called for each page that is begun or done, by one goroutine at a time. It may be nil. Totals count the
	// results that were passed, pages or not: Done, Failed, and Bytes of the pages.
	Progress func(Progress)
}

// ExtractSummary tells what Store.Extract did.
type ExtractSummary struct {
	Pages   int64   `json:"pages"`   // that the rules were run over in this run
	Changed int64   `json:"changed"` // of them, with other fields or text than before
	Failed  int64   `json:"failed"`
	Resumed bool    `json:"resumed"`
	Stopped bool    `json:"stopped"`
	WallS   float64 `json:"wall_s"`
}

// extraction is how far the last Extract came, as it is kept in the store.
type extraction struct {
	Rules  parse.Rules `json:"rules"`
	Next   uint64      `json:"next"`   // ID to go on with
	Passed int64       `json:"passed"` // results before it
}

var keyExtraction = []byte("extraction")

// Extract runs rules over the stored pages again, with no request at all, and puts what they find in the place of what was
// found before. It is resumable like a crawl: the results of a batch and how far it came are one durable step, and
// running it again goes on, or takes up what was crawled since. When ctx is done it stops after the batch in hand.
// It returns ErrNoParsers when no worker can be had.
func (s *Store) Extract(ctx context.Context, o ExtractOptions) (sum ExtractSummary, err error) {
	start := time.Now()
	defer func() { sum.WallS = time.Since(start).Seconds() }()
	var at extraction
	found, err := s.readRow(bucketCrawl, keyExtraction, &at)
	if err != nil {
		return sum, err
	}
	if o.Fresh || !found || !reflect.DeepEqual(at.Rules, o.Rules) {
		at = extraction{Rules: o.Rules}
	}
	sum.Resumed = at.Next > 0
	totals, err := s.Totals()
	if err != nil {
		return sum, err
	}
	live := newExtractLive(o.Progress, at.Passed, totals)
	if err := s.extractAgain(ctx, &o, &at, live, &sum); err != nil || sum.Stopped {
		return sum, err
	}
	for {
		batch, err := s.pagesFrom(at.Next)
		if err != nil || batch.next == at.Next {
			return sum, err
		}
		at.Next, at.Passed = batch.next, at.Passed+batch.passed
		live.passed(batch.passed - int64(len(batch.pages)))
		if err := s.extractStep(ctx, &o, at, batch.pages, live, &sum); err != nil || sum.Stopped {
			return sum, err
		}
	}
}

// extractStep runs the rules over a batch, and makes what they find and how far that is durable.
func (s *Store) extractStep(ctx context.Context, o *ExtractOptions, at extraction, pages []*sink.Record, live *extractLive, sum *ExtractSummary) error {
	done := s.extractBatch(ctx, o, pages, live)
	if err := cmpErr(done); err != nil {
		return err
	}
	if ctx.Err() != nil {
		sum.Stopped = true
		return nil
	}
	if err := s.storeExtraction(&at, done); err != nil {
		return err
	}
	sum.count(done, o.Changed)
	return nil
}

// extractAgain takes up the pages that broke their parser before the place where a run goes on.
func (s *Store) extractAgain(ctx context.Context, o *ExtractOptions, at *extraction, live *extractLive, sum *ExtractSummary) error {
	for from := uint64(0); from < at.Next && !sum.Stopped; {
		batch, err := s.pagesFrom(from)
		if err != nil || batch.next == from {
			return err
		}
		from = batch.next
		again := slices.DeleteFunc(batch.pages, func(r *sink.Record) bool { return r.ID >= at.Next || !Quarantined(r) })
		if len(again) == 0 {
			continue
		}
		live.again(int64(len(again)))
		if err := s.extractStep(ctx, o, *at, again, live, sum); err != nil {
			return err
		}
	}
	return nil
}

// pageBatch is a part of the store's results.
type pageBatch struct {
	pages  []*sink.Record // that can be extracted from
	passed int64          // results in this part, pages or not
	next   uint64         // ID to go on with; that of the beginning when there are no more
}

// pagesFrom gives the next part of the results.
func (s *Store) pagesFrom(from uint64) (pageBatch, error) {
	b := pageBatch{next: from}
	err := s.Each(from, func(r *sink.Record) error {
		b.next = r.ID + 1
		b.passed++
		if extractable(r) {
			b.pages = append(b.pages, r)
		}
		if len(b.pages) == extractAtOnce {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return b, err
}

var errEnough = errors.New("enough")

// extractable reports whether the rules can be run over a result: an HTML page that was answered well.
func extractable(r *sink.Record) bool {
	return r.Body != (sink.BodyRef{}) && parse.IsPage(r.MediaType) && (r.ErrClass == "" || parseFailure(Class(r.ErrClass)))
}

// parseFailure reports whether the class is that of a page whose answer is good and whose extraction failed.
func parseFailure(c Class) bool {
	return c == ClassParseCrash || c == ClassParseTimeout || c == ClassParseMemory
}

// Quarantined reports whether a result is that of a page which crashed, hung or bloated its parser.
func Quarantined(r *sink.Record) bool { return parseFailure(Class(r.ErrClass)) }

// extracted is one page, before and after.
type extracted struct {
	before, after *sink.Record
	err           error // why nothing more can be done
}

func (s *Store) extractBatch(ctx context.Context, o *ExtractOptions, pages []*sink.Record, live *extractLive) []extracted {
	done := make([]extracted, len(pages))
	slots := make(chan struct{}, max(o.Parallel, 1))
	var wg sync.WaitGroup
	for i, r := range pages {
		slots <- struct{}{}
		wg.Go(func() {
			live.begun()
			done[i] = s.extractPage(ctx, o, r)
			live.ended(&done[i])
			<-slots
		})
	}
	wg.Wait()
	return done
}

func (s *Store) extractPage(ctx context.Context, o *ExtractOptions, r *sink.Record) extracted {
	after := *r
	body, err := s.ReadBody(r.Body)
	if err != nil {
		return extracted{err: err}
	}
	doc := parse.Document{URL: r.URL, ContentType: r.ContentType, Body: body}
	ex, err := o.Extractor.Extract(ctx, &doc, o.Rules)
	switch {
	case err == nil:
		after.ErrClass, after.ErrMessage = "", ""
		after.Fields, after.Text, after.FieldDefects = fields(&ex), ex.Text, defects(ex.Defects)
	case ctx.Err() != nil:
		return extracted{before: r, after: r}
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

func cmpErr(done []extracted) error {
	for i := range done {
		if done[i].err != nil {
			return done[i].err
		}
	}
	return nil
}

// storeExtraction makes a batch durable, with how far it came.
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

func (sum *ExtractSummary) count(done []extracted, changed func(before, after *sink.Record)) {
	for i := range done {
		sum.Pages++
		d := &done[i]
		if d.after.ErrClass != "" {
			sum.Failed++
		}
		if d.before.Text == d.after.Text && slices.EqualFunc(d.before.Fields, d.after.Fields, sameField) {
			continue
		}
		sum.Changed++
		if changed != nil {
			changed(d.before, d.after)
		}
	}
}

func sameField(a, b sink.Field) bool { return a.Name == b.Name && slices.Equal(a.Values, b.Values) }
