package sink

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// needDirect skips the test where the store's disk does not say that it can be written to past the page cache.
func needDirect(t *testing.T, s *Store) {
	t.Helper()
	if s.active.file.f == nil {
		t.Skipf("the file system of %s does not tell that it can be written to past the page cache", s.Dir())
	}
}

// wantDirect verifies how the newest transaction of the body file was written, by what the store and the kernel say.
func wantDirect(t *testing.T, s *Store, want bool) {
	t.Helper()
	d := &s.active.file
	flags, err := unix.FcntlInt(d.f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		t.Fatal(err)
	}
	if d.on != want || flags&unix.O_DIRECT != 0 != want {
		t.Fatalf("past the page cache: %v, flags %#x, want %v", d.on, flags, want)
	}
}

// directBatch has bodies of twice directLeast, the first with the ID first.
func directBatch(first uint64) (puts []Put) {
	for id := first; id < first+2*directLeast/(32<<10); id++ {
		puts = append(puts, samplePut(id, sampleBody(id, 32<<10)))
	}
	return puts
}

// TestDirect: large commits go past the page cache, small ones and those of large bodies do not, and all can be read.
func TestDirect(t *testing.T) {
	s := newStore(t, Options{})
	defer checkClean(t, s)
	needDirect(t, s)
	wantDirect(t, s, false)
	for id := uint64(1); id < 300; id += 100 {
		large := directBatch(id)
		mustCommit(t, s, large...)
		wantDirect(t, s, true)
		small := samplePut(id+99, sampleBody(id+99, directLeast/2))
		mustCommit(t, s, small)
		wantDirect(t, s, false)
		chunked := samplePut(id+98, sampleBody(id+98, 3*directLeast))
		mixed := append(directBatch(id+50), chunked) // more in chunks than in segments
		mustCommit(t, s, mixed...)
		wantDirect(t, s, false)
		for _, p := range append(append(large, small), mixed...) {
			mustHave(t, s, p)
		}
	}
}

// smallExt4 mounts a file as an ext4 file system of so many bytes, which can be written to past the page cache where tmpfs
// cannot. Without permission or tools to do so it skips the test.
func smallExt4(t *testing.T, size int64) string {
	t.Helper()
	image, disk := filepath.Join(t.TempDir(), "image"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, size); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"mkfs.ext4", "-q", "-F", "-m", "0", image}, {"mount", "-t", "ext4", "-o", "loop", image, disk}} {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Skipf("no small disk with ext4 can be made here: %s: %v %s", c[0], err, out)
		}
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	return disk
}

// TestFullDiskDirect is TestFullDisk with body files that are written to past the page cache.
func TestFullDiskDirect(t *testing.T) {
	disk := smallExt4(t, 32<<20)
	s, err := Create(filepath.Join(disk, "s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	needDirect(t, s)
	kept := directBatch(1)
	mustCommit(t, s, kept...)
	wantDirect(t, s, true)
	filler := filepath.Join(disk, "filler") // leaves room for half a batch
	if free, err := FreeBytes(disk); err != nil || os.WriteFile(filler, make([]byte, free-directLeast), 0o666) != nil {
		t.Fatal(free, err)
	}
	late := directBatch(100)
	if err := s.Commit(late, nil); !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), bodyPath(s.Dir(), 1)) {
		t.Fatalf("Commit: %v", err)
	}
	wantDirect(t, s, true)
	s = withRoomAgain(t, s, kept, filler)
	mustCommit(t, s, late...)
	wantDirect(t, s, true)
	for _, p := range append(kept, late...) {
		mustHave(t, s, p)
	}
	checkClean(t, s)
}
