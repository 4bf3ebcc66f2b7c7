package crawler

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// begins runs a crawl that is over when so many URLs have a result: the others wait.
func (w *world) begins(o Options, results int64, list ...string) {
	w.t.Helper()
	o.MaxPages, o.Mode = results, Sequential
	if out := w.crawl(o, list...); out.err != nil || out.sum.Stopped != StoppedMaxPages || out.sum.URLs.Pending == 0 {
		w.t.Fatalf("%v, %+v", out.err, out.sum)
	}
}

// What waits when the rules are made narrower is judged by them, as a first run would; what they leave out is asked for when
// they are made wider again. Over all, each URL is asked for once.
func TestNarrowingTheRules(t *testing.T) {
	anywhere := Scope{Follow: ScopeAny}
	for name, tt := range map[string]struct {
		narrow Options
		out    map[string]string // what is left out, with the rule
	}{
		"exclude": {Options{Depth: 4, Scope: Scope{Follow: ScopeAny, Exclude: expressions("/b$", "/listed")}}, map[string]string{
			"http://a.test/b": "--exclude /b$", "http://a.test/listed": "--exclude /listed",
		}},
		"include": {Options{Depth: 4, Scope: Scope{Follow: ScopeAny, Include: expressions("/b$", "/to")}}, map[string]string{
			"http://a.test/c": "no --include matches", "http://b.test/": "no --include matches",
		}},
		"depth": {Options{Scope: anywhere}, map[string]string{
			"http://a.test/b": "--depth 0: it was found at depth 1", "http://a.test/c": "--depth 0: it was found at depth 1",
			"http://b.test/": "--depth 0: it was found at depth 1",
		}},
		"scope":    {Options{Depth: 4}, map[string]string{"http://b.test/": "outside --scope host"}},
		"domain":   {Options{Depth: 4, Scope: Scope{Follow: ScopeDomain}}, map[string]string{"http://b.test/": "outside --scope domain"}},
		"nofollow": {Options{Depth: 4, Scope: anywhere}, map[string]string{"http://b.test/": "nofollow"}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.on(pageA, text(`<a href=/b>b</a><a href=/c>c</a><a href="http://b.test/" rel=nofollow>d</a>`))
				w.page("http://a.test/b")
				w.page("http://a.test/c", "/to", "/b")
				w.on("http://a.test/to", redirect("http://b.test/onward"))
				w.page("http://b.test/onward")
				w.page("http://b.test/")
				w.page("http://a.test/listed")
				list := []string{pageA, "http://a.test/listed"}
				wide := Options{Depth: 4, Scope: anywhere, FollowNofollow: true, IgnoreRobots: true}
				all := append(under("", "b", "c", "to", "listed"), "http://b.test/", "http://b.test/onward")
				w.begins(wide, 1, list...)
				tt.narrow.IgnoreRobots, tt.narrow.FollowNofollow = true, name != "nofollow"
				out := w.crawl(tt.narrow, list...).finished()
				for u, rule := range tt.out {
					if r := out.class(u, ClassExcluded); r.Rule != rule || w.asked(u) > 0 {
						t.Errorf("%s: rule %q, want %q; asked for %d times", u, r.Rule, rule, w.asked(u))
					}
				}
				if n := int64(len(tt.out)); out.sum.Errors[ClassExcluded] != n || out.sum.URLs.Skipped != n || out.sum.URLs.Failed != 0 {
					t.Errorf("%+v, %v", out.sum.URLs, out.sum.Errors)
				}
				if len(out.notices) != 2 || !strings.Contains(out.notices[1], "left out by these rules") {
					t.Errorf("told %q", out.notices)
				}
				w.crawl(tt.narrow, list...).finished()
				w.crawl(wide, list...).finished()
				w.asks(t, all...)
			})
		})
	}
}

