package crawler

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crawl/sink"
)

// fileServer serves pictures of 5 kB to 16 MB (50 MB in a thorough test), the large ones slowly enough to be killed within,
// with ranges.
type fileServer struct {
	*httptest.Server
	bodies  [][]byte
	asked   atomic.Int64
	resumed atomic.Int64 // requests for the rest of a file
}

func newFileServer(t testing.TB) *fileServer {
	rng := rand.New(rand.NewPCG(4, 4))
	f := &fileServer{}
	for i := range 120 {
		size := 5_000 + rng.IntN(200_000)
		switch {
		case i == 60:
			size = 16 << 20
			if *crashKills >= thorough {
				size = 50 << 20
			}
		case i%20 == 3:
			size = 2<<20 + rng.IntN(3<<20)
		}
		body := make([]byte, size)
		for at := copy(body, pngOf(uint64(i), 20, 20, 0)); at < size; at += 8 {
			v := rng.Uint64()
			for k := range min(8, size-at) {
				body[at+k] = byte(v >> (8 * k))
			}
		}
		f.bodies = append(f.bodies, body)
	}
	f.bodies[70] = f.bodies[3] // the same bytes twice
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i int
	if _, err := fmt.Sscanf(strings.TrimPrefix(r.URL.Path, "/d/"), "%d", &i); err != nil || i >= len(f.bodies) {
		http.NotFound(w, r)
		return
	}
	f.asked.Add(1)
	if r.Header.Get("Range") != "" {
		f.resumed.Add(1)
	}
	w.Header().Set("Etag", fmt.Sprintf(`"v%d"`, i))
	w.Header().Set("Content-Type", "image/png")
	http.ServeContent(w, r, "", time.Time{}, &slowReader{bytes.NewReader(f.bodies[i]), len(f.bodies[i]) > 1<<20})
}

// slowReader gives some 30 MB in a second.
type slowReader struct {
	*bytes.Reader
	slow bool
}

func (s *slowReader) Read(p []byte) (int, error) {
	if s.slow {
		time.Sleep(time.Millisecond)
	}
	return s.Reader.Read(p)
}

func (f *fileServer) urls() (list []string) {
	for i := range f.bodies {
		list = append(list, fmt.Sprintf("%s/d/%d.png", f.URL, i))
	}
	return list
}

// judgeFiles expects that every file in the directory is one of a row, with its bytes, though rows may still lack theirs.
func (f *fileServer) judgeFiles(t *testing.T, j crashJob) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(j.Dir, "state.db")); err != nil {
		return // it was killed before there was a store
	}
	files := dirFiles(t, j.Files)
	s, err := OpenStore(j.Dir, sink.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Each(0, func(r *sink.Record) error {
		if sum, ok := files[r.File]; ok && sum != r.SHA256 {
			t.Errorf("after a kill %s has other bytes than its row", r.File)
		}
		delete(files, r.File)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		if !strings.HasPrefix(name, ".crawl-") {
			t.Errorf("after a kill %s has no row", name)
		}
	}
}

// TestImagesCrash kills image batches at random moments. Then everything must be there, once, and go on from where it was.
func TestImagesCrash(t *testing.T) {
	f := newFileServer(t)
	job := crashJob{List: f.urls(), Concurrency: 8}
	warm := job
	warm.Dir, warm.Files = filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "files")
	start := time.Now()
	warm.toTheEnd(t)
	took := time.Since(start)
	judgeDir(t, warm.Dir, warm.Files)
	f.resumed.Store(0)
	kills := max(2, *crashKills/4)
	killed := 0
	for k := range kills {
		seed := *crashSeed + uint64(k)
		rng := rand.New(rand.NewPCG(seed, 9))
		j := job
		j.Dir, j.Files = filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "files")
		for range 3 {
			if j.untilKilled(t, nil, rand64(rng, took*2/3)) {
				killed++
			}
			f.judgeFiles(t, j)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		j.toTheEnd(t)
		names := judgeDir(t, j.Dir, j.Files)
		for i, url := range f.urls() {
			data, err := os.ReadFile(filepath.Join(j.Files, filepath.FromSlash(names[url])))
			if err != nil || sha256.Sum256(data) != sha256.Sum256(f.bodies[i]) {
				t.Errorf("%s: its file is not what the server has (%v)", url, err)
			}
		}
		if left, _ := os.ReadDir(filepath.Join(j.Dir, "parts")); len(left) > 0 {
			t.Errorf("%d parts are left", len(left))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d kills of batches that take %v; %d requests for the rest of a file", killed, took.Round(time.Millisecond), f.resumed.Load())
}

// TestRejudgeCrash kills runs with other filters and digests at every step of their commits, and at random moments. The last
// one, with those of the first, must find everything as it was, without a request.
func TestRejudgeCrash(t *testing.T) {
	f := newFileServer(t)
	base := crashJob{List: f.urls()[:50], Concurrency: 8, Tries: 1}
	base.Dir, base.Files = filepath.Join(t.TempDir(), "store"), filepath.Join(t.TempDir(), "files")
	start := time.Now()
	base.toTheEnd(t)
	took := time.Since(start)
	before, asked := judgeDir(t, base.Dir, base.Files), f.asked.Load()
	strict, other := base, base
	strict.MinBytes = 100_000
	other.SHA256 = strings.Repeat("ab", 32)
	killed := 0
	judge := func(what string) {
		t.Helper()
		if names := judgeDir(t, base.Dir, base.Files); !maps.Equal(names, before) || f.asked.Load() != asked {
			t.Fatalf("%s: %d requests; files %q, were %q", what, f.asked.Load()-asked, names, before)
		}
	}
	for _, job := range []crashJob{strict, other} {
		for _, point := range []string{"update:before", "update:after", "state:before", "state:after"} {
			for nth := range 3 {
				job.Point, job.Nth = point, nth
				if job.untilItDies(t) {
					killed++
				}
				if back := base; nth == 1 { // and on the way back too
					back.Point, back.Nth = point, nth
					back.untilItDies(t)
				}
				base.toTheEnd(t)
				judge(point)
			}
		}
	}
	for k := range max(4, *crashKills/2) {
		rng := rand.New(rand.NewPCG(*crashSeed+uint64(k), 11))
		for range 2 {
			if []crashJob{strict, other}[rng.IntN(2)].untilKilled(t, nil, rand64(rng, took/2)) {
				killed++
			}
		}
		base.toTheEnd(t)
		judge(fmt.Sprint("seed ", *crashSeed+uint64(k)))
	}
	strict.toTheEnd(t)
	if names := judgeDir(t, base.Dir, base.Files); len(names) == 0 || len(names) == len(before) {
		t.Errorf("%d of %d files are left", len(names), len(before))
	}
	t.Logf("%d kills", killed)
}
