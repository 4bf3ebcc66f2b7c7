package parse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tinylib/msgp/msgp"

	"crawl/parse/internal/proc"
	"crawl/parse/internal/wire"
)

// Why a link was cut by this side.
const (
	cutNot int32 = iota
	cutTimeout
	cutMemory
	cutFault // what came was not the protocol, or the connection broke
	cutStop
)

// link is one worker as the Pool speaks to it: a process, or a connection to one elsewhere. All but cut belongs to the
// goroutine that has the link.
type link struct {
	p     *Pool
	name  string        // of the slot
	done  *atomic.Int64 // the slot's documents
	proc  *proc.Process
	in    io.WriteCloser // to the worker
	out   io.ReadCloser  // from the worker
	hello helloResult

	r      *wire.Reader
	answer answerReader
	buf    []byte
	direct int // bytes that writing surely does not block for, when the worker has read all before
	large  chan *largeBatch
	sent   chan error
	helper sync.WaitGroup // goroutines of this link
	timer  *time.Timer    // cuts the link when an answer is late
	nextID uint64
	jobs   int // documents it has answered
	quota  int // of them until it is replaced; 0 = no end

	log    *os.File      // its standard error
	logged chan struct{} // closed when that has been read to the end
	words  lastWords     // the end of it; valid when logged is closed

	cause atomic.Int32
}

// largeBatch is one that is written by a goroutine of its own, while its answers are read.
type largeBatch struct {
	head []byte
	docs []*Future
}

// open starts or reaches a worker and greets it.
func (s *slot) open() (*link, error) {
	l := &link{p: s.p, name: s.name, done: &s.jobs, sent: make(chan error, 1)}
	if err := l.connect(); err != nil {
		return nil, err
	}
	l.r = wire.NewReader(l.out, parentBuffer)
	if !s.own(l) {
		l.cut(cutStop)
	}
	l.timer = time.AfterFunc(s.p.t.start, func() { l.cut(cutTimeout) })
	if err := l.greet(); err != nil {
		l.hearOut()
		l.cut(cutFault)
		err = l.describe(err)
		s.disown(l)
		l.end()
		if cause := l.cause.Load(); cause == cutFault || cause == cutTimeout {
			err = &helloError{err, cause == cutTimeout}
		}
		return nil, err
	}
	l.timer.Stop()
	if l.cause.Load() != cutNot {
		err := l.describe(errors.New("it was cut off while it started"))
		s.disown(l)
		l.end()
		return nil, err
	}
	return l, nil
}

// connect makes the two streams.
func (l *link) connect() error {
	if l.p.o.Dial != nil {
		ctx, cancel := context.WithTimeout(l.p.ctx, l.p.t.start)
		defer cancel()
		conn, err := l.p.o.Dial(ctx)
		if err != nil {
			return err
		}
		l.in, l.out = conn, conn
		return nil
	}
	return l.spawn()
}

// spawn starts a process on three pipes.
func (l *link) spawn() error {
	inR, inW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer inR.Close()
	outR, outW, err := os.Pipe()
	if err != nil {
		inW.Close()
		return err
	}
	defer outW.Close()
	errR, errW, err := os.Pipe()
	if err != nil {
		inW.Close()
		outR.Close()
		return err
	}
	defer errW.Close()
	l.direct = proc.GrowPipe(inW, l.p.o.BatchBytes+pipeRoom)
	l.proc, err = l.p.spawner.Start(inR, outW, errW)
	if err != nil {
		inW.Close()
		outR.Close()
		errR.Close()
		return err
	}
	l.in, l.out = inW, outR
	l.log, l.logged = errR, make(chan struct{})
	go l.readLog()
	return nil
}

// greet says hello and reads the answer. A program that has ended takes no hello, but what it wrote says why.
func (l *link) greet() error {
	params := helloParams{protocol: protocolVersion, init: l.p.o.Init, deadline: l.p.o.Deadline, memory: l.p.o.MemoryBytes}
	_, unsent := l.in.Write(appendHello(nil, l.nextID, &params))
	l.expectNothing(unsent)
	err := readResponse(l.r, l.nextID)
	if err == nil {
		l.hello, err = readHelloResult(l.r)
	}
	err = firstError(err, unsent)
	l.nextID++
	if err == nil && l.hello.protocol != protocolVersion {
		err = fmt.Errorf("%w: the worker speaks version %d, this program %d; take those of one release", ErrProtocol, l.hello.protocol, protocolVersion)
	}
	return err
}