// The target of a redirect that waits is judged like one that was just met: where the list leads is part of it.
func TestNarrowingRedirects(t *testing.T) {
	for name, tt := range map[string]struct {
		listed bool
		scope  Scope
		rule   string
	}{
		"linked, scope":   {false, Scope{}, "outside --scope host"},
		"linked, exclude": {false, Scope{Follow: ScopeAny, Exclude: expressions("target")}, "--exclude target"},
		"listed, scope":   {true, Scope{}, ""},
		"listed, include": {true, Scope{Include: expressions("/nothing")}, ""},
		"listed, exclude": {true, Scope{Exclude: expressions("target")}, "--exclude target"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.page(pageA, "/to")
				w.on("http://a.test/to", redirect("http://b.test/target"))
				w.page("http://b.test/target")
				list, results := []string{"http://a.test/to"}, int64(1)
				wide := Options{Depth: 1, Scope: Scope{Follow: ScopeAny}, IgnoreRobots: true}
				if !tt.listed {
					list, results = []string{pageA}, 2
				}
				w.begins(wide, results, list...)
				narrow := wide
				narrow.Scope = tt.scope
				out := w.crawl(narrow, list...).finished()
				if tt.rule == "" {
					out.class("http://b.test/target", "")
				} else if r := out.class("http://b.test/target", ClassExcluded); r.Rule != tt.rule || out.sum.URLs.Skipped != 1 {
					t.Errorf("%q, %+v", r.Rule, out.sum.URLs)
				}
				if out = w.crawl(wide, list...).finished(); w.asked("http://b.test/target") != 1 || w.asked("http://a.test/to") != 1 || out.sum.URLs.Skipped != 0 {
					t.Errorf("%+v", w.hits(""))
				}
			})
		})
	}
}

// A scope that follows a redirect which the run before did not, together with a depth that leaves its page out, changes nothing:
// the redirect does not wait for a target that is not asked for. The next run that goes deep enough follows it.
func TestWiderScopeLessDeep(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/to")
		w.on("http://a.test/to", redirect("http://b.test/target"))
		w.page("http://b.test/target")
		o := Options{Depth: 1, IgnoreRobots: true}
		w.crawl(o, pageA).finished()
		anywhere := Scope{Follow: ScopeAny}
		out := w.crawl(Options{Scope: anywhere, IgnoreRobots: true}, pageA).finished()
		if n := out.sum.URLs; n.Listed != 2 || n.Done != 2 || w.asked("http://b.test/target") != 0 {
			t.Errorf("%+v", n)
		}
		o.Scope = anywhere
		out = w.crawl(o, pageA).finished()
		if row := out.row("http://a.test/to"); out.sum.URLs.Done != 2 || row.FinalURL != "http://b.test/target" || row.Last.Status != 200 {
			t.Errorf("%+v, leads to %s", out.sum.URLs, row.FinalURL)
		}
		w.asks(t, pageA, "http://a.test/to", "http://b.test/target")
	})
}

// What another page leads to by the rules is not left out, whichever page it was found on first, in this run or the one before.
func TestNarrowingLeavesOtherWays(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "http://b.test/x", "http://b.test/y", "http://b.test/z")
		w.page("http://b.test/", "/x")  // stored by the first run
		w.page("http://b.test/2", "/y") // waits for the second
		for _, p := range []string{"x", "y", "z"} {
			w.page("http://b.test/" + p)
		}
		list := []string{pageA, "http://b.test/", "http://b.test/2"}
		w.begins(Options{Depth: 3, Scope: Scope{Follow: ScopeAny}, IgnoreRobots: true}, 2, list...)
		out := w.crawl(Options{Depth: 3, IgnoreRobots: true}, list...).finished()
		w.asks(t, append(slices.Clone(list), "http://b.test/x", "http://b.test/y")...)
		out.class("http://b.test/z", ClassExcluded)
		for u, from := range map[string]string{"x": "http://b.test/", "y": "http://b.test/2"} {
			if r := out.record("http://b.test/" + u); r.From != out.record(from).ID || r.Depth != 1 {
				t.Errorf("%s is from %d at depth %d", u, r.From, r.Depth)
			}
		}
	})
}

