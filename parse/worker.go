package parse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tinylib/msgp/msgp"

	"crawl/parse/internal/wire"
)

// WorkerOptions are how a worker serves. The zero value is ready.
type WorkerOptions struct {
	// Name is what the worker calls itself, for people; "" is "crawl".
	Name string

	// Extractor does the work; nil is InProcess. One that is an Imager too looks at pictures as well. The worker closes it at
	// its end. An error of its own is the page's: ErrParseCrash, with its words.
	Extractor Extractor

	// Init is called at the start of each connection with what PoolOptions.Init says, before any document. Its error is told
	// to the pool, which takes the worker as one that could not be started.
	Init func(ctx context.Context, settings map[string]string) error

	shared  bool               // others use the Extractor too: it is not closed
	kept    []string           // what the process is kept from, for hello
	onHello func(*helloParams) // limits for the process
	onEOF   func()             // the input has ended while there may be work
}

// ServeWorker answers one pool over a stream until the stream ends, drain was asked for, or ctx is done. It speaks the
// protocol of docs/worker-protocol.md, one document after another. A document that takes longer than the pool's deadline
// is given up where the Extractor heeds its context.
//
// The error is nil when the input ended between two requests or after drain, that of ctx, that of the stream, or an
// ErrProtocol. in is closed when ctx is done, if it is an io.Closer; if it is none, a goroutine stays until its Read returns.
func ServeWorker(ctx context.Context, in io.Reader, out io.Writer, o WorkerOptions) error {
	if o.Name == "" {
		o.Name = "crawl"
	}
	if o.Extractor == nil {
		o.Extractor = NewInProcess()
	}
	if !o.shared {
		defer o.Extractor.Close()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &worker{o: o, out: &answerWriter{w: out}, requests: make(chan *request, 1), free: make(chan *request, 2)}
	for range cap(w.free) {
		w.free <- &request{batch: batch{bodies: make([]byte, 0, defaultBatchBytes)}}
	}
	stop := context.AfterFunc(ctx, func() {
		if c, ok := in.(io.Closer); ok {
			c.Close()
		}
	})
	defer stop()
	go w.read(ctx, wire.NewReader(in, workerBuffer))
	return w.serve(ctx)
}

// worker is the state of ServeWorker.
type worker struct {
	o        WorkerOptions
	deadline time.Duration // for a document; 0 = none
	out      *answerWriter
	requests chan *request // read, and not yet answered; closed at the end of the input
	free     chan *request // to be used again
	readErr  error         // why requests was closed
}

// request is one that was read.
type request struct {
	kind   uint64
	id     uint64
	method string
	hello  helloParams
	batch  batch
	image  ImageJob
}

// read reads requests while the last is being answered, so that the end of the input is noticed at once.
func (w *worker) read(ctx context.Context, r *wire.Reader) {
	if w.o.onEOF != nil {
		defer w.o.onEOF() // behind the close
	}
	defer close(w.requests)
	for {
		var q *request
		select {
		case q = <-w.free:
		case <-ctx.Done():
			w.readErr = ctx.Err()
			return
		}
		if err := q.read(r); err != nil {
			if !errors.Is(err, io.EOF) {
				w.readErr = err
			}
			return
		}
		select {
		case w.requests <- q:
		case <-ctx.Done():
			w.readErr = ctx.Err()
			return
		}
	}
}

// read reads a request. It gives io.EOF when the stream ends before one.
func (q *request) read(r *wire.Reader) error {
	r.Begin(maxBatchBytes)
	if err := r.Wait(); err != nil {
		return err
	}
	n, err := r.Array(4)
	if err != nil {
		return protocolError(err)
	}
	if q.kind, err = r.Uint(); err != nil {
		return protocolError(err)
	}
	switch {
	case q.kind == kindRequest && n == 4:
		if q.id, err = r.Uint(); err != nil {
			return protocolError(err)
		}
	case q.kind == kindNotice && n == 3:
	default:
		return fmt.Errorf("%w: a message of kind %d with %d parts instead of a request", ErrProtocol, q.kind, n)
	}
	method, err := r.Key()
	if err != nil {
		return protocolError(err)
	}
	q.method = string(method)
	return protocolError(q.readParams(r))
}

// readParams reads the parameters of the methods that have one.
func (q *request) readParams(r *wire.Reader) error {
	known := q.kind == kindRequest && (q.method == methodHello || q.method == methodParse || q.method == methodImage)
	if !known {
		return r.Skip()
	}
	n, err := r.Array(maxEntries)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s has no parameter", q.method)
	}
	switch q.method {
	case methodHello:
		q.hello, err = readHelloParams(r)
	case methodImage:
		err = readImageJob(r, &q.image)
	default:
		err = q.batch.read(r)
	}
	for i := 1; i < n && err == nil; i++ {
		err = r.Skip()
	}
	return err
}

