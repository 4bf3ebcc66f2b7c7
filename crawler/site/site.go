// Package site is a web site made by code, on loopback addresses, for trying the crawler out: the same seed number gives the
// same pages, links, images and errors on every machine, and the site knows what a crawl of it must find.
//
//	s, err := site.New(site.Options{Pages: 500, Images: 50, Traps: true})
//	err = s.Start("127.0.0.1:0")
//	defer s.Close()
//	crawl(s.List())          // or s.URL() with a depth
//	s.Expect().Crawl(...)    // what must have been found
//	s.Requests()             // how often each URL was asked for
//
// A path and its answer depend on the seed alone, except for the port: links to other hosts, and redirects, name it, so a
// page's digest holds for one Start. The same program with the same port gives the same digests.
//
// It serves plain HTTP/1.1 and listens on loopback addresses only.
package site

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"
)

// Always, as Options.ErrorTries, makes troubled URLs fail each time.
const Always = -1

// Options say what the site is like. The zero value of each field is its default; a site with none of them set has a
// hundred pages, no images, and nothing hostile.
type Options struct {
	Seed   uint64
	Pages  int // 100 by default
	Images int
	Hosts  int // 3 by default, fewer when there are fewer pages: 127.0.0.1, 127.0.0.2 and so on, on one port

	// MinSize and MaxSize bound the bytes of a page, 2 kB to 200 kB by default, log-distributed between them. Equal
	// values give pages of exactly that size, as long as their links fit.
	MinSize, MaxSize int
	Links            int // links of a page, about; 45 by default. Small pages have as many as fit

	// LatencyMin and LatencyMax bound the time before the first byte. The latency of a request follows from its path and
	// from how often that was asked for.
	LatencyMin, LatencyMax time.Duration
	Bandwidth              int64 // bytes per second of each response body; 0 = no limit

	Errors     ErrorShares
	ErrorTries int           // how often a troubled URL fails before it works: 1 by default, or Always
	SlowFor    time.Duration // how long a slow body takes; 2 s by default

	CrawlDelay time.Duration // Crawl-delay in robots.txt; 0 = none
	Traps      bool          // also odd pages, charsets, redirects, forbidden and endless parts, a gzip bomb
	Gzip       bool          // compress pages for clients that accept gzip

	Log io.Writer // one line for each request; nil = none. It is written to by one goroutine at a time
}

// Demo is the site that shows everything: small, quick, and troubled.
func Demo(seed uint64) Options {
	return Options{
		Seed: seed, Pages: 200, Images: 60, Traps: true, Gzip: true,
		LatencyMin: 10 * time.Millisecond, LatencyMax: 80 * time.Millisecond,
		Errors:  ErrorShares{HTTP5xx: 0.02, TooMany: 0.01, Reset: 0.01, Short: 0.01, Slow: 0.01},
		SlowFor: time.Second,
	}
}

// Site is a site. Its methods may be called from many goroutines, except for Start and Close.
type Site struct {
	o        Options
	v        *vocabulary
	hosts    []host
	rendered [][]byte // all pages, or nil when they are too many bytes
	drawings [drawings]drawing
	bomb     func() []byte
	quiet    bool // no trouble at all
	headers  headers
	gzips    sync.Pool // of *gzipBuffer
	images   sync.Pool // of *[]byte, an image that is being sent
	manifest atomic.Pointer[Manifest]
	counts   counts
	server   server
}

// host is one host of the site.
type host struct {
	base   string // http://address:port
	extras map[string]*extra
	active gauge
}

// New makes a site that is not served yet: until Start, its hosts are those of port 80. It fails when the options
// contradict one another.
func New(o Options) (*Site, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &Site{
		o: o, v: newVocabulary(o.Seed), hosts: make([]host, o.Hosts), quiet: o.Errors == ErrorShares{},
		bomb: sync.OnceValue(makeBomb), headers: newHeaders(),
	}
	s.counts.pages = make([]atomic.Uint32, o.Pages)
	s.counts.images = make([]atomic.Uint32, o.Images)
	for h := range s.hosts {
		s.hosts[h].base = fmt.Sprintf("http://127.0.0.%d", h+1)
	}
	s.buildExtras()
	return s, nil
}

// complete fills in defaults and checks.
func (o *Options) complete() error {
	setDefault(&o.Pages, 100)
	setDefault(&o.Hosts, min(3, o.Pages))
	setDefault(&o.Links, defaultLinks)
	setDefault(&o.ErrorTries, 1)
	setDefault(&o.SlowFor, defaultSlowFor)
	if o.MinSize == 0 {
		o.MinSize = defaultMinSize
		if o.MaxSize > 0 {
			o.MinSize = min(o.MinSize, o.MaxSize)
		}
	}
	setDefault(&o.MaxSize, max(defaultMaxSize, o.MinSize))
	switch {
	case o.Pages < 1 || o.Pages > maxPages:
		return fmt.Errorf("site: %d pages: take 1 to %d", o.Pages, maxPages)
	case o.Images < 0 || o.Images > maxImages:
		return fmt.Errorf("site: %d images: take 0 to %d", o.Images, maxImages)
	case o.Hosts < 1 || o.Hosts > maxHosts:
		return fmt.Errorf("site: %d hosts: take 1 to %d", o.Hosts, maxHosts)
	case o.Hosts > o.Pages:
		return fmt.Errorf("site: %d hosts need at least as many pages, there are %d", o.Hosts, o.Pages)
	case o.MinSize < 1 || o.MaxSize < o.MinSize || o.MaxSize > maxPageSize:
		return fmt.Errorf("site: pages of %d to %d bytes: take a range within 1 to %d", o.MinSize, o.MaxSize, maxPageSize)
	case o.Links < 0:
		return errors.New("site: the number of links is negative")
	case o.LatencyMin < 0 || o.LatencyMax < 0 || o.Bandwidth < 0 || o.SlowFor < 0 || o.CrawlDelay < 0:
		return errors.New("site: a latency, delay or bandwidth is negative")
	}
	o.LatencyMax = max(o.LatencyMin, o.LatencyMax)
	return o.Errors.check()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// hashString is a number that depends on a text and a seed alone.
func hashString(text string, seed uint64) uint64 { return xxh3.HashStringSeed(text, seed) }

// URL is the first host's root page, from which every page can be reached through links.
func (s *Site) URL() string { return s.hosts[0].base + "/" }

// Hosts are the hosts as URLs without a path: "http://127.0.0.1:8080".
func (s *Site) Hosts() []string {
	out := make([]string, len(s.hosts))
	for h := range s.hosts {
		out[h] = s.hosts[h].base
	}
	return out
}

// List is a list of URLs to crawl: all pages, all images and, with Traps, pages in Chinese charsets, some redirects and
// two that are gone.
func (s *Site) List() []string {
	list := make([]string, 0, s.o.Pages+s.o.Images+16)
	for i := range s.o.Pages {
		list = append(list, s.pageURL(i))
	}
	for j := range s.o.Images {
		list = append(list, s.imageURL(j))
	}
	if s.o.Traps {
		for _, path := range listedExtras() {
			list = append(list, s.hosts[0].base+path)
		}
	}
	return list
}
