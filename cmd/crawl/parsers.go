package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	shellwords "github.com/mattn/go-shellwords"
	"github.com/spf13/pflag"

	"crawl/crawler"
	"crawl/parse"
	"crawl/sink/words"
)

// parserFlags say where pages are parsed that need more than the light parser.
type parserFlags struct {
	workers int
	command string
	timeout time.Duration
	memory  sizeFlag
	flags   *pflag.FlagSet // that they were added to
}

func (p *parserFlags) add(f *pflag.FlagSet) {
	p.flags = f
	f.IntVar(&p.workers, "parsers", runtime.NumCPU(), "`N` worker processes for --select and --text; 0 = in this process, with no limit of time or memory")
	f.StringVar(&p.command, "parser-cmd", "", "`CMD` to run as worker, or tcp://HOST:PORT of one (default: this program)")
	f.DurationVar(&p.timeout, "parse-timeout", 10*time.Second, "`TIME` that one page may take its parser")
	p.memory = 512 << 20
	f.Var(&p.memory, "parse-memory", "`SIZE` of memory that one worker may take")
}

// check refuses what makes no sense.
func (p *parserFlags) check() error {
	switch {
	case p.workers < 0:
		return usageError("--parsers %d: use 0 or more", p.workers)
	case p.flags.Changed("parser-cmd") && strings.TrimSpace(p.command) == "":
		return usageError("--parser-cmd is empty: name a program or tcp://HOST:PORT, or leave it out")
	case p.workers == 0 && p.command != "":
		return usageError("--parser-cmd needs workers: leave out --parsers 0")
	case p.workers == 0 && p.flags.Changed("parse-timeout"):
		return usageError("--parse-timeout needs workers, because nothing can stop a page in this process: leave out --parsers 0")
	case p.workers == 0 && p.flags.Changed("parse-memory"):
		return usageError("--parse-memory needs workers, because a page in this process has no limit of its own: leave out --parsers 0")
	case p.timeout <= 0:
		return usageError("--parse-timeout %s: use a time above 0", p.timeout)
	case p.memory < minParseMemory:
		return usageError("--parse-memory %s: a worker needs at least %s", p.memory.String(), (*sizeFlag)(ptr(int64(minParseMemory))).String())
	}
	var o parse.PoolOptions
	if err := p.where(&o); err != nil {
		return err
	}
	if p.command != "" && o.Dial == nil {
		if _, err := exec.LookPath(o.Command[0]); err != nil {
			return usageError("--parser-cmd: no worker can be started: %w; check the name of the program", err)
		}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

// teller is told what happens to workers.
type teller interface {
	Notice(message string)
	workerLog() *slog.Logger                      // nil when nobody wants to know
	workerSaid() func(worker string, line []byte) // the same for lines on a worker's standard error
}

// extractor makes what runs the rules: a pool of workers, or with --parsers 0 this process.
func (p *parserFlags) extractor(rules parse.Rules, t teller) (parse.Extractor, error) {
	if p.workers == 0 {
		return newHere(), nil
	}
	o := parse.PoolOptions{
		Workers: p.workers, Rules: rules, Deadline: p.timeout, MemoryBytes: int64(p.memory), RecycleAfter: recycleAfter,
		Logger: t.workerLog(), Log: t.workerSaid(),
		Warn: func(err error) {
			t.Notice(fmt.Sprintf("%s; it is tried again", err))
		},
	}
	if err := p.where(&o); err != nil {
		return nil, err
	}
	pool, err := parse.NewPool(o)
	if err != nil {
		return nil, usageError("the parser workers cannot be started: %w; check --parser-cmd", err)
	}
	return pool, nil
}

// startFor starts what the crawl's pages and pictures are parsed by, and puts it into o.
func (p *parserFlags) startFor(o *crawler.Options, w *watcher) error {
	ex, err := p.extractor(o.Rules, w)
	if err != nil {
		return err
	}
	o.Extractor, o.Parser = ex, p.command
	if o.Images != nil {
		o.Images.Imager = ex.(parse.Imager) // both kinds of extractors are
	}
	w.pool, _ = ex.(*parse.Pool)
	return nil
}

// where sets the program or the address of the workers.
func (p *parserFlags) where(o *parse.PoolOptions) error {
	if dial, ok := parse.DialWorker(p.command); ok {
		_, port, err := net.SplitHostPort(p.command[len("tcp://"):])
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || n == 0 {
			return usageError("--parser-cmd %s: write tcp://HOST:PORT", clean(p.command))
		}
		o.Dial = dial
		return nil
	}
	if p.command != "" {
		words, err := shellwords.Parse(p.command)
		if err != nil || len(words) == 0 {
			return usageError("--parser-cmd %s: it cannot be taken apart into words; check its quotes", clean(p.command))
		}
		o.Command = words
		o.Env = os.Environ() // the user's own program may need it
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot find itself to run as a worker: %w; use --parser-cmd", err)
	}
	o.Command, o.Sandbox = []string{self, "worker"}, true
	return nil
}

// parserReport fills in what only is known when the workers have ended.
func parserReport(sum *crawler.Summary, ex parse.Extractor, workers int) {
	pool, ok := ex.(*parse.Pool)
	if !ok || sum == nil {
		return
	}
	st := pool.Stats()
	sum.Parsers = workers
	sum.CPU.Children = st.ChildCPU.Seconds()
	sum.Workers = &crawler.WorkerTotals{Jobs: st.Jobs, Restarts: st.Restarts, Quarantined: st.Quarantined, Elsewhere: pool.Elsewhere()}
}

// workerLines tells each worker in a line.
func workerLines(list []parse.WorkerInfo) []string {
	var out []string
	for _, w := range slices.SortedFunc(slices.Values(list), func(a, b parse.WorkerInfo) int { return strings.Compare(a.Name, b.Name) }) {
		line := fmt.Sprintf("%s: %s, %s", w.Name, w.State, plural(w.Jobs, "page", "pages"))
		if w.PID > 0 {
			line += fmt.Sprintf(", pid %d, %s", w.PID, words.Bytes(w.Memory))
		}
		line += ", " + plural(w.Restarts, "restart", "restarts")
		if w.LastExit != "" {
			line += ", before that: " + w.LastExit
		}
		out = append(out, line)
	}
	return out
}

// Notice and workerLog make an app a teller, for the verbs that show no progress.

func (a *app) Notice(message string)   { a.notef("crawl: %s\n", clean(message)) }
func (a *app) workerLog() *slog.Logger { return nil }

func (a *app) workerSaid() func(string, []byte) { return nil }

func (w *watcher) workerSaid() func(string, []byte) {
	if !w.f.verbose {
		return nil
	}
	return func(worker string, line []byte) { w.line("%s: %s\n", worker, clean(string(line))) }
}

func (w *watcher) workerLog() *slog.Logger {
	if !w.f.verbose {
		return nil
	}
	return w.log
}

// workersEnded tells with -v how each worker ended.
func (w *watcher) workersEnded() {
	if w.pool == nil || !w.f.verbose {
		return
	}
	for _, line := range workerLines(w.pool.Workers()) {
		w.line("worker %s\n", clean(line))
	}
}

// errStoppedWorkers is told when a verb that only parses is interrupted.
var errStoppedWorkers = errors.New("stopped; the same command goes on")

// worker runs this process as a worker of the pool on its standard streams.
func runWorker(ctx context.Context) error {
	return parse.RunWorker(ctx, parse.WorkerOptions{Name: "crawl " + version()})
}