// expectNothing says that no answer is to be waited for, if unsent is not nil: the worker did not take the request. What it
// wrote before is there already.
func (l *link) expectNothing(unsent error) {
	if out, ok := l.out.(interface{ SetReadDeadline(time.Time) error }); ok && unsent != nil {
		_ = out.SetReadDeadline(time.Now().Add(logTimeout))
	}
}

// hearOut waits a little for the rest of what came in the place of an answer, for explain: programs write piece by piece.
func (l *link) hearOut() {
	if out, ok := l.out.(interface{ SetReadDeadline(time.Time) error }); ok && out.SetReadDeadline(time.Now().Add(logTimeout)) == nil {
		l.r.Fill(sampleBytes)
	}
}

// firstError is why an answer was not read; where that is only for want of one, why the request was not written.
func firstError(read, unsent error) error {
	if unsent != nil && (read == nil || errors.Is(read, os.ErrDeadlineExceeded)) {
		return unsent
	}
	return read
}

// errGone is the end of a worker that had nothing to do.
var errGone = fmt.Errorf("it ended while it was idle: %w", io.EOF)

// gone is closed when the worker's process has ended; it never is for one elsewhere.
func (l *link) gone() <-chan struct{} {
	if l.proc == nil {
		return nil
	}
	return l.proc.Done()
}

// pid is the number of the worker's process, 0 for one elsewhere.
func (l *link) pid() int {
	if l.proc == nil {
		return 0
	}
	return l.proc.Pid()
}

// cut ends the worker at once. The first cause counts.
func (l *link) cut(cause int32) {
	l.cause.CompareAndSwap(cutNot, cause)
	if l.proc != nil {
		l.proc.Kill()
	}
	l.in.Close()
	l.out.Close()
}

// late is after what time without a result the link is cut.
func (l *link) late() time.Duration {
	return l.p.o.Deadline + min(max(l.p.o.Deadline/graceShare, minGrace), maxGrace)
}

// serve hands a batch to the worker and gives its results out. It returns those that have no result. err says that the
// worker is of no more use: when it did not answer all, and when there is something behind its answer, whose results count.
// A worker that did not take the batch is heard all the same: what it wrote says why.
func (l *link) serve(batch []*Future) (left []*Future, err error) {
	l.timer.Reset(l.late())
	defer l.timer.Stop()
	id := l.nextID
	l.nextID++
	batch, isLarge, unsent := l.send(id, batch)
	if len(batch) == 0 {
		return batch, unsent
	}
	l.expectNothing(unsent)
	if batch[0].image != nil {
		left, err = l.receiveImage(id, batch)
	} else {
		left, err = l.receive(id, batch)
	}
	if isLarge {
		if err != nil {
			l.cut(cutFault) // so that the writer ends
		}
		unsent = <-l.sent
	}
	err = firstError(err, unsent)
	if err == nil && l.r.Buffered() > 0 {
		err = fmt.Errorf("%w: %d bytes behind the answer", ErrProtocol, l.r.Buffered())
	}
	return left, err
}

// send writes a batch, or has it written while answers are read, when it may not fit into the pipe. It gives the documents
// that were sent: those that have no result yet.
func (l *link) send(id uint64, batch []*Future) (sent []*Future, isLarge bool, err error) {
	if batch[0].image != nil {
		return l.sendImage(id, batch)
	}
	rules := batch[0].rules
	l.buf = l.buf[:0]
	sent = batch[:0]
	if len(batch) == 1 {
		b, n, ok := batch[0].appendHead(appendParse(l.buf, id, rules, 1))
		if !ok {
			return sent, false, nil
		}
		if len(b)+n > l.direct {
			l.buf = b
			l.sendLarge(b, batch)
			return batch, true, nil
		}
	}
	// The header says how many documents follow, so it is written when that is known, in front of them.
	const room = 2
	head := appendParse(l.buf, id, rules, maxBatchDocs)
	b := head
	for _, f := range batch {
		var ok bool
		if b, ok = f.append(b); ok {
			sent = append(sent, f)
		}
	}
	if len(sent) == 0 {
		return nil, false, nil
	}
	// maxBatchDocs takes a 16-bit header; put the true number there.
	b[len(head)-room], b[len(head)-room+1] = byte(len(sent)>>8), byte(len(sent))
	if l.buf = b; cap(b) > maxScratch {
		l.buf = nil
	}
	if len(b) > l.direct {
		l.sendLarge(b, nil)
		return sent, true, nil
	}
	_, err = l.in.Write(b)
	return sent, false, err
}

