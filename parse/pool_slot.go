package parse

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// slot is the place of one worker. Its goroutine starts the worker, feeds it, and replaces it.
type slot struct {
	p    *Pool
	name string

	// Of the slot's goroutine.
	link   *link         // nil when there is none
	next   chan *link    // has the successor, or nil when it could not be started; nil when none is being started
	retry  []*Future     // to be tried again, alone, in a new worker
	held   *Future       // taken from the queue, for the next batch
	batch  []*Future     // scratch, never nil
	wait   time.Duration // behind the last start that failed
	barren int           // workers in a row that died before they had answered anything

	jobs atomic.Int64 // documents answered, or blamed

	mu       sync.Mutex
	killing  bool
	links    map[*link]struct{} // that could be cut
	state    WorkerState
	current  *link
	starts   int64
	lastExit string
}

func newSlot(p *Pool, i int) *slot {
	return &slot{p: p, batch: make([]*Future, 0, p.o.BatchDocs), name: "w" + strconv.Itoa(i+1), links: make(map[*link]struct{}), state: WorkerStarting}
}

// run feeds workers until there is nothing more to do.
func (s *slot) run() {
	defer s.setState(WorkerStopped)
	defer s.leave()
	for {
		if s.link == nil && !s.connect() {
			return
		}
		batch := s.take()
		if batch == nil {
			return
		}
		if len(batch) > 0 {
			s.serve(batch)
		}
	}
}

// leave ends the workers, and gives what is left to the Pool.
func (s *slot) leave() {
	if s.next != nil {
		if l := <-s.next; l != nil {
			s.disown(l)
			l.retire()
		}
	}
	if s.link != nil {
		l := s.link
		s.lose(l)
		l.retire()
		s.noteExit(l)
	}
	s.giveAway()
	if s.held != nil {
		s.held.finish(Extraction{}, s.p.reason())
	}
}

// connect starts workers until one is ready. It gives up, with false, when there is no work any more.
func (s *slot) connect() bool {
	if s.barren > patience && !s.pause(min(s.p.t.firstBackoff<<min(s.barren-patience-1, 10), maxGrace)) {
		return false
	}
	for {
		if s.next == nil {
			s.prepare()
		}
		s.setState(WorkerStarting)
		l := <-s.next
		s.next = nil
		if l != nil {
			s.wait = 0
			s.adoptLink(l)
			return true
		}
		s.giveAway()
		s.wait = min(max(2*s.wait, s.p.t.firstBackoff), s.p.t.lastBackoff)
		if !s.pause(min(s.wait, s.p.untilOutage())) {
			return false
		}
	}
}

// pause waits before the next start. It gives up, with false, when there is no work any more.
func (s *slot) pause(d time.Duration) bool {
	s.setState(WorkerBackoff)
	timer := time.NewTimer(jitter(d))
	defer timer.Stop()
	select {
	case <-s.p.stop:
		return false
	case <-s.p.drained:
		return false
	default:
	}
	select {
	case <-timer.C:
		return true
	case <-s.p.stop:
		return false
	case <-s.p.drained:
		return false
	}
}

// jitter varies a time by a tenth, so that workers do not start all at once.
func jitter(d time.Duration) time.Duration {
	return d - d/20 + rand.N(d/10+1)
}

// giveAway hands documents that are to be tried again to whoever has a worker. There is room: a slot has at most a batch.
func (s *slot) giveAway() {
	for _, f := range s.retry {
		s.p.orphans <- f
	}
	s.retry = nil
}

// prepare starts a worker in a goroutine of its own.
func (s *slot) prepare() {
	next := make(chan *link, 1)
	s.next = next
	s.p.helpers.Add(1)
	go func() {
		defer s.p.helpers.Done()
		l, err := s.open()
		if err != nil {
			s.p.log("a worker could not be started", s.name, slog.Any("error", err))
			s.p.notStarted(err)
			next <- nil
			return
		}
		s.p.connected()
		next <- l
	}()
}

// adoptLink makes a worker that is ready the slot's own.
func (s *slot) adoptLink(l *link) {
	if n := s.p.o.RecycleAfter; n > 0 {
		spread := n / recycleJitter
		l.quota = n - spread + rand.IntN(2*spread+1)
	}
	s.link = l
	s.mu.Lock()
	s.current = l
	s.starts++
	first := s.starts == 1
	if !first {
		s.p.restarts.Add(1)
	}
	s.mu.Unlock()
	s.setState(WorkerIdle)
	attrs := []any{slog.Int("pid", l.pid()), slog.String("worker", l.hello.name)}
	if kept := s.kept(l); first && len(kept) > 0 { // those that follow are kept from the same
		attrs = append(attrs, slog.String("kept", strings.Join(kept, ", ")))
	}
	s.p.log("a worker is ready", s.name, attrs...)
}

// lose forgets a worker that is to be ended.
func (s *slot) lose(l *link) {
	s.disown(l)
	s.p.disconnected()
	if s.link == l {
		s.link = nil
	}
	s.mu.Lock()
	s.current = nil
	s.mu.Unlock()
}

// replace puts the successor in the place of a worker that has done its share. The old one ends by itself meanwhile.
func (s *slot) replace(l *link) {
	s.next = nil
	if l == nil { // the old one goes on for another share
		s.link.quota += s.p.o.RecycleAfter
		return
	}
	old := s.link
	l.buf, old.buf = old.buf, nil
	s.lose(old)
	s.retire(old)
	s.adoptLink(l)
}

