package crawler

import (
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestClockSetBack stops a crawl while its host has to wait for ten minutes, and goes on with a clock that was set back by a
// year: the wait is ten minutes still, and results have the time of the clock.
func TestClockSetBack(t *testing.T) {
	const wait, year = 10 * time.Minute, 365 * 24 * time.Hour
	dir := filepath.Join(t.TempDir(), "store")
	list := []string{"http://a.test/", "http://a.test/busy", "http://a.test/more"}
	o := Options{Concurrency: 1, Tries: 3}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.dir = dir
		w.page(list[0])
		w.on(list[1], status(http.StatusTooManyRequests, "Retry-After", "600"))
		w.page(list[2])
		time.Sleep(year)
		o := o
		o.MaxTime = time.Second
		if found := w.crawl(o, list...); found.err != nil || found.sum.Stopped != StoppedMaxTime || w.asked(list[1]) != 1 {
			t.Fatalf("%+v, %v", found.sum, found.err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.dir = dir
		w.page(list[1])
		w.page(list[2])
		store := w.open()
		why, err := store.Why(t.Context(), list[1])
		if err != nil || !why.HostNextAt.After(began) || why.HostNextAt.After(began.Add(wait)) || why.DueAt.After(began.Add(wait)) {
			t.Errorf("Why: host %v, URL %v, %v", why.HostNextAt, why.DueAt, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		found := w.crawl(o, list...).finished()
		if found.took < wait-2*time.Second || found.took > wait+time.Minute {
			t.Errorf("it took %v, the host had asked for %v", found.took, wait)
		}
		if n := w.asked("http://a.test/robots.txt"); n != 0 {
			t.Errorf("robots.txt was asked for %d times more", n)
		}
		if at := found.record(list[1]).FetchedAt; at.Before(began.Add(wait-2*time.Second)) || at.After(time.Now()) {
			t.Errorf("fetched at %v, it is %v", at, time.Now())
		}
	})
}

// TestClockSetForward goes on a year later: nothing has to wait, and robots.txt is asked for again.
func TestClockSetForward(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		busy := "http://a.test/busy"
		w.on(busy, turns(status(http.StatusTooManyRequests, "Retry-After", "600"), html()))
		if found := w.crawl(Options{MaxTime: time.Second}, busy); found.sum.Stopped != StoppedMaxTime {
			t.Fatalf("%+v", found.sum)
		}
		time.Sleep(365 * 24 * time.Hour)
		found := w.crawl(Options{}, busy).finished()
		if n := w.asked("http://a.test/robots.txt"); found.took > time.Minute || n != 2 {
			t.Errorf("it took %v, and %d requests for robots.txt", found.took, n)
		}
	})
}
