package parse

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"crawl/parse/internal/proc"
)

// RunWorker makes the calling process a worker of the pool at its standard input and output, and returns when the pool
// has no more work: the process is to end then. It is what a program given as PoolOptions.Command calls first thing in
// main. Errors are those of ServeWorker.
//
// It is about the whole process: what is printed to standard output goes to standard error from now on, inherited
// descriptors are closed, the memory limit is set from the pool's, and the process ends half a second after its input when
// the work in hand does not.
func RunWorker(ctx context.Context, o WorkerOptions) error {
	if kept := proc.CloseInherited(); kept != "" {
		o.kept = append(o.kept, kept)
	}
	in, out, err := proc.TakeStdio()
	if err != nil {
		return err
	}
	defer out.Close()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(workerGC)
	}
	proc.HugeHeap(youngHeap)
	o.onHello = func(h *helloParams) {
		if h.memory > 0 {
			debug.SetMemoryLimit(h.memory / 100 * memoryShare)
		}
	}
	finished := make(chan struct{})
	defer close(finished)
	o.onEOF = func() {
		select {
		case <-finished:
		case <-time.After(lingerAfterEOF):
			os.Exit(1)
		}
	}
	err = ServeWorker(ctx, in, out, o)
	if errors.Is(err, os.ErrClosed) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
