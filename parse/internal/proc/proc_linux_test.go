package proc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func group() int { return unix.Getpgrp() }

// What a worker started and left behind ends with it.
func TestGrandchildEndsToo(t *testing.T) {
	s := spawner(t, Options{Args: []string{"grandchild"}})
	p, _, out := start(t, s)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	for end := time.Now().Add(5 * time.Second); alive(pid); {
		if time.Now().After(end) {
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(time.Millisecond)
	}
}

// alive reports whether a process runs: one that has ended and waits for its parent does not.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func TestGrowPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	size := GrowPipe(w, 256<<10)
	if size < 4096 {
		t.Fatalf("a pipe of %d bytes", size)
	}
	if _, err := w.Write(make([]byte, size)); err != nil { // would block for ever in a smaller pipe
		t.Fatal(err)
	}
}

// A process closes what it has from its parent beside the three standard files, wherever it is, and keeps its own.
func TestCloseInherited(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := exec.Command(self(t), "stand-in", "inherit")
	for range 200 {
		cmd.ExtraFiles = append(cmd.ExtraFiles, null)
	}
	out, err := cmd.CombinedOutput()
	if got, want := string(out), "inherited: 200, then 0; own: true\n"; err != nil || got != want {
		t.Errorf("%q %v, want %q", got, err, want)
	}
}

// inherit tells which of its descriptors a process has before and after CloseInherited.
func inherit() {
	count := func() (n int) {
		for fd := uintptr(3); fd < 250; fd++ {
			if flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
				n++
			}
		}
		return n
	}
	own, err := os.Open(os.DevNull)
	if err != nil {
		fmt.Println(err)
	}
	before := count()
	CloseInherited()
	_, err = own.Stat()
	fmt.Printf("inherited: %d, then %d; own: %t\n", before, count(), err == nil)
}

// The block is garbage, and the collector works as before.
func TestHugeHeapLeavesNothing(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	old := debug.SetGCPercent(123)
	defer debug.SetGCPercent(old)
	before := heap()
	for _, bytes := range []int{32 << 20, hugePage + 1, 1, 0} {
		HugeHeap(bytes)
	}
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
	if got := debug.SetGCPercent(123); got != 123 {
		t.Errorf("the collector was set to %d", got)
	}
}

func TestSandbox(t *testing.T) {
	s := spawner(t, Options{Args: []string{"look"}, Sandbox: true})
	kept := strings.Join(s.Kept(), "; ")
	_, _, out := start(t, s)
	said, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	got := string(said)
	t.Logf("%s\n%s", kept, got)
	for _, want := range []string{"environment: 0\n", "group: true\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(kept, "Landlock ") && !strings.Contains(kept, "no Landlock") && !strings.Contains(got, "create: true\nread: true\n") {
		t.Error("files can be opened")
	}
	if _, err := os.Create(filepath.Join(t.TempDir(), "mine")); err != nil {
		t.Errorf("this process is confined too: %v", err)
	}
	if dir, err := os.Getwd(); err != nil || dir == "/" {
		t.Errorf("this process was moved: %q %v", dir, err)
	}
}
