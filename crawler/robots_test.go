package crawler

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const robotsA = "http://a.test/robots.txt"

func TestRobotsAnswers(t *testing.T) {
	redirects := func(n int, last http.HandlerFunc) func(*world) {
		return func(w *world) {
			from := robotsA
			for i := range n {
				to := "http://b.test/robots" + string(rune('a'+i))
				w.on(from, redirect(to))
				from = to
			}
			w.on(from, last)
		}
	}
	no := text("User-agent: *\nDisallow: /\n")
	for _, c := range []struct {
		name   string
		setUp  func(*world)
		class  Class // of the page
		robots int   // requests for robots.txt
	}{
		{"404", func(*world) {}, "", 1},
		{"403", func(w *world) { w.on(robotsA, status(403)) }, "", 1},
		{"401", func(w *world) { w.on(robotsA, status(401)) }, "", 1},
		{"empty", func(w *world) { w.on(robotsA, text("")) }, "", 1},
		{"disallow", func(w *world) { w.on(robotsA, no) }, ClassRobots, 1},
		{"disallow for others", func(w *world) { w.on(robotsA, text("User-agent: other\nDisallow: /\n")) }, "", 1},
		{"disallow for us", func(w *world) { w.on(robotsA, text("User-agent: Crawl\nDisallow: /\n")) }, ClassRobots, 1},
		{"500", func(w *world) { w.on(robotsA, status(500)) }, ClassRobots, 3},
		{"503", func(w *world) { w.on(robotsA, status(503)) }, ClassRobots, 3},
		{"429", func(w *world) { w.on(robotsA, status(429)) }, ClassRobots, 3},
		{"500, then there is none", func(w *world) { w.on(robotsA, turns(status(500), status(404))) }, "", 2},
		{"hang up", func(w *world) { w.on(robotsA, hangUp) }, ClassReset, 3},
		{"hang up, then allow", func(w *world) { w.on(robotsA, turns(hangUp, text(""))) }, "", 2},
		{"five redirects", redirects(5, no), ClassRobots, 6},
		{"six redirects", redirects(6, no), "", 6},
		{"redirect loop", func(w *world) { w.on(robotsA, redirect(robotsA)) }, "", 1},
		{"redirect to nowhere", func(w *world) { w.on(robotsA, status(301)) }, "", 1},
		{"redirect to another scheme", func(w *world) { w.on(robotsA, redirect("ftp://b.test/")) }, "", 1},
		{"too large", func(w *world) {
			w.on(robotsA, text("User-agent: *\nDisallow: /x\n"+strings.Repeat("#\n", robotsMaxBytes)+"Disallow: /\n"))
		}, "", 1},
		{"too large, rule within", func(w *world) {
			w.on(robotsA, text("User-agent: *\nDisallow: /\n"+strings.Repeat("#\n", robotsMaxBytes)))
		}, ClassRobots, 1},
		{"slow", func(w *world) { w.on(robotsA, after(30*time.Second, no)) }, ClassRobots, 1},
		{"silent", func(w *world) { w.on(robotsA, after(10*time.Hour, no)) }, ClassTimeout, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.page(pageA)
				c.setUp(w)
				out := w.crawl(Options{}, pageA).finished()
				r := out.class(pageA, c.class)
				if n := int(out.sum.RobotsRequests); n != c.robots {
					t.Errorf("%d requests for robots.txt, want %d", n, c.robots)
				}
				if asked := w.asked(pageA); (asked == 1) != (c.class == "") {
					t.Errorf("the page was asked for %d times", asked)
				}
				if c.class != "" && r.Rule == "" {
					t.Error("the record does not tell the rule")
				}
			})
		})
	}
}

// A robots.txt is asked for once, and is remembered by the store for a day.
func TestRobotsAreKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		list := []string{pageA}
		w.page(pageA)
		w.on(robotsA, text("User-agent: *\nDisallow: /no\n"))
		w.crawl(Options{}, list...).finished()
		list = append(list, "http://a.test/no", "http://a.test/yes")
		w.page("http://a.test/yes")
		out := w.crawl(Options{}, list...).finished()
		if r := out.class("http://a.test/no", ClassRobots); !strings.Contains(r.Rule, "line 2") {
			t.Errorf("rule %q", r.Rule)
		}
		if w.asked(robotsA) != 1 {
			t.Errorf("robots.txt was asked for %d times", w.asked(robotsA))
		}
		time.Sleep(robotsMaxAge)
		w.page("http://a.test/later")
		w.crawl(Options{}, append(list, "http://a.test/later")...).finished()
		if w.asked(robotsA) != 2 {
			t.Errorf("after a day, robots.txt was asked for %d times", w.asked(robotsA))
		}
	})
}

