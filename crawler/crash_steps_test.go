package crawler

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/site"
	"crawl/sink"
)

// quietSite is a small site without trouble.
func quietSite() site.Options {
	return site.Options{Seed: 5, Pages: 60, Hosts: 2, MinSize: 1500, MaxSize: 6000, Links: 12, LatencyMax: 2 * time.Millisecond}
}

// TestCrashList kills a crawl while a list of 100,000 lines is being admitted. Of the pages only one is fetched.
func TestCrashList(t *testing.T) {
	t.Parallel()
	lines := 100_000
	if testing.Short() {
		lines = 20_000
	}
	s, err := site.New(quietSite())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	rng := rand.New(rand.NewPCG(*crashSeed, 2))
	j := crashJob{
		Dir: filepath.Join(t.TempDir(), "store"), List: []string{s.URL()}, Many: lines, Under: s.Hosts()[0] + "/listed",
		Concurrency: 4, MaxPages: 1,
	}
	a := &crashArena{site: s, log: &crashMilestones{}}
	var known uint64
	for _, at := range []string{"admit:before", "admit:after", "state:after"} {
		for nth := range 2 {
			j.Point, j.Nth = at, 2*nth
			if !j.untilItDies(t) {
				t.Fatalf("%s is not passed %d times", at, j.Nth+1)
			}
			known = noLess(t, j.Dir, known)
		}
	}
	j.Point = ""
	for range 3 {
		if !a.killAt(t, j, crashMoment{0, rand64(rng, time.Second)}) {
			break
		}
		known = noLess(t, j.Dir, known)
	}
	j.toTheEnd(t)
	st := judgeStore(t, j.Dir)
	if st.known != uint64(lines)+1 || st.known-st.pending != uint64(len(st.outcomes)) {
		t.Fatalf("%d URLs are known of %d listed, %d pending, %d have results", st.known, lines+1, st.pending, len(st.outcomes))
	}
	eachListed(t, &j)
}

// noLess judges a store and verifies that it knows at least so many URLs.
func noLess(t *testing.T, dir string, known uint64) uint64 {
	t.Helper()
	st := judgeStore(t, dir)
	if st.known < known {
		t.Fatalf("%d URLs are known, %d were", st.known, known)
	}
	return st.known
}

