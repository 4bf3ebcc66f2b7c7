// Command colly crawls a site with Colly v2 as its users would: every link followed, nothing stored. With -select it takes three
// fields of each page besides. It prints the number of pages.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gocolly/colly/v2"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("colly: ")
	start := flag.String("url", "", "crawl the host of this URL, from here")
	parallel := flag.Int("c", 64, "requests at once")
	selects := flag.Bool("select", false, "extract three fields of each page")
	flag.Parse()
	at, err := url.Parse(*start)
	if err != nil || at.Host == "" {
		log.Fatal("-url: not an absolute URL: ", *start)
	}
	pages, fields, err := crawl(at, *parallel, *selects)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pages, "pages,", fields, "bytes of fields")
}

func crawl(start *url.URL, parallel int, selects bool) (pages, fields int64, err error) {
	c := colly.NewCollector(colly.Async(true), colly.AllowedDomains(start.Hostname()), colly.IgnoreRobotsTxt())
	// As many idle connections as requests: net/http's default of two would dial anew for nearly every page.
	c.WithTransport(&http.Transport{
		DialContext: (&net.Dialer{Timeout: 30 * time.Second}).DialContext, MaxIdleConnsPerHost: parallel, IdleConnTimeout: 90 * time.Second,
	})
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: parallel}); err != nil {
		return 0, 0, err
	}
	var n, bytes atomic.Int64
	c.OnResponse(func(*colly.Response) { n.Add(1) })
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		// Visit refuses what was visited: that is most links, and no error of the crawl.
		_ = e.Request.Visit(e.Attr("href"))
	})
	if selects {
		c.OnHTML("title", func(e *colly.HTMLElement) { bytes.Add(int64(len(e.Text))) })
		c.OnHTML("h2", func(e *colly.HTMLElement) { bytes.Add(int64(len(e.Text))) })
		c.OnHTML("a.next", func(e *colly.HTMLElement) { bytes.Add(int64(len(e.Request.AbsoluteURL(e.Attr("href"))))) })
	}
	if err := c.Visit(start.String()); err != nil {
		return 0, 0, err
	}
	c.Wait()
	return n.Load(), bytes.Load(), nil
}
