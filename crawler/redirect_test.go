package crawler

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crawl/crawler/urlnorm"
	"crawl/sink"
)

// row gives the row of a URL: its record and what its redirects lead to.
func (o *finding) row(url string) sink.Row {
	o.t.Helper()
	row, err := sink.Resolve(o.record(url), func(u string) (*sink.Record, bool, error) {
		r, ok := o.records[u]
		return r, ok, nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return row
}

// chain makes a chain of n redirects on host and gives its URLs; the last is a page.
func (w *world) chain(host string, n int) (urls []string) {
	for i := range n + 1 {
		urls = append(urls, fmt.Sprintf("http://%s/r%d", host, i))
	}
	for i, u := range urls[:n] {
		w.on(u, redirect(urls[i+1]))
	}
	w.page(urls[n])
	return urls
}

func TestRedirectChain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := w.chain("a.test", 3)
		out := w.crawl(Options{}, urls[0]).finished()
		row := out.row(urls[0])
		if !slices.Equal(row.Redirects, urls[1:]) || row.FinalURL != urls[3] || row.Last.Status != 200 || row.ErrClass != "" {
			t.Errorf("row %+v", row)
		}
		for _, u := range urls[1:] {
			if sink.HasRow(out.record(u)) {
				t.Errorf("%s has a row of its own", u)
			}
		}
		if c := out.sum.URLs; c.Listed != 1 || c.Done != 1 {
			t.Errorf("counts %+v", c)
		}
		if out.sum.Requests != 5 { // robots.txt too
			t.Errorf("%d requests", out.sum.Requests)
		}
	})
}

// A redirect and the target that it waits for are one URL in the counts, at each step of the way.
func TestRedirectsThatWaitCountOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := w.chain("a.test", 3)
		w.on("http://a.test/other", redirect(urls[1]))
		list := []string{urls[0], "http://a.test/other", urls[2]}
		for results := int64(1); results < 4; results++ {
			out := w.crawl(Options{IgnoreRobots: true, Mode: Sequential, MaxPages: 1}, list...)
			if n := out.sum.URLs; out.err != nil || n.Listed != 3 || n.Pending != 3 {
				t.Fatalf("after %d results: %v, %+v", results, out.err, n)
			}
		}
		if n := w.crawl(Options{IgnoreRobots: true}, list...).finished().sum.URLs; n.Listed != 3 || n.Done != 3 {
			t.Errorf("%+v", n)
		}
	})
}

// Chains of up to ten redirects are followed; the eleventh is not asked for.
func TestRedirectChainLength(t *testing.T) {
	for _, n := range []int{maxRedirects - 1, maxRedirects, maxRedirects + 1, maxRedirects + 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				urls := w.chain("a.test", n)
				out := w.crawl(Options{IgnoreRobots: true}, urls[0]).finished()
				row := out.row(urls[0])
				if n <= maxRedirects {
					if row.ErrClass != "" || row.FinalURL != urls[n] || out.sum.URLs.Done != 1 {
						t.Errorf("%d redirects: class %q at %s", n, row.ErrClass, row.FinalURL)
					}
					return
				}
				if Class(row.ErrClass) != ClassRedirectLoop || out.sum.URLs.Failed != 1 {
					t.Errorf("%d redirects: class %q at %s", n, row.ErrClass, row.FinalURL)
				}
				if asked := len(w.hits("")); asked != maxRedirects+1 {
					t.Errorf("%d requests", asked)
				}
			})
		})
	}
}

func TestRedirectLoops(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/self", redirect("/self#x"))
		w.on("http://a.test/1", redirect("/2"))
		w.on("http://a.test/2", redirect("/3"))
		w.on("http://a.test/3", redirect("/1"))
		out := w.crawl(Options{IgnoreRobots: true}, "http://a.test/self", "http://a.test/1").finished()
		for _, u := range []string{"http://a.test/self", "http://a.test/1"} {
			if row := out.row(u); Class(row.ErrClass) != ClassRedirectLoop {
				t.Errorf("%s: class %q", u, row.ErrClass)
			}
		}
		if out.sum.URLs.Failed != 2 || len(w.hits("")) != 4 {
			t.Errorf("%+v with %d requests", out.sum.URLs, len(w.hits("")))
		}
	})
}