// serve answers requests one after another.
func (w *worker) serve(ctx context.Context) error {
	flusher := time.AfterFunc(time.Hour, w.out.flushNow)
	flusher.Stop()
	defer flusher.Stop()
	for {
		var q *request
		select {
		case q = <-w.requests:
		case <-ctx.Done():
			return ctx.Err()
		}
		if q == nil {
			if w.readErr != nil && ctx.Err() != nil {
				return ctx.Err() // which is why reading failed
			}
			return w.readErr
		}
		last := w.answer(ctx, q, flusher)
		if err := w.out.flush(); err != nil {
			return fmt.Errorf("answering: %w", err)
		}
		if last {
			return nil
		}
		w.free <- q
	}
}

// answer writes the answer to a request, and reports whether it was the last.
func (w *worker) answer(ctx context.Context, q *request, flusher *time.Timer) (last bool) {
	if q.kind == kindNotice {
		return false
	}
	if imager, ok := w.o.Extractor.(Imager); ok && q.method == methodImage {
		w.image(ctx, q, imager)
		return false
	}
	switch q.method {
	case methodHello:
		w.hello(ctx, q)
	case methodParse:
		flusher.Reset(flushAfter)
		w.parse(ctx, q, flusher)
		flusher.Stop()
	case methodPing, methodDrain:
		w.out.append(func(b []byte) []byte { return msgp.AppendNil(appendResponse(b, q.id)) })
	default:
		w.out.append(func(b []byte) []byte {
			return appendFailure(b, q.id, "unknown method: "+clean(q.method, maxWords))
		})
	}
	return q.method == methodDrain
}

func (w *worker) hello(ctx context.Context, q *request) {
	w.deadline = q.hello.deadline
	if w.o.onHello != nil {
		w.o.onHello(&q.hello)
	}
	if w.o.Init != nil {
		if err := w.o.Init(ctx, q.hello.init); err != nil {
			w.out.append(func(b []byte) []byte { return appendFailure(b, q.id, err.Error()) })
			return
		}
	}
	w.out.append(func(b []byte) []byte {
		return appendHelloResult(appendResponse(b, q.id), &helloResult{
			protocol: protocolVersion, name: w.o.Name, abilities: abilities(w.o.Extractor), kept: w.o.kept,
		})
	})
}

// parse answers a batch. Results are written as they come: in blocks while they come fast, each by itself when they take
// their time, so that the pool knows which document is in hand.
func (w *worker) parse(ctx context.Context, q *request, flusher *time.Timer) {
	w.out.append(func(b []byte) []byte {
		return msgp.AppendArrayHeader(appendResponse(b, q.id), uint32(len(q.batch.docs)))
	})
	for i := range q.batch.docs {
		x, err := oneJob(ctx, w.deadline, func(ctx context.Context) (Extraction, error) {
			return w.o.Extractor.Extract(ctx, &q.batch.docs[i], q.batch.rules)
		})
		w.out.append(func(b []byte) []byte { return appendResult(b, &x, err) })
		if w.out.flushed() {
			flusher.Reset(flushAfter)
		}
	}
}

// oneJob runs a job under the deadline of one. A panic is the job's error.
func oneJob[T any](ctx context.Context, deadline time.Duration, run func(context.Context) (T, error)) (answer T, err error) {
	if deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, deadline)
		defer cancel()
	}
	defer func() {
		if crash := recover(); crash != nil {
			var none T
			answer, err = none, crashError(crash)
		}
	}()
	answer, err = run(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrParseTimeout
	}
	return answer, err
}

// answerWriter collects what is to be written. It is flushed by the worker, and by a timer when a document takes long.
type answerWriter struct {
	w io.Writer

	mu   sync.Mutex
	buf  []byte
	late bool // the timer has flushed
	err  error
}

// append lets f append to what is to be written.
func (a *answerWriter) append(f func([]byte) []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.buf = f(a.buf)
	if len(a.buf) >= flushBytes {
		a.write()
	}
}

func (a *answerWriter) write() {
	if a.err == nil && len(a.buf) > 0 {
		_, a.err = a.w.Write(a.buf)
	}
	if a.buf = a.buf[:0]; cap(a.buf) > maxScratch {
		a.buf = nil
	}
}

func (a *answerWriter) flush() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.write()
	return a.err
}

func (a *answerWriter) flushNow() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.write()
	a.late = true
}

// flushed reports whether the timer has flushed since the last call.
func (a *answerWriter) flushed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	late := a.late
	a.late = false
	return late
}
