package crawler

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// Fetches in flight, idle connections, the store and workers keep within the limit on open files, and without one all are
// as they are wanted.
func TestFileLimit(t *testing.T) {
	for _, tt := range []struct{ wanted, limit, other, concurrency, std, plain int }{
		{64, math.MaxInt32, 24, 64, idleConns, plainConns},
		{5000, math.MaxInt32, 24, 5000, 5000, plainConns},
		{64, 1 << 20, 24, 64, idleConns, plainConns},
		{64, 1024, 24, 64, 128, 512},
		{64, 1024, 264, 64, 128, 376},
		{64, 512, 24, 64, 64, 232},
		{64, 256, 24, 64, 32, 40},
		{5000, 1024, 24, 500, 128, 128},
		{300, 30, 24, 3, 3, 3},
		{64, 1, 24, 1, 1, 1},
		{64, 0, 24, 64, idleConns, idleConns},
	} {
		l := fileLimit{tt.limit, tt.other}
		n := l.concurrency(tt.wanted)
		std, plain := l.idle(n)
		if n != tt.concurrency || std != tt.std || plain != tt.plain {
			t.Errorf("%+v: %d at once, %d and %d idle", tt, n, std, plain)
		}
	}
}

func TestTrapRules(t *testing.T) {
	path := func(n int, of string) string { return "http://a.test" + strings.Repeat(of, n) }
	distinct := func(n int) string {
		var b strings.Builder
		b.WriteString("http://a.test")
		for i := range n {
			fmt.Fprintf(&b, "/%d", i)
		}
		return b.String()
	}
	for _, c := range []struct {
		url  string
		trap bool
	}{
		{"http://a.test/", false},
		{"http://a.test", false},
		{path(trapRepeats, "/x"), false},
		{path(trapRepeats+1, "/x"), true},
		{"http://a.test/x/1/x/2/x/3", false},
		{"http://a.test/x/1/x/2/x/3/x", true},
		{"http://a.test/x/1/x/2/x/3/y?x/x/x/x/x", false},
		{"http://a.test//////////", false}, // empty segments
		{"http://a.test/a//b//c//d//e", false},
		{distinct(trapPathDepth), false},
		{distinct(trapPathDepth) + "/", false},
		{distinct(trapPathDepth + 1), true},
		{"http://a.test/?" + strings.Repeat("q", trapURLBytes-15), false},
		{"http://a.test/?" + strings.Repeat("q", trapURLBytes-14), true},
		{"http://a.test/?a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w", false},
	} {
		if got := trap(c.url); (got != "") != c.trap {
			t.Errorf("%.60s...: %q, want a trap: %v", c.url, got, c.trap)
		}
	}
}

func TestScopeVerdicts(t *testing.T) {
	type verdict struct {
		page, link string
		ok         bool
	}
	for follow, list := range map[Follow][]verdict{
		ScopeHost: {
			{"http://a.test/x", "http://a.test/y", true},
			{"http://a.test/x", "https://a.test/y", true}, // the scheme is no part of a host
			{"http://a.test/x", "http://a.test:81/y", false},
			{"http://a.test/x", "http://b.a.test/", false},
			{"http://a.test:81/", "http://a.test:81/", true},
		},
		ScopeDomain: {
			{"http://www.a.co.uk/", "http://b.a.co.uk/", true},
			{"http://www.a.co.uk/", "http://b.co.uk/", false},
			{"http://a.test:81/", "http://a.test/", true},
			{"http://1.2.3.4/", "http://1.2.3.4:81/", true},
			{"http://1.2.3.4/", "http://5.2.3.4/", false},
			{"http://[::1]/", "http://[::1]:81/", true},
			{"http://[::1]/", "http://[::2]/", false},
			{"http://x.github.io/", "http://y.github.io/", false}, // a public suffix
		},
		ScopeAny: {{"http://a.test/", "https://b.test:99/", true}},
	} {
		s := Scope{Follow: follow}
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			got := s.Link(v.page, []byte(v.link))
			if got.OK != v.ok || got.Rule == "" {
				t.Errorf("--scope %s: %s on %s: %+v, want %v", follow, v.link, v.page, got, v.ok)
			}
		}
	}
}

// TestMatches: the short way to a verdict is that of the expression.
func TestMatches(t *testing.T) {
	for _, re := range expressions("", "/i/*", "^http://a", "a$", "^http://a.test/$", `\.pdf$`, "(?i)PDF", "x|y", "(a|ab)c*", ".*", "p+", `\bd`, "^") {
		for _, link := range []string{"", "http://a.test/", "http://a.test/i/x.png", "http://b.test/http://a", "http://a.test/d.pdf", "http://a.test/PDF", "http://y.test/a"} {
			if got, want := matches(re, []byte(link)), re.MatchString(link); got != want {
				t.Errorf("%q in %q: %v, want %v", re, link, got, want)
			}
		}
	}
}

