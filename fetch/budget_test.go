package fetch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestBudgetWaitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{max: 10}
		var first, second, third hold
		if !b.try(&first, 8) {
			t.Fatal("8 of 10 refused")
		}
		// The second does not fit and gets the privilege; the third must wait,
		// although it is small.
		if err := b.take(background, &second, 5); err != nil {
			t.Fatal(err)
		}
		if b.try(&third, 1) {
			t.Error("the limit is passed without the privilege")
		}
		got := make(chan error, 1)
		go func() { got <- b.take(background, &third, 1) }()
		synctest.Wait()
		if len(got) != 0 || len(b.waiters) != 1 {
			t.Fatal("the third does not wait")
		}
		if !b.try(&second, 100) {
			t.Error("the privileged fetch has to wait")
		}
		b.drop(&second)
		synctest.Wait()
		if len(got) != 1 || b.used != 9 || b.privileged != nil {
			t.Errorf("used %d after the privileged fetch ended", b.used)
		}
		b.drop(&first)
		b.drop(&third)
		if b.used != 0 {
			t.Errorf("used %d at the end", b.used)
		}
	})
}

func TestBudgetHonoursContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &budget{max: 10}
		var big, stuck, next hold
		if err := b.take(background, &big, 20); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if err := b.take(ctx, &stuck, 5); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		b.drop(&stuck)
		b.drop(&big)
		if err := b.take(background, &next, 10); err != nil || b.used != 10 {
			t.Errorf("used %d, %v", b.used, err)
		}
	})
}

// Any number of fetches that each need more than the whole budget complete,
// and the total stays below the limit plus one fetch.
func TestBudgetNeverDeadlocks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.Int64Range(0, 50).Draw(rt, "limit")
		fetches := rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(1, 30), 1, 5), 1, 12).Draw(rt, "fetches")
		synctest.Test(t, func(t *testing.T) {
			b := &budget{max: limit}
			var most int64
			for _, sizes := range fetches {
				var sum int64
				for _, n := range sizes {
					sum += n
				}
				most = max(most, sum)
			}
			for _, sizes := range fetches {
				go func() {
					var h hold
					for _, n := range sizes {
						if !b.try(&h, n) {
							if err := b.take(background, &h, n); err != nil {
								t.Error(err)
							}
						}
						b.mu.Lock()
						if b.used > limit+most {
							t.Errorf("%d bytes of %d+%d", b.used, limit, most)
						}
						b.mu.Unlock()
						time.Sleep(time.Millisecond)
					}
					b.drop(&h)
				}()
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			if b.used != 0 || len(b.waiters) != 0 || b.privileged != nil {
				t.Errorf("at the end: used %d, %d wait", b.used, len(b.waiters))
			}
		})
	})
}
