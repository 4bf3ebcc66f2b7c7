package parse_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crawl/crawler/site"
	"crawl/parse"
)

// TestWorkersAnswerLikeInProcess compares workers and the plain extractor over the pages that parsers are tested with, and
// over pages of the test site.
func TestWorkersAnswerLikeInProcess(t *testing.T) {
	rules := parse.Rules{Text: true}
	for _, s := range []string{
		"title=title", "all=body *", "links=a@href", "src=*@src", "class=*@class", "h=h1,h2,h3", "p=p", "json=script", "meta=meta@content",
	} {
		rule, err := parse.ParseRule(s)
		if err != nil {
			t.Fatal(err)
		}
		rules.Select = append(rules.Select, rule)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parse.NewPool(parse.PoolOptions{Command: []string{program, "stand-in", "good"}, Rules: rules, Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	corpus := append(filePages(t), sitePages(t)...)
	var futures []*parse.Future
	for _, doc := range corpus {
		f, err := p.Submit(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		futures = append(futures, f)
	}
	plain := parse.NewInProcess()
	for i, f := range futures {
		got, gotErr := f.Wait(t.Context())
		want, wantErr := plain.Extract(t.Context(), corpus[i], rules)
		if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
			t.Errorf("%s: errors %v and %v (-in process +worker)\n%s", corpus[i].URL, wantErr, gotErr, diff)
		}
	}
}

// filePages are the pages in testdata, in several charsets and types.
func filePages(t *testing.T) (all []*parse.Document) {
	t.Helper()
	files, err := filepath.Glob("testdata/heavy/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("no pages", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, contentType := range []string{"text/html", "text/html; charset=windows-1252", "text/plain", "application/xhtml+xml", "image/png", ""} {
			all = append(all, &parse.Document{URL: "http://example.com/" + file, ContentType: contentType, Body: body})
		}
	}
	return all
}

// sitePages are pages of the test site as they are served.
func sitePages(t *testing.T) (all []*parse.Document) {
	t.Helper()
	s, err := site.New(site.Options{Pages: 40, MaxSize: 20_000, Traps: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, url := range s.List() {
		resp, err := client.Get(url)
		if err != nil {
			continue // troubled on purpose
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		resp.Body.Close()
		if err == nil {
			all = append(all, &parse.Document{URL: url, ContentType: resp.Header.Get("Content-Type"), Body: body})
		}
	}
	if len(all) < 40 {
		t.Errorf("only %d pages", len(all))
	}
	return all
}
