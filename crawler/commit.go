package crawler

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"crawl/crawler/frontier"
	"crawl/sink"
	"crawl/sink/naming"
)

// settled is what came of one URL or one step of the schedule, on its way to the store. Parts that are nil are absent.
type settled struct {
	record  *sink.Record
	body    []byte
	spool   *sink.Spool // the body instead
	thumb   []byte      // of the file; nil: none
	free    func()      // called when body or spool is no longer needed
	outcome *frontier.Outcome
	host    *frontier.HostState
	origin  string // of robots
	robots  *robotsEntry
	file    fileJob            // to be written into the directory; zero: none
	expand  *frontier.Improved // the links of this page were followed again; links are in links
	links   []frontier.Item
	aside   []frontier.Aside
	records []*sink.Record // of those, and others that have neither a body nor links
	again   *sink.Record   // of such a URL, which is to be asked for after all: it goes
	delta   delta

	settings *Settings
	judge    uint64 // the ID of a result that is to be judged anew; 0: none
}

// committer is the one writer of the store. It gathers what is settled and commits it in groups. Sending to in blocks while
// commitQueue results wait; that slows the crawl to the speed of the disk. It never waits for the loop.
type committer struct {
	store *Store
	in    chan *settled
	feed  chan listBatch
	flush chan struct{} // the loop has nothing else to do: commit now, and admit what was found
	done  chan struct{} // closed when run has returned

	admit  atomic.Bool // a slot is free: admit links although few are logged
	hungry atomic.Bool // and no host has anything to fetch: commit soon
	free   *diskGuard
	now    func() time.Time

	mu     sync.Mutex
	ack    ack
	notify chan struct{} // one place: there is something in ack

	// Owned by run.
	totals   *Totals // with what is in the batch
	stored   *Totals // of the last commit
	batch    frontier.Batch
	puts     []sink.Put
	staged   int // of puts
	held     []held
	bytes    int
	count    int // things in this batch
	fed      int // batches of the list in this one
	settings *Settings
	links    int  // that outcomes of this batch bring
	putBack  bool // an outcome of this batch puts its URL back
	robots   map[string]*robotsEntry
	digests  map[sink.Digest]struct{} // of the files in this batch
	files    *fileWriter              // nil: no files are written
	template naming.Template          // of their names
	namer    *namer
	named    []fileJob // the files of puts
	jobs     []fileJob // to be written beside those of puts
	again    []fileJob // to be written under another name
	err      error

	// Of image batches.
	images    *Images // nil: none
	observer  Observer
	ctx       context.Context // of reads
	where     []string        // of batch.Admit
	rejudge   []uint64        // IDs of results that are to be judged anew
	dirs      []string        // in which files may be: that of this run first, if it has one, then those of the runs before
	demands   atomic.Bool     // there may be some
	listedIDs namedIDs
	relisted  RelistedCounts
	judged    JudgedCounts
}

// listBatch is a part of the list on its way to the store.
type listBatch struct {
	items []frontier.Item
	where []string // of each, in an image batch
}

// held is memory that something of the batch is in.
type held struct {
	put  int // whose body it is, by its place in puts; -1: not only that
	free func()
}

// ack tells the loop what has become durable since it last looked.
type ack struct {
	settled int               // things sent that are on disk now
	news    bool              // there are URLs to take that were not there before
	hosts   []frontier.HostID // hosts whose state is on disk, once for each time it was sent
	fed     int               // batches of the list
	spent   time.Duration     // in commits
	judged  *Totals           // what results that were judged anew add to the counts; nil: there are none
}

func newCommitter(s *Store, free *diskGuard, t *Totals, now func() time.Time) *committer {
	return &committer{
		store: s, free: free, totals: t, stored: t.clone(), now: now,
		in:     make(chan *settled, commitQueue),
		feed:   make(chan listBatch, 1), // the batch that is being filled
		flush:  make(chan struct{}, 1),
		done:   make(chan struct{}),
		notify: make(chan struct{}, 1),
		robots: map[string]*robotsEntry{}, digests: map[sink.Digest]struct{}{}, namer: newNamer(),
		ctx: context.Background(), // what is read is wanted whatever ends the crawl
	}
}

// run commits until in is closed and drained, or a commit fails. The last commit runs under no context: what is settled
// is kept whatever ended the crawl.
func (k *committer) run() {
	defer close(k.done)
	defer k.lastFiles()
	timer := time.NewTimer(commitDelay)
	timer.Stop()
	warm := time.NewTimer(warmDelay)
	defer warm.Stop()
	var due time.Time // of the commit that is waiting; zero: none
	within := func(d time.Duration) {
		if at := time.Now().Add(d); due.IsZero() || at.Before(due) {
			due = at
			timer.Reset(d)
		}
	}
	for k.err == nil {
		select {
		case s, ok := <-k.in:
			if !ok {
				k.last()
				return
			}
			k.add(s)
			for len(k.in) > 0 && k.room() {
				k.add(<-k.in)
			}
			if len(k.puts)-k.staged >= stageAtOnce {
				k.stage()
			}
			if k.room() {
				if k.hungry.Load() && k.brings() {
					within(hungryDelay)
				} else {
					within(commitDelay)
				}
				continue
			}
		case batch := <-k.feed:
			if k.takeFeed(batch); len(k.batch.Admit) < feedBatch {
				within(feedDelay)
				continue
			}
		case <-k.flush:
			k.drain()
		case <-warm.C:
			k.store.Warm()
			continue
		case <-timer.C:
		}
		k.commit()
		timer.Stop()
		due = time.Time{}
	}
}

