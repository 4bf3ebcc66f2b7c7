package fetch

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// fewFilesEnv names the servers that TestFewDescriptors fetches from, in a process of its own.
const fewFilesEnv = "FETCH_FEW_FILES"

// With more hosts than descriptors no page is lost: idle connections make room, for the dials of both engines.
func TestFewDescriptors(t *testing.T) {
	if urls := os.Getenv(fewFilesEnv); urls != "" {
		fetchWithFewFiles(t, strings.Fields(urls))
		return
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	plain, secure := httptest.NewServer(ok), httptest.NewTLSServer(ok)
	defer plain.Close()
	defer secure.Close()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFewDescriptors$")
	child.Env = append(os.Environ(), fewFilesEnv+"="+plain.URL+" "+secure.URL)
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fetchWithFewFiles(t *testing.T, urls []string) {
	const files, hosts, workers = 48, 80, 4
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: files, Max: files}); err != nil {
		t.Fatal(err)
	}
	o := Options{Insecure: true, MaxConns: 1, PlainConns: 2 * hosts}
	for _, u := range urls {
		o.Resolve = append(o.Resolve, "*:"+u[strings.LastIndexByte(u, ':')+1:]+":127.0.0.1")
	}
	c := newTestClient(t, o)
	for _, u := range urls {
		var next atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for i := next.Add(1); i <= hosts; i = next.Add(1) {
					resp, err := c.Do(t.Context(), &Request{URL: strings.Replace(u, "127.0.0.1", fmt.Sprintf("h%d.example", i), 1)})
					if err != nil {
						t.Errorf("%v", err)
						continue
					}
					resp.Release()
				}
			})
		}
		wg.Wait()
	}
}

// No file descriptor stays open, whatever servers do.
func TestDescriptors(t *testing.T) {
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	answers := []string{
		okAnswer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "garbage\r\n", "", "HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\nuntil close", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 999999\r\n\r\n",
	}
	var next atomic.Int64
	url := rawServer(t, func(c net.Conn, _ <-chan struct{}) { write(c, answers[int(next.Add(1))%len(answers)]) })
	c := newTestClient(t, Options{MaxConns: 4})
	fetch := func() {
		for range 5 * len(answers) {
			if resp, err := c.Do(t.Context(), &Request{URL: url}); err == nil {
				resp.Release()
			}
		}
	}
	fetch()
	before := count()
	fetch()
	c.Close()
	for range 500 { // the server closes its ends in its own time
		if count() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d descriptors, %d before", count(), before)
}
