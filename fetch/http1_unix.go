//go:build unix

package fetch

import (
	"errors"
	"syscall"
)

// ownHTTP1 tells that connections can be looked at without waiting.
const ownHTTP1 = true

// advance makes the next system calls of an exchange. It is called by
// RawConn.Read, first at once and then whenever the connection may be
// readable, until it returns true.
//
// An idle connection must have nothing to read: bytes that nobody asked for
// would be taken for the answer, and an end means that its server has closed
// it.
func (x *exchange) advance(fd uintptr) bool {
	if x.stage == looking {
		var b [1]byte
		if _, err := readSocket(fd, b[:]); !errors.Is(err, syscall.EAGAIN) {
			x.stage = stale
			return true
		}
		x.stage = sending
	}
	if x.stage == sending {
		x.a.connected(x.c.conn)
		x.stage = receiving
		n, err := writeSocket(fd, x.out)
		x.sent = max(n, 0)
		switch {
		case err == nil && x.sent == len(x.out):
			if x.reused {
				return false // nothing was there a moment ago
			}
		case err == nil || errors.Is(err, syscall.EAGAIN):
			x.stage = unsent
			return true
		}
		// The server may have answered before it was asked, and even closed. On a
		// new connection nobody has been told of it yet.
		x.err = err
	}
	x.takeInbox()
	n, err := readSocket(fd, x.in.b)
	if x.err == nil && errors.Is(err, syscall.EAGAIN) {
		x.leaveInbox()
		return false
	}
	x.received(n)
	if x.err == nil {
		x.err = err
	}
	return true
}

func readSocket(fd uintptr, p []byte) (n int, err error) {
	for {
		n, err = syscall.Read(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

func writeSocket(fd uintptr, p []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), p)
		if err != syscall.EINTR {
			return n, err
		}
	}
}
