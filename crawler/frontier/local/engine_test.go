package local

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"crawl/crawler/frontier"
	"crawl/crawler/frontier/frontiertest"
)

// TestSmallSchedule is TestModel's engine where hosts are forgotten all the time: none may be lost.
func TestSmallSchedule(t *testing.T) {
	ctx := context.Background()
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	rapid.Check(t, func(r *rapid.T) {
		wipe(t, db)
		f := openFrontier(t, db)
		f.sched.limit = rapid.IntRange(2, 5).Draw(r, "limit")
		clock := frontiertest.NewClock()
		const hosts = 20
		batch := frontier.Batch{Admit: benchItems(0, 3*hosts, hosts)}
		last := clock.Now()
		for i := range hosts {
			at := clock.Now().Add(time.Duration(rapid.IntRange(-1, 9).Draw(r, "wait")) * time.Second)
			batch.Hosts = append(batch.Hosts, frontier.HostState{ID: frontier.HostID(i + 1), NextAt: at})
			if at.After(last) {
				last = at
			}
		}
		if _, err := f.Apply(ctx, &batch); err != nil {
			t.Fatal(err)
		}
		fetched := 0
		for fetched < 3*hosts {
			limit := rapid.IntRange(1, hosts).Draw(r, "max")
			found, wake, err := f.ClaimHosts(ctx, clock.Now(), 0, limit)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 && !wake.After(clock.Now()) {
				r.Fatalf("%d of %d fetched; no host, wake %v, now %v", fetched, 3*hosts, wake, clock.Now())
			}
			fetched += fetchOne(t, f, found, clock)
			if len(found) == 0 {
				clock.Advance(wake.Sub(clock.Now()))
			}
		}
		if clock.Now().After(last) {
			r.Fatalf("waited until %v, the last host's time is %v", clock.Now(), last)
		}
	})
}

// TestScheduleBounds has more hosts wait, and more be due at once, than a schedule remembers: each is found when its time
// comes, it sleeps exactly until then, and both lists keep their bound.
func TestScheduleBounds(t *testing.T) {
	const hosts, limit = 41, 8
	s := newSchedule()
	s.limit = limit
	due := map[frontier.HostID]int64{}
	for i := range int64(hosts) {
		due[frontier.HostID(i+1)] = i * 7 % hosts / 10 * 10 // ten at a time, in no order
	}
	for now := int64(0); len(due) > 0; now++ {
		s.touch(frontier.HostID(now + 1)) // whoever waits may be looked at too early
		s.wakeUntil(now)
		for {
			host, ok := lookAt(&s, hosts)
			if !ok {
				break
			}
			switch at, open := due[host]; {
			case open && at > now:
				s.wait(host, 0, at)
			case open:
				delete(due, host)
			}
			if len(s.line) > limit || len(s.waiting) > limit || len(s.hosts) > 2*limit {
				t.Fatalf("at %d: %d in line, %d wait, %d hosts", now, len(s.line), len(s.waiting), len(s.hosts))
			}
		}
		first := int64(never)
		for _, at := range due {
			first = min(first, at)
		}
		if wake := s.nextWake(); first <= now || wake != first {
			t.Fatalf("at %d: sleeps until %d, a host is due at %d", now, wake, first)
		}
	}
}

// lookAt gives the next host of a circle of n, as nextHost does.
func lookAt(s *schedule, n frontier.HostID) (host frontier.HostID, ok bool) {
	for {
		switch {
		case s.pos < n:
			s.pos++
			if _, known := s.hosts[s.pos]; !known {
				return s.pos, true
			}
		case len(s.line) > 0:
			host, _ = s.first()
			return host, true
		case !s.overflow:
			return 0, false
		default:
			s.restart()
		}
	}
}

// TestLineOrder has the host first in line that was offered longest ago, whichever came back first.
func TestLineOrder(t *testing.T) {
	s := newSchedule()
	s.pos = 3
	for _, host := range []frontier.HostID{2, 3, 1} {
		s.claim(host)
	}
	for host := range frontier.HostID(3) {
		s.unclaim(host + 1)
	}
	for _, want := range []frontier.HostID{2, 3, 1} {
		if host, _ := s.first(); host != want {
			t.Fatalf("host %d is first in line, want %d", host, want)
		}
	}
}

