package main

import (
	"errors"
	"io"
	"sync"

	"crawl/sink"
)

// output is the standard output of the command. It remembers the first write that failed and takes no more after it, so that
// no verb has to look for itself; Main tells it at the end. Any number of goroutines may write.
type output struct {
	w io.Writer

	mu     sync.Mutex
	failed *outputError
}

// Write implements io.Writer. Its error is an *outputError.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed != nil {
		return 0, o.failed
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.failed = &outputError{cause: err}
		return n, o.failed
	}
	return n, nil
}

// failure is the first write that failed; nil when none did.
func (o *output) failure() *outputError {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}

// outputError says that standard output could not be written.
type outputError struct {
	cause  error
	advice string // what it means, from the verb; "" for what is always true
}

func (e *outputError) Error() string {
	text := "standard output cannot be written: " + reason(e.cause)
	if e.advice != "" {
		return text + "; " + e.advice
	}
	return text + "; what was printed is not complete"
}

func (e *outputError) Unwrap() error { return e.cause }

// unread reports that whoever read the output has ended, as `head` does: there is nobody to complain to.
func (e *outputError) unread() bool { return isClosedPipe(e.cause) }

// code is the exit code of a command whose output failed.
func (e *outputError) code() int {
	if sink.IsNoSpace(e.cause) {
		return exitSpace
	}
	return exitFailed
}

// withOutput gives the error of a command whose output may have failed: that, unless the command says itself why it failed.
func (o *output) withOutput(err error) error {
	failed := o.failure()
	var of *outputError
	switch {
	case failed == nil, err != nil && err.Error() != "" && !errors.As(err, &of):
		return err
	case failed.unread() && of == nil:
		return err
	case failed.unread():
		return nil
	}
	return failed
}