// A URL that is left out keeps what is known of it: its attempts, its place in the list, and what leads to it.
func TestLeftOutKeepsWhatIsKnown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/flaky")
		w.on("http://a.test/flaky", turns(status(503), html()))
		o := Options{Depth: 2, IgnoreRobots: true, RetryBase: time.Hour}
		forAMinute := func(o Options) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w.crawlWith(ctx, o, nil, pageA)
		}
		forAMinute(o)
		narrow := o
		narrow.Scope.Exclude = expressions("another") // leaves nothing out: what waits for a retry goes on waiting
		forAMinute(narrow)
		if n := w.asked("http://a.test/flaky"); n != 1 {
			t.Errorf("it was asked for %d times", n)
		}
		for _, rule := range []string{"flak", "flak", "flaky$"} { // told by the rules of the last run
			narrow.Scope.Exclude = expressions(rule)
			out := w.crawl(narrow, pageA).finished()
			if r := out.class("http://a.test/flaky", ClassExcluded); len(r.Attempts) != 1 || r.Rule != "--exclude "+rule || r.Depth != 1 || out.sum.URLs.Skipped != 1 {
				t.Errorf("%+v, %+v", r, out.sum.URLs)
			}
		}
		s := w.open()
		why, err := s.Why(t.Context(), "http://a.test/flaky")
		if err != nil || !why.Known || why.Pending || why.Depth != 1 || why.Excluded != "--exclude flaky$" || len(why.LinkedBy) != 1 ||
			why.LinkedBy[0].Rule != "not followed: --exclude flaky$" {
			t.Errorf("%+v, %v", why, err)
		}
		if n, err := s.Requeue(t.Context(), Classes()); n != 0 || err != nil {
			t.Errorf("%d URLs queued again, %v", n, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		out := w.crawl(o, pageA).finished()
		if r := out.class("http://a.test/flaky", ""); len(r.Attempts) != 2 {
			t.Errorf("%d attempts", len(r.Attempts))
		}
	})
}

// The pictures of an image batch come back too, with what their list says of them.
func TestNarrowingAnImageBatch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		list := []string{"http://a.test/1.png", "http://a.test/2.png", "http://a.test/3.png"}
		for _, u := range list {
			w.on(u, text("GIF89a not a picture"))
		}
		o := Options{Images: &Images{}, IgnoreRobots: true}
		w.begins(o, 1, list...)
		narrow := o
		narrow.Scope.Exclude = expressions("[23].png")
		out := w.crawl(narrow, list[1]).finished()
		out.class(list[1], ClassExcluded)
		if e := entryOf(out.class(list[2], ClassExcluded)); e == nil || e.Number != 3 {
			t.Errorf("its place in the list is %+v", e)
		}
		named := func(name string) iter.Seq2[Entry, error] {
			return func(yield func(Entry, error) bool) { yield(Entry{URL: list[2], Name: name}, nil) }
		}
		narrow.List, o.List = named("excluded"), named("later")
		w.crawl(narrow).finished()
		out = w.crawl(o).finished()
		w.asks(t, list...)
		if r := out.class(list[2], ""); r.Name != "later" {
			t.Errorf("it is named %q", r.Name)
		}
	})
}

// Whoever stops a run while it judges what waits has the next one do it again, whatever its rules are.
func TestNarrowingIsStopped(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA, "/b", "/c")
		w.page("http://a.test/b")
		w.page("http://a.test/c")
		wide := Options{Depth: 1, IgnoreRobots: true}
		w.begins(wide, 1, pageA)
		narrow := wide
		narrow.Scope.Exclude = expressions("b$")
		s := w.open()
		k, _, err := s.Frontier.Lookup(t.Context(), s.Key("http://a.test/b"))
		if err != nil {
			t.Fatal(err)
		}
		// As it is when the run ends after the first step.
		o, err := narrow.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		marked := o.settings()
		marked.Unfinished = true
		rec := &sink.Record{ID: uint64(k.ID), URL: "http://a.test/b", From: 1, Depth: 1, ErrClass: string(ClassExcluded), Rule: "--exclude b$"}
		totals, err := s.Totals()
		if err != nil {
			t.Fatal(err)
		}
		guard := &diskGuard{now: time.Now}
		c := newCommitter(s, guard, totals, time.Now)
		c.add(&settled{
			settings: &marked, delta: delta{counts: []*sink.Record{rec}},
			aside: []frontier.Aside{{ID: k.ID, Key: s.Key(rec.URL), Depth: 1}}, records: []*sink.Record{rec},
		})
		if c.commit(); c.err != nil {
			t.Fatal(c.err)
		}
		if err := s.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		out := w.crawl(wide, pageA).finished()
		w.asks(t, under("", "b", "c")...)
		if len(out.notices) == 0 || !strings.Contains(out.notices[0], "--exclude not given, was b$") {
			t.Errorf("told %q", out.notices)
		}
	})
}