// A chain without end, each time to another URL, ends after ten.
func TestEndlessRedirects(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 50 {
			w.on(fmt.Sprintf("http://h%d.test/", i), redirect(fmt.Sprintf("http://h%d.test/", i+1)))
		}
		out := w.crawl(Options{IgnoreRobots: true}, "http://h0.test/").finished()
		if row := out.row("http://h0.test/"); Class(row.ErrClass) != ClassRedirectLoop || len(w.hits("")) != maxRedirects+1 {
			t.Errorf("class %q after %d requests", row.ErrClass, len(w.hits("")))
		}
	})
}

// A target that is listed as well has a row of its own and is asked for once, whichever comes first.
func TestRedirectTargetIsListedToo(t *testing.T) {
	for name, list := range map[string][]string{
		"before": {"http://a.test/to", "http://a.test/from"},
		"after":  {"http://a.test/from", "http://a.test/to"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.on("http://a.test/from", redirect("http://a.test/to"))
				w.page("http://a.test/to")
				out := w.crawl(Options{IgnoreRobots: true}, list...).finished()
				if w.asked("http://a.test/to") != 1 || out.sum.URLs.Done != 2 || !sink.HasRow(out.record("http://a.test/to")) {
					t.Errorf("%d requests, %+v", w.asked("http://a.test/to"), out.sum.URLs)
				}
			})
		})
	}
}

// A target known only as such gets its row when a page links to it later, or a later run lists it, with no new request.
func TestHopGetsItsRow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const to = "http://a.test/to"
		w.on("http://a.test/from", redirect(to))
		w.page(to, "/deep")
		w.on("http://a.test/page", after(5e9, html("/to")))
		w.page("http://a.test/deep")
		list := []string{"http://a.test/from", "http://a.test/page"}
		o := Options{IgnoreRobots: true, Depth: 1}
		out := w.crawl(o, list...).finished()
		if r := out.record(to); !sink.HasRow(r) || w.asked(to) != 1 {
			t.Errorf("a linked hop: %+v, %d requests", r.Flags, w.asked(to))
		}
		if out.sum.URLs.Listed != 4 { // from, page, to, deep
			t.Errorf("%+v", out.sum.URLs)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		urls := w.chain("a.test", 1)
		w.crawl(Options{}, urls[0]).finished()
		out := w.crawl(Options{}, urls...).finished()
		if r := out.record(urls[1]); r.Flags != sink.Listed || w.asked(urls[1]) != 1 || out.sum.URLs.Done != 2 {
			t.Errorf("a hop listed later: flags %b, %d requests, %+v", r.Flags, w.asked(urls[1]), out.sum.URLs)
		}
	})
}

func TestRedirectTargets(t *testing.T) {
	for _, c := range []struct {
		name, to string
		class    Class // of the row
		rule     string
	}{
		{"to another host", "http://b.test/ok", "", ""},
		{"to a disallowed page", "http://b.test/no", ClassRobots, ""},
		{"to a private host", "http://in.test/", ClassRefused, ""},
		{"to a private address", "http://10.1.2.3/", ClassRefused, ""},
		{"to an address written as a number", "http://167772161/", ClassRefused, ""},
		{"to loopback", "http://[::1]/", ClassRefused, ""},
		{"to a dead host", "http://dead.test/", ClassConnect, ""},
		{"to a file", "file:///etc/passwd", ClassBadResponse, ""},
		{"to what is excluded", "http://b.test/excluded", "", "--exclude"},
		{"to a missing page", "http://b.test/404", ClassHTTP4xx, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.private("in.test")
				w.refuses["dead.test"] = true
				w.page("http://b.test/ok")
				w.page("http://b.test/no")
				w.on("http://b.test/robots.txt", text("User-agent: *\nDisallow: /no\n"))
				w.on(pageA, redirect(c.to))
				out := w.crawl(Options{Scope: Scope{Exclude: expressions("excluded")}, Tries: 1}, pageA).finished()
				if row := out.row(pageA); Class(row.ErrClass) != c.class || !strings.Contains(row.Record.Rule, c.rule) {
					t.Errorf("class %q, rule %q", row.ErrClass, row.Record.Rule)
				}
				for _, bad := range []string{"http://in.test", "http://10.", "http://b.test/no", "http://b.test/excluded"} {
					if len(w.hits(bad)) > 0 {
						t.Errorf("%s was asked for", bad)
					}
				}
			})
		})
	}
}

