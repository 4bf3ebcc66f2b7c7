package compare

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// child is a process of the comparison. Its group holds what it starts itself.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	tail tail // of its standard error
	over sync.Once
}

// startChild starts the program and tells it what to be. place may set where it runs; nil leaves that to the system.
func startChild(command []string, o order, place *place) (*child, error) {
	c := &child{cmd: exec.Command(command[0], command[1:]...)}
	c.cmd.Stderr = &c.tail
	ownGroup(c.cmd)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := place.start(c.cmd); err != nil {
		return nil, fmt.Errorf("a process of the comparison cannot be started: %w", err)
	}
	c.in, c.out = in, bufio.NewReaderSize(out, 64<<10)
	line, err := json.Marshal(o)
	if err == nil {
		_, err = in.Write(append(line, '\n'))
	}
	if err != nil {
		c.end()
		return nil, c.failed(err)
	}
	return c, nil
}

// answer reads a line into v. It blocks until there is one, or the process has ended.
func (c *child) answer(v any) error {
	line, err := readLine(c.out, maxTrialResult)
	if err != nil {
		c.end() // what it said is whole when it has been waited for
		return c.failed(err)
	}
	return json.Unmarshal(line, v)
}

// failed adds what the process said to an error of talking to it.
func (c *child) failed(err error) error {
	said := c.tail.String()
	if said == "" {
		return fmt.Errorf("a process of the comparison ended early: %w", err)
	}
	return fmt.Errorf("a process of the comparison ended early: %s", said)
}

// end takes the child's input away, gives it a moment, kills what is left of its group and waits for it. It may be called
// again.
func (c *child) end() { c.over.Do(c.wait) }

func (c *child) wait() {
	_ = c.in.Close()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, c.out) // until all that hold its output are gone
	}()
	t := time.NewTimer(endTime)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
	}
	killGroup(c.cmd)
	<-ended
	_ = c.cmd.Wait() // why it ended is told by what it answered
}

// kill ends the child and its group at once; end is still to be called.
func (c *child) kill() { killGroup(c.cmd) }

// tail keeps the last of what is written to it, a line or some.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - maxTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.b))
}
