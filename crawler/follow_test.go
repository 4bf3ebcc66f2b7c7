package crawler

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func expressions(list ...string) (out []*regexp.Regexp) {
	for _, s := range list {
		out = append(out, regexp.MustCompile(s))
	}
	return out
}

// asks expects that exactly these URLs were asked for, each once.
func (w *world) asks(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, h := range w.hits("") {
		if !strings.HasSuffix(h.url, "/robots.txt") {
			got = append(got, h.url)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("asked for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// under gives URLs on a.test.
func under(paths ...string) (urls []string) {
	for _, p := range paths {
		urls = append(urls, "http://a.test/"+p)
	}
	return urls
}

// A tree of pages, each with two links.
func binaryTree(w *world, depth int) (levels [][]string) {
	level := []string{""}
	for range depth + 1 {
		var next []string
		for _, p := range level {
			w.page("http://a.test/"+p, "/"+p+"0", "/"+p+"1", "/"+p)
			next = append(next, p+"0", p+"1")
		}
		levels = append(levels, under(level...))
		level = next
	}
	return levels
}

func TestDepth(t *testing.T) {
	for depth := range 4 {
		inWorld(t, func(t *testing.T, w *world) {
			levels := binaryTree(w, 5)
			out := w.crawl(Options{Depth: depth, Rate: -1, IgnoreRobots: true}, pageA).finished()
			w.asks(t, slices.Concat(levels[:depth+1]...)...)
			for d, level := range levels[:depth+1] {
				for _, u := range level {
					if got := out.record(u).Depth; int(got) != d {
						t.Errorf("%s: depth %d, want %d", u, got, d)
					}
				}
			}
		})
	}
}

// Raising the depth over an existing store goes on from what is stored: no page is asked for again.
func TestRaisingTheDepth(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		levels := binaryTree(w, 5)
		o := Options{Rate: -1, IgnoreRobots: true}
		for _, o.Depth = range []int{0, 1, 3, 2, 5} {
			w.crawl(o, pageA).finished()
		}
		w.asks(t, slices.Concat(levels...)...)
	})
}

// A run that follows more by other rules finds what was passed over, without asking again.
func TestWideningTheRules(t *testing.T) {
	steps := map[string][2]Options{
		"scope":    {{Depth: 2}, {Depth: 2, Scope: Scope{Follow: ScopeAny}}},
		"exclude":  {{Depth: 2, Scope: Scope{Follow: ScopeAny, Exclude: expressions("b.test")}}, {Depth: 2, Scope: Scope{Follow: ScopeAny}}},
		"include":  {{Depth: 2, Scope: Scope{Follow: ScopeAny, Include: expressions("a.test")}}, {Depth: 2, Scope: Scope{Follow: ScopeAny}}},
		"nofollow": {{Depth: 2, Scope: Scope{Follow: ScopeAny}}, {Depth: 2, Scope: Scope{Follow: ScopeAny}, FollowNofollow: true}},
		"prefix":   {{Depth: 0, Scope: Scope{Follow: ScopePrefix}}, {Depth: 2, Scope: Scope{Follow: ScopePrefix}}},
	}
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				rel := ""
				if name == "nofollow" {
					rel = " rel=nofollow"
				}
				w.on("http://a.test/d/", text(`<a href=in>x</a><a href="http://b.test/out"`+rel+`>y</a>`))
				w.page("http://a.test/d/in")
				w.page("http://b.test/out", "http://b.test/more")
				w.page("http://b.test/more")
				list := []string{"http://a.test/d/"}
				first, second := step[0], step[1]
				w.crawl(first, list...).finished()
				w.crawl(second, list...).finished()
				want := []string{"http://a.test/d/", "http://a.test/d/in"}
				if name != "prefix" {
					want = append(want, "http://b.test/out", "http://b.test/more")
				}
				w.asks(t, want...)
			})
		})
	}
}

// A page that is reached first by a long path is expanded again when a shorter one is found; nothing is asked for twice.
func TestShorterPathIsFoundLate(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/1", "/slow")
		w.page("http://a.test/1", "/2")
		w.page("http://a.test/2", "/x")
		w.on("http://a.test/slow", after(10*time.Second, html("/x")))
		w.page("http://a.test/x", "/y")
		w.page("http://a.test/y", "/z")
		w.page("http://a.test/z")
		out := w.crawl(Options{Depth: 3, IgnoreRobots: true}, pageA).finished()
		w.asks(t, under("", "1", "2", "slow", "x", "y")...)
		for u, want := range map[string]uint16{"x": 2, "y": 3} {
			if r := out.record("http://a.test/" + u); r.Depth != want {
				t.Errorf("%s has depth %d, want %d", u, r.Depth, want)
			}
		}
		if from := out.record("http://a.test/x").From; from != out.record("http://a.test/slow").ID {
			t.Errorf("x is from %d", from)
		}
	})
}

