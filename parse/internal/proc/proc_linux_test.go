package proc

import (
	"bufio"
	"os"
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
