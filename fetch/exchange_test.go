package fetch

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// An observer sees the bytes of the wire, not the decoded ones, and when they came.
func TestObserve(t *testing.T) { onBothEngines(t, testObserve) }

func testObserve(t *testing.T, newTestClient clientMaker) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/coded":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, "hello, hello, hello")
			_ = z.Close()
		default:
			_, _ = io.WriteString(w, "one")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "two")
		}
	}))
	defer srv.Close()
	var seen []Exchange
	var bodies []string
	c := newTestClient(t, Options{Observe: func(x *Exchange) {
		seen, bodies = append(seen, *x), append(bodies, string(x.Body))
		seen[len(seen)-1].Arrivals = append([]Arrival(nil), x.Arrivals...)
	}})
	for _, path := range []string{"/plain", "/coded", "/away"} {
		resp, err := c.Do(context.Background(), &Request{URL: srv.URL + path})
		if err != nil {
			t.Fatal(err)
		}
		resp.Release()
	}
	if len(seen) != 3 || bodies[0] != "onetwo" || seen[0].Length != -1 || seen[0].URL != srv.URL+"/plain" {
		t.Fatalf("saw %+v with %q", seen, bodies)
	}
	if last := seen[0].Arrivals[len(seen[0].Arrivals)-1]; last.Bytes != 6 {
		t.Errorf("the last of the plain answer's arrivals is %+v, want 6 bytes", last)
	}
	if bodies[1] == "hello, hello, hello" || len(bodies[1]) != int(seen[1].WireBytes) || seen[1].Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the coded answer was seen as %q", bodies[1])
	}
	if seen[2].Status != http.StatusFound || seen[2].WireBytes == 0 || bodies[2] != "" {
		t.Errorf("the redirect was seen as %+v with %q", seen[2], bodies[2])
	}
}
