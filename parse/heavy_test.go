package parse

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/htmlindex"
)

var update = flag.Bool("update-heavy", false, "write the golden files of testdata/heavy anew")

// mustRules parses rules as they are written on a command line.
func mustRules(t testing.TB, text bool, rules ...string) Rules {
	t.Helper()
	r := Rules{Text: text}
	for _, s := range rules {
		rule, err := ParseRule(s)
		if err != nil {
			t.Fatal(err)
		}
		r.Select = append(r.Select, rule)
	}
	return r
}

// extractHTML runs rules over a UTF-8 page at http://example.com/a/b.html.
func extractHTML(t testing.TB, body string, rules Rules) (Extraction, error) {
	t.Helper()
	doc := &Document{URL: "http://example.com/a/b.html", ContentType: "text/html; charset=utf-8", Body: []byte(body)}
	return NewInProcess().Extract(context.Background(), doc, rules)
}

func TestExtractGolden(t *testing.T) {
	rules := mustRules(t, true,
		"title=title", "h1=h1", "price=.price", "amount=.price@data-amount", "links=a@href", "photo=img.photo@src", "lazy=img@data-src",
		"cells=td", "json=script[type='application/ld+json']", "action=form@action", "cite=[cite]@cite", "none=.nothing", "p=p", "alt=img@ALT")
	pages, err := filepath.Glob("testdata/heavy/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	for _, page := range pages {
		body, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		doc := &Document{URL: "http://example.com/a/b.html", ContentType: "text/html", Body: body}
		x, err := NewInProcess().Extract(context.Background(), doc, rules)
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		got := describe(x)
		golden := strings.TrimSuffix(page, ".html") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", page, diff)
		}
	}
}

// describe writes an extraction for reading.
func describe(x Extraction) string {
	var b strings.Builder
	for _, f := range x.Fields {
		fmt.Fprintf(&b, "%s: %q\n", f.Name, f.Values)
	}
	for _, d := range x.Defects {
		fmt.Fprintf(&b, "! %s\n", d)
	}
	fmt.Fprintf(&b, "----\n%s\n", strings.ReplaceAll(x.Text, "\t", "→"))
	return b.String()
}

func TestExtractCharsets(t *testing.T) {
	for _, c := range []struct{ charset, title, para string }{
		{"gbk", "北京天气预报", "今天北京市区多云转晴，最高气温二十五度，请大家注意防晒。"},
		{"gb2312", "公司简介", "我们公司成立于一九九八年，产品销往全国各地。"},
		{"big5", "臺灣旅遊網", "歡迎來到臺灣，這裡有美麗的風景和好吃的東西。"},
		{"shift_jis", "会社案内", "私たちの会社は東京にあります。お問い合わせはこちらへどうぞ。"},
		{"euc-jp", "日本の歴史", "これは日本の歴史についてのページです。"},
		{"euc-kr", "회사 소개", "우리 회사는 서울에 있습니다. 언제든지 문의해 주십시오."},
		{"koi8-r", "Новости", "Сегодня в городе хорошая погода."},
	} {
		for _, declared := range []string{"header", "meta", "nothing"} {
			if declared == "nothing" && c.charset == "koi8-r" {
				continue // too short for letter statistics
			}
			head, header := "", "text/html"
			switch declared {
			case "header":
				header += "; charset=" + c.charset
			case "meta":
				head = `<meta http-equiv="Content-Type" content="text/html; charset=` + c.charset + `">`
			}
			enc, err := htmlindex.Get(c.charset)
			if err != nil {
				t.Fatal(err)
			}
			page := "<html><head>" + head + "<title>" + c.title + "</title></head><body><p>" + c.para + "</p><img alt='" + c.title + "'></body></html>"
			body, err := enc.NewEncoder().String(page)
			if err != nil {
				t.Fatal(err)
			}
			doc := &Document{URL: "http://example.com/", ContentType: header, Body: []byte(body)}
			x, err := NewInProcess().Extract(context.Background(), doc, mustRules(t, true, "t=title", "p=p", "alt=img@alt"))
			if err != nil {
				t.Fatal(err)
			}
			want := Extraction{Fields: []Field{{"t", []string{c.title}}, {"p", []string{c.para}}, {"alt", []string{c.title}}}, Text: c.para}
			if diff := cmp.Diff(want, x); diff != "" {
				t.Errorf("%s by %s (-want +got):\n%s", c.charset, declared, diff)
			}
		}
	}
}

