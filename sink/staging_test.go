package sink

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// openFiles opens a new directory of files, and closes it with the test.
func openFiles(t testing.TB) (*Files, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pictures")
	f, err := OpenFiles(dir, "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, dir
}

func stage(t testing.TB, f *Files, at, body string) {
	t.Helper()
	if err := f.Stage(at, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
}

// publish expects these paths to be taken.
func publishFiles(t testing.TB, f *Files, want ...string) {
	t.Helper()
	taken, err := f.Publish()
	if err != nil || !slices.Equal(taken, want) {
		t.Fatalf("taken: %q, want %q, %v", taken, want, err)
	}
}

// tree reads all plain files below dir.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	got := make(map[string]string)
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		got[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantTree(t testing.TB, dir string, want map[string]string) {
	t.Helper()
	if got := tree(t, dir); !maps.Equal(got, want) {
		t.Errorf("there are %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

func TestPublish(t *testing.T) {
	f, dir := openFiles(t)
	want := make(map[string]string)
	for i := range 2 * syncWhole { // both ways to sync
		at := fmt.Sprintf("%d.jpg", i)
		if i%3 == 0 {
			at = fmt.Sprintf("a/b%d/%s", i%2, at)
		}
		want[at] = strings.Repeat(at, i*1000)
		stage(t, f, at, want[at])
		if i == 2 {
			for at := range tree(t, dir) {
				if !strings.HasPrefix(at, ".crawl-t-") {
					t.Errorf("%s is there before it is published", at)
				}
			}
			publishFiles(t, f)
		}
	}
	publishFiles(t, f)
	publishFiles(t, f) // nothing
	wantTree(t, dir, want)
	for at, body := range want {
		for size, has := range map[int]bool{len(body): true, len(body) + 1: false} {
			if got, err := f.Has(at, int64(size)); got != has || err != nil {
				t.Errorf("Has(%s, %d) = %v, %v", at, size, got, err)
			}
		}
	}
	if err := errors.Join(f.Remove("1.jpg"), f.Remove("1.jpg"), f.Remove("no/such")); err != nil {
		t.Error(err)
	}
	if has, err := f.Has("1.jpg", 1000*5); has || err != nil {
		t.Errorf("it was removed: %v, %v", has, err)
	}
}

// TestPublishFromStore: spools and bodies of the store are sources, in memory and above.
func TestPublishFromStore(t *testing.T) {
	f, dir := openFiles(t)
	s := newStore(t, Options{})
	want := make(map[string]string)
	for i, n := range []int{0, 1000, 3 << 20} {
		id := uint64(i + 1)
		body := sampleBody(id, n)
		sp := s.NewSpool(id, PartHead{})
		feed(t, sp, body)
		if err := f.Stage(fmt.Sprintf("%d", i), sp); err != nil {
			t.Fatal(err)
		}
		p := Put{Record: sampleRecord(id), Spool: sp}
		mustCommit(t, s, p)
		r, err := s.OpenBody(p.Record.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Stage(fmt.Sprintf("%d again", i), r), r.Close()); err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprintf("%d", i)], want[fmt.Sprintf("%d again", i)] = string(body), string(body)
	}
	publishFiles(t, f)
	wantTree(t, dir, want)
	checkClean(t, s)
}

// TestPublishTaken: nothing that stands there is overwritten or followed; the same bytes are the file itself.
func TestPublishTaken(t *testing.T) {
	f, dir := openFiles(t)
	outside := filepath.Join(filepath.Dir(dir), "outside")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "mine.jpg"), []byte("another's"), 0o666))
	must(os.WriteFile(filepath.Join(dir, "same.jpg"), []byte("new"), 0o666))
	must(os.Mkdir(filepath.Join(dir, "folder.jpg"), 0o777))
	must(os.Mkdir(outside, 0o777))
	if runtime.GOOS != "windows" {
		must(os.Symlink(filepath.Join(outside, "x.jpg"), filepath.Join(dir, "link.jpg")))
		must(os.Symlink("same.jpg", filepath.Join(dir, "inner.jpg")))
		must(os.Symlink(outside, filepath.Join(dir, "away")))
		must(os.Symlink(".", filepath.Join(dir, "here")))
	} else {
		for _, name := range []string{"link.jpg", "inner.jpg", "away", "here"} {
			must(os.WriteFile(filepath.Join(dir, name), nil, 0o666))
		}
	}
	before := tree(t, dir)
	names := []string{"mine.jpg", "same.jpg", "folder.jpg", "link.jpg", "inner.jpg", "free.jpg"}
	for _, at := range names {
		stage(t, f, at, "new")
	}
	publishFiles(t, f, "mine.jpg", "folder.jpg", "link.jpg", "inner.jpg")
	for _, at := range []string{"away/x.jpg", "here/x.jpg", "mine.jpg/x.jpg", "../x.jpg", "/x.jpg", "a/../x.jpg", ".", "", "a//b"} {
		if err := f.Stage(at, strings.NewReader("new")); !errors.Is(err, ErrExists) {
			t.Errorf("Stage(%q): %v", at, err)
		}
	}
	if err := f.Remove("folder.jpg"); !errors.Is(err, ErrExists) {
		t.Errorf("Remove of a folder: %v", err)
	}
	before["free.jpg"] = "new"
	wantTree(t, dir, before)
	wantTree(t, outside, nil)
}

// TestPublishByLink: where no call renames without replacing, a file has one name all the same.
func TestPublishByLink(t *testing.T) {
	f, dir := openFiles(t)
	stage(t, f, "a.jpg", "a")
	stage(t, f, "sub/b.jpg", "b")
	for _, s := range f.aside {
		if err := f.place(s.tmp, s.at); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"a.jpg": "a", "sub/b.jpg": "b"}
	wantTree(t, dir, want)
	f.aside = nil
	stage(t, f, "a.jpg", "another")
	if err := f.place(f.aside[0].tmp, "a.jpg"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken: %v", err)
	}
	want[f.aside[0].tmp] = "another" // the caller's to drop or to place elsewhere
	wantTree(t, dir, want)
}

// TestPublishFolderReplaced: a file, or a link, has taken the place of a folder. Nothing of the store's is there then, and
// what is there stays.
func TestPublishFolderReplaced(t *testing.T) {
	f, dir := openFiles(t)
	at := "host/deep/x.png"
	stage(t, f, at, "x")
	publishFiles(t, f)
	moved := filepath.Join(filepath.Dir(dir), "moved")
	host := filepath.Join(dir, "host")
	if err := os.Rename(host, moved); err != nil {
		t.Fatal(err)
	}
	check := func(what string) {
		t.Helper()
		g, err := OpenFiles(dir, "t") // the next run
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if has, err := g.Has(at, 1); has || err != nil {
			t.Errorf("%s: Has: %v, %v", what, has, err)
		}
		if err := g.Remove(at); err != nil {
			t.Errorf("%s: Remove: %v", what, err)
		}
		if err := g.Stage(at, strings.NewReader("x")); !errors.Is(err, ErrExists) {
			t.Errorf("%s: Stage: %v", what, err)
		}
		wantTree(t, moved, map[string]string{"deep/x.png": "x"})
	}
	if err := os.WriteFile(host, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	check("a file")
	wantTree(t, dir, map[string]string{"host": "mine"})
	if err := os.Remove(host); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" { // where making a link is a privilege
		if err := os.Symlink(moved, host); err != nil {
			t.Fatal(err)
		}
		check("a link")
	}
}

// TestPublishSweep: of what a crash has left, this store's temporary files go, and nothing else does.
func TestPublishSweep(t *testing.T) {
	f, dir := openFiles(t)
	for i := range 5 {
		stage(t, f, fmt.Sprint(i), "lost")
	}
	f.aside = nil // as if the process had ended
	want := make(map[string]string)
	for _, name := range []string{".crawl-u-1.part", ".crawl-t-x.part", ".crawl-t-1.jpg", "a.part", ".crawl-t-", "1.part"} {
		want[name] = name
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	g, err := OpenFiles(dir, "t")
	if err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, want)
	stage(t, g, "1", "never published")
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	wantTree(t, dir, want)
}

// TestPublishFails: what was staged for a failed write leaves nothing behind.
func TestPublishFails(t *testing.T) {
	f, dir := openFiles(t)
	for err, want := range map[error]error{syscall.ENOSPC: ErrNoSpace, syscall.EIO: ErrIO, syscall.EROFS: ErrReadOnly, ErrDamaged: ErrDamaged} {
		if got := f.Stage("a.jpg", failingBody{err}); !errors.Is(got, want) {
			t.Errorf("%v became %v", err, got)
		}
	}
	publishFiles(t, f)
	wantTree(t, dir, nil)
}

// failingBody writes some bytes, then fails.
type failingBody struct{ err error }

func (b failingBody) WriteTo(w io.Writer) (int64, error) {
	n, _ := w.Write([]byte("some"))
	return int64(n), b.err
}

// BenchmarkPublish writes files of 46 kB, durably, 256 at a time.
func BenchmarkPublish(b *testing.B) {
	f, _ := openFiles(b)
	body := sampleBody(1, 46_000)
	n := 0
	start := cpuSeconds()
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Stage(fmt.Sprintf("picture-%d.jpg", n), bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
		if n++; n%256 == 0 {
			if _, err := f.Publish(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := f.Publish(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((cpuSeconds()-start)*1e6/float64(n), "cpu-us/file")
}

// Only a plain file with the bytes that are named is removed, and nothing beyond a link.
func TestRemoveSame(t *testing.T) {
	f, dir := openFiles(t)
	for _, at := range []string{"a/x.png", "b.png", "other.png", "longer.png"} {
		stage(t, f, at, "12345")
	}
	publishFiles(t, f)
	outside := filepath.Join(t.TempDir(), "x.png")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "12345")
	write(filepath.Join(dir, "other.png"), "54321")
	write(filepath.Join(dir, "longer.png"), "123456")
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	links := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "out")) == nil && os.Symlink(outside, filepath.Join(dir, "link.png")) == nil
	sum := Digest(sha256.Sum256([]byte("12345")))
	for _, test := range []struct {
		at   string
		gone bool
	}{
		{"a/x.png", true},
		{"a/x.png", true},
		{"b.png", true},
		{"b.png/below", true},
		{"other.png", false},
		{"other.png/below", true},
		{"longer.png", false},
		{"folder", false},
		{"none/x.png", true},
		{"out/x.png", true},
		{"link.png", !links},
	} {
		if gone, err := f.RemoveSame(test.at, 5, sum); err != nil || gone != test.gone {
			t.Errorf("%s: %v, %v", test.at, gone, err)
		}
	}
	if err := f.SyncFolders([]string{"a/x.png", "b.png", "none/x.png", "a/y.png"}); err != nil {
		t.Error(err)
	}
	if got := tree(t, dir); !maps.Equal(got, map[string]string{"other.png": "54321", "longer.png": "123456"}) {
		t.Errorf("left %q", got)
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "12345" {
		t.Errorf("beyond a link: %q, %v", data, err)
	}
}