// Any web, crawled by rules that change from run to run, with each run stopped on the way: the last one asks for what its rules
// allow, as far as it can be reached from the list and from what is stored, and for nothing else. With all rules lifted
// the crawl is then what it would have been without them.
//
//	go test ./crawler -run TestRandomRules -random.seeds=10000
func TestRandomRules(t *testing.T) {
	for seed := range *randomSeeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(seed), 1))
				web := newRandomWeb(rng)
				hosts := rng.IntN(2) == 0
				if hosts { // what a redirect leads to hangs on who came first
					for i := range web.nodes {
						web.nodes[i].to = -1
					}
				}
				w := newWorld(t)
				web.serve(w, rng)
				o := Options{Depth: 1000, Scope: Scope{Follow: ScopeAny}, Concurrency: 1 + rng.IntN(10), Rate: []float64{-1, 10}[rng.IntN(2)], Grace: time.Minute}
				stored := map[string]bool{}
				for range 1 + rng.IntN(5) {
					early := o
					early.Scope = randomScope(rng, hosts)
					if rng.IntN(3) == 0 {
						early.Depth = rng.IntN(5)
					}
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Duration(1+rng.IntN(5000))*ms, cancel)
					stored = w.crawlWith(ctx, early, nil, web.list...).stored()
					cancel()
				}
				last := o
				last.Scope = randomScope(rng, hosts)
				before := len(w.hits(""))
				out := w.crawlWith(t.Context(), last, nil, web.list...).finished()
				want := web.reach(&last.Scope, stored)
				if got := out.stored(); !maps.Equal(got, want) {
					t.Errorf("results of\n%v\nwant\n%v\nfrom\n%v by %+v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(stored)), last.Scope)
				}
				for _, h := range w.hits("")[before:] {
					if !want[h.url] && !strings.HasSuffix(h.url, "/robots.txt") {
						t.Errorf("%s was asked for", h.url)
					}
				}
				web.depth = o.Depth
				web.judge(t, w, w.crawlWith(t.Context(), o, nil, web.list...).finished())
			})
		})
	}
}

// randomScope leaves some URLs of a random web out.
func randomScope(rng *rand.Rand, hosts bool) Scope {
	s := Scope{Follow: ScopeAny}
	if hosts && rng.IntN(2) == 0 {
		s.Follow = ScopeHost
	}
	ends := fmt.Sprintf("[%d%d%d]$", rng.IntN(10), rng.IntN(10), rng.IntN(10))
	switch rng.IntN(3) {
	case 0:
		s.Exclude = expressions(ends)
	case 1:
		s.Include = expressions("[0-6]$", ends)
	}
	return s
}

// stored gives the URLs that have a result, and were not left out.
func (o *finding) stored() map[string]bool {
	urls := map[string]bool{}
	for u, r := range o.records {
		if Class(r.ErrClass) != ClassExcluded {
			urls[u] = true
		}
	}
	return urls
}

// reach gives what is stored when a crawl by these rules has ended.
func (r *randomWeb) reach(scope *Scope, stored map[string]bool) map[string]bool {
	all, index := maps.Clone(stored), map[string]int{}
	for i, u := range r.urls {
		index[u] = i
	}
	listed := map[string]bool{}
	for _, u := range r.list {
		listed[u] = true
		if scope.Listed(u).OK {
			all[u] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, u := range slices.Collect(maps.Keys(all)) {
			node := r.nodes[index[u]]
			to := node.links
			if node.refused || node.status != 0 {
				continue
			}
			if node.to >= 0 {
				to = []int{node.to}
			}
			for _, i := range to {
				v := scope.Link(u, []byte(r.urls[i]))
				if node.to >= 0 {
					v = scope.Redirect(listed[u], u, r.urls[i])
				}
				if v.OK && !all[r.urls[i]] {
					all[r.urls[i]], grown = true, true
				}
			}
		}
	}
	return all
}
