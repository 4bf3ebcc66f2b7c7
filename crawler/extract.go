package crawler

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"crawl/parse"
	"crawl/sink"
)

// ExtractOptions say what Store.Extract does.
type ExtractOptions struct {
	Rules     parse.Rules
	Extractor parse.Extractor // must be given
	Parser    string          // as in Options
	Parallel  int             // pages at once, best ParseSlots of Extractor; 0: one
	Fresh     bool            // from the first page, also when these rules were run before

	// Changed is called for each page whose fields or text are others than before, in the order of the results, by one
	// goroutine at a time and before the page is stored. Its error ends Extract, and the page is not stored: the next run
	// tells of it again, as it does after a crash. It may be nil.
	Changed func(before, after *sink.Record) error
	// Progress is called for each page that is begun or done, by one goroutine at a time. It may be nil. Totals count the
	// results that were passed, pages or not: Done, Failed, and Bytes of the pages. A page counts when all before it are done
	// too, since only then it is stored.
	Progress func(Progress)
	// Abort ends the pages in hand at once when it is done (the second Ctrl-C). It may be nil.
	Abort context.Context
}

// ExtractSummary tells what Store.Extract did.
type ExtractSummary struct {
	Pages       int64   `json:"pages"`   // that the rules were run over in this run
	Changed     int64   `json:"changed"` // of them, with other fields or text than before
	Failed      int64   `json:"failed"`
	Cut         int64   `json:"cut,omitempty"` // of which something was left out: see sink.Record.FieldDefects
	Resumed     bool    `json:"resumed"`
	OtherParser bool    `json:"other_parser,omitempty"` // another parser began what was resumed
	Stopped     bool    `json:"stopped"`
	WallS       float64 `json:"wall_s"`
}

// extraction is how far the last Extract came, as it is kept in the store.
type extraction struct {
	Rules  parse.Rules `json:"rules"`
	Parser string      `json:"parser,omitempty"` // that began it
	Next   uint64      `json:"next"`             // ID to go on with
	Passed int64       `json:"passed"`           // results before it
}

var keyExtraction = []byte("extraction")

// Extract runs rules over the stored pages again, with no request at all, and puts what they find in the place of what was
// found before. It is resumable like a crawl: every second, or 500 pages, what was found and how far that is become durable
// in one step, and running it again goes on, or takes up what was crawled since. When ctx is done it begins no more pages,
// waits up to two seconds for those in hand, stores what is done up to the first page that is not, and returns.
// It returns ErrNoParsers when no worker can be had, and the error of Changed; what was done before is stored then too; and
// ErrInUse while a crawl runs on the store.
func (s *Store) Extract(ctx context.Context, o ExtractOptions) (sum ExtractSummary, err error) {
	if o.Extractor == nil {
		return sum, errors.New("there are extraction rules but no extractor to run them")
	}
	release, err := s.use()
	if err != nil {
		return sum, err
	}
	defer release()
	start := time.Now()
	defer func() { sum.WallS = time.Since(start).Seconds() }()
	var at extraction
	found, err := s.readRow(bucketCrawl, keyExtraction, &at)
	if err != nil {
		return sum, err
	}
	if o.Fresh || !found || !reflect.DeepEqual(at.Rules, o.Rules) {
		at = extraction{Rules: o.Rules, Parser: o.Parser}
	}
	sum.Resumed = at.Next > 0
	sum.OtherParser = at.Parser != o.Parser
	totals, err := s.Totals()
	if err != nil {
		return sum, err
	}
	live := newExtractLive(o.Progress, at.Passed, totals)
	run := &extractRun{s: s, o: &o, live: live, sum: &sum}
	work, release := run.inHand(ctx)
	defer release()
	run.work = work
	if err := s.extractAgain(ctx, run, &at); err != nil || sum.Stopped {
		return sum, err
	}
	for {
		batch, err := s.pagesFrom(at.Next)
		if err != nil || batch.next == at.Next {
			return sum, err
		}
		live.passed(batch.passed() - int64(len(batch.pages)))
		if err := run.step(ctx, batch.pages, func(n int) extraction { return batch.after(&at, n) }); err != nil || sum.Stopped {
			return sum, err
		}
		at = batch.after(&at, len(batch.pages))
	}
}

// extractAgain takes up the pages that broke their parser before the place where a run goes on.
func (s *Store) extractAgain(ctx context.Context, run *extractRun, at *extraction) error {
	for from := uint64(0); from < at.Next && !run.sum.Stopped; {
		batch, err := s.pagesFrom(from)
		if err != nil || batch.next == from {
			return err
		}
		from = batch.next
		again := slices.DeleteFunc(batch.pages, func(r *sink.Record) bool { return r.ID >= at.Next || !Quarantined(r) })
		if len(again) == 0 {
			continue
		}
		run.live.again(int64(len(again)))
		if err := run.step(ctx, again, func(int) extraction { return *at }); err != nil {
			return err
		}
	}
	return nil
}

// pageBatch is a part of the store's results.
type pageBatch struct {
	pages []*sink.Record // that can be extracted from
	upTo  []int64        // of each of them: results in this part up to it, pages or not
	rest  int64          // results behind the last of them
	next  uint64         // ID to go on with; that of the beginning when there are no more
}

// passed is the number of results in the part.
func (b *pageBatch) passed() int64 {
	if len(b.upTo) == 0 {
		return b.rest
	}
	return b.upTo[len(b.upTo)-1] + b.rest
}

// after is how far an extraction is that was at the beginning of the part, when n of its pages are done.
func (b *pageBatch) after(at *extraction, n int) extraction {
	to := *at
	switch {
	case n == len(b.pages):
		to.Next, to.Passed = b.next, at.Passed+b.passed()
	case n > 0:
		to.Next, to.Passed = b.pages[n-1].ID+1, at.Passed+b.upTo[n-1]
	}
	return to
}

// pagesFrom gives the next part of the results.
func (s *Store) pagesFrom(from uint64) (pageBatch, error) {
	b := pageBatch{next: from}
	err := s.Each(from, func(r *sink.Record) error {
		b.next = r.ID + 1
		b.rest++
		if extractable(r) {
			b.pages = append(b.pages, r)
			b.upTo = append(b.upTo, b.passed())
			b.rest = 0
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
