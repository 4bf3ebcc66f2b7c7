package manifest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func sample() []Row {
	return []Row{
		{
			URL: "http://h/a.jpg?x=1&y=<2>", File: "照片.jpg", Type: "jpeg", Bytes: 5, Width: 4, Height: 3, SHA256: "aa", DHash: "00ff00ff00ff00ff",
			Status: 200, Name: "=cmd()", Extra: []Column{{"label", "cat"}, {"status", "sold"}, {"label", "twice"}},
		},
		{URL: "http://h/b.jpg", File: "b.jpg", SHA256: "aa", Status: 200, From: "http://h/"},
		{URL: "http://h/c.jpg", Status: 404, Error: "http_4xx", ErrorMessage: "404 \xff\x00", Extra: []Column{{"other", "1"}}},
	}
}

// write gives the manifest of the sample.
func write(t *testing.T, o Options) string {
	t.Helper()
	var out bytes.Buffer
	o.First = func(string) (string, error) { return "http://h/a.jpg?x=1&y=<2>", nil }
	w := New(&out, o)
	for _, r := range sample() {
		if err := w.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJSONL(t *testing.T) {
	want := `{"url":"http://h/a.jpg?x=1&y=<2>","file":"照片.jpg","type":"jpeg","bytes":5,"width":4,"height":3,"sha256":"aa","dhash":"00ff00ff00ff00ff","status":200,"error":null,"duplicates_of":"","name":"=cmd()","from":"","label":"cat","list.status":"sold"}
{"url":"http://h/b.jpg","file":"b.jpg","type":"","bytes":0,"width":0,"height":0,"sha256":"aa","dhash":"","status":200,"error":null,"duplicates_of":"http://h/a.jpg?x=1&y=<2>","name":"","from":"http://h/"}
{"url":"http://h/c.jpg","file":"","type":"","bytes":0,"width":0,"height":0,"sha256":"","dhash":"","status":404,"error":{"class":"http_4xx","message":"404 \ufffd\u0000"},"duplicates_of":"","name":"","from":"","other":"1"}
`
	got := write(t, Options{})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestCSV(t *testing.T) {
	var columns []string
	for _, r := range sample() {
		columns, _ = AddColumns(columns, r.Extra)
	}
	got, err := csv.NewReader(strings.NewReader(write(t, Options{Format: CSV, Columns: columns}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		append(slices.Clone(csvColumns[:]), "label", "list.status", "other"),
		{"http://h/a.jpg?x=1&y=<2>", "照片.jpg", "jpeg", "5", "4", "3", "aa", "00ff00ff00ff00ff", "200", "", "", "", "'=cmd()", "", "cat", "sold", ""},
		{"http://h/b.jpg", "b.jpg", "", "0", "0", "0", "aa", "", "200", "", "", "http://h/a.jpg?x=1&y=<2>", "", "http://h/", "", "", ""},
		{"http://h/c.jpg", "", "", "0", "0", "0", "", "", "404", "http_4xx", "404 \uFFFD\uFFFD", "", "", "", "", "", "1"},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	var out bytes.Buffer
	if err := New(&out, Options{Format: CSV}).Close(); err != nil || out.String() != strings.Join(csvColumns[:], ",")+"\n" {
		t.Errorf("an empty manifest is %q, %v", &out, err)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	w := New(io.Discard, Options{First: func(string) (string, error) { return "", broken }})
	if err := w.Write(&Row{URL: "u", SHA256: "aa"}); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := w.Write(&Row{URL: "u"}); err != nil {
		t.Error(err)
	}
	columns := make([]string, maxColumns)
	if _, err := AddColumns(columns, []Column{{Name: "one more"}}); !errors.Is(err, ErrColumns) {
		t.Error(err)
	}
}

func TestFormatOf(t *testing.T) {
	if FormatOf("a/B.CSV") != CSV || FormatOf(FileName) != JSONL || FormatOf("x") != JSONL {
		t.Error("wrong format")
	}
}

func TestIsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", true},
		{write(t, Options{}), true},
		{write(t, Options{Format: CSV}), false},
		{`{"url":"http://h/","final_url":"","redirects":[]}` + "\n", false}, // a row of an export
		{`{"url":"http://h/","file":{"type":1},"bytes":2}` + "\n", false},
		{`{"url":"http://h/","file":"a.jpg"}` + "\n", false},
		{"[]\n", false},
		{"my notes\n", false},
		{`{"url":"` + strings.Repeat("x", maxHead), false},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := IsOwn(path); got != c.want || err != nil {
			t.Errorf("%.60q: %v (%v), want %v", c.text, got, err, c.want)
		}
	}
	if own, err := IsOwn(filepath.Dir(path)); own || err != nil {
		t.Errorf("a directory: %v (%v)", own, err)
	}
	if own, err := IsOwn(filepath.Join(filepath.Dir(path), "none")); !own || err != nil {
		t.Errorf("nothing: %v (%v)", own, err)
	}
}

func FuzzBeginsRow(f *testing.F) {
	for _, seed := range []string{"", "{", `{"url":"u","file":"f","type":"png","bytes":1}`, `{"url":null,"file":[`, "\xff{"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if beginsRow(strings.NewReader(text)) && strings.TrimLeft(text, " \t\r\n") != "" && !strings.Contains(text, "{") {
			t.Errorf("%q is no row", text)
		}
	})
}

func BenchmarkRows(b *testing.B) {
	for name, f := range map[string]Format{"jsonl": JSONL, "csv": CSV} {
		b.Run(name, func(b *testing.B) {
			w := New(io.Discard, Options{Format: f, Columns: []string{"label"}})
			r := sample()[0]
			b.ReportAllocs()
			for b.Loop() {
				_ = w.Write(&r)
			}
		})
	}
}
