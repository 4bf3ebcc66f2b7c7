//go:build unix

package crawler

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"crawl/sink"
)

// nobody is the user, and the group, that owns nothing.
const nobody = 65534

// A directory that can no longer be written to stops the run with a name; the store has everything.
func TestImagesDirReadOnly(t *testing.T) {
	if os.Getuid() == 0 { // who may write everywhere
		asNobody(t)
		return
	}
	inWorld(t, func(t *testing.T, w *world) {
		dir := filepath.Join(t.TempDir(), "d")
		w.on("http://a.test/1.png", file(pngOf(1, 9, 9, 0)))
		w.crawl(inDir(t, dir, ""), "http://a.test/1.png").finished()
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		w.on("http://a.test/2.png", file(pngOf(2, 9, 9, 0)))
		out := w.crawl(inDir(t, dir, ""), "http://a.test/1.png", "http://a.test/2.png")
		if !errors.Is(out.err, ErrFiles) || !errors.Is(out.err, sink.ErrReadOnly) {
			t.Errorf("error %v", out.err)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		w.crawl(inDir(t, dir, ""), "http://a.test/1.png", "http://a.test/2.png").finished()
		judgeDir(t, w.dir, dir)
	})
}

// asNobody runs the test in a child that has no privileges, and expects that it passes there. The child is a copy of this test
// binary, because others may not look into the folder where go test builds it.
func asNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "crawl-nobody-") // for others, as t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "crawler.test")
	if err := errors.Join(os.WriteFile(path, binary, 0o755), os.Chmod(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		skipWithoutNobody(t, err)
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, "-test.run=^"+t.Name()+"$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	skipWithoutNobody(t, err)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// skipWithoutNobody ends the test where the machine lets nobody run no program, or has no such user: a container may map
// only its root.
func skipWithoutNobody(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EINVAL) {
		t.Skipf("nobody cannot run a program here: %v", err)
	}
}
