package crawler

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"crawl/sink"
)

const pageA = "http://a.test/"

// firstThen serves first once and then a page.
func (w *world) firstThen(url string, first http.HandlerFunc) { w.on(url, turns(first, html())) }

func TestRetryAfter(t *testing.T) {
	date := func(d time.Duration) string { return began.Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		name, value string
		least, most time.Duration
	}{
		{"seconds", "37", 37 * time.Second, 38 * time.Second},
		{"zero", "0", time.Second, 2 * time.Second}, // the host is slowed down to a request a second
		{"none", "", time.Second, 2 * time.Second},
		{"nonsense", "soon", time.Second, 2 * time.Second},
		{"negative", "-5", time.Second, 2 * time.Second},
		{"date", date(90 * time.Second), 89 * time.Second, 91 * time.Second},
		{"date in the past", date(-time.Hour), time.Second, 2 * time.Second},
		{"a year", "31536000", time.Hour, time.Hour + time.Second},
		{"a century", date(100 * 365 * 24 * time.Hour), time.Hour, time.Hour + time.Second},
		{"more than any number", "99999999999999999999999", time.Second, 2 * time.Second},
	} {
		for _, code := range []int{429, 503} {
			t.Run(fmt.Sprint(code, " ", c.name), func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					var header []string
					if c.value != "" {
						header = []string{"Retry-After", c.value}
					}
					w.firstThen(pageA, status(code, header...))
					out := w.crawl(Options{IgnoreRobots: true}, pageA).finished()
					if r := out.class(pageA, ""); len(r.Attempts) != 2 || r.Attempts[0].Status != code {
						t.Errorf("attempts %+v", r.Attempts)
					}
					if gap := w.gaps("a.test")[0]; gap < c.least || gap > c.most {
						t.Errorf("asked again after %v, want %v to %v", gap, c.least, c.most)
					}
				})
			})
		}
	}
}

// A crawl that goes on when its hosts want to be left alone says so, and why nothing happens.
func TestPauseOfAnEarlierRunIsTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on(pageA, turns(status(503, "Retry-After", "600"), html()))
		first := w.crawl(Options{IgnoreRobots: true, MaxTime: time.Minute}, pageA)
		if len(first.notices) != 2 || !strings.HasPrefix(first.notices[1], "nothing is asked for before ") || first.sum.URLs.Pending != 1 {
			t.Fatalf("told %q, %+v", first.notices, first.sum.URLs)
		}
		out := w.crawl(Options{IgnoreRobots: true}, pageA).finished()
		want := regexp.MustCompile(`^nothing is asked for before [0-9:]+, (8m5\ds|9m0s) from now: `) // hosts are taken up a little earlier
		if len(out.notices) != 1 || !want.MatchString(out.notices[0]) {
			t.Errorf("told %q", out.notices)
		}
		if out.took < 9*time.Minute {
			t.Errorf("it took %v", out.took)
		}
	})
}

// A pause that a person would notice is told with its end, each time; a short one only as the beginning of slowness, until many
// of them have made the host's requests rare.
func TestLongRetryAfterIsTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://busy.test/", turns(status(503, "Retry-After", "600"), status(429, "Retry-After", "7200"), html()))
		w.on("http://short.test/", turns(status(503, "Retry-After", "2"), html()))
		often := slices.Repeat([]http.HandlerFunc{status(503)}, 5) // 1, 2, 4, 8 and 16 s
		w.on("http://often.test/", turns(append(often, html())...))
		out := w.crawl(Options{IgnoreRobots: true, Tries: 6}, "http://busy.test/", "http://often.test/", "http://short.test/").finished()
		slices.Sort(out.notices)
		want := []string{
			"busy.test asks to be asked less (429 Too Many Requests, Retry-After): nothing is sent to it for 1h0m0s, until ",
			"busy.test asks to be asked less (503 Service Unavailable, Retry-After): nothing is sent to it for 10m0s, until ",
			"nothing is asked for before " + began.Add(10*time.Minute).Local().Format(time.TimeOnly) + ", 9m", // when the others are done
			"nothing is asked for before " + began.Add(70*time.Minute).Local().Format(time.TimeOnly) + ", 1h0m0s from now: ",
			"often.test asks to be asked less (503 Service Unavailable): one request in 16s for now",
			"often.test asks to be asked less (503 Service Unavailable): one request in 1s for now",
			"short.test asks to be asked less (503 Service Unavailable): one request in 1s for now",
		}
		if !slices.EqualFunc(out.notices, want, strings.HasPrefix) {
			t.Errorf("told %q", out.notices)
		}
	})
}

