package sink

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"runtime"
	"testing"
)

// BenchmarkStoreCommit commits batches of 500 pages: a new body of 10 kB, its digest and a record of 45 links each.
func BenchmarkStoreCommit(b *testing.B) {
	const pages, size = 500, 10_000
	s := newStore(b, Options{})
	defer s.Close()
	puts := make([]Put, pages)
	for i := range puts {
		puts[i] = samplePut(uint64(i+1), sampleBody(uint64(i), size))
	}
	id := uint64(0)
	var cpu float64
	var heap runtime.MemStats
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for i := range puts {
			id++
			puts[i].Record.ID = id
			binary.LittleEndian.PutUint64(puts[i].Body, id)
			puts[i].Record.SHA256 = sha256.Sum256(puts[i].Body)
		}
		start := cpuSeconds()
		b.StartTimer()
		if err := s.Commit(puts, nil); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cpu += cpuSeconds() - start
		n++
		b.StartTimer()
	}
	runtime.ReadMemStats(&heap)
	b.ReportMetric(cpu*1e6/float64(n*pages), "cpu-us/page")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*pages), "us/page")
	b.ReportMetric(float64(heap.Sys)/(1<<20), "MiB-go")
	b.ReportMetric(float64(peakRSS())/(1<<20), "MiB-peak-rss")
	b.ReportMetric(float64(storeBytes(b, s.Dir()))/float64(n*pages), "disk-B/page")
}

// storeBytes adds up the files of a store.
func storeBytes(b testing.TB, dir string) (n int64) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		st, err := e.Info()
		if err != nil {
			b.Fatal(err)
		}
		n += st.Size()
	}
	return n
}

// BenchmarkAppendRecord encodes a record of 45 links into memory that is used again.
func BenchmarkAppendRecord(b *testing.B) {
	r := sampleRecord(12345)
	var buf []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		if buf, err = AppendRecord(buf[:0], r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(buf)), "B/record")
}

// BenchmarkDecodeRecord decodes a record of 45 links.
func BenchmarkDecodeRecord(b *testing.B) {
	buf, err := AppendRecord(nil, sampleRecord(12345))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeRecord(buf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLinks adds 45 links.
func BenchmarkLinks(b *testing.B) {
	var urls [][]byte
	r := sampleRecord(12345)
	for l := range r.Links.All() {
		urls = append(urls, append([]byte(nil), l.URL...))
	}
	var links Links
	b.ReportAllocs()
	for b.Loop() {
		links.Reset()
		for _, u := range urls {
			links.Add('a', false, u)
		}
	}
}

// BenchmarkRows exports pages of 45 links as JSONL and as CSV.
func BenchmarkRows(b *testing.B) {
	const pages = 2000
	s := newStore(b, Options{})
	defer s.Close()
	puts := make([]Put, pages)
	for i := range puts {
		puts[i] = samplePut(uint64(i+1), nil)
	}
	mustCommit(b, s, puts...)
	for name, f := range map[string]Format{"JSONL": JSONL, "CSV": CSV} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := WriteRows(b.Context(), Source{Store: s}, io.Discard, f); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*pages), "us/row")
		})
	}
}

// BenchmarkSpool takes bodies in, in pieces of 32 kB, and commits them with their records: 100 of 40 kB, or one of 50 MB.
func BenchmarkSpool(b *testing.B) {
	for _, bench := range []struct {
		name        string
		size, batch int
	}{{"40kB", 40_000, 100}, {"50MB", 50_000_000, 1}} {
		b.Run(bench.name, func(b *testing.B) {
			s := newStore(b, Options{})
			defer s.Close()
			body := sampleBody(1, bench.size)
			puts := make([]Put, bench.batch)
			for i := range puts {
				puts[i] = samplePut(0, nil)
			}
			id := uint64(0)
			n, start := 0, cpuSeconds()
			b.ReportAllocs()
			for b.Loop() {
				for i := range puts {
					id++
					binary.LittleEndian.PutUint64(body, id)
					puts[i].Record.ID = id
					puts[i].Spool = s.NewSpool(id, PartHead{Total: int64(bench.size)})
					for p := body; len(p) > 0; {
						k, err := puts[i].Spool.Write(p[:min(len(p), 32<<10)])
						if err != nil {
							b.Fatal(err)
						}
						p = p[k:]
					}
				}
				mustCommit(b, s, puts...)
				n += bench.batch
			}
			b.ReportMetric((cpuSeconds()-start)*1e6/float64(n), "cpu-us/body")
			b.ReportMetric(float64(n*bench.size)/1e6/b.Elapsed().Seconds(), "MB/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkReadBody streams a body of 40 kB out of the store.
func BenchmarkReadBody(b *testing.B) {
	s := newStore(b, Options{})
	defer s.Close()
	p := samplePut(1, sampleBody(1, 40_000))
	mustCommit(b, s, p)
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.OpenBody(p.Record.Body)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := r.WriteTo(io.Discard); n != 40_000 || err != nil {
			b.Fatal(n, err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