func TestExtractQueryInCharset(t *testing.T) {
	doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=gbk", Body: []byte("<a href='/s?q=\xD6\xD0'>x</a>")}
	x, err := NewInProcess().Extract(context.Background(), doc, mustRules(t, false, "a=a@href"))
	if err != nil || len(x.Fields[0].Values) != 1 || x.Fields[0].Values[0] != "http://example.com/s?q=%D6%D0" {
		t.Errorf("got %q, %v", x.Fields, err)
	}
}

func TestExtractOtherTypes(t *testing.T) {
	rules := mustRules(t, true, "h=h1")
	for _, c := range []struct{ header, body, text, defect string }{
		{"image/png", "\x89PNG\r\n\x1A\n", "", "not text: image/png"},
		{"text/plain", "one\r\n  two\t<b>\n\n", "one\n  two\t<b>", "no markup"},
		{"application/json", `{"a": 1}`, `{"a": 1}`, "no markup"},
		{"application/xhtml+xml", "<html><h1>x</h1></html>", "x", ""},
		{"", "", "", "no markup"},
	} {
		doc := &Document{URL: "http://example.com/", ContentType: c.header, Body: []byte(c.body)}
		x, err := NewInProcess().Extract(context.Background(), doc, rules)
		if err != nil {
			t.Fatal(err)
		}
		if x.Text != c.text || !strings.Contains(strings.Join(x.Defects, ";"), c.defect) || len(x.Fields) != 1 {
			t.Errorf("%s: got %+v", c.header, x)
		}
	}
}

func TestExtractTooDeep(t *testing.T) {
	_, err := extractHTML(t, strings.Repeat("<div>", 600)+"x", Rules{Text: true})
	if !errors.Is(err, ErrTooDeep) {
		t.Errorf("got %v, want ErrTooDeep", err)
	}
	if x, err := extractHTML(t, strings.Repeat("<div>", 500)+"x", Rules{Text: true}); err != nil || x.Text != "x" {
		t.Errorf("500 deep: got %q, %v", x.Text, err)
	}
}

func TestExtractContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := NewInProcess().Extract(ctx, &Document{URL: "http://example.com/", Body: []byte("<p>")}, Rules{Text: true})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// endsAfter is a context that ends once it was asked a number of times.
type endsAfter struct {
	context.Context
	asks int
}

func (c *endsAfter) Err() error {
	if c.asks--; c.asks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestExtractDeadlineInTheMiddle(t *testing.T) {
	body := []byte(strings.Repeat("<p>x</p>", 5000))
	for asks := range 12 {
		ctx := &endsAfter{context.Background(), asks}
		doc := &Document{URL: "http://example.com/", ContentType: "text/html", Body: body}
		if _, err := NewInProcess().Extract(ctx, doc, mustRules(t, true, "p=p")); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %d: got %v", asks, err)
		} else if err == nil && asks < 10 {
			t.Errorf("after %d: no error", asks)
		}
	}
}

func TestExtractBounds(t *testing.T) {
	many := strings.Repeat("<i>x</i>", maxValues+5)
	x, err := extractHTML(t, many, mustRules(t, false, "i=i"))
	if err != nil || len(x.Fields[0].Values) != maxValues || len(x.Defects) != 1 {
		t.Errorf("many: %d values, %q, %v", len(x.Fields[0].Values), x.Defects, err)
	}
	long := "<p title='" + strings.Repeat("é", maxValueBytes) + "'>" + strings.Repeat("é", maxValueBytes)
	x, err = extractHTML(t, long, mustRules(t, false, "p=p", "t=p@title"))
	if err != nil || len(x.Defects) != 1 || !strings.Contains(x.Defects[0], ": cut 2") {
		t.Errorf("long: %q, %v", x.Defects, err)
	}
	for _, f := range x.Fields {
		if n := len(f.Values[0]); n > maxValueBytes || n < maxValueBytes-4 || strings.Trim(f.Values[0], "é") != "" {
			t.Errorf("long: %s has %d bytes", f.Name, n)
		}
	}
	nested := strings.Repeat("<div>", 400) + strings.Repeat("word ", 40_000)
	x, err = extractHTML(t, nested, mustRules(t, false, "d=div"))
	total := 0
	for _, v := range x.Fields[0].Values {
		total += len(v)
	}
	if err != nil || total > maxFieldsBytes || total < maxFieldsBytes/2 || len(x.Defects) != 1 {
		t.Errorf("nested: %d bytes, %q, %v", total, x.Defects, err)
	}
	x, err = extractHTML(t, "<p>"+strings.Repeat("long text ", maxTextBytes/8), Rules{Text: true})
	if err != nil || len(x.Text) > maxTextBytes || len(x.Text) < maxTextBytes-16 || len(x.Defects) != 1 {
		t.Errorf("text: %d bytes, %q, %v", len(x.Text), x.Defects, err)
	}
}

