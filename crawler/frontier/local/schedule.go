package local

import (
	"math"
	"slices"

	"crawl/crawler/frontier"
)

// schedule decides which host is looked at next. A circle walks the hosts of the queue in the order of their numbers;
// what lies behind it is known here: claimed, waiting for its time, or in line to be looked at again. Hosts behind the
// circle that are none of these have nothing to take, until touch or putBack tells otherwise. So a host whose time has
// not come costs nothing, and a host is found without an index of those that are ready.
//
// Both lists have a bound. When the line is full, or when a forgotten host's time comes, the circle starts again.
type schedule struct {
	limit    int             // maxTracked
	pos      frontier.HostID // the circle has seen the hosts up to here
	hosts    map[frontier.HostID]tracked
	line     heap[inLine]
	lines    uint64 // grows with every host put in line
	waiting  heap[wakeup]
	offers   uint64 // grows with every host offered
	overflow bool   // the line was full: once it is empty the circle starts again
	dropped  int64  // earliest time of the hosts dropped from waiting, in Unix microseconds
}

const never = math.MaxInt64

// tracked is what is remembered of a host behind the circle.
type tracked struct {
	state   hostState
	offered uint64      // when it was offered last, as far as that is remembered
	at      int64       // waiting: its time
	next    frontier.ID // claimed: no ready item before this one can be taken
}

type hostState uint8

const (
	claimed hostState = iota + 1
	lined
	waiting
)

// inLine orders the line: who was offered longest ago comes first.
type inLine struct {
	offered, arrived uint64
	host             frontier.HostID
}

func (a inLine) less(b inLine) bool {
	return a.offered < b.offered || a.offered == b.offered && a.arrived < b.arrived
}

// wakeup is a host's place among those that wait. It means nothing once the host is in another state.
type wakeup struct {
	at   int64
	host frontier.HostID
}

func (a wakeup) less(b wakeup) bool { return a.at < b.at }

func newSchedule() schedule {
	return schedule{limit: maxTracked, hosts: make(map[frontier.HostID]tracked), dropped: never}
}

// touch says that a host may have something to take, or another time, than it had.
func (s *schedule) touch(host frontier.HostID) {
	if host > s.pos {
		return
	}
	switch t := s.hosts[host]; t.state {
	case claimed, lined:
	case waiting:
		s.enterLine(host, t.offered)
	default: // it may just have been offered, and emptied: it must not always come before the others
		s.enterLine(host, s.offers)
	}
}

// putBack says that an item may be taken again.
func (s *schedule) putBack(host frontier.HostID, id frontier.ID) {
	if t, ok := s.hosts[host]; ok && t.state == claimed {
		t.next = min(t.next, id)
		s.hosts[host] = t
	}
}

func (s *schedule) enterLine(host frontier.HostID, offered uint64) {
	if len(s.line) >= s.limit {
		s.overflow = true
		delete(s.hosts, host)
		return
	}
	s.lines++
	s.line.push(inLine{offered, s.lines, host})
	s.hosts[host] = tracked{state: lined, offered: offered}
}

// first takes a host out of the line.
func (s *schedule) first() (host frontier.HostID, offered uint64) {
	l := s.line.pop()
	delete(s.hosts, l.host)
	return l.host, l.offered
}

func (s *schedule) claim(host frontier.HostID) {
	s.offers++
	s.hosts[host] = tracked{state: claimed, offered: s.offers}
}

// unclaim ends a claim. A host that the circle has yet to come to needs no place in line.
func (s *schedule) unclaim(host frontier.HostID) {
	t, ok := s.hosts[host]
	if !ok || t.state != claimed {
		return
	}
	delete(s.hosts, host)
	if host <= s.pos {
		s.enterLine(host, t.offered)
	}
}

// wait remembers a host until its time. When there are too many, the later half is forgotten.
func (s *schedule) wait(host frontier.HostID, offered uint64, at int64) {
	s.hosts[host] = tracked{state: waiting, offered: offered, at: at}
	s.waiting.push(wakeup{at, host})
	if len(s.waiting) < s.limit {
		return
	}
	s.waiting = slices.DeleteFunc(s.waiting, func(w wakeup) bool { return !s.current(w) })
	slices.SortFunc(s.waiting, func(a, b wakeup) int {
		if a.less(b) {
			return -1
		}
		return 1
	})
	if len(s.waiting) <= s.limit/2 {
		return
	}
	for _, w := range s.waiting[s.limit/2:] {
		s.dropped = min(s.dropped, w.at)
		delete(s.hosts, w.host)
	}
	s.waiting = s.waiting[:s.limit/2]
}

func (s *schedule) current(w wakeup) bool {
	t := s.hosts[w.host]
	return t.state == waiting && t.at == w.at
}

// wakeUntil puts the hosts in line whose time is up to limit.
func (s *schedule) wakeUntil(limit int64) {
	for len(s.waiting) > 0 && (s.waiting[0].at <= limit || !s.current(s.waiting[0])) {
		if w := s.waiting.pop(); s.current(w) {
			s.enterLine(w.host, s.hosts[w.host].offered)
		}
	}
	if s.dropped <= limit {
		s.restart()
	}
}

// restart begins a new circle. Who waits is found by it again.
func (s *schedule) restart() {
	for _, w := range s.waiting {
		if s.current(w) {
			delete(s.hosts, w.host)
		}
	}
	s.pos, s.waiting, s.dropped, s.overflow = 0, nil, never, false
}

// nextWake is the earliest time of a host that waits; never if there is none. wakeUntil has been called.
func (s *schedule) nextWake() int64 {
	at := s.dropped
	if len(s.waiting) > 0 {
		at = min(at, s.waiting[0].at)
	}
	return at
}

// ordered is what a heap is made of.
type ordered[T any] interface{ less(than T) bool }

var (
	_ ordered[inLine] = inLine{}
	_ ordered[wakeup] = wakeup{}
)

// heap is a binary heap with its least element first.
type heap[T ordered[T]] []T

func (h *heap[T]) push(x T) {
	*h = append(*h, x)
	a := *h
	for i := len(a) - 1; i > 0; {
		up := (i - 1) / 2
		if !a[i].less(a[up]) {
			return
		}
		a[i], a[up] = a[up], a[i]
		i = up
	}
}

func (h *heap[T]) pop() T {
	a := *h
	top, last := a[0], len(a)-1
	a[0] = a[last]
	a = a[:last]
	*h = a
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if a[child].less(a[least]) {
				least = child
			}
		}
		if least == i {
			return top
		}
		a[i], a[least] = a[least], a[i]
		i = least
	}
}
