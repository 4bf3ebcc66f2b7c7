package fetch

import (
	"fmt"
	"strings"
	"testing"
)

var contentRanges = map[string]ContentRange{
	"bytes 0-0/1":        {0, 0, 1},
	"bytes 42-1233/1234": {42, 1233, 1234},
	"bytes 42-1233/*":    {42, 1233, -1},
	"bytes */1234":       {-1, -1, 1234},
	"BYTES 00-09/0010":   {0, 9, 10},
	"bytes */0":          {-1, -1, 0},
	"bytes 0-9223372036854775806/9223372036854775807": {0, 1<<63 - 2, 1<<63 - 1},
}

var badContentRanges = []string{
	"", "bytes", "bytes ", "bytes 1-2", "bytes 1-2/", "bytes /3", "bytes -2/3", "bytes 1-/3", "bytes 2-1/3", "bytes 0-3/3", "bytes */*",
	"bytes=0-1/2", "items 0-1/2", "bytes  0-1/2", "bytes 0-1/2 ", " bytes 0-1/2", "bytes 0 - 1/2", "bytes +0-1/2", "bytes 0--1/2",
	"bytes 0-1/2/3", "bytes 0-9223372036854775808/*", "bytes 0-1/-1", "bytes 0-1/2, 3-4/5", "bytes\t0-1/2", "bytes 0x0-1/2", "bytes ٠-1/2",
}

func TestParseContentRange(t *testing.T) {
	for in, want := range contentRanges {
		if got, err := ParseContentRange(in); err != nil || got != want {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range badContentRanges {
		if got, err := ParseContentRange(in); err == nil || got != (ContentRange{}) {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
}

// FuzzParseContentRange: what is read makes sense, and says the same again.
func FuzzParseContentRange(f *testing.F) {
	for in := range contentRanges {
		f.Add(in)
	}
	for _, in := range badContentRanges {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		r, err := ParseContentRange(in)
		if err != nil {
			return
		}
		span, total := "*", "*"
		if r.First >= 0 {
			span = fmt.Sprintf("%d-%d", r.First, r.Last)
		} else if r.Last != -1 {
			t.Fatalf("%q: %+v", in, r)
		}
		if r.Total >= 0 {
			total = fmt.Sprint(r.Total)
		}
		out := "bytes " + span + "/" + total
		if again, err := ParseContentRange(out); err != nil || again != r {
			t.Fatalf("%q became %q: %+v, %v", in, out, again, err)
		}
		if !strings.Contains(in, "00") && len(in) == len(out) && !strings.EqualFold(in, out) {
			t.Fatalf("%q became %q", in, out)
		}
	})
}
