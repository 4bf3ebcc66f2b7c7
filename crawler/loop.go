package crawler

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// loop drives the schedule. It owns the fetch goroutines, the parsers and the feeder, and waits for all of them.
type loop struct {
	c       *Crawl
	s       *schedule
	results chan *result // what was fetched; room for every sender
	backlog []*result    // fetched, and waiting for a parser
	parse   chan *result
	parsed  chan *result // room for every sender
	parsers sync.WaitGroup
	fed     *feeding
	resumed bool // the store knew URLs when the run began
	ended   bool // the feeder is done
	stopped string
	spentAt time.Time     // when the budget was found spent while the list was still read; zero: it was not
	idle    time.Duration // a slot was free and something to fetch, but politeness said wait
	spent   time.Duration // in commits
	untold  bool          // something has come since the progress was told
	tell    *time.Timer   // when it is to be told

	pauseTold time.Duration // the longest that tellPause has told
}

// Why a run ended early, as Summary.Stopped tells.
const (
	StoppedSignal   = "signal"    // the context of Run, or Options.Abort, ended
	StoppedMaxTime  = "max-time"  // Options.MaxTime
	StoppedMaxPages = "max-pages" // Options.MaxPages
	StoppedError    = "error"     // Run returned it
)

// run crawls to the end. Two contexts govern it: take ends when no new work may begin, work when work in flight must end.
func (l *loop) run(ctx context.Context) error {
	c := l.c
	take, stopTaking := context.WithCancel(ctx)
	defer stopTaking()
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	defer context.AfterFunc(c.o.Abort, func() { stopTaking(); stopWork() })()
	if c.o.MaxTime > 0 {
		t := time.AfterFunc(c.o.MaxTime, stopTaking)
		defer t.Stop()
	}
	defer context.AfterFunc(take, func() { time.AfterFunc(c.grace(), stopWork) })()
	l.results = make(chan *result, c.o.Concurrency)
	l.tell = time.NewTimer(publishEvery)
	defer l.tell.Stop()
	stopParsers := l.startParsers(work)
	l.fed = &feeding{done: make(chan struct{})}
	go c.commit.run()

	err := l.rejudge(take) // what rows of the list say is said of what is stored then
	go c.feed(take, l.fed)
	if err == nil {
		err = l.reconcile(take)
	}
	if err == nil {
		err = l.keepSettings(take)
	}
	switch {
	case err != nil:
	case c.o.Mode == Sequential:
		err = l.sequential(take, work)
	default:
		err = l.concurrent(take, work)
	}
	if ctx.Err() == nil && c.o.Abort.Err() == nil && l.stopped == StoppedSignal {
		l.stopped = StoppedMaxTime
	}
	stopTaking()
	if err != nil {
		stopWork()
	}
	derr := l.drain(stopWork)
	stopParsers()
	ferr := l.feedError()
	close(c.commit.in)
	<-c.commit.done
	a := c.commit.taken()
	l.spent += a.spent
	for _, e := range []error{c.commit.err, err, derr, ferr} {
		if e != nil {
			l.stopped = StoppedError
			return e
		}
	}
	return nil
}

// feedError waits for the feeder. One that is stuck in a read that nobody answers (a terminal, a pipe) is left behind: it
// can only find that the crawl is over.
func (l *loop) feedError() error {
	t := time.NewTimer(feederPatience)
	defer t.Stop()
	select {
	case <-l.fed.done:
		return l.fed.err
	case <-t.C:
		return nil
	}
}

// startParsers starts as many parsers as there are processors to run them.
func (l *loop) startParsers(work context.Context) (stop func()) {
	n := l.c.parsers()
	l.parse, l.parsed = make(chan *result, n), make(chan *result, n)
	for range n {
		l.parsers.Go(func() {
			for r := range l.parse {
				runtime.Gosched() // what is runnable goes first: the next requests
				l.c.parse(work, r)
				l.parsed <- r
			}
		})
	}
	return func() {
		close(l.parse)
		l.parsers.Wait()
	}
}

// drain waits for what is open and settles it. Work ends by itself, or when the grace time is over.
func (l *loop) drain(stopWork func()) (err error) {
	for l.s.open > 0 {
		if serr := l.event(&signals{}); serr != nil && err == nil {
			err = serr
			stopWork()
		}
		l.c.publish(l, publishEvery)
	}
	return err
}

