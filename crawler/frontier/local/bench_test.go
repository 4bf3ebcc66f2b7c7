package local

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

func openDB(tb testing.TB, path string) *bolt.DB {
	tb.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, Timeout: time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	return db
}

func openFrontier(tb testing.TB, db *bolt.DB) *Frontier {
	tb.Helper()
	f, err := Open(db, Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// benchItem is the n-th of a list of URLs of 60 bytes on the given number of hosts.
func benchItem(n, hosts int) frontier.Item {
	host := fmt.Sprintf("www%07d.example.org", n%hosts)
	url := fmt.Sprintf("https://%s/articles/%023d", host, n)
	sum := sha256.Sum256([]byte(url))
	return frontier.Item{Key: frontier.Key(sum[:16]), URL: url, Host: url[8 : 8+len(host)], Flags: frontier.Listed}
}

func benchItems(from, n, hosts int) []frontier.Item {
	items := make([]frontier.Item, n)
	for i := range items {
		items[i] = benchItem(from+i, hosts)
	}
	return items
}

// residentKB gives a field of /proc/self/status, in kB; 0 where there is none.
func residentKB(field string) (kb float64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, field+":") {
			fmt.Sscan(strings.TrimPrefix(line, field+":"), &kb)
		}
	}
	return kb
}

func heapBytes() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse)
}

