package crawler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"crawl/sink"
	"crawl/sink/naming"
)

// The crash tests start this test binary again as a child, which crawls and is killed. The site that it crawls runs in the
// parent, so that its request log survives.

// crashChildEnv is the environment variable that makes the test binary such a child: a crashJob in JSON.
const crashChildEnv = "CRAWL_CRASH_CHILD"

// What a child does.
const (
	doRun      = ""        // crawl
	doRequeue  = "requeue" // Store.Requeue, without a crawl
	doHoldDisk = "disk"    // holdDisk
)

// crashJob is what a child is told.
type crashJob struct {
	Do    string
	Dir   string   // of the store
	List  []string // listed URLs
	Many  int      // and as many more, below Under
	Under string

	Mode         Mode
	Concurrency  int
	Depth        int
	MaxPages     int64
	Tries        int
	BodyFileSize int64
	MinFree      int64 // 0: never stop
	Classes      []Class
	Exclude      string
	Files        string // directory of an image batch, "" for a crawl of pages
	MinBytes     int64  // of its files
	SHA256       string // that its list demands of every file but the first

	Point string        // the hook at which it kills itself, "" for none
	Nth   int           // the first time is 0
	Slow  time.Duration // rest at Point before dying: the loop and the fetches go on meanwhile
	Full  bool          // at Point, instead of dying, make its files unable to grow

	// Waiting makes it die as soon as a commit has left a host of the list that may not be asked for at least this long.
	Waiting time.Duration
}

// Exit codes of a child.
const (
	childFailed  = 1
	childNoSpace = 4
)

// crashChild does a job. It is called by TestMain.
func crashChild(text string) int {
	var j crashJob
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return childFailed
	}
	if err := j.do(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, sink.ErrNoSpace) || errors.Is(err, ErrDiskReserve) {
			return childNoSpace
		}
		return childFailed
	}
	return 0
}

func (j *crashJob) do() error {
	if j.Do == doHoldDisk {
		return holdDisk(j.Dir)
	}
	s, err := j.open()
	if err != nil {
		return err
	}
	switch j.Do {
	case doRequeue:
		_, err = s.Requeue(context.Background(), j.Classes)
	default:
		err = j.crawl(s)
	}
	return errors.Join(err, s.Close())
}

// open opens the store, or makes it, as the command does.
func (j *crashJob) open() (*Store, error) {
	var s *Store
	var passed int
	o := sink.Options{BodyFileSize: j.BodyFileSize, LockTimeout: 10 * time.Second}
	o.Hook = func(point string) {
		if j.Waiting > 0 && point == "state:after" && j.waits(s) {
			childDies()
		}
		if point != j.Point {
			return
		}
		if passed++; passed <= j.Nth {
			return
		}
		if !j.Full {
			time.Sleep(j.Slow)
			childDies()
		}
		if err := fillDisk(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(childFailed)
		}
	}
	s, err := OpenStore(j.Dir, o)
	if errors.Is(err, sink.ErrNotFound) {
		s, err = CreateStore(j.Dir, o)
	}
	return s, err
}

// waits reports whether a host of the list may not be asked for j.Waiting.
func (j *crashJob) waits(s *Store) bool {
	for _, url := range j.List {
		h, ok, err := s.Frontier.HostByName(context.Background(), hostString(url))
		if err == nil && ok && time.Until(h.NextAt) >= j.Waiting {
			return true
		}
	}
	return false
}

// childDies ends the process as kill -9 does.
func childDies() {
	self, _ := os.FindProcess(os.Getpid())
	_ = self.Kill()
	select {} // the signal is on its way
}

func (j *crashJob) crawl(s *Store) error {
	c, err := New(s, j.options())
	if err != nil {
		return err
	}
	c.asideAtOnce = 50
	sum, err := c.Run(context.Background())
	if err == nil && sum.Stopped != "" && sum.Stopped != StoppedMaxPages {
		err = fmt.Errorf("stopped: %s", sum.Stopped)
	}
	return err
}

func (j *crashJob) options() Options {
	o := Options{
		List: j.list(), Mode: j.Mode, Concurrency: j.Concurrency, PerHost: 8, Rate: -1, Depth: j.Depth, Scope: Scope{Follow: ScopeAny},
		MaxPages: j.MaxPages, Tries: j.Tries, RetryBase: 4 * time.Millisecond, ParkBase: 20 * time.Millisecond, MinFree: j.MinFree,
	}
	def(&o.MinFree, -1)
	if j.Exclude != "" {
		o.Scope.Exclude = expressions(j.Exclude)
	}
	if j.Files != "" {
		o.IgnoreRobots, o.Images = true, &Images{Dir: j.Files}
		o.Images.Filter.MinBytes = j.MinBytes
		o.Images.Name, _ = naming.Parse("{path}") // it is one
	}
	return o
}

// list gives the listed URLs.
func (j *crashJob) list() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i, url := range j.List {
			e := Entry{URL: url}
			if i > 0 {
				e.SHA256 = j.SHA256
			}
			if !yield(e, nil) {
				return
			}
		}
		for i := range j.Many {
			if !yield(Entry{URL: fmt.Sprintf("%s/%d", j.Under, i)}, nil) {
				return
			}
		}
	}
}

// child prepares this test binary as a child that does the job.
func (j crashJob) child(t *testing.T) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0])
	// The race detector would wait for a second before it lets a process end.
	race := strings.TrimSpace(os.Getenv("GORACE") + " atexit_sleep_ms=0")
	c.Env = append(os.Environ(), crashChildEnv+"="+string(text), "GORACE="+race)
	out := new(bytes.Buffer)
	c.Stderr = out
	return c, out
}

// toTheEnd runs the job in a child and fails the test unless it ends well.
func (j crashJob) toTheEnd(t *testing.T) {
	t.Helper()
	j.Point, j.Waiting = "", 0 // nothing happens to it
	c, out := j.child(t)
	if err := c.Run(); err != nil {
		t.Fatalf("child: %v: %s", err, out)
	}
}

// untilItDies runs the job in a child that kills itself at j.Point, and reports whether it got there.
func (j crashJob) untilItDies(t *testing.T) bool {
	t.Helper()
	c, out := j.child(t)
	return childDied(t, c.Run(), out)
}

// untilKilled runs the job in a child that is killed so long after reached is closed, or after its start where that is nil. It
// reports whether the child was still running then.
func (j crashJob) untilKilled(t *testing.T, reached <-chan struct{}, rest time.Duration) bool {
	t.Helper()
	c, out := j.child(t)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	if reached != nil {
		select {
		case err := <-ended:
			return childDied(t, err, out)
		case <-reached:
		}
	}
	select {
	case err := <-ended:
		return childDied(t, err, out)
	case <-time.After(rest):
	}
	_ = c.Process.Kill() // it may have just ended
	return childDied(t, <-ended, out)
}

// childDied reports whether a child was killed, as opposed to having come to its end. It fails the test for any other end.
func childDied(t *testing.T, err error, out *bytes.Buffer) bool {
	t.Helper()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && !status.Signaled() && runtime.GOOS != "windows" || out.Len() > 0 {
		t.Fatalf("child: %v: %s", err, out)
	}
	return true
}
