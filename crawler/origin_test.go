package crawler

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"crawl/parse"
)

// Credentials go to the origins that the list names, whatever links and redirects say.
func TestCredentialsStayWithTheirOrigins(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "http://b.test/linked", "/more", "http://a.test:8080/port")
		w.page("http://b.test/linked")
		w.page("http://a.test/more")
		w.page("http://a.test:8080/port")
		w.on("http://a.test/away", redirect("http://c.test/target"))
		w.page("http://c.test/target")
		o := Options{Depth: 2, Scope: Scope{Follow: ScopeAny}}
		o.Fetch.Header = http.Header{"Authorization": {"Bearer secret"}, "Cookie": {"k=v"}, "X-Plain": {"yes"}}
		w.crawl(o, pageA, "http://a.test/away").finished()
		for _, h := range w.hits("") {
			named := len(h.url) > len(pageA) && h.url[:len(pageA)] == pageA || h.url == pageA
			if got := h.header.Get("Authorization") != "" || h.header.Get("Cookie") != ""; got != named {
				t.Errorf("%s: credentials %v, named by the list %v", h.url, got, named)
			}
			if h.header.Get("X-Plain") != "yes" {
				t.Errorf("%s: without the plain header", h.url)
			}
		}
		if len(w.hits("http://b.test/linked")) != 1 || len(w.hits("http://c.test/target")) != 1 {
			t.Error("the foreign pages were not asked for")
		}
	})
}

// Private addresses are for hosts that the list names, or for all with AllowPrivate.
func TestAddressGuard(t *testing.T) {
	for _, allow := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			w.private("in.test")
			w.private("named.test")
			w.page(pageA, "http://in.test/", "http://named.test/2", "http://named.test:81/")
			w.page("http://in.test/")
			w.page("http://named.test/1")
			w.page("http://named.test/2")
			w.page("http://named.test:81/")
			o := Options{Depth: 1, Scope: Scope{Follow: ScopeAny}}
			o.Fetch.AllowPrivate = allow
			out := w.crawl(o, pageA, "http://named.test/1").finished()
			refused := ClassRefused
			if allow {
				refused = ""
			}
			out.class("http://in.test/", refused)
			out.class("http://named.test:81/", refused) // the list names another port
			out.class("http://named.test/1", "")
			out.class("http://named.test/2", "")
			if !allow && out.sum.URLs.Skipped != 2 {
				t.Errorf("%+v", out.sum.URLs)
			}
		})
	}
}

// A host that was linked first and listed later may be private from then on.
func TestPrivateHostIsListedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.private("in.test")
		w.page(pageA, "http://in.test/linked")
		w.page("http://in.test/linked")
		w.page("http://in.test/listed")
		o := Options{Depth: 1, Scope: Scope{Follow: ScopeAny}, IgnoreRobots: true}
		w.crawl(o, pageA).finished().class("http://in.test/linked", ClassRefused)
		out := w.crawl(o, pageA, "http://in.test/listed").finished()
		out.class("http://in.test/listed", "")
		w.requeue(t, 1, ClassRefused)
		w.crawl(o, pageA, "http://in.test/listed").finished().class("http://in.test/linked", "")
	})
}

// What was refused for its private address is asked for when it is listed itself, as the message says; once.
func TestRefusedIsListedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.private("in.test")
		w.private("far.test")
		w.private("odd.test")
		w.page(pageA, "http://in.test/linked", "http://odd.test/linked")
		w.page("http://in.test/linked", "http://far.test/")
		w.on("http://odd.test/robots.txt", redirect("http://far.test/robots.txt"))
		o := Options{Depth: 2, Scope: Scope{Follow: ScopeAny}}
		w.crawl(o, pageA).finished().class("http://in.test/linked", ClassRefused)
		for range 2 {
			out := w.crawl(o, pageA, "http://in.test/linked", "http://odd.test/linked").finished()
			out.class("http://in.test/linked", "")
			out.class("http://far.test/", ClassRefused)
			out.class("http://odd.test/linked", ClassRefused) // its robots.txt is elsewhere
		}
		for url, want := range map[string]int{"http://in.test/linked": 1, "http://in.test/robots.txt": 1, "http://odd.test/robots.txt": 1} {
			if n := len(w.hits(url)); n != want {
				t.Errorf("%s was asked for %d times, want %d", url, n, want)
			}
		}
	})
}

