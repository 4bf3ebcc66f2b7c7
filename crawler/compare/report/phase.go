package report

import (
	"time"

	"crawl/crawler/compare"
)

// phase is a stage of a request, in the order in which they follow one another.
type phase int

const (
	queue phase = iota // due, and no slot was free, or its host could not be asked yet
	dns
	connect
	tls
	firstByte
	body
	parse
	phases
)

func (p phase) name() string {
	return [...]string{"queue", "DNS", "connect", "TLS", "first byte", "body", "parse"}[p]
}

// class names the phase in style sheets.
func (p phase) class() string {
	return [...]string{"queue", "dns", "connect", "tls", "first", "body", "parse"}[p]
}

func phaseOf(q compare.Request, p phase) time.Duration {
	return [...]time.Duration{max(q.Sent-q.Due, 0), q.DNS, q.Connect, q.TLS, q.FirstByte, q.Body, q.Parse}[p]
}

// segment is a phase of one request on the axis of its trial.
type segment struct {
	phase    phase
	from, to time.Duration
}

// segments are the phases that took time. They end when the request was done: what the phases leave over was waiting for a
// connection, before the others.
func segments(q compare.Request) []segment {
	var used time.Duration
	for p := dns; p < phases; p++ {
		used += max(phaseOf(q, p), 0)
	}
	var out []segment
	if q.Sent > q.Due {
		out = append(out, segment{queue, q.Due, q.Sent})
	}
	at := max(q.Done-used, q.Sent)
	for p := dns; p < phases; p++ {
		d := max(phaseOf(q, p), 0)
		if end := min(at+d, q.Done); end > at {
			out = append(out, segment{p, at, end})
			at = end
		}
	}
	return out
}
