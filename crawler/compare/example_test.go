package compare_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"crawl/crawler"
	"crawl/crawler/compare"
)

// A program that compares runs itself again for each trial: with "child" as its argument, its main calls compare.RunChild
// first thing.
func Example() {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprint(w, "<title>a page</title>")
	}))
	defer web.Close()
	ctx := context.Background()
	rec, err := compare.Record(ctx, crawler.Options{List: crawler.URLs(web.URL+"/1", web.URL+"/2", web.URL+"/3"), Rate: 100})
	if err != nil {
		log.Fatal(err)
	}
	modes, err := compare.ParseModes("sequential,goroutines=3", 8, 2, "")
	if err != nil {
		log.Fatal(err)
	}
	r, err := compare.Run(ctx, compare.Options{
		Command: []string{os.Args[0], "child"}, Recording: rec, Modes: modes,
		MaxTime: time.Millisecond, // one trial each, for an example
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range r.Modes {
		fmt.Println(m.Name, m.Bytes, "bytes, took at least 20 ms:", m.Wall.Median > 0.015)
	}
	// Output:
	// sequential 63 bytes, took at least 20 ms: true
	// goroutines=3 63 bytes, took at least 20 ms: true
}