// concurrent is the event loop: it sends what may be sent, then waits for the next event.
func (l *loop) concurrent(take, work context.Context) error {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		wait, err := l.dispatch(take, work)
		if err != nil {
			return err
		}
		if end, err := l.finished(take); end || err != nil {
			return err
		}
		if err := l.await(take, timer, wait); err != nil {
			return err
		}
	}
}

// dispatch begins fetches until there is no slot or nothing to fetch now. wait is how long there is nothing, 0 if only an
// event can bring something.
func (l *loop) dispatch(take, work context.Context) (wait time.Duration, err error) {
	if !l.mayTake(take) {
		return 0, nil
	}
	for l.s.inflight < l.c.o.Concurrency && len(l.backlog) < l.c.o.Concurrency {
		var t *task
		if t, wait, err = l.s.next(take, l.c.now()); t == nil {
			return wait, ignoreDone(take, err)
		}
		go func() { l.results <- l.c.fetch(work, t) }()
	}
	return 0, nil
}

// sequential is the plain loop: one URL after another, by the same steps.
func (l *loop) sequential(take, work context.Context) error {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for {
		select {
		case <-l.c.commit.done: // nothing more can be stored
			return l.c.commit.err
		default:
		}
		var t *task
		var wait time.Duration
		if l.mayTake(take) {
			var err error
			if t, wait, err = l.s.next(take, l.c.now()); ignoreDone(take, err) != nil {
				return err
			}
		}
		if t != nil {
			l.c.publish(l, 0) // nothing can be told while it is under way
			r := l.c.fetch(work, t)
			l.s.fetched(r, l.c.now())
			if r.parses() {
				l.c.parse(work, r)
			}
			if err := l.s.settle(r, l.c.now()); err != nil {
				return err
			}
			l.acknowledge()
			continue
		}
		if end, err := l.finished(take); end || err != nil {
			return err
		}
		if err := l.await(take, timer, wait); err != nil {
			return err
		}
	}
}

// mayTake reports whether new work may begin. With a prefix scope the whole list must be known before links are judged. A
// list that broke off ends the crawl.
func (l *loop) mayTake(take context.Context) bool {
	if take.Err() != nil {
		return false
	}
	if !l.ended {
		return l.c.o.Scope.prefixes == nil
	}
	return l.fed.err == nil
}

// await waits for the next event and takes it in. The timer is armed only when a slot is free, so that what it wakes can
// be done.
func (l *loop) await(take context.Context, timer *time.Timer, wait time.Duration) error {
	on := signals{stop: take.Done(), failed: l.c.commit.done}
	sleep := wait
	if sleep == 0 && !l.spentAt.IsZero() {
		sleep = listPatience
	}
	if sleep > 0 {
		timer.Reset(sleep)
		defer timer.Stop()
		on.tick = timer.C
	}
	if l.s.inflight < l.c.o.Concurrency {
		if err := l.askFlush(take); err != nil {
			return err
		}
	}
	if !l.ended {
		on.feeding = l.fed.done
	}
	l.tellPause(wait)
	polite := wait > time.Microsecond && l.s.politeWait()
	l.c.publish(l, publishEvery) // with what was begun just now: it may be under way for long
	start := l.c.now()
	if err := l.event(&on); err != nil {
		return err
	}
	if polite {
		l.idle += l.c.now().Sub(start)
	}
	l.acknowledge()
	return nil
}

// tellPause tells that nothing can be sent for so long that the crawl would seem to stand still, and again when it is for twice as long.
func (l *loop) tellPause(wait time.Duration) {
	if l.s.open > 0 || !l.ended || wait < max(longPause, 2*l.pauseTold) {
		return
	}
	l.pauseTold = wait
	l.c.o.Observer.Notice(fmt.Sprintf("nothing is asked for before %s, %s from now: what is left waits for hosts that asked for pauses or failed; `crawl why URL` tells more of one",
		l.c.stamp(l.c.now().Add(wait)).Local().Format(time.TimeOnly), wait.Round(time.Second)))
}

// signals are what event waits for beside what is open; nil: not for that.
type signals struct {
	stop    <-chan struct{} // no new work may begin
	failed  <-chan struct{} // the committer has ended
	feeding <-chan struct{} // the list has ended
	tick    <-chan time.Time
}

