package crawler

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"crawl/crawler/site"
)

// fillDisk makes every write fail from now on, but to the first pages of a file.
func fillDisk() error {
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 4096, Max: unix.RLIM_INFINITY})
}

// TestCrashFileLimit has files that may not grow from some step of a commit on: the crawl stops with the error of a full
// disk, and goes on when there is room.
func TestCrashFileLimit(t *testing.T) {
	t.Parallel()
	a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 16, BodyFileSize: 150_000})
	for _, point := range []string{"bodies:before", "state:before", "roll:before"} {
		t.Run(strings.ReplaceAll(point, ":", "-"), func(t *testing.T) {
			j := a.job
			j.Dir, j.Point, j.Full = filepath.Join(t.TempDir(), "store"), point, true
			a.site.ResetCounts()
			stops, _ := a.untilDone(t, j, func(times int) bool {
				j.Nth = times
				return times < 3 && j.untilFull(t)
			})
			if stops == 0 {
				t.Fatalf("%s is never passed", point)
			}
		})
	}
}

// untilFull runs the job in a child and reports whether it stopped for want of space. Any other end than that or a good
// one fails the test.
func (j crashJob) untilFull(t *testing.T) bool {
	t.Helper()
	c, out := j.child(t)
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case !errors.As(err, &exit) || exit.ExitCode() != childNoSpace || strings.Contains(out.String(), "goroutine "):
		t.Fatalf("child: %v: %s", err, out)
	}
	return true
}

// TestCrashDiskFull crawls onto a disk that is really too small, until there is more room, again too little, and at last
// enough.
func TestCrashDiskFull(t *testing.T) {
	t.Parallel()
	disk := newSmallDisk(t, 600<<10)
	a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 16, BodyFileSize: 400_000})
	a.site.ResetCounts()
	j := a.job
	j.Dir = filepath.Join(disk.dir, "store")
	stops := 0
	var judges []func()
	for size := 1 << 20; j.untilFull(t); size += size / 2 {
		stops++
		judges = append(judges, a.afterKill(t, j.Dir))
		if stops%2 == 0 && !j.untilFull(t) { // it is as full as before
			t.Fatal("a full disk became less full by itself")
		}
		disk.resize(t, size)
	}
	if stops < 3 {
		t.Fatalf("the disk was full %d times only", stops)
	}
	t.Logf("the disk was full %d times; %d requests repeated of %d", stops, a.finish(t, j, stops), a.total)
	for _, fn := range judges {
		fn()
	}
}

// TestCrashReserve crawls beside less free space than is to be kept: the crawl stops before it writes.
func TestCrashReserve(t *testing.T) {
	a := newArena(t, site.Options{Pages: 3}, crashJob{Depth: 1, Concurrency: 2})
	a.site.ResetCounts()
	j := a.job
	j.Dir, j.MinFree = filepath.Join(t.TempDir(), "store"), 1<<62
	if !j.untilFull(t) {
		t.Fatal("it did not stop")
	}
	if n := len(a.site.RequestLog()); n > 0 {
		t.Errorf("%d requests were made", n)
	}
	j.MinFree = 0
	a.finish(t, j, 1)
}

// smallDisk is a file system in memory that only a child's mount namespace has. It is reached through /proc.
type smallDisk struct {
	dir   string
	in    io.Writer
	lines *bufio.Reader
}

func newSmallDisk(t *testing.T, size int) *smallDisk {
	t.Helper()
	dir := t.TempDir()
	c, _ := crashJob{Do: doHoldDisk, Dir: dir}.child(t)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Skipf("a mount namespace is not permitted here: %v", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait()
	})
	d := &smallDisk{in: in, lines: bufio.NewReader(out)}
	if answer := d.ask(size); answer != "ok" {
		t.Skipf("a file system in memory is not permitted here: %s", answer)
	}
	d.dir = fmt.Sprintf("/proc/%d/root%s", c.Process.Pid, dir)
	if _, err := os.ReadDir(d.dir); err != nil {
		t.Skipf("another process's file system cannot be seen here: %v", err)
	}
	return d
}

func (d *smallDisk) resize(t *testing.T, size int) {
	t.Helper()
	if answer := d.ask(size); answer != "ok" {
		t.Fatalf("the disk does not become larger: %s", answer)
	}
}

// ask gives the disk a size, in bytes.
func (d *smallDisk) ask(size int) string {
	if _, err := fmt.Fprintln(d.in, size); err != nil {
		return err.Error()
	}
	answer, err := d.lines.ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(answer)
}

// holdDisk is the child that has the disk: it mounts it, and gives it each size that it reads.
func holdDisk(dir string) error {
	flags := uintptr(0)
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		fmt.Println(err)
		return nil
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); flags = unix.MS_REMOUNT {
		if err := unix.Mount("crashtest", dir, "tmpfs", flags, "size="+lines.Text()); err != nil {
			fmt.Println(err)
			return nil
		}
		fmt.Println("ok")
	}
	return nil
}
