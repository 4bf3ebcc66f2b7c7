package compare

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"
)

// trialOrder makes a process run one mode over the list once. It answers with a trialAnswer.
type trialOrder struct {
	work
	Block   int
	Parts   [][]string // URLs, those that follow from one another in one part
	Polite  *gateOrder `json:",omitempty"` // nil: no waiting
	Command []string   // of members
}

// trialAnswer is what a trial's process says at its end.
type trialAnswer struct {
	Trial  Trial
	Waited time.Duration // that its threads were ready to run and did not, all together
}

// trialChild is the process of a trial.
func trialChild(ctx context.Context, in *bufio.Reader, out io.Writer, o *trialOrder) error {
	ctx, cancel := untilOrphaned(ctx, in)
	defer cancel()
	a, err := runTrial(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(a)
}

// runTrial runs the mode. Starting worker processes is part of what a mode costs, and so within the trial's time.
func runTrial(ctx context.Context, o *trialOrder) (*trialAnswer, error) {
	if o.Mode.Kind == KindEventLoop {
		runtime.GOMAXPROCS(1)
	}
	meter := startMeter()
	began := time.Now()
	b := newBrake(&o.work)
	var from source = newQueue(len(o.Parts))
	if o.Polite != nil {
		from = newGate(o.Polite, o.Parts, began)
	}
	results := make([][]Request, len(o.Parts))
	var own account
	var err error
	if o.Mode.Kind == KindProcesses {
		own, err = runMembers(ctx, o, from, results, began, b)
	} else {
		own, err = runHere(ctx, o, from, results, began, meter, b)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	t := Trial{Mode: o.Mode.Name, Block: o.Block, Refusal: b.why()}
	for _, list := range results {
		t.Requests = append(t.Requests, list...)
	}
	for i := range t.Requests {
		q := &t.Requests[i]
		t.Wall = max(t.Wall, q.Done)
		t.Bytes += q.Bytes
		if q.Error != "" {
			t.Errors++
		}
	}
	return meter.finish(t, own), err
}

// account is what the processes of a trial count, each its own, and together by add.
type account struct {
	Opened, Reused int
	MaxRSS         int64
	Threads        int
	Goroutines     int
	Processes      int
	Waited         time.Duration
}

func (a *account) add(b account) {
	a.Opened += b.Opened
	a.Reused += b.Reused
	a.MaxRSS += b.MaxRSS
	a.Threads += b.Threads
	a.Goroutines += b.Goroutines
	a.Processes += b.Processes
	a.Waited += b.Waited
}

// runHere runs a mode within this process.
func runHere(ctx context.Context, o *trialOrder, from source, results [][]Request, began time.Time, m *meter, b *brake) (account, error) {
	r, err := newRunner(&o.work, began, m, b)
	if err != nil {
		return account{}, err
	}
	taking, cancel := b.while(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for i := range o.Mode.Concurrency {
		wg.Go(func() {
			if o.Mode.Kind == KindThreads {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread() // a thread that ended with its goroutine would not be counted
			}
			var s scratch
			for {
				part, ok := from.next(taking)
				if !ok {
					return
				}
				results[part] = r.chain(ctx, o.Parts[part], i, &s)
				from.done(part)
			}
		})
	}
	wg.Wait()
	m.stopSampling()
	a := account{Opened: int(r.opened.Load()), Reused: int(r.reused.Load())}
	r.close()
	return a, nil
}

// memberOrder makes a process a member of mode processes. Each line that it reads is a job, each line that it writes a
// memberAnswer; an empty line is the end, which it answers with its account.
type memberOrder struct {
	work
	Began time.Time // of the trial, by the clock
	Slots int       // fetches at one time
}

// job is a part of the list for a member.
type job struct {
	Part   int // below 0: nothing more may be asked, redirects' targets neither
	URLs   []string
	Worker int
}

type memberAnswer struct {
	Part     int
	Requests []Request
	Account  *account `json:",omitempty"` // of the last answer
}

// memberChild fetches what it is given until an empty line, or until its input ends because its parent is gone.
func memberChild(ctx context.Context, in *bufio.Reader, out io.Writer, o *memberOrder) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	meter := startMeter()
	b := newBrake(&o.work)
	// The clock of the trial's begin goes by wall time; of this process by what has passed since.
	r, err := newRunner(&o.work, time.Now().Add(-time.Since(o.Began)), meter, b)
	if err != nil {
		return err
	}
	jobs := make(chan job)
	answers := make(chan memberAnswer)
	var workers, writer sync.WaitGroup
	for range o.Slots {
		workers.Go(func() {
			var s scratch
			for j := range jobs {
				answers <- memberAnswer{Part: j.Part, Requests: r.chain(ctx, j.URLs, j.Worker, &s)}
			}
		})
	}
	enc := json.NewEncoder(out)
	var werr error
	writer.Go(func() {
		for a := range answers {
			if err := enc.Encode(a); err != nil && werr == nil {
				werr = err
				cancel()
			}
		}
	})
	err = readJobs(in, jobs, b)
	if err != nil {
		endOrphan(cancel)
	}
	close(jobs)
	workers.Wait()
	close(answers)
	writer.Wait()
	meter.stopSampling()
	a := account{Opened: int(r.opened.Load()), Reused: int(r.reused.Load())}
	r.close()
	if err := errors.Join(err, werr); err != nil {
		return err
	}
	a = meter.account(a)
	return enc.Encode(memberAnswer{Part: -1, Account: &a})
}

// readJobs hands jobs on until an empty line.
func readJobs(in *bufio.Reader, jobs chan<- job, b *brake) error {
	for {
		line, err := readLine(in, maxOrder)
		if err != nil {
			return fmt.Errorf("the trial is gone: %w", err)
		}
		if len(line) <= 1 {
			return nil
		}
		var j job
		if err := json.Unmarshal(line, &j); err != nil {
			return err
		}
		if j.Part < 0 {
			b.stop()
			continue
		}
		jobs <- j
	}
}
