package parse

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tinylib/msgp/msgp"
)

// lastWords are what a worker wrote to its standard error last: its last lines, or the one that says why a Go program
// crashed, which is far above the last.
type lastWords struct {
	lines []string // at most maxLastLines
	crash string
}

func (w *lastWords) add(line []byte) {
	text := clean(string(line), maxWords/maxLastLines)
	if text == "" {
		return
	}
	if w.crash == "" && (bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: "))) {
		w.crash = text
	}
	if len(w.lines) == maxLastLines {
		w.lines = w.lines[:copy(w.lines, w.lines[1:])]
	}
	w.lines = append(w.lines, text)
}

// String gives the words as the end of a sentence, "" where there are none.
func (w *lastWords) String() string {
	switch {
	case w.crash != "":
		return "; it said: " + w.crash
	case len(w.lines) > 0:
		return "; it said: " + strings.Join(w.lines, " | ")
	}
	return ""
}

// explain puts what came in the place of the decoder's words for it.
func (l *link) explain(err error) error {
	var undecodable msgp.Error
	if !errors.Is(err, ErrProtocol) || !errors.As(err, &undecodable) {
		return err
	}
	sample := strconv.QuoteToASCII(string(l.r.Peek(sampleBytes)))
	if l.proc == nil {
		return fmt.Errorf("%w: what listens there answered %s", ErrProtocol, sample)
	}
	return fmt.Errorf("%w: the worker wrote %s to its standard output", ErrProtocol, sample)
}

// helloError says why a worker that was started or reached did not become one.
type helloError struct {
	err    error
	silent bool // it did nothing at all
}

func (e *helloError) Error() string { return e.err.Error() }
func (e *helloError) Unwrap() error { return e.err }

// sign puts to a worker's words about a rule who says them and what is to be done: they end a whole crawl. It names the
// rule where that is the only one and the worker has not.
func (l *link) sign(page error, rules *Rules) error {
	if !errors.Is(page, ErrRule) {
		return page
	}
	which := "a rule"
	if len(rules.Select) == 1 && !strings.Contains(page.Error(), rules.Select[0].Name) {
		which = "the rule " + strconv.Quote(rules.Select[0].Name)
	}
	return &pageError{kinds: []error{ErrRule}, message: fmt.Sprintf(
		"the parser %q cannot run %s: %v; change the rule, or take another worker; the same command goes on then", l.hello.name, which, page)}
}
