package parse

import (
	"errors"

	"crawl/parse/picture"
)

// Errors of a Pool.
var (
	// ErrParseCrash says that the worker died, or answered nonsense, each time it had the page.
	ErrParseCrash = errors.New("the page crashed its parser")

	// ErrParseTimeout says that the page took its parser longer than the deadline.
	ErrParseTimeout = errors.New("the page took its parser longer than the deadline")

	// ErrParseMemory says that the page took its parser more memory than the cap.
	ErrParseMemory = errors.New("the page took its parser more memory than the cap")

	// ErrNoWorkers says that no worker could be started for a while. It is not about the page, which was not parsed; the
	// Pool has stopped.
	ErrNoWorkers = errors.New("no parser could be started")

	// ErrNotAWorker says that what was started or reached as a worker never spoke as one, or refused to be one, as
	// WorkerOptions.Init may. It is an ErrNoWorkers that comes soon.
	ErrNotAWorker = errors.New("the parser is not a worker")

	// ErrClosed says that the Pool was closed or terminated before the page was parsed.
	ErrClosed = errors.New("the parsers were stopped")

	// ErrNoImages says that the worker program does not look at pictures.
	ErrNoImages = errors.New("the parser does not take pictures: use crawl's own, or one whose hello tells the ability image")

	// ErrProtocol says that a peer does not speak the worker protocol as docs/worker-protocol.md has it.
	ErrProtocol = errors.New("not the worker protocol")
)

// errRefused says that a worker answered with an error instead of a result: it speaks the protocol, and tells why it does not work.
var errRefused = errors.New("the worker refused")

// pageError is an error about a page with the words of the worker.
type pageError struct {
	kinds   []error
	message string
}

func (e *pageError) Error() string   { return e.message }
func (e *pageError) Unwrap() []error { return e.kinds }

// Classes of errors in a worker's result, and what each is here.
const (
	classRule    = "rule"
	classDeep    = "too_deep"
	classTimeout = "timeout"
	classMemory  = "memory"
	classCrash   = "crash"

	classNotImage = "not_an_image"
	classPixels   = "too_many_pixels"
	classLarge    = "too_large"
	classBroken   = "broken"
)

// classOf is the class of an Extractor's error.
func classOf(err error) string {
	switch {
	case errors.Is(err, ErrRule):
		return classRule
	case errors.Is(err, ErrTooDeep):
		return classDeep
	case isTimeout(err):
		return classTimeout
	case errors.Is(err, ErrParseMemory):
		return classMemory
	case errors.Is(err, picture.ErrNotAnImage):
		return classNotImage
	case errors.Is(err, picture.ErrTooManyPixels):
		return classPixels
	case errors.Is(err, picture.ErrTooLarge):
		return classLarge
	case errors.Is(err, picture.ErrBroken):
		return classBroken
	default:
		return classCrash
	}
}

// errorOf is the error for a class; one that is not known is a crash.
func errorOf(class, message string) error {
	e := &pageError{message: message}
	switch class {
	case classRule:
		e.kinds = []error{ErrRule}
	case classDeep:
		e.kinds = []error{ErrTooDeep}
	case classTimeout:
		e.kinds = []error{ErrParseTimeout}
	case classMemory:
		e.kinds = []error{ErrParseMemory}
	case classNotImage:
		e.kinds = []error{picture.ErrNotAnImage}
	case classPixels:
		e.kinds = []error{picture.ErrTooManyPixels}
	case classLarge:
		e.kinds = []error{picture.ErrTooLarge}
	case classBroken:
		e.kinds = []error{picture.ErrBroken}
	default:
		e.kinds = []error{ErrParseCrash, ErrCrash}
	}
	if message == "" {
		e.message = e.kinds[0].Error()
	}
	return e
}

// isUnparsed reports whether a document's error says that no worker could be asked about it.
func isUnparsed(err error) bool {
	return errors.Is(err, ErrNoWorkers) || errors.Is(err, ErrClosed)
}

// isPoison reports whether a page with this error is to be kept for somebody to look at.
func isPoison(err error) bool {
	return errors.Is(err, ErrTooDeep) || errors.Is(err, ErrParseCrash) || errors.Is(err, ErrParseTimeout) || errors.Is(err, ErrParseMemory)
}
