package crawler

import (
	"testing"

	"crawl/sink"
)

// What an extraction tells of itself adds up at each moment, and ends with everything done.
func TestExtractionTellsHowFarItIs(t *testing.T) {
	var last Progress
	l := newExtractLive(func(p Progress) { last = p }, 3, &Totals{Done: 4, Failed: 2, Redirects: 1})
	check := func(done, failed int64, pending uint64, inFlight int) {
		t.Helper()
		if last.Totals.Done != done || last.Totals.Failed != failed || last.Pending != pending || last.InFlight != inFlight {
			t.Errorf("%+v, want %d done, %d failed, %d pending, %d in flight", last, done, failed, pending, inFlight)
		}
	}
	check(3, 0, 4, 0)
	l.again(1)
	check(2, 0, 5, 0)
	l.begun()
	l.ended()
	check(2, 0, 5, 0) // until all before it are done
	l.counted(&sink.Record{Body: sink.BodyRef{Size: 10}})
	l.passed(2)
	check(5, 0, 2, 0)
	l.begun()
	l.begun()
	check(5, 0, 2, 2)
	l.ended()
	l.ended()
	l.counted(&sink.Record{ErrClass: string(ClassParseCrash), Body: sink.BodyRef{Size: 5}})
	check(5, 1, 1, 0)
	if last.Totals.Bytes != 15 {
		t.Errorf("%d bytes, want 15", last.Totals.Bytes)
	}
}
