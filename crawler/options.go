package crawler

import (
	"context"
	"fmt"
	"iter"
	"time"

	"crawl/fetch"
	"crawl/parse"
	"crawl/sink"
)

// Mode says how fetches are ordered.
type Mode string

// The modes.
const (
	Concurrent Mode = "concurrent" // event-driven, one goroutine per fetch in flight
	Sequential Mode = "sequential" // one URL after another
)

// Options say what to crawl and how. Zero values mean the defaults named at each field.
type Options struct {
	// List yields the listed URLs. It is read while the crawl runs, at the speed of admission; nothing of it is kept in memory.
	// An error ends the crawl. Entries whose URL cannot be used are reported to Observer.BadEntry and passed over.
	// nil: the crawl goes on with what the store knows. A crawl that is stopped does not wait for a List that blocks.
	List iter.Seq2[Entry, error]

	Mode        Mode    // Concurrent
	Concurrency int     // fetches in flight; DefaultConcurrency; fewer where the limit on open files is low
	PerHost     int     // of them to one host; DefaultPerHost, DefaultPerHostFiles with Images
	Rate        float64 // requests per second to one host; negative: no limit; 0: DefaultRate

	Depth          int // link hops from the list; 0: only the list
	Scope          Scope
	FollowNofollow bool // follow links marked rel=nofollow and those of pages marked nofollow

	MaxPages int64         // results in the store at which the crawl ends; 0: no limit
	MaxTime  time.Duration // of this run; 0: no limit

	IgnoreRobots bool
	RobotsAgent  string // product token matched against robots.txt; "crawl"

	Tries     int           // attempts at one URL; DefaultTries
	RetryBase time.Duration // DefaultRetryBase
	ParkBase  time.Duration // DefaultParkBase
	Grace     time.Duration // DefaultGrace

	Fetch fetch.Options // Concurrency decides its connection limits; MinRate 0: 64 bytes/s, of a file 1000

	Rules     parse.Rules     // what Extractor looks for
	Extractor parse.Extractor // needed when Rules is not empty
	Parser    string          // the program that Extractor asks, in the user's words; "": this one. A run with another is told

	Images *Images // makes it an image batch; nil: a crawl of pages

	MinFree int64 // bytes of disk below which the crawl stops; 0: the smaller of 128 MiB and 1 %; negative: never

	Observer Observer        // may be nil
	Abort    context.Context // ends in-flight fetches at once when done (the second Ctrl-C); may be nil
}

// Entry is one listed URL.
type Entry struct {
	URL   string
	Where string // "seeds.txt:12", for messages

	// What a list with columns says beside the URL; all of it may be empty.
	Name   string   // what the user calls it: proposes a file name
	SHA256 string   // the digest the body must have, in hexadecimal; as the list has it, not checked
	Extra  []Column // the list's other columns, in its order, with empty values left out
}

// Column is a named value of a list, carried along unread.
type Column struct {
	Name, Value string
}

// Observer is told what happens while it happens. Its methods are called from many goroutines and must not block.
type Observer interface {
	// Fetching is called when a request is sent.
	Fetching(url string)
	// Received is called when its answer has been read: bytes of body, after decompression. The result is in the store a
	// moment later, with the next commit.
	Received(url string, status int, bytes int64)
	// Failed is called when an attempt failed. again is when it will be repeated, zero when it won't.
	Failed(url string, class Class, message string, again time.Time)
	// BadEntry is called for an entry of the list that cannot be used.
	BadEntry(e Entry, err error)
	// NamedAgain is called for a row of an image list that names a URL of an earlier row, and says something else of it: how,
	// in words.
	NamedAgain(where, url, how string)
	// Notice is called for what a user should know about the run (a host is given up, robots.txt cannot be read).
	Notice(message string)
}

// Check reports what is wrong with o: a usage error, which names the value and what it may be.
func (o Options) Check() error {
	_, err := o.withDefaults()
	return err
}

