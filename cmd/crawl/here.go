package main

import (
	"bytes"
	"context"

	"crawl/parse"
)

// here runs the rules in this process, for --parsers 0. Nothing can stop a page there that is slow by its making, but it can be
// left behind: when the context is done the answer is no longer waited for, and the goroutine ends with its page or with
// the process, which then is about to end. It works on its own copy of the page and touches nothing else.
type here struct{ inProcess }

// inProcess is what parse.InProcess can do.
type inProcess interface {
	parse.Extractor
	parse.Imager
}

func newHere() here { return here{parse.NewInProcess()} }

// Extract is that of parse.InProcess, but returns when ctx is done.
func (h here) Extract(ctx context.Context, doc *parse.Document, rules parse.Rules) (parse.Extraction, error) {
	type answer struct {
		found parse.Extraction
		err   error
	}
	own := *doc
	own.Body = bytes.Clone(doc.Body) // the caller's is used again when it is answered
	end := make(chan answer, 1)
	go func() {
		found, err := h.inProcess.Extract(ctx, &own, rules)
		end <- answer{found, err}
	}()
	select {
	case a := <-end:
		return a.found, a.err
	case <-ctx.Done():
		return parse.Extraction{}, ctx.Err()
	}
}
