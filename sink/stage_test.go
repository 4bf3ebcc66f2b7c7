package sink

import (
	"bytes"
	"errors"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// stageInSteps stages a batch a few at a time, and overwrites what the store has read. It gives the bodies as they were.
func stageInSteps(t *testing.T, s *Store, puts []Put) (bodies [][]byte, done int) {
	t.Helper()
	for i := range puts {
		bodies = append(bodies, bytes.Clone(puts[i].Body))
	}
	for n := 0; n < len(puts); {
		n = min(n+7, len(puts))
		if err := s.Stage(puts[:n]); err != nil {
			t.Fatal(err)
		}
		done = 0
		for i := range puts {
			if puts[i].Done() {
				clear(puts[i].Body)
				done++
			}
		}
	}
	return bodies, done
}

// What was staged is stored as it was then: in batches large and small, with more bodies than a segment holds or than are
// kept, with large bodies among them, with bodies that the batch or the store has already.
func TestStage(t *testing.T) {
	for name, sizes := range map[string][]int{
		"small":            {100, 0, 2000},
		"large":            {20_000},
		"more than kept":   {inlineBody - 1, 30_000},
		"many":             {0, 1, 300},
		"with large ones":  {9_000, 9_000, inlineBody + 1},
		"large ones first": {3 * ChunkSize, 40_000},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t, Options{})
			count := map[string]int{"small": 3, "many": 3 * maxSegmentBodies}[name]
			if count == 0 {
				count = 60
			}
			var all []Put
			for batch := range 3 {
				var puts []Put
				for i := range count {
					size := sizes[i%len(sizes)]
					which := uint64(i)
					if i%5 == 4 {
						which -= uint64(i % 3) // some that the batch has
					}
					if i%11 != 10 {
						which += uint64(batch * count) // others that the store has
					}
					puts = append(puts, samplePut(uint64(batch*count+i+1), sampleBody(which, size)))
				}
				bodies, done := stageInSteps(t, s, puts)
				if s.active.file.possible() && chunkCount(int64(sizes[0])) == 0 && done == 0 {
					t.Error("no body was kept")
				}
				mustCommit(t, s, puts...)
				for i := range puts {
					if !puts[i].Done() {
						t.Errorf("body %d of a batch that is durable is not done", i)
					}
					puts[i].Body = bodies[i]
				}
				all = append(all, puts...)
			}
			for _, p := range all {
				mustHave(t, s, p)
			}
			checkClean(t, s)
		})
	}
}

// A batch that was staged and cannot be committed leaves the records as they were, and nothing behind.
func TestStageAbandoned(t *testing.T) {
	s := newStore(t, Options{})
	stop := errors.New("stop")
	puts := []Put{samplePut(1, sampleBody(1, 300_000/2)), samplePut(2, sampleBody(2, 300_000/2))}
	if err := s.Stage(puts[:1]); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(puts, func(*bolt.Tx) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	for i := range puts {
		if puts[i].Record.Body != (BodyRef{}) {
			t.Errorf("record %d refers to a body: %v", i+1, puts[i].Record.Body)
		}
	}
	if s.active.file.possible() {
		if err := s.Commit(puts[:1], nil); err == nil {
			t.Error("a body was stored that was given away before")
		}
		puts = []Put{samplePut(1, sampleBody(1, 300_000/2)), samplePut(2, sampleBody(2, 300_000/2))}
	}
	bad := samplePut(3, sampleBody(3, 10))
	bad.Record.SHA256 = puts[0].Record.SHA256 // the batch has a body of another size by that name
	if err := s.Stage([]Put{puts[0], bad}); err == nil {
		t.Error("a body was staged under the digest of another")
	}
	if r := puts[0].Record; r.Body != (BodyRef{}) {
		t.Errorf("a record refers to a body of what could not be staged: %v", r.Body)
	}
	if err := s.Stage(puts); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(puts[:1], nil); err == nil {
		t.Error("a part of what was staged was committed")
	}
	other := samplePut(4, sampleBody(4, 300_000/2))
	mustCommit(t, s, other)
	mustHave(t, s, other)
	if _, ok, err := s.Get(1); ok || err != nil {
		t.Errorf("a record that was not committed is there: %v", err)
	}
	if report := checkClean(t, s); report.Bodies != 1 {
		t.Errorf("%d bodies, want one", report.Bodies)
	}
}
