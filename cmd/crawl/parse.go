package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/crawler/urlnorm"
	"crawl/fetch"
	"crawl/parse"
)

// parseFlags say what parse does.
type parseFlags struct {
	base     string
	mimeType string
	selects  []string
	text     bool
	links    bool
	json     bool
	insecure bool
	agent    string
	timeout  time.Duration
}

// parsed is the answer of parse, as JSON.
type parsed struct {
	URL         string              `json:"url"`
	Status      int                 `json:"status,omitempty"` // of a request
	MediaType   string              `json:"media_type"`
	Charset     string              `json:"charset"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Canonical   string              `json:"canonical"`
	Lang        string              `json:"lang"`
	NoIndex     bool                `json:"noindex"`
	NoFollow    bool                `json:"nofollow"`
	Links       []parsedLink        `json:"links"`
	Fields      map[string][]string `json:"fields,omitempty"`
	Text        string              `json:"text,omitempty"`
	Defects     []string            `json:"defects,omitempty"`
}

type parsedLink struct {
	URL      string `json:"url"`
	Kind     string `json:"kind"`
	NoFollow bool   `json:"nofollow,omitempty"`
}

func (a *app) parseCmd() *cobra.Command {
	var f parseFlags
	cmd := &cobra.Command{
		Use:   "parse URL|FILE|-",
		Short: "Print what the parser finds in one page; nothing is stored",
		Example: `  crawl parse --links https://example.org/
  crawl parse --base https://example.org/a/ --select title=h1 --select pic=img.hero@src page.html`,
		Args: takes(1, 1, "one URL, a file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.parse(cmd.Context(), &f, args[0]) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.selects, "select", nil, "extract `NAME=CSS[@ATTR]` (repeatable)")
	flags.BoolVar(&f.text, "text", false, "extract the visible text")
	flags.BoolVar(&f.links, "links", false, "print every link with its kind")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	flags.StringVar(&f.base, "base", "", "of a file: the `URL` it came from")
	flags.StringVar(&f.mimeType, "type", "", "of a file: its Content-Type, `TYPE`")
	flags.BoolVarP(&f.insecure, "insecure", "k", false, "of a URL: do not verify TLS certificates")
	flags.StringVarP(&f.agent, "user-agent", "A", userAgent(""), "of a URL: send this `TEXT` as User-Agent")
	flags.DurationVarP(&f.timeout, "timeout", "T", time.Minute, "of a URL: time `D` for the request")
	return cmd
}

func (a *app) parse(ctx context.Context, f *parseFlags, arg string) error {
	rules, err := rules(f.selects, f.text)
	if err != nil {
		return err
	}
	doc, status, err := a.document(ctx, f, arg)
	if err != nil {
		return err
	}
	out := read(doc)
	out.Status = status
	if !rules.Empty() {
		ex := parse.NewInProcess()
		defer ex.Close()
		found, err := ex.Extract(ctx, doc, rules)
		if err != nil {
			return &exitError{exitFailed, err}
		}
		out.Text = found.Text
		out.Defects = append(out.Defects, found.Defects...)
		out.Fields = map[string][]string{}
		for _, field := range found.Fields {
			out.Fields[field.Name] = field.Values
		}
	}
	if f.json {
		return a.printJSON(out)
	}
	a.printParsed(f, out, rules)
	return nil
}

// read runs the light parser.
func read(doc *parse.Document) *parsed {
	var light parse.Light
	var p parse.Page
	light.Parse(doc, &p)
	out := &parsed{
		URL: doc.URL, MediaType: p.MediaType, Charset: p.Charset, Title: p.Title, Description: p.Description,
		Canonical: p.Canonical, Lang: p.Lang, NoIndex: p.NoIndex, NoFollow: p.NoFollow, Defects: p.Defects,
		Links: []parsedLink{},
	}
	for i := range p.Links.Len() {
		url, kind, nofollow := p.Links.At(i)
		out.Links = append(out.Links, parsedLink{string(url), kind.String(), nofollow})
	}
	return out
}

// document gets the page: by one request, without robots.txt as a browser would, whose status it gives; or from a file.
func (a *app) document(ctx context.Context, f *parseFlags, arg string) (doc *parse.Document, status int, err error) {
	if !isURL(arg) {
		doc, err = a.fileDocument(f, arg)
		return doc, 0, err
	}
	url, err := urlnorm.Parse(arg)
	if err != nil {
		return nil, 0, usageError("%s: %w", clean(arg), err)
	}
	c, err := fetch.New(fetch.Options{UserAgent: f.agent, Insecure: f.insecure, Timeout: f.timeout})
	if err != nil {
		return nil, 0, usageError("%w", err)
	}
	defer c.Close()
	first := urlnorm.Origin(url) // which alone may be private
	for range maxParseRedirects {
		resp, err := c.Do(ctx, &fetch.Request{URL: url, MayBePrivate: urlnorm.Origin(url) == first})
		if err != nil {
			return nil, 0, &exitError{exitFailed, err}
		}
		next := resp.Header.Get("Location")
		if resp.Status < 300 || resp.Status >= 400 || next == "" {
			defer resp.Release()
			return &parse.Document{
				URL: url, ContentType: resp.Header.Get("Content-Type"), Link: resp.Header["Link"],
				RobotsTag: resp.Header["X-Robots-Tag"], Body: append([]byte(nil), resp.Body...),
			}, resp.Status, nil
		}
		resp.Release()
		base, err := urlnorm.NewBase(url)
		if err != nil {
			return nil, 0, err
		}
		to, err := base.Resolve(nil, []byte(next))
		if err != nil {
			return nil, 0, &exitError{exitFailed, fmt.Errorf("%s redirects to %s: %w", clean(url), clean(shorten(next, maxShownTarget)), err)}
		}
		a.notef("%s redirects to %s\n", clean(url), clean(string(to)))
		url = string(to)
	}
	return nil, 0, &exitError{exitFailed, errTooManyRedirects}
}

func (a *app) fileDocument(f *parseFlags, path string) (*parse.Document, error) {
	base := f.base
	if base == "" {
		base = "http://localhost/"
	}
	url, err := urlnorm.Parse(base)
	if err != nil {
		return nil, usageError("--base %s: %w", clean(base), err)
	}
	in := a.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, usageError("cannot read %s: %s", path, reason(err))
		}
		defer file.Close()
		in = file
	}
	body, err := io.ReadAll(io.LimitReader(in, maxParseFile))
	if err != nil {
		return nil, usageError("cannot read %s: %s", path, reason(err))
	}
	if f.mimeType == "" && strings.EqualFold(filepath.Ext(path), ".css") {
		f.mimeType = "text/css"
	}
	return &parse.Document{URL: url, ContentType: f.mimeType, Body: body}, nil
}

