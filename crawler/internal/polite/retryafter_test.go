package polite

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"120":                            2 * time.Minute,
		" 120 ":                          2 * time.Minute,
		"1.5":                            0,
		"-1":                             0,
		"+1":                             0,
		"1e3":                            0,
		"3600":                           time.Hour,
		"3601":                           MaxRetryAfter,
		"9223372036854775807":            MaxRetryAfter,
		"18446744073709551616":           0,
		"Mon, 01 Jan 2024 00:01:00 GMT":  time.Minute,
		"Sun, 31 Dec 2023 23:59:00 GMT":  0,
		"Mon, 01 Jan 2124 00:00:00 GMT":  MaxRetryAfter,
		"Monday, 01-Jan-24 00:01:00 GMT": time.Minute,
		"Mon Jan  1 00:01:00 2024":       time.Minute,
		"2024-01-01T00:01:00Z":           0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
	if got := RetryAfter(nil, now); got != 0 {
		t.Errorf("no header: %v", got)
	}
}
