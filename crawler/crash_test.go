package crawler

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"crawl/crawler/site"
)

// The crash test: a crawl that is killed at any moment and run again must find what an undisturbed crawl finds, and ask for
// nothing again whose result was durable.
//
//	go test ./crawler -run TestCrash                                 a few kills, in a minute
//	go test ./crawler -run TestCrash -crash.kills=50                 more of them, and a site with more trouble
//	go test ./crawler -run TestCrashRandom -crash.seed=7 -crash.kills=1     one kill again
//
// bench/soak.sh runs it for longer.
var (
	crashKills = flag.Int("crash.kills", 12, "number of random moments at which a crawl is killed")
	crashSeed  = flag.Uint64("crash.seed", 1, "seed of the first kill; each further one has the next")
)

// thorough is the number of kills from which the site is larger and more troubled.
const thorough = 50

// crashSite is the site that is crawled: with depth, several hosts, redirects, errors, and parts without end.
func crashSite() site.Options {
	o := site.Options{
		Seed: 3, Pages: 150, Images: 8, Hosts: 3, MinSize: 1500, MaxSize: 30_000, Links: 25, LatencyMax: 4 * time.Millisecond,
		Traps: true, Gzip: true, SlowFor: 40 * time.Millisecond,
		Errors: site.ErrorShares{Reset: 0.03, Short: 0.03, Slow: 0.03},
	}
	if *crashKills >= thorough {
		o.Pages, o.Errors.HTTP5xx, o.Errors.TooMany = 300, 0.01, 0.005
	}
	return o
}

// crashArena is a site with the crawl of it that nobody disturbed.
type crashArena struct {
	site    *site.Site
	log     *crashMilestones
	job     crashJob // without Dir
	dir     string   // of the undisturbed crawl
	want    *crashStored
	counts  crashRequests
	total   int           // requests of the undisturbed crawl
	started time.Duration // how long it took to its first request
	took    time.Duration
}

func newArena(t *testing.T, o site.Options, job crashJob) *crashArena {
	t.Helper()
	a := &crashArena{log: &crashMilestones{}, job: job}
	o.Log = a.log
	var err error
	if a.site, err = site.New(o); err != nil {
		t.Fatal(err)
	}
	if err := a.site.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.site.Close)
	if len(job.List) == 0 {
		a.job.List = crashList(a.site)
	}
	a.job.Under = a.site.Hosts()[0] + "/absent"
	a.measure(t)
	return a
}

// crashList lists the roots, and some pages that are linked too.
func crashList(s *site.Site) []string {
	var list []string
	for _, h := range s.Hosts() {
		list = append(list, h+"/")
	}
	all := s.List()
	for i := 5; i < len(all); i += 13 {
		list = append(list, all[i])
	}
	for _, path := range []string{"/odd/", "/redirect/chain/1", "/redirect/cross", "/redirect/loop/a"} {
		if url := s.Hosts()[0] + path; s.Expect().Find(url) != nil {
			list = append(list, url)
		}
	}
	return list
}

// measure makes the undisturbed crawl.
func (a *crashArena) measure(t *testing.T) {
	t.Helper()
	j := a.job
	a.dir = filepath.Join(t.TempDir(), "store")
	j.Dir = a.dir
	start := time.Now()
	j.toTheEnd(t)
	a.took = time.Since(start)
	a.want = judgeStore(t, j.Dir)
	a.counts = askedFor(a.site)
	log := a.site.RequestLog()
	a.total, a.started = len(log), log[0].At.Sub(start)
	asked := 0
	for _, url := range a.site.Expect().Crawl(site.Crawl{Seeds: a.job.List, Depth: a.job.Depth}) {
		if _, ok := a.want.outcomes[url]; !ok {
			t.Errorf("the undisturbed crawl has no result for %s", url)
		}
	}
	for url := range a.want.outcomes {
		if a.counts[url] > 0 {
			asked++
		}
	}
	if a.want.pending != 0 || asked < len(a.want.outcomes)*9/10 {
		t.Fatalf("the undisturbed crawl left %d URLs; %d of its %d results are in the site's log", a.want.pending, asked, len(a.want.outcomes))
	}
}

// crashMilestones waits for a number of requests. It is the site's Log: a line is written for each.
type crashMilestones struct {
	mu      sync.Mutex
	n       int
	at      int
	reached chan struct{}
}

func (m *crashMilestones) Write(b []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n += bytes.Count(b, []byte{'\n'}); m.n == m.at {
		close(m.reached)
	}
	return len(b), nil
}

// after gives a channel that is closed when n more requests have been answered.
func (m *crashMilestones) after(n int) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.reached = m.n+n, make(chan struct{})
	return m.reached
}

// crashMoment is when a child is killed: so long after it was started, or so long after a request.
type crashMoment struct {
	requests int
	rest     time.Duration
}

