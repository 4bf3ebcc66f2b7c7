package sink

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestFullDisk fills a small disk: the commit that does not fit says so, the store takes no more, and when there is room
// again it goes on from the last commit.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 8<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Create(filepath.Join(disk, "s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var kept []Put
	for id := uint64(1); ; id++ {
		p := samplePut(id, sampleBody(id, 1<<20))
		if err = s.Commit([]Put{p}, nil); err != nil || id > 100 {
			break
		}
		kept = append(kept, p)
	}
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), s.Dir()) {
		t.Fatalf("after %s commits: %v", strconv.Itoa(len(kept)), err)
	}
	if err := s.Commit(nil, nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("the next commit: %v", err)
	}
	for _, p := range kept {
		mustHave(t, s, p)
	}
	checkClean(t, s)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s, err = Open(s.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := samplePut(200, sampleBody(200, 1<<20))
	mustCommit(t, s, p)
	for _, p := range append(kept, p) {
		mustHave(t, s, p)
	}
	checkClean(t, s)
}
