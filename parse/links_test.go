package parse

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crawl/testdata/conformance"
)

func candidates(attr string) []string {
	var got []string
	for s := (srcset{rest: []byte(attr)}); ; {
		url, ok := s.next()
		if !ok {
			return got
		}
		got = append(got, string(url))
	}
}

func TestSrcsetConformance(t *testing.T) {
	var suite struct {
		Cases []struct{ Srcset, Expect string }
	}
	if err := json.Unmarshal(conformance.Read(t, "srcset/wpt-parse-srcset.json"), &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Cases) < 200 {
		t.Fatalf("only %d cases", len(suite.Cases))
	}
	for _, c := range suite.Cases {
		got := candidates(c.Srcset)
		found := c.Expect == "" && len(got) == 0
		for _, url := range got {
			found = found || url == c.Expect
		}
		if !found {
			t.Errorf("%q: %q, want %q", c.Srcset, got, c.Expect)
		}
	}
}

func TestSrcset(t *testing.T) {
	for _, c := range []struct {
		attr string
		want []string
	}{
		{"a, b 2x,c 3x", []string{"a", "b", "c"}},
		{"a 100w 50h, b 200w", []string{"a", "b"}},
		{"a,b", []string{"a,b"}},
		{"a,, b", []string{"a", "b"}},
		{"a (x, y) 1x, b", []string{"b"}},
		{"a 1x 2x, b 0w, c -0x, d -1x, e +1x, f 1e2x, g .5x, h 1.x, i 50h", []string{"c", "f", "g"}},
	} {
		if d := cmp.Diff(c.want, candidates(c.attr)); d != "" {
			t.Errorf("%s: %s", c.attr, d)
		}
	}
}

func TestRefreshURL(t *testing.T) {
	for _, c := range []struct{ content, want string }{
		{"5", ""},
		{"", ""},
		{"x", ""},
		{"5;", ""},
		{"url=x", ""},
		{"-1;x", ""},
		{"5x", ""},
		{"5;url=x", "x"},
		{"5,x", "x"},
		{"5 x", "x"},
		{" 0.5 ; URL = 'x y'z", "x y"},
		{".5;x", "x"},
		{`5;url="x`, "x"},
		{"5;'x'y", "x"},
		{"5;u", "u"},
		{"5;ur=x", "ur=x"},
		{"5;urlx", "urlx"},
		{"5;url x", "url x"},
		{"5; url=", ""},
		{"5;;x", ";x"},
		{"5\fx", "x"},
		{"5;url='", ""},
		{"5;upload", "upload"},
		{"5..9;x", "x"},
	} {
		got, ok := refreshURL([]byte(c.content))
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%q: %q, %t, want %q", c.content, got, ok, c.want)
		}
	}
}

func headerLinks(header string) string {
	var b strings.Builder
	for h := (linkHeader{rest: header}); ; {
		l, ok := h.next()
		if !ok {
			return b.String()
		}
		b.WriteString(l.target + "|" + l.rel + "|" + l.as)
		if l.anchored {
			b.WriteString("|anchored")
		}
		b.WriteString("\n")
	}
}

func TestLinkHeader(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{`<a>; rel=next`, "a|next|\n"},
		{`<a>;rel="next prev";title="x,\"<y>;rel=z" , <b>; REL = canonical`, "a|next prev|\nb|canonical|\n"},
		{`<a,b;c>; rel=x; rel=y; as=image; as=z; anchor="#q"`, "a,b;c|x|image|anchored\n"},
		{`,, <a> ,<b>;;;rel;x="`, "a||\nb||\n"},
		{`a; rel=next, <b>`, "b||\n"},
		{`<a`, ""},
		{`<a, <b`, ""},
		{`<a> junk; rel=next, <b>; rel="x`, "a|next|\nb|x|\n"},
		{`<>; rel=x`, "|x|\n"},
		{`<a>; rel="x\`, "a|x\\|\n"},
	} {
		if d := cmp.Diff(c.want, headerLinks(c.header)); d != "" {
			t.Errorf("%s: %s", c.header, d)
		}
	}
}