// event waits for one event, and takes in with it what else is there.
func (l *loop) event(on *signals) error {
	parse, next := l.nextToParse()
	select {
	case r := <-l.results:
		return l.takeIn(r)
	case parse <- next:
		l.handed()
	case r := <-l.parsed:
		return l.s.settle(r, l.c.now())
	case <-l.c.commit.notify:
	case <-on.feeding:
		l.ended = true
		if l.s.open == 0 {
			l.flush() // a short list is there: begin
		}
	case <-on.tick:
	case <-l.tell.C:
	case <-on.stop:
	case <-on.failed:
		return l.c.commit.err
	}
	return nil
}

// nextToParse hands over what the parsers have room for. It gives what is next, and where to; a nil channel when there is
// nothing.
func (l *loop) nextToParse() (chan<- *result, *result) {
	for len(l.backlog) > 0 {
		select {
		case l.parse <- l.backlog[0]:
			l.handed()
		default:
			return l.parse, l.backlog[0]
		}
	}
	return nil, nil
}

// handed notes that a parser has the first of the backlog.
func (l *loop) handed() {
	l.backlog[0] = nil
	l.backlog = l.backlog[1:]
}

// takeIn takes in a fetched result and those that are there with it: slots are given free before anything is parsed.
func (l *loop) takeIn(r *result) error {
	for {
		l.s.fetched(r, l.c.now())
		if r.parses() {
			l.backlog = append(l.backlog, r)
		} else if err := l.s.settle(r, l.c.now()); err != nil {
			return err
		}
		select {
		case r = <-l.results:
		default:
			return nil
		}
	}
}

// askFlush sees to it, while a slot is free, that links which are logged get admitted. When no host has anything to fetch,
// the committer is told to commit soon what may bring something, and at once when nothing else is under way.
func (l *loop) askFlush(take context.Context) error {
	l.c.commit.admit.Store(true)
	hungry := !l.s.busyHosts()
	l.c.commit.hungry.Store(hungry)
	if l.s.unstored > 0 {
		if hungry && l.s.open == 0 && (l.ended || l.s.fed > 0) {
			l.flush()
		}
		return nil // a commit is due anyway
	}
	st, err := l.c.store.Frontier.Stats(take)
	if err == nil && st.Logged > 0 {
		l.flush()
	}
	return ignoreDone(take, err)
}

// flush makes the committer commit at once. It does not wait for it.
func (l *loop) flush() {
	select {
	case l.c.commit.flush <- struct{}{}:
	default:
	}
}

// acknowledge takes in what the committer has done.
func (l *loop) acknowledge() {
	a := l.c.commit.taken()
	if a.settled == 0 && a.fed == 0 && !a.news && a.judged == nil {
		return
	}
	if a.judged != nil {
		l.s.totals.plus(a.judged)
	}
	l.spent += a.spent
	l.s.stored(&a, l.c.now())
}

// finished reports whether the crawl is over: stopped and nothing in flight to be waited for here, or nothing left to do,
// which the durable counters say and not the lack of events.
func (l *loop) finished(take context.Context) (bool, error) {
	if take.Err() != nil {
		l.stopped = StoppedSignal
		return true, nil
	}
	if l.s.open > 0 || l.s.unstored > 0 {
		return false, nil
	}
	if !l.ended && l.listIsLate() {
		return true, nil
	}
	if !l.ended || int64(l.s.fed) < l.fed.batches.Load() {
		return false, nil
	}
	if l.fed.err != nil {
		return true, nil
	}
	st, err := l.c.store.Frontier.Stats(take)
	if err != nil {
		return false, ignoreDone(take, err)
	}
	if st.Improved > 0 {
		_, err := l.s.expand(take)
		return false, err
	}
	if st.Pending > 0 && l.s.budgetSpent() {
		l.stopped = StoppedMaxPages
		return true, nil
	}
	return st.Pending == 0 && st.Logged == 0, nil
}

// listIsLate reports that the budget is spent and the list has not ended listPatience later: it may never.
func (l *loop) listIsLate() bool {
	now := l.c.now()
	switch {
	case !l.s.budgetSpent():
		return false
	case l.spentAt.IsZero():
		l.spentAt = now
	}
	if now.Sub(l.spentAt) < listPatience {
		return false
	}
	l.stopped = StoppedMaxPages
	return true
}

// ignoreDone drops the error of a read that was cancelled because the crawl is being stopped.
func ignoreDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