// A page found by a link and listed late gets the depth of a listed one, and its links are followed from there.
func TestLinkedPageIsListedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/1")
		w.page("http://a.test/1", "/2")
		w.page("http://a.test/2")
		o := Options{Depth: 1, IgnoreRobots: true}
		w.crawl(o, pageA).finished()
		out := w.crawl(o, pageA, "http://a.test/1").finished()
		w.asks(t, under("", "1", "2")...)
		if r := out.record("http://a.test/1"); r.Depth != 0 {
			t.Errorf("depth %d", r.Depth)
		}
	})
}

func TestNofollow(t *testing.T) {
	for _, follow := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			w.on(pageA, text(`<a href=/yes>x</a><a rel="nofollow noopener" href=/rel>x</a><a href=/meta>x</a>`))
			w.on("http://a.test/meta", text(`<meta name=robots content=nofollow><a href=/below>x</a>`))
			w.page("http://a.test/yes")
			out := w.crawl(Options{Depth: 5, FollowNofollow: follow}, pageA).finished()
			want := under("", "yes", "meta")
			if follow {
				want = append(want, under("rel", "below")...)
			} else if out.sum.Refused["nofollow"] != 2 {
				t.Errorf("refused %v", out.sum.Refused)
			}
			w.asks(t, want...)
		})
	}
}

func TestScopes(t *testing.T) {
	links := []string{
		"/b", "/d/c", "http://www.a.example/", "http://a.example:8080/", "https://a.example/s", "http://b.example/", "http://a.example.b.example/",
		"http://xa.example/", "mailto:x@a.example", "javascript:void(0)", "ftp://a.example/",
	}
	for _, c := range []struct {
		follow Follow
		want   []string
	}{
		{ScopeHost, []string{"http://a.example/b", "http://a.example/d/c"}},
		{ScopeDomain, []string{"http://a.example/b", "http://a.example/d/c", "http://www.a.example/", "http://a.example:8080/"}},
		{ScopePrefix, []string{"http://a.example/d/c"}},
		{ScopeAny, []string{
			"http://a.example/b", "http://a.example/d/c", "http://www.a.example/", "http://a.example:8080/", "http://b.example/",
			"http://a.example.b.example/", "http://xa.example/",
		}},
	} {
		t.Run(string(c.follow), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.page("http://a.example/d/list", links...)
				o := Options{Depth: 1, IgnoreRobots: true, Tries: 1, Scope: Scope{Follow: c.follow}}
				w.crawl(o, "http://a.example/d/list").finished()
				w.asks(t, append(c.want, "http://a.example/d/list")...) // https stands on the same listener and fails before a request
			})
		})
	}
}

func TestIncludeExclude(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/keep1", "/keep2", "/other", "/keep.pdf")
		out := w.crawl(Options{Depth: 1, Scope: Scope{Include: expressions("keep"), Exclude: expressions(`\.pdf$`, "gone")}},
			pageA, "http://a.test/gone").finished()
		w.asks(t, under("", "keep1", "keep2")...)
		if out.sum.Excluded != 1 {
			t.Errorf("%d excluded from the list", out.sum.Excluded)
		}
		if out.sum.Refused[`--exclude \.pdf$`] != 1 || out.sum.Refused["no --include matches"] != 1 {
			t.Errorf("refused %v", out.sum.Refused)
		}
	})
}

// Traps are recorded, not asked for; what is listed is asked for whatever it looks like.
func TestTraps(t *testing.T) {
	repeats := "/r/x/r/x/r/x/r/x"
	deep := strings.Repeat("/d", 3) + strings.Repeat("/e", 3) + "/1/2/3/4/5/6/7/8/9/a/b/c/f/g/h"
	long := "/?q=" + strings.Repeat("x", trapURLBytes)
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, repeats, deep, long, "/fine")
		out := w.crawl(Options{Depth: 1}, pageA).finished()
		w.asks(t, under("", "fine")...)
		for _, path := range []string{repeats, deep, long} {
			if r := out.class("http://a.test"+path, ClassTrap); !strings.HasPrefix(r.Rule, "trap rule: ") {
				t.Errorf("rule %q", r.Rule)
			}
		}
		if out.sum.URLs.Skipped != 3 {
			t.Errorf("%+v", out.sum.URLs)
		}
		w.crawl(Options{}, "http://a.test"+repeats).finished()
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.crawl(Options{}, "http://a.test"+repeats).finished()
		w.asks(t, "http://a.test"+repeats)
	})
}