// sendLarge lets the link's writer write.
func (l *link) sendLarge(head []byte, docs []*Future) {
	if l.large == nil {
		l.large = make(chan *largeBatch)
		l.helper.Add(1)
		go l.write()
	}
	l.large <- &largeBatch{head: head, docs: docs}
}

// write is the goroutine that writes large batches.
func (l *link) write() {
	defer l.helper.Done()
	for b := range l.large {
		_, err := l.in.Write(b.head)
		if err == nil && b.docs != nil {
			err = l.writeBody(b.docs[0])
		}
		l.sent <- err
	}
}

// writeBody writes a body in parts: a document that is given up on the way is not read any more.
func (l *link) writeBody(f *Future) error {
	n := int(f.bytes)
	part := make([]byte, min(n, writeStep))
	for from := 0; from < n; from += len(part) {
		part = part[:min(len(part), n-from)]
		f.bodyPart(part, from)
		if _, err := l.in.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// receive reads the answers to a batch.
func (l *link) receive(id uint64, batch []*Future) (left []*Future, err error) {
	if err := readResponse(l.r, id); err != nil {
		return batch, err
	}
	l.r.Begin(maxEnvelopeBytes)
	n, err := l.r.Array(maxBatchDocs)
	if err == nil && n != len(batch) {
		err = fmt.Errorf("%d results for %d documents", n, len(batch))
	}
	if err != nil {
		return batch, protocolError(err)
	}
	for i, f := range batch {
		x, page, err := l.answer.result(l.r, f.rules)
		if err != nil {
			return batch[i:], err
		}
		l.jobs++
		l.done.Add(1)
		l.timer.Reset(l.late())
		f.finish(x, l.sign(page, f.rules))
	}
	return nil, nil
}

// describe says why a link failed, from what its end looks like.
func (l *link) describe(err error) error {
	if l.proc != nil {
		l.awaitEnd()
	}
	switch {
	case l.cause.Load() == cutTimeout:
		return fmt.Errorf("the worker did not answer in time%s", &l.words)
	case !isEnd(err):
		return fmt.Errorf("%w%s", l.explain(err), &l.words)
	case l.proc == nil:
		return errors.New("the worker closed the connection")
	}
	return fmt.Errorf("the worker ended (%s)%s", l.proc.State(), &l.words)
}

// isEnd reports whether a stream's error says that the other side is gone.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE)
}

// end waits for the worker's end, which must have been asked for, and for the goroutines of the link.
func (l *link) end() {
	if l.large != nil {
		close(l.large)
	}
	if l.proc != nil {
		l.awaitEnd()
		st := l.proc.State()
		l.p.childCPU.Add(int64(st.UserTime() + st.SystemTime()))
	}
	l.in.Close()
	l.out.Close()
	l.helper.Wait()
}

// retire asks the worker to end, and kills it when it does not.
func (l *link) retire() {
	b := msgp.AppendArrayHeader(nil, 4)
	b = msgp.AppendUint64(b, kindRequest)
	b = msgp.AppendUint64(b, l.nextID)
	b = msgp.AppendString(b, methodDrain)
	b = msgp.AppendArrayHeader(b, 0)
	hurry := time.AfterFunc(retireTimeout, func() { l.cut(cutStop) })
	defer hurry.Stop()
	_, _ = l.in.Write(b) // it ends with its input in any case
	if l.proc != nil {
		l.in.Close()
	} else {
		_, _ = io.Copy(io.Discard, l.out) // its answer, and its end
	}
	l.end()
}

// awaitEnd waits for the process and for what it still had to say. What left its group may have its standard error open;
// it is not waited for.
func (l *link) awaitEnd() {
	<-l.proc.Done()
	_ = l.log.SetReadDeadline(time.Now().Add(logTimeout))
	<-l.logged
}

// readLog passes on what the worker writes to its standard error.
func (l *link) readLog() {
	defer close(l.logged)
	defer l.log.Close()
	lines := bufio.NewReaderSize(l.log, maxLogLine)
	for start := true; ; {
		line, more, err := lines.ReadLine()
		if err != nil {
			return
		}
		if start && len(line) > 0 {
			l.words.add(line)
			if l.p.o.Log != nil {
				l.p.o.Log(l.name, line)
			}
		}
		start = !more
	}
}