func (m crashMoment) String() string { return fmt.Sprintf("%v after request %d", m.rest, m.requests) }

// random gives a moment of a crawl: while it starts, or while it runs. Commits are commitDelay apart.
func (a *crashArena) random(rng *rand.Rand) crashMoment {
	if rng.IntN(5) == 0 {
		return crashMoment{0, rand64(rng, 3*a.started/2)}
	}
	return crashMoment{1 + rng.IntN(a.total), rand64(rng, 2*commitDelay)}
}

func rand64(rng *rand.Rand, below time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(below) + 1))
}

// killAt runs the job in a child, kills it at the moment, and reports whether it was still running then.
func (a *crashArena) killAt(t *testing.T, j crashJob, m crashMoment) bool {
	t.Helper()
	if m.requests == 0 {
		return j.untilKilled(t, nil, m.rest)
	}
	return j.untilKilled(t, a.log.after(m.requests), m.rest)
}

// crashTally is what kills cost.
type crashTally struct {
	mu    sync.Mutex
	kills int
	again []int // requests repeated, by crawl
}

func (y *crashTally) add(kills, again int) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.kills += kills
	y.again = append(y.again, again)
}

func (y *crashTally) log(t *testing.T) {
	if len(y.again) == 0 {
		return
	}
	slices.Sort(y.again)
	t.Logf("%d crawls, %d kills; requests repeated: median %d, most %d", len(y.again), y.kills, y.again[len(y.again)/2], y.again[len(y.again)-1])
}

// afterKill judges a store between a kill and the next start, and gives a function that judges what was asked since.
func (a *crashArena) afterKill(t *testing.T, dir string) (finished func()) {
	t.Helper()
	durable, before := judgeStore(t, dir), askedFor(a.site)
	return func() {
		t.Helper()
		askedFor(a.site).mustNotRepeat(t, before, durable)
	}
}

// finish runs the job to its end and judges the result. kills is how often it was killed.
func (a *crashArena) finish(t *testing.T, j crashJob, kills int) (again int) {
	t.Helper()
	j.toTheEnd(t)
	judgeStore(t, j.Dir).mustEqual(t, a.want)
	again = askedFor(a.site).over(a.counts)
	if most := kills * atRisk(j.Concurrency); again > most {
		t.Fatalf("%d requests were repeated, at most %d were at risk", again, most)
	}
	return again
}

// untilDone runs the job again as long as ended, which is told how often it has been before, runs it and reports that it was ended
// before its time; then to its end. The store and what is asked for are judged each time. It tells how often the job was ended, and
// how many requests were repeated.
func (a *crashArena) untilDone(t *testing.T, j crashJob, ended func(times int) bool) (kills, again int) {
	t.Helper()
	var judges []func()
	for ended(kills) {
		kills++
		judges = append(judges, a.afterKill(t, j.Dir))
	}
	again = a.finish(t, j, kills)
	for _, fn := range judges {
		fn()
	}
	return kills, again
}

// TestCrashRandom kills crawls at random moments, some of them twice.
func TestCrashRandom(t *testing.T) {
	if testing.Short() && *crashKills > 3 {
		*crashKills = 3
	}
	const lanes = 2 // a crawl mostly waits
	var all crashTally
	t.Cleanup(func() { all.log(t) })
	for lane := range min(lanes, *crashKills) {
		t.Run(fmt.Sprintf("lane=%d", lane), func(t *testing.T) {
			t.Parallel()
			a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 16})
			t.Logf("undisturbed: %d results of %d requests in %v", len(a.want.outcomes), a.total, a.took)
			for k := lane; k < *crashKills; k += lanes {
				a.randomKill(t, *crashSeed+uint64(k), &all)
			}
		})
	}
}

// randomKill kills one crawl at the moments that the seed gives.
func (a *crashArena) randomKill(t *testing.T, seed uint64, all *crashTally) {
	rng := rand.New(rand.NewPCG(seed, 0))
	j := a.job
	j.Dir = filepath.Join(t.TempDir(), "store")
	j.Concurrency = []int{1, 8, 16, 64}[rng.IntN(4)]
	j.BodyFileSize = []int64{0, 256 << 10, 1 << 20}[rng.IntN(3)]
	if rng.IntN(8) == 0 {
		j.Mode, j.Concurrency = Sequential, 1
	}
	moments := []crashMoment{a.random(rng)}
	for rng.IntN(3) == 0 {
		moments = append(moments, a.random(rng))
	}
	a.site.ResetCounts()
	defer func() {
		if t.Failed() {
			t.Logf("killed %v; again: go test ./crawler -run TestCrashRandom -crash.kills=1 -crash.seed=%d", moments, seed)
		}
	}()
	all.add(a.untilDone(t, j, func(times int) bool {
		return times < len(moments) && a.killAt(t, j, moments[times])
	}))
}
