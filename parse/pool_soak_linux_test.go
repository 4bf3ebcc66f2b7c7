package parse

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var soakJobs = flag.Int("soak", 3_000, "documents of TestSoak; a nightly run takes 100000")

// TestSoak kills workers at any moment, and all of them now and then, while documents pass: each gets one result, and the
// right one.
func TestSoak(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 3, Rules: Rules{Text: true}, RecycleAfter: 200, Log: func(string, []byte) {}}, quick)
	stop := make(chan struct{})
	killed := make(chan int)
	go func() { killed <- killAtRandom(p, stop) }()
	var results, crashed, wrong atomic.Int64
	big := strings.Repeat("<p>some more text</p>", 20_000)
	for i := range *soakJobs {
		body := fmt.Sprintf("<p>%d</p>", i)
		if i%100 == 0 {
			body += big
		}
		f, err := p.Submit(t.Context(), page(body))
		if err != nil {
			t.Fatal(err)
		}
		f.OnDone(func(x Extraction, err error) {
			results.Add(1)
			switch {
			case errors.Is(err, ErrParseCrash):
				crashed.Add(1) // it was killed each time that it was alone
			case err != nil || !strings.HasPrefix(x.Text, fmt.Sprint(i)) || len(body) > 100 && len(x.Text) < 200_000:
				wrong.Add(1)
				t.Errorf("document %d: %.40q %v", i, x.Text, err)
			}
		})
	}
	p.Close()
	close(stop)
	t.Logf("%d documents, %d kills, %d blamed, %+v", results.Load(), <-killed, crashed.Load(), p.Stats())
	if results.Load() != int64(*soakJobs) || p.Stats().Jobs != int64(*soakJobs) {
		t.Errorf("%d results for %d documents", results.Load(), *soakJobs)
	}
	if crashed.Load() > int64(*soakJobs)/20 {
		t.Errorf("%d of %d documents were blamed for what was no fault of theirs", crashed.Load(), *soakJobs)
	}
}

// killAtRandom kills workers until stop is closed.
func killAtRandom(p *Pool, stop <-chan struct{}) (kills int) {
	for {
		select {
		case <-stop:
			return kills
		case <-time.After(rand.N(10 * time.Millisecond)):
		}
		workers := p.Workers()
		if rand.IntN(10) > 0 {
			workers = workers[:1:1]
			workers[0] = p.Workers()[rand.IntN(3)]
		}
		for _, w := range workers {
			if w.PID > 0 && syscall.Kill(w.PID, syscall.SIGKILL) == nil {
				kills++
			}
		}
	}
}

// No worker outlives a parent that is killed, busy in a page or just starting as it may be, and no process that a worker
// has started does.
func TestNoOrphans(t *testing.T) {
	for kind, processes := range map[string]int{"parent": 4, "shell parent": 7} { // one is the guard
		for _, wait := range []time.Duration{0, 3 * time.Millisecond, 30 * time.Millisecond} {
			killParent(t, kind, "ready", wait, processes)
		}
		for range 5 {
			killParent(t, kind, "started", rand.N(20*time.Millisecond), 0)
		}
	}
}

// killParent starts a parent of workers, kills it some time after it said something, and waits for the end of the
// processes below it. How many there are must be at least some.
func killParent(t *testing.T, kind, said string, wait time.Duration, least int) {
	t.Helper()
	cmd := exec.Command(command(t, kind)[0], "stand-in", kind)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for line := ""; line != said+"\n"; {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(wait)
	below := descendantsOf(cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait()
	if len(below) < least {
		t.Errorf("%s: %d processes below it, want %d", kind, len(below), least)
	}
	end := time.Now().Add(time.Second)
	for _, pid := range below {
		for isAlive(pid) {
			if time.Now().After(end) {
				t.Fatalf("%s, %v after it %s: process %d is still there", kind, wait, said, pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// A worker ends with its input, also when it hangs and has no other sign that its parent is gone.
func TestWorkerEndsWithItsInput(t *testing.T) {
	cmd := exec.Command(command(t, "good")[0], "stand-in", "good")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := appendDocument(appendParse(nil, 0, &Rules{}, 1), page("#hang\n"))
	if _, err := in.Write(append(b, "#hang\n"...)); err != nil {
		t.Fatal(err)
	}
	in.Close()
	late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	_ = cmd.Wait()
	if !late.Stop() {
		t.Error("it did not end by itself")
	}
}

// The parent's memory does not grow while pages of 16 MiB pass: they are neither kept nor copied.
func TestParentStaysFlat(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2, Rules: mustRules(t, false, "h=h1")}, quick)
	doc := page("#pid\n" + strings.Repeat("some text of a page ", 16<<20/20)) // not parsed, to be quick
	if _, err := p.Do(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10 {
		if _, err := p.Do(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("%d bytes were allocated for 10 pages of 16 MiB", grown)
	}
}

// Ctrl-C reaches the parent only: workers are in groups of their own.
func TestWorkersHaveTheirOwnGroups(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2}, quick)
	mustDo(t, p, "x")
	for _, w := range p.Workers() {
		if w.PID == 0 {
			continue
		}
		if group, err := syscall.Getpgid(w.PID); err != nil || group != w.PID {
			t.Errorf("worker %d is in group %d: %v", w.PID, group, err)
		}
	}
	if got, err := os.Readlink("/proc/self/cwd"); err != nil || got == "/" {
		t.Error("the parent was moved")
	}
}
