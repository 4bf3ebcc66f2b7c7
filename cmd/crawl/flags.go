package main

import (
	"bufio"
	"errors"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"crawl/crawler"
	"crawl/fetch"
	"crawl/parse"
)

// defaultStore is the store of those who name none.
const defaultStore = "crawl-store"

// crawlFlags are the flags of the verbs that crawl.
type crawlFlags struct {
	store       string
	inputs      []string
	inputFormat string
	fresh       bool
	yes         bool

	mode        string
	concurrency int
	perHost     int
	rate        float64

	depth          int
	scope          string
	include        []string
	exclude        []string
	followNofollow bool

	maxPages int64
	maxSize  sizeFlag
	maxTime  time.Duration

	noRobots     bool
	tries        int
	timeout      time.Duration
	insecure     bool
	allowPrivate bool
	resolve      []string
	contact      string
	userAgent    string
	headers      []string
	proxy        string
	cookies      string

	selects []string
	text    bool
	parsers parserFlags

	images    *crawler.Images // of `crawl images`; nil: pages are crawled
	reports   imageReports
	rateFloor int64 // bytes per second; 0: the engine's

	outputs []string
	strict  bool
	minFree string
	report  reportFlags
	profile profileFlags
}

// reportFlags say what is told, and how.
type reportFlags struct {
	json       bool
	quiet      bool
	verbose    bool
	logJSON    bool
	noProgress bool
}

func storeFlag(f *pflag.FlagSet, store *string) {
	*store = defaultStore
	f.Var((*dirFlag)(store), "store", "directory in which everything is kept")
}

// reporting adds the flags that say what is told.
func (c *crawlFlags) reporting(f *pflag.FlagSet) {
	f.BoolVar(&c.report.json, "json", false, "print the summary as one JSON object")
	f.BoolVarP(&c.report.quiet, "quiet", "q", false, "print nothing but errors and what --json and -o - ask for")
	f.BoolVarP(&c.report.verbose, "verbose", "v", false, "tell every request and answer")
	f.BoolVar(&c.report.logJSON, "log-json", false, "write what is told on stderr as JSON lines")
	f.BoolVar(&c.report.noProgress, "no-progress", false, "no progress bar or lines")
	f.BoolVar(&c.strict, "strict", false, "exit with 1 when a URL failed")
	c.profile.add(f)
}

// fetching adds the flags that say how URLs are asked for.
func (c *crawlFlags) fetching(f *pflag.FlagSet) {
	f.StringVar(&c.mode, "mode", string(crawler.Concurrent), "`MODE` is concurrent, or sequential: one URL after another")
	c.asking(f)
	f.DurationVar(&c.maxTime, "max-time", 0, "stop after the time `D`, resumable (0 = no limit)")
	c.parsers.add(f)
	f.StringVar(&c.minFree, "min-free", "", "stop when less than `SIZE` is free on the store's disk (default the smaller of 128MiB and 1 %)")
}

// asking adds those of them that are about requests.
func (c *crawlFlags) asking(f *pflag.FlagSet) {
	f.IntVarP(&c.concurrency, "concurrency", "c", crawler.DefaultConcurrency, "fetch `N` URLs at once")
	f.IntVar(&c.perHost, "per-host", crawler.DefaultPerHost, "at most `N` of them from one host")
	f.Float64Var(&c.rate, "rate", crawler.DefaultRate, "at most `R` requests per second to one host, 0 = no limit")
	f.BoolVar(&c.noRobots, "no-robots", false, "do not ask for robots.txt, nor obey it")
	f.IntVarP(&c.tries, "tries", "t", crawler.DefaultTries, "attempts at one URL, `N` at most; what a closed kept connection lost is sent again within one")
	f.DurationVarP(&c.timeout, "timeout", "T", 5*time.Minute, "time `D` for one whole request")
	c.maxSize = 16 << 20
	f.Var(&c.maxSize, "max-size", "take no body larger than `SIZE`")
	f.BoolVarP(&c.insecure, "insecure", "k", false, "do not verify TLS certificates")
	f.BoolVar(&c.insecure, "no-check-certificate", false, "the same as --insecure")
	f.BoolVar(&c.allowPrivate, "allow-private", false, "links and redirects may lead to private addresses")
	f.StringArrayVar(&c.resolve, "resolve", nil, "`HOST:PORT:ADDR`: connect to ADDR for HOST:PORT, as in curl (repeatable)")
	f.StringVar(&c.contact, "contact", "", "web or mail `ADDRESS` at which the owners of sites reach you, sent with every request")
	f.StringVarP(&c.userAgent, "user-agent", "A", "", "send this `TEXT` as User-Agent (default \"crawl/VERSION (+ADDRESS)\", with the --contact)")
	f.StringArrayVarP(&c.headers, "header", "H", nil, "send the header `'NAME: VALUE'` too (repeatable)")
	f.StringVarP(&c.proxy, "proxy", "x", "", "go through the http, https or socks5 proxy at `URL`")
	f.StringVar(&c.cookies, "cookies", "", "send the cookies in `FILE`, which has the Netscape form")
}

