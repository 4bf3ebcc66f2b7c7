package fetch

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// stopError is an error of the caller's Stream or of its writer.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

// stream asks the caller where the body goes and passes it on as it arrives.
// It reports false when the caller wants the body whole, and has read nothing
// then.
func (a *attempt) stream(req *Request, resp *Response, codings []string, limit int64) (bool, error) {
	if req.Stream == nil || a.reply.status > 299 {
		return false, nil
	}
	a.watch.pause() // what the caller does is not the server's fault
	w, err := req.Stream(resp)
	a.watch.resume()
	if err != nil {
		return true, &stopError{err}
	}
	if w == nil {
		return false, nil
	}
	a.watch.streaming()
	s := &streamer{a: a, w: w, limit: limit, cut: req.Truncate && len(codings) == 0}
	s.own, _ = w.(ownMemory)
	s.wire = wireReader{watch: &a.watch, r: a.reply.body, limit: limit}
	err = s.run(&resp.hold, a.reply.length, codings)
	resp.WireBytes, resp.Streamed = s.wire.n, s.written
	a.streamed, a.received = s.written, s.wire.n
	return true, err
}

// noLimit stands for no limit where bytes are counted.
const noLimit = 1<<63 - 1

// streamer passes one body on.
type streamer struct {
	a       *attempt
	w       io.Writer
	wire    wireReader
	own     ownMemory // w, if it is one; else nil
	limit   int64
	cut     bool
	written int64
}

// ownMemory is a writer that bytes can be read into, as [bytes.Buffer] is.
type ownMemory interface{ AvailableBuffer() []byte }

// run takes all the memory that the stream needs at once, so that it never
// waits for more while it has some.
func (s *streamer) run(h *hold, length int64, codings []string) error {
	want := int64(streamBuffer)
	if length >= 0 && len(codings) == 0 {
		want = min(want, length)
	}
	size, class := sizeFor(want)
	charge := size
	for _, c := range codings {
		charge += decoderSize(c)
	}
	if err := s.a.room(h, charge); err != nil {
		return err
	}
	buf := s.a.c.buffers.get(size, class)
	defer func() {
		s.a.c.buffers.put(buf)
		s.a.c.budget.give(h, charge)
	}()
	to := buf.b[:cap(buf.b)]
	if len(codings) == 0 {
		return s.copy(&s.wire, to)
	}
	return s.decode(to, codings)
}

// copy writes what r gives to its end.
func (s *streamer) copy(r io.Reader, buf []byte) error {
	for {
		to := s.next(buf)
		n, err := r.Read(to)
		if over := s.written + int64(n) - s.limit; over > 0 {
			if !s.cut {
				return failf(TooLarge, opBody, "body larger than %d bytes", s.limit)
			}
			n, err = n-int(over), io.EOF
		}
		if n > 0 {
			if err := s.write(to[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// next is where the next bytes go: into the writer's own memory, when there is
// room worth a system call, or else into buf.
func (s *streamer) next(buf []byte) []byte {
	if s.own == nil {
		return buf
	}
	free := s.own.AvailableBuffer()
	if cap(free) < min(ownLeast, len(buf)) {
		return buf
	}
	return free[:min(cap(free), len(buf))]
}

// write hands bytes to the caller, whose time is not the server's.
func (s *streamer) write(b []byte) error {
	s.a.watch.pause()
	n, err := s.w.Write(b)
	s.a.watch.resume()
	s.written += int64(max(0, min(n, len(b))))
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return &stopError{err}
	}
	return nil
}

// decode removes the codings, the last applied first, on the way.
func (s *streamer) decode(buf []byte, codings []string) error {
	in := bufio.NewReaderSize(&s.wire, readBuffer)
	if _, err := in.Peek(1); err == io.EOF {
		return nil // an empty body has no coding
	}
	for i := len(codings) - 1; i >= 0; i-- {
		l := &layer{coding: codings[i], wire: &s.wire, limit: s.limit, max: s.a.c.opts.MaxRatio}
		err := l.open(in)
		if l.close != nil {
			defer l.close()
		}
		if err != nil {
			return s.cause(codingError(l.coding, err))
		}
		in = bufio.NewReaderSize(l, readBuffer)
	}
	if err := s.copy(in, buf); err != nil {
		return s.cause(err)
	}
	// What follows the end of the data is read, so that a body that was cut
	// off is found and the connection can serve again.
	_, err := io.CopyBuffer(nowhere{}, readerOnly{&s.wire}, buf)
	return err
}

// cause prefers an error of the wire to what a decoder made of it.
func (s *streamer) cause(err error) error {
	if _, stop := err.(*stopError); !stop && s.wire.err != nil {
		return s.wire.err
	}
	return err
}

// nowhere takes bytes that no one wants.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// readerOnly hides what else a reader can, which io.CopyBuffer would use
// instead of the buffer.
type readerOnly struct{ io.Reader }

// wireReader reads a body as it comes over the wire. It keeps the first error
// that is not the end.
type wireReader struct {
	watch *watch
	r     io.Reader
	n     int64
	limit int64
	err   error
}

func (w *wireReader) Read(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	if n > 0 {
		w.watch.progress(n)
		w.n += int64(n)
	}
	if w.n > w.limit {
		err = failf(TooLarge, opBody, "body larger than %d bytes", w.limit)
	}
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// layer removes one content coding from a stream, and judges its output by
// what has come over the wire so far.
type layer struct {
	coding string
	wire   *wireReader
	r      io.Reader
	close  func() // nil: nothing to close
	n      int64
	limit  int64
	max    int64 // decoded to compressed; 0 = no limit
}

// open begins to decode. Streams have decoders of their own: the shared ones
// would be held for as long as a server likes to take.
func (l *layer) open(in *bufio.Reader) (err error) {
	switch l.coding {
	case "gzip":
		g := &gzipMembers{src: in, more: func() bool {
			head, _ := in.Peek(2) // an error is found again behind the end
			return len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b
		}}
		l.r, err = g, g.next()
	case "br":
		l.r = brotli.NewReader(in)
	case "zstd":
		var z *zstd.Decoder
		if z, err = newZstd(in); err == nil {
			l.r, l.close = z, z.Close
		}
	default:
		head, _ := in.Peek(2)
		l.r, err = newDeflate(in, head)
	}
	return err
}

func (l *layer) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.n += int64(n)
	in := ratio{in: l.wire.n, wire: l.wire.n, limit: l.limit, max: l.max}
	if cerr := in.check(l.n, 0); cerr != nil {
		return 0, cerr
	}
	if err != nil && err != io.EOF {
		if strings.HasSuffix(err.Error(), brotliExcess) {
			return n, io.EOF
		}
		if l.n > 0 && errors.Is(err, zstd.ErrMagicMismatch) {
			return n, io.EOF // behind the last frame stands something else
		}
		err = codingError(l.coding, err)
	}
	return n, err
}

// decoderSize is what a decoder of a stream takes at most, in bytes.
func decoderSize(coding string) int64 {
	switch coding {
	case "br":
		return brotliMemory
	case "zstd":
		return zstdMemory
	default:
		return deflateMemory
	}
}
