package compare

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"crawl/crawler/compare/internal/replay"
	"crawl/fetch"
	"crawl/parse"
)

// order is the first line that a child process reads: what it is to be. Exactly one field is set.
type order struct {
	Serve  *serveOrder  `json:",omitempty"`
	Trial  *trialOrder  `json:",omitempty"`
	Member *memberOrder `json:",omitempty"`
}

// serveOrder makes a replay server. It answers with a replay.Address, and then each line with a served.
type serveOrder struct {
	File      string // of the recording
	Bandwidth int64  // bytes per second of all bodies together; 0: no limit
}

// served is what the replay server says about the time since it was asked before.
type served struct {
	replay.Stats
	CPU time.Duration // that the server has used since its start
}

// work is what a trial and its member processes have in common.
type work struct {
	Mode   ModeSpec
	Fetch  fetchOrder
	Replay *replayOrder `json:",omitempty"` // nil: the network
	// Failing are the recorded statuses of 429 or 5xx, by URL: a trial on the network ends at others.
	Failing map[string]int `json:",omitempty"`
	Rules   parse.Rules
	Parser  []string `json:",omitempty"` // command of a parser worker
	// Parsers are the worker processes of this process.
	Parsers int `json:",omitempty"`
}

// fetchOrder is the part of fetch.Options that can be written down.
type fetchOrder struct {
	UserAgent    string
	Timeout      time.Duration
	MaxBytes     int64
	Insecure     bool
	Proxy        string
	Resolve      []string
	AllowPrivate bool
	Header       map[string][]string
	Named        []string `json:",omitempty"` // origins of the list, to which credentials go
}

func newFetchOrder(o fetch.Options) fetchOrder {
	return fetchOrder{
		UserAgent: o.UserAgent, Timeout: o.Timeout, MaxBytes: o.MaxBytes, Insecure: o.Insecure, Proxy: o.Proxy,
		Resolve: o.Resolve, AllowPrivate: o.AllowPrivate, Header: o.Header,
	}
}

func (f *fetchOrder) options() fetch.Options {
	return fetch.Options{
		UserAgent: f.UserAgent, Timeout: f.Timeout, MaxBytes: f.MaxBytes, Insecure: f.Insecure, Proxy: f.Proxy,
		Resolve: f.Resolve, AllowPrivate: f.AllowPrivate, Header: f.Header,
		CredentialOrigin: func(origin string) bool { _, named := slices.BinarySearch(f.Named, origin); return named },
	}
}

// replayOrder says where recorded hosts are.
type replayOrder struct {
	Address replay.Address
	Hosts   []replay.Host
}

// RunChild makes the calling process a part of a comparison: it is what the program given as Options.Command calls, with its
// standard input and output. It returns when its part is done, or when its parent is gone: then the process ends itself
// after a second if it has not. in is closed by nobody but the parent. The error is told on standard error by the caller.
func RunChild(ctx context.Context, in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 64<<10)
	line, err := readLine(r, maxOrder)
	if err != nil {
		return fmt.Errorf("this verb is started by `crawl compare` alone: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("this verb is started by `crawl compare` alone: %w", err)
	}
	switch {
	case o.Serve != nil:
		return serveChild(r, out, o.Serve)
	case o.Member != nil:
		return memberChild(ctx, r, out, o.Member)
	case o.Trial != nil:
		return trialChild(ctx, r, out, o.Trial)
	}
	return errors.New("this verb is started by `crawl compare` alone: it was told nothing to do")
}

// readLine reads a line of at most so many bytes.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > most {
			return nil, fmt.Errorf("a line of more than %d bytes", most)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// untilOrphaned gives a context that ends with the input: nothing more is read from it. The goroutine that reads lives as
// long as the process.
func untilOrphaned(ctx context.Context, in io.Reader) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, in)
		endOrphan(cancel)
	}()
	return ctx, cancel
}

// endOrphan ends what runs, and the process when that does not end.
func endOrphan(cancel context.CancelFunc) {
	cancel()
	time.AfterFunc(orphanGrace, func() { os.Exit(1) })
}

// serveChild replays a recording until its input ends.
func serveChild(in *bufio.Reader, out io.Writer, o *serveOrder) error {
	rec, err := ReadRecording(o.File)
	if err != nil {
		return err
	}
	s, err := replay.NewServer(rec.rec)
	if err != nil {
		return err
	}
	s.Bandwidth = o.Bandwidth
	at, err := s.Start()
	if err != nil {
		return fmt.Errorf("the replay server cannot listen on loopback: %w", err)
	}
	defer s.Close()
	enc := json.NewEncoder(out)
	if err := enc.Encode(at); err != nil {
		return err
	}
	for {
		if _, err := readLine(in, 1<<10); err != nil {
			return nil // the parent has no more use for it
		}
		u := readUsage()
		if err := enc.Encode(served{s.Take(), u.user + u.system}); err != nil {
			return err
		}
	}
}