// following adds the flags that say what is crawled.
func (c *crawlFlags) following(f *pflag.FlagSet) {
	f.StringArrayVarP(&c.inputs, "input", "i", nil, "read the list in `FILE`, the same as an argument (repeatable)")
	f.StringVar(&c.inputFormat, "input-format", "", "read lists as `FORMAT` plain, csv, tsv or jsonl (default by suffix or first line)")
	f.BoolVar(&c.fresh, "fresh", false, "start over: delete the store's results first")
	f.BoolVar(&c.yes, "yes", false, "with --fresh: do not ask")
	f.IntVarP(&c.depth, "depth", "d", 0, "follow links, up to `N` hops away from the list")
	f.StringVar(&c.scope, "scope", string(crawler.ScopeHost), "follow links within the `SCOPE`: host, domain, prefix or any")
	f.StringArrayVar(&c.include, "include", nil, "follow only links that match the expression `RE`, or one of those in @FILE (repeatable)")
	f.StringArrayVar(&c.exclude, "exclude", nil, "take no URL that matches the expression `RE`, or one of those in @FILE (repeatable)")
	f.BoolVar(&c.followNofollow, "follow-nofollow", false, "follow links marked rel=nofollow too")
	f.Int64Var(&c.maxPages, "max-pages", 0, "end when `N` pages are fetched (0 = no limit)")
	f.StringArrayVar(&c.selects, "select", nil, "extract `NAME=CSS[@ATTR]` from each page (repeatable)")
	f.BoolVar(&c.text, "text", false, "extract the visible text of each page")
}

// options makes crawler options of the flags. Its errors are usage errors.
func (c *crawlFlags) options() (crawler.Options, error) {
	o := crawler.Options{
		Mode: crawler.Mode(c.mode), Concurrency: c.concurrency, PerHost: c.perHost, Rate: c.rate,
		Depth: c.depth, FollowNofollow: c.followNofollow, Scope: crawler.Scope{Follow: crawler.Follow(c.scope)},
		MaxPages: c.maxPages, MaxTime: c.maxTime, IgnoreRobots: c.noRobots, Tries: c.tries,
		Fetch: fetch.Options{
			UserAgent: c.userAgent, Timeout: c.timeout, MaxBytes: int64(c.maxSize), Insecure: c.insecure,
			Proxy: c.proxy, Resolve: c.resolve, AllowPrivate: c.allowPrivate, MinRate: c.rateFloor,
		},
		Images: c.images,
	}
	if c.images != nil {
		o.Fetch.MaxBytes = min(o.Fetch.MaxBytes, maxPage)
	}
	if err := c.checkNumbers(); err != nil {
		return o, err
	}
	if o.Rate == 0 {
		o.Rate = -1
	}
	if o.Fetch.UserAgent == "" {
		o.Fetch.UserAgent = userAgent(c.contact)
	}
	var err error
	if o.Scope.Include, err = regexps("--include", c.include); err != nil {
		return o, err
	}
	if o.Scope.Exclude, err = regexps("--exclude", c.exclude); err != nil {
		return o, err
	}
	if o.Fetch.Header, err = headers(c.headers); err != nil {
		return o, err
	}
	if o.MinFree, err = minFree(c.minFree); err != nil {
		return o, err
	}
	if o.Rules, err = rules(c.selects, c.text); err != nil {
		return o, err
	}
	return o, c.jar(&o)
}

