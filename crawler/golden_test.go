package crawler

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crawl/parse"
	"crawl/sink"
)

var updateStore = flag.Bool("update-store", false, "write testdata/store.tar.gz and .jsonl anew, after a change of the format")

// golden is a store of this format, as it was written when the format was made, and what it says.
const golden = "testdata/store"

// A golden store is whole, says what it said, and can be gone on with. What fails here makes the stores of users unreadable: it needs
// another number of the format, so that they are refused in words, and then a golden store of its own.
func TestGoldenStore(t *testing.T) {
	if *updateStore {
		makeGolden(t)
	}
	inWorld(t, func(t *testing.T, w *world) {
		goldenSite(w)
		unpack(t, golden+".tar.gz", w.dir)
		if report, err := sink.Check(w.dir, nil); err != nil || len(report.Problems) > 0 || report.Bodies < 5 {
			t.Fatalf("%+v, %v", report, err)
		}
		store := w.open()
		defer store.Close()
		if err := store.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(golden + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		if got := goldenText(t, store); got != string(want) {
			t.Errorf("the store says\n%s\nand said\n%s", got, want)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		w.crawl(goldenOptions(2), goldenSeeds()...).finished()
		for url, times := range map[string]int{
			"http://a.test/": 0, "http://a.test/large": 0, "http://a.test/one": 0, "http://none.test/": 0, "http://a.test/out": 0,
			"http://b.test/deep": 0, "http://b.test/deeper": 1, "http://slow.test/x": 1, "http://slow.test/later": 1, "http://slow.test/moved": 1,
		} {
			if n := w.asked(url); n != times {
				t.Errorf("%s was asked for %d times, not %d", url, n, times)
			}
		}
	})
}

// goldenSite has something of all that a store holds.
func goldenSite(w *world) {
	w.on("http://a.test/robots.txt", text("User-agent: *\nDisallow: /private/\n"))
	w.page("http://a.test/", "/one", "/two?x=1", "/large", "/moved", "/gone", "/private/x", "/out", "http://b.test/")
	w.on("http://a.test/one", text("<title>One</title><h1>First</h1><h1>\u7b2c\u4e8c</h1>"))
	w.on("http://a.test/two?x=1", text("<title>One</title><h1>First</h1><h1>\u7b2c\u4e8c</h1>")) // the same bytes
	w.on("http://a.test/large", text("<title>Large</title><!--"+strings.Repeat(" a line of a body of several chunks\n", 20_000)+"-->"))
	w.on("http://a.test/moved", redirect("/one"))
	w.on("http://a.test/moved/far", redirect("http://slow.test/moved"))
	w.page("http://b.test/", "/deep")
	w.page("http://b.test/deep", "/deeper")
	w.on("http://b.test/deeper", text("deeper"))
	for _, path := range []string{"x", "later", "moved"} {
		w.on("http://slow.test/"+path, text(path))
	}
	w.noName["none.test"] = true
}

func goldenSeeds() []string {
	return []string{
		"http://a.test/", "http://none.test/", "http://slow.test/x", "http://b.test/", "http://a.test/moved/far", "http://slow.test/later",
	}
}

// goldenOptions are those of the run that made the store and of the one that goes on, which follows links further.
func goldenOptions(depth int) Options {
	return Options{
		Depth: depth, Extractor: parse.NewInProcess(),
		Rules: parse.Rules{Select: []parse.Rule{{Name: "h", CSS: "h1"}}, Text: true},
		Scope: Scope{Exclude: expressions("/out$")},
	}
}

// makeGolden writes the golden files: those of a run that ended while three URLs waited for a server to recover.
func makeGolden(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		goldenSite(w)
		for _, path := range []string{"x", "later", "moved"} {
			w.on("http://slow.test/"+path, status(http.StatusServiceUnavailable, "Retry-After", "3600"))
		}
		o := goldenOptions(1)
		o.MaxTime = time.Minute
		w.crawl(o, goldenSeeds()...)
		pack(t, w.dir, golden+".tar.gz")
	})
	inWorld(t, func(t *testing.T, w *world) {
		unpack(t, golden+".tar.gz", w.dir)
		store := w.open()
		defer store.Close()
		if err := os.WriteFile(golden+".jsonl", []byte(goldenText(t, store)), 0o666); err != nil {
			t.Fatal(err)
		}
	})
}

// goldenText is what a store says: its rows, its counts, and what is known of what waits.
func goldenText(t *testing.T, s *Store) string {
	var out bytes.Buffer
	_, err := sink.WriteRows(t.Context(), sink.Source{Store: s.Store, ByURL: s.ByURL}, &out, sink.JSONL)
	if err != nil {
		t.Fatal(err)
	}
	totals, err := s.Totals()
	if err != nil {
		t.Fatal(err)
	}
	counts, err := s.Counts(totals)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "%+v\n", counts)
	for _, url := range []string{"http://slow.test/x", "http://slow.test/moved", "http://b.test/deeper", "http://a.test/out", "http://a.test/private/x"} {
		w, err := s.Why(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		w.DueAt, w.HostNextAt = w.DueAt.UTC(), w.HostNextAt.UTC()
		for i := range w.Attempts {
			w.Attempts[i].At = w.Attempts[i].At.UTC()
		}
		fmt.Fprintf(&out, "%s %+v\n", url, *w)
	}
	return out.String()
}

// pack writes the files of a folder into an archive.
func pack(t *testing.T, dir, path string) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	if err := errors.Join(w.AddFS(os.DirFS(dir)), w.Close(), z.Close(), os.WriteFile(path, out.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// unpack makes a folder with the files of an archive.
func unpack(t *testing.T, path, dir string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.FileInfo().IsDir() {
			err = os.MkdirAll(to, 0o777)
		} else if err = os.MkdirAll(filepath.Dir(to), 0o777); err == nil {
			data, err = io.ReadAll(r)
			err = errors.Join(err, os.WriteFile(to, data, 0o666))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