func TestInProcessKeepsFewRules(t *testing.T) {
	p := NewInProcess()
	defer p.Close()
	doc := &Document{URL: "http://example.com/", ContentType: "text/html", Body: []byte("<p>x</p>")}
	for i := range 3 * maxCompiled {
		rules := mustRules(t, false, fmt.Sprintf("r%d=p", i))
		for range 2 {
			if x, err := p.Extract(context.Background(), doc, rules); err != nil || x.Fields[0].Values[0] != "x" {
				t.Fatalf("got %+v, %v", x, err)
			}
		}
	}
	if len(p.compiled) != maxCompiled {
		t.Errorf("%d compiled", len(p.compiled))
	}
	if _, err := p.Extract(context.Background(), doc, Rules{Select: []Rule{{Name: "x", CSS: "["}}}); !errors.Is(err, ErrRule) {
		t.Errorf("got %v", err)
	}
}

func TestCrashError(t *testing.T) {
	err := crashError("boom\n\x1b[31m" + strings.Repeat("x", 1000))
	if !errors.Is(err, ErrCrash) || len(err.Error()) > maxCrashBytes+100 || strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("got %q", err)
	}
}

func TestExtractBase(t *testing.T) {
	for _, c := range []struct{ url, page, want string }{
		{"http://example.com/a/b", "<a href='c'>", "http://example.com/a/c"},
		{"http://example.com/a/b", "<a href='c'><base target=x><base href='/d/'><base href='/e/'>", "http://example.com/d/c"},
		{"http://example.com/a/b", "<base href='data:x'><a href='c'>", "http://example.com/a/c"},
		{"http://example.com/a/b", "<base href='https://example.org'><a href='?q'>", "https://example.org/?q"},
		{"nonsense", "<a href='c d'>", "c d"},
	} {
		doc := &Document{URL: c.url, ContentType: "text/html", Body: []byte(c.page)}
		x, err := NewInProcess().Extract(context.Background(), doc, mustRules(t, false, "a=a@href"))
		if err != nil || len(x.Fields[0].Values) != 1 || x.Fields[0].Values[0] != c.want {
			t.Errorf("%s at %s: got %q, %v; want %q", c.page, c.url, x.Fields, err, c.want)
		}
	}
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{
		"<table><td><a href=x>y<p>", "<svg><a xlink:href='z'>", "<select><template><frameset>", "<base href=//[><a href=x>", "\xFF\xFE<\x00",
		"<math><mi><p><table><tr>", "<noscript><img src=a>", "<?xml?><html>", "<a href='\xD6\xD0?\xD6\xD0'>", "<p hidden>\u202e",
	} {
		f.Add([]byte(s), "text/html")
		f.Add([]byte(s), "text/html; charset=gbk")
	}
	rules := mustRules(f, true, "p=p, td, :not(div) > a", "a=a@href", "s=*@src", "h=:has(a)", "x=:nth-last-child(2n+1):empty")
	p := NewInProcess()
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		doc := &Document{URL: "http://example.com/a/", ContentType: header, Body: body}
		x, err := p.Extract(context.Background(), doc, rules)
		if err != nil {
			if !errors.Is(err, ErrTooDeep) {
				t.Error(err)
			}
			return
		}
		for _, field := range x.Fields {
			for _, v := range field.Values {
				if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
					t.Errorf("%s: %q", field.Name, v)
				}
			}
		}
		if !utf8.ValidString(x.Text) {
			t.Errorf("text: %q", x.Text)
		}
	})
}

func TestInProcessConcurrently(t *testing.T) {
	p := NewInProcess()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			rules := Rules{Select: []Rule{{Name: "p", CSS: fmt.Sprintf("p.c%d", i%4)}}, Text: i%2 == 0}
			body := fmt.Sprintf("<p class=c%d>%d</p>", i%4, i)
			for range 50 {
				x, err := p.Extract(context.Background(), &Document{URL: "http://example.com/", ContentType: "text/html", Body: []byte(body)}, rules)
				if err != nil || x.Fields[0].Values[0] != fmt.Sprint(i) {
					t.Errorf("got %+v, %v", x, err)
					return
				}
			}
		})
	}
	all.Wait()
}
