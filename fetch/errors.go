package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// Class says what kind of failure ended a fetch. Its text is part of the
// crawler's contract.
type Class string

// The classes of failure.
const (
	DNS            Class = "dns"             // the name has no address, or the lookup failed or took too long
	Connect        Class = "connect"         // no connection: refused, unreachable, or the proxy said no
	TLS            Class = "tls"             // the handshake failed or the certificate is not good
	Timeout        Class = "timeout"         // one of the time limits; the message names it
	Reset          Class = "reset"           // the connection broke off before the response was complete
	ShortBody      Class = "short_body"      // fewer bytes than announced, or a compressed stream cut off
	TooLarge       Class = "too_large"       // the body is larger than the limit
	Bomb           Class = "bomb"            // a small compressed body grows beyond the ratio, or wants a huge window
	BadResponse    Class = "bad_response"    // not HTTP, a header too large, an unknown coding, damaged data
	RefusedAddress Class = "refused_address" // a private address, or a URL that is not plain http or https
	Stopped        Class = "stopped"         // Request.Stream or its writer said so
	Canceled       Class = "canceled"        // the caller's context ended, or the Client was closed; not a result about the URL
)

// ErrClosed is the cause of an Error when the Client was closed before the
// request.
var ErrClosed = errors.New("the client is closed")

// The phases that Error.Op names.
const (
	opURL     = "url"
	opDNS     = "dns"
	opConnect = "connect"
	opProxy   = "proxy"
	opTLS     = "tls"
	opHeader  = "header"
	opBody    = "body"
	opDecode  = "decode"
)

// Error is the failure of one fetch. Its message is one short line which names
// host and phase, holds no userinfo and no control characters.
type Error struct {
	Class  Class
	Op     string // the phase: url, dns, connect, proxy, tls, header, body or decode
	Host   string // host and port as in the URL, without userinfo; empty when the URL has none
	Err    error  // the cause; Unwrap returns it
	Timing Timing // the phases as far as they were reached
	Remote string // address and port of the connection, when there was one
	Sends  int    // how often the request went out, see Response; 0: never
	// Status and Header are set when the response header had arrived.
	Status int
	Header http.Header
	// Streamed is how many bytes went to Request.Stream's writer before the end.
	Streamed int64
	// WireBytes is how many bytes of the body were received before the end, compressed, without framing.
	WireBytes int64
}

func (e *Error) Error() string {
	msg := e.Op + ": " + strings.TrimPrefix(reason(e.Err), e.Op+": ")
	if e.Host != "" {
		msg = e.Host + ": " + msg
	}
	return printable(msg)
}

func (e *Error) Unwrap() error { return e.Err }

// failure is an error made by this package, which knows its class and phase.
type failure struct {
	class Class
	op    string
	msg   string
}

func (f *failure) Error() string { return f.msg }

func failf(class Class, op, format string, args ...any) *failure {
	return &failure{class: class, op: op, msg: fmt.Sprintf(format, args...)}
}

// dialError is a failure on the way to a connection, with the times so far.
type dialError struct {
	op     string
	remote string
	times  dialTimes
	err    error
}

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// classify maps an error to its class, given the phase in which it came up.
// It does not know about contexts and time limits of the fetch as a whole.
func classify(op string, err error) Class {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.class
	}
	switch op {
	case opDNS:
		return DNS
	case opConnect, opProxy:
		return classifyConnect(err)
	case opTLS:
		return classifyTLS(err)
	case opHeader:
		return classifyHeader(err)
	default:
		return classifyBody(err)
	}
}

func classifyConnect(err error) Class {
	switch {
	case isTimeout(err):
		return Timeout
	case isTLSError(err): // a handshake through a proxy is net/http's, not ours
		return TLS
	}
	return Connect
}

func classifyTLS(err error) Class {
	switch {
	case isTimeout(err):
		return Timeout
	case isTLSError(err):
		return TLS
	case isBroken(err):
		return Reset
	}
	return TLS
}

func classifyHeader(err error) Class {
	switch {
	case isBroken(err):
		return Reset
	case isTimeout(err):
		return Timeout
	}
	return BadResponse
}

func classifyBody(err error) Class {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ShortBody
	case isBroken(err):
		return Reset
	case isTimeout(err):
		return Timeout
	}
	return BadResponse
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, syscall.ETIMEDOUT) {
		return true
	}
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}

func isTLSError(err error) bool {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	// Most failures of a handshake have no type, only this prefix.
	return strings.Contains(err.Error(), "tls: ")
}

// isBroken tells a connection that ended before its time from one that
// carried nonsense. net/http and its HTTP/2 have no types for some of these.
func isBroken(err error) bool {
	for _, target := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, io.ErrClosedPipe,
		syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	msg := err.Error()
	for _, part := range []string{
		"server closed idle connection", "server sent GOAWAY", "client connection lost",
		"client conn is closed", "client conn not usable", "http2: client connection force closed",
		"connection error: ", "http2: frame too large", // ends all streams of the connection, whichever is to blame
		"forcibly closed by the remote host", "was aborted by the software", // Windows
		"; INTERNAL_ERROR", "; CANCEL", "; REFUSED_STREAM", "; ENHANCE_YOUR_CALM", "; STREAM_CLOSED", "; NO_ERROR",
	} {
		if strings.Contains(msg, part) {
			return true
		}
	}
	return false
}

// reason is the cause of an error without the layers that only repeat what
// Error says already.
func reason(err error) string {
	if err == nil {
		return "failed"
	}
	if d, ok := errors.AsType[*net.DNSError](err); ok {
		return d.Err
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if d, ok := errors.AsType[*dialError](err); ok {
		err = d.err
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "connection closed before the response was complete"
	}
	msg := err.Error()
	for _, layer := range []string{
		"net/http: HTTP/1.x transport connection broken: ", "net/http: Transport failed to read from server: ",
		"proxyconnect tcp: ", "net/http: ", "http: ", "http2: ", "tls: failed to verify certificate: ",
	} {
		msg = strings.TrimPrefix(msg, layer)
	}
	return msg
}

// printable replaces what must not reach a terminal or log (control and
// format characters, which include the bidirectional ones) and cuts the rest.
func printable(s string) string {
	bad := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, bad) {
		s = strings.Map(func(r rune) rune {
			if bad(r) {
				return '?'
			}
			return r
		}, s)
	}
	if len(s) <= maxMessage {
		return s
	}
	s = s[:maxMessage]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "..."
}
