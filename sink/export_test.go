package sink

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// site is a few records that redirect to each other, by URL.
type site map[string]*Record

func (m site) byURL(url string) (*Record, bool, error) {
	r, ok := m[url]
	return r, ok, nil
}

// newSite makes records from "url -> location" pairs; the last of a chain has none.
func newSite(chain ...string) site {
	m := site{}
	for i := range chain {
		r := &Record{ID: uint64(i + 1), URL: chain[i], Status: 200, Title: "title of " + chain[i]}
		if i+1 < len(chain) {
			r.Status, r.Location, r.Title = 301, chain[i+1], ""
		}
		if m[r.URL] == nil {
			m[r.URL] = r
		}
	}
	return m
}

func TestResolve(t *testing.T) {
	long := make([]string, maxRedirects+2)
	for i := range long {
		long[i] = fmt.Sprintf("http://h/%d", i)
	}
	pending := newSite("http://h/a", "http://h/b")
	delete(pending, "http://h/b")
	failed := newSite("http://h/a", "http://h/b")
	failed["http://h/b"].ErrClass, failed["http://h/b"].Status = "dns", 0
	for _, c := range []struct {
		name      string
		site      site
		start     string
		final     string
		redirects []string
		class     string
		status    int
	}{
		{"none", newSite("http://h/a"), "http://h/a", "http://h/a", nil, "", 200},
		{"two", newSite("http://h/a", "http://h/b", "http://h/c"), "http://h/a", "http://h/c", []string{"http://h/b", "http://h/c"}, "", 200},
		{"pending", pending, "http://h/a", "http://h/b", []string{"http://h/b"}, "", 301},
		{"failed", failed, "http://h/a", "http://h/b", []string{"http://h/b"}, "dns", 0},
		{"itself", newSite("http://h/a", "http://h/a"), "http://h/a", "http://h/a", []string{"http://h/a"}, "redirect_loop", 301},
		{"loop", newSite("http://h/a", "http://h/b", "http://h/a"), "http://h/a", "http://h/a", []string{"http://h/b", "http://h/a"}, "redirect_loop", 301},
		{"ten", newSite(long[:maxRedirects+1]...), long[0], long[maxRedirects], long[1 : maxRedirects+1], "", 200},
		{"eleven", newSite(long...), long[0], long[maxRedirects+1], long[1:], "redirect_loop", 301},
	} {
		t.Run(c.name, func(t *testing.T) {
			row, err := Resolve(c.site[c.start], c.site.byURL)
			if err != nil {
				t.Fatal(err)
			}
			if row.FinalURL != c.final || !slices.Equal(row.Redirects, c.redirects) || row.ErrClass != c.class || row.Last.Status != c.status {
				t.Errorf("got %q %v %q %d", row.FinalURL, row.Redirects, row.ErrClass, row.Last.Status)
			}
		})
	}
	stop := errors.New("stop")
	if _, err := Resolve(&Record{Location: "x"}, func(string) (*Record, bool, error) { return nil, false, stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the lookup: %v", err)
	}
}

// exportStore has a page, a picture that it shows, a redirect to a target that is only that, a failure, and a redirect to a
// target that is not there yet, which has no row.
func exportStore(t *testing.T) Source {
	s := newStore(t, Options{})
	page := samplePut(1, []byte("<html>page"))
	page.Record.From, page.Record.Flags, page.Record.URL = 0, Listed, "http://h/"
	page.Record.Links = Links{}
	page.Record.Links.Add('a', false, []byte("http://h/next?a=1&b=<2>"))
	page.Record.Links.Add('i', false, []byte("http://h/p.png"))
	page.Record.Fields = []Field{{"price", []string{"1", "2"}}, {"none", nil}}
	picture := samplePut(2, sampleBody(1, 2*ChunkSize))
	picture.Record.URL, picture.Record.From, picture.Record.MediaType = "http://h/con.png", 1, "image/png"
	moved := samplePut(3, nil)
	moved.Record.URL, moved.Record.From, moved.Record.Status, moved.Record.Location = "http://h/moved", 1, 302, "http://h/target"
	target := samplePut(4, page.Body)
	target.Record.URL, target.Record.From, target.Record.Flags, target.Record.Title = "http://h/target", 3, Hop, "=cmd|' /C calc'!A0\x00\x1b[31m\xff"
	failed := Put{Record: &Record{ID: 5, URL: "http://h/con.png", ErrClass: "timeout", ErrMessage: "-1", From: 1}}
	waits := Put{Record: &Record{ID: 6, URL: "http://h/waits", Status: 302, Location: "http://h/later", From: 1}}
	mustCommit(t, s, page, picture, moved, target, failed, waits)
	m := site{"http://h/target": target.Record}
	t.Cleanup(func() { checkClean(t, s) })
	return Source{Store: s, ByURL: m.byURL}
}

func TestJSONL(t *testing.T) {
	src := exportStore(t)
	var out bytes.Buffer
	n, err := WriteRows(t.Context(), src, &out, JSONL)
	if err != nil || n != 4 {
		t.Fatalf("%d rows, %v", n, err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	want := []string{
		"url", "final_url", "redirects", "status", "depth", "from", "content_type", "charset", "bytes", "sha256", "title", "description",
		"canonical", "lang", "links", "images", "fields", "text", "file", "error", "attempts", "fetched_at", "timing_ms",
	}
	for _, line := range lines {
		if d := cmp.Diff(want, topKeys(t, line)); d != "" {
			t.Errorf("keys (-want +got):\n%s", d)
		}
	}
	var rows []jsonRow
	for _, l := range lines {
		var r jsonRow
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if d := cmp.Diff([]string{"http://h/next?a=1&b=<2>"}, rows[0].Links); d != "" || !strings.Contains(lines[0], "a=1&b=<2>") {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]string{"price": {"1", "2"}, "none": {}}, rows[0].Fields); d != "" {
		t.Error(d)
	}
	if rows[0].FetchedAt != "2024-05-06T07:08:09.123456789Z" || rows[0].TimingMS.DNS != 1.234 || rows[0].From != "" || rows[1].From != "http://h/" {
		t.Errorf("%+v", rows[0])
	}
	if r := rows[2]; r.URL != "http://h/moved" || r.FinalURL != "http://h/target" || r.Status != 200 || r.SHA256 != rows[0].SHA256 || r.Bytes != 10 {
		t.Errorf("redirect: %+v", r)
	}
	if r := rows[3]; r.Error == nil || r.Error.Class != "timeout" || rows[0].Error != nil || !strings.Contains(lines[0], `"error":null`) || !strings.Contains(lines[3], `"links":[]`) {
		t.Errorf("failure: %+v", r)
	}
	row, _ := Resolve(&Record{URL: "u"}, nil)
	if b, err := json.Marshal(&row); err != nil || !strings.HasPrefix(string(b), `{"url":"u",`) {
		t.Errorf("Marshal = %s, %v", b, err)
	}
}

// topKeys gives the keys of a JSON object in order.
func topKeys(t *testing.T, line string) (keys []string) {
	d := json.NewDecoder(strings.NewReader(line))
	_, _ = d.Token()
	for d.More() {
		k, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k.(string))
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestCSVFields(t *testing.T) {
	s := newStore(t, Options{})
	defer s.Close()
	page := &Record{ID: 1, URL: "http://a/", Status: 200, Fields: []Field{{"price", []string{"=1", "2"}}, {"title", []string{"T"}}}}
	mustCommit(t, s, Put{Record: page}, Put{Record: &Record{ID: 2, URL: "http://b/"}})
	var out bytes.Buffer
	if _, err := WriteRows(t.Context(), Source{Store: s, Fields: []string{"title", "price", "none"}}, &out, CSV); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range [][]string{{"fields.title", "price", "none"}, {"T", "'=1 | 2", ""}, {"", "", ""}} {
		if got := rows[i][len(csvColumns):]; !slices.Equal(got, want) {
			t.Errorf("row %d ends in %q, want %q", i, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	src := exportStore(t)
	var out bytes.Buffer
	if _, err := WriteRows(t.Context(), src, &out, CSV); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if !slices.Equal(rows[0], csvColumns[:]) {
		t.Errorf("header %v", rows[0])
	}
	title := slices.Index(rows[0], "title")
	if got := rows[3][title]; got != "'=cmd|' /C calc'!A0\uFFFD\x1b[31m\uFFFD" {
		t.Errorf("title %q", got)
	}
	if got := rows[4][slices.Index(rows[0], "error_message")]; got != "'-1" {
		t.Errorf("message %q", got)
	}
	empty := newStore(t, Options{})
	out.Reset()
	if _, err := WriteRows(t.Context(), Source{Store: empty}, &out, CSV); err != nil || out.String() != strings.Join(csvColumns[:], ",")+"\n" {
		t.Errorf("an empty store gave %q, %v", out.String(), err)
	}
	checkClean(t, empty)
}

func TestExportFile(t *testing.T) {
	src := exportStore(t)
	dir := t.TempDir()
	dest := filepath.Join(dir, "out.jsonl")
	for range 2 { // an earlier one is replaced
		if n, err := Export(t.Context(), src, dest, JSONL); err != nil || n != 4 {
			t.Fatalf("%d, %v", n, err)
		}
	}
	before, _ := os.ReadFile(dest)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Export(ctx, src, dest, CSV); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if after, _ := os.ReadFile(dest); !bytes.Equal(before, after) {
		t.Error("a failed export changed the file")
	}
	if _, err := Export(t.Context(), src, filepath.Join(dir, "none", "x.csv"), CSV); !errors.Is(err, ErrNotFound) {
		t.Errorf("no directory: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := WriteRows(t.Context(), src, io.Discard, DIR); err == nil {
		t.Error("a directory was written to a stream")
	}
}

func TestExportDir(t *testing.T) {
	src := exportStore(t)
	dest := filepath.Join(t.TempDir(), "out")
	n, err := Export(t.Context(), src, dest, DIR)
	if err != nil || n != 4 {
		t.Fatalf("%d, %v", n, err)
	}
	var got []string
	_ = filepath.WalkDir(dest, func(p string, d fs.DirEntry, _ error) error {
		if !d.IsDir() {
			rel, _ := filepath.Rel(dest, p)
			got = append(got, filepath.ToSlash(rel))
		}
		return nil
	})
	if d := cmp.Diff([]string{"h/_con.png", "h/index.html", "h/moved.html", "index.jsonl"}, got); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
	b, err := os.ReadFile(filepath.Join(dest, "h", "_con.png"))
	if err != nil || !bytes.Equal(b, sampleBody(1, 2*ChunkSize)) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	index, _ := os.ReadFile(filepath.Join(dest, indexFile))
	if !bytes.Contains(index, []byte(`"file":"h/_con.png"`)) {
		t.Errorf("index %s", index)
	}
	if _, err := Export(t.Context(), src, dest, DIR); !errors.Is(err, ErrExists) {
		t.Errorf("over another: %v", err)
	}
}

func TestFilesPut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "p")
	f, err := OpenFiles(dir, "t")
	if err != nil {
		t.Fatal(err)
	}
	put := func(folder, name string, id uint64, body string) string {
		t.Helper()
		at, err := f.Put(folder, name, id, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(at))); err != nil || string(b) != body {
			t.Fatalf("%s holds %q, %v", at, b, err)
		}
		return at
	}
	for _, c := range []struct{ folder, name, body, want string }{
		{"h", "a.png", "one", "h/a.png"},
		{"h", "a.png", "one", "h/a.png"}, // the same bytes: as after a crash
		{"h", "a.png", "two", "h/a-3.png"},
		{"..", "../../etc/passwd", "x", "_/_._etc_passwd"},
		{"/", "", "y", "_/_"},
	} {
		if c.folder == ".." {
			c.want = SafeName("..") + "/" + SafeName(c.name)
		}
		if at := put(c.folder, c.name, 3, c.body); at != c.want {
			t.Errorf("Put(%q, %q) = %q, want %q", c.folder, c.name, at, c.want)
		}
	}
	put("h", "b-4.png", 1, "first")
	put("h", "b.png", 2, "second")
	if at := put("h", "b.png", 4, "third"); at != "h/b-4-2.png" {
		t.Errorf("a number that is taken: %s", at)
	}
	failing := io.MultiReader(strings.NewReader("half"), failingReader{})
	if _, err := f.Put("h", "half.png", 9, failing); err == nil {
		t.Error("a body that failed was kept")
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "h", "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, "h", ".*"))
	if len(left) != 5 || len(hidden) != 0 {
		t.Errorf("left %v %v", left, hidden)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, damaged("no more") }

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"": "_", ".": "_", "..": "_", "...": "_", "a": "a", "a/b": "a_b", "a\\b": "a_b", "CON": "_CON", "con.txt": "_con.txt", "com1": "_com1",
		"com": "com", "comX": "comX", "nul.": "_nul", "-rf": "_-rf", ".bashrc": "_.bashrc", "a. ": "a._", "é.png": "_.png", "a\x00b": "a_b", "lpt9.a.b": "_lpt9.a.b",
	} {
		if got := SafeName(in); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", in, got, want)
		}
	}
	for _, c := range [][3]string{
		{"http://h/", "text/html", "index.html"},
		{"http://h/a/b.JPG?x=1", "image/jpeg", "b_x_1.JPG"},
		{"http://h/pic", "image/png", "pic.png"},
		{"http://h/a%2f..%2fb.gif", "", "b.gif"},
		{"http://h/aux", "", "_aux"},
		{"::", "image/png", "_.png"},
		{"http://h/" + strings.Repeat("x", 300) + ".png", "", strings.Repeat("x", maxFileName-4) + ".png"},
	} {
		if got := FileNameOf(c[0], c[1]); got != c[2] {
			t.Errorf("FileNameOf(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
	if got := dirNameOf("http://INDEX.jsonl:80/"); got != "INDEX.jsonl_80" {
		t.Errorf("dirNameOf = %q", got)
	}
	if got := dirNameOf("http://INDEX.jsonl/"); got != "_INDEX.jsonl" {
		t.Errorf("dirNameOf = %q", got)
	}
}

// safe says what every file name must be.
func safe(t interface{ Fatalf(string, ...any) }, name string) {
	bad := strings.ContainsFunc(name, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r)
	})
	if bad || name == "" || len(name) > maxFileName || strings.ContainsRune(".-", rune(name[0])) || strings.HasSuffix(name, ".") || reserved(name) {
		t.Fatalf("%q is not safe", name)
	}
}

func TestNamesAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		safe(t, numbered(SafeName(rapid.String().Draw(t, "name")), rapid.Uint64().Draw(t, "id"), rapid.IntRange(0, maxTries).Draw(t, "n")))
	})
}

// FuzzNames: no URL and no type lead to a name that is not safe.
func FuzzNames(f *testing.F) {
	f.Add("http://h/a.png?x", "image/png")
	f.Add("http://h/"+strings.Repeat("../", 99)+strings.Repeat("x.", 99), "text/html")
	f.Add("NUL", "")
	f.Fuzz(func(t *testing.T, u, mediaType string) {
		safe(t, FileNameOf(u, mediaType))
		safe(t, dirNameOf(u))
		safe(t, SafeName(u))
	})
}

func TestRowTimes(t *testing.T) {
	row, _ := Resolve(&Record{}, nil)
	if row.fetchedAt() != "" || millis(1500*time.Microsecond) != 1.5 {
		t.Error("times")
	}
}
