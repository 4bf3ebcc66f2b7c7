package fetch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// benchPage is 10 kB of markup-like text.
func benchPage() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	for b.Len() < 10_000 {
		fmt.Fprintf(&b, "<p class=c%d><a href=/page/%d>some %x text</a></p>\n", r.IntN(9), r.IntN(99999), r.Uint32())
	}
	return b.Bytes()[:10_000]
}

// benchServer serves pages until its standard input ends. It runs in a child
// process so that its cost is not measured.
func benchServer() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	page := benchPage()
	picture := bytes.Repeat(page, 5)[:46_000]
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(page)
	_ = z.Close()
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
			return
		}
		if r.URL.Path == "/picture" {
			w.Header().Set("Content-Length", "46000")
			_, _ = w.Write(picture)
			return
		}
		w.Header().Set("Content-Length", "10000")
		_, _ = w.Write(page)
	})}
	go func() { _ = srv.Serve(ln) }()
	fmt.Println(ln.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func startBenchServer(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(line)
}

// run fetches b.N pages with some workers and reports the client's CPU time.
func run(b *testing.B, workers int, one func() error) {
	if err := one(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuTime()
	var wg sync.WaitGroup
	for i := range workers {
		n := b.N / workers
		if i < b.N%workers {
			n++
		}
		wg.Go(func() {
			for range n {
				if err := one(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N), "cpu-us/page")
}

func BenchmarkDo(b *testing.B) {
	base := startBenchServer(b)
	for _, path := range []string{"/", "/gzip"} {
		for _, workers := range []int{1, 64} {
			b.Run(fmt.Sprintf("path=%s/workers=%d", strings.TrimPrefix(path, "/"), workers), func(b *testing.B) {
				c, err := New(Options{PerHost: workers})
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				run(b, workers, func() error {
					resp, err := c.Do(ctx, &Request{URL: base + path, MayBePrivate: true})
					if err != nil {
						return err
					}
					if len(resp.Body) != 10_000 {
						return fmt.Errorf("%d bytes", len(resp.Body))
					}
					resp.Release()
					return nil
				})
			})
		}
	}
}

// BenchmarkStream fetches 46 kB, whole and as a stream.
func BenchmarkStream(b *testing.B) {
	base := startBenchServer(b)
	for name, stream := range map[string]func(*Response) (io.Writer, error){"whole": nil, "stream": into(io.Discard)} {
		b.Run(name, func(b *testing.B) {
			c := newTestClient(b, Options{PerHost: 16})
			run(b, 16, func() error {
				resp, err := c.Do(context.Background(), &Request{URL: base + "/picture", Stream: stream})
				if err != nil {
					return err
				}
				if n := max(int64(len(resp.Body)), resp.Streamed); n != 46_000 {
					return fmt.Errorf("%d bytes", n)
				}
				resp.Release()
				return nil
			})
		})
	}
}

// BenchmarkNetHTTP is the least that net/http takes: the yardstick of BenchmarkDo.
func BenchmarkNetHTTP(b *testing.B) {
	base := startBenchServer(b)
	for _, workers := range []int{1, 64} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			t := &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}
			defer t.CloseIdleConnections()
			var bufs sync.Pool
			run(b, workers, func() error {
				r, err := http.NewRequest(http.MethodGet, base+"/", nil)
				if err != nil {
					return err
				}
				resp, err := t.RoundTrip(r)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				buf, _ := bufs.Get().(*[10_000]byte)
				if buf == nil {
					buf = new([10_000]byte)
				}
				defer bufs.Put(buf)
				if _, err := io.ReadFull(resp.Body, buf[:]); err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, resp.Body)
				return err
			})
		})
	}
}
