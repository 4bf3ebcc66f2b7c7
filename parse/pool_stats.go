package parse

import "time"

// WorkerState says what a worker is doing.
type WorkerState string

// States of workers.
const (
	WorkerStarting WorkerState = "starting" // until it has said hello
	WorkerIdle     WorkerState = "idle"
	WorkerBusy     WorkerState = "busy"
	WorkerBackoff  WorkerState = "waiting" // before the next start, behind one that failed
	WorkerStopped  WorkerState = "stopped" // the Pool has ended, or needs it no more
)

// WorkerInfo describes one of a Pool's workers.
type WorkerInfo struct {
	Name     string      `json:"name"` // w1, w2, ...; it stays when the process is replaced
	PID      int         `json:"pid"`  // 0 when there is no process, or it is elsewhere
	State    WorkerState `json:"state"`
	Jobs     int64       `json:"jobs"`      // documents that processes of this name have answered or died with
	Memory   int64       `json:"memory"`    // bytes in RAM; 0 where it is not known
	Restarts int64       `json:"restarts"`  // processes of this name behind the first one
	LastExit string      `json:"last_exit"` // how the last process ended ("exit status 2", "signal: killed"); "" when none has
	Says     string      `json:"says"`      // what the worker calls itself
	Kept     []string    `json:"kept"`      // what it is kept from
}

// Workers describes the workers as they are now.
func (p *Pool) Workers() []WorkerInfo {
	all := make([]WorkerInfo, 0, len(p.slots))
	for _, s := range p.slots {
		all = append(all, s.info())
	}
	return all
}

// Elsewhere reports whether the workers are reached over a network (PoolOptions.Dial): what they cost is not known here.
func (p *Pool) Elsewhere() bool { return p.o.Dial != nil }

// PoolStats are counters since the start of a Pool.
type PoolStats struct {
	Jobs        int64         // documents with a result, their own errors included; not those that ErrNoWorkers or ErrClosed ended
	Restarts    int64         // worker processes behind the first ones
	Quarantined int64         // documents with ErrParseCrash, ErrParseTimeout, ErrParseMemory or ErrTooDeep
	ChildCPU    time.Duration // user and system time of the worker processes that have ended; all, behind Wait
}

// Stats gives the counters.
func (p *Pool) Stats() PoolStats {
	return PoolStats{
		Jobs: p.jobs.Load(), Restarts: p.restarts.Load(), Quarantined: p.poisoned.Load(),
		ChildCPU: time.Duration(p.childCPU.Load()),
	}
}

func (s *slot) info() WorkerInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := WorkerInfo{Name: s.name, State: s.state, Jobs: s.jobs.Load(), Restarts: max(s.starts-1, 0), LastExit: s.lastExit}
	if l := s.current; l != nil {
		w.PID, w.Says = l.pid(), l.hello.name
		if l.proc != nil {
			w.Memory, _ = l.proc.RSS()
		}
		w.Kept = s.kept(l)
	}
	return w
}

// kept tells what a worker is kept from, by what started it and by itself.
func (s *slot) kept(l *link) []string {
	var kept []string
	if l.proc != nil {
		kept = append(kept, s.p.spawner.Kept()...)
	}
	return append(kept, l.hello.kept...)
}

func (s *slot) setState(state WorkerState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state
}

// own makes a link one that killAll cuts. It is false when everything is being cut already.
func (s *slot) own(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.links[l] = struct{}{}
	return !s.killing
}

func (s *slot) disown(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
}

// killAll cuts all links of the slot, and those that are still to come.
func (s *slot) killAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killing = true
	for l := range s.links {
		l.cut(cutStop)
	}
}

// checkMemory cuts the link when its worker has more memory than limit bytes.
func (s *slot) checkMemory(limit int64) {
	s.mu.Lock()
	l := s.current
	s.mu.Unlock()
	if l == nil || l.proc == nil {
		return
	}
	if rss, ok := l.proc.RSS(); ok && rss > limit {
		l.cut(cutMemory)
	}
}

// noteExit keeps how a worker ended.
func (s *slot) noteExit(l *link) {
	exit := "connection closed"
	if l.proc != nil {
		exit = l.proc.State().String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastExit = exit
}