func (a *app) printParsed(f *parseFlags, out *parsed, rules parse.Rules) {
	p := func(name, text string) {
		if text != "" {
			a.printf("%-12s %s\n", clean(name), clean(text))
		}
	}
	p("URL", out.URL)
	if out.Status > 0 {
		p("status", crawler.StatusText(out.Status))
	}
	p("type", strings.TrimSpace(out.MediaType+" "+out.Charset))
	p("title", out.Title)
	p("description", out.Description)
	p("canonical", out.Canonical)
	p("language", out.Lang)
	p("robots", strings.TrimSpace(ifs(out.NoIndex, "noindex ")+ifs(out.NoFollow, "nofollow")))
	p("links", plural(len(out.Links), "link", "links"))
	for _, d := range out.Defects {
		p("defect", d)
	}
	a.printFields(rules, func(name string) []string { return out.Fields[name] })
	if rules.Text && out.Text == "" {
		p("text", nothingFound)
	}
	if f.links {
		for _, l := range out.Links {
			a.printf("  %-10s %s%s\n", l.Kind, clean(l.URL), ifs(l.NoFollow, " (nofollow)"))
		}
	}
	if out.Text != "" {
		a.printf("\n%s\n", cleanLines(out.Text))
	}
}

// nothingFound stands for what a rule found when that is nothing: a rule that is left out looks as if it had not been run.
const nothingFound = "(nothing)"

// printFields prints a line for each rule's field.
func (a *app) printFields(rules parse.Rules, values func(name string) []string) {
	for _, r := range rules.Select {
		text := clean(strings.Join(values(r.Name), " | "))
		if strings.TrimSpace(text) == "" {
			text = nothingFound
		}
		a.printf("%-12s %s\n", clean(r.Name), text)
	}
}
