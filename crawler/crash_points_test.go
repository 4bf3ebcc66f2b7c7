package crawler

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crawl/sink"
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
	nth := []int{0, 1, 3}
	kills, again := a.untilDone(t, j, func(times int) bool {
		if times == len(nth) {
			return false
		}
		// At every second death fetches go on to end, and wait for a committer that is about to die.
		j.Nth, j.Slow = nth[times], time.Duration(nth[times]%2)*30*time.Millisecond
		return j.untilItDies(t)
	})
	if kills == 0 {
		t.Fatalf("%s is never passed", point)
	}
	all.add(kills, again)
}

// TestCrashLoop kills one crawl again and again, until it has ended between two kills.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 8, BodyFileSize: 150_000})
	for n := range 1 + *crashKills/thorough {
		a.killLoop(t, *crashSeed+uint64(n))
	}
}

func (a *crashArena) killLoop(t *testing.T, seed uint64) {
	const most = 100
	rng := rand.New(rand.NewPCG(seed, 1))
	j := a.job
	j.Dir = filepath.Join(t.TempDir(), "store")
	a.site.ResetCounts()
	kills, again := a.untilDone(t, j, func(times int) bool {
		if times == most {
			t.Fatalf("it does not come to an end in %d runs", most)
		}
		return a.killAt(t, j, crashMoment{1 + rng.IntN(a.total/4), rand64(rng, 2*commitDelay)})
	})
	t.Logf("seed %d: %d kills; %d requests repeated of %d", seed, kills, again, a.total)
}

// TestCrashPowerCut has a power cut before the last write of a commit, that of a file's meta page, has reached the disk: the
// commit has not happened then. Or in the middle of it: Check says so, and the crawl goes on all the same.
func TestCrashPowerCut(t *testing.T) {
	t.Parallel()
	a := newArena(t, crashSite(), crashJob{Depth: 4, Concurrency: 16, BodyFileSize: 150_000})
	for _, cut := range []struct {
		point, file string
		nth         int
		torn        bool
	}{
		{"state:after", "state.db", 0, false},
		{"state:after", "state.db", 3, false},
		{"state:after", "state.db", 3, true},
		{"bodies:after", "bodies-*.db", 0, false},
		{"bodies:after", "bodies-*.db", 4, false},
		{"bodies:after", "bodies-*.db", 0, true},
	} {
		t.Run(fmt.Sprintf("%s-%d-torn=%v", strings.ReplaceAll(cut.point, ":", "-"), cut.nth, cut.torn), func(t *testing.T) {
			j := a.job
			j.Dir, j.Point, j.Nth = filepath.Join(t.TempDir(), "store"), cut.point, cut.nth
			a.site.ResetCounts()
			if !j.untilItDies(t) {
				t.Fatalf("%s is not passed %d times", cut.point, cut.nth+1)
			}
			undoMeta(t, filepath.Join(j.Dir, cut.file), cut.torn)
			judged := func() {}
			if !cut.torn {
				judged = a.afterKill(t, j.Dir)
			} else if _, err := sink.Check(j.Dir, nil); !errors.Is(err, sink.ErrDamaged) {
				t.Errorf("Check of a torn page: %v", err)
			}
			a.finish(t, j, 2)
			judged()
		})
	}
}

// Places in a page of bbolt that is a meta page.
const (
	boltMeta         = 16 // after the header
	boltMetaPageSize = boltMeta + 8
	boltMetaTxid     = boltMeta + 48
	boltMetaEnd      = boltMeta + 64
)

// undoMeta takes back the writing of the newer meta page of the last file that the pattern matches, or of its second half.
func undoMeta(t *testing.T, pattern string, torn bool) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	f, err := os.OpenFile(slices.Max(files), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	first, second := make([]byte, boltMetaEnd), make([]byte, boltMetaEnd)
	_, err = f.ReadAt(first, 0)
	size := int64(binary.LittleEndian.Uint32(first[boltMetaPageSize:]))
	_, err2 := f.ReadAt(second, size)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	older, newer, at := first, second, size
	if binary.LittleEndian.Uint64(first[boltMetaTxid:]) > binary.LittleEndian.Uint64(second[boltMetaTxid:]) {
		older, newer, at = second, first, 0
	}
	from := boltMeta
	if torn {
		from = (boltMeta + boltMetaEnd) / 2
	}
	copy(newer[from:], older[from:])
	if _, err := f.WriteAt(newer, at); err != nil {
		t.Fatal(err)
	}
}
