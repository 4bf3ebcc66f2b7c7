package fetch

import (
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

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