// room reports whether the batch may grow.
func (k *committer) room() bool { return len(k.puts) < commitPages && k.bytes < commitBytes }

// brings reports whether the batch, once durable, may give the loop something to fetch.
func (k *committer) brings() bool {
	return k.links > 0 || k.putBack || len(k.batch.Links)+len(k.batch.Hosts) > 0
}

// last commits what is left, and admits what is logged.
func (k *committer) last() {
	for k.err == nil {
		k.admit.Store(true)
		k.commit()
		if st, err := k.store.Frontier.Stats(context.Background()); err != nil || st.Logged == 0 {
			return
		}
	}
}

// send hands s over. It blocks while commitQueue results wait, and does nothing once a commit has failed.
func (k *committer) send(s *settled) {
	select {
	case k.in <- s:
	case <-k.done:
	}
}

// takeFeed adds a batch of the list.
func (k *committer) takeFeed(b listBatch) {
	k.batch.Admit = append(k.batch.Admit, b.items...)
	k.where = append(k.where, b.where...)
	for i := range b.where { // of an image batch
		k.totals.Digests = k.totals.Digests || demands(b.items[i].Note)
	}
	k.fed++
}

// drain takes what is already waiting, so that a flush covers all that was settled, and listed, before it.
func (k *committer) drain() {
	for {
		select {
		case batch := <-k.feed:
			k.takeFeed(batch)
		case s, ok := <-k.in:
			if !ok {
				return // the next receive ends run
			}
			k.add(s)
		default:
			return
		}
	}
}

func (k *committer) add(s *settled) {
	k.count++
	if s.expand != nil && s.record != nil && k.images != nil {
		k.current(s)
	}
	if s.record != nil {
		k.put(s)
	}
	if s.free != nil && !k.writesFile(s) {
		h := held{put: -1, free: s.free}
		if s.record != nil && s.body != nil {
			h.put = len(k.puts) - 1
		}
		k.held = append(k.held, h)
	}
	if s.outcome != nil {
		k.batch.Outcomes = append(k.batch.Outcomes, *s.outcome)
		k.putBack = k.putBack || s.outcome.Kind != frontier.Done
		k.links += len(s.outcome.Links)
	}
	if s.host != nil {
		k.batch.Hosts = append(k.batch.Hosts, *s.host)
	}
	if s.robots != nil {
		k.robots[s.origin] = s.robots
	}
	if s.file.id != 0 {
		k.jobs = append(k.jobs, s.file)
	}
	if s.expand != nil {
		k.batch.Expanded = append(k.batch.Expanded, *s.expand)
	}
	k.batch.Aside = append(k.batch.Aside, s.aside...)
	for _, r := range s.records {
		k.puts = append(k.puts, sink.Put{Record: r})
	}
	if s.again != nil {
		k.takeUp(s)
	}
	if s.settings != nil {
		k.settings = s.settings
	}
	if s.judge != 0 {
		k.rejudge = append(k.rejudge, s.judge)
	}
	k.batch.Links = append(k.batch.Links, s.links...)
	k.totals.add(&s.delta)
}

// keep remembers the first error of the batch: what came after it must not hide it.
func (k *committer) keep(err error) {
	if k.err == nil {
		k.err = err
	}
}

// current makes a record that was found again, and was read a while ago, what it is by now: it may have been named, or
// judged anew.
func (k *committer) current(s *settled) {
	r := s.record
	now, ok, err := k.store.Get(r.ID)
	if k.keep(err); err != nil || !ok {
		return
	}
	old := *now
	now.Depth, now.From = r.Depth, r.From
	now.Flags = now.Flags&^(sink.Listed|sink.Hop) | r.Flags&(sink.Listed|sink.Hop)
	s.record, s.delta.count, s.delta.uncount = now, now, &old
}

// writesFile reports whether the file of a result is also to be written into the directory.
func (k *committer) writesFile(s *settled) bool {
	return k.files != nil && s.spool != nil && s.record != nil && s.record.Flags&sink.Saved != 0
}

// put adds a record and what it is of.
func (k *committer) put(s *settled) {
	p := sink.Put{Record: s.record, Body: s.body, Spool: s.spool, Thumb: s.thumb, Hold: k.writesFile(s)}
	if p.Hold {
		k.named = append(k.named, fileJob{id: s.record.ID, spool: s.spool, free: s.free, of: s.record})
	}
	k.bytes += len(s.body) + len(s.thumb)
	if s.spool != nil {
		k.bytes += int(min(s.spool.Len(), heldOfFile))
	}
	if r := s.record; r.Flags&sink.Saved != 0 && s.spool != nil {
		_, again := k.digests[r.SHA256]
		if !again {
			var err error
			_, again, err = k.store.FindBody(r.SHA256)
			k.keep(err)
		}
		if again {
			r.Flags |= sink.Duplicate
		}
		k.digests[r.SHA256] = struct{}{}
	}
	k.puts = append(k.puts, p)
}