// An endless calendar ends where the depth does, or the budget.
func TestEndlessPages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for i := range 1000 {
			w.page(fmt.Sprintf("http://a.test/%d", i), fmt.Sprintf("/%d", i+1))
		}
		out := w.crawl(Options{Depth: 1000, MaxPages: 30}, "http://a.test/0")
		if out.err != nil || out.sum.Stopped != StoppedMaxPages || len(out.records) != 30 {
			t.Errorf("%q with %d records, %v", out.sum.Stopped, len(out.records), out.err)
		}
	})
}

// Link queries are asked for in the page's charset, as browsers do, and are one page with the same URL in the list.
func TestLinkQueriesInThePagesCharset(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		body, err := simplifiedchinese.GBK.NewEncoder().String(`<meta charset=gbk><a href="/?q=中文">x</a><a href="/中?q=1">y</a>`)
		if err != nil {
			t.Fatal(err)
		}
		w.on(pageA, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, body)
		})
		w.page("http://a.test/?q=%D6%D0%CE%C4")
		w.page("http://a.test/%E4%B8%AD?q=1")
		w.crawl(Options{Depth: 1}, pageA, "http://a.test/?q=%d6%d0%ce%c4", "http://a.test/?q=%D6%D0%CE%C4").finished()
		n := len(w.hits("http://a.test/?q="))
		if n != 1 || w.asked("http://a.test/%E4%B8%AD?q=1") != 1 {
			t.Errorf("%d requests for the query, %d for the path", n, w.asked("http://a.test/%E4%B8%AD?q=1"))
		}
	})
}

// What differs only in what the key leaves out is asked for once.
func TestDuplicates(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/", "#x", "http://A.test/#y", "HTTP://a.test:80/", "/x/..", "/x/../#z")
		list := []string{pageA, pageA, "http://a.test", "http://A.TEST:80/#top", "http://user:pw@a.test/", "http://a.test/."}
		for range 6 {
			list = append(list, list...)
		}
		out := w.crawl(Options{Depth: 3}, list...).finished()
		if w.asked(pageA) != 1 || out.sum.URLs.Listed != 1 {
			t.Errorf("%d requests, %+v", w.asked(pageA), out.sum.URLs)
		}
	})
}

// Bad entries of the list are told with their place and passed over.
func TestBadEntries(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		heard := map[string]bool{}
		w.page(pageA)
		out := w.crawl(Options{Observer: badEntries{heard: heard}}, "nonsense", pageA, "ftp://a.test/", "http://", "http://a b/").finished()
		if got := slices.Sorted(maps.Keys(heard)); !slices.Equal(got, []string{"list:1", "list:3", "list:4", "list:5"}) {
			t.Errorf("told of %v", got)
		}
		if out.sum.BadEntries != 4 || out.sum.URLs.Done != 1 {
			t.Errorf("%d bad, %+v", out.sum.BadEntries, out.sum.URLs)
		}
	})
}

type badEntries struct {
	silent
	heard map[string]bool // only the feeder writes, and Run waits for it
}

func (b badEntries) BadEntry(e Entry, err error) { b.heard[e.Where] = err != nil }

// What a prefix scope covers is kept: `crawl why` tells by it, and a run without the list, as `crawl retry` makes it, follows
// by it.
func TestPrefixScopeIsKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/d/", turns(status(404), html("in", "/out")))
		w.page("http://a.test/d/in")
		o := Options{Depth: 1, Scope: Scope{Follow: ScopePrefix}, IgnoreRobots: true}
		w.crawl(o, "http://a.test/d/").finished()
		w.requeue(t, 1, ClassHTTP4xx)
		store := w.open()
		settings, _, err := store.Settings()
		if err == nil {
			err = settings.Apply(&o)
		}
		store.Close()
		if err != nil {
			t.Fatal(err)
		}
		w.crawl(o).finished()
		w.asks(t, "http://a.test/d/", "http://a.test/d/", "http://a.test/d/in")
		store = w.open()
		defer store.Close()
		for url, want := range map[string]string{"http://a.test/d/in": "followed: --scope prefix", "http://a.test/out": "not followed: outside --scope prefix"} {
			why, err := store.Why(t.Context(), url)
			if err != nil || len(why.LinkedBy) != 1 || why.LinkedBy[0].Rule != want {
				t.Errorf("%s: %+v, %v; want %q", url, why, err, want)
			}
		}
	})
}

// A list with more directories than before is followed from what is stored.
func TestPrefixScopeGrows(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page("http://a.test/d/", "in", "/e/in")
		w.page("http://a.test/d/in")
		w.page("http://a.test/e/in")
		w.page("http://a.test/e/")
		o := Options{Depth: 1, Scope: Scope{Follow: ScopePrefix}, IgnoreRobots: true}
		w.crawl(o, "http://a.test/d/").finished()
		w.crawl(o, "http://a.test/d/", "http://a.test/e/").finished()
		w.asks(t, under("d/", "d/in", "e/", "e/in")...)
	})
}
