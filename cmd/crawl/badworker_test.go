package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"crawl/parse"
)

// badWorker is a worker whose parser has the faults that pages ask for by their address.
func badWorker() {
	if err := parse.RunWorker(context.Background(), parse.WorkerOptions{Name: "bad", Extractor: badParser{parse.NewInProcess()}}); err != nil {
		os.Exit(1)
	}
}

type badParser struct{ parse.Extractor }

func (b badParser) Extract(ctx context.Context, doc *parse.Document, rules parse.Rules) (parse.Extraction, error) {
	switch {
	case bytes.HasSuffix([]byte(doc.URL), []byte("/crash")):
		fmt.Fprintln(os.Stderr, "fatal error: the page said so\n\nand where")
		os.Exit(7)
	case bytes.HasSuffix([]byte(doc.URL), []byte("/hang")):
		fmt.Fprintln(os.Stderr, "hanging")
		time.Sleep(time.Hour)
	case bytes.HasSuffix([]byte(doc.URL), []byte("/swell")):
		var kept [][]byte
		for {
			kept = append(kept, bytes.Repeat([]byte{1}, 16<<20))
			time.Sleep(time.Millisecond)
			runtime.KeepAlive(kept)
		}
	}
	return b.Extractor.Extract(ctx, doc, rules)
}
