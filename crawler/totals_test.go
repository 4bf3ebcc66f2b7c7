package crawler

import (
	"reflect"
	"testing"

	"crawl/sink"
)

// What Totals add to others is all that they count, and what was gathered adds up to the same as one by one.
func TestTotalsPlus(t *testing.T) {
	all := newTotals()
	v := reflect.ValueOf(all).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Int64:
			f.SetInt(int64(i + 1))
		case reflect.Bool:
			f.SetBool(true)
		}
	}
	all.Errors[ClassFiltered], all.Refused["scope"] = 7, 8
	got := newTotals()
	if got.plus(all); !reflect.DeepEqual(got, all) {
		t.Errorf("%+v, want %+v", got, all)
	}

	was := &sink.Record{Attempts: make([]sink.Attempt, 1), ErrClass: string(ClassFiltered)}
	is := &sink.Record{Attempts: was.Attempts, Flags: sink.Saved}
	one, gathered, news := newTotals(), newTotals(), newTotals()
	one.add(&delta{count: was})
	gathered.add(&delta{count: was})
	one.add(&delta{count: is, uncount: was})
	news.add(&delta{count: is, uncount: was})
	if gathered.plus(news); !reflect.DeepEqual(gathered, one) {
		t.Errorf("gathered %+v, one by one %+v", gathered, one)
	}
}
