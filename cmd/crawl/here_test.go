package main

import (
	"context"
	"errors"
	"testing"

	"crawl/parse"
)

// endless is an extractor that looks at nothing until it is released.
type endless struct {
	*parse.InProcess
	begun, released, ended chan struct{}
}

func (e *endless) Extract(_ context.Context, doc *parse.Document, _ parse.Rules) (parse.Extraction, error) {
	defer close(e.ended)
	close(e.begun)
	<-e.released
	return parse.Extraction{Text: string(doc.Body)}, nil
}

// A page that holds its parser is left behind when the context ends, and its body is the caller's again.
func TestHereLeavesAPageBehind(t *testing.T) {
	e := &endless{parse.NewInProcess(), make(chan struct{}), make(chan struct{}), make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-e.begun
		cancel()
	}()
	body := []byte("<h1>x</h1>")
	_, err := here{e}.Extract(ctx, &parse.Document{URL: "http://a.test/", Body: body}, parse.Rules{Text: true})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	clear(body) // which the race detector would tell of
	close(e.released)
	<-e.ended
}

// What ends is answered.
func TestHereAnswers(t *testing.T) {
	doc := &parse.Document{URL: "http://a.test/", ContentType: "text/html", Body: []byte("<title>t</title><p>x")}
	found, err := newHere().Extract(t.Context(), doc, parse.Rules{Text: true})
	if err != nil || found.Text != "x" {
		t.Errorf("%+v, %v", found, err)
	}
}
