// Package examples tests the example workers.
package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crawl/parse"
)

// run starts a pool of an example and gives its answer for a page.
func run(t *testing.T, page string, text bool, rules []parse.Rule, command ...string) (parse.Extraction, error) {
	t.Helper()
	p, err := parse.NewPool(parse.PoolOptions{
		Command: command, Env: os.Environ(), Workers: 1, Rules: parse.Rules{Select: rules, Text: text},
		Log: func(_ string, line []byte) { t.Logf("%s", line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	return p.Do(t.Context(), &parse.Document{URL: "http://example.com/a/b.html", ContentType: "text/html; charset=utf-8", Body: []byte(page)})
}

const page = `<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body><h1 id=top>Über   <b>uns</b></h1>
<p class="lead price">9,99 €</p><p>Two<br>lines</p><ul><li>one</li><li>two</li></ul><a class=next href="c.html?x=1&amp;y=2">next</a>
<img src=/i.png alt="a  b"></body></html>`

func TestPythonWorker(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
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
	got, err := run(t, page, true, rules, python, filepath.Join("python-worker", "worker.py"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := parse.NewInProcess().Extract(t.Context(), &parse.Document{URL: "http://example.com/a/b.html", ContentType: "text/html; charset=utf-8", Body: []byte(page)},
		parse.Rules{Select: rules})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Fields, got.Fields); diff != "" {
		t.Errorf("(-crawl's own +python)\n%s", diff)
	}
	if want := "Über uns\n9,99 €\nTwo\nlines\none\ntwo\nnext"; got.Text != want {
		t.Errorf("text %q, want %q", got.Text, want)
	}
	if _, err := run(t, page, false, []parse.Rule{{Name: "x", CSS: "div > p:first-child"}}, python, filepath.Join("python-worker", "worker.py")); err == nil {
		t.Error("a selector that it does not know was taken")
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