// An empty body is no body, however it came: announced, in no chunk, or as what nothing was compressed to.
func TestEmptyBodies(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const announced, chunked, packed = "http://a.test/announced", "http://a.test/chunked", "http://a.test/packed"
		w.on(announced, text(""))
		w.on(chunked, func(rw http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(rw).Flush(); err != nil {
				t.Error(err)
			}
		})
		w.on(packed, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Encoding", "gzip")
			if err := gzip.NewWriter(rw).Close(); err != nil {
				t.Error(err)
			}
		})
		out := w.crawl(Options{IgnoreRobots: true}, announced, chunked, packed).finished()
		for _, url := range []string{announced, chunked, packed} {
			if r := out.class(url, ""); r.SHA256 != (sink.Digest{}) || r.Body != (sink.BodyRef{}) {
				t.Errorf("%s has body %+v with digest %x", url, r.Body, r.SHA256)
			}
		}
		if _, err := sink.Check(w.dir, nil); err != nil {
			t.Error(err)
		}
	})
}

// A 429 slows the whole host, not only the URL, and good answers make it recover.
func Test429SlowsTheHost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 1, 30, html())
		w.firstThen(urls[0], status(429, "Retry-After", "10"))
		w.crawl(Options{IgnoreRobots: true, PerHost: 1}, urls...).finished()
		gaps := w.gaps("h0.test")
		if gaps[0] < 10*time.Second {
			t.Errorf("after Retry-After: 10 the host was asked after %v", gaps[0])
		}
		if last := gaps[len(gaps)-1]; last > 101*ms {
			t.Errorf("the host has not recovered: the last gap is %v", last)
		}
		for i := 2; i < len(gaps); i++ {
			if gaps[i] > gaps[i-1]+2*ms && gaps[i] < time.Second {
				t.Errorf("gaps do not fall: %v", gaps)
				break
			}
		}
	})
}

func TestWhatIsRetried(t *testing.T) {
	for _, c := range []struct {
		name     string
		serve    http.HandlerFunc
		class    Class
		attempts int
	}{
		{"404", status(404), ClassHTTP4xx, 1},
		{"410", status(410), ClassHTTP4xx, 1},
		{"403", status(403), ClassHTTP4xx, 1},
		{"408", status(408), ClassHTTP4xx, 3},
		{"425", status(425), ClassHTTP4xx, 3},
		{"429", status(429), ClassHTTP429, 3},
		{"500", status(500), ClassHTTP5xx, 3},
		{"501", status(501), ClassHTTP5xx, 1},
		{"502", status(502), ClassHTTP5xx, 3},
		{"503", status(503), ClassHTTP5xx, 3},
		{"505", status(505), ClassHTTP5xx, 1},
		{"599", status(599), ClassHTTP5xx, 3},
		{"999", status(999), ClassHTTP5xx, 3},
		{"204", status(204), "", 1},
		{"300", status(300), "", 1},
		{"304", status(304), "", 1},
		{"302 to nowhere", status(302), "", 1},
		{"hang up", hangUp, ClassReset, 3},
		{"short", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "100")
			_, _ = rw.Write([]byte("half"))
		}, ClassShortBody, 3},
		{"silence", after(10*time.Minute, html()), ClassTimeout, 3},
		{"too large", text(string(make([]byte, 4000))), ClassTooLarge, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.on(pageA, c.serve)
				o := Options{IgnoreRobots: true}
				o.Fetch.MaxBytes = 3000
				out := w.crawl(o, pageA).finished()
				r := out.class(pageA, c.class)
				if len(r.Attempts) != c.attempts || w.asked(pageA) != c.attempts {
					t.Errorf("%d attempts, %d requests, want %d", len(r.Attempts), w.asked(pageA), c.attempts)
				}
				if out.sum.Retries != int64(c.attempts-1) {
					t.Errorf("%d retries counted", out.sum.Retries)
				}
				if c.class != "" && out.sum.Errors[c.class] != 1 {
					t.Errorf("errors %v", out.sum.Errors)
				}
			})
		})
	}
}

// A body that trickles is cut off, and the record says why.
func TestTrickle(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on(pageA, func(rw http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = rw.Write([]byte("<p>a piece of the page, again and again</p>\n")) // 44 bytes
				_ = http.NewResponseController(rw).Flush()
				select {
				case <-r.Context().Done():
				case <-time.After(time.Second):
				}
			}
		})
		r := w.crawl(Options{Tries: 1}, pageA).finished().class(pageA, ClassTimeout)
		if want := "slower than 64 bytes/s over 10s"; !strings.Contains(r.ErrMessage, want) {
			t.Errorf("%q, want %q", r.ErrMessage, want)
		}
	})
}

