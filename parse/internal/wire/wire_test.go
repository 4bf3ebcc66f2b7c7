package wire

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/tinylib/msgp/msgp"
)

func reader(b []byte) *Reader {
	r := NewReader(bytes.NewReader(b), 64)
	r.Begin(int64(len(b)))
	return r
}

func TestReadsWhatWasWritten(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 300_000)
	var b []byte
	b = msgp.AppendArrayHeader(b, 7)
	b = msgp.AppendUint64(b, 1<<40)
	b = msgp.AppendBytes(b, long)
	b = msgp.AppendString(b, string(long))
	b = msgp.AppendNil(b)
	b = msgp.AppendMapHeader(b, 1)
	b = msgp.AppendString(b, "key")
	b = msgp.AppendBool(b, true)
	b = msgp.AppendFloat64(b, 1)
	b = msgp.AppendString(b, "end")
	for name, src := range map[string]io.Reader{"whole": bytes.NewReader(b), "byte by byte": iotest.OneByteReader(bytes.NewReader(b))} {
		r := NewReader(src, 64)
		r.Begin(int64(len(b)))
		n, err := r.Array(7)
		u, err2 := r.Uint()
		body, err3 := r.Append([]byte("a"), len(long))
		text, err4 := r.String(len(long))
		null, err5 := r.Nil()
		m, err6 := r.Map(1)
		key, err7 := r.Key()
		k := string(key)
		yes, err8 := r.Bool()
		err9 := r.Skip()
		last, err10 := r.Describe(10)
		if err := errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9, err10); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n != 7 || u != 1<<40 || len(body) != len(long)+1 || text != string(long) || !null || m != 1 || k != "key" || !yes || last != "end" {
			t.Errorf("%s: read something else: %d %d %d %d %v %d %q %v %q", name, n, u, len(body), len(text), null, m, k, yes, last)
		}
		if err := r.Wait(); !errors.Is(err, io.EOF) && !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

func TestCaps(t *testing.T) {
	text := msgp.AppendString(nil, "0123456789")
	if _, err := reader(text).String(9); !errors.Is(err, ErrTooLong) {
		t.Errorf("String: %v", err)
	}
	if _, err := reader(text).Append(nil, 9); !errors.Is(err, ErrTooLong) {
		t.Errorf("Append: %v", err)
	}
	if out, fits, err := reader(text).AppendIfShort([]byte("a"), 9); string(out) != "a" || fits || err != nil {
		t.Errorf("AppendIfShort: %q %v %v", out, fits, err)
	}
	if _, err := reader(msgp.AppendArrayHeader(nil, 1<<31)).Array(1 << 20); !errors.Is(err, ErrTooLong) {
		t.Errorf("Array: %v", err)
	}
	if _, err := reader(msgp.AppendMapHeader(nil, 3)).Map(2); !errors.Is(err, ErrTooLong) {
		t.Errorf("Map: %v", err)
	}
	key := append(msgp.AppendString(nil, string(make([]byte, maxKey+1))), msgp.AppendString(nil, "x")...)
	r := reader(key)
	if k, err := r.Key(); len(k) != 0 || err != nil {
		t.Errorf("long key: %q %v", k, err)
	}
	if k, err := r.Key(); string(k) != "x" || err != nil {
		t.Errorf("behind a long key: %q %v", k, err)
	}
	if err := reader(bytes.Repeat([]byte{0x91}, maxDepth+10)).Skip(); err == nil {
		t.Error("deep nesting was skipped")
	}
}

func TestBudget(t *testing.T) {
	endless := io.MultiReader(bytes.NewReader([]byte{0xc6, 0xff, 0xff, 0xff, 0xff}), zeros{})
	r := NewReader(endless, 64)
	r.Begin(1 << 20)
	if err := r.Skip(); !errors.Is(err, ErrTooLong) {
		t.Errorf("4 GiB were skipped in a message of 1 MiB: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A header that promises 4 GiB must not make room for them.
func TestHeaderAllocatesNothing(t *testing.T) {
	for _, lead := range []byte{0xc6, 0xdb} {
		head := []byte{lead, 0xff, 0xff, 0xff, 0xff, 1, 2, 3}
		for name, read := range map[string]func(*Reader) error{
			"Append": func(r *Reader) error { _, err := r.Append(nil, 1<<32); return err },
			"String": func(r *Reader) error { _, err := r.String(1 << 32); return err },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := read(reader(head))
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; err == nil || grown > 1<<20 {
				t.Errorf("%s of %#x: %d bytes allocated, error %v", name, lead, grown, err)
			}
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{0x94, 0, 1, 0xa5, 'h', 'e', 'l', 'l', 'o', 0x90}, []byte{0, 3, 3, 2, 7})
	f.Add([]byte{0xc6, 0xff, 0xff, 0xff, 0xff}, []byte{2})
	f.Add([]byte{0xdf, 0xff, 0xff, 0xff, 0xff, 0x80}, []byte{7})
	f.Add(bytes.Repeat([]byte{0x81}, 100), []byte{7})
	f.Fuzz(func(t *testing.T, data, ops []byte) {
		const limit = 1 << 10
		r := NewReader(bytes.NewReader(data), 64)
		r.Begin(int64(len(data)))
		for _, op := range ops {
			var err error
			var got int
			switch op % 9 {
			case 0:
				_, err = r.Array(limit)
			case 1:
				_, err = r.Map(limit)
			case 2:
				var b []byte
				b, err = r.Append(nil, limit)
				got = len(b)
			case 3:
				_, err = r.Uint()
			case 4:
				var s string
				s, err = r.String(limit)
				got = len(s)
			case 5:
				_, err = r.Nil()
			case 6:
				_, err = r.Key()
			case 7:
				err = r.Skip()
			case 8:
				_, err = r.Describe(limit)
			}
			if got > limit {
				t.Fatalf("op %d gave %d bytes", op%9, got)
			}
			if err != nil {
				return
			}
		}
	})
}

// What comes byte by byte is there to be looked at once Fill has waited for it.
func TestFill(t *testing.T) {
	r := NewReader(iotest.OneByteReader(bytes.NewReader([]byte("hello there"))), 64)
	r.Begin(100)
	if err := r.Wait(); err != nil {
		t.Fatal(err)
	}
	r.Fill(5)
	if got := string(r.Peek(60)); got != "hello" {
		t.Errorf("%q", got)
	}
	r.Fill(60)
	if got := string(r.Peek(60)); got != "hello there" {
		t.Errorf("%q", got)
	}
}
