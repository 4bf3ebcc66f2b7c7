package site

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"testing"
)

// What a plain page costs with its connection, for client and server together: the client reads bytes and does nothing
// with them.
func BenchmarkServe10kB(b *testing.B) {
	s := start(b, Options{Pages: 1000, Hosts: 1, MinSize: 10_000, MaxSize: 10_000})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.Hosts()[0], "http://"))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	var requests [][]byte
	for i := range 1000 {
		requests = append(requests, []byte("GET "+s.pagePath(i)+" HTTP/1.1\r\nHost: x\r\n\r\n"))
	}
	b.ReportAllocs()
	i := 0
	began := cpuTime()
	for b.Loop() {
		if _, err := conn.Write(requests[i%1000]); err != nil {
			b.Fatal(err)
		}
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if len(line) == 2 {
				break
			}
		}
		if _, err := in.Discard(10_000); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(cpuTime()-began)/float64(i), "cpu-ns/op")
}

// blank is a ResponseWriter that keeps nothing.
type blank struct{ h http.Header }

func (w *blank) Header() http.Header         { return w.h }
func (w *blank) Write(b []byte) (int, error) { return len(b), nil }
func (w *blank) WriteHeader(int)             {}

func BenchmarkHandler10kB(b *testing.B) {
	s := start(b, Options{Pages: 1000, Hosts: 1, MinSize: 10_000, MaxSize: 10_000})
	var requests []*http.Request
	for i := range 1000 {
		r, err := http.NewRequest(http.MethodGet, s.pageURL(i), nil)
		if err != nil {
			b.Fatal(err)
		}
		r.RequestURI = s.pagePath(i)
		requests = append(requests, r)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		w := &blank{h: http.Header{}}
		s.serve(0, w, requests[i%1000])
		i++
	}
}

func BenchmarkRenderPage(b *testing.B) {
	s, err := New(Options{Pages: 10_000, MinSize: 10_000, MaxSize: 10_000})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(10_000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.renderPage(i%10_000, nil)
		i++
	}
}

func BenchmarkImage(b *testing.B) {
	s, err := New(Options{Images: 1000})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	bytes, n := 0, 0
	for b.Loop() {
		bytes += len(s.image(nil, n%1000))
		n++
	}
	b.ReportMetric(float64(bytes)/float64(n), "bytes/image")
}

func BenchmarkExpect(b *testing.B) {
	for b.Loop() {
		s, err := New(Options{Pages: 1000, Images: 100, MinSize: 10_000, MaxSize: 10_000})
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Expect()
	}
}
