package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Header: http.Header{"X-A": {"a\r\nB: c"}}},
		{Header: http.Header{"X-A": {"a\x00"}}},
		{Header: http.Header{"X A": {"a"}}},
		{Header: http.Header{"": {"a"}}},
		{Header: http.Header{"Host": {"a"}}},
		{Header: http.Header{"content-length": {"1"}}},
		{Header: http.Header{"Proxy-Authorization": {"Basic secret"}}},
		{UserAgent: "a\nb"},
		{Proxy: "ftp://user:secret@a.example"},
		{Proxy: "http://user:secret@ a"},
		{Proxy: "a.example:80"},
		{Proxy: "socks5://user:secret@:80"},
		{Resolve: []string{"nonsense"}},
	} {
		_, err := New(o)
		if err == nil {
			t.Errorf("%+v is taken", o)
		} else if strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\r\n\x00") {
			t.Errorf("message %q", err)
		}
	}
}

// Plain connections have a limit of their own, lower or higher than that of the others.
func TestConnLimits(t *testing.T) {
	for _, tt := range []struct{ conns, plain, wantConns, wantPlain int }{
		{0, 0, defaultMaxConns, defaultMaxConns},
		{512, 0, 512, 512},
		{512, 128, 512, 128},
		{8, 128, 8, 128},
	} {
		o := Options{MaxConns: tt.conns, PlainConns: tt.plain}.withDefaults()
		if o.MaxConns != tt.wantConns || o.PlainConns != tt.wantPlain {
			t.Errorf("%+v: %d and %d", tt, o.MaxConns, o.PlainConns)
		}
	}
}

func TestCredentialsStayAtTheirOrigin(t *testing.T) {
	onBothEngines(t, testCredentialsStayAtTheirOrigin)
}

func testCredentialsStayAtTheirOrigin(t *testing.T, newTestClient clientMaker) {
	seen := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"), "|", r.Header.Get("Cookie"), "|", r.Header.Get("X-Api-Key"), "|", r.Header.Get("X-Plain"))
	}
	mine, other := server(t, seen), server(t, seen)
	jar := NewJar()
	c := newTestClient(t, Options{
		Jar: jar,
		Header: http.Header{
			"Authorization": {"Bearer s"}, "cookie": {"a=1"}, "x-api-key": {"k"}, "X-Plain": {"p"},
		},
		CredentialOrigin: func(origin string) bool { return origin == mine },
	})
	for _, tt := range []struct{ url, want string }{
		{mine, "Bearer s|a=1|k|p"},
		{other, "|||p"},
		{strings.Replace(other, "//", "//u:p@", 1), "Basic dTpw|||p"},
	} {
		resp := get(t, c, tt.url)
		if string(resp.Body) != tt.want {
			t.Errorf("%s got %q, want %q", tt.url, resp.Body, tt.want)
		}
		resp.Release()
	}
	if IsCredential("x-plain") || !IsCredential("AUTHORIZATION") {
		t.Error("IsCredential")
	}
}

func TestRequestHeaders(t *testing.T) { onBothEngines(t, testRequestHeaders) }

func testRequestHeaders(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) { _ = r.Header.Write(w) })
	c := newTestClient(t, Options{UserAgent: "bot/1"})
	header := func(req *Request) string {
		t.Helper()
		req.URL = url
		resp, err := c.Do(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Release()
		return string(resp.Body)
	}
	const plain = "Accept: */*\r\nAccept-Encoding: gzip, br, zstd\r\nUser-Agent: bot/1\r\n"
	if got := header(&Request{}); got != plain {
		t.Errorf("%q", got)
	}
	got := header(&Request{Identity: true, Header: http.Header{"If-None-Match": {`"x"`}, "user-agent": {"other"}}})
	if got != "Accept: */*\r\nAccept-Encoding: identity\r\nIf-None-Match: \"x\"\r\nUser-Agent: other\r\n" {
		t.Errorf("%q", got)
	}
	if got := header(&Request{}); got != plain {
		t.Errorf("a request changed the shared header: %q", got)
	}
	getError(t, c, &Request{URL: url, Header: http.Header{"A": {"x\r\ny"}}}, RefusedAddress)
}