// retire ends a worker in a goroutine of its own.
func (s *slot) retire(l *link) {
	s.p.helpers.Add(1)
	go func() {
		defer s.p.helpers.Done()
		l.retire()
		s.noteExit(l)
	}()
}

// take gives the next documents: those to be tried again first, one by one. It is nil when there is no more work, and
// empty when something else has changed.
func (s *slot) take() []*Future {
	s.setState(WorkerIdle)
	s.batch = s.batch[:0]
	if len(s.retry) > 0 {
		f := s.retry[0]
		s.retry = s.retry[1:]
		return append(s.batch, f)
	}
	if s.link.quota > 0 && s.link.jobs >= s.link.quota && s.next == nil {
		s.prepare()
	}
	select { // before new work
	case l := <-s.next:
		s.replace(l)
		return s.batch
	case f := <-s.p.orphans:
		s.adopt(f)
		return s.batch
	case <-s.p.stop:
		return nil
	default:
	}
	if f := s.held; f != nil {
		s.held = nil
		return s.collect(f)
	}
	select {
	case l := <-s.next:
		s.replace(l)
	case f := <-s.p.orphans:
		s.adopt(f)
	case f := <-s.p.queue:
		if s.accept(f) {
			return s.collect(f)
		}
	case <-s.link.gone():
		s.bury(errGone)
	case <-s.p.stop:
		return nil
	case <-s.p.drained:
		return nil
	}
	return s.batch
}

// adopt takes a document that is to be tried again, in a new worker.
func (s *slot) adopt(f *Future) {
	s.retry = append(s.retry, f)
	if s.link.jobs > 0 {
		old := s.link
		s.lose(old)
		s.retire(old)
	}
}

// collect adds to a document what waits behind it: this worker's share of it, at most a batch, all with the same rules.
func (s *slot) collect(f *Future) []*Future {
	share := min(s.p.o.BatchDocs, len(s.p.queue)/s.p.o.Workers+1)
	size := int64(0)
	for f != nil {
		if len(s.batch) > 0 && (f.rules != s.batch[0].rules || size+f.bytes > int64(s.p.o.BatchBytes)) {
			s.held = f
			break
		}
		s.batch = append(s.batch, f)
		if size += f.bytes; len(s.batch) >= share || size >= int64(s.p.o.BatchBytes) {
			break
		}
		f = s.more()
	}
	return s.batch
}

// more gives another document from the queue, nil when there is none now.
func (s *slot) more() *Future {
	for {
		select {
		case f := <-s.p.queue:
			if s.accept(f) {
				return f
			}
		default:
			return nil
		}
	}
}

// accept takes a document out of the queue, and reports whether a worker is to have it.
func (s *slot) accept(f *Future) bool {
	s.p.gate.taken()
	err := f.ctx.Err()
	if err == nil {
		err = f.refusal()
	}
	if err != nil {
		f.finish(Extraction{}, err)
		return false
	}
	return true
}

// serve hands documents to the worker. When it dies, those without a result are tried again.
func (s *slot) serve(batch []*Future) {
	if batch[0].image != nil && !slices.Contains(s.link.hello.abilities, methodImage) {
		batch[0].finish(Extraction{}, fmt.Errorf("%w (it calls itself %q)", ErrNoImages, s.link.hello.name))
		return
	}
	s.setState(WorkerBusy)
	alone := len(batch) == 1
	left, err := s.link.serve(batch)
	if err != nil {
		s.judge(left, alone, err)
	} else {
		s.barren = 0
	}
}

// judge decides about the documents that a dying worker had. Each is tried again, alone, the one in hand in a new worker;
// one that was alone when a worker died for the second time is to blame. Where that worker was not new, it may have been
// broken before: the document gets a new one for a third try.
func (s *slot) judge(left []*Future, alone bool, err error) {
	l := s.link
	why := s.bury(err)
	cause := l.cause.Load()
	var again []*Future
	for _, f := range left {
		f.deaths++
		sure := l.jobs == 0 || f.deaths > 2
		switch {
		case cause == cutStop:
			f.finish(Extraction{}, s.p.reason())
		case alone && f.deaths >= 2 && sure:
			s.jobs.Add(1)
			f.finish(Extraction{}, blame(cause, &s.p.o, why))
		default:
			again = append(again, f)
		}
	}
	s.retry = append(again, s.retry...)
}

// blame is the error of a page that kills its workers.
func blame(cause int32, o *PoolOptions, why error) error {
	switch {
	case cause == cutTimeout:
		return fmt.Errorf("%w of %v", ErrParseTimeout, o.Deadline)
	case cause == cutMemory:
		return fmt.Errorf("%w of %.4g MiB", ErrParseMemory, float64(o.MemoryBytes)/(1<<20))
	case errors.Is(why, ErrProtocol): // which is no fault of the page
		return &pageError{kinds: []error{ErrParseCrash, ErrProtocol}, message: "no answer from the parser: " + why.Error()}
	}
	return fmt.Errorf("%w: %w", ErrParseCrash, why)
}

// bury ends a worker that has failed, and says why it did.
func (s *slot) bury(err error) error {
	l := s.link
	l.cut(cutFault)
	why := l.describe(err)
	s.lose(l)
	l.end()
	s.noteExit(l)
	if s.barren++; l.jobs > 0 {
		s.barren = 0
	}
	s.p.log("a worker has ended", s.name, slog.Any("error", why))
	return why
}
