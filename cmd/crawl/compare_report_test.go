package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A report replaces a file at once or not at all, and is written through what only stands for one.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	is := func(want string) {
		t.Helper()
		if b, err := os.ReadFile(file); err != nil || string(b) != want {
			t.Errorf("the file holds %q (%v), want %q", b, err, want)
		}
	}
	if err := writeWhole(file, text("a first report")); err != nil {
		t.Fatal(err)
	}
	is("a first report")
	broken := errors.New("broken")
	if err := writeWhole(file, func(w io.Writer) error { _ = text("half")(w); return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	is("a first report")
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	if err := writeWhole(link, text("shorter")); err != nil {
		t.Fatal(err)
	}
	is("shorter")
	if st, err := os.Lstat(link); err != nil || st.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", st, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".crawl-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