func TestPrefixes(t *testing.T) {
	var p prefixes
	for _, u := range []string{
		"http://a.test/docs/index.html?q=/x/y", "http://a.test/docs/more/deep/page", "http://b.test/x", "http://b.test/x/y/z", "http://c.test/q/",
	} {
		if err := p.add(u); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"http://a.test/docs/", "http://b.test/", "http://c.test/q/"}; !reflect.DeepEqual(p.dirs, want) {
		t.Errorf("directories %q, want %q", p.dirs, want)
	}
	for u, want := range map[string]bool{
		"http://a.test/docs/": true, "http://a.test/docs/x": true, "http://a.test/docs": false, "http://a.test/docsx/": false,
		"http://b.test/anything": true, "http://b.test:81/": false, "https://a.test/docs/x": false, "http://c.test/": false,
		"http://c.test/q/r": true, "http://": false, "z": false,
	} {
		if got := p.covers(u); got != want {
			t.Errorf("%s is covered: %v", u, got)
		}
	}
	for i := range maxPrefixes {
		_ = p.add(fmt.Sprintf("http://m%d.test/", i))
	}
	if err := p.add("http://one-too-many.test/"); err == nil {
		t.Error("there is no end to prefixes")
	}
	if err := p.add("http://a.test/docs/sub/"); err != nil {
		t.Errorf("a covered directory needs no room: %v", err)
	}
}

func TestKnown(t *testing.T) {
	key := func(n byte) frontier.Key { return frontier.Key{0, 0, 0, 0, n} } // all in one line
	k := newKnown()
	for i, c := range []struct {
		key   byte
		depth uint16
		hop   bool
		want  bool
	}{
		{1, 5, false, true},
		{1, 5, false, false},
		{1, 6, false, false},
		{1, 4, false, true}, // nearer
		{1, 4, true, false}, // a link is more than a hop
		{2, 3, true, true},
		{2, 3, true, false},
		{2, 3, false, true}, // a hop that is linked gets a row
		{2, 3, true, false},
		{3, 9, true, true},
		{3, 10, false, true}, // linked, although deeper
		{3, 9, false, false},
	} {
		if got := k.claim(key(c.key), c.depth, c.hop); got != c.want {
			t.Errorf("claim %d (%+v): %v", i, c, got)
		}
	}
	for n := range byte(200) { // more than there is room for: forgotten, never wrong
		k.claim(key(n), 0, false)
	}
	if !k.claim(key(201), 7, false) || k.claim(key(201), 7, false) {
		t.Error("a full cache does not take new keys")
	}
	for i := range 16 { // each byte of a key counts, those that choose the line too
		other := frontier.Key{4: 201}
		other[i] ^= 0x80
		if !k.claim(other, 7, false) || k.claim(other, 7, false) {
			t.Errorf("keys that differ in byte %d are one", i)
		}
	}
	if deep := key(202); !k.claim(deep, knownDeepest+1, false) || !k.claim(deep, knownDeepest, false) || k.claim(deep, knownDeepest, false) || k.claim(deep, 1<<15, false) {
		t.Error("depths that a slot cannot tell are taken for others")
	}
}

// TestKnownAgainstMap: what the cache refuses to log was claimed before, as a plain map has it.
func TestKnownAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type claimed struct {
			depth uint16
			hop   bool
		}
		k, all := newKnown(), map[frontier.Key]claimed{}
		for range rapid.IntRange(0, 60).Draw(t, "claims") {
			key := frontier.Key{0: rapid.Byte().Draw(t, "key") % 6, 9: rapid.Byte().Draw(t, "line") % 2}
			depth, hop := rapid.SampledFrom([]uint16{0, 1, 2, 7, knownDeepest, knownDeepest + 1, 1 << 15}).Draw(t, "depth"), rapid.Bool().Draw(t, "hop")
			k.fetch([]follow{{key: key}})
			was, ok := all[key]
			news := !ok || was.depth > depth || was.hop && !hop
			if got := k.claim(key, depth, hop); !got && news {
				t.Fatalf("a key that must be logged is not: %x at %d, hop %v, claimed %+v", key, depth, hop, was)
			}
			if news {
				if ok {
					depth, hop = min(was.depth, depth), was.hop && hop
				}
				all[key] = claimed{depth, hop}
			}
		}
	})
}

