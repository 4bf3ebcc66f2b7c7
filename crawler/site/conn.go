package site

import (
	"context"
	"net"
	"net/http"
)

// serverBuffer is the size of the buffer that net/http writes responses through, in bytes. A response that is larger takes
// at least two writes: what fills the buffer, and the rest.
const serverBuffer = 4 << 10

// conn is a connection that can send the two writes of a large response as one, which saves the server a system call and
// the client a wake-up: about a fifth of what a page costs the two.
type conn struct {
	*net.TCPConn
	hold bool // keep the next write for the one after it
	held []byte
	both [2][]byte
}

// Write sends b after what is held, or holds it.
func (c *conn) Write(b []byte) (int, error) {
	if c.hold {
		c.hold = false
		c.held = append(c.held[:0], b...)
		return len(b), nil
	}
	if len(c.held) == 0 {
		return c.TCPConn.Write(b)
	}
	c.both = [2][]byte{c.held, b}
	parts := net.Buffers(c.both[:])
	n, err := parts.WriteTo(c.TCPConn)
	n = max(0, n-int64(len(c.held)))
	c.held = c.held[:0]
	return int(n), err
}

// connKey is the context key of a request's *conn.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// writeWhole writes a body that is sent without a pause.
func writeWhole(w http.ResponseWriter, r *http.Request, body []byte) {
	c, ok := r.Context().Value(connKey{}).(*conn)
	if ok && len(body) > serverBuffer {
		c.hold = true
		defer func() { c.hold = false }() // nothing was written if it is still set
	}
	_, _ = w.Write(body) // the client may be gone: that is its matter
}

// listener hands out connections of this package.
type listener struct{ net.Listener }

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, err
	}
	return c, err
}
