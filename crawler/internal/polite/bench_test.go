package polite

import (
	"strconv"
	"testing"
	"time"
)

// BenchmarkGate is one request through a gate of so many hosts: Next, Sent and Finished.
func BenchmarkGate(b *testing.B) {
	for _, n := range []int{1, 64, 4096} {
		b.Run("hosts="+strconv.Itoa(n), func(b *testing.B) {
			var g Gate
			now := start
			for i := range n {
				g.SetReady(NewHost(strconv.Itoa(i), Limits{Rate: 1000, PerHost: 4}, State{}), true, now)
			}
			b.ReportAllocs()
			for b.Loop() {
				h, wait := g.Next(now)
				if h == nil {
					now = now.Add(wait)
					continue
				}
				g.Sent(h, now)
				now = now.Add(time.Microsecond)
				g.Finished(h, now)
			}
		})
	}
}
