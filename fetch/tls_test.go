package fetch

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// certificate makes a self-signed certificate for names.
func certificate(t testing.TB, from, until time.Time, names ...string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until, DNSNames: names,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func tlsServer(t testing.TB, cert tls.Certificate, h2 bool, h http.HandlerFunc) (port string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.EnableHTTP2 = h2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return port
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	good, pool := certificate(t, now.Add(-time.Hour), now.Add(time.Hour), "good.example")
	old, oldPool := certificate(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "good.example")
	tests := []struct {
		name, host string
		cert       tls.Certificate
		pool       *x509.CertPool
		insecure   bool
		want       string // part of the message; empty = works
	}{
		{"good", "good.example", good, pool, false, ""},
		{"good with a dot", "good.example.", good, pool, false, ""},
		{"self-signed", "good.example", good, nil, false, "unknown authority"},
		{"expired", "good.example", old, oldPool, false, "expired"},
		{"wrong host", "other.example", good, pool, false, "other.example"},
		{"wrong host by address", "127.0.0.1", good, pool, false, "127.0.0.1"},
		{"insecure", "other.example", old, nil, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			port := tlsServer(t, tt.cert, true, func(http.ResponseWriter, *http.Request) {})
			pool := tt.pool
			if pool == nil {
				pool = x509.NewCertPool()
			}
			c := newTestClient(t, Options{RootCAs: pool, Insecure: tt.insecure, Lookup: lookupTo("127.0.0.1")})
			url := "https://" + tt.host + ":" + port + "/"
			if tt.want != "" {
				e := getError(t, c, &Request{URL: url}, TLS)
				if e.Op != "tls" || !strings.Contains(e.Error(), tt.want) || e.Timing.TLS <= 0 || e.Remote == "" {
					t.Errorf("%v %+v", e, e)
				}
				return
			}
			for i := range 2 {
				resp := get(t, c, url)
				if resp.Proto != "HTTP/2.0" || resp.ConnReused != (i == 1) || (resp.Timing.TLS > 0) != (i == 0) {
					t.Errorf("%s, reused %v, %+v", resp.Proto, resp.ConnReused, resp.Timing)
				}
				resp.Release()
			}
		})
	}
}

func TestBrokenHandshakes(t *testing.T) {
	tests := []struct {
		name  string
		class Class
		serve func(c net.Conn, done <-chan struct{})
	}{
		{"hangs", Timeout, func(_ net.Conn, done <-chan struct{}) { <-done }},
		{"plain HTTP", TLS, func(c net.Conn, _ <-chan struct{}) { write(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }},
		{"closed", Reset, func(net.Conn, <-chan struct{}) {}},
		{"reset", Reset, func(c net.Conn, _ <-chan struct{}) { reset(c) }},
		{"alert", TLS, func(c net.Conn, _ <-chan struct{}) { write(c, "\x15\x03\x01\x00\x02\x02\x28") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := rawListener(t, func(c net.Conn, done <-chan struct{}) {
				_, _ = c.Read(make([]byte, 4096)) // the ClientHello
				tt.serve(c, done)
			})
			o := short()
			if tt.class != Timeout {
				o.TLSTimeout = 10 * time.Second
			}
			e := getError(t, newTestClient(t, o), &Request{URL: strings.Replace(url, "http:", "https:", 1)}, tt.class)
			if e.Op != "tls" || e.Timing.TLS <= 0 {
				t.Errorf("%v %+v", e, e.Timing)
			}
		})
	}
}

func TestHTTP2(t *testing.T) {
	cert, pool := certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour), "h2.example")
	page := benchPage()
	packed := encode(t, "zstd", page)
	var requests sync.Map
	port := tlsServer(t, cert, true, func(w http.ResponseWriter, r *http.Request) {
		requests.Store(r.RequestURI, r.Proto)
		switch r.URL.Path {
		case "/zstd":
			w.Header().Set("Content-Encoding", "zstd")
			_, _ = w.Write(packed)
		case "/short":
			w.Header().Set("Content-Length", "10000")
			_, _ = w.Write(page[:100])
		case "/abort":
			_, _ = w.Write(page)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/stall":
			_, _ = w.Write(page)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/large-header":
			w.Header().Set("X-Large", strings.Repeat("x", 2*maxHeaderBytes))
		case "/redirect":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			_, _ = w.Write(page)
		}
	})
	o := short()
	o.TLSTimeout, o.FirstByteTimeout, o.RootCAs, o.Lookup = 10*time.Second, 10*time.Second, pool, lookupTo("127.0.0.1")
	c := newTestClient(t, o)
	base := "https://h2.example:" + port
	for _, path := range []string{"/", "/zstd", "//a/../|?x=%zz"} {
		resp := get(t, c, base+path)
		if string(resp.Body) != string(page) || resp.Proto != "HTTP/2.0" {
			t.Errorf("%s: %d bytes, %s", path, len(resp.Body), resp.Proto)
		}
		resp.Release()
		if _, ok := requests.Load(path); !ok {
			t.Errorf("%s was not requested as it is", path)
		}
	}
	if resp := get(t, c, base+"/redirect"); resp.Status != 302 || resp.Header.Get("Location") != "/" {
		t.Errorf("%+v", resp)
	}
	getError(t, c, &Request{URL: base + "/short"}, ShortBody)
	getError(t, c, &Request{URL: base + "/abort"}, Reset)
	getError(t, c, &Request{URL: base + "/stall"}, Timeout)
	resp := get(t, c, base+"/")
	resp.Release()
	if !resp.ConnReused || resp.Timing.TLS != 0 {
		t.Error("the connection did not survive the failures of its streams")
	}
	getError(t, c, &Request{URL: base + "/large-header"}, Reset) // with the connection, for all its streams
}
