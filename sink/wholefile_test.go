package sink

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	file, link, other := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "other")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	holds := func(path, want string) {
		t.Helper()
		if b, err := os.ReadFile(path); err != nil || string(b) != want {
			t.Errorf("%s holds %q (%v), want %q", path, b, err, want)
		}
	}
	if err := WriteFile(file, text("a first report")); err != nil {
		t.Fatal(err)
	}
	holds(file, "a first report")
	broken := errors.New("broken")
	if err := WriteFile(file, func(w io.Writer) error { _ = text("half")(w); return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	holds(file, "a first report")
	if err := os.WriteFile(other, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" { // where making a link is a privilege
		if err := os.Symlink(other, link); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(link, text("shorter")); err != nil {
			t.Fatal(err)
		}
		holds(link, "shorter")
		holds(other, "not ours")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
