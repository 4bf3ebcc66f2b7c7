package fetch

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// idleConn is a connection that notes its end.
type idleConn struct {
	net.Conn
	closed atomic.Bool
}

func (c *idleConn) Close() error { c.closed.Store(true); return nil }

func newIdleConn(home place) *http1Conn {
	return &http1Conn{conn: &conn{Conn: &idleConn{}}, home: home}
}

func isClosed(c *http1Conn) bool { return c.Conn.(*idleConn).closed.Load() }

// The lists agree with a plain model in whatever order connections come and go.
func TestIdleConns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, perHost = 7, 3
		for seed := range uint64(5) {
			r := rand.New(rand.NewPCG(seed, 1))
			l := idleConns{max: most, perHost: perHost}
			var model []*http1Conn // by age
			for range 1000 {
				home := place{at: fmt.Sprint(r.IntN(4)), open: r.IntN(2) == 0}
				same := func(c *http1Conn) bool { return c.home == home }
				switch r.IntN(4) {
				case 0:
					var want *http1Conn
					for i := len(model) - 1; i >= 0 && want == nil; i-- {
						if same(model[i]) {
							want = model[i]
							model = slices.Delete(model, i, i+1)
						}
					}
					if got := l.take(home); got != want {
						t.Fatalf("seed %d: took %v, want %v", seed, got, want)
					}
				case 1:
					time.Sleep(time.Duration(r.Int64N(int64(idleConnTimeout / 3))))
					synctest.Wait()
					for len(model) > 0 && isClosed(model[0]) {
						model = model[1:]
					}
				default:
					c := newIdleConn(home)
					n := 0
					for _, o := range model {
						if same(o) {
							n++
						}
					}
					l.give(c)
					switch {
					case n == perHost:
						if !isClosed(c) {
							t.Fatalf("seed %d: one more than %d is kept", seed, perHost)
						}
						continue
					case len(model) == most:
						if !isClosed(model[0]) {
							t.Fatalf("seed %d: the oldest is kept", seed)
						}
						model = model[1:]
					}
					model = append(model, c)
				}
				checkIdle(t, &l, model)
			}
			l.close()
			for _, c := range model {
				if !isClosed(c) {
					t.Fatalf("seed %d: open after close", seed)
				}
			}
			if late := newIdleConn(place{}); len(l.places) != 0 || l.n != 0 {
				t.Fatalf("seed %d: %d left", seed, l.n)
			} else if l.give(late); !isClosed(late) {
				t.Fatalf("seed %d: taken after close", seed)
			}
		}
	})
}

func checkIdle(t *testing.T, l *idleConns, model []*http1Conn) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var got []*http1Conn
	for c := l.oldest; c != nil; c = c.newer {
		got = append(got, c)
		if isClosed(c) || time.Since(c.since) > idleConnTimeout {
			t.Fatalf("closed or too old: %v", time.Since(c.since))
		}
	}
	if !slices.Equal(got, model) || l.n != len(model) {
		t.Fatalf("%d connections, %d counted, want %d", len(got), l.n, len(model))
	}
	listed := 0
	for _, top := range l.places {
		for c := top; c != nil; c = c.below {
			listed++
			if c.below != nil && (c.height != c.below.height+1 || c.below.above != c) || c.below == nil && c.height != 1 {
				t.Fatalf("height %d", c.height)
			}
		}
	}
	if listed != len(model) {
		t.Fatalf("%d by place, want %d", listed, len(model))
	}
}

// An idle connection is closed in time, without anybody asking.
func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := idleConns{max: 10, perHost: 10}
		first, second := newIdleConn(place{}), newIdleConn(place{})
		l.give(first)
		time.Sleep(idleConnTimeout / 2)
		l.give(second)
		time.Sleep(idleConnTimeout / 2)
		synctest.Wait()
		if !isClosed(first) || isClosed(second) {
			t.Errorf("closed: %v, %v", isClosed(first), isClosed(second))
		}
		time.Sleep(idleConnTimeout / 2)
		synctest.Wait()
		if !isClosed(second) {
			t.Error("the second is open")
		}
	})
}
