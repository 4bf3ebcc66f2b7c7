package compare

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"crawl/fetch"
)

// What is told to a child survives being written down, and credentials go to listed origins only.
func TestFetchOrder(t *testing.T) {
	o := fetch.Options{
		UserAgent: "x/1", Timeout: time.Minute, MaxBytes: 5, Insecure: true, Proxy: "http://p.example:1", Resolve: []string{"a:1:127.0.0.1"},
		AllowPrivate: true, Header: http.Header{"Authorization": {"secret"}},
	}
	order := newFetchOrder(o)
	order.Named = []string{"http://a.example", "https://b.example"}
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	var read fetchOrder
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	got := read.options()
	if d := cmp.Diff(o, got, cmpopts.IgnoreFields(fetch.Options{}, "CredentialOrigin")); d != "" {
		t.Error(d)
	}
	if !got.CredentialOrigin("https://b.example") || got.CredentialOrigin("http://b.example") {
		t.Error("credentials go to other origins than those of the list")
	}
}

func TestTail(t *testing.T) {
	var said tail
	for range maxTail {
		_, _ = said.Write([]byte("ab\n"))
	}
	_, _ = said.Write([]byte("the end\n"))
	if s := said.String(); len(s) > maxTail || s[len(s)-7:] != "the end" {
		t.Errorf("%d bytes are kept: %q", len(s), s[max(0, len(s)-20):])
	}
}
