package sink

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of that size, or skips the test.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	return disk
}

// withRoomAgain verifies that a store whose disk was full takes no more, and has what it had before. Then it opens the store
// with the filler gone.
func withRoomAgain(t *testing.T, s *Store, kept []Put, filler string) *Store {
	t.Helper()
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
	s, err := Open(s.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFullDisk fills a small disk: the commit that does not fit says so, the store takes no more, and when there is room
// again it goes on from the last commit.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, "24m")
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
	s = withRoomAgain(t, s, kept, filler)
	p := samplePut(200, sampleBody(200, 1<<20))
	mustCommit(t, s, p)
	for _, p := range append(kept, p) {
		mustHave(t, s, p)
	}
	checkClean(t, s)
}

// TestFullDiskOpen: a start that has digests to move and no room to do so says so, names the file first, and succeeds when
// there is room.
func TestFullDiskOpen(t *testing.T) {
	disk := smallDisk(t, "16m")
	s, err := Create(filepath.Join(disk, "s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var puts []Put
	for id := uint64(1); id <= 3000; id++ { // their place in the tree takes more than the pages that are free
		body := sampleBody(id, 8)
		puts = append(puts, Put{Record: &Record{ID: id, URL: "http://h/", SHA256: sha256.Sum256(body)}, Body: body})
	}
	mustCommit(t, s, puts...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(disk, "filler")
	if free, err := FreeBytes(disk); err != nil || os.WriteFile(filler, make([]byte, free), 0o666) != nil {
		t.Fatal(free, err)
	}
	want := ErrNoSpace.Error() + ": " + filepath.Join(s.Dir(), stateFile) + " ("
	if _, err := Open(s.Dir(), Options{fresh: 10}); !errors.Is(err, ErrNoSpace) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Open: %v\nwant: %s", err, want)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(s.Dir(), Options{fresh: 10}); err != nil {
		t.Fatal(err)
	}
	if n := len(runsOf(s)); n != 0 {
		t.Errorf("%d runs are left", n)
	}
	if r := checkClean(t, s); r.Bodies != 3000 {
		t.Errorf("report %+v", r)
	}
}

// TestFullDiskSpool: a body that does not fit is kept as far as it came, and goes on when there is room; a commit that does
// not fit loses neither part nor store.
func TestFullDiskSpool(t *testing.T) {
	disk := smallDisk(t, "64m")
	filler := filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 16<<20), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := Create(filepath.Join(disk, "s"), Options{BodyFileSize: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	body := sampleBody(1, 20<<20)
	sp := s.NewSpool(1, sampleHead(1, len(body)))
	for i := 0; i < 100 && err == nil; i++ { // more than there is room for
		_, err = sp.Write(body[:1<<20])
	}
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), s.Dir()) {
		t.Fatalf("Write: %v", err)
	}
	if err := s.Commit([]Put{{Record: sampleRecord(1), Spool: sp}}, nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("a body that is not whole was committed: %v", err)
	}
	if err := sp.Keep(); err != nil {
		t.Fatal(err)
	}
	if sp, _, err = s.OpenPart(1); err != nil || sp.Len() < 4<<20 {
		t.Fatalf("OpenPart: %v", err)
	}
	sp.Discard()
	noParts(t, s)

	sp = s.NewSpool(1, sampleHead(1, len(body)))
	feed(t, sp, body)
	fill := filepath.Join(disk, "more") // leaves room for one transaction, not for two
	if free, err := FreeBytes(disk); err != nil || os.WriteFile(fill, make([]byte, free-bodyTx-4<<20), 0o666) != nil {
		t.Fatal(free, err)
	}
	p := Put{Record: sampleRecord(1), Spool: sp}
	if err := s.Commit([]Put{p}, nil); !errors.Is(err, ErrNoSpace) || p.Record.Body != (BodyRef{}) {
		t.Fatalf("Commit: %v, %v", err, p.Record.Body)
	}
	if err := sp.Keep(); err != nil && !errors.Is(err, ErrNoSpace) { // of its last bytes
		t.Errorf("Keep: %v", err)
	}
	checkClean(t, s)
	if err := errors.Join(os.Remove(fill), os.Remove(filler)); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(s.Dir(), Options{}); err != nil {
		t.Fatal(err)
	}
	if sp, _, err = s.OpenPart(1); err != nil {
		t.Fatal(err)
	}
	feed(t, sp, body[sp.Len():])
	p = Put{Record: sampleRecord(1), Spool: sp}
	mustCommit(t, s, p)
	mustHave(t, s, Put{Record: p.Record, Body: body})
	noParts(t, s)
	checkClean(t, s)
}

// TestPublishFullDisk: a directory of files on a disk that is full, then one that permits no writing.
func TestPublishFullDisk(t *testing.T) {
	disk := smallDisk(t, "1m")
	f, err := OpenFiles(filepath.Join(disk, "pictures"), "t")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stage(t, f, "a.jpg", "a")
	publishFiles(t, f)
	if err := f.Stage("b.jpg", strings.NewReader(strings.Repeat("b", 2<<20))); !errors.Is(err, ErrNoSpace) {
		t.Errorf("Stage: %v", err)
	}
	publishFiles(t, f)
	stage(t, f, "c.jpg", "c")
	publishFiles(t, f)
	wantTree(t, disk, map[string]string{"pictures/a.jpg": "a", "pictures/c.jpg": "c"})
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("it cannot be made read-only: %v", err)
	}
	if err := f.Stage("d.jpg", strings.NewReader("d")); !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), "pictures") {
		t.Errorf("Stage: %v", err)
	}
	if err := f.Remove("a.jpg"); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Remove: %v", err)
	}
	wantTree(t, disk, map[string]string{"pictures/a.jpg": "a", "pictures/c.jpg": "c"})
}
