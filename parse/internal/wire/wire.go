// Package wire reads MessagePack from a peer that is not trusted: nothing is allocated because a header says so, a
// message has a budget of bytes, and what is nested too deeply is refused. Writing is left to the Append functions of
// tinylib/msgp, which need no care.
package wire

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tinylib/msgp/msgp"
)

// ErrTooLong says that a message or a part of it is longer than its cap.
var ErrTooLong = errors.New("message is too long")

// Reader reads MessagePack values from a stream. Its errors are those of the stream, io.ErrUnexpectedEOF where the stream
// ends inside a value, ErrTooLong, and those of tinylib/msgp for bytes that are not the value asked for. After an error
// the place in the stream is not known, and the Reader is of no more use.
type Reader struct {
	src source
	m   *msgp.Reader
}

// source counts down the budget of a message.
type source struct {
	r    io.Reader
	left int64
}

// Read reads at most as many bytes as the message may still have.
func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, ErrTooLong
	}
	p = p[:min(int64(len(p)), s.left)]
	n, err := s.r.Read(p)
	s.left -= int64(n)
	return n, err
}

// NewReader gives a Reader with a buffer of size bytes. Begin must be called before each message.
func NewReader(r io.Reader, size int) *Reader {
	w := &Reader{src: source{r: r}}
	w.m = msgp.NewReaderSize(&w.src, size)
	w.m.SetMaxRecursionDepth(maxDepth)
	return w
}

// Begin says that a message, or a part of one, starts which may have limit bytes. What is in the buffer counts.
func (r *Reader) Begin(limit int64) { r.src.left = limit - int64(r.m.Buffered()) }

// Buffered is how many bytes have been received and not yet been read.
func (r *Reader) Buffered() int { return r.m.Buffered() }

// Peek gives at most n bytes of what has been received and not yet been read. They are valid until the next read.
func (r *Reader) Peek(n int) []byte {
	b, _ := r.m.R.Peek(min(n, r.m.R.Buffered())) // it has them
	return b
}

// Fill waits until Peek can give n bytes, the stream ends, or reading fails.
func (r *Reader) Fill(n int) { _, _ = r.m.R.Peek(n) }

// Wait blocks until there is a byte to be read. It gives io.EOF when the stream ends first.
func (r *Reader) Wait() error {
	_, err := r.m.R.PeekByte()
	return err
}

// Array reads the header of an array of at most most elements.
func (r *Reader) Array(most int) (int, error) {
	n, err := r.m.ReadArrayHeader()
	return count("array", n, most, inside(err))
}

// Map reads the header of a map of at most most pairs.
func (r *Reader) Map(most int) (int, error) {
	n, err := r.m.ReadMapHeader()
	return count("map", n, most, inside(err))
}

func count(what string, n uint32, most int, err error) (int, error) {
	if err == nil && int64(n) > int64(most) {
		err = fmt.Errorf("%w: %s of %d, more than %d", ErrTooLong, what, n, most)
	}
	return int(n), err
}

// inside turns the end of the stream into an unexpected one.
func inside(err error) error {
	if err != nil && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Key reads the key of a map. It is valid until the next read; one that is very long reads as "".
func (r *Reader) Key() ([]byte, error) {
	n, err := r.stringHeader()
	if err != nil {
		return nil, err
	}
	if n > maxKey {
		return nil, r.discard(n)
	}
	b, err := r.m.R.Next(n)
	return b, inside(err)
}

// stringHeader reads the header of a str or bin.
func (r *Reader) stringHeader() (int, error) {
	t, err := r.m.NextType()
	if err != nil {
		return 0, inside(err)
	}
	var n uint32
	if t == msgp.BinType {
		n, err = r.m.ReadBytesHeader()
	} else {
		n, err = r.m.ReadStringHeader()
	}
	return int(n), inside(err)
}

func (r *Reader) discard(n int) error {
	_, err := r.m.R.Skip(n)
	return inside(err)
}

// Append reads a str or bin of at most most bytes and appends it to dst, which grows as the bytes arrive.
func (r *Reader) Append(dst []byte, most int) ([]byte, error) {
	dst, fits, err := r.AppendIfShort(dst, most)
	if err == nil && !fits {
		err = fmt.Errorf("%w: string of more than %d bytes", ErrTooLong, most)
	}
	return dst, err
}

// AppendIfShort is Append, but passes over a string that is longer than most bytes and says so.
func (r *Reader) AppendIfShort(dst []byte, most int) (out []byte, fits bool, err error) {
	n, err := r.stringHeader()
	if err != nil {
		return dst, false, err
	}
	if n > most {
		return dst, false, r.discard(n)
	}
	for step := growStep; n > 0; step *= 2 {
		part := min(n, step)
		dst = slices.Grow(dst, part)
		start := len(dst)
		dst = dst[:start+part]
		if _, err := r.m.R.ReadFull(dst[start:]); err != nil {
			return dst[:start], false, inside(err)
		}
		n -= part
	}
	return dst, true, nil
}

// String reads a str or bin of at most most bytes.
func (r *Reader) String(most int) (string, error) {
	n, err := r.stringHeader()
	switch {
	case err != nil:
		return "", err
	case n > most:
		return "", fmt.Errorf("%w: string of %d bytes, more than %d", ErrTooLong, n, most)
	case n <= r.m.BufferSize():
		b, err := r.m.R.Next(n)
		return string(b), inside(err)
	}
	var b []byte
	for step := growStep; n > 0; step *= 2 {
		start := len(b)
		b = append(b, make([]byte, min(n, step))...)
		if _, err := r.m.R.ReadFull(b[start:]); err != nil {
			return "", inside(err)
		}
		n -= len(b) - start
	}
	return string(b), nil
}

// Uint reads an unsigned integer.
func (r *Reader) Uint() (uint64, error) {
	n, err := r.m.ReadUint64()
	return n, inside(err)
}

// Bool reads a boolean.
func (r *Reader) Bool() (bool, error) {
	b, err := r.m.ReadBool()
	return b, inside(err)
}

// Nil reports whether the next value is nil, and reads it when it is.
func (r *Reader) Nil() (bool, error) {
	t, err := r.m.NextType()
	if err != nil || t != msgp.NilType {
		return false, inside(err)
	}
	return true, inside(r.m.ReadNil())
}

// Skip passes over one value of any kind.
func (r *Reader) Skip() error { return inside(r.m.Skip()) }

// Describe reads a value of any kind and says what it is in at most most bytes: the text itself, or the type.
func (r *Reader) Describe(most int) (string, error) {
	t, err := r.m.NextType()
	if err != nil {
		return "", inside(err)
	}
	if t != msgp.StrType && t != msgp.BinType {
		return "a value of type " + t.String(), r.Skip()
	}
	text, fits, err := r.AppendIfShort(nil, most)
	if err == nil && !fits {
		return "a long text", nil
	}
	return string(text), err
}
