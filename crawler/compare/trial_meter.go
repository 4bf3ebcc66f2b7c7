package compare

import (
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"crawl/parse"
)

// usage is what a process has used since its start.
type usage struct {
	user, system          time.Duration
	children              time.Duration // of those that have been waited for
	voluntary, forced     int64         // context switches
	kidsVoluntary, kidsIn int64
	maxRSS                int64
}

// meter measures this process from startMeter on. Where there are worker processes its goroutine looks at them, until
// stopSampling.
type meter struct {
	before usage
	waited time.Duration
	stop   chan struct{}
	ended  sync.WaitGroup
	once   sync.Once

	goroutines atomic.Int64

	pool       *parse.Pool
	poolMemory int64 // most at one time
	workers    int
	threads    int // of the workers
}

func startMeter() *meter {
	return &meter{before: readUsage(), waited: runQueueWait(), stop: make(chan struct{})}
}

// watch counts a pool's workers in; nil is no pool.
func (m *meter) watch(pool *parse.Pool) {
	if pool == nil {
		return
	}
	m.pool = pool
	m.ended.Go(func() {
		t := time.NewTicker(sampleEvery)
		defer t.Stop()
		for {
			m.look()
			select {
			case <-m.stop:
				m.look() // a short trial is over before the first tick
				return
			case <-t.C:
			}
		}
	})
}

// count notes how many goroutines there are. It is called at moments when there are many: a ticker would cost what it
// counts.
func (m *meter) count() {
	n := int64(runtime.NumGoroutine())
	for old := m.goroutines.Load(); n > old && !m.goroutines.CompareAndSwap(old, n); old = m.goroutines.Load() {
	}
}

func (m *meter) look() {
	var memory int64
	workers, threads := 0, 0
	for _, w := range m.pool.Workers() {
		if w.PID != 0 {
			memory += w.Memory
			workers++
			threads += threadsOf(w.PID)
		}
	}
	m.poolMemory, m.workers, m.threads = max(m.poolMemory, memory), max(m.workers, workers), max(m.threads, threads)
}

// stopSampling ends the counting. It may be called again.
func (m *meter) stopSampling() {
	m.once.Do(func() { close(m.stop) })
	m.ended.Wait()
}

// account completes what this process says of itself and its workers.
func (m *meter) account(a account) account {
	a.MaxRSS += peakMemory() + m.poolMemory
	a.Threads += pprof.Lookup("threadcreate").Count() + m.threads
	a.Goroutines += int(m.goroutines.Load())
	a.Processes += 1 + m.workers
	a.Waited += max(runQueueWait()-m.waited, 0)
	return a
}

// finish completes the trial with what this process and those that it has waited for have used.
func (m *meter) finish(t Trial, a account) *trialAnswer {
	m.stopSampling()
	a = m.account(a)
	u := readUsage()
	t.CPU = CPUSeconds{
		User: (u.user - m.before.user).Seconds(), System: (u.system - m.before.system).Seconds(),
		Children: (u.children - m.before.children).Seconds(),
	}
	t.ContextSwitches = ContextSwitches{
		Voluntary:   u.voluntary - m.before.voluntary + u.kidsVoluntary - m.before.kidsVoluntary,
		Involuntary: u.forced - m.before.forced + u.kidsIn - m.before.kidsIn,
	}
	t.MaxRSS, t.Threads, t.Goroutines, t.Processes = a.MaxRSS, a.Threads, a.Goroutines, a.Processes
	t.Connections = Connections{Opened: a.Opened, Reused: a.Reused}
	return &trialAnswer{Trial: t, Waited: a.Waited}
}
