package compare

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestSystem(t *testing.T) {
	s, ok := parseSystem("cpu  100 20 30 4000 50 6 7 8 0 0")
	if !ok || s.busy != 1630*time.Millisecond || s.stolen != 80*time.Millisecond {
		t.Errorf("%+v, %v", s, ok)
	}
	for _, line := range []string{"", "cpu0 1 2 3 4 5 6 7 8 9", "cpu 1 2 3", "cpu a b c d e f g h i"} {
		if _, ok := parseSystem(line); ok {
			t.Errorf("%q was taken", line)
		}
	}
	if s, ok := readSystem(); !ok || s.busy <= 0 {
		t.Errorf("this machine: %+v, %v", s, ok)
	}
	if n := threadsOf(os.Getpid()); n < 1 {
		t.Errorf("this process has %d threads", n)
	}
	if n := threadsOf(-1); n != 0 {
		t.Errorf("no process has %d threads", n)
	}
	if runQueueWait() < 0 {
		t.Error("it waited for less than nothing")
	}
}

func TestPlaces(t *testing.T) {
	server, trial, n := places()
	if n < 1 || !server.urgent || trial.urgent {
		t.Errorf("%+v, %+v, %d", server, trial, n)
	}
	for _, i := range server.processors {
		for _, j := range trial.processors {
			if i == j {
				t.Errorf("processor %d is the server's and the trials'", i)
			}
		}
	}
}

// A process inherits its place, and the thread that started it goes back to its own.
func TestPlaceStart(t *testing.T) {
	mine := myProcessors()
	one := &place{processors: mine[:1], urgent: true}
	cmd := exec.Command(self(t, "child")[0], "child")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := one.start(cmd); err != nil {
		t.Fatal(err)
	}
	var set unix.CPUSet
	err = unix.SchedGetaffinity(cmd.Process.Pid, &set)
	_ = in.Close() // which ends it
	_ = cmd.Wait()
	if err != nil || set.Count() != 1 || !set.IsSet(mine[0]) {
		t.Errorf("%v, %d processors", err, set.Count())
	}
	if now := myProcessors(); len(now) != len(mine) {
		t.Errorf("the test has %d processors now, had %d", len(now), len(mine))
	}
}

// What other programs did is the machine's time without this process's own.
func TestLoadOfOthers(t *testing.T) {
	l := startLoad()
	l.began = l.began.Add(-10 * time.Second)
	l.before.busy -= 10 * time.Second * time.Duration(len(myProcessors()))
	if got := l.others(); got < 0.9 {
		t.Errorf("processors that were busy all the time: %g", got)
	}
	l = startLoad()
	l.own -= time.Hour // all that was done was done here
	if got := l.others(); got != 0 {
		t.Errorf("nothing but this process: %g", got)
	}
}
