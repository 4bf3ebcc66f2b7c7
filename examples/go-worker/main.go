// Command go-worker is a parser for crawl with rules of its own. Besides what crawl's own parser does, it gives the number
// of words of each page to the rule named "words".
//
//	go build -o go-worker ./examples/go-worker
//	crawl run --parser-cmd ./go-worker --select title=h1 --select words=body list.txt
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"crawl/parse"
)

// counter counts words, and leaves all else to crawl's own parser.
type counter struct {
	*parse.InProcess
}

// Extract runs the rules over a page.
func (c counter) Extract(ctx context.Context, doc *parse.Document, rules parse.Rules) (parse.Extraction, error) {
	wanted := rules.Text
	rules.Text = true
	x, err := c.InProcess.Extract(ctx, doc, rules)
	if err != nil {
		return x, err
	}
	for i := range x.Fields {
		if x.Fields[i].Name == "words" {
			x.Fields[i].Values = []string{strconv.Itoa(len(strings.Fields(x.Text)))}
		}
	}
	if !wanted {
		x.Text = ""
	}
	return x, nil
}

func main() {
	err := parse.RunWorker(context.Background(), parse.WorkerOptions{Name: "go-worker", Extractor: counter{parse.NewInProcess()}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-worker:", err)
		os.Exit(1)
	}
}
