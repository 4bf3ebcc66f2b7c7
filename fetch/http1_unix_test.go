//go:build unix

package fetch

import (
	"io"
	"net"
	"testing"
)

// A server that answers before it is asked, and closes, is heard. net/http, which stands in elsewhere, may take it for bytes
// that nobody asked for.
func TestEarlyAnswer(t *testing.T) {
	url := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		write(c, "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	})
	c := newTestClient(t, Options{})
	for range 20 {
		resp := get(t, c, url)
		if resp.Status != 503 || string(resp.Body) != "busy" {
			t.Errorf("status %d, %q", resp.Status, resp.Body)
		}
		resp.Release()
	}
}
