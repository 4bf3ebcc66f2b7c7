package crawler

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"crawl/crawler/frontier"
	"crawl/crawler/urlnorm"
	"crawl/fetch"
	"crawl/parse"
	"crawl/sink"
)

// Crawl is one run over a store. It starts nothing before Run, and has nothing to be closed.
type Crawl struct {
	o       Options
	store   *Store
	ran     bool
	client  *fetch.Client
	commit  *committer
	stats   *stats
	pages   sync.Pool     // of *linked
	parsing sync.Pool     // of *parser
	ahead   time.Duration // of the machine's clock; see now
	asked   int           // concurrency that was asked for; that of o may be less
	live    atomic.Pointer[Progress]

	transfers transfers // files on their way
	room      *room     // for those in memory
	disk      *diskGuard
	large     chan struct{} // a place for each large file that is being decoded
	lastPage  struct {
		mu       sync.Mutex
		id       uint64
		pictures []parse.Image
	}

	// For tests.
	maxHosts    int                          // maxActiveHosts
	maxRules    int                          // bytes of robots rules
	asideAtOnce int                          // waiting URLs
	probe       func(*schedule)              // called each time the schedule is asked; nil: not
	free        func(string) (uint64, error) // sink.FreeBytes
}

// Errors that end a crawl before its end. They come wrapped, with what happened and what to do.
var (
	// ErrDiskReserve is returned when less than Options.MinFree is left on the store's disk.
	ErrDiskReserve = errors.New("the disk is nearly full")
	// ErrNoParsers is returned when the worker processes that the rules need cannot be had. Nothing is lost.
	ErrNoParsers = errors.New("the pages cannot be parsed")
	errInternal  = errors.New("internal error")
)

// New prepares a crawl over the store. Its errors are usage errors, ErrOtherBatch, sink.ErrReadOnly for a store that was
// opened only to read, and those of reading the store's settings.
func New(store *Store, o Options) (*Crawl, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if store.DB().IsReadOnly() {
		return nil, fmt.Errorf("%w: %s was opened only to read", sink.ErrReadOnly, store.Dir())
	}
	if err := store.sameKind(o.Images); err != nil {
		return nil, err
	}
	c := &Crawl{o: o, store: store, stats: newStats(), pages: sync.Pool{New: newLinked}, parsing: sync.Pool{New: newParser}, maxHosts: maxActiveHosts, maxRules: maxRules, asideAtOnce: asideAtOnce, free: sink.FreeBytes}
	c.room, c.large = newRoom(maxHeld), make(chan struct{}, largeFiles)
	fo := o.Fetch
	files := newFileLimit(o)
	c.asked, c.o.Concurrency = o.Concurrency, files.concurrency(o.Concurrency)
	fo.MaxConns, fo.PlainConns = files.idle(c.o.Concurrency)
	fo.PerHost = o.PerHost
	if fo.MinRate == 0 {
		fo.MinRate = minRate
		if o.Images != nil {
			fo.MinRate = fileRate
		}
	}
	if fo.CredentialOrigin == nil && hasCredentials(fo.Header) {
		fo.CredentialOrigin = c.credentialOrigin
	}
	if c.client, err = fetch.New(fo); err != nil {
		return nil, err
	}
	return c, nil
}

// parsers is the number of pages parsed at once.
func (c *Crawl) parsers() int {
	if m := c.o.Images; m.Examines() {
		return slots(m.Imager)
	}
	return slots(c.o.Extractor)
}

// ParseSlots is the number of pages that an extractor is to be given at once to be kept busy: what the processors can do in
// this process, or what a pool of workers takes. ex may be nil.
func ParseSlots(ex parse.Extractor) int { return slots(ex) }

func slots(of any) int {
	if p, ok := of.(interface{ Slots() int }); ok {
		return p.Slots()
	}
	return runtime.GOMAXPROCS(0)
}

// now is the clock. All of the crawl asks it here. It never goes back from one run over a store to the next: when the
// machine's clock was set back, or had been wrong and was put right, now is ahead of it. So what a host or a URL waits for
// is as long as it was, and not until a date that was one hour away when it was written down and is one year away now.
func (c *Crawl) now() time.Time { return time.Now().Add(c.ahead) }

