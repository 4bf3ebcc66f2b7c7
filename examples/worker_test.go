// Package examples tests the example workers.
package examples

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"crawl/parse"
)

// document is a page of these tests.
func document(page string) *parse.Document {
	return &parse.Document{URL: "http://example.com/a/b.html", ContentType: "text/html; charset=utf-8", Body: []byte(page)}
}

// run starts a pool of an example and gives its answer for a page.
func run(t *testing.T, page string, text bool, rules []parse.Rule, command ...string) (parse.Extraction, error) {
	t.Helper()
	return start(t, text, rules, command...).Do(t.Context(), document(page))
}

// start starts a pool of an example, which ends with the test.
func start(t *testing.T, text bool, rules []parse.Rule, command ...string) *parse.Pool {
	t.Helper()
	p, err := parse.NewPool(parse.PoolOptions{
		Command: command, Env: os.Environ(), Workers: 1, Rules: parse.Rules{Select: rules, Text: text},
		Log: func(_ string, line []byte) { t.Logf("%s", line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// python is the Python worker's command.
func python(t *testing.T) []string {
	t.Helper()
	program, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	return []string{program, filepath.Join("python-worker", "worker.py")}
}

const page = `<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body><h1 id=top>Über   <b>uns</b></h1>
<p class="lead price">9,99 €</p><p>Two<br>lines</p><ul><li>one</li><li>two</li></ul><a class=next href="c.html?x=1&amp;y=2">next</a>
<img src=/i.png alt="a  b"></body></html>`

func TestPythonWorker(t *testing.T) {
	rules := []parse.Rule{
		{Name: "title", CSS: "h1"},
		{Name: "price", CSS: ".price"},
		{Name: "lead", CSS: "p.lead"},
		{Name: "id", CSS: "#top"},
		{Name: "next", CSS: "a.next", Attr: "href"},
		{Name: "img", CSS: "img", Attr: "src"},
		{Name: "alt", CSS: "img", Attr: "alt"},
		{Name: "items", CSS: "li"},
		{Name: "none", CSS: "table"},
		{Name: "p", CSS: "p, h1"},
	}
	got, err := run(t, page, true, rules, python(t)...)
	if err != nil {
		t.Fatal(err)
	}
	want, err := parse.NewInProcess().Extract(t.Context(), document(page), parse.Rules{Select: rules})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Fields, got.Fields); diff != "" {
		t.Errorf("(-crawl's own +python)\n%s", diff)
	}
	if want := "Über uns\n9,99 €\nTwo\nlines\none\ntwo\nnext"; got.Text != want {
		t.Errorf("text %q, want %q", got.Text, want)
	}
}

// Only what is wrong with a rule is told as such: it ends a crawl.
func TestPythonWorkerFailures(t *testing.T) {
	_, err := run(t, page, false, []parse.Rule{{Name: "title", CSS: "h1"}, {Name: "first", CSS: "div > p:first-child"}}, python(t)...)
	if !errors.Is(err, parse.ErrRule) || !strings.Contains(err.Error(), `"python-worker" cannot run a rule: rule first: selector 'div > p:first-child'`) {
		t.Errorf("a selector that it does not know: %v", err)
	}
	const broken = `import sys; sys.path.insert(0, "python-worker"); sys.dont_write_bytecode = True
import worker
def feed(self, page):
    raise {"v": ValueError, "m": MemoryError}.get(page, KeyError)("this page")
worker.Extractor.feed = feed
worker.main()`
	p := start(t, false, []parse.Rule{{Name: "title", CSS: "h1"}}, python(t)[0], "-c", broken)
	for body, want := range map[string]error{"v": parse.ErrParseCrash, "m": parse.ErrParseMemory, "k": parse.ErrParseCrash} {
		if _, err := p.Do(t.Context(), document(body)); !errors.Is(err, want) || errors.Is(err, parse.ErrRule) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// sameAsOwn compares what a worker finds in a page with what crawl's own parser does.
func sameAsOwn(t *testing.T, p *parse.Pool, rules parse.Rules, body string) {
	t.Helper()
	want, err := parse.NewInProcess().Extract(t.Context(), document(body), rules)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Do(t.Context(), document(body))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%.40s: %v (-crawl's own +python)\n%s", body, err, diff)
	}
}

// What is no address stays as it is written, as with crawl's own parser.
func TestPythonWorkerAddresses(t *testing.T) {
	rules := parse.Rules{Select: []parse.Rule{{Name: "img", CSS: "img", Attr: "src"}, {Name: "a", CSS: "a", Attr: "href"}}}
	p := start(t, false, rules.Select, python(t)...)
	for _, body := range []string{
		`<img class=hero src="http://[bad"><img src=" /ok.png "><a href="//[">x</a><a href="mailto:a@b.example">y</a>`,
		`<base href="http://[bad"><base href="/never/"><img src="x.png">`,
		`<base target=x><base href=" /sub/ "><img src="x.png"><base href="/never/"><img src="y.png">`,
	} {
		sameAsOwn(t, p, rules, body)
	}
}

// Markup that Python's parser has no mind for fails no page.
func TestPythonWorkerOddMarkup(t *testing.T) {
	rules := parse.Rules{Select: []parse.Rule{{Name: "title", CSS: "h1"}}}
	p := start(t, false, rules.Select, python(t)...)
	for _, body := range []string{
		"<![what[x]]><h1>a</h1>", "<![if !x]><h1>b</h1><![endif]>", "<!DOCTYPE what [<h1>c</h1>", "<!><h1>&#xD800;&#0;d</h1></br></nothing>",
		"<h1>e</h1>" + strings.Repeat("<div>", 400),
	} {
		sameAsOwn(t, p, rules, body)
	}
}

// Pages are decoded in the charset that crawl found, declared or not.
func TestPythonWorkerCharsets(t *testing.T) {
	rules := parse.Rules{Select: []parse.Rule{{Name: "title", CSS: "h1"}}}
	p := start(t, false, rules.Select, python(t)...)
	for name, c := range map[string]struct {
		encoding encoding.Encoding
		page     string
	}{
		"utf-8 with a mark": {unicode.UTF8BOM, "<h1>Über 中文</h1>"},
		"utf-16le":          {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "<h1>Über 中文</h1>"},
		"utf-16be":          {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "<h1>Über 中文</h1>"},
		"utf-16, no mark":   {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "<!DOCTYPE html><h1>Über 中文</h1>"},
		"gbk":               {simplifiedchinese.GBK, "<meta charset=gb2312><h1>中文標題</h1>"},
		"gb18030":           {simplifiedchinese.GB18030, "<meta charset=gbk><h1>中文 㐀 😀</h1>"},
		"gbk, undeclared":   {simplifiedchinese.GBK, "<h1>" + strings.Repeat("我们在这里说中文，这是一个测试页面。", 4) + "</h1>"},
		"big5":              {traditionalchinese.Big5, "<meta charset=big5><h1>這是一個測試頁面</h1>"},
		"big5, undeclared":  {traditionalchinese.Big5, "<h1>" + strings.Repeat("我們在這裡說中文，這是一個測試頁面。", 4) + "</h1>"},
		"shift_jis":         {japanese.ShiftJIS, "<meta charset=shift_jis><h1>日本語 ①</h1>"},
		"euc-jp":            {japanese.EUCJP, "<meta charset=euc-jp><h1>日本語</h1>"},
		"iso-2022-jp":       {japanese.ISO2022JP, "<meta charset=iso-2022-jp><h1>日本語</h1>"},
		"euc-kr":            {korean.EUCKR, "<meta charset=euc-kr><h1>한국어 똠</h1>"},
		"windows-1251":      {charmap.Windows1251, "<meta charset=windows-1251><h1>Привет</h1>"},
		"windows-874":       {charmap.Windows874, "<meta charset=tis-620><h1>ภาษาไทย</h1>"},
		"macintosh":         {charmap.Macintosh, "<meta charset=macintosh><h1>Über</h1>"},
		"koi8-u":            {charmap.KOI8U, "<meta charset=koi8-u><h1>Привіт</h1>"},
		"iso-8859-8-i":      {charmap.ISO8859_8I, "<meta charset=iso-8859-8-i><h1>שלום</h1>"},
		"windows-1252":      {charmap.Windows1252, "<h1>Ü</h1>"},
	} {
		body, err := c.encoding.NewEncoder().String(c.page)
		if err != nil {
			t.Fatal(name, err)
		}
		doc := &parse.Document{URL: "http://example.com/", ContentType: "text/html", Body: []byte(body)}
		want, err := parse.NewInProcess().Extract(t.Context(), doc, rules)
		if err != nil || !strings.Contains(c.page, "<h1>"+want.Fields[0].Values[0]+"<") {
			t.Fatalf("%s: %v %v", name, want, err)
		}
		got, err := p.Do(t.Context(), doc)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-crawl's own +python)\n%s", name, err, diff)
		}
	}
}

func TestGoWorker(t *testing.T) {
	program := filepath.Join(t.TempDir(), "go-worker.exe")
	if out, err := exec.Command("go", "build", "-o", program, "./go-worker").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := run(t, page, false, []parse.Rule{{Name: "words", CSS: "body"}, {Name: "title", CSS: "title"}}, program)
	if err != nil {
		t.Fatal(err)
	}
	want := parse.Extraction{Fields: []parse.Field{{Name: "words", Values: []string{"9"}}, {Name: "title", Values: []string{"T"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
