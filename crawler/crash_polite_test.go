package crawler

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crawl/crawler/site"
	"crawl/sink"
)

// TestCrashPolite kills a crawl when it is durable that a host may not be asked for a while, because it answered 429 with
// Retry-After: the next run waits too.
func TestCrashPolite(t *testing.T) {
	t.Parallel()
	o := site.Options{Pages: 12, Hosts: 1, MaxSize: 4000, Links: 8, Errors: site.ErrorShares{TooMany: 0.1}}
	for o.Seed = 1; troubled(t, o) != 1; o.Seed++ {
	}
	a := newArena(t, o, crashJob{Depth: 3, Concurrency: 2, Waiting: 500 * time.Millisecond})
	a.site.ResetCounts()
	j := a.job
	j.Dir = filepath.Join(t.TempDir(), "store")
	if !j.untilItDies(t) {
		t.Fatal("no host had to wait")
	}
	until := waitingUntil(t, j.Dir, hostString(a.site.URL()))
	judged := a.afterKill(t, j.Dir)
	before := len(a.site.RequestLog())
	a.finish(t, j, 1)
	judged()
	if first := a.site.RequestLog()[before].At; first.Before(until) {
		t.Errorf("the host was asked %v before its time", until.Sub(first))
	}
}

// troubled counts the pages of a site that are troubled.
func troubled(t *testing.T, o site.Options) (n int) {
	t.Helper()
	s, err := site.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Expect().Entries {
		if e.Trouble != site.NoTrouble {
			n++
		}
	}
	return n
}

// waitingUntil gives the time before which a host may not be asked.
func waitingUntil(t *testing.T, dir, host string) time.Time {
	t.Helper()
	s, err := OpenStore(dir, sink.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h, ok, err := s.Frontier.HostByName(context.Background(), strings.TrimSuffix(host, "/"))
	if err != nil || !ok || h.NextAt.IsZero() {
		t.Fatalf("%s waits until %v, %v", host, h.NextAt, err)
	}
	return h.NextAt
}