// stamp gives the time that the machine's clock shows at one of now, for people.
func (c *Crawl) stamp(at time.Time) time.Time { return at.Add(-c.ahead).UTC() }

func hasCredentials(h http.Header) bool {
	for name := range h {
		if fetch.IsCredential(name) {
			return true
		}
	}
	return false
}

// credentialOrigin reports whether the list names an origin: the user's credentials go nowhere else.
func (c *Crawl) credentialOrigin(origin string) bool {
	h, ok, err := c.store.Frontier.HostByName(context.Background(), origin[strings.Index(origin, "://")+3:])
	return err == nil && ok && h.Named&scheme(origin) != 0
}

// Run crawls until there is nothing left, a budget is reached, or ctx is done: then nothing new is begun, and what is in
// flight may end within Options.Grace. What is settled is always stored before Run returns. It is called once: another
// Crawl over the same store, in this process or a later one, goes on.
//
// The error is nil also when URLs failed, and when ctx ended: see Summary, whose Stopped tells why a run ended early. Otherwise
// it is ErrInUse, or the store's, the disk's, the list's or the parsers' (ErrDiskReserve, ErrNoParsers, ErrFiles, errors of
// package sink). The Summary is valid all the same once the crawl had begun, and nil before that.
func (c *Crawl) Run(ctx context.Context) (*Summary, error) {
	release, err := c.store.use()
	if err != nil {
		return nil, err
	}
	defer release()
	if c.ran {
		return nil, errors.New("this Crawl has run: make another one with New to go on")
	}
	c.ran = true
	c.store.Frontier.Restart() // what an earlier run in this process had leased when it ended
	if c.ahead, err = c.store.ahead(time.Now()); err != nil {
		return nil, err
	}
	start, usage := c.now(), readUsage()
	defer c.client.Close()
	c.tellFewer()
	if err := c.requeueAllowed(ctx); err != nil {
		return nil, err
	}
	durable, err := c.store.Totals()
	if err != nil {
		return nil, err
	}
	before, err := c.store.Frontier.Stats(context.WithoutCancel(ctx)) // one that has ended already ends the loop
	if err != nil {
		return nil, err
	}
	guard, err := newDiskGuard(c.store.Dir(), c.o.MinFree, c.free, c.now)
	if err != nil {
		return nil, err
	}
	c.disk = guard
	c.commit = newCommitter(c.store, guard, durable.clone(), c.now)
	if err := c.commitImages(before.Known); err != nil {
		return nil, err
	}
	l := &loop{c: c, resumed: before.Known > 0, s: &schedule{
		c: c, hosts: map[frontier.HostID]*host{}, dry: map[*host]struct{}{}, known: newKnown(),
		totals: durable.clone(), claimable: true,
	}}
	err = l.run(ctx)
	sum, serr := c.summary(l, durable, before.Known > 0, start, usage)
	return sum, errors.Join(err, serr)
}

// grace is how long what is in flight may take to end when the crawl is stopped: no time at all when it waits for parsers
// and there is none.
func (c *Crawl) grace() time.Duration {
	var of any = c.o.Extractor
	if m := c.o.Images; m.Examines() {
		of = m.Imager
	}
	if p, ok := of.(interface{ Ready() bool }); ok && !p.Ready() {
		return 0
	}
	return c.o.Grace
}

// feed reads the list and hands it to the committer. It returns when the list has ended, ctx is done, or the committer has
// ended.
func (c *Crawl) feed(ctx context.Context, fed *feeding) {
	defer close(fed.done)
	defer c.tellSecrets(fed)
	next, stop := iter.Pull2(c.o.List)
	defer stop()
	for ctx.Err() == nil && fed.err == nil {
		entry, err, ok := next()
		if !ok || err != nil {
			fed.err = err
			return
		}
		fed.read++
		if item, ok := c.listed(entry, fed); ok {
			c.hand(ctx, fed, item, entry.Where)
		}
	}
}

