package compare_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"crawl/crawler"
	"crawl/crawler/compare"
)

// A program that compares runs itself again for each trial: it calls RunChild first thing when it is told to.
func Example() {
	ctx := context.Background()
	if len(os.Args) > 1 && os.Args[1] == "compare-child" {
		if err := compare.RunChild(ctx, os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	rec, err := compare.Record(ctx, crawler.Options{List: crawler.URLs("https://example.org/", "https://example.org/news")})
	if err != nil {
		log.Fatal(err)
	}
	modes, err := compare.ParseModes("sequential,goroutines=8", 8, 2, "")
	if err != nil {
		log.Fatal(err)
	}
	r, err := compare.Run(ctx, compare.Options{
		Command: []string{os.Args[0], "compare-child"}, Recording: rec, Modes: modes,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range r.Modes {
		fmt.Printf("%s: %.3gs\n", m.Name, m.Wall.Median)
	}
}
