package crawler_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"crawl/crawler"
	"crawl/sink"
	"crawl/sink/naming"
)

// createStore makes a store in a directory of its own.
func createStore() (store *crawler.Store, remove func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	store, err = crawler.CreateStore(filepath.Join(dir, "store"), sink.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return store, func() {
		if err := store.Close(); err != nil {
			log.Print(err)
		}
		os.RemoveAll(dir)
	}
}

// The end of the context stops a crawl, which is no error: what is on its way may end, and all that is done is stored. Another
// Crawl over the same store goes on, in the same process or in a later one that opens the store with OpenStore.
func ExampleCrawl_Run() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	pages := http.NewServeMux()
	for _, path := range []string{"/1", "/2", "/3"} {
		pages.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			if path == "/2" {
				stop()
			}
			fmt.Fprint(w, "<title>a page</title>")
		})
	}
	web := httptest.NewServer(pages)
	defer web.Close()
	store, remove := createStore()
	defer remove()

	for _, ctx := range []context.Context{ctx, context.Background()} {
		c, err := crawler.New(store, crawler.Options{
			List: crawler.URLs(web.URL+"/1", web.URL+"/2", web.URL+"/3"), Mode: crawler.Sequential, Rate: -1,
		})
		if err != nil {
			log.Fatal(err)
		}
		sum, err := c.Run(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d done, %d pending, stopped %q\n", sum.URLs.Done, sum.URLs.Pending, sum.Stopped)
	}
	// Output:
	// 2 done, 1 pending, stopped "signal"
	// 3 done, 0 pending, stopped ""
}

// What a store has, in the order of the list: a row for each URL, where it led, and the body. It may be read while the crawl
// runs, by the process that runs it.
func ExampleStore() {
	pages := http.NewServeMux()
	pages.Handle("/old", http.RedirectHandler("/new", http.StatusMovedPermanently))
	pages.HandleFunc("/new", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<title>New</title>") })
	web := httptest.NewServer(pages)
	defer web.Close()
	store, remove := createStore()
	defer remove()
	c, err := crawler.New(store, crawler.Options{List: crawler.URLs(web.URL+"/old", web.URL+"/absent"), Rate: -1})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Run(context.Background()); err != nil {
		log.Fatal(err)
	}

	rows := sink.Source{Store: store.Store, ByURL: store.ByURL} // what Export and WriteRows take, too
	err = rows.Rows(context.Background(), func(row *sink.Row) error {
		fmt.Printf("%s: %d", row.URL[len(web.URL):], row.Record.Status)
		if row.Record != row.Last {
			fmt.Printf(" to %s: %d %q", row.FinalURL[len(web.URL):], row.Last.Status, row.Last.Title)
		}
		if row.ErrClass != "" {
			fmt.Printf(" failed: %s", row.ErrClass)
		}
		if row.Last.Body != (sink.BodyRef{}) { // else ReadBody gives sink.ErrNotFound
			body, err := store.ReadBody(row.Last.Body)
			if err != nil {
				return err
			}
			fmt.Printf(" with %d bytes", len(body))
		}
		fmt.Println()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// /old: 301 to /new: 200 "New" with 18 bytes
	// /absent: 404 failed: http_4xx with 19 bytes
}

// A list of pictures into the store, and as files with readable names into a directory.
func ExampleImages() {
	pictures := http.NewServeMux()
	for path, side := range map[string]int{"/small.png": 10, "/large.png": 400} {
		pictures.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			_ = png.Encode(w, image.NewGray(image.Rect(0, 0, side, side)))
		})
	}
	web := httptest.NewServer(pictures)
	defer web.Close()
	store, remove := createStore()
	defer remove()
	name, err := naming.Parse("{n:03}_{base}")
	if err != nil {
		log.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(store.Dir()), "pictures")
	c, err := crawler.New(store, crawler.Options{
		List: crawler.URLs(web.URL+"/small.png", web.URL+"/large.png"), Rate: -1,
		Images: &crawler.Images{Dir: dir, Name: name, Filter: crawler.Filter{MinWidth: 100}},
	})
	if err != nil {
		log.Fatal(err)
	}
	sum, err := c.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.Images.Saved, "saved,", sum.Images.Filtered, "left out")
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// 1 saved, 1 left out
	// 002_large.png
}
