package htmlscan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

func normalize(s string) string {
	return strings.NewReplacer("\x00", "\uFFFD", "\r\n", "\n", "\r", "\n").Replace(s)
}

func decodedName(b []byte) string {
	b = toLower(make([]byte, len(b)), b)
	return strings.ReplaceAll(string(b), "\x00", "\uFFFD")
}

// attrsOf gives the attributes of the current tag, decoded; the first of a name wins.
func attrsOf(s *Scanner) map[string]string {
	m := map[string]string{}
	for _, a := range s.Attrs() {
		k := decodedName(s.AttrName(a))
		if _, ok := m[k]; !ok {
			m[k] = string(AppendAttr(nil, s.AttrValue(a)))
		}
	}
	return m
}

// startTags lists the start tags that the Scanner finds.
func startTags(page string) []string {
	var s Scanner
	s.Reset([]byte(page), false)
	var got []string
	for {
		switch s.Next() {
		case EOF:
			return got
		case StartTag:
			got = append(got, describe(decodedName(s.Name()), attrsOf(&s)))
		}
	}
}

// xnetStartTags lists the start tags that the tokenizer of x/net/html finds, with noscript read as markup.
func xnetStartTags(page string) []string {
	var got []string
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return got
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			keys := map[string]string{}
			for _, a := range tok.Attr {
				keys[a.Key] = a.Val
			}
			if tok.Data == "noscript" {
				z.NextIsNotRawText()
			}
			got = append(got, describe(tok.Data, keys))
		}
	}
}

// differs says whether a page has what x/net/html is known to read otherwise than the standard; see the package comment.
func differs(page string) bool {
	p := strings.ToLower(page)
	return strings.Contains(p, "<svg") || strings.Contains(p, "<math") ||
		strings.Contains(p, "<script") && strings.Contains(p, "<!--")
}

var seeds = []string{
	`<a href="x">y</a><A HREF=x>`,
	`<a href='x' href="y" HREF=z title=>`,
	`<a/href=x/><br/><p =a ==b /=c / d>`,
	"<a\nhref\r=\t\"a\r\nb\x00c&amp;d&copy=e&copyf&copy;&notit;&#x41;&#0;&#128;\"\f>",
	`<title>a<b>&amp;</titlex></title ><b>`,
	`<textarea></textarea/><style><a></style><xmp><a></xmp><iframe><a></iframe><noembed><a></noembed><noframes><a></noframes>`,
	`<noscript><img src=x></noscript><plaintext></plaintext><a>`,
	`<script>a<b></script><script><!--<script></script>--></script><a>`,
	`<!-- <a> --><!--><a><!---><b><!--a--!><c><!--a--!-><d>--><e>`,
	`<!x<a>><?x<b>></ x<c>></><d></1><e><!><f><!DOCTYPE html "><g>`,
	`<![CDATA[<a>]]><b>`,
	`<<a><a<b><a"b='c'"d>< a><a b='>'c=">"d=>><e`,
	`<a b=c/ d='e'f=g"h i=` + "`j`>",
	"\x00<a\x00b c\x00d=\x00>\xff<p \xff=\xfe>",
}

func FuzzAgainstTokenizer(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if differs(page) {
			return
		}
		if d := cmp.Diff(xnetStartTags(page), startTags(page)); d != "" {
			t.Errorf("%q:\n%s", page, d)
		}
	})
}

// FuzzScan looks for what must hold of every page: the tokens go forward, lie within the page, and raw bytes given back
// are within it too.
func FuzzScan(f *testing.F) {
	for _, s := range append(seeds, foreignSeeds...) {
		f.Add(s, false)
	}
	f.Add(`<svg><g><title/><![CDATA[<a>]]></svg>`, true)
	f.Fuzz(func(t *testing.T, page string, xml bool) {
		var s Scanner
		s.Reset([]byte(page), xml)
		last := -1
		for tok := s.Next(); tok != EOF; tok = s.Next() {
			if s.start > s.end || s.end > s.pos || s.pos > len(page) || s.pos < last || s.pos == last && tok != Text {
				t.Fatalf("token %d lies at %d:%d, the position is %d after %d", tok, s.start, s.end, s.pos, last)
			}
			last = s.pos
			for _, a := range s.Attrs() {
				AppendAttr(nil, s.AttrValue(a))
			}
		}
		if s.depth < 0 || s.Next() != EOF {
			t.Fatalf("the end was not the end")
		}
	})
}

