package fetch_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"

	"crawl/fetch"
)

// One page by its redirects, which Do returns as they are: whether to follow them is the caller's to say. The server of this
// example is on a loopback address, which is refused unless MayBePrivate, or Options.AllowPrivate, allows it.
func ExampleClient_Do() {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/page", http.StatusFound)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.WriteString(z, "hello")
		_ = z.Close()
	}))
	defer web.Close()
	client, err := fetch.New(fetch.Options{UserAgent: "example/1 (+https://example.org/bot)", MaxBytes: 1 << 20})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	at := web.URL + "/"
	for range 5 {
		resp, err := client.Do(context.Background(), &fetch.Request{URL: at, MayBePrivate: true})
		if err != nil {
			log.Fatal(err)
		}
		location := resp.Header.Get("Location")
		fmt.Printf("%d %q\n", resp.Status, resp.Body) // decoded, and valid until Release
		resp.Release()
		if location == "" {
			break
		}
		base, err := url.Parse(at)
		if err != nil {
			log.Fatal(err)
		}
		target, err := base.Parse(location)
		if err != nil {
			log.Fatal(err)
		}
		at = target.String()
	}

	_, err = client.Do(context.Background(), &fetch.Request{URL: at}) // without MayBePrivate
	if e, ok := errors.AsType[*fetch.Error](err); ok {
		fmt.Println(e.Class)
	}
	// Output:
	// 302 ""
	// 200 "hello"
	// refused_address
}
