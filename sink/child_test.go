package sink

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests start this test binary again as a child: one that dies in the middle of a commit, or reads a damaged store.
const (
	childMode = "SINK_TEST_CHILD" // "crash", "spool" or "read"
	childDir  = "SINK_TEST_DIR"
	childAt   = "SINK_TEST_AT" // hook point, and how often it is passed before dying
)

func TestMain(m *testing.M) {
	switch os.Getenv(childMode) {
	case "crash":
		os.Exit(crashChild())
	case "spool":
		os.Exit(spoolChild())
	case "read":
		os.Exit(readChild())
	}
	// Before the flags are read: a default, which the command line overrides. Each check of the model makes stores.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// child prepares this test binary as a child.
func child(t *testing.T, mode, dir, at string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childMode+"="+mode, childDir+"="+dir, childAt+"="+at)
	return c
}

// Batches of the crash tests: number n holds the records 5n+1 to 5n+5, and what it is about follows from n alone.
const crashBatches = 7

func crashBatch(n uint64) []Put {
	var puts []Put
	for i := range uint64(5) {
		size := 20_000
		if i == 3 {
			size = 2*ChunkSize + 5
		}
		body := sampleBody(n*5+i, size)
		if i == 4 {
			body = sampleBody(1<<40, 20_000) // the same in all batches
		}
		puts = append(puts, samplePut(n*5+i+1, body))
	}
	return puts
}

// crashOptions make a new body file, and move digests, every few batches.
func crashOptions() Options { return Options{BodyFileSize: 700_000, fresh: 5} }

// crashStore opens the store of a child, which kills itself at a hook.
func crashStore() (*Store, error) {
	point, count, _ := strings.Cut(os.Getenv(childAt), "/")
	left, _ := strconv.Atoi(count)
	o := crashOptions()
	o.Hook = func(p string) {
		if p != point {
			return
		}
		if left--; left < 0 {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {} // the signal is on its way
		}
	}
	dir := os.Getenv(childDir)
	s, err := Open(dir, o)
	if errors.Is(err, ErrNotFound) {
		s, err = Create(dir, o)
	}
	return s, err
}

// crashChild commits batches from where the store stands, prints each that is committed, and kills itself at a hook.
func crashChild() int {
	s, err := crashStore()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for n := uint64(0); n < crashBatches; n++ {
		if _, ok, _ := s.Get(n*5 + 1); ok {
			continue
		}
		if err := s.Commit(crashBatch(n), nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Println(n)
	}
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestCrash kills a process at every hook point, again and again until it has done all, and looks at the store each time.
func TestCrash(t *testing.T) {
	for _, point := range []string{"bodies:before", "bodies:after", "state:before", "state:after", "roll:before", "roll:after"} {
		t.Run(strings.ReplaceAll(point, ":", "-"), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "store")
			committed := uint64(0) // batches that the child told of
			for run := 0; ; run++ {
				if run > 3*crashBatches {
					t.Fatal("it does not come to an end")
				}
				at := fmt.Sprintf("%s/%d", point, 1+run%4)
				if strings.HasPrefix(point, "roll") {
					at = fmt.Sprintf("%s/%d", point, 1)
				}
				out, err := child(t, "crash", dir, at).Output()
				var exit *exec.ExitError
				if errors.As(err, &exit) && exit.ExitCode() == 1 {
					t.Fatalf("child: %s", exit.Stderr)
				}
				committed += uint64(strings.Count(string(out), "\n"))
				committed = checkCrashed(t, dir, committed, err == nil)
				if err == nil {
					return
				}
			}
		})
	}
}

// checkCrashed verifies that nothing that was told of is lost and nothing is half there, and counts the batches.
func checkCrashed(t *testing.T, dir string, atLeast uint64, all bool) uint64 {
	t.Helper()
	report, err := Check(dir, nil) // before anything is repaired
	if err != nil {
		t.Fatalf("Check after a crash: %v", err)
	}
	s, err := Open(dir, crashOptions())
	if err != nil {
		t.Fatal(err)
	}
	n := report.Records / 5
	if report.Records%5 != 0 || n < atLeast || n > atLeast+1 || all && n != crashBatches {
		t.Fatalf("%d records after %d batches", report.Records, atLeast)
	}
	for b := range n {
		for _, p := range crashBatch(b) {
			got, ok, err := s.Get(p.Record.ID)
			if err != nil || !ok {
				t.Fatalf("record %d: %v, %v", p.Record.ID, ok, err)
			}
			p.Record.Body = got.Body
			mustHave(t, s, p)
		}
	}
	after := checkClean(t, s)
	if want := 4*n + min(n, 1); after.Orphans != 0 || after.Bodies != want {
		t.Fatalf("%d batches: want %d bodies: %+v", n, want, after)
	}
	return n
}

// readChild reads all of a store that may be damaged. Exit 0: Check was content; 3: it, or opening, gave an error.
func readChild() int {
	dir := os.Getenv(childDir)
	quick := QuickCheck(dir)
	_, err := Check(dir, nil)
	if err != nil {
		fmt.Println("damaged:", err)
	} else if quick != nil {
		fmt.Println("QuickCheck alone:", quick)
		return 1
	}
	// Using it must not crash either, whatever Check said.
	s, oerr := Open(dir, Options{ReadOnly: true})
	if oerr == nil {
		oerr = readAll(s)
		_ = s.Close()
	}
	if oerr == nil {
		if s, oerr = Open(dir, Options{}); oerr == nil {
			oerr = s.Commit([]Put{samplePut(1000, sampleBody(1000, 5000))}, nil)
			_ = s.Close()
		}
	}
	if err != nil {
		return 3
	}
	if oerr != nil {
		fmt.Println("Check was content, but:", oerr)
		return 1
	}
	return 0
}

// readAll compares everything with what damageStore wrote.
func readAll(s *Store) error {
	n := 0
	err := s.Each(0, func(r *Record) error {
		n++
		body, err := s.ReadBody(r.Body)
		if err != nil {
			return err
		}
		want := damagePut(r.ID)
		want.Record.Body = r.Body
		a, _ := AppendRecord(nil, want.Record)
		b, _ := AppendRecord(nil, r)
		if string(a) != string(b) || string(body) != string(want.Body) {
			return fmt.Errorf("record %d is not what was written", r.ID)
		}
		return nil
	})
	if err == nil && n != damageRecords {
		err = fmt.Errorf("%d records", n)
	}
	return err
}

// TestLockedByAnotherProcess: a second process is told in less than two seconds, with the defaults.
func TestLockedByAnotherProcess(t *testing.T) {
	s := newStore(t, Options{})
	start := time.Now()
	out, err := child(t, "crash", s.Dir(), "none/0").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another process") || !strings.Contains(string(out), s.Dir()) {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("told after %v", time.Since(start))
	checkClean(t, s)
}
