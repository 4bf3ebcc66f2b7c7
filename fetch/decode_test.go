package fetch

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// encode applies one content coding.
func encode(t testing.TB, coding string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriterLevel(&b, 2)
	case "zstd":
		z, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw":
		f, err := flate.NewWriter(&b, 6)
		if err != nil {
			t.Fatal(err)
		}
		w = f
	default:
		t.Fatal(coding)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var codings = []string{"gzip", "br", "zstd", "deflate"}

// testAttempt is an attempt that has no connection, to decode with.
func testAttempt(t testing.TB, o Options) *attempt {
	c := newTestClient(t, o)
	a := c.attempt()
	a.begin(background)
	t.Cleanup(func() { a.watch.end() })
	return a
}

// decodeAll runs the decoder as Do does.
func decodeAll(a *attempt, data []byte, codings ...string) ([]byte, error) {
	var h hold
	in, err := a.read(&h, bytes.NewReader(data), int64(len(data)), a.c.opts.MaxBytes, false)
	if err != nil {
		return nil, err
	}
	defer a.c.budget.drop(&h)
	out, err := a.decode(&h, in, codings, a.c.opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(out.b), nil
}

func TestDecode(t *testing.T) {
	a := testAttempt(t, Options{})
	page := benchPage()
	large := bytes.Repeat(page, 30) // beyond every first guess
	for _, coding := range codings {
		for _, data := range [][]byte{page, large, []byte("x"), {}} {
			packed := encode(t, coding, data)
			for what, in := range map[string][]byte{
				"plain": packed, "with trailing garbage": append(bytes.Clone(packed), "\r\n<!-- garbage -->"...),
				"with one more byte": append(bytes.Clone(packed), 0),
			} {
				got, err := decodeAll(a, in, coding)
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("%s of %d bytes %s: %d bytes, %v", coding, len(data), what, len(got), err)
				}
			}
			for cut := 1; cut < len(packed); cut += 1 + len(packed)/7 {
				_, err := decodeAll(a, packed[:cut], coding)
				if classify(opDecode, errOrNone(err)) != ShortBody {
					t.Errorf("%s of %d bytes cut to %d of %d: %v", coding, len(data), cut, len(packed), err)
				}
			}
		}
	}
	if a.c.budget.used != 0 {
		t.Errorf("%d bytes lost", a.c.budget.used)
	}
}

func errOrNone(err error) error {
	if err == nil {
		return failf("none", opDecode, "no error")
	}
	return err
}

func TestDecodeVariants(t *testing.T) {
	a := testAttempt(t, Options{})
	page := benchPage()
	zipped := encode(t, "gzip", page)
	tests := []struct {
		name    string
		in      []byte
		codings []string
		want    []byte
	}{
		{"raw deflate", encode(t, "raw", page), []string{"deflate"}, page},
		{"double gzip", encode(t, "gzip", zipped), []string{"gzip", "gzip"}, page},
		{"br in zstd in gzip", encode(t, "gzip", encode(t, "zstd", encode(t, "br", page))), []string{"br", "zstd", "gzip"}, page},
		{"two gzip members", bytes.Repeat(zipped, 2), []string{"gzip"}, bytes.Repeat(page, 2)},
		{"two zstd frames", bytes.Repeat(encode(t, "zstd", page), 2), []string{"zstd"}, bytes.Repeat(page, 2)},
		{"empty", nil, []string{"gzip", "br"}, nil},
	}
	for _, tt := range tests {
		got, err := decodeAll(a, tt.in, tt.codings...)
		if err != nil || !bytes.Equal(got, tt.want) {
			t.Errorf("%s: %d bytes, %v; want %d", tt.name, len(got), err, len(tt.want))
		}
	}
}

func TestDamagedData(t *testing.T) {
	a := testAttempt(t, Options{})
	for _, coding := range codings {
		packed := encode(t, coding, benchPage())
		for i := range packed[:20] {
			packed[i] ^= 0x5a
		}
		_, err := decodeAll(a, packed, coding)
		if c := classify(opDecode, errOrNone(err)); c != BadResponse && c != ShortBody && c != Bomb {
			t.Errorf("%s: class %s, %v", coding, c, err)
		}
	}
}

func TestBombs(t *testing.T) {
	zeros := make([]byte, 6<<20)
	for _, coding := range codings {
		packed := encode(t, coding, zeros)
		double := encode(t, "gzip", packed)
		url := server(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/double" {
				w.Header().Set("Content-Encoding", coding+", gzip")
				_, _ = w.Write(double)
				return
			}
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write(packed)
		})
		for _, path := range []string{"/", "/double"} {
			c := newTestClient(t, Options{MaxInFlightBytes: 8 << 20})
			e := getError(t, c, &Request{URL: url + path}, Bomb)
			if e.Op != "decode" || e.Status != 200 {
				t.Errorf("%s%s: %v", coding, path, e)
			}
		}
		// Without the ratio it is just too large.
		c := newTestClient(t, Options{MaxRatio: -1, MaxBytes: 4 << 20})
		getError(t, c, &Request{URL: url + "/"}, TooLarge)
	}
}

func TestZstdWindow(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, zstd.WithWindowSize(32<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(z, strings.NewReader(strings.Repeat("window", 1<<20)))
	_ = z.Close()
	_, err = decodeAll(testAttempt(t, Options{}), b.Bytes(), "zstd")
	if classify(opDecode, errOrNone(err)) != Bomb {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for i, coding := range codings {
		f.Add(byte(i), encode(f, coding, []byte("some text, some text, some text")))
	}
	f.Add(byte(0), encode(f, "gzip", make([]byte, 1<<20)))
	a := testAttempt(f, Options{MaxBytes: 1 << 20})
	f.Fuzz(func(t *testing.T, coding byte, data []byte) {
		got, err := decodeAll(a, data, codings[int(coding)%len(codings)])
		if int64(len(got)) > a.c.opts.MaxBytes {
			t.Errorf("%d bytes", len(got))
		}
		if err != nil {
			switch classify(opDecode, err) {
			case ShortBody, BadResponse, Bomb, TooLarge:
			default:
				t.Errorf("class of %v", err)
			}
		}
		if a.c.budget.used != 0 {
			t.Errorf("%d bytes lost", a.c.budget.used)
		}
	})
}
