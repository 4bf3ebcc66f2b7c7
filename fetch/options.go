package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Options configures a Client. The zero value is ready to use. Of durations,
// sizes and counts, zero is the default and a negative value switches the
// limit off, except where noted.
type Options struct {
	// UserAgent is the User-Agent header; empty means "crawl".
	UserAgent string
	// Header holds the user's extra headers. They are sent with each request,
	// those that carry credentials only as CredentialOrigin says. They replace
	// the User-Agent, Accept and Accept-Encoding of this package.
	Header http.Header
	// CredentialOrigin tells whether the credentials in Header may go to an
	// origin: scheme://host[:port] in lower case, without a default port. nil
	// means to none. It must be safe for concurrent use.
	CredentialOrigin func(origin string) bool

	Timeout          time.Duration // the whole fetch; 5 minutes
	ConnectTimeout   time.Duration // name lookup and TCP connect, all addresses together; 10 s
	TLSTimeout       time.Duration // TLS handshake; 10 s
	FirstByteTimeout time.Duration // from the request sent to the complete response header; 60 s
	IdleTimeout      time.Duration // without a byte of the body; 30 s
	MinRate          int64         // bytes of body per second, over windows of 10 s; 0 = no minimum

	MaxBytes         int64 // of one decoded body; 16 MiB; there is always a limit
	MaxRatio         int64 // decoded to compressed size, for bodies above 2 MiB; 200
	MaxInFlightBytes int64 // of all bodies not yet released, see the package comment; 128 MiB; there is always a limit

	MaxConns   int // idle connections kept, best as many as fetches in flight; 64
	PlainConns int // of plain HTTP/1.1, which cost a descriptor each and hardly any memory; 0 = MaxConns
	PerHost    int // of them to one host; 8

	Insecure bool           // do not verify TLS certificates
	RootCAs  *x509.CertPool // nil = the system's

	// Proxy is an http, https, socks5 or socks5h URL, with userinfo if it
	// wants that; empty = none. The environment is not consulted.
	Proxy string
	// Resolve holds HOST:PORT:ADDR[,ADDR]... entries as curl's --resolve, with
	// * for any host.
	Resolve []string
	// AllowPrivate lifts the guard on addresses from all requests.
	AllowPrivate bool

	Jar http.CookieJar // nil = no cookies; NewJar makes a bounded one

	// Lookup replaces the system's resolver, for tests. The duration is how
	// long the answer holds; 0 = unknown. It must be safe for concurrent use.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, time.Duration, error)
	// Dial replaces the TCP connect, for tests that bring their own network. It
	// is given only addresses that the guard lets through. It must be safe for
	// concurrent use.
	Dial func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)

	// Observe is told each answer that was read whole, as it came over the wire, before it is decoded. It must be safe for
	// concurrent use, and keep nothing of the Exchange but its header.
	Observe func(*Exchange)
}

// withDefaults replaces zero by the default and negative by zero (no limit).
func (o Options) withDefaults() Options {
	or := func(v *time.Duration, standard time.Duration) {
		if *v == 0 {
			*v = standard
		}
		*v = max(*v, 0)
	}
	or(&o.Timeout, defaultTimeout)
	or(&o.ConnectTimeout, defaultConnectTimeout)
	or(&o.TLSTimeout, defaultTLSTimeout)
	or(&o.FirstByteTimeout, defaultFirstByteTimeout)
	or(&o.IdleTimeout, defaultIdleTimeout)
	o.MinRate = max(o.MinRate, 0)
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.MaxRatio == 0 {
		o.MaxRatio = defaultMaxRatio
	}
	o.MaxRatio = max(o.MaxRatio, 0)
	if o.MaxInFlightBytes <= 0 {
		o.MaxInFlightBytes = defaultMaxInFlightBytes
	}
	if o.MaxConns <= 0 {
		o.MaxConns = defaultMaxConns
	}
	if o.PlainConns <= 0 {
		o.PlainConns = o.MaxConns
	}
	if o.PerHost <= 0 {
		o.PerHost = defaultPerHost
	}
	if o.UserAgent == "" {
		o.UserAgent = "crawl"
	}
	if o.Dial == nil {
		o.Dial = dialSystem
	}
	return o
}

// parseProxy checks a proxy URL; its errors show no userinfo.
func parseProxy(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("proxy: not a URL; write SCHEME://HOST:PORT")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, fmt.Errorf("proxy %s: the scheme is not http, https, socks5 or socks5h", u.Redacted())
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("proxy %s: no host", u.Redacted())
	}
	return u, nil
}

// forbidden are the headers that belong to the connection or its proxy.
var forbidden = []string{
	"Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// credentials are the headers that may give away a secret to a foreign origin.
var credentials = []string{
	"Authorization", "Cookie", "Cookie2", "Api-Key", "X-Api-Key",
	"X-Auth-Token", "X-Access-Token", "X-Csrf-Token", "Private-Token",
}

// IsCredential tells whether a header name is one of those that are sent only
// to the origins Options.CredentialOrigin names: Authorization, Cookie and the
// usual names of API keys and tokens.
func IsCredential(name string) bool {
	return slices.ContainsFunc(credentials, func(c string) bool { return strings.EqualFold(c, name) })
}

// checkHeader refuses names and values that cannot be sent.
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("header %q: not a valid name", name)
		}
		if slices.ContainsFunc(forbidden, func(f string) bool { return strings.EqualFold(f, name) }) {
			return fmt.Errorf("header %s: cannot be set, it belongs to the connection or to the proxy's URL", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("header %s: its value has a control character (CR, LF, NUL or the like)", name)
			}
		}
	}
	return nil
}