func TestTries(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		inWorld(t, func(t *testing.T, w *world) {
			w.on(pageA, status(500))
			w.crawl(Options{IgnoreRobots: true, Tries: n}, pageA).finished()
			if w.asked(pageA) != n {
				t.Errorf("%d tries: %d requests", n, w.asked(pageA))
			}
			for i, gap := range w.gaps("a.test") {
				d := DefaultRetryBase << (2 * i)
				if gap < d/2 || gap > d+2*ms {
					t.Errorf("try %d came after %v, want %v to %v", i+2, gap, d/2, d)
				}
			}
		})
	}
}

// When everything fails, retries become rarer than the back-off alone would make them: they are at most a tenth of the
// requests, after a first few, as long as there is anything else to ask for.
func TestRetriesAreKeptToTheirShare(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const pages = 200
		urls := manyHosts(w, 4, pages/4, status(500))
		out := w.crawl(Options{IgnoreRobots: true, Rate: -1, Concurrency: 2}, urls...).finished()
		if out.sum.Retries != 2*pages {
			t.Errorf("%d retries, want %d", out.sum.Retries, 2*pages)
		}
		// The first tries of all come before most second tries.
		list, first, early := w.hits(""), map[string]bool{}, 0
		for _, h := range list {
			if first[h.url] && len(first) < pages {
				early++
			}
			first[h.url] = true
		}
		if early > retryBurst+pages/10+2 {
			t.Errorf("%d retries were made before the %d URLs had all been tried", early, pages)
		}
	})
}

// A host that cannot be reached is parked, then given up: its other URLs fail without a request, with the same class, and
// can be queued again later.
func TestDeadHostIsGivenUpAndRequeued(t *testing.T) {
	for _, class := range []Class{ClassDNS, ClassConnect} {
		t.Run(string(class), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				const pages = 100
				urls := append(manyHosts(w, 1, pages, html()), pageA)
				w.page(pageA)
				dead := w.refuses
				if class == ClassDNS {
					dead = w.noName
				}
				dead["h0.test"] = true
				o := Options{IgnoreRobots: true, ParkBase: 10 * time.Second}
				out := w.crawl(o, urls...).finished()
				out.class(pageA, "")
				asked := 0
				for _, u := range urls[:pages] {
					asked += len(out.class(u, class).Attempts)
				}
				if out.sum.Errors[class] != pages || asked > 60 {
					t.Errorf("errors %v after %d attempts", out.sum.Errors, asked)
				}
				if len(out.notices) != 4 || !strings.Contains(out.notices[2], ", 40s from now: ") || !strings.Contains(out.notices[3], "host given up") {
					t.Errorf("notices %q", out.notices)
				}
				if out.took < 70*time.Second { // 10, 20 and 40
					t.Errorf("given up after %v", out.took)
				}
				delete(dead, "h0.test")
				w.requeue(t, pages, class)
				out = w.crawl(o, urls...).finished()
				for _, u := range urls[:pages] {
					out.class(u, "")
				}
				if w.asked(pageA) != 1 {
					t.Errorf("the page that had not failed was asked for %d times", w.asked(pageA))
				}
			})
		})
	}
}

// requeue queues the failures of these classes again, and expects so many.
func (w *world) requeue(t *testing.T, want int, classes ...Class) {
	t.Helper()
	store := w.open()
	defer store.Close()
	n, err := store.Requeue(t.Context(), classes)
	if err != nil || n != want {
		t.Errorf("Requeue: %d, %v; want %d", n, err, want)
	}
	if err := store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRequeueOnlyItsClasses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/404", turns(status(404), html()))
		w.on("http://a.test/500", turns(status(501), html()))
		w.page("http://a.test/ok")
		list := []string{"http://a.test/404", "http://a.test/500", "http://a.test/ok"}
		w.crawl(Options{}, list...).finished()
		w.requeue(t, 0, ClassDNS, ClassRobots)
		w.requeue(t, 1, ClassHTTP5xx)
		out := w.crawl(Options{}, list...).finished()
		if r := out.class("http://a.test/500", ""); len(r.Attempts) != 2 {
			t.Errorf("the attempts from before are lost: %+v", r.Attempts)
		}
		out.class("http://a.test/404", ClassHTTP4xx)
		if w.asked("http://a.test/ok") != 1 || w.asked("http://a.test/404") != 1 || w.asked("http://a.test/500") != 2 {
			t.Errorf("requests: %v", w.hits(""))
		}
	})
}

// A host that recovers while it is parked is crawled to the end.
func TestParkedHostRecovers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		urls := manyHosts(w, 1, 50, html())
		w.refuses["h0.test"] = true
		time.AfterFunc(12*time.Second, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.refuses, "h0.test")
		})
		out := w.crawl(Options{IgnoreRobots: true, Tries: 5}, urls...).finished()
		if out.sum.URLs.Done != 50 {
			t.Errorf("%+v", out.sum.URLs)
		}
	})
}
