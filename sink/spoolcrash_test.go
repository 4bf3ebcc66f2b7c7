package sink

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// crashSpools are the large bodies of the crash test, of two transactions each; number n has the ID n+1.
const crashSpools = 2

func crashSpoolBody(n uint64) []byte { return sampleBody(n, bodyTx+3*frameSize+99) }

// spoolChild takes large bodies in, goes on with what is kept of them, and prints how much that was.
func spoolChild() int {
	s, err := crashStore()
	for n := uint64(0); n < crashSpools && err == nil; n++ {
		if _, ok, _ := s.Get(n + 1); !ok {
			err = spoolOne(s, n)
		}
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func spoolOne(s *Store, n uint64) error {
	body := crashSpoolBody(n)
	sp, head, err := s.OpenPart(n + 1)
	switch {
	case errors.Is(err, ErrNotFound):
		sp = s.NewSpool(n+1, sampleHead(n+1, len(body)))
	case err != nil:
		return err
	case head != sampleHead(n+1, len(body)):
		return fmt.Errorf("the part's head is %+v", head)
	default:
		fmt.Println("resumed at", sp.Len())
	}
	for at := int(sp.Len()); at < len(body); at += 100_000 {
		if _, err := sp.Write(body[at:min(at+100_000, len(body))]); err != nil {
			return err
		}
		s.hook("write")
	}
	p := samplePut(n+1, nil)
	p.Spool = sp
	return s.Commit([]Put{p, samplePut(n+100, sampleBody(n+100, 5000))}, nil)
}

// TestCrashSpool kills a process at every step of a large body, again and again until all are in.
func TestCrashSpool(t *testing.T) {
	for _, point := range []string{"write/20", "bodies:before/0", "bodies:part/0", "bodies:after/0", "state:before/0", "state:after/0"} {
		t.Run(strings.NewReplacer(":", "-", "/", "-").Replace(point), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "store")
			resumed := false
			for run := 0; ; run++ {
				if run > 40 {
					t.Fatal("it does not come to an end")
				}
				at := point
				if run%2 == 1 && point != "write/20" {
					at = "none/0"
				}
				out, err := child(t, "spool", dir, at).Output()
				var exit *exec.ExitError
				if errors.As(err, &exit) && exit.ExitCode() == 1 {
					t.Fatalf("child: %s", exit.Stderr)
				}
				resumed = resumed || strings.Contains(string(out), "resumed at")
				checkSpools(t, dir, err == nil)
				if err == nil {
					break
				}
			}
			if want := !strings.HasPrefix(point, "state:after"); resumed != want {
				t.Errorf("resumed: %v, want %v", resumed, want)
			}
		})
	}
}

// checkSpools verifies the store as a crash has left it, and what it holds.
func checkSpools(t *testing.T, dir string, all bool) {
	t.Helper()
	if _, err := Check(dir, nil); err != nil { // before anything is repaired
		t.Fatalf("Check after a crash: %v", err)
	}
	s, err := Open(dir, crashOptions())
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(crashSpools) {
		r, ok, err := s.Get(n + 1)
		if err != nil || all && !ok {
			t.Fatalf("record %d: %v, %v", n+1, ok, err)
		}
		if ok {
			p := samplePut(n+1, crashSpoolBody(n))
			p.Record.Body = r.Body
			mustHave(t, s, p)
		}
		if ok && s.parts.has(n+1) {
			t.Errorf("the part of record %d is left", n+1)
		}
	}
	if r := checkClean(t, s); r.Orphans != 0 {
		t.Fatalf("%+v", r)
	}
}
