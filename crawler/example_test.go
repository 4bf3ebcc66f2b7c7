package crawler_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crawl/crawler"
	"crawl/crawler/site"
	"crawl/sink"
)

// A crawl of a site from its root, to the end; then its results, in the order in which the URLs became known.
func Example() {
	s, err := site.New(site.Options{Pages: 5, Hosts: 1})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := crawler.CreateStore(filepath.Join(dir, "store"), sink.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	c, err := crawler.New(store, crawler.Options{List: crawler.URLs(s.URL()), Depth: 5, Rate: -1})
	if err != nil {
		log.Fatal(err)
	}
	sum, err := c.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.URLs.Done, "pages")
	err = store.Each(0, func(r *sink.Record) error {
		body, err := store.ReadBody(r.Body)
		if err == nil && r.From == 0 {
			fmt.Println(r.Status, r.MediaType, len(body) > 0, r.Links.Len() > 0)
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 5 pages
	// 200 text/html true true
}
