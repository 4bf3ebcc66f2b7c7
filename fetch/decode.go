package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// decoders is the free list of the few decoder sets that serve all fetches.
type decoders chan *decoderSet

// decoderSet holds one decoder of each coding, made at its first use.
type decoderSet struct {
	src  bytes.Reader
	gzip *gzipMembers
	br   *brotli.Reader
	zstd *zstd.Decoder
}

func newDecoders(n int) decoders {
	d := make(decoders, n)
	for range n {
		d <- new(decoderSet)
	}
	return d
}

// get waits for a set. Whoever has one computes and waits for nothing, so
// this is short. The context is asked for only when there is something to wait
// for.
func (d decoders) get(until func() context.Context) (*decoderSet, error) {
	select {
	case s := <-d:
		return s, nil
	default:
	}
	ctx := until()
	select {
	case s := <-d:
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// put gives a set back; after an error its decoders are not trusted again.
func (d decoders) put(s *decoderSet, err error) {
	if err != nil {
		s.close()
		s = new(decoderSet)
	} else {
		s.src.Reset(nil)
	}
	d <- s
}

func (s *decoderSet) close() {
	if s.zstd != nil {
		s.zstd.Close()
	}
}

// reader returns a decoder of one coding that reads in.
func (s *decoderSet) reader(coding string, in []byte) (io.Reader, error) {
	s.src.Reset(in)
	switch coding {
	case "gzip":
		if s.gzip == nil {
			s.gzip = &gzipMembers{src: &s.src, more: func() bool { return s.src.Len() > 0 }}
		}
		return s.gzip, s.gzip.next()
	case "br":
		if s.br == nil {
			s.br = new(brotli.Reader)
		}
		return s.br, s.br.Reset(&s.src)
	case "zstd":
		if s.zstd == nil {
			z, err := newZstd(nil)
			if err != nil {
				return nil, err
			}
			s.zstd = z
		}
		s.src.Reset(zstdFrames(in))
		return s.zstd, s.zstd.Reset(&s.src)
	default:
		return newDeflate(&s.src, in)
	}
}

// isZlib tells the zlib wrapping (RFC 1950 section 2.2) by its two bytes.
func isZlib(b []byte) bool {
	return len(b) >= 2 && b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0
}

// brotliExcess is how the brotli decoder names bytes behind a complete stream,
// for which it has no type.
const brotliExcess = "brotli: excessive input"

// gzipMembers reads the members of a gzip file (RFC 1952 section 2.2) and
// stops without an error at what is not one, as browsers do.
type gzipMembers struct {
	src  flate.Reader
	more func() bool // something follows that may be a member
	r    gzip.Reader
}

// next begins with the next member, the first one at the start.
func (g *gzipMembers) next() error {
	if err := g.r.Reset(g.src); err != nil {
		return err
	}
	g.r.Multistream(false)
	return nil
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	for {
		n, err := g.r.Read(p)
		if n > 0 && err == io.EOF {
			return n, nil // asked again it says EOF again
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		if !g.more() || g.next() != nil {
			return 0, io.EOF // an error of the source is found behind the end
		}
	}
}

// newZstd makes a decoder that is bounded; src may be nil.
func newZstd(src io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
}

// newDeflate makes a decoder of deflate, which servers send with and without
// the zlib wrapping; head is what src begins with.
func newDeflate(src io.Reader, head []byte) (io.Reader, error) {
	if isZlib(head) {
		return zlib.NewReader(src)
	}
	return flate.NewReader(src), nil
}

// contentCodings reads the Content-Encoding header (RFC 9110 section 8.4) into
// the codings in the order in which they were applied.
func contentCodings(h http.Header) ([]string, error) {
	var codings []string
	for _, line := range h["Content-Encoding"] {
		for c := range strings.SplitSeq(line, ",") {
			c = strings.ToLower(strings.Trim(c, " \t"))
			switch c {
			case "", "identity":
				continue
			case "x-gzip":
				c = "gzip"
			case "gzip", "br", "zstd", "deflate":
			default:
				return nil, failf(BadResponse, opDecode, "unknown content coding %.40q", c)
			}
			if len(codings) == maxCodings {
				return nil, failf(BadResponse, opDecode, "more than %d content codings", maxCodings)
			}
			codings = append(codings, c)
		}
	}
	return codings, nil
}

// decode removes the codings, the last applied first. It takes over body and
// returns the decoded one; on error nothing is left.
func (a *attempt) decode(h *hold, body *buffer, codings []string, limit int64) (*buffer, error) {
	wire := int64(len(body.body()))
	for i := len(codings) - 1; i >= 0 && len(body.body()) > 0; i-- {
		out, err := a.decodeLayer(h, codings[i], body.body(), wire, limit)
		a.free(h, body)
		if err != nil {
			return nil, err
		}
		body = out
	}
	return body, nil
}

// errNoRoom says that the budget has no more without waiting.
var errNoRoom = errors.New("no room")

// decodeLayer removes one coding. It never waits for memory while it has a
// decoder, else those who hold memory could wait for the decoder: when memory
// runs out, it begins again with more.
func (a *attempt) decodeLayer(h *hold, coding string, in []byte, wire, limit int64) (*buffer, error) {
	want := min(guessSize(coding, in), limit)
	for {
		out, err := a.alloc(h, want)
		if err != nil {
			return nil, err
		}
		set, err := a.c.decoders.get(a.interrupt.context)
		if err != nil {
			a.free(h, out)
			return nil, err
		}
		r, err := set.reader(coding, in)
		if err == nil {
			out, err = a.fill(h, out, r, &set.src, ratio{in: int64(len(in)), wire: wire, limit: limit, max: a.c.opts.MaxRatio})
		}
		a.c.decoders.put(set, err)
		if err == nil {
			return out, nil
		}
		want = nextSize(int64(cap(out.b)), -1, limit)
		a.free(h, out)
		if !errors.Is(err, errNoRoom) {
			return nil, codingError(coding, err)
		}
	}
}

// guessSize expects markup's usual ratio, or what a gzip file's end tells
// (RFC 1952 section 2.3.1: ISIZE), if it is believable.
func guessSize(coding string, in []byte) int64 {
	n := int64(len(in))
	guess := 5 * n
	if coding == "gzip" && n > 18 {
		t := in[n-4:]
		size := int64(t[0]) | int64(t[1])<<8 | int64(t[2])<<16 | int64(t[3])<<24
		if size >= n/2 && size <= 50*n {
			guess = size
		}
	}
	return guess
}

// ratio is what a decoded size is judged by.
type ratio struct {
	in    int64 // bytes of this layer's input
	wire  int64 // bytes received
	limit int64 // bytes allowed
	max   int64 // decoded to compressed; 0 = no limit
}

// check judges size decoded bytes made from all but left bytes of the input.
func (r ratio) check(size, left int64) error {
	used := max(min(r.in-left, r.wire), 1)
	if r.max > 0 && size > ratioFloor && size/r.max > used {
		return failf(Bomb, opDecode, "%d compressed bytes became more than %d", used, size)
	}
	if size > r.limit {
		return failf(TooLarge, opDecode, "decoded body larger than %d bytes", r.limit)
	}
	return nil
}

// fill reads r to its end into out, which grows as the budget allows.
func (a *attempt) fill(h *hold, out *buffer, r io.Reader, src *bytes.Reader, ratio ratio) (*buffer, error) {
	for {
		full := len(out.b) == cap(out.b)
		to := out.b[len(out.b):cap(out.b)]
		if full {
			to = a.probe[:]
		}
		n, err := r.Read(to)
		if cerr := ratio.check(int64(len(out.b)+n), int64(src.Len())); cerr != nil {
			return out, cerr
		}
		if n > 0 && full {
			size, class := sizeFor(nextSize(int64(cap(out.b)), -1, ratio.limit))
			if !a.c.budget.try(h, size) {
				return out, errNoRoom
			}
			out = a.larger(h, out, size, class)
			out.b = append(out.b, a.probe[:n]...)
		} else {
			out.b = out.b[:len(out.b)+n]
		}
		if err != nil {
			if err == io.EOF || err.Error() == brotliExcess {
				return out, nil
			}
			return out, err
		}
	}
}

// zstdFrames cuts what is not a frame off the end (RFC 8878 section 3.1): the
// decoder cannot tell such bytes from a frame cut off. Only the sizes of
// blocks are looked at.
func zstdFrames(in []byte) []byte {
	end := 0
	for {
		n := zstdFrame(in[end:])
		if n == 0 {
			if end == 0 {
				return in
			}
			return in[:end]
		}
		end = min(end+n, len(in))
	}
}

// zstdFrame is the length of the frame that b begins with, beyond the end of b
// if it is cut off, or 0 if there is none.
func zstdFrame(b []byte) int {
	cutOff := len(b) + 1
	var h zstd.Header
	if len(b) < 4 {
		return 0
	}
	if err := h.Decode(b); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return cutOff
		}
		return 0
	}
	if h.Skippable {
		return h.HeaderSize + int(h.SkippableSize)
	}
	for n := h.HeaderSize; ; {
		if n+3 > len(b) {
			return cutOff
		}
		block := int(b[n]) | int(b[n+1])<<8 | int(b[n+2])<<16
		size := block >> 3
		if block>>1&3 == 1 { // one byte, repeated
			size = 1
		}
		n += 3 + size
		if block&1 == 0 {
			continue
		}
		if h.HasCheckSum {
			n += 4
		}
		return n
	}
}

// codingError makes a failure of a decoder's error.
func codingError(coding string, err error) error {
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return failf(ShortBody, opDecode, "%s data cut off", coding)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return failf(Bomb, opDecode, "zstd window larger than %d bytes", maxZstdWindow)
	}
	return failf(BadResponse, opDecode, "damaged %s data", coding)
}