func TestRedirectKeepsItsConnection(t *testing.T) { onBothEngines(t, testRedirectKeepsItsConnection) }

func testRedirectKeepsItsConnection(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/next")
		w.Header().Set("Content-Encoding", "nonsense") // nobody reads it
		w.WriteHeader(http.StatusFound)
		if r.URL.Path == "/long" {
			_, _ = w.Write(make([]byte, 10*maxRedirectBody))
		}
		_, _ = io.WriteString(w, strings.Repeat("moved", 1000))
	})
	c := newTestClient(t, Options{})
	for i, tt := range []struct {
		path   string
		reused bool
	}{{"/", false}, {"/", true}, {"/long", true}, {"/", false}} {
		resp := get(t, c, url+tt.path)
		if resp.Status != 302 || resp.Header.Get("Location") != "/next" || len(resp.Body) != 0 || resp.ConnReused != tt.reused {
			t.Errorf("request %d: status %d, %d bytes, reused %v", i, resp.Status, len(resp.Body), resp.ConnReused)
		}
		resp.Release()
	}
}

func TestTimingAndReuse(t *testing.T) { onBothEngines(t, testTimingAndReuse) }

func testTimingAndReuse(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(benchPage()) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	c := newTestClient(t, Options{Lookup: lookupTo("127.0.0.1")})
	for i := range 3 {
		start := time.Now()
		resp := get(t, c, "http://name.example:"+port)
		took := time.Since(start)
		tm := resp.Timing
		if (i == 0) != (tm.Connect > 0) || resp.ConnReused != (i > 0) {
			t.Errorf("request %d: reused %v, %+v", i, resp.ConnReused, tm)
		}
		if sum := tm.DNS + tm.Connect + tm.TLS + tm.FirstByte + tm.Body; sum > took || tm.FirstByte <= 0 || tm.Body <= 0 {
			t.Errorf("request %d: phases of %v in %v: %+v", i, sum, took, tm)
		}
		if tm.Sent.Before(start) || resp.Remote != "127.0.0.1:"+port || resp.WireBytes != 10_000 {
			t.Errorf("request %d: %+v", i, resp)
		}
		resp.Release()
		resp.Release() // does nothing
		if resp.Body != nil {
			t.Error("a body after Release")
		}
	}
}

func TestBodySizes(t *testing.T) { onBothEngines(t, testBodySizes) }

func testBodySizes(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		if r.URL.RawQuery != "" {
			w.Header().Set("Content-Length", fmt.Sprint(n))
		} else {
			_ = http.NewResponseController(w).Flush() // chunked
		}
		_, _ = io.CopyN(w, endless('x'), int64(n))
	})
	c := newTestClient(t, Options{MaxBytes: 3 << 20})
	for _, n := range []int{0, 1, minBuffer - 1, minBuffer, minBuffer + 1, firstUnknown, maxTrusted, maxTrusted + 1, maxPooled, maxPooled + 1, 3<<20 - 1, 3 << 20} {
		for _, announced := range []string{"", "?length"} {
			resp := get(t, c, fmt.Sprintf("%s/%d%s", url, n, announced))
			if len(resp.Body) != n || bytes.Count(resp.Body, []byte("x")) != n || resp.WireBytes != int64(n) {
				t.Errorf("%d%s: %d bytes", n, announced, len(resp.Body))
			}
			resp.Release()
		}
	}
	for _, announced := range []string{"", "?length"} {
		getError(t, c, &Request{URL: fmt.Sprintf("%s/%d%s", url, 3<<20+1, announced)}, TooLarge)
		e := getError(t, c, &Request{URL: url + "/101" + announced, MaxBytes: 100}, TooLarge)
		if received := announced == ""; (e.WireBytes > 100) != received {
			t.Errorf("%q: %d bytes received of a body that is too large", announced, e.WireBytes)
		}
		resp, err := c.Do(t.Context(), &Request{URL: url + "/4000000" + announced, MaxBytes: 4 << 20})
		if err != nil {
			t.Error(err)
		}
		resp.Release()
		resp, err = c.Do(t.Context(), &Request{URL: url + "/4000000?length", Method: http.MethodHead})
		if err != nil || len(resp.Body) != 0 || resp.Header.Get("Content-Length") != "4000000" {
			t.Errorf("HEAD: %v, %v", resp, err)
		}
		resp.Release()
	}
}

