package parse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"crawl/parse/internal/proc"
)

// PoolOptions describe a Pool. Command or Dial must be given; zero values of the others take the default in brackets.
type PoolOptions struct {
	// Command is the worker program and its arguments; it speaks docs/worker-protocol.md on standard input and output. There
	// is no default: a library does not run its host program again. A program that calls RunWorker passes itself.
	Command []string

	// Env is the worker's environment. [nothing but what Go's runtime is told: GOMEMLIMIT, GOGC, GOMAXPROCS]
	Env []string

	// Sandbox takes from the workers, on Linux and as far as the kernel can, all files but those that the program is loaded
	// from, TCP, and the working directory. For programs that need none of it: those that call RunWorker.
	Sandbox bool

	// Dial connects to a worker that runs elsewhere, instead of Command: see DialWorker.
	Dial func(context.Context) (net.Conn, error)

	// Workers is how many there are. [processors]
	Workers int

	// Rules are what Do and Submit look for. NewPool checks them as CompileRules does.
	Rules Rules

	// Init is told to each worker when it starts, for WorkerOptions.Init.
	Init map[string]string

	// QueueSize is how many documents wait for a worker, QueueBytes how many bytes all documents have that wait or are in
	// hand; Submit blocks beyond. A document that is larger than QueueBytes passes alone. [64 for each worker; 64 MiB]
	QueueSize  int
	QueueBytes int64

	// BatchDocs and BatchBytes are how many documents, and bytes of them, a worker gets at once. Nothing waits for a batch
	// to fill. [16, 256 KiB]
	BatchDocs  int
	BatchBytes int

	// Deadline is what each document may take; a worker that takes longer is killed. [10 s]
	Deadline time.Duration

	// MemoryBytes is the memory a worker may have in RAM; one that has more is killed, on Linux. A worker that calls
	// RunWorker also collects garbage to stay below 75 % of it, on all systems. [512 MiB; negative: no cap]
	MemoryBytes int64

	// RecycleAfter is after how many documents a worker is replaced, give or take a tenth; the new one is ready before the
	// old one goes. [0: never]
	RecycleAfter int

	// Warn is called once when a worker cannot be started, and again only when one could be in between.
	Warn func(error)

	// Quarantine is called for each page that ends with ErrParseCrash, ErrParseTimeout, ErrParseMemory or ErrTooDeep, before its
	// result is given. It must not keep doc or its body, nor use the page's Future. It may be called from several goroutines.
	Quarantine func(doc *Document, rules Rules, err error)

	// Log is called with each line that a worker writes to its standard error: at most 2 KiB of it, valid until Log returns,
	// not escaped. [lines are dropped]
	Log func(worker string, line []byte)

	// Logger is told, at level debug, of starts and ends of workers. [none]
	Logger *slog.Logger
}

// Pool runs an Extractor's work in worker processes, so that no page can hang, crash or swell the process that has the
// Pool. Each document gets exactly one result, whatever dies: when a worker does, its documents are handed out again one by
// one, each alone, and a page that kills its worker then as well ends with ErrParseCrash, ErrParseTimeout or ErrParseMemory.
//
// Nothing is ever parsed in the parent. When no worker could be started for 30 s, the Pool stops, and all documents without
// a result get ErrNoWorkers; sooner, and with ErrNotAWorker as well, when what is started never speaks as a worker.
//
// All methods may be called from many goroutines. Errors of a document are those of InProcess about the page, the three
// above, ErrNoWorkers, ErrClosed, and that of the document's context.
type Pool struct {
	o       PoolOptions
	t       timing
	spawner *proc.Spawner // nil with Dial
	gate    *gate
	queue   chan *Future // never full: the gate lets in no more
	orphans chan *Future // to be tried again by whoever has a worker; never full: see slot.abandon
	slots   []*slot

	ctx     context.Context // done with stop
	cancel  context.CancelFunc
	stop    chan struct{} // closed when the Pool stops with work undone
	drained chan struct{} // closed when it is closed and all work is done
	done    chan struct{} // closed when all workers have been waited for
	helpers sync.WaitGroup

	jobs, restarts, poisoned atomic.Int64
	childCPU                 atomic.Int64 // nanoseconds

	mu        sync.Mutex
	rules     []*Rules // the latest last
	pending   int      // documents without a result
	closed    bool
	cause     error // why stop is closed
	ended     bool  // nothing is queued any more
	alive     int   // workers that have said hello
	noneSince time.Time
	warned    bool
	met       bool // some worker has said hello
	strangers int  // started, and did not
}

