package parse

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"crawl/parse/internal/proc"
)

// ListenOptions are how ListenWorkers serves.
type ListenOptions struct {
	// Command is the program that serves a connection: its standard input and output are the connection. Without one,
	// connections are served in this process, where a page can hang or swell all of them.
	Command []string
	Env     []string // as in PoolOptions
	Sandbox bool     // as in PoolOptions

	// MemoryBytes is the memory a process of Command may have, on Linux. [512 MiB; negative: no cap]
	MemoryBytes int64

	// Stderr is the standard error of the processes. [dropped]
	Stderr *os.File

	// MaxConns is how many connections are served at a time; others are closed at once. [four for each processor]
	MaxConns int

	// Worker serves the connections where there is no Command. Its Extractor is shared by all, and closed at the end.
	Worker WorkerOptions
}

// ListenWorkers serves pools that reach it over a network (PoolOptions.Dial), one worker for each connection, until ctx is
// done; then it ends the workers, waits for them, and gives the error of ctx. Other errors are those of the listener and of
// a Command that cannot be used. l is closed at the end.
//
// Whoever can connect can have documents parsed: there is neither a password nor encryption. Listen on loopback, or where
// only your own hosts come.
func ListenWorkers(ctx context.Context, l net.Listener, o ListenOptions) error {
	defer l.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &listener{o: o, procs: make(map[*proc.Process]struct{})}
	if err := s.complete(); err != nil {
		return err
	}
	defer s.wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	if s.spawner != nil {
		s.all.Go(func() { s.watch(ctx) })
	}
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return ctx.Err()
		case isTemporary(err):
			time.Sleep(firstBackoff) // no descriptors, say
			continue
		case err != nil:
			return err
		}
		select {
		case s.slots <- struct{}{}:
			s.all.Go(func() {
				defer func() { <-s.slots }()
				s.serve(ctx, conn)
			})
		default:
			conn.Close()
		}
	}
}

// isTemporary reports whether the next connection may come in although this one did not.
func isTemporary(err error) bool {
	var sys *os.SyscallError
	return errors.As(err, &sys) && !errors.Is(err, net.ErrClosed)
}

// listener is the state of ListenWorkers.
type listener struct {
	o       ListenOptions
	spawner *proc.Spawner
	null    *os.File
	slots   chan struct{}
	all     sync.WaitGroup

	mu    sync.Mutex
	procs map[*proc.Process]struct{}
}

func (s *listener) complete() error {
	s.slots = make(chan struct{}, orDefault(s.o.MaxConns, connsPerProcessor*runtime.GOMAXPROCS(0)))
	if len(s.o.Command) == 0 {
		if s.o.Worker.Extractor == nil {
			s.o.Worker.Extractor = NewInProcess()
		}
		return nil
	}
	p := PoolOptions{Env: s.o.Env, MemoryBytes: max(orDefault(s.o.MemoryBytes, int64(defaultMemoryBytes)), 0)}
	s.o.MemoryBytes = p.MemoryBytes
	var err error
	if s.o.Stderr == nil {
		if s.null, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			return err
		}
		s.o.Stderr = s.null
	}
	s.spawner, err = proc.NewSpawner(proc.Options{Path: s.o.Command[0], Args: s.o.Command[1:], Env: p.environment(), Sandbox: s.o.Sandbox})
	if err != nil && s.null != nil {
		s.null.Close()
	}
	return err
}

// wait waits for all that was started. ctx is done by now.
func (s *listener) wait() {
	s.all.Wait()
	if s.spawner != nil {
		s.spawner.Close()
	} else {
		s.o.Worker.Extractor.Close()
	}
	if s.null != nil {
		s.null.Close()
	}
}

func (s *listener) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	if s.spawner == nil {
		o := s.o.Worker
		o.shared = true
		_ = ServeWorker(ctx, conn, conn, o) // the pool sees how it ended
		return
	}
	p, err := s.start(conn)
	if err != nil {
		fmt.Fprintf(s.o.Stderr, "a worker could not be started: %v\n", err)
		return
	}
	conn.Close() // the process has it
	s.mu.Lock()
	s.procs[p] = struct{}{}
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, p.Kill)
	defer stop()
	<-p.Done()
	s.mu.Lock()
	delete(s.procs, p)
	s.mu.Unlock()
}

// start gives a connection to a process.
func (s *listener) start(conn net.Conn) (*proc.Process, error) {
	own, ok := conn.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fmt.Errorf("a connection of type %T cannot be given to a process", conn)
	}
	f, err := own.File()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return s.spawner.Start(f, f, s.o.Stderr)
}

// watch kills processes that have more memory than the cap.
func (s *listener) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		for p := range s.procs {
			if rss, ok := p.RSS(); ok && s.o.MemoryBytes > 0 && rss > s.o.MemoryBytes {
				p.Kill()
			}
		}
		s.mu.Unlock()
	}
}

// DialWorker gives PoolOptions.Dial for an address "tcp://HOST:PORT", as ListenWorkers serves it. ok is false for what does
// not start with tcp://.
func DialWorker(address string) (dial func(context.Context) (net.Conn, error), ok bool) {
	const scheme = "tcp://" // in any case (RFC 3986, 3.1)
	if len(address) < len(scheme) || !strings.EqualFold(address[:len(scheme)], scheme) {
		return nil, false
	}
	hostPort := address[len(scheme):]
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", hostPort)
	}, true
}
