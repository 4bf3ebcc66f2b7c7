//go:build unix

// Package nobody runs a test without privileges: root may read and write everywhere, so that nothing can be withheld from it.
package nobody

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// id is the user, and the group, that owns nothing.
const id = 65534

// Run runs test, or, as root, this whole test in a child that has no privileges, and expects that it passes there. The child is a
// copy of this test binary, because others may not look into the folder where go test builds it.
func Run(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getuid() != 0 {
		test(t)
		return
	}
	dir, err := os.MkdirTemp("", "crawl-nobody-") // for others, as t.TempDir is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nobody.test")
	if err := errors.Join(os.WriteFile(path, binary, 0o755), os.Chmod(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, id, id); err != nil {
		skipWithout(t, err)
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, "-test.run=^"+t.Name()+"$", "-test.v")
	c.Dir, c.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	out, err := c.CombinedOutput()
	skipWithout(t, err)
	if err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

// skipWithout ends the test where the machine lets nobody run no program, or has no such user: a container may map
// only its root.
func skipWithout(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EINVAL) {
		t.Skipf("nobody cannot run a program here: %v", err)
	}
}