var _ Extractor = (*Pool)(nil)

// timing is what tests make shorter.
type timing struct {
	start, outage, firstBackoff, lastBackoff, watch time.Duration
}

// NewPool starts the workers, and returns before they are ready. It fails when the options make no sense, with ErrRule when
// a rule is broken, or when there is no such program. Close or Terminate ends it.
func NewPool(o PoolOptions) (*Pool, error) {
	return newPool(o, timing{start: startTimeout, outage: outage, firstBackoff: firstBackoff, lastBackoff: lastBackoff, watch: watchEvery})
}

func newPool(o PoolOptions, t timing) (*Pool, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p := &Pool{
		o: o, t: t, gate: newGate(o.QueueSize, o.QueueBytes), queue: make(chan *Future, o.QueueSize),
		orphans: make(chan *Future, o.Workers*o.BatchDocs), stop: make(chan struct{}), drained: make(chan struct{}),
		done: make(chan struct{}), noneSince: time.Now(),
	}
	p.rules = []*Rules{&p.o.Rules}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if o.Dial == nil {
		var err error
		p.spawner, err = proc.NewSpawner(proc.Options{Path: o.Command[0], Args: o.Command[1:], Env: o.environment(), Sandbox: o.Sandbox})
		if err != nil {
			p.cancel()
			return nil, err
		}
	}
	for i := range o.Workers {
		p.slots = append(p.slots, newSlot(p, i))
	}
	go p.run()
	return p, nil
}

// complete fills defaults in and refuses what makes no sense.
func (o *PoolOptions) complete() error {
	if (len(o.Command) > 0) == (o.Dial != nil) {
		return errors.New("parse.PoolOptions: give either Command or Dial; there is no default program")
	}
	if o.Workers < 0 || o.QueueSize < 0 || o.QueueBytes < 0 || o.BatchDocs < 0 || o.BatchDocs > maxBatchDocs || o.BatchBytes < 0 ||
		o.Deadline < 0 || o.RecycleAfter < 0 || len(o.Init) > maxInit {
		return fmt.Errorf("parse.PoolOptions: a number is negative, or BatchDocs is above %d, or Init has more than %d settings", maxBatchDocs, maxInit)
	}
	if _, err := CompileRules(o.Rules); err != nil {
		return err
	}
	o.Workers = orDefault(o.Workers, runtime.GOMAXPROCS(0))
	o.BatchDocs = orDefault(o.BatchDocs, defaultBatchDocs)
	o.BatchBytes = orDefault(o.BatchBytes, defaultBatchBytes)
	o.QueueSize = orDefault(o.QueueSize, defaultQueueBatches*o.BatchDocs*o.Workers)
	o.QueueBytes = orDefault(o.QueueBytes, int64(defaultQueueBytes))
	o.Deadline = orDefault(o.Deadline, defaultDeadline)
	o.MemoryBytes = max(orDefault(o.MemoryBytes, int64(defaultMemoryBytes)), 0)
	return nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// environment is what the workers get.
func (o *PoolOptions) environment() []string {
	if o.Env != nil {
		return o.Env
	}
	env := []string{"GOMAXPROCS=1", "GOGC=" + strconv.Itoa(workerGC)}
	if o.MemoryBytes > 0 {
		env = append(env, "GOMEMLIMIT="+strconv.FormatInt(o.MemoryBytes/100*memoryShare, 10))
	}
	for _, key := range []string{"SYSTEMROOT", "TEMP", "TMP"} { // Windows programs do not start without the first
		if v := os.Getenv(key); v != "" && runtime.GOOS == "windows" {
			env = append(env, key+"="+v)
		}
	}
	return env
}

// run owns all goroutines of the Pool: it waits for them, and then for the processes.
func (p *Pool) run() {
	defer close(p.done)
	defer p.cancel()
	for _, s := range p.slots {
		p.helpers.Add(1)
		go func() {
			defer p.helpers.Done()
			s.run()
		}()
	}
	watched := make(chan struct{})
	endWatch := make(chan struct{})
	go func() {
		defer close(watched)
		p.watchMemory(endWatch)
	}()
	p.helpers.Wait()
	close(endWatch)
	<-watched
	if p.spawner != nil {
		p.spawner.Close()
	}
	p.failRest()
}

// failRest gives an error to what is left when the slots have ended.
func (p *Pool) failRest() {
	p.mu.Lock()
	p.ended = true
	cause := orDefault(p.cause, error(ErrClosed))
	p.mu.Unlock()
	for {
		select {
		case f := <-p.queue:
			p.gate.taken()
			f.finish(Extraction{}, cause)
		case f := <-p.orphans:
			f.finish(Extraction{}, cause)
		default:
			return
		}
	}
}

// intern gives the rules at an address that is the same for equal rules.
func (p *Pool) intern(rules Rules) *Rules {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if r.Text == rules.Text && slices.Equal(r.Select, rules.Select) {
			return r
		}
	}
	if len(p.rules) == maxCompiled {
		p.rules = slices.Delete(p.rules, 1, 2) // the first are the Pool's own
	}
	own := &Rules{Select: slices.Clone(rules.Select), Text: rules.Text}
	p.rules = append(p.rules, own)
	return own
}

