//go:build unix

package sink

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe, as a shell makes them for >(command), is written to and stays.
func TestWriteFileToAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, err := os.ReadFile(path)
		if err != nil {
			b = []byte(err.Error())
		}
		read <- string(b)
	}()
	if err := WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, "through"); return err }); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "through" {
		t.Errorf("read %q", got)
	}
	if st, err := os.Lstat(path); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe was replaced: %v, %v", st, err)
	}
}

// TestPublishGone: the directory is removed, or another takes its place, in mid-run.
func TestPublishGone(t *testing.T) {
	for _, replaced := range []bool{false, true} {
		f, dir := openFiles(t)
		stage(t, f, "sub/a.jpg", "a")
		publishFiles(t, f)
		stage(t, f, "sub/b.jpg", "b")
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if replaced {
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Publish(); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), dir) {
			t.Errorf("Publish: %v", err)
		}
		if err := f.Stage("c.jpg", strings.NewReader("c")); !errors.Is(err, ErrGone) {
			t.Errorf("Stage: %v", err)
		}
		if _, err := f.Has("a.jpg", 1); !errors.Is(err, ErrGone) {
			t.Errorf("Has: %v", err)
		}
		if replaced {
			wantTree(t, dir, nil)
		}
	}
}

// TestCreateBehindLink: a link is the user's; the store is made where it leads, whether there is an empty directory or nothing.
func TestCreateBehindLink(t *testing.T) {
	for _, there := range []bool{false, true} {
		dir := t.TempDir()
		real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
		if err := os.Symlink("real", link); err != nil {
			t.Fatal(err)
		}
		if there {
			if err := os.Mkdir(real, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Create(link, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if to, err := os.Readlink(link); err != nil || to != "real" {
			t.Errorf("the link leads to %q, %v", to, err)
		}
		if _, err := Check(real, nil); err != nil {
			t.Error(err)
		}
	}
}