// BenchmarkAdmit puts a million URLs into an empty store.
func BenchmarkAdmit(b *testing.B) {
	const total = 1_000_000
	for _, batch := range []int{10_000, 50_000} {
		for _, hosts := range []int{1, 1_000, total} {
			b.Run(fmt.Sprintf("batch=%d/hosts=%d", batch, hosts), func(b *testing.B) {
				var spent time.Duration
				var size, resume float64
				for b.Loop() {
					spent, size, resume = admitMillion(b, total, batch, hosts)
				}
				b.ReportMetric(total/spent.Seconds(), "URLs/s")
				b.ReportMetric(size/total, "B/URL")
				b.ReportMetric(resume*1e3, "resume-ms")
				b.ReportMetric(residentKB("RssAnon")/1024, "anon-MB")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func admitMillion(b *testing.B, total, batch, hosts int) (spent time.Duration, size, resume float64) {
	ctx := context.Background()
	path := filepath.Join(b.TempDir(), "state.db")
	db := openDB(b, path)
	f := openFrontier(b, db)
	for from := 0; from < total; from += batch {
		items := benchItems(from, batch, hosts)
		start := time.Now()
		if _, err := f.Apply(ctx, &frontier.Batch{Admit: items}); err != nil {
			b.Fatal(err)
		}
		spent += time.Since(start)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	db = openDB(b, path)
	defer db.Close()
	f = openFrontier(b, db)
	claimed, _, err := f.ClaimHosts(ctx, start, 0, 64)
	if err != nil || len(claimed) == 0 {
		b.Fatal(claimed, err)
	}
	if _, _, _, err := f.Take(ctx, claimed[0].ID, start, 64); err != nil {
		b.Fatal(err)
	}
	return spent, float64(info.Size()), time.Since(start).Seconds()
}

// BenchmarkOutcome settles items in batches of 500, each with its host's state and three links of which one is known.
func BenchmarkOutcome(b *testing.B) {
	const batch, hosts = 500, 100
	ctx := context.Background()
	db := openDB(b, filepath.Join(b.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(b, db)
	admitted := 0
	refill := func() {
		if _, err := f.Apply(ctx, &frontier.Batch{Admit: benchItems(admitted, 100_000, hosts)}); err != nil {
			b.Fatal(err)
		}
		admitted += 100_000
	}
	refill()
	claimed, _, err := f.ClaimHosts(ctx, time.Now(), 0, hosts)
	if err != nil {
		b.Fatal(err)
	}
	links := benchItems(1<<30, 3*batch, hosts)
	n, pages := 0, 0
	for b.Loop() {
		var out frontier.Batch
		for len(out.Outcomes) < batch {
			h := claimed[n%hosts]
			n++
			leases, _, _, err := f.Take(ctx, h.ID, time.Now(), 5)
			if err != nil {
				b.Fatal(err)
			}
			if len(leases) == 0 {
				b.StopTimer()
				refill()
				b.StartTimer()
			}
			for _, l := range leases {
				at := 3 * len(out.Outcomes)
				out.Outcomes = append(out.Outcomes, frontier.Outcome{ID: l.ID, Token: l.Token, Links: links[at : at+3]})
			}
			h.NextAt, h.State = time.Now(), make([]byte, 64)
			out.Hosts = append(out.Hosts, h)
		}
		res, err := f.Apply(ctx, &out)
		if err != nil || res.Stale > 0 {
			b.Fatal(res, err)
		}
		pages += len(out.Outcomes)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(pages), "us/page")
}

// BenchmarkAdmitLogged logs and admits links of which nine in ten are known.
func BenchmarkAdmitLogged(b *testing.B) {
	const batch, known = 20_000, 1_000_000
	ctx := context.Background()
	db := openDB(b, filepath.Join(b.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(b, db)
	for from := 0; from < known; from += 50_000 {
		if _, err := f.Apply(ctx, &frontier.Batch{Admit: benchItems(from, 50_000, 1000)}); err != nil {
			b.Fatal(err)
		}
	}
	at, links := known, 0
	for b.Loop() {
		b.StopTimer()
		items := append(benchItems(at/7%(known-batch), batch*9/10, 1000), benchItems(at, batch/10, 1000)...)
		at += batch / 10
		b.StartTimer()
		if _, err := f.Apply(ctx, &frontier.Batch{Links: items, AdmitLogged: batch}); err != nil {
			b.Fatal(err)
		}
		links += batch
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(links), "ns/link")
}

// BenchmarkTake takes and releases 64 items at a time of one host among a million items.
func BenchmarkTake(b *testing.B) {
	ctx := context.Background()
	db := openDB(b, filepath.Join(b.TempDir(), "state.db"))
	defer db.Close()
	db.NoSync = true
	f := openFrontier(b, db)
	for from := 0; from < 1_000_000; from += 50_000 {
		if _, err := f.Apply(ctx, &frontier.Batch{Admit: benchItems(from, 50_000, 1)}); err != nil {
			b.Fatal(err)
		}
	}
	claimed, _, err := f.ClaimHosts(ctx, time.Now(), 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	taken := 0
	for b.Loop() {
		leases, _, more, err := f.Take(ctx, claimed[0].ID, time.Now(), 64)
		if err != nil {
			b.Fatal(err)
		}
		if taken += len(leases); !more {
			b.StopTimer()
			var release frontier.Batch
			for id, l := range f.leases {
				release.Outcomes = append(release.Outcomes, frontier.Outcome{ID: id, Token: l.token, Kind: frontier.Release})
			}
			if _, err := f.Apply(ctx, &release); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(taken), "ns/item")
}

// BenchmarkClaimWaiting asks for hosts when a million have an item and none of them may be asked yet.
func BenchmarkClaimWaiting(b *testing.B) {
	const hosts, batch = 1_000_000, 50_000
	ctx := context.Background()
	db := openDB(b, filepath.Join(b.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(b, db)
	now := time.Now()
	for from := 0; from < hosts; from += batch {
		next := frontier.Batch{Admit: benchItems(from, batch, hosts)}
		for i := range batch {
			next.Hosts = append(next.Hosts, frontier.HostState{ID: frontier.HostID(from + i + 1), NextAt: now.Add(time.Hour + time.Duration(i)*time.Millisecond)})
		}
		if _, err := f.Apply(ctx, &next); err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	if found, _, err := f.ClaimHosts(ctx, now, 0, 64); err != nil || len(found) > 0 {
		b.Fatal(found, err)
	}
	first := time.Since(start)
	for b.Loop() {
		if _, err := f.Apply(ctx, &frontier.Batch{Hosts: []frontier.HostState{{ID: 1, NextAt: now.Add(time.Hour)}}}); err != nil {
			b.Fatal(err)
		}
		if found, _, err := f.ClaimHosts(ctx, now, 0, 64); err != nil || len(found) > 0 {
			b.Fatal(found, err)
		}
	}
	b.ReportMetric(float64(first.Milliseconds()), "first-ms")
}

// BenchmarkMemory prints the heap that a frontier needs with few and with many items in its queue.
func BenchmarkMemory(b *testing.B) {
	for _, queued := range []int{10_000, 1_000_000} {
		for _, hosts := range []int{100, queued} {
			b.Run(fmt.Sprintf("queued=%d/hosts=%d", queued, hosts), func(b *testing.B) {
				for b.Loop() {
					measureMemory(b, queued, hosts)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func measureMemory(b *testing.B, queued, hosts int) {
	const batch = 10_000
	ctx := context.Background()
	db := openDB(b, filepath.Join(b.TempDir(), "state.db"))
	defer db.Close()
	f := openFrontier(b, db)
	peak := 0.0
	for from := 0; from < queued; from += batch {
		if _, err := f.Apply(ctx, &frontier.Batch{Admit: benchItems(from, batch, hosts)}); err != nil {
			b.Fatal(err)
		}
		peak = max(peak, residentKB("RssAnon"))
	}
	claimed, _, err := f.ClaimHosts(ctx, time.Now(), 0, 64)
	if err != nil {
		b.Fatal(err)
	}
	for _, h := range claimed {
		if _, _, _, err := f.Take(ctx, h.ID, time.Now(), 8); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(heapBytes()/(1<<20), "heap-MB")
	b.ReportMetric(peak/1024, "peak-anon-MB")
	runtime.KeepAlive(f)
}