// Do runs the Pool's rules over a document and waits for the result. When ctx is done first, the document is given up and
// not read any more.
func (p *Pool) Do(ctx context.Context, doc *Document) (Extraction, error) {
	return p.do(ctx, doc, &p.o.Rules)
}

// Extract is Do with other rules.
func (p *Pool) Extract(ctx context.Context, doc *Document, rules Rules) (Extraction, error) {
	if len(rules.Select) > maxRules {
		return Extraction{}, fmt.Errorf("%w: %d rules are more than %d; split them over several runs", ErrRule, len(rules.Select), maxRules)
	}
	return p.do(ctx, doc, p.intern(rules))
}

func (p *Pool) do(ctx context.Context, doc *Document, rules *Rules) (Extraction, error) {
	f, err := p.submit(ctx, doc, rules)
	if err != nil {
		return Extraction{}, err
	}
	return f.await()
}

// Submit queues a document and returns while it waits or is in hand. It blocks while the queue is full, until ctx is done
// or the Pool ends. The document is copied but for its body and headers, which must stay unchanged until the Future is
// done. A document whose ctx is done before a worker has it gets the error of ctx.
//
// The error is that of ctx, ErrClosed or ErrNoWorkers; there is no Future then.
func (p *Pool) Submit(ctx context.Context, doc *Document) (*Future, error) {
	return p.submit(ctx, doc, &p.o.Rules)
}

func (p *Pool) submit(ctx context.Context, doc *Document, rules *Rules) (*Future, error) {
	f := &Future{p: p, ctx: ctx, rules: rules, doc: *doc, bytes: int64(len(doc.Body)), done: make(chan struct{})}
	f.doc.Charset = charsetOf(doc)
	if err := p.enqueue(f); err != nil {
		return nil, err
	}
	return f, nil
}

// enqueue lets a document in. The error is as in Submit.
func (p *Pool) enqueue(f *Future) error {
	if err := p.gate.enter(f.ctx, f.bytes); err != nil {
		return err
	}
	p.mu.Lock()
	if p.closed || p.ended || p.cause != nil {
		err := p.cause
		p.mu.Unlock()
		p.gate.taken()
		p.gate.left(f.bytes)
		return orDefault(err, error(ErrClosed))
	}
	p.pending++
	p.queue <- f
	p.mu.Unlock()
	return nil
}

