// Command crawl crawls lists of URLs.
//
// This package holds what a command line needs and nothing else: flags, signals, wiring, progress, and the words of the
// output. The work is done by crawl/crawler and the packages below it.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
