package site

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestSharesOfTrouble(t *testing.T) {
	shares := ErrorShares{HTTP5xx: 0.1, TooMany: 0.05, Reset: 0.04, Short: 0.03, Slow: 0.02}
	s, err := New(Options{Pages: 20_000, Images: 20_000, Errors: shares})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []Kind{KindPage, KindImage} {
		got := map[Trouble]float64{}
		for i := range 20_000 {
			got[s.trouble(kind, i)] += 1.0 / 20_000
		}
		for n, name := range []Trouble{HTTP5xx, TooMany, Reset, Short, Slow} {
			if want := shares.all()[n]; math.Abs(got[name]-want) > 0.2*want {
				t.Errorf("%s: share of %s is %.4f, want %.4f", kind, name, got[name], want)
			}
		}
	}
	for h := range s.o.Hosts {
		if s.trouble(KindPage, h) != NoTrouble {
			t.Errorf("the root page of host %d is troubled", h)
		}
	}
}

// outcome is what one request came to, in the words of the troubles.
func outcome(t *testing.T, c *http.Client, e Entry) Trouble {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true // no connection that was used before: the transport would ask again by itself
	resp, err := c.Do(req)
	if err != nil {
		return failure(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return failure(err)
	case resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") == "1":
		return TooMany
	case resp.StatusCode >= 500:
		return HTTP5xx
	case resp.StatusCode != http.StatusOK || int64(len(body)) != e.Bytes:
		t.Errorf("%s: status %d, %d bytes of %d", e.URL, resp.StatusCode, len(body), e.Bytes)
	}
	return NoTrouble
}

func failure(err error) Trouble {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return Short
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) {
		return Reset
	}
	return Trouble(err.Error())
}

func TestTroubledURLsFailAndThenWork(t *testing.T) {
	s := start(t, Options{
		Pages: 60, Images: 9, MaxSize: 4_000, ErrorTries: 2, SlowFor: 20 * time.Millisecond,
		Errors: ErrorShares{HTTP5xx: 0.2, TooMany: 0.1, Reset: 0.2, Short: 0.2, Slow: 0.1},
	})
	c := client(t)
	seen := map[Trouble]int{}
	for range 2 {
		for _, e := range s.Expect().Entries {
			for attempt := 1; attempt <= 3; attempt++ {
				want := e.Trouble
				if attempt > 2 || e.Trouble == Slow {
					want = NoTrouble
				}
				if got := outcome(t, c, e); got != want {
					t.Errorf("%s, attempt %d: %q, want %q", e.URL, attempt, got, want)
				}
			}
			seen[e.Trouble]++
		}
		s.ResetCounts()
	}
	if len(seen) != 6 {
		t.Errorf("troubles seen: %v", seen)
	}
}

func TestAlwaysTroubled(t *testing.T) {
	s := start(t, Options{Pages: 30, ErrorTries: Always, Errors: ErrorShares{HTTP5xx: 1}})
	c := client(t)
	m := s.Expect()
	e := m.Entries[len(m.Hosts)]
	for range 5 {
		if got := outcome(t, c, e); got != HTTP5xx {
			t.Errorf("%s: %q", e.URL, got)
		}
	}
	if got := m.Crawl(Crawl{Seeds: []string{e.URL}, Depth: 3}); !slices.Equal(got, []string{e.URL}) {
		t.Errorf("behind a page that never works a crawl finds %v", got)
	}
}

