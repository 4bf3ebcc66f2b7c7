package main

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// unsafeRune finds what could act on a terminal: a control or format character, a line or paragraph separator, or a byte
// that is no UTF-8.
func unsafeRune(s string) (rune, bool) {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return r, true
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			return r, true
		}
	}
	return 0, false
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain text, 100 %", "plain text, 100 %"},
		{"中文 é", "中文 é"},
		{"\x1b[2J", `\x1b[2J`},
		{"a\r\nb\tc", `a\x0d\x0ab\x09c`},
		{"\u009b31m", `\x9b31m`},
		{"\u202egnp", `\u202egnp`},
		{"\u200b\ufeff\u2066", `\u200b\ufeff\u2066`},
		{"\xff\xfe", `\xff\xfe`},
		{"\uFFFD", "\uFFFD"},
		{"\x7f", `\x7f`},
		{"\U000e0041", `\U000e0041`},
		{"\u2028", `\u2028`},
	} {
		if got := clean(c.in); got != c.want {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", hostileTitle, "\xff\u202e\x00", "\U000e0041\U0010ffff", "a\u0300\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if r, bad := unsafeRune(got); bad {
			t.Fatalf("clean(%q) = %q has %U", s, got, r)
		}
		if again := clean(got); again != got {
			t.Fatalf("clean is not idempotent: %q, then %q", got, again)
		}
		if r, bad := unsafeRune(strings.NewReplacer("\n", "", "\t", "").Replace(cleanLines(s))); bad {
			t.Fatalf("cleanLines(%q) has %U", s, r)
		}
	})
}

func TestPlural(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{plural(0, "URL", "URLs"), "0 URLs"},
		{plural(1, "URL", "URLs"), "1 URL"},
		{plural(1000, "URL", "URLs"), "1,000 URLs"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{57400, "57µs"},
		{3_920_000, "3.9ms"},
		{12_340_000_000, "12.34s"},
		{63_400 * time.Millisecond, "1m3s"},
	} {
		if got := span(c.d); got != c.want {
			t.Errorf("span(%d) = %q, want %q", c.d, got, c.want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"中文网页", 3, "中文…"}} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "4096": 4096, "64KiB": 64 << 10, "16MiB": 16 << 20, "2MB": 2_000_000, "1.5k": 1536, "3 GiB": 3 << 30,
		"10B": 10, "1tb": 1_000_000_000_000,
	} {
		if got, err := parseSize(in); err != nil || got != want {
			t.Errorf("parseSize(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "-1", "1e3", "1x", "0x10", "1.2.3", "MiB", ".", "99999999999TB", "NaN", "Inf", "+1", "1_000", "1 K B"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("parseSize(%q) = %d, want an error", in, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"", "4096", "64KiB", "1.5 MB", "99999999999TB", "-1", "1e9", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSize(s)
		if err != nil {
			return
		}
		if n < 0 {
			t.Fatalf("parseSize(%q) = %d", s, n)
		}
		// What is printed as a default reads back as the same.
		text := (*sizeFlag)(&n).String()
		if back, err := parseSize(text); n < 1<<53 && (err != nil || back != n) {
			t.Fatalf("%q is %d, printed %s, read back %d, %v", s, n, text, back, err)
		}
	})
}