// fetchOne settles one item of each host, and returns it.
func fetchOne(t *testing.T, f *Frontier, hosts []frontier.HostState, clock *frontiertest.Clock) (n int) {
	t.Helper()
	ctx := context.Background()
	var b frontier.Batch
	for _, h := range hosts {
		leases, _, _, err := f.Take(ctx, h.ID, clock.Now(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range leases {
			b.Outcomes = append(b.Outcomes, frontier.Outcome{ID: l.ID, Token: l.Token})
			n++
		}
		f.ReturnHost(h.ID)
	}
	if _, err := f.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestManyHosts has more hosts than ClaimHosts looks at in one read transaction.
func TestManyHosts(t *testing.T) {
	const hosts = 3*claimChunk + 7
	ctx := context.Background()
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(t, db)
	now := time.Now().Truncate(time.Second)
	b := frontier.Batch{Admit: benchItems(0, hosts, hosts)}
	for i := range hosts - 1 { // only the last may be asked now
		b.Hosts = append(b.Hosts, frontier.HostState{ID: frontier.HostID(i + 1), NextAt: now.Add(time.Hour + time.Duration(i))})
	}
	if _, err := f.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	found, wake, err := f.ClaimHosts(ctx, now, 0, 9)
	if err != nil || len(found) != 1 || found[0].ID != hosts || !wake.Equal(now.Add(time.Hour)) {
		t.Fatal(found, wake, err)
	}
	found, _, err = f.ClaimHosts(ctx, now.Add(2*time.Hour), 0, 2*hosts)
	if err != nil || len(found) != hosts-1 {
		t.Fatal(len(found), err)
	}
}

// TestCrashInAdmission has the process end inside of the transaction: nothing of it is left.
func TestCrashInAdmission(t *testing.T) {
	ctx := context.Background()
	for _, point := range []string{"admit:before", "admit:after"} {
		t.Run(point, func(t *testing.T) {
			db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
			defer db.Close()
			armed := false
			f, err := Open(db, Options{Hook: func(at string) {
				if armed && at == point {
					panic(point)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Apply(ctx, &frontier.Batch{Links: benchItems(0, 2000, 3)}); err != nil {
				t.Fatal(err)
			}
			before, _ := f.Stats(ctx)
			armed = true
			func() {
				defer func() {
					if recover() != point {
						t.Error("the hook was not called")
					}
				}()
				f.Apply(ctx, &frontier.Batch{AdmitLogged: 1000})
			}()
			f = openFrontier(t, db)
			if after, err := f.Stats(ctx); err != nil || after != before {
				t.Fatal(after, before, err)
			}
			if err := f.Check(ctx); err != nil {
				t.Fatal(err)
			}
			res, err := f.Apply(ctx, &frontier.Batch{AdmitLogged: 1 << 20})
			if err != nil || res.Admitted != 2000 {
				t.Fatal(res, err)
			}
		})
	}
}

// TestReadOnly has the commands that only look work on a file that they cannot write.
func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "state.db")
	db := openUnsynced(t, path)
	furnish(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	f := openFrontier(t, db)
	if err := f.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if s, err := f.Stats(ctx); err != nil || s.Known != 10 || s.Improved != 1 || s.Delayed != 1 || s.Logged != 5 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := f.Apply(ctx, &frontier.Batch{}); err == nil {
		t.Fatal("a file opened to read only was written")
	}
}

// TestLongLinks logs links of every length, and one that is longer than a value of the log should be.
func TestLongLinks(t *testing.T) {
	ctx := context.Background()
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(t, db)
	links := benchItems(0, 2*logValueLinks, 3)
	for i, length := range []int{30_000, 30_000, 30_000, 2 * logValueBytes, 1} {
		links[7*i].URL += strings.Repeat("x", length)
	}
	if _, err := f.Apply(ctx, &frontier.Batch{Links: links}); err != nil {
		t.Fatal(err)
	}
	err := db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte(bucketLog)).ForEach(func(k, v []byte) error {
			list, err := decodeLog(nil, k, v)
			if len(list) > logValueLinks || len(list) > 1 && len(v) > logValueBytes {
				t.Errorf("%d links are one value of %d bytes", len(list), len(v))
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if res, err := f.Apply(ctx, &frontier.Batch{AdmitLogged: len(links)}); err != nil || res.Admitted != len(links) {
		t.Fatal(res, err)
	}
}

// TestLevels adds and finds keys through both levels of the seen set, in batches of very different sizes.
func TestLevels(t *testing.T) {
	ctx := context.Background()
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(t, db)
	n, used := 0, false
	for round, size := range []int{1, 1, 5, 5000, 1, 700, 20, 20, 20, 3000, 1, 1, 100, 100, 100, 100, 9000, 10, 10} {
		items := slices.Concat(benchItems(n, size, 3), benchItems(0, min(n, 500), 3))
		for i := range items {
			items[i].Depth = uint16(1000 - round) // what is known is found closer every time
		}
		res, err := f.Apply(ctx, &frontier.Batch{Admit: items})
		if err != nil || res.Admitted != size || res.Known != len(items)-size {
			t.Fatal(n, res, err)
		}
		n += size
		for i := range min(n-size, 500) {
			k, ok, err := f.Lookup(ctx, benchItem(i, 3).Key)
			if err != nil || !ok || k.ID != frontier.ID(i+1) || k.Depth != uint16(1000-round) {
				t.Fatal(round, i, k, ok, err)
			}
		}
		if err := f.Check(ctx); err != nil {
			t.Fatal(err)
		}
		err = db.View(func(tx *bolt.Tx) error {
			c, err := readCounters(tx)
			used = used || c.fresh > 0
			if c.fresh > c.known/2+1 {
				return fmt.Errorf("%d of %d entries are in the fresh level", c.fresh, c.known)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !used {
		t.Fatal("the fresh level was never used")
	}
	for i := range n {
		k, ok, err := f.Lookup(ctx, benchItem(i, 3).Key)
		if err != nil || !ok || k.ID != frontier.ID(i+1) {
			t.Fatal(i, k, ok, err)
		}
	}
}
