package fetch

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"crawl/testdata/conformance"
)

// Lengths that browsers ignore, to read until the connection closes, and
// net/http refuses: a length that is not a number is a sign of a response that
// someone in between may read differently (RFC 9112 section 6.3 item 5).
var refusedLengths = map[string]bool{
	"Content-Length: 42,42":                          true, // a list of equal numbers in one line
	"Content-Length: 42\r\nContent-Length: 42,42":    true,
	"Content-Length: 30,30":                          true,
	"Content-Length: 30\r\nContent-Length: 30,30":    true,
	"Content-Length: aaaah\r\nContent-Length: aaaah": true,
	"Content-Length: aaaah, aaaah":                   true,
	"Content-Length: aaaah":                          true,
	"Content-Length: 42s":                            true,
	"Content-Length: 30s":                            true,
	"Content-Length: ":                               true,
	"Content-Length: -1":                             true,
	"Content-Length: 0x20":                           true,
	"Content-Length: \"30\"":                         true,
}

func TestContentLengths(t *testing.T) { onBothEngines(t, testContentLengths) }

func testContentLengths(t *testing.T, newTestClient clientMaker) {
	var cases []struct {
		Input  string
		Output *int
	}
	if err := json.Unmarshal(conformance.Read(t, "mime/content-lengths.json"), &cases); err != nil {
		t.Fatal(err)
	}
	for _, tt := range cases {
		url := rawServer(t, func(c net.Conn, _ <-chan struct{}) {
			write(c, "HTTP/1.1 200 OK\r\n"+tt.Input+"\r\n\r\n"+strings.Repeat("x", 42))
		})
		c := newTestClient(t, Options{})
		want := tt.Output
		if refusedLengths[tt.Input] {
			want = nil
		}
		if want == nil {
			getError(t, c, &Request{URL: url}, BadResponse)
			continue
		}
		resp, err := c.Do(t.Context(), &Request{URL: url})
		if err != nil {
			t.Errorf("%q: %v", tt.Input, err)
			continue
		}
		if len(resp.Body) != *want {
			t.Errorf("%q: %d bytes, want %d", tt.Input, len(resp.Body), *want)
		}
		resp.Release()
	}
}