// Each scheme, host and port has a robots.txt of its own.
func TestRobotsByOrigin(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test:8080/robots.txt", text("User-agent: *\nDisallow: /\n"))
		w.page("http://a.test/1")
		w.page("http://a.test:8080/1")
		out := w.crawl(Options{}, "http://a.test/1", "http://a.test:8080/1").finished()
		out.class("http://a.test/1", "")
		out.class("http://a.test:8080/1", ClassRobots)
	})
}

// While a robots.txt is asked for, nothing else of its host is.
func TestNothingBeforeRobots(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 2, 10, html())
		w.on("http://h0.test/robots.txt", after(5*time.Second, text("User-agent: *\nDisallow: /3\n")))
		out := w.crawl(Options{Rate: -1}, urls...).finished()
		for _, h := range w.hits("http://h0.test/")[1:] {
			if h.at < 5*time.Second {
				t.Errorf("%s was asked for at %v, before robots.txt had come", h.url, h.at)
			}
		}
		if out.sum.URLs.Skipped != 1 || out.sum.URLs.Done != 19 {
			t.Errorf("%+v", out.sum.URLs)
		}
	})
}

// What could not be read is asked for again some minutes later, and `crawl retry` asks at once.
func TestFailedRobotsAreAskedForAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA)
		w.on(robotsA, status(500))
		out := w.crawl(Options{}, pageA).finished()
		if len(out.notices) != 1 {
			t.Errorf("notices %q", out.notices)
		}
		w.on(robotsA, text(""))
		w.requeue(t, 1, ClassRobots)
		w.crawl(Options{}, pageA).finished().class(pageA, "")
		if w.asked(robotsA) != 4 {
			t.Errorf("robots.txt was asked for %d times", w.asked(robotsA))
		}
	})
}

func TestIgnoredRobotsAreNotAskedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.page(pageA)
		w.on(robotsA, text("User-agent: *\nDisallow: /\n"))
		out := w.crawl(Options{IgnoreRobots: true}, pageA).finished()
		out.class(pageA, "")
		if w.asked(robotsA) != 0 || !out.sum.RobotsIgnored {
			t.Errorf("robots.txt was asked for %d times; the summary tells: %v", w.asked(robotsA), out.sum.RobotsIgnored)
		}
	})
}

// A private address stays out of reach for robots.txt too, also through its redirects, and is not tried again and again.
func TestRobotsOfPrivateAddresses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.private("in.test")
		w.page("http://out.test/", "http://in.test/x")
		w.on("http://out.test/robots.txt", redirect("http://in.test/robots.txt"))
		out := w.crawl(Options{Depth: 1, Scope: Scope{Follow: ScopeAny}}, "http://out.test/", "http://b.test/").finished()
		out.class("http://out.test/", ClassRefused)
		if len(w.hits("http://in.test/")) > 0 {
			t.Error("a private host was asked")
		}
		if out.took > time.Second {
			t.Errorf("it took %v", out.took)
		}
	})
}

// Rules that do not fit in memory are read again from the store, and not asked for again.
func TestRobotsRulesAreBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const hosts, pages = 20, 4
		rules := "User-agent: *\nCrawl-delay: 2\nDisallow: /p2\n" + strings.Repeat("Disallow: /some/where/that/no/page/is\n", 1000)
		var list []string
		for i := range hosts {
			base := fmt.Sprintf("http://h%d.test", i)
			w.on(base+"/robots.txt", text(rules))
			for j := range pages {
				w.page(fmt.Sprintf("%s/p%d", base, j))
				list = append(list, fmt.Sprintf("%s/p%d", base, j))
			}
		}
		most := 0
		out := w.crawlWith(t.Context(), Options{}, func(c *Crawl) {
			c.maxRules = 300_000 // of about 3 hosts
			c.probe = func(s *schedule) {
				if since() > time.Second { // all are asked for at once, and first must be on disk
					most = max(most, s.rules)
				}
			}
		}, list...).finished()
		if out.sum.RobotsRequests != hosts || out.sum.URLs.Done != hosts*(pages-1) || out.sum.Errors[ClassRobots] != hosts {
			t.Errorf("%d requests for robots.txt, URLs %+v, errors %v", out.sum.RobotsRequests, out.sum.URLs, out.sum.Errors)
		}
		if most == 0 || most > 500_000 {
			t.Errorf("%d bytes of rules were held", most)
		}
	})
}
