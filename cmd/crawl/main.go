// Command crawl crawls lists of URLs.
//
// This package holds what a command line needs and nothing else: flags, signals, wiring, progress, and the words of the
// output. The work is done by crawl/crawler and the packages below it.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	log.SetOutput(io.Discard)          // net/http writes there what a server sends unasked; it must not reach a terminal
	cobra.EnableCommandSorting = false // help lists the verbs in the order in which they are used
	if !isWorker(os.Args[1:]) {        // a worker sets its own
		keepHeapFloor()
	}
	// A reader that has ended (| head) is an error of a write: what else is to be written still is.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