// eachListed verifies that the frontier knows every URL of the job's list as listed.
func eachListed(t *testing.T, j *crashJob) {
	t.Helper()
	s, err := OpenStore(j.Dir, sink.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids := map[frontier.ID]bool{}
	for e := range j.list() {
		k, ok, err := s.Frontier.Lookup(context.Background(), s.Key(e.URL))
		if err != nil || !ok || k.Flags != frontier.Listed || ids[k.ID] {
			t.Fatalf("%s: %+v, %v, %v", e.URL, k, ok, err)
		}
		ids[k.ID] = true
	}
}

// copyStore copies a store that nobody uses.
func copyStore(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCrashRequeue kills `crawl retry` while it queues failures again, and the crawl of them after that.
func TestCrashRequeue(t *testing.T) {
	t.Parallel()
	const absent = requeueAtOnce + requeueAtOnce/2 // two batches
	a := newArena(t, quietSite(), crashJob{Many: absent, Depth: 2, Concurrency: 32, Classes: []Class{ClassHTTP4xx}})
	if n := a.want.totals.Errors[ClassHTTP4xx]; n != absent {
		t.Fatalf("%d pages are absent, not %d", n, absent)
	}
	a.counts = crashRequests{} // of the second crawl: the failures once more, and nothing else
	for url, o := range a.want.outcomes {
		if o.Class != "" {
			a.counts[url] = 1
		}
	}
	for nth := range 3 { // the first step forgets robots.txt files, the others are the batches
		t.Run(fmt.Sprintf("before-%d", nth), func(t *testing.T) { a.requeueKill(t, "update:before", nth, max(0, nth-1)) })
		t.Run(fmt.Sprintf("after-%d", nth), func(t *testing.T) { a.requeueKill(t, "update:after", nth, nth) })
	}
}

// requeueKill kills a Requeue that has made so many batches pending, and finishes it: with another Requeue when nth is
// even. The crawl of what is pending is killed too.
func (a *crashArena) requeueKill(t *testing.T, point string, nth, batches int) {
	j := a.job
	j.Dir = copyStore(t, a.dir)
	a.site.ResetCounts()
	j.Do, j.Point, j.Nth = doRequeue, point, nth
	if !j.untilItDies(t) {
		t.Fatalf("%s is not passed %d times", point, nth+1)
	}
	failed := len(a.counts)
	st := judgeStore(t, j.Dir)
	if want := min(failed, batches*requeueAtOnce); int(st.pending) != want || st.known != a.want.known {
		t.Fatalf("%d URLs are pending of %d, %d were made so", st.pending, st.known, want)
	}
	if nth%2 == 0 {
		j.toTheEnd(t)
		if st = judgeStore(t, j.Dir); int(st.pending) != failed {
			t.Fatalf("%d URLs are pending, %d failed", st.pending, failed)
		}
	}
	pending := int(st.pending)
	j.Do, j.Point = doRun, "state:before"
	kills := 0
	if j.untilItDies(t) {
		kills++
	}
	judged := a.afterKill(t, j.Dir)
	again := a.finish(t, j, kills)
	judged()
	if n := len(a.site.RequestLog()); n != pending+again && n != pending+again+1 { // robots.txt, if it was forgotten
		t.Errorf("%d requests for %d pending URLs and %d repetitions", n, pending, again)
	}
}

// TestCrashDeeper kills a crawl that goes deeper than the one before, while it follows the links of stored pages.
func TestCrashDeeper(t *testing.T) {
	t.Parallel()
	o := crashSite()
	o.Errors = site.ErrorShares{}
	a := newArena(t, o, crashJob{Depth: 4, Concurrency: 16})
	shallow := a.job
	shallow.Dir, shallow.Depth = filepath.Join(t.TempDir(), "store"), 1
	a.site.ResetCounts()
	shallow.toTheEnd(t)
	if n := len(judgeStore(t, shallow.Dir).outcomes); n >= len(a.want.outcomes) {
		t.Fatalf("there are %d results at depth 1 already", n)
	}
	for _, point := range []string{"state:before", "state:after", "admit:after"} {
		t.Run(strings.ReplaceAll(point, ":", "-"), func(t *testing.T) {
			j := a.job
			j.Dir, j.Point = copyStore(t, shallow.Dir), point
			a.site.ResetCounts()
			judged := a.afterKill(t, j.Dir)
			kills, _ := a.untilDone(t, j, func(times int) bool {
				j.Nth = times
				return times < 2 && j.untilItDies(t)
			})
			if kills == 0 {
				t.Fatalf("%s is never passed", point)
			}
			judged() // nothing of the first crawl is asked for again
		})
	}
}

// TestCrashNarrower kills a crawl whose rules leave out what the one before has found, while it sets that aside and after that; the
// next one has the rules of the first again.
func TestCrashNarrower(t *testing.T) {
	t.Parallel()
	o := crashSite()
	o.Errors = site.ErrorShares{}
	a := newArena(t, o, crashJob{Depth: 4, Concurrency: 16, Many: 200})
	begun := a.job
	begun.Dir, begun.MaxPages = filepath.Join(t.TempDir(), "store"), 25
	a.site.ResetCounts()
	begun.toTheEnd(t)
	if st := judgeStore(t, begun.Dir); st.pending < 200 {
		t.Fatalf("%d URLs wait", st.pending)
	}
	exclude := regexp.MustCompile("/absent/.*[0-8]$|[02468]$")
	for _, point := range []string{"aside:before", "aside:after", "state:before", "state:after", "admit:after"} {
		t.Run(strings.ReplaceAll(point, ":", "-"), func(t *testing.T) {
			j := a.job
			j.Dir = copyStore(t, begun.Dir)
			a.site.ResetCounts()
			judged := a.afterKill(t, j.Dir)
			kills, _ := a.untilDone(t, j, func(times int) bool {
				narrow := j
				narrow.Point, narrow.Nth, narrow.Exclude = point, 2*times, exclude.String()
				died := times < 3 && narrow.untilItDies(t)
				for _, r := range a.site.RequestLog() {
					if exclude.MatchString(r.URL) {
						t.Errorf("%s was asked for", r.URL)
					}
				}
				return died
			})
			if kills == 0 {
				t.Fatalf("%s is never passed", point)
			}
			judged() // nothing of the first crawl is asked for again
		})
	}
}

// TestCrashBeside has what kills leave beside a store, when it is made and when it is removed, deleted with the next one.
func TestCrashBeside(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "store")
	long := time.Now().Add(-2 * abandoned)
	for name, stays := range map[string]bool{
		".store.old-A": false, ".store.new-A": false, ".store.new-B": true, ".other.old-A": true, "store.old-A": true, ".storeA": true,
	} {
		path := filepath.Join(parent, name)
		if err := os.Mkdir(path, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "state.db"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if name == ".store.new-A" {
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
		}
		defer func() {
			if _, err := os.Stat(path); stays != (err == nil) {
				t.Errorf("%s: %v", name, err)
			}
		}()
	}
	s, err := CreateStore(dir, sink.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
