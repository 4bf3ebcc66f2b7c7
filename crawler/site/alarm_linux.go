package site

import (
	"container/heap"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// alarm wakes those who wait for a latency to be over when it is. The runtime's timers are up to a millisecond late in a
// process that has nothing else to do, since it waits for events in whole milliseconds: what a crawl of such a site costs
// beyond its latency would be the site's own lateness. A timerfd (timerfd_create(2)) is an event itself, and on time.
type alarm struct {
	file *os.File // the timerfd

	mu      sync.Mutex
	waiting sleepers
}

type sleeper struct {
	at   time.Time
	wake chan struct{}
}

// newAlarm gives an alarm that works while run does; nil when the system has none left.
func newAlarm() *alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil
	}
	return &alarm{file: os.NewFile(uintptr(fd), "timerfd")}
}

// after gives a channel that is closed when d is over. d is positive.
func (a *alarm) after(d time.Duration) <-chan struct{} {
	s := sleeper{at: time.Now().Add(d), wake: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	heap.Push(&a.waiting, s)
	if a.waiting[0].wake == s.wake {
		a.set(d)
	}
	return s.wake
}

// set has the timerfd ring in d, which is positive. The lock is held.
func (a *alarm) set(d time.Duration) {
	rc, err := a.file.SyscallConn()
	if err != nil {
		return // it is closed, and the site with it: nobody waits
	}
	_ = rc.Control(func(fd uintptr) {
		_ = unix.TimerfdSettime(int(fd), 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil)
	})
}

// run wakes until close is called.
func (a *alarm) run() {
	var rings [8]byte
	for {
		if _, err := a.file.Read(rings[:]); err != nil {
			return
		}
		a.ring()
	}
}

// ring wakes those whose time has come, and sets the alarm for the next.
func (a *alarm) ring() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.waiting) > 0 {
		if d := time.Until(a.waiting[0].at); d > 0 {
			a.set(d)
			return
		}
		close(heap.Pop(&a.waiting).(sleeper).wake)
	}
}

// close ends run. Who still waits is not woken.
func (a *alarm) close() {
	_ = a.file.Close() // it holds nothing
}

// sleepers is a heap by time.
type sleepers []sleeper

func (h sleepers) Len() int           { return len(h) }
func (h sleepers) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h sleepers) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *sleepers) Push(x any)        { *h = append(*h, x.(sleeper)) }

func (h *sleepers) Pop() any {
	last := len(*h) - 1
	s := (*h)[last]
	(*h)[last] = sleeper{}
	*h = (*h)[:last]
	return s
}
