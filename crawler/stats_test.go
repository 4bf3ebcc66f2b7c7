package crawler

import (
	"testing"
	"time"

	"crawl/sink"
)

// The histogram's buckets are wide; what it says must not lie above all that was measured.
func TestLatencyIsNotAboveTheSlowest(t *testing.T) {
	s := newStats()
	s.observe(&sink.Attempt{Timing: sink.Timing{FirstByte: 8590 * time.Millisecond}})
	if q := s.quantiles(); q.P50 != 8590 || q.P99 != 8590 {
		t.Errorf("%+v of one request in 8590 ms", q)
	}
}