// finished is called once for each document, when it has its result.
func (p *Pool) finished(f *Future) {
	p.gate.left(f.bytes)
	if !isUnparsed(f.err) {
		p.jobs.Add(1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending--
	if p.closed && p.pending == 0 {
		close(p.drained)
	}
}

// Close takes no more documents, waits for the results of those it has, and for all workers to end. It returns nil. It must
// not be called from a callback.
func (p *Pool) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		if p.pending == 0 {
			close(p.drained)
		}
	}
	p.mu.Unlock()
	p.gate.close(ErrClosed)
	<-p.done
	return nil
}

// Terminate kills the workers; documents without a result get ErrClosed. It returns at once; Wait waits for the end.
func (p *Pool) Terminate() { p.halt(ErrClosed) }

// halt stops the Pool with work undone.
func (p *Pool) halt(cause error) {
	p.mu.Lock()
	first := p.cause == nil && !p.ended
	if first {
		p.cause = cause
		close(p.stop)
	}
	p.mu.Unlock()
	if !first {
		return
	}
	p.cancel()
	p.gate.close(cause)
	for _, s := range p.slots {
		s.killAll()
	}
}

// Wait waits until the Pool has ended: after Close, Terminate, or for want of workers.
func (p *Pool) Wait() { <-p.done }

// connected and disconnected count the workers, for the breaker.
func (p *Pool) connected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alive++
	p.warned, p.met = false, true
}

func (p *Pool) disconnected() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alive--; p.alive == 0 {
		p.noneSince = time.Now()
	}
}

// notStarted warns of a worker that could not be started. It stops the Pool when there has been none for too long, or when
// it is clear that there will be none.
func (p *Pool) notStarted(cause error) {
	var hello *helloError
	p.mu.Lock()
	if errors.As(cause, &hello) {
		if p.strangers++; hello.silent {
			p.strangers++
		}
	}
	hopeless := !p.met && p.strangers >= maxStrangers
	warn := !p.warned && p.cause == nil && p.o.Warn != nil && !hopeless
	p.warned = true
	over := p.alive == 0 && time.Since(p.noneSince) >= p.t.outage
	p.mu.Unlock()
	switch {
	case hopeless:
		what := ErrNotAWorker
		if errors.Is(cause, errRefused) {
			what = ErrNoWorkers
		}
		p.halt(&pageError{kinds: []error{ErrNotAWorker, ErrNoWorkers}, message: what.Error() + ": " + cause.Error()})
	case warn:
		p.o.Warn(fmt.Errorf("a parser worker could not be started: %w", cause))
	}
	if over {
		p.halt(fmt.Errorf("%w for %v: %w", ErrNoWorkers, p.t.outage, cause))
	}
}

// untilOutage is how long the Pool goes on without a worker.
func (p *Pool) untilOutage() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.alive > 0 {
		return p.t.outage
	}
	return max(p.t.outage-time.Since(p.noneSince), 0)
}

// reason is why documents are not parsed any more.
func (p *Pool) reason() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return orDefault(p.cause, error(ErrClosed))
}

func (p *Pool) log(message, worker string, attrs ...any) {
	if p.o.Logger != nil {
		p.o.Logger.Debug(message, append([]any{slog.String("slot", worker)}, attrs...)...)
	}
}

// watchMemory kills workers that have more memory than the cap.
func (p *Pool) watchMemory(end <-chan struct{}) {
	if p.o.MemoryBytes == 0 || p.spawner == nil || runtime.GOOS != "linux" {
		return
	}
	tick := time.NewTicker(p.t.watch)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, s := range p.slots {
				s.checkMemory(p.o.MemoryBytes)
			}
		case <-end:
			return
		}
	}
}