// checkNumbers refuses what the library would take for its default.
func (c *crawlFlags) checkNumbers() error {
	switch {
	case c.concurrency < 1:
		return usageError("--concurrency %d: use 1 or more", c.concurrency)
	case c.perHost < 1:
		return usageError("--per-host %d: use 1 or more", c.perHost)
	case !(c.rate >= 0) || math.IsInf(c.rate, 0):
		return usageError("--rate %g: use requests per second, or 0 for no limit", c.rate)
	case c.depth < 0:
		return usageError("--depth %d: use 0 for the list alone, or more", c.depth)
	case c.maxPages < 0:
		return usageError("--max-pages %d: use 1 or more, or 0 for no limit", c.maxPages)
	case c.tries < 1:
		return usageError("--tries %d: use 1 or more", c.tries)
	case c.timeout <= 0:
		return usageError("--timeout %s: use a time above 0", c.timeout)
	case c.maxSize <= 0:
		return usageError("--max-size %d: use a size above 0", c.maxSize)
	case c.contact != "" && c.userAgent != "":
		return usageError("--contact goes into the User-Agent that --user-agent replaces: use one of them")
	case strings.ContainsAny(c.contact, "()"):
		return usageError("--contact %s: use an address without parentheses, such as https://example.org/bot", clean(c.contact))
	case c.maxTime < 0:
		return usageError("--max-time %s: use a time above 0, or 0 for no limit", c.maxTime)
	}
	return nil
}

func (c *crawlFlags) jar(o *crawler.Options) error {
	if c.cookies == "" {
		o.Fetch.Jar = fetch.NewJar()
		return nil
	}
	f, err := os.Open(c.cookies)
	if err != nil {
		return usageError("--cookies: cannot read %s: %s", c.cookies, reason(err))
	}
	defer f.Close()
	jar, err := fetch.LoadCookies(c.cookies, f)
	if err != nil {
		return usageError("--cookies: %w", err)
	}
	o.Fetch.Jar = jar
	return nil
}

// regexps compiles the expressions of a flag. @FILE holds one a line.
func regexps(flag string, list []string) ([]*regexp.Regexp, error) {
	var out []*regexp.Regexp
	for _, s := range list {
		exprs, from := []string{s}, flag
		if path, ok := strings.CutPrefix(s, "@"); ok {
			from += " " + s
			var err error
			if exprs, err = readLines(path); err != nil {
				return nil, usageError("%s: %s", from, reason(err))
			}
		}
		for _, expr := range exprs {
			re, err := regexp.Compile(expr)
			if err != nil {
				return nil, usageError("%s: %s", from, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			}
			out = append(out, re)
		}
	}
	return out, nil
}

// readLines reads a file's lines, without blank ones and comments.
func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); ; {
		if !s.Scan() {
			return out, s.Err()
		}
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
}

func headers(list []string) (http.Header, error) {
	h := http.Header{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, ":")
		if !ok {
			return nil, usageError("--header %q: write \"Name: value\"", s)
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			return nil, usageError("--header %s: its value has a line break or NUL", clean(name))
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

// minFree reads --min-free: empty is the default, 0 switches the check off.
func minFree(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := parseSize(s)
	if err != nil {
		return 0, usageError("--min-free: %s", err)
	}
	if n == 0 {
		return -1, nil
	}
	return n, nil
}

func rules(selects []string, text bool) (parse.Rules, error) {
	r := parse.Rules{Text: text}
	for _, s := range selects {
		rule, err := parse.ParseRule(s)
		if err != nil {
			return r, usageError("--select %s: %s", clean(s), err)
		}
		if slices.ContainsFunc(r.Select, func(o parse.Rule) bool { return o.Name == rule.Name }) {
			return r, usageError("--select: the name %s is used twice", clean(rule.Name))
		}
		r.Select = append(r.Select, rule)
	}
	return r, nil
}

// userAgent is what is sent as User-Agent: who asks, and where those who mind can write.
func userAgent(contact string) string {
	if contact == "" {
		return "crawl/" + version()
	}
	return "crawl/" + version() + " (+" + contact + ")"
}

var errNoInput = errors.New("nothing to crawl: name a URL, a file with one URL a line, or - for standard input; `crawl run --demo` needs none")