func TestParseErrors(t *testing.T) {
	got, err := ParseErrors(" 5xx=0.02, 429=1%,reset=0.03,short=0.04,slow=0.05")
	if want := (ErrorShares{0.02, 0.01, 0.03, 0.04, 0.05}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := ParseErrors(""); err != nil || got != (ErrorShares{}) {
		t.Errorf("nothing: %v, %v", got, err)
	}
	for _, bad := range []string{"5xx", "5xx=", "teapot=0.1", "5xx=2", "5xx=-0.1", "slow=NaN", "5xx=0.6,429=0.6", ","} {
		if got, err := ParseErrors(bad); err == nil {
			t.Errorf("%q gave %v", bad, got)
		}
	}
}

func TestParseLatency(t *testing.T) {
	for _, tc := range []struct {
		text   string
		lo, hi time.Duration
		ok     bool
	}{
		{"", 0, 0, true},
		{"0", 0, 0, true},
		{"50ms", 50 * time.Millisecond, 50 * time.Millisecond, true},
		{"20ms-1s", 20 * time.Millisecond, time.Second, true},
		{"1s-20ms", 0, 0, false},
		{"-5ms", 0, 0, false},
		{"5", 0, 0, false},
		{"5ms-", 0, 0, false},
	} {
		lo, hi, err := ParseLatency(tc.text)
		if (err == nil) != tc.ok || tc.ok && (lo != tc.lo || hi != tc.hi) {
			t.Errorf("%q: %v, %v, %v", tc.text, lo, hi, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "5xx=0.02,429=1%", "20ms-200ms", "slow=1e-3", "=", "5xx=NaN", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseErrors(text); err == nil && e.check() != nil {
			t.Errorf("%q gave shares that are none: %v", text, e)
		}
		if lo, hi, err := ParseLatency(text); err == nil && (lo < 0 || hi < lo) {
			t.Errorf("%q gave %v to %v", text, lo, hi)
		}
	})
}

// ask asks a site's handler, in this goroutine.
func ask(t *testing.T, s *Site, path string, header ...string) time.Duration {
	t.Helper()
	began := time.Now()
	get(t, &http.Client{Transport: inProcess{s.Handler()}}, s.Hosts()[0]+path, header...)
	return time.Since(began)
}

func TestLatencyAndBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{Pages: 10, LatencyMin: 20 * time.Millisecond, LatencyMax: 200 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		first, second := ask(t, s, "/"), ask(t, s, "/")
		if first < 20*time.Millisecond || first > 200*time.Millisecond || first == second {
			t.Errorf("latencies %v and %v", first, second)
		}
		s.ResetCounts()
		if again := ask(t, s, "/"); again != first {
			t.Errorf("the first request took %v, and %v after a reset", first, again)
		}
		for _, rate := range []int64{4, 1_000, 50_000} {
			s, err = New(Options{Pages: 3, MinSize: 2_000, MaxSize: 2_000, Bandwidth: rate})
			if err != nil {
				t.Fatal(err)
			}
			bytes := float64(s.Expect().Find(s.URL()).Bytes)
			want := time.Duration(bytes / float64(rate) * float64(time.Second))
			if took := ask(t, s, "/"); took < want-paceStep || took > want+paceStep {
				t.Errorf("%d bytes a second: took %v, want %v", rate, took, want)
			}
		}
	})
}

func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{
			Pages: 10, Images: 1, Hosts: 1, MaxSize: 20_000, Errors: ErrorShares{Slow: 1}, SlowFor: 10 * time.Second, Gzip: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		image := string(s.appendImagePath(nil, 0))
		for _, header := range [][]string{nil, {"Accept-Encoding", "gzip"}} {
			for _, path := range []string{s.pagePath(3), image} {
				if took := ask(t, s, path, header...); took < 10*time.Second || took > 12*time.Second {
					t.Errorf("a slow body of %s took %v", path, took)
				}
				if took := ask(t, s, path, header...); took != 0 {
					t.Errorf("%s took %v once its trouble was over", path, took)
				}
			}
			s.ResetCounts()
		}
	})
}

func TestBomb(t *testing.T) {
	s := start(t, Options{Pages: 3, Traps: true})
	resp, body := get(t, client(t), s.Hosts()[0]+"/bomb.gz")
	if len(body) > 2<<20 || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes, encoding %q", len(body), resp.Header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(io.Discard, z, 10<<20) // more than two blocks; all of it takes seconds under the race detector
	if err != nil || n != 10<<20 {
		t.Errorf("%d bytes decompressed, %v", n, err)
	}
	if want := s.Expect().Find(s.Hosts()[0] + "/bomb.gz").Bytes; want <= 1<<30 {
		t.Errorf("the manifest says %d bytes", want)
	}
}

// A bomb of few blocks is made as one of many is; gzip checks the sum and the length at the end.
func TestRepeatedBlock(t *testing.T) {
	for n := range 4 {
		z, err := gzip.NewReader(bytes.NewReader(repeatedBlock(n)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.Copy(io.Discard, z); err != nil || got != int64(n)*bombBlock {
			t.Errorf("%d blocks: %d bytes, %v", n, got, err)
		}
	}
	if bombBlock*bombBlocks <= 1<<30 {
		t.Error("the bomb is no more than a gibibyte")
	}
}

func TestEndlessParts(t *testing.T) {
	s := start(t, Options{Pages: 3, Traps: true})
	c := client(t)
	for _, tc := range []struct {
		path   string
		status int
	}{
		{"/calendar/2024/01", 200},
		{"/calendar/2023/12", 200},
		{"/calendar/999999/12", 200},
		{"/calendar/2024/13", 404},
		{"/calendar/2024/1", 404},
		{"/calendar/0/01", 404},
		{"/calendar/", 404},
		{"/trap/a/a/b/a/a", 200},
		{"/trap/", 404},
		{"/trap/a/c", 404},
		{"/trap/a" + strings.Repeat("/a", 3_000), 414},
	} {
		if resp, _ := get(t, c, s.Hosts()[0]+tc.path); resp.StatusCode != tc.status {
			t.Errorf("%.40s: status %d, want %d", tc.path, resp.StatusCode, tc.status)
		}
	}
	at := calendarEntrance
	for range 30 {
		_, links := endlessLinks(at)
		at = links[0]
	}
	if at != "/calendar/2021/07" {
		t.Errorf("thirty months before is %s", at)
	}
}
