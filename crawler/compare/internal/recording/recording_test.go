package recording

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() *Recording {
	return &Recording{
		Made: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Entries: []Entry{
			{
				URL: "https://example.org/a", Status: 301, HTTP2: true, Length: true,
				Header: http.Header{"Location": {"/b"}}, DNS: 1, Connect: 2, TLS: 3, FirstByte: 4, Body: []byte("moved"),
			},
			{
				URL: "https://example.org/b", Hop: true, Status: 200, Close: true, FirstByte: time.Second,
				Arrivals: []Arrival{{0, 3}, {time.Millisecond, 9}}, Body: []byte("some body"),
			},
		},
		Left:   []Missing{{URL: "https://example.net/", Reason: "dns"}},
		Delays: map[string]time.Duration{"https://example.org": time.Second}, AskedLess: 3,
	}
}

func encoded(t testing.TB, r *Recording) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Read(bytes.NewReader(encoded(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got.Bytes() != 14 || got.Entries[1].Service() != time.Second+time.Millisecond {
		t.Errorf("%d bytes, %s", got.Bytes(), got.Entries[1].Service())
	}
}

// A cut or changed file is told, wherever it is hit.
func TestDamage(t *testing.T) {
	whole := encoded(t, sample())
	for i := range whole {
		if _, err := Read(bytes.NewReader(whole[:i])); err == nil {
			t.Fatalf("cut at %d of %d: no error", i, len(whole))
		}
		bad := bytes.Clone(whole)
		bad[i] ^= 0x55
		if got, err := Read(bytes.NewReader(bad)); err == nil && !cmp.Equal(got, sample()) {
			t.Fatalf("byte %d changed: other entries and no error", i)
		}
	}
}

func TestOtherFiles(t *testing.T) {
	whole := encoded(t, sample())
	other := bytes.Replace(whole, []byte("recording 1"), []byte("recording 2"), 1)
	if _, err := Read(bytes.NewReader(other)); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), `"2"`) {
		t.Errorf("another version: %v", err)
	}
	if _, err := Read(strings.NewReader("https://example.org/\n")); !errors.Is(err, ErrFormat) {
		t.Errorf("a list: %v", err)
	}
	if _, err := Read(strings.NewReader("")); !errors.Is(err, ErrFormat) {
		t.Errorf("an empty file: %v", err)
	}
}

// What a file says is not believed.
func TestCheck(t *testing.T) {
	for name, change := range map[string]func(*Entry){
		"another scheme":   func(e *Entry) { e.URL = "ftp://example.org/" },
		"not as requested": func(e *Entry) { e.URL = "https://EXAMPLE.org" },
		"status":           func(e *Entry) { e.Status = 100 },
		"negative":         func(e *Entry) { e.FirstByte = -1 },
		"days":             func(e *Entry) { e.TLS = 100 * time.Hour },
		"header":           func(e *Entry) { e.Header = http.Header{"A": {"x\r\ny: z"}} },
		"falling":          func(e *Entry) { e.Arrivals = []Arrival{{2, 1}, {1, 2}} },
		"beyond":           func(e *Entry) { e.Arrivals = []Arrival{{2, 1000}} },
		"a hop first":      func(e *Entry) { e.Hop = true },
	} {
		r := sample()
		change(&r.Entries[0])
		if _, err := Read(bytes.NewReader(encoded(t, r))); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err := Write(io.Discard, r); err == nil {
			t.Errorf("%s: it is written", name)
		}
	}
}

// What a client lets pass and a file may not have is dropped, and what is too large is told before it is written.
func TestFit(t *testing.T) {
	e := sample().Entries[0]
	e.Header = http.Header{"Bad Name": {"x"}, "A": {"x\r\ny", "good"}, "B": {"\x01"}, "C": {"x"}}
	size, err := e.Fit()
	if want := (http.Header{"A": {"good"}, "C": {"x"}}); err != nil || size <= 0 || !cmp.Equal(e.Header, want) {
		t.Errorf("%d bytes, %v, %v", size, e.Header, err)
	}
	e.Header = http.Header{"A": {strings.Repeat("x", maxMeta)}}
	if _, err := e.Fit(); err == nil {
		t.Error("a header of more than an entry may have fits")
	}
	if err := Write(io.Discard, &Recording{Entries: []Entry{e}}); err == nil {
		t.Error("and is written")
	}
	e = Entry{URL: "ftp://example.org/", Status: 200}
	if _, err := e.Fit(); err == nil {
		t.Error("another scheme fits")
	}
	if err := Write(io.Discard, &Recording{Entries: make([]Entry, MaxEntries+1)}); err == nil {
		t.Error("too many entries are written")
	}
}

// However many URLs failed, the file can be read.
func TestManyLeft(t *testing.T) {
	r := sample()
	r.Left = nil
	for range 20_000 {
		r.Miss(Missing{URL: "https://example.net/" + strings.Repeat("x", 100), Reason: "connect: refused"})
	}
	got, err := Read(bytes.NewReader(encoded(t, r)))
	if err != nil || len(got.Left) != maxLeft || got.More != 20_000-maxLeft {
		t.Fatalf("%v, %d named", err, len(got.Left))
	}
	r.Left, r.More = nil, 0
	for range 3 {
		r.Miss(Missing{URL: strings.Repeat("<", maxLeftText/2)})
	}
	if len(r.Left) != 2 || r.More != 1 {
		t.Errorf("%d named, %d not", len(r.Left), r.More)
	}
}

// What stands beside the bodies is bounded too.
func TestMetaIsBounded(t *testing.T) {
	s := sizes{meta: maxAllMeta - 10}
	if meta, body := s.left(kindEntry); meta != 10 || body != MaxBytes {
		t.Errorf("%d and %d bytes are left", meta, body)
	}
	d := newDecoder(bytes.NewReader(append([]byte{kindEntry, 100}, make([]byte, 200)...)))
	d.size = s
	if _, _, _, err := d.record(); err == nil || !strings.Contains(err.Error(), "more than 10") {
		t.Errorf("%v", err)
	}
}

func TestThin(t *testing.T) {
	var list []Arrival
	for i := range 1000 {
		list = append(list, Arrival{time.Duration(i), int64(i)})
	}
	got := Thin(list)
	if len(got) != MaxArrivals || got[len(got)-1] != list[999] {
		t.Errorf("%d arrivals, the last is %v", len(got), got[len(got)-1])
	}
	if got := Thin(list[:3]); !cmp.Equal(got, list[:3]) {
		t.Errorf("%v", got)
	}
}

func FuzzRead(f *testing.F) {
	whole := encoded(f, sample())
	f.Add(whole)
	f.Add(encoded(f, &Recording{}))
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("\x50\x2a\x4d\x18\x12\x00\x00\x00crawl recording 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(encoded(t, got)))
		if err != nil || !cmp.Equal(got, again) {
			t.Fatalf("%v\n%s", err, cmp.Diff(got, again))
		}
	})
}

// FuzzRecords is FuzzRead behind the compression, which fuzzing hardly gets through.
func FuzzRecords(f *testing.F) {
	var b bytes.Buffer
	if err := writeRecords(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		d := newDecoder(bytes.NewReader(b))
		rec, err := d.recording()
		if err == nil && len(rec.Entries) > len(b) {
			t.Fatalf("%d entries of %d bytes", len(rec.Entries), len(b))
		}
	})
}