// endless is a reader of one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// Many fetches with far less memory than they need together all complete.
func TestManyFetchesLittleMemory(t *testing.T) { onBothEngines(t, testManyFetchesLittleMemory) }

func testManyFetchesLittleMemory(t *testing.T, newTestClient clientMaker) {
	body := bytes.Repeat(benchPage(), 100)
	packed := encode(t, "gzip", body)
	url := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gzip" {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed)
			return
		}
		_, _ = w.Write(body)
	})
	c := newTestClient(t, Options{MaxInFlightBytes: 1 << 20, IdleTimeout: 20 * time.Second})
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			path := "/"
			if i%2 == 0 {
				path = "/gzip"
			}
			resp, err := c.Do(t.Context(), &Request{URL: url + path})
			if err != nil {
				t.Error(err)
				return
			}
			if !bytes.Equal(resp.Body, body) {
				t.Errorf("%d bytes", len(resp.Body))
			}
			resp.Release()
		})
	}
	wg.Wait()
	if c.budget.used != 0 || c.budget.privileged != nil {
		t.Errorf("%d bytes of the budget are lost", c.budget.used)
	}
}

func TestWaitingForMemoryHonoursContext(t *testing.T) {
	onBothEngines(t, testWaitingForMemoryHonoursContext)
}

func testWaitingForMemoryHonoursContext(t *testing.T, newTestClient clientMaker) {
	url := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(benchPage()) })
	c := newTestClient(t, Options{MaxInFlightBytes: 1})
	first := get(t, c, url) // has the privilege
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for { // until the second waits
			c.budget.mu.Lock()
			n := len(c.budget.waiters)
			c.budget.mu.Unlock()
			if n > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, err := c.Do(ctx, &Request{URL: url})
	if e, ok := errors.AsType[*Error](err); !ok || e.Class != Canceled {
		t.Errorf("%v", err)
	}
	first.Release()
	get(t, c, url).Release()
}

func TestMinRate(t *testing.T) {
	// The window is fixed; what a real connection adds is that its progress
	// reaches the watch.
	url := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(benchPage()) })
	c := newTestClient(t, Options{MinRate: 1})
	resp := get(t, c, url)
	defer resp.Release()
	a, _ := c.attempts.Get().(*attempt)
	if a != nil && a.watch.bytes.Load() != 10_000 {
		t.Errorf("the watch saw %d bytes", a.watch.bytes.Load())
	}
}