// What a run refused by a rule that the next one does not have is asked for then, and what is refused for other reasons is not.
func TestRefusedIsAllowedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.private("in.test")
		w.page(pageA, "http://in.test/linked", "http://a.test/no", "http://a.test/missing")
		w.page("http://in.test/linked", "http://in.test/further")
		w.page("http://in.test/further")
		w.page("http://a.test/no")
		w.on("http://a.test/robots.txt", text("User-agent: *\nDisallow: /no\n"))
		o := Options{Depth: 2, Scope: Scope{Follow: ScopeAny}}
		out := w.crawl(o, pageA).finished()
		out.class("http://in.test/linked", ClassRefused)
		out.class("http://a.test/no", ClassRobots)
		w.crawl(o, pageA).finished().class("http://in.test/linked", ClassRefused)

		o.Fetch.AllowPrivate = true
		out = w.crawl(o, pageA).finished()
		out.class("http://in.test/linked", "")
		out.class("http://in.test/further", "")
		out.class("http://a.test/no", ClassRobots)
		if n := out.sum.URLs.Skipped; n != 1 {
			t.Errorf("%d skipped, want 1", n)
		}
		o.IgnoreRobots = true
		w.crawl(o, pageA).finished().class("http://a.test/no", "")
		for _, url := range []string{"http://in.test/linked", "http://a.test/no", "http://a.test/missing"} {
			if n := len(w.hits(url)); n != 1 {
				t.Errorf("%s was asked for %d times", url, n)
			}
		}
	})
}

// The same of what redirects lead to, when nothing else was refused.
func TestRefusedRedirectIsAllowedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.private("in.test")
		w.on(pageA, redirect("http://a.test/no"))
		w.page("http://a.test/no")
		w.on("http://a.test/away", redirect("http://in.test/"))
		w.page("http://in.test/")
		w.on("http://a.test/robots.txt", text("User-agent: *\nDisallow: /no\n"))
		o := Options{Scope: Scope{Follow: ScopeAny}}
		out := w.crawl(o, pageA, "http://a.test/away").finished()
		out.class("http://a.test/no", ClassRobots)
		out.class("http://in.test/", ClassRefused)
		o.IgnoreRobots = true
		out = w.crawl(o, pageA, "http://a.test/away").finished()
		out.class("http://a.test/no", "")
		o.Fetch.AllowPrivate = true
		out = w.crawl(o, pageA, "http://a.test/away").finished()
		out.class("http://in.test/", "")
	})
}

// What rules extract is stored with the page; a page that has nothing of it is done all the same.
func TestExtraction(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ex := parse.NewInProcess()
		defer ex.Close()
		w.on(pageA, text(`<!doctype html><title>t</title><h1>One</h1><h1>Two</h1><a class=x href=/y>z</a>`))
		w.on("http://a.test/empty", status(200))
		o := Options{Extractor: ex, Rules: parse.Rules{Select: []parse.Rule{{Name: "h", CSS: "h1"}, {Name: "x", CSS: "a.x", Attr: "href"}}, Text: true}}
		out := w.crawl(o, pageA, "http://a.test/empty").finished()
		r := out.class(pageA, "")
		if len(r.Fields) != 2 || len(r.Fields[0].Values) != 2 || r.Fields[0].Values[1] != "Two" || r.Text == "" {
			t.Errorf("fields %+v, text %q", r.Fields, r.Text)
		}
		out.class("http://a.test/empty", "")
	})
}

// extractor is an Extractor that does what it is told by the page's path.
type extractor struct{}

func (extractor) Close() error { return nil }

func (extractor) Extract(ctx context.Context, doc *parse.Document, _ parse.Rules) (parse.Extraction, error) {
	switch doc.URL {
	case "http://a.test/slow":
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		<-ctx.Done()
		return parse.Extraction{}, ctx.Err()
	case "http://a.test/bad":
		return parse.Extraction{}, errors.New("no tree can be made of it")
	}
	return parse.Extraction{Text: "text"}, nil
}

// A page that its parser cannot take is a failure with the page's answer; a parser that was interrupted is not.
func TestExtractorFails(t *testing.T) {
	modes(t, func(t *testing.T, w *world, mode Mode) {
		list := []string{"http://a.test/slow", "http://a.test/bad", "http://a.test/good"}
		for _, u := range list {
			w.page(u, "/link")
		}
		o := Options{Mode: mode, IgnoreRobots: true, Extractor: extractor{}, Rules: parse.Rules{Text: true}, Grace: time.Second}
		out := w.crawlWith(stopAt(t, 5*time.Second), o, nil, list...).stoppedAs(StoppedSignal)
		if out.records["http://a.test/slow"] != nil {
			t.Errorf("an interrupted parser left %+v", out.record("http://a.test/slow"))
		}
		out = w.crawl(o, list...).finished()
		for u, class := range map[string]Class{"slow": ClassParseTimeout, "bad": ClassParseCrash, "good": ""} {
			r := out.class("http://a.test/"+u, class)
			if r.Status != 200 || r.Links.Len() != 1 || (r.Text != "") != (class == "") || len(r.Attempts) != 1 {
				t.Errorf("%s: %+v", u, r)
			}
		}
	})
}
