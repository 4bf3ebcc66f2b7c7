package parse

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBrokenRules(t *testing.T) {
	for _, rules := range [][]Rule{{{Name: "x", CSS: "h1["}}, {{Name: "", CSS: "h1"}}, {{Name: "x", CSS: "h1"}, {Name: "x", CSS: "h2"}}, make([]Rule, maxRules+1)} {
		p, err := NewPool(PoolOptions{Command: command(t, "good"), Rules: Rules{Select: rules}})
		if !errors.Is(err, ErrRule) {
			t.Errorf("%.60v: %v", rules, err)
		}
		if p != nil {
			p.Close()
		}
	}
}

// A worker that cannot run a rule ends a crawl, so who says it and what to do is told.
func TestRuleThatTheWorkerDoesNotKnow(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1}, quick)
	for _, c := range []struct{ rules, which string }{{"title=h1", `the rule "title"`}, {"title=h1 price=p", "a rule"}, {"xpath=h1", "a rule"}} {
		_, err := p.Extract(t.Context(), page("#rule\n"), mustRules(t, false, strings.Fields(c.rules)...))
		want := `the parser "good" cannot run ` + c.which + `: bad extraction rule: no xpath here; change the rule, or take another worker; the same command goes on then`
		if !errors.Is(err, ErrRule) || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// What a worker says about a page reaches the caller, and so does what was left out of its answer.
func TestDefectsOfAWorker(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, Rules: mustRules(t, false, "h=h1")}, quick)
	want := Extraction{
		Fields:  []Field{{Name: "h", Values: []string{"short"}}},
		Defects: []string{"odd", "parts of the parser's answer that are too long or were not asked for: left out 2"},
	}
	if diff := cmp.Diff(want, mustDo(t, p, "#odd\n")); diff != "" {
		t.Error(diff)
	}
}

// Workers are told the charset as Light finds it, unless the caller knows it.
func TestCharsetIsHandedOver(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1}, quick)
	for _, c := range []struct{ given, contentType, body, want string }{
		{"", "text/html; charset=GBK", "", "gbk"},
		{"", "text/html", "<meta charset=big5>", "big5"},
		{"", "text/html", "", "windows-1252"},
		{"", "text/html", "ä", "utf-8"},
		{"koi8-r", "text/html; charset=utf-8", "", "koi8-r"},
		{"", "image/png", "", ""},
	} {
		x, err := p.Do(t.Context(), &Document{URL: "http://a.example/", ContentType: c.contentType, Charset: c.given, Body: []byte("#charset\n" + c.body)})
		if err != nil || x.Text != c.want {
			t.Errorf("%+v: %q %v", c, x.Text, err)
		}
	}
	if _, err := p.Do(t.Context(), &Document{Charset: strings.Repeat("x", maxWords+1)}); !errors.Is(err, ErrParseMemory) {
		t.Errorf("a charset beyond the protocol: %v", err)
	}
}

// What is behind an answer costs the worker its life, and the pages that it has answered nothing.
func TestBytesBehindAnAnswer(t *testing.T) {
	p := startPool(t, "twice", PoolOptions{Workers: 1}, quick)
	for range 3 {
		if x := mustDo(t, p, "x"); x.Text != "good" {
			t.Errorf("%+v", x)
		}
	}
	p.Close()
	if s := p.Stats(); s.Restarts < 2 || s.Jobs != 3 || s.Quarantined != 0 { // the last page may have led to another start
		t.Errorf("%+v", s)
	}
}
