package compare

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A polite trial asks each host at its rate, and no host waits for another.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		parts := [][]string{
			{"http://a.example/1"},
			{"http://a.example/2"},
			{"http://a.example/3"},
			{"http://b.example/1", "http://c.example/1"},
			{"http://slow.example/1"},
			{"http://slow.example/2"},
		}
		g := newGate(&gateOrder{Rate: 10, PerHost: 2, Delays: map[string]time.Duration{"slow.example": time.Second}}, parts, began)
		var mu sync.Mutex
		at := make([]time.Duration, len(parts))
		var order []int
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					part, ok := g.next(context.Background())
					if !ok {
						return
					}
					mu.Lock()
					at[part] = time.Since(began)
					order = append(order, part)
					mu.Unlock()
					time.Sleep(10 * time.Millisecond)
					g.done(part)
				}
			})
		}
		wg.Wait()
		if d := time.Since(began); d > 2*time.Second {
			t.Errorf("the end was noticed after %s", d)
		}
		for i, want := range []time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond, 0, 0, time.Second} {
			if d := at[i] - want; d < 0 || d > time.Millisecond {
				t.Errorf("part %d began at %s, want %s", i, at[i], want)
			}
		}
		slices.Sort(order)
		if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5}) {
			t.Errorf("the parts were given out as %v", order)
		}
	})
}

// Fetches in flight to one host stay below the limit, and waiting for a slot ends with the context.
func TestGatePerHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(&gateOrder{PerHost: 1}, [][]string{{"http://a.example/1"}, {"http://a.example/2"}}, time.Now())
		if _, ok := g.next(t.Context()); !ok {
			t.Fatal("the first had to wait")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, ok := g.next(ctx); ok {
			t.Error("two at once to a host that takes one")
		}
		g.done(0)
		if part, ok := g.next(t.Context()); !ok || part != 1 {
			t.Errorf("part %d, %v", part, ok)
		}
		g.done(1)
		if _, ok := g.next(t.Context()); ok {
			t.Error("more parts than there are")
		}
	})
}

func TestQueue(t *testing.T) {
	q := newQueue(2)
	ctx, cancel := context.WithCancel(context.Background())
	if i, ok := q.next(ctx); i != 0 || !ok {
		t.Error(i, ok)
	}
	cancel()
	if _, ok := q.next(ctx); ok {
		t.Error("a part was given out behind the end")
	}
}