// FuzzNextKnown: what NextKnown passes over is what it says, and nothing else differs from Next.
func FuzzNextKnown(f *testing.F) {
	for _, s := range append(seeds, foreignSeeds...) {
		f.Add(s, false)
	}
	f.Add(`<p><TITLE></title ></b><svg></p><a href=x></svg></span x="></a>"><em></em`, false)
	f.Add(`<title></title><svg><title></title><a href=x>`, false)
	f.Fuzz(func(t *testing.T, page string, xml bool) {
		var all, known Scanner
		all.Reset([]byte(page), xml)
		known.Reset([]byte(page), xml)
		for {
			want := all.Next()
			for want == EndTag || want == StartTag && all.Known() == 0 {
				want = all.Next()
			}
			got := known.NextKnown()
			if got != want || got == EOF {
				if got != want || all.Doubts != known.Doubts || all.Cut != known.Cut {
					t.Fatalf("token %d, want %d; %d doubts, want %d; %d cut, want %d", got, want, known.Doubts, all.Doubts, known.Cut, all.Cut)
				}
				return
			}
			if d := cmp.Diff(stateOf(&all), stateOf(&known)); d != "" {
				t.Fatalf("at %d of %q:\n%s", all.pos, page, d)
			}
		}
	})
}

// stateOf is what a Scanner shows of its token, and what it goes on with.
func stateOf(s *Scanner) []any {
	return []any{
		s.Tag, s.SelfClosing, s.Foreign, s.Doubts, s.Cut, s.pos, s.start, s.end, s.Known(), s.raw, s.rawEnd, s.depth, s.overflow,
		describe(string(s.Name()), attrsOf(s)),
	}
}

// In scripts the tokenizer of x/net/html is no measure; these follow from the standard's states.
func TestScript(t *testing.T) {
	for _, c := range []struct{ page, text string }{
		{`<script>a</script>`, `a`},
		{`<script></scriptx></script >`, `</scriptx>`},
		{`<script><!--</script>--></script>`, `<!--`},
		{`<script><!--<script></script></script>`, `<!--<script></script>`},
		{`<script><!--<script>--></script></script>`, `<!--<script>-->`},
		{`<script><!--<script></script>--></script>`, `<!--<script></script>-->`},
		{`<script><!--><script></script>`, `<!--><script>`},
		{`<script><!---><script></script>`, `<!---><script>`},
		{`<script><!-<script></script>`, `<!-<script>`},
		{`<script><!--<1<script></script></script>`, `<!--<1<script></script>`},
		{`<script><!--<scriptx></script>`, `<!--<scriptx>`},
		{`<script><!--<SCRIPT/</Script ></sCript/>`, `<!--<SCRIPT/</Script >`},
		{`<script><!-- <a> `, `<!-- <a> `},
		{`<script></script`, `</script`},
	} {
		var s Scanner
		s.Reset([]byte(c.page), false)
		if s.Next() != StartTag || s.Next() != Text || string(s.Text()) != c.text {
			t.Errorf("%s: the text is %q, want %q", c.page, s.Text(), c.text)
		}
	}
}

func TestXML(t *testing.T) {
	var s Scanner
	s.Reset([]byte(`<script src="x"/><title/><a href="y"/><![CDATA[<b>]]><title>t</title>`), true)
	var got []string
	for tok := s.Next(); tok != EOF; tok = s.Next() {
		switch tok {
		case StartTag:
			got = append(got, string(s.Name()))
		case Text:
			got = append(got, string(s.Text()))
		}
	}
	if d := cmp.Diff([]string{"script", "title", "a", "title", "t"}, got); d != "" {
		t.Error(d)
	}
}

func TestBounds(t *testing.T) {
	var s Scanner
	s.Reset([]byte("<a "+strings.Repeat("x ", 10*maxAttrs)+">"+strings.Repeat("<svg><desc>", 10*maxForeign)), false)
	for s.Next() != EOF {
		if len(s.Attrs()) > maxAttrs {
			t.Fatalf("%d attributes were kept", len(s.Attrs()))
		}
	}
	if s.Cut != 9*maxAttrs {
		t.Errorf("Cut is %d, want %d", s.Cut, 9*maxAttrs)
	}
	if s.Doubts == 0 {
		t.Error("foreign elements above the bound were no doubt")
	}
}

func TestNamesFitTheirBound(t *testing.T) {
	for _, name := range []string{"data-background-image", "annotation-xml", "foreignobject", "blockquote"} {
		if len(name) > maxKnownName {
			t.Errorf("%s is longer than maxKnownName", name)
		}
	}
	if AttrSize >= 64 {
		t.Error("more attributes than bits in Scanner.seen")
	}
	upper := bytes.ToUpper([]byte("data-background-image"))
	if attrOf(upper, true) != AttrDataBackgroundImage {
		t.Errorf("%s is not known", upper)
	}
}
