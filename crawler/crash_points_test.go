package crawler

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCrashPoints kills a crawl before and after each step of a commit, of an admission and of a file's roll: the same crawl
// several times at the same point, later each time.
func TestCrashPoints(t *testing.T) {
	const lanes = 2
	points := []string{
		"bodies:before", "bodies:after", "state:before", "state:after", "admit:before", "admit:after", "roll:before", "roll:after",
	}
	var all crashTally
	t.Cleanup(func() { all.log(t) })
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane=%d", lane), func(t *testing.T) {
			t.Parallel()
			a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 16, BodyFileSize: 150_000})
			for i := lane; i < len(points); i += lanes {
				t.Run(strings.ReplaceAll(points[i], ":", "-"), func(t *testing.T) { a.pointKills(t, points[i], &all) })
			}
		})
	}
}

// pointKills kills one crawl at a point, when it is passed for the first time, the second and so on.
func (a *crashArena) pointKills(t *testing.T, point string, all *crashTally) {
	j := a.job
	j.Dir, j.Point = filepath.Join(t.TempDir(), "store"), point
	a.site.ResetCounts()
	kills := 0
	var judges []func()
	for _, nth := range []int{0, 1, 3} {
		// At every second death fetches go on to end, and wait for a committer that is about to die.
		j.Nth, j.Slow = nth, time.Duration(nth%2)*30*time.Millisecond
		if !j.untilItDies(t) {
			break
		}
		kills++
		judges = append(judges, a.afterKill(t, j.Dir))
	}
	if kills == 0 {
		t.Fatalf("%s is never passed", point)
	}
	again := a.finish(t, j, kills)
	for _, fn := range judges {
		fn()
	}
	all.add(kills, again)
}

// TestCrashLoop kills one crawl again and again, until it has ended between two kills.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(*crashSeed, 1))
	a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 8, BodyFileSize: 150_000})
	j := a.job
	j.Dir = filepath.Join(t.TempDir(), "store")
	a.site.ResetCounts()
	// While a crawl is young a kill may come before its first commit: a run gets further the more requests it is given.
	const most = 100
	kills := 0
	var judges []func()
	for a.killAt(t, j, crashMoment{1 + rng.IntN(a.total/4), rand64(rng, 2*commitDelay)}) {
		if kills++; kills == most {
			t.Fatalf("it does not come to an end in %d runs", most)
		}
		judges = append(judges, a.afterKill(t, j.Dir))
	}
	again := a.finish(t, j, kills)
	for _, fn := range judges {
		fn()
	}
	t.Logf("%d kills; %d requests repeated of %d", kills, again, a.total)
}