// URLs is a List of these URLs.
func URLs(urls ...string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i, u := range urls {
			if !yield(Entry{URL: u, Where: fmt.Sprintf("URL %d", i+1)}, nil) {
				return
			}
		}
	}
}

// withDefaults checks o and fills in what is zero. Errors are usage errors: they name the value and what it may be.
func (o Options) withDefaults() (Options, error) {
	def(&o.Mode, Concurrent)
	def(&o.Concurrency, DefaultConcurrency)
	if o.Images != nil {
		def(&o.PerHost, DefaultPerHostFiles)
	}
	def(&o.PerHost, DefaultPerHost)
	def(&o.Rate, DefaultRate)
	def(&o.Tries, DefaultTries)
	def(&o.RetryBase, DefaultRetryBase)
	def(&o.ParkBase, DefaultParkBase)
	def(&o.Grace, DefaultGrace)
	def(&o.RobotsAgent, "crawl")
	def(&o.Scope.Follow, ScopeHost)
	if o.List == nil {
		o.List = URLs()
	}
	if o.Observer == nil {
		o.Observer = silent{}
	}
	if o.Abort == nil {
		o.Abort = context.Background()
	}
	if o.Images != nil {
		m := *o.Images
		def(&m.MaxBytes, DefaultMaxFile)
		o.Images = &m
	}
	if o.Mode == Sequential {
		o.Concurrency = 1
	}
	return o, o.check()
}

func def[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func (o *Options) check() error {
	switch {
	case o.Mode != Concurrent && o.Mode != Sequential:
		return fmt.Errorf("mode %q is not known: use %q or %q", o.Mode, Concurrent, Sequential)
	case o.Concurrency < 1 || o.Concurrency > maxConcurrency:
		return fmt.Errorf("concurrency %d is out of range: use 1 to %d", o.Concurrency, maxConcurrency)
	case o.PerHost < 1:
		return fmt.Errorf("%d requests in flight to one host is out of range: use 1 or more", o.PerHost)
	case o.Depth < 0 || o.Depth > 1<<15:
		return fmt.Errorf("depth %d is out of range: use 0 to %d", o.Depth, 1<<15)
	case o.Tries < 1 || o.Tries > maxTries:
		return fmt.Errorf("%d tries is out of range: use 1 to %d", o.Tries, maxTries)
	case o.MaxPages < 0:
		return fmt.Errorf("a budget of %d pages is out of range: use 1 or more, or 0 for no limit", o.MaxPages)
	case o.Fetch.MaxBytes > sink.MaxBody:
		return fmt.Errorf("bodies of %d bytes are out of range: use at most %d", o.Fetch.MaxBytes, int64(sink.MaxBody))
	case !o.Rules.Empty() && o.Extractor == nil:
		return fmt.Errorf("there are extraction rules but no extractor to run them")
	}
	if o.Images != nil {
		if err := o.checkImages(); err != nil {
			return err
		}
	}
	return o.Scope.check()
}

func (o *Options) checkImages() error {
	switch {
	case o.Depth > 0:
		return fmt.Errorf("depth %d is out of range: an image batch follows no links", o.Depth)
	case !o.Rules.Empty():
		return fmt.Errorf("there are extraction rules, but an image batch extracts nothing")
	case o.Images.MaxBytes > sink.MaxBody:
		return fmt.Errorf("files of %d bytes are out of range: use at most %d", o.Images.MaxBytes, int64(sink.MaxBody))
	}
	return o.Images.check()
}

// silent is the Observer of those who don't look.
type silent struct{}

func (silent) Fetching(string)                         {}
func (silent) Received(string, int, int64)             {}
func (silent) Failed(string, Class, string, time.Time) {}
func (silent) BadEntry(Entry, error)                   {}
func (silent) NamedAgain(string, string, string)       {}
func (silent) Notice(string)                           {}
