// Package proc starts worker processes that cannot outlive their parent, and ends them with all that they started.
//
// All processes of a Spawner are started by one goroutine that keeps its thread: on Linux, the death signal of a child
// follows the thread that started it, and what the thread gives up (privileges, files, its working directory) its children
// do not have from their first instruction on.
package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
)

// Options say what a Spawner starts.
type Options struct {
	// Path is the program: a path, or a name that is looked up in PATH. Relative ones are resolved once.
	Path string
	Args []string // without the program's own name
	Env  []string // the whole environment; nil is an empty one

	// Sandbox takes from the processes what a parser does not need, as far as the system can: files but those that the
	// program is loaded from, TCP, a working directory with anything in it.
	//
	// Without it the program may be one that starts others; on Unix they are killed with it even when this process is.
	Sandbox bool
}

// ErrClosed is the error of Start behind Close.
var ErrClosed = errors.New("no more processes are started")

// Spawner starts processes, each in its own group. It may be used by many goroutines.
type Spawner struct {
	o        Options
	requests chan request
	closing  chan struct{}
	once     sync.Once
	ended    chan struct{}
	running  sync.WaitGroup // processes that have not been waited for
	kept     []string       // what the processes are kept from; written before ready is closed
	ready    chan struct{}
	guard    *guard // nil with Sandbox, and where there can be none
}

type request struct {
	files  [3]*os.File
	answer chan answer
}

type answer struct {
	p   *Process
	err error
}

// NewSpawner gives a Spawner. It fails when there is no such program. Close ends it.
func NewSpawner(o Options) (*Spawner, error) {
	path, err := exec.LookPath(o.Path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, fmt.Errorf("worker program: %w", err)
	}
	o.Path = path
	if o.Env == nil {
		o.Env = []string{}
	}
	s := &Spawner{
		o: o, requests: make(chan request, startQueue), closing: make(chan struct{}),
		ended: make(chan struct{}), ready: make(chan struct{}),
	}
	if !o.Sandbox {
		s.guard = newGuard()
	}
	go s.run()
	return s, nil
}

// run is the goroutine that keeps its thread. It never gives it back: what the thread gave up is gone for good, so the
// thread ends with the goroutine.
func (s *Spawner) run() {
	defer close(s.ended)
	runtime.LockOSThread()
	dir, kept := confine(&s.o)
	s.kept = kept
	close(s.ready)
	for {
		select {
		case r := <-s.requests:
			p, err := s.start(r.files, dir)
			r.answer <- answer{p, err}
		case <-s.closing:
			s.running.Wait()
			if s.guard != nil {
				s.guard.close()
			}
			return
		}
	}
}

// Kept lists, for people, what the processes are kept from.
func (s *Spawner) Kept() []string {
	<-s.ready
	return s.kept
}

// Start starts a process on three files, which stay the caller's to close. It blocks for the time of a fork.
func (s *Spawner) Start(stdin, stdout, stderr *os.File) (*Process, error) {
	r := request{files: [3]*os.File{stdin, stdout, stderr}, answer: make(chan answer, 1)}
	select {
	case s.requests <- r:
	case <-s.closing:
		return nil, ErrClosed
	}
	select {
	case a := <-r.answer:
		return a.begun()
	case <-s.ended:
	}
	select {
	case a := <-r.answer:
		return a.begun()
	default:
		return nil, ErrClosed
	}
}

// begun gives the process, with what its memory is read from: the thread that starts processes may not open it.
func (a answer) begun() (*Process, error) {
	if a.err != nil {
		return nil, a.err
	}
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	if !a.p.reaped {
		a.p.openStat()
	}
	return a.p, nil
}

func (s *Spawner) start(files [3]*os.File, dir string) (*Process, error) {
	cmd := &exec.Cmd{
		Path: s.o.Path, Args: append([]string{s.o.Path}, s.o.Args...), Env: s.o.Env, Dir: dir,
		Stdin: files[0], Stdout: files[1], Stderr: files[2],
		SysProcAttr: attributes(),
	}
	start := cmd.Start
	if s.guard != nil {
		start = func() error { return s.guard.start(cmd) }
	}
	if err := start(); err != nil {
		return nil, fmt.Errorf("worker program: %w", err)
	}
	p := &Process{cmd: cmd, guard: s.guard, done: make(chan struct{})}
	s.running.Add(1)
	go p.wait(&s.running)
	return p, nil
}

// Close waits until all processes have ended; it does not end them.
func (s *Spawner) Close() {
	s.once.Do(func() { close(s.closing) })
	<-s.ended
}

// Process is one that was started. It is waited for by a goroutine of its own.
type Process struct {
	cmd   *exec.Cmd
	guard *guard // nil when there is none
	done  chan struct{}

	mu     sync.Mutex
	reaped bool // its number may belong to another process
	stat   *os.File
}

// Pid is its number.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended and was waited for.
func (p *Process) Done() <-chan struct{} { return p.done }

// State is how it ended. It may be called when Done is closed.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// Kill ends the process and its group at once. It does nothing to one that has ended.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		kill(p.cmd.Process)
	}
}

// wait reaps the process.
func (p *Process) wait(running *sync.WaitGroup) {
	defer running.Done()
	p.reap()
	close(p.done)
}

// unguard says that the process has ended, and its group with it.
func (p *Process) unguard() {
	if p.guard != nil {
		p.guard.remove(p.Pid())
	}
}

// RSS is the memory in bytes that the process has in RAM; false where the system does not tell.
func (p *Process) RSS() (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.readStat()
}
