package crawler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"crawl/crawler/site"
	"crawl/sink"
)

// crashResult is what a crawl must find of a URL, however often it was killed.
type crashResult struct {
	Status   int
	Digest   sink.Digest
	Body     bool
	Depth    uint16
	Flags    sink.Flags
	Class    string
	Location string
	Links    int
}

// crashStored is what is in a store.
type crashStored struct {
	outcomes map[string]crashResult
	robots   map[string]bool // URLs of robots.txt files that are kept
	totals   *Totals
	pending  uint64
	known    uint64
	orphans  uint64 // bodies that no record has
}

// judgeStore verifies a store that nobody uses, and gives what is in it. A store that is not there yet is empty.
func judgeStore(t *testing.T, dir string) *crashStored {
	t.Helper()
	st := &crashStored{outcomes: map[string]crashResult{}, robots: map[string]bool{}, totals: newTotals()}
	report, err := sink.Check(dir, nil)
	if errors.Is(err, sink.ErrNotFound) {
		return st
	}
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	s, err := OpenStore(dir, sink.Options{ReadOnly: true})
	if err != nil {
		t.Fatalf("open to read: %v", err)
	}
	defer s.Close()
	ctx := context.Background()
	if err := s.Verify(ctx); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	keys := map[string]string{}
	err = s.Each(0, func(r *sink.Record) error {
		if _, twice := st.outcomes[r.URL]; twice {
			return fmt.Errorf("%s has two results", r.URL)
		}
		key := s.Key(r.URL)
		if other, twice := keys[string(key[:])]; twice {
			return fmt.Errorf("%s and %s are one page with two results", r.URL, other)
		}
		keys[string(key[:])] = r.URL
		st.outcomes[r.URL] = crashResult{
			Status: r.Status, Digest: r.SHA256, Body: r.Body != sink.BodyRef{}, Depth: r.Depth, Flags: r.Flags, Class: r.ErrClass,
			Location: r.Location, Links: r.Links.Len(),
		}
		host := "http://" + hostString(r.URL)
		if _, ok, err := s.robots(host); ok || err != nil {
			st.robots[host+"/robots.txt"] = true
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if st.totals, err = s.Totals(); err != nil {
		t.Fatal(err)
	}
	f, err := s.Frontier.Stats(ctx)
	if err != nil {
		t.Fatal(err)
	}
	st.pending, st.known, st.orphans = f.Pending, f.Known, report.Orphans
	return st
}

// mustEqual verifies that a finished crawl found what the undisturbed one found.
func (st *crashStored) mustEqual(t *testing.T, want *crashStored) {
	t.Helper()
	var wrong []string
	for url, w := range want.outcomes {
		if got, ok := st.outcomes[url]; !ok {
			wrong = append(wrong, "lost: "+url)
		} else if got != w {
			wrong = append(wrong, fmt.Sprintf("%s: %+v, undisturbed: %+v", url, got, w))
		}
	}
	for url := range st.outcomes {
		if _, ok := want.outcomes[url]; !ok {
			wrong = append(wrong, "too much: "+url)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		t.Fatalf("%d URLs are not as in the undisturbed crawl:\n%s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], "\n"))
	}
	if st.known != want.known || st.pending != 0 || st.orphans != 0 {
		t.Fatalf("%d URLs known, %d pending, %d bodies without a record; undisturbed: %d, %d", st.known, st.pending, st.orphans, want.known, want.pending)
	}
	a, b := st.totals, want.totals
	if a.Done != b.Done || a.Failed != b.Failed || a.Skipped != b.Skipped || a.Redirects != b.Redirects || a.Hops != b.Hops ||
		!maps.Equal(a.Errors, b.Errors) {
		t.Fatalf("totals %+v, undisturbed %+v", a, b)
	}
}

// crashRequests is the site's log, URL by URL.
type crashRequests map[string]int

func askedFor(s *site.Site) crashRequests {
	n := crashRequests{}
	for _, r := range s.RequestLog() {
		n[r.URL]++
	}
	return n
}

// mustNotRepeat verifies that nothing that was durable at a kill was asked for after it.
func (now crashRequests) mustNotRepeat(t *testing.T, before crashRequests, durable *crashStored) {
	t.Helper()
	for url, n := range now {
		outcome, done := durable.outcomes[url]
		done = done && Class(outcome.Class) != ClassExcluded // which a run that allows it asks for
		if n > before[url] && (done || durable.robots[url]) {
			t.Errorf("%s was asked for %d times after its result was durable", url, n-before[url])
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// over is how many more requests there were than in an undisturbed crawl.
func (now crashRequests) over(want crashRequests) (n int) {
	for url, k := range now {
		n += max(0, k-want[url])
	}
	return n
}

// atRisk bounds what one kill makes a crawl ask for again: what is in flight, and what is settled but not committed.
func atRisk(concurrency int) int { return concurrency + commitQueue + commitPages }
