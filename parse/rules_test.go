package parse

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRule(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Rule
	}{
		{"title=h1", Rule{"title", "h1", ""}},
		{" title = h1 > em ", Rule{"title", "h1 > em", ""}},
		{"photo=img.large@src", Rule{"photo", "img.large", "src"}},
		{"next=a[rel=next]@href", Rule{"next", "a[rel=next]", "href"}},
		{"mail=a[href*='@']", Rule{"mail", "a[href*='@']", ""}},
		{`mail=a[href*="@example"]@href`, Rule{"mail", `a[href*="@example"]`, "href"}},
		{`c=p:contains("a@b")`, Rule{"c", `p:contains("a@b")`, ""}},
		{`at=.a\@b@title`, Rule{"at", `.a\@b`, "title"}},
		{"svg=use@xlink:href", Rule{"svg", "use", "xlink:href"}},
		{"имя=p", Rule{"имя", "p", ""}},
		{"a=b, i > u", Rule{"a", "b, i > u", ""}},
	} {
		if got, err := ParseRule(c.in); err != nil || got != c.want {
			t.Errorf("ParseRule(%q) = %+v, %v", c.in, got, err)
		}
	}
}

func TestParseRuleErrors(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"h1", "no '='"},
		{"=h1", "no name"},
		{"a[href=x]", "the name \"a[href\""},
		{"t=", "no selector"},
		{"t=@href", "no selector"},
		{"t=a@", "no attribute"},
		{"t=a@hr ef", "not the name of an attribute"},
		{"t=div >", "at its end"},
		{"t=a[href", "at its end"},
		{"t=a[href=x)]", `at ")]" (byte 9)`},
		{"t=p:nosuch", "unknown"},
		{"t=p)", `at ")" (byte 2)`},
		{"t=a, ..", `at "." (byte 5)`},
		{"t=中文..文", `at ".文" (byte 8)`},
		{"t=a..b", `at ".b" (byte 3)`},
		{"t=" + strings.Repeat("a", maxRuleCSS+1), "more than"},
		{strings.Repeat("t", maxRuleName+1) + "=a", "at most"},
	} {
		_, err := ParseRule(c.in)
		if !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("ParseRule(%.40q): got %v, want one that says %q", c.in, err, c.says)
		}
	}
}

func TestCompileRules(t *testing.T) {
	if _, err := CompileRules(Rules{Select: []Rule{{Name: "a", CSS: "b"}, {Name: "a", CSS: "i"}}}); !errors.Is(err, ErrRule) {
		t.Errorf("two rules of one name: got %v", err)
	}
	if _, err := CompileRules(Rules{Select: make([]Rule, maxRules+1)}); !errors.Is(err, ErrRule) {
		t.Errorf("too many rules: got %v", err)
	}
	if _, err := CompileRules(Rules{}); err != nil {
		t.Errorf("no rules: got %v", err)
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"a=b@c", `m=a[href*="@"]@href`, "x=:not(", "t=:nth-child(2n+1)", "é=\\", "a=[a=\"\\", "a=p:matches(a+)@b", "a=b,,c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRule(s)
		if err != nil {
			if !errors.Is(err, ErrRule) {
				t.Errorf("%q: %v is no ErrRule", s, err)
			}
			return
		}
		if _, err := CompileRules(Rules{Select: []Rule{r}}); err != nil {
			t.Errorf("%q: parsed, but %v", s, err)
		}
	})
}