func TestConnectThroughProxy(t *testing.T) {
	cert, pool := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "a.example")
	port := tlsServer(t, cert, true, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "through") })
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		if strings.HasPrefix(r.Host, "no.") {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		to, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Error(err)
			return
		}
		defer to.Close()
		from, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer from.Close()
		_, _ = io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(to, from); to.Close() }()
		_, _ = io.Copy(from, to)
	}))
	defer proxy.Close()
	c, err := New(Options{Proxy: proxy.URL, RootCAs: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	resp := get(t, c, "https://a.example/")
	if string(resp.Body) != "through" || resp.Proto != "HTTP/2.0" || asked.Load() != "CONNECT a.example:443" {
		t.Errorf("%q over %s, the proxy saw %v", resp.Body, resp.Proto, asked.Load())
	}
	resp.Release()
	e := getError(t, c, &Request{URL: "https://no.example/"}, Connect)
	if e.Op != "proxy" || !strings.Contains(e.Error(), "Proxy Authentication Required") {
		t.Errorf("%v", e)
	}
	getError(t, c, &Request{URL: "https://other.example/"}, TLS)
}

// A proxy that is not there is not told as a host that is not there.
func TestProxyIsNotReached(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // nothing listens there now
	c, err := New(Options{Proxy: "http://" + l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, url := range []string{"http://a.example/", "https://a.example/"} {
		if e := getError(t, c, &Request{URL: url}, Connect); e.Op != "proxy" {
			t.Errorf("%s: %v", url, e)
		}
	}
}

func TestSOCKSProxy(t *testing.T) {
	url := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host+r.RequestURI) })
	var asked atomic.Value
	proxy := rawListener(t, func(c net.Conn, _ <-chan struct{}) {
		b := make([]byte, 512)
		_, _ = io.ReadFull(c, b[:2])            // version, methods
		_, _ = io.ReadFull(c, b[2:2+int(b[1])]) // no authentication is one
		write(c, "\x05\x00")
		_, _ = io.ReadFull(c, b[:5]) // version, connect, 0, a name and its length
		n := int(b[4])
		_, _ = io.ReadFull(c, b[:n+2])
		asked.Store(string(b[:n]))
		if string(b[:3]) == "no." {
			write(c, "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00") // refused
			return
		}
		to, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Error(err)
			return
		}
		defer to.Close()
		write(c, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		go func() { _, _ = io.Copy(to, c); to.Close() }()
		_, _ = io.Copy(c, to)
	})
	c, err := New(Options{Proxy: strings.Replace(proxy, "http:", "socks5:", 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	resp := get(t, c, "http://a.example/%zz")
	resp.Release()
	if resp.Status != 400 || asked.Load() != "a.example" { // Go's server refuses the path it was sent
		t.Errorf("status %d; the proxy was asked for %v", resp.Status, asked.Load())
	}
	getError(t, c, &Request{URL: "http://127.0.0.1/"}, RefusedAddress)
	if e := getError(t, c, &Request{URL: "http://no.example/"}, Connect); e.Op != "proxy" {
		t.Errorf("%v", e)
	}
}

// A closed client makes no request, and says why.
func TestClosedClient(t *testing.T) { onBothEngines(t, testClosedClient) }

func testClosedClient(t *testing.T, newTestClient clientMaker) {
	var asked atomic.Int64
	url := server(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	c := newTestClient(t, Options{})
	get(t, c, url).Release()
	c.Close()
	if e := getError(t, c, &Request{URL: url}, Canceled); !errors.Is(e, ErrClosed) || asked.Load() != 1 {
		t.Errorf("%v after %d requests", e, asked.Load())
	}
}

// A server that closes kept-alive connections without a word is no failure.
func TestClosedIdleConnections(t *testing.T) { onBothEngines(t, testClosedIdleConnections) }

func testClosedIdleConnections(t *testing.T, newTestClient clientMaker) {
	url := rawServer(t, func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") })
	c := newTestClient(t, Options{})
	for range 50 {
		get(t, c, url).Release()
	}
}

func TestTruncate(t *testing.T) { onBothEngines(t, testTruncate) }

func testTruncate(t *testing.T, newTestClient clientMaker) {
	for _, length := range []int{0, 99, 100, 101, 5000, 300_000} {
		body := strings.Repeat("x", length)
		for _, chunked := range []bool{false, true} {
			url := server(t, func(w http.ResponseWriter, r *http.Request) {
				if !chunked {
					w.Header().Set("Content-Length", strconv.Itoa(length))
				}
				_, _ = io.WriteString(w, body)
				w.(http.Flusher).Flush()
			})
			c := newTestClient(t, Options{})
			resp, err := c.Do(t.Context(), &Request{URL: url, MaxBytes: 100, Identity: true, Truncate: true})
			if err != nil {
				t.Fatalf("%d bytes, chunked %v: %v", length, chunked, err)
			}
			if want := body[:min(length, 100)]; string(resp.Body) != want {
				t.Errorf("%d bytes, chunked %v: %d bytes read, want %d", length, chunked, len(resp.Body), len(want))
			}
			resp.Release()
		}
	}
}
