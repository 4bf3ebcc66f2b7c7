package compare

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// member is a process of mode processes, as its trial sees it.
type member struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	mu   sync.Mutex // on in
	used account    // what it said at its end
}

// runMembers starts the mode's processes, feeds each with as many parts at a time as it has slots, and waits for them: the
// first process that is free gets the next part, as in a pool with a chunk size of one.
func runMembers(ctx context.Context, o *trialOrder, from source, results [][]Request, began time.Time, b *brake) (account, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	slots := o.Mode.Concurrency / o.Mode.Processes
	var wg sync.WaitGroup
	members := make([]*member, o.Mode.Processes)
	for i := range members {
		wg.Go(func() {
			m, err := startMember(ctx, o, slots, began)
			if err == nil {
				members[i] = m
				err = m.run(ctx, o, from, results, i*slots, slots, b)
			}
			if err != nil {
				cancel(fmt.Errorf("process %d: %w", i+1, err))
			}
		})
	}
	wg.Wait()
	var all account
	for _, m := range members {
		if m != nil {
			all.add(m.used)
		}
	}
	if err := context.Cause(ctx); err != nil {
		return all, err
	}
	return all, nil
}

func startMember(ctx context.Context, o *trialOrder, slots int, began time.Time) (*member, error) {
	cmd := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	m := &member{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 64<<10)}
	w := o.work
	w.Mode.Concurrency = slots
	w.Parsers = max(1, o.Parsers/o.Mode.Processes)
	return m, m.write(order{Member: &memberOrder{work: w, Began: began.Round(0), Slots: slots}})
}

func (m *member) write(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err = m.in.Write(append(b, '\n'))
	return err
}

// run feeds the member until there are no more parts, and waits for its end.
func (m *member) run(ctx context.Context, o *trialOrder, from source, results [][]Request, first, slots int, b *brake) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free := make(chan int, slots)
	for i := range slots {
		free <- i
	}
	var feeder sync.WaitGroup
	var ferr error
	busy := newSlotTable()
	feeder.Go(func() {
		ferr = m.feed(ctx, o, from, free, busy, first, b)
	})
	rerr := m.collect(from, results, free, busy, b)
	if rerr != nil {
		_ = m.cmd.Process.Kill() // so that the feeder's write ends
		cancel()
	}
	feeder.Wait()
	werr := m.cmd.Wait()
	return errors.Join(rerr, ferr, werr)
}

// feed gives parts to the member's free slots, and at the end the empty line. When the brake holds, the member is told.
func (m *member) feed(ctx context.Context, o *trialOrder, from source, free <-chan int, busy *slotTable, first int, b *brake) error {
	taking, cancel := b.while(ctx)
	defer cancel()
	for {
		slot := -1
		select {
		case slot = <-free:
		case <-taking.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		part, ok := from.next(taking)
		if b.holds() && !ok {
			if err := m.write(job{Part: -1}); err != nil {
				return err
			}
		}
		if !ok {
			m.mu.Lock()
			defer m.mu.Unlock()
			_, err := m.in.Write([]byte("\n"))
			return err
		}
		busy.set(part, slot)
		if err := m.write(job{Part: part, URLs: o.Parts[part], Worker: first + slot}); err != nil {
			return err
		}
	}
}

// collect takes the member's answers until its account.
func (m *member) collect(from source, results [][]Request, free chan<- int, busy *slotTable, b *brake) error {
	for {
		line, err := readLine(m.out, maxTrialResult)
		if err != nil {
			return fmt.Errorf("it ended early: %w", err)
		}
		var a memberAnswer
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		if a.Account != nil {
			m.used = *a.Account
			return nil
		}
		slot, ok := busy.take(a.Part)
		if !ok {
			return fmt.Errorf("it answered part %d, which it was not given", a.Part)
		}
		results[a.Part] = a.Requests
		for i := range a.Requests {
			b.saw(&a.Requests[i])
		}
		from.done(a.Part)
		free <- slot
	}
}

// slotTable tells which slot has which part.
type slotTable struct {
	mu sync.Mutex
	of map[int]int
}

func newSlotTable() *slotTable { return &slotTable{of: map[int]int{}} }

func (t *slotTable) set(part, slot int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[part] = slot
}

func (t *slotTable) take(part int) (int, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot, ok := t.of[part]
	delete(t.of, part)
	return slot, ok
}
