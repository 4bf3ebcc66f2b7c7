package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/crawler/site"
)

// demoSeed, demoRate: the demo is the same for everyone, and quick, because its server is our own.
const (
	demoSeed = 1
	demoRate = 100
)

// demoKey is where the demo's store remembers the address of its site, so that the same URLs go on after a kill.
const demoKey = "demo-address"

// siteFlags say what the built-in site is like.
type siteFlags struct {
	o         site.Options
	listen    string
	latency   string
	bandwidth sizeFlag
	errors    string
	minSize   sizeFlag
	maxSize   sizeFlag
	plain     bool
}

func (a *app) siteCmd() *cobra.Command {
	var f siteFlags
	cmd := &cobra.Command{
		Use:   "site",
		Short: "Serve the built-in site on loopback, for trying things out",
		Long: strings.TrimSpace(`
Serve a web site made by code, the same for the same --seed: pages with links and images, pages in Chinese charsets,
redirects, robots.txt, a sitemap, and (but for --plain) an endless calendar, a path that repeats itself and a gzip bomb.
GET /_site.json tells everything there is to find, /_stats.json what was asked for. The hosts are loopback addresses, so that
reaching all of them takes --scope any and --allow-private. It listens on loopback only and ends with Ctrl-C.`),
		Example: `  crawl site --pages 500 --latency 20ms-200ms --errors 5xx=0.02,429=0.01
  crawl run --depth 9 --scope any --allow-private --rate 0 http://127.0.0.1:8080/
  curl http://127.0.0.1:8080/_stats.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSite(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8080", "loopback `ADDRESS` of the first host; port 0 takes a free one")
	flags.Uint64Var(&f.o.Seed, "seed", 1, "number `N` that the whole site follows from")
	flags.IntVar(&f.o.Pages, "pages", 200, "`N` pages")
	flags.IntVar(&f.o.Images, "images", 60, "`N` images: JPEG, PNG and GIF")
	flags.IntVar(&f.o.Hosts, "hosts", 0, "`N` hosts, each on a loopback address of its own (default 3)")
	flags.IntVar(&f.o.Links, "links", 0, "`N` links of a page, about (default 45)")
	flags.Var(&f.minSize, "min-size", "smallest page (default 2kB)")
	flags.Var(&f.maxSize, "max-size", "largest page (default 200kB)")
	flags.StringVar(&f.latency, "latency", "", "`TIME` before the first byte: 50ms, or a range 20ms-200ms")
	flags.Var(&f.bandwidth, "bandwidth", "bytes per second of each answer, 0 = no limit")
	flags.StringVar(&f.errors, "errors", "", "`SHARES` of URLs in trouble: 5xx=0.02,429=0.01,reset=0.01,short=0.01,slow=0.01")
	flags.IntVar(&f.o.ErrorTries, "error-tries", 1, "a URL in trouble fails `N` times before it works, -1 = always")
	flags.DurationVar(&f.o.SlowFor, "slow-for", 2*time.Second, "`TIME` that a slow body takes")
	flags.DurationVar(&f.o.CrawlDelay, "crawl-delay", 0, "Crawl-delay in robots.txt, a `TIME`, 0 = none")
	flags.BoolVar(&f.o.Gzip, "gzip", false, "compress pages for clients that accept it")
	flags.BoolVar(&f.plain, "plain", false, "only pages and images, nothing odd or hostile")
	return cmd
}

// options makes site options of the flags.
func (f *siteFlags) options() (site.Options, error) {
	o := f.o
	if o.Pages < 1 {
		return o, usageError("--pages %d: use 1 or more", o.Pages)
	}
	o.Traps = !f.plain
	o.Bandwidth = int64(f.bandwidth)
	o.MinSize, o.MaxSize = int(f.minSize), int(f.maxSize)
	var err error
	if o.LatencyMin, o.LatencyMax, err = site.ParseLatency(f.latency); err != nil {
		return o, usageError("--latency: %w", err)
	}
	if o.Errors, err = site.ParseErrors(f.errors); err != nil {
		return o, usageError("--errors: %w", err)
	}
	return o, nil
}

func (a *app) serveSite(ctx context.Context, f *siteFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	s, err := site.New(o)
	if err != nil {
		return usageError("%w", err)
	}
	if err := s.Start(f.listen); err != nil {
		return usageError("--listen %s: %w", f.listen, err)
	}
	defer s.Close()
	sig := watchSignals(ctx, func() {})
	defer sig.stop()
	a.printf("%s\n", s.URL())
	a.notef("The site is up: %s, %s, %s. What there is to find: %s_site.json, what was asked for: %[4]s_stats.json. Ctrl-C ends it.\n",
		plural(len(s.Hosts()), "host", "hosts"), plural(o.Pages, "page", "pages"), plural(o.Images, "image", "images"), s.URL())
	<-sig.ctx.Done()
	return nil
}

// demo crawls what is listed of the built-in site, over the store of that name unless the user names another.
func (a *app) demo(cmd *cobra.Command, f *crawlFlags, args []string, name string, listed func(*site.Site) []string) error {
	if len(args)+len(f.inputs) > 0 {
		return usageError("--demo crawls the built-in site; leave out %s, or leave out --demo", clean(strings.Join(append(args, f.inputs...), " ")))
	}
	if !cmd.Flags().Changed("store") {
		f.store = name
	}
	if !cmd.Flags().Changed("rate") {
		f.rate = demoRate
	}
	o, store, err := a.prepare(f)
	if err != nil {
		return err
	}
	defer store.Close()
	s, err := startDemo(store)
	if err != nil {
		return err
	}
	defer s.Close()
	if !f.report.quiet {
		a.notef("The built-in site is up at %s for this crawl, %s.\n", s.URL(), rateText(f.rate))
	}
	list := listed(s)
	o.List = func(yield func(crawler.Entry, error) bool) {
		for _, u := range list {
			if !yield(crawler.Entry{URL: u, Where: "built-in site"}, nil) {
				return
			}
		}
	}
	return a.execute(cmd.Context(), f, store, o)
}

// rateText says how often a host is asked.
func rateText(rate float64) string {
	if rate == 0 {
		return "at any rate"
	}
	return fmt.Sprintf("at up to %g requests per second and host", rate)
}

// startDemo starts the demo's site where it was the last time, so that its URLs are the same.
func startDemo(store *crawler.Store) (*site.Site, error) {
	addr, err := store.MetaGet(demoKey)
	if err != nil {
		return nil, err
	}
	if addr == nil {
		addr = []byte("127.0.0.1:0")
	}
	s, err := site.New(site.Demo(demoSeed))
	if err != nil {
		return nil, err
	}
	if err := s.Start(string(addr)); err != nil {
		return nil, usageError("the built-in site cannot listen where it was before (%s): %w; end the other program, or start over with --fresh", addr, err)
	}
	at := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
	if err := store.MetaPut(demoKey, []byte(at)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// resumeDemo starts the demo's site for a store that was made by it; for others it does nothing.
func resumeDemo(store *crawler.Store) (stop func(), err error) {
	addr, err := store.MetaGet(demoKey)
	if err != nil || addr == nil {
		return func() {}, err
	}
	s, err := startDemo(store)
	if err != nil {
		return nil, err
	}
	return s.Close, nil
}