// hand adds an item to the batch that waits for the committer: a batch is as large as what came in while the last one was
// being committed, and a list that pauses holds nothing back. It blocks while a full batch waits.
func (c *Crawl) hand(ctx context.Context, fed *feeding, item frontier.Item, where string) {
	if fed.waiting < feedBatch {
		select {
		case batch := <-c.commit.feed:
			batch.add(item, where, c.o.Images != nil)
			c.commit.feed <- batch // there is room: nobody else sends
			fed.waiting++
			return
		default:
		}
	}
	fed.batches.Add(1)
	fed.waiting = 1
	var batch listBatch
	batch.add(item, where, c.o.Images != nil)
	select {
	case c.commit.feed <- batch:
	case <-c.commit.done:
	case <-ctx.Done():
	}
}

// add adds an item, and where it was listed if that is kept.
func (b *listBatch) add(item frontier.Item, where string, kept bool) {
	b.items = append(b.items, item)
	if kept {
		b.where = append(b.where, where)
	}
}

// feeding is what the feeder tells the loop. All but the counters is written before done is closed.
type feeding struct {
	waiting  int    // items in the batch that waits, or waited; the feeder's own
	read     uint64 // entries of the list so far; the feeder's own
	secrets  int    // of them with a user name or password; the feeder's own
	secretAt string // where the first of these stands
	batches  atomic.Int64
	excluded atomic.Int64
	bad      atomic.Int64
	done     chan struct{}
	err      error
}

// tellSecrets says that user names and passwords in the list are of no effect: URLs are shown, stored and exported, and what
// is secret should not be in them.
func (c *Crawl) tellSecrets(fed *feeding) {
	if fed.secrets == 0 {
		return
	}
	which, where := "a URL of the list has a user name or password", fed.secretAt
	if fed.secrets > 1 {
		which, where = fmt.Sprintf("%d URLs of the list have a user name or password", fed.secrets), "first: "+where
	}
	c.o.Observer.Notice(which + " (" + where + "), which is not used; to sign in, add -H 'Authorization: Basic ...', which is sent only to what the list names")
}

// listed makes an item of an entry of the list.
func (c *Crawl) listed(e Entry, fed *feeding) (frontier.Item, bool) {
	url, err := urlnorm.Parse(e.URL)
	var note []byte
	if err == nil && c.o.Images != nil {
		note, err = listNote(&e, fed.read)
	}
	if err != nil {
		fed.bad.Add(1)
		c.o.Observer.BadEntry(e, err)
		return frontier.Item{}, false
	}
	if urlnorm.HasUserinfo(e.URL) {
		if fed.secrets++; fed.secrets == 1 {
			fed.secretAt = e.Where
		}
	}
	if v := c.o.Scope.Listed(url); !v.OK {
		fed.excluded.Add(1)
		return frontier.Item{}, false
	}
	if c.o.Scope.prefixes != nil {
		if err := c.o.Scope.prefixes.add(url); err != nil && fed.err == nil {
			fed.err = err
			return frontier.Item{}, false
		}
	}
	item := newItem(c.store.Key(url), url, 0, 0, frontier.Listed)
	item.Note = note
	return item, true
}

func hostString(url string) string {
	i, j := urlnorm.SplitHost(url)
	return url[i:j]
}

// diskGuard looks after the free space of the store's disk. check may be called from many goroutines.
type diskGuard struct {
	mu      sync.Mutex
	dir     string
	reserve uint64
	free    func(dir string) (uint64, error)
	now     func() time.Time
	looked  time.Time
}

func newDiskGuard(
	dir string, reserve int64, free func(string) (uint64, error), now func() time.Time,
) (*diskGuard, error) {
	g := &diskGuard{dir: dir, free: free, now: now}
	if reserve > 0 {
		g.reserve = uint64(reserve)
	}
	if reserve == 0 {
		r, err := sink.DefaultReserve(dir)
		if err != nil {
			return nil, err
		}
		g.reserve = r
	}
	return g, g.check()
}

// check fails when less than the reserve is free. It looks no more often than diskCheckEvery.
func (g *diskGuard) check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if g.reserve == 0 || now.Sub(g.looked) < diskCheckEvery {
		return nil
	}
	g.looked = now
	free, err := g.free(g.dir)
	if err != nil {
		return err
	}
	if free < g.reserve {
		return fmt.Errorf("%w: %s are free beside %s and %s are kept in reserve; make room, or lower --min-free, and run the same command again",
			ErrDiskReserve, sizeText(free), g.dir, sizeText(g.reserve))
	}
	return nil
}

// sizeText writes a number of bytes for people.
func sizeText(n uint64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