// A target of any length leaves room for what is wrong with it.
func TestRedirectToALongURL(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on(pageA, redirect("/"+strings.Repeat("a", 60<<10)))
		r := w.crawl(Options{IgnoreRobots: true}, pageA).finished().class(pageA, ClassBadResponse)
		if !strings.HasPrefix(r.ErrMessage, "redirect to /aaa") || !strings.HasSuffix(r.ErrMessage, urlnorm.ErrTooLong.Error()) || len(r.ErrMessage) > maxErrorMessage {
			t.Errorf("message %q", r.ErrMessage)
		}
	})
}

// Where a listed URL leads is part of the list, also outside the scope; where a linked page leads is not.
func TestRedirectOutOfScope(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page("http://other.test/1")
		w.page("http://other.test/2")
		w.on("http://a.test/listed", redirect("http://other.test/1"))
		w.page("http://a.test/page", "/linked")
		w.on("http://a.test/linked", redirect("http://other.test/2"))
		out := w.crawl(Options{Depth: 3}, "http://a.test/listed", "http://a.test/page").finished()
		if w.asked("http://other.test/1") != 1 || w.asked("http://other.test/2") != 0 {
			t.Errorf("requests to the other host: %v", w.hits("http://other.test/"))
		}
		if r := out.record("http://a.test/linked"); !strings.Contains(r.Rule, "outside --scope host") {
			t.Errorf("rule %q", r.Rule)
		}
	})
}

// A run with a wider scope follows the redirect that an earlier one passed over, and asks for nothing again.
func TestRedirectIntoAWiderScope(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/linked")
		w.on("http://a.test/linked", redirect("http://other.test/1"))
		w.on("http://other.test/1", redirect("http://third.test/2"))
		w.page("http://third.test/2", "/3")
		w.page("http://third.test/3")
		w.crawl(Options{Depth: 2}, pageA).finished()
		out := w.crawl(Options{Depth: 2, Scope: Scope{Follow: ScopeAny}}, pageA).finished()
		w.asks(t, pageA, "http://a.test/linked", "http://other.test/1", "http://third.test/2", "http://third.test/3")
		if r := out.record("http://a.test/linked"); r.Rule != "" || r.Location != "http://other.test/1" {
			t.Errorf("rule %q, location %q", r.Rule, r.Location)
		}
		w.crawl(Options{Depth: 2}, pageA).finished()
		w.crawl(Options{Depth: 2, Scope: Scope{Follow: ScopeAny}}, pageA).finished()
		w.asks(t, pageA, "http://a.test/linked", "http://other.test/1", "http://third.test/2", "http://third.test/3")
	})
}

// Links behind a redirect count from the page that was listed.
func TestRedirectCostsNoDepth(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on(pageA, redirect("/1"))
		w.on("http://a.test/1", redirect("/2"))
		w.page("http://a.test/2", "/3")
		w.page("http://a.test/3", "/4")
		out := w.crawl(Options{Depth: 1}, pageA).finished()
		if r := out.record("http://a.test/3"); r.Depth != 1 || out.records["http://a.test/4"] != nil {
			t.Errorf("the link behind the redirect has depth %d", r.Depth)
		}
	})
}

// A failure behind a redirect is queued again where it happened.
func TestRequeueBehindARedirect(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.refuses["b.test"] = true
		w.on(pageA, redirect("http://b.test/"))
		w.page("http://b.test/")
		o := Options{IgnoreRobots: true, Tries: 1}
		if out := w.crawl(o, pageA).finished(); out.sum.URLs.Failed != 1 || Class(out.row(pageA).ErrClass) != ClassConnect {
			t.Errorf("%+v", out.sum.URLs)
		}
		delete(w.refuses, "b.test")
		w.requeue(t, 1, ClassConnect)
		out := w.crawl(o, pageA).finished()
		if row := out.row(pageA); row.ErrClass != "" || row.Last.Status != 200 || out.sum.URLs.Done != 1 || out.sum.URLs.Failed != 0 {
			t.Errorf("%+v; %+v", row, out.sum.URLs)
		}
		w.asks(t, pageA, "http://b.test/")
	})
}
