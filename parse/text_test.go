package parse

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// treeOf is a page as its text is taken from.
func treeOf(page string) (*html.Node, error) {
	return html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
}

// textOfHTML is the visible text of a page, within max bytes.
func textOfHTML(t testing.TB, page string, max int) (string, bool) {
	t.Helper()
	tree, err := treeOf(page)
	if err != nil {
		t.Fatal(err)
	}
	text, cut, _ := visibleText(nil, tree, max, maxFieldsWork)
	return string(text), cut
}

func TestVisibleText(t *testing.T) {
	for _, c := range []struct{ page, want string }{
		{"", ""},
		{"  a \n b\t c  ", "a b c"},
		{"a<b>b</b> <i> c</i>", "ab c"},
		{"<div>a</div><div>b</div>", "a\nb"},
		{"<div><div>a</div></div>b", "a\nb"},
		{"<p>a</p><p>b</p>", "a\n\nb"},
		{"<p>a</p><div>b</div>", "a\n\nb"},
		{"a<br>b", "a\nb"},
		{"a<br><br><br><br>b", "a\n\nb"},
		{"a<br></div><div>b", "a\nb"},
		{"<ul><li>a<li>b<ul><li>c</ul></ul>", "a\nb\nc"},
		{"<table><tr><td>a<td>b<tr><td><td>c<tr><td>d<td></table>e", "a\tb\n\tc\nd\ne"},
		{"<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\tb"},
		{"<pre>\n a\n\n  b</pre>c", " a\n\n  b\nc"},
		{"x<pre>a <b> b</b>\n</pre>y", "x\na  b\n\ny"},
		{"<script>x</script><style>y</style><template>z</template><body><noscript>n</noscript>a", "a"},
		{"<div hidden>x</div><p style='color:red; DISPLAY : none'>y</p><dialog>z</dialog><dialog open>w</dialog>a", "w\na"},
		{"<p style='display:block'>a</p>", "a"},
		{"<select><option>a<option>b</select>", "a\nb"},
		{"a&nbsp;&nbsp;b\u200e\u202e\x01c", "a bc"},
		{"<h1>a</h1>b<hr>c", "a\nb\nc"},
		{"\u4e2d\u6587 <b>\u6587</b>", "\u4e2d\u6587 \u6587"},
		{"<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>", "漢かん"},
	} {
		if got, cut := textOfHTML(t, c.page, 1000); got != c.want || cut {
			t.Errorf("%q: got %q, want %q", c.page, got, c.want)
		}
	}
}

func TestVisibleTextBounds(t *testing.T) {
	tree, err := html.Parse(strings.NewReader("<p>" + strings.Repeat("word <i>é</i> ", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	for limit := range 100 {
		text, cut, _ := visibleText(nil, tree, limit, maxFieldsWork)
		if len(text) > limit || len(text) < limit-8 || !cut || !utf8.Valid(text) {
			t.Errorf("%d: got %q, %v", limit, text, cut)
		}
	}
	if text, cut, left := visibleText(nil, tree, 1<<20, 100); !cut || left >= 0 || len(text) > 100 {
		t.Errorf("work: got %d bytes, %v, %d left", len(text), cut, left)
	}
}

func FuzzVisibleText(f *testing.F) {
	for _, s := range []string{"<p>a<br>b", "<table><td>a<td><p>b", "<pre> a\n<textarea>", "<svg><title>x</svg>y", "<p style=display:none>", "\xff<b>\u202e"} {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, page string, limit int) {
		limit = max(limit&0xFFFF, 0)
		tree, err := treeOf(page)
		if err != nil {
			return // too deep: there is no tree to take text from
		}
		text, _, _ := visibleText(nil, tree, limit, maxFieldsWork)
		if len(text) > limit || !utf8.Valid(text) || bytes.ContainsAny(text, "\x00\x1b\r\u202e") {
			t.Errorf("limit %d: %q", limit, text)
		}
	})
}

func BenchmarkVisibleText(b *testing.B) {
	page := string(pageOf(100))
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		buf, _, _ = visibleText(buf, tree, maxTextBytes, maxFieldsWork)
	}
}
