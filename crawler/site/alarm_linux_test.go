package site

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// Nobody is woken early, nobody is forgotten, whoever came first or waits longest.
func TestAlarm(t *testing.T) {
	a := newAlarm()
	if a == nil {
		t.Fatal("no timerfd")
	}
	var running, waiting sync.WaitGroup
	running.Go(a.run)
	for range 200 {
		waiting.Go(func() {
			for range 5 {
				d := time.Duration(1 + rand.N(int64(5*time.Millisecond)))
				start := time.Now()
				<-a.after(d)
				if took := time.Since(start); took < d {
					t.Errorf("woken after %v, not %v", took, d)
				}
			}
		})
	}
	waiting.Wait()
	never := a.after(time.Hour)
	soon := a.after(time.Nanosecond)
	<-soon
	select {
	case <-never:
		t.Error("an hour was over at once")
	default:
	}
	a.close()
	running.Wait()
}