func TestHeaderBlock(t *testing.T) {
	h := http.Header{"B": {"2", "3"}, "A": {"1"}, "Content-Type": {"text/html"}}
	if got, want := string(headerBlock(h)), "A: 1\r\nB: 2\r\nB: 3\r\nContent-Type: text/html\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	big := http.Header{"Aa": {"x"}, "Big": {strings.Repeat("y", maxHeaderKept)}, "C": {"z"}}
	if got, want := string(headerBlock(big)), "Aa: x\r\n"; got != want {
		t.Errorf("%.40q, want whole lines up to the limit: %q", got, want)
	}
	many := http.Header{}
	for i := range 5000 {
		many.Add(fmt.Sprintf("X-%04d", i), "value")
	}
	if got := headerBlock(many); len(got) > maxHeaderKept || !bytes.HasSuffix(got, []byte("value\r\n")) {
		t.Errorf("%d bytes kept", len(got))
	}
	if len(headerBlock(nil)) != 0 {
		t.Error("no header is not empty")
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 5, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"aé", 2, "a…"},
		{"aéx", 3, "aé…"},
		{"漢字", 4, "漢…"},
		{"漢字", 2, "…"},
		{strings.Repeat("\x80", 10), 5, "…"}, // all continuation bytes
	} {
		if got := clip(c.s, c.n); got != c.want {
			t.Errorf("clip(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

func TestNotes(t *testing.T) {
	at := time.Date(2024, 1, 1, 0, 0, 0, 5, time.UTC)
	n := note{
		Earlier:  []sink.Attempt{{At: at, Class: "dns", Message: "no such host"}},
		Attempts: []sink.Attempt{{At: at.Add(time.Hour), Status: 503, Class: "http_5xx", Remote: "1.2.3.4:80", Timing: sink.Timing{Body: 7}}},
	}
	got, err := decodeNote(n.encode())
	if err != nil || !reflect.DeepEqual(got, n) {
		t.Errorf("%+v, %v; want %+v", got, err, n)
	}
	for i := range 2 * maxAttemptsKept {
		n.Attempts = append(n.Attempts, sink.Attempt{Status: i})
	}
	if all := n.all(); len(all) != maxAttemptsKept || all[len(all)-1].Status != 2*maxAttemptsKept-1 {
		t.Errorf("%d attempts kept, the last is %+v", len(all), all[len(all)-1])
	}
	place := note{Entry: &listEntry{Number: 1 << 40}}
	if got, err := decodeNote(place.encode()); err != nil || !reflect.DeepEqual(got, place) {
		t.Errorf("%+v, %v; want %+v", got, err, place)
	}
	for _, bad := range []string{"\x01", "\x01\x80", "\x01\x05\x05", "\x02"} {
		if _, err := decodeNote([]byte(bad)); !errors.Is(err, sink.ErrDamaged) {
			t.Errorf("%q: %v, want ErrDamaged", bad, err)
		}
	}
	if n, err := decodeNote(nil); err != nil || len(n.all()) != 0 {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := decodeNote([]byte("{")); err == nil {
		t.Error("a damaged note decodes")
	}
}

// Whatever a note holds, it decodes to what encodes to the same, or is damaged.
func FuzzNote(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(`{"attempts":[{"At":"2024-01-01T00:00:00Z","Status":503,"Timing":{"Body":7}}]}`))
	f.Add([]byte(`{"earlier":[{},{}],"attempts":null}`))
	f.Add([]byte(`{"attempts":[{"Message":"\ud800"}]}`))
	f.Add([]byte(`[]`))
	f.Add([]byte("\x01\x05"))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := decodeNote(data)
		if err != nil {
			return
		}
		again, err := decodeNote(n.encode())
		if err != nil || !bytes.Equal(n.encode(), again.encode()) {
			t.Fatalf("%q becomes %q, %v", n.encode(), again.encode(), err)
		}
	})
}

// A cut never leaves half a rune behind, and never more than asked for.
func FuzzClip(f *testing.F) {
	f.Add("漢字かな", 5)
	f.Add("\xff\x80\x80", 1)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 0 || n > 1<<16 {
			return
		}
		got := clip(s, n)
		if len(s) <= n && got != s || len(got) > max(n, len(s))+len("…") || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("clip(%q, %d) = %q", s, n, got)
		}
	})
}

// The trap rules hold for any URL, and a longer repetition is never less of a trap.
func FuzzTrap(f *testing.F) {
	f.Add("http://a.test/x/y/x/y/x/y/x/y")
	f.Add("http://a.test//?a/b")
	f.Add("")
	f.Fuzz(func(t *testing.T, url string) {
		if len(url) > trapURLBytes && trap(url) == "" {
			t.Fatalf("a URL of %d bytes is no trap", len(url))
		}
		if rest, ok := strings.CutPrefix(url, "http://a.test/"); ok && !strings.ContainsAny(rest, "?#") && trap(url+"/z/z/z/z") == "" && len(rest) > 0 {
			t.Fatalf("%q with four times the same segment is no trap", url)
		}
	})
}

// Hosts that --allow-private let a crawl reach stay within reach of a retry of it.
func TestSettingsKeepAllowPrivate(t *testing.T) {
	for _, was := range []bool{false, true} {
		var before, after Options
		before.Fetch.AllowPrivate = was
		kept := before.settings()
		if err := kept.Apply(&after); err != nil || after.Fetch.AllowPrivate != was {
			t.Errorf("allowed %v, after the settings %v (%v)", was, after.Fetch.AllowPrivate, err)
		}
	}
}
