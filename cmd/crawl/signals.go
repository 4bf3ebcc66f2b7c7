package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// signals turns Ctrl-C (SIGTERM, and the end of the terminal) into the two steps of stopping.
type signals struct {
	ctx   context.Context // done at the first: begin nothing new
	abort context.Context // done at the second: end what is in flight
	stop  func()
}

// watchSignals begins to watch; told is called at the first signal.
func watchSignals(parent context.Context, told func()) *signals {
	ctx, cancel := context.WithCancel(parent)
	abort, cancelAbort := context.WithCancel(context.Background())
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup means to outlive the terminal
		signal.Notify(ch, syscall.SIGHUP)
	}
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-ch:
			}
			if n == 0 {
				told()
				cancel()
			} else {
				cancelAbort()
				signal.Stop(ch) // a third ends the process as it always does
			}
		}
	}()
	return &signals{ctx: ctx, abort: abort, stop: sync.OnceFunc(func() {
		signal.Stop(ch)
		close(done)
		<-ended
		cancel()
		cancelAbort()
	})}
}
