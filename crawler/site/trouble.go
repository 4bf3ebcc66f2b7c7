package site

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Trouble is what is wrong with a troubled URL.
type Trouble string

// The troubles, in the order that shares of URLs are given to them.
const (
	NoTrouble Trouble = ""
	HTTP5xx   Trouble = "5xx"   // status 500, 502, 503 or 504
	TooMany   Trouble = "429"   // status 429 with Retry-After: 1
	Reset     Trouble = "reset" // TCP reset, before the first byte for one half of the URLs, within the body for the other
	Short     Trouble = "short" // the connection ends halfway through the body that Content-Length promised
	Slow      Trouble = "slow"  // the whole body, in small pieces over Options.SlowFor
)

// ErrorShares are the shares of pages and images, 0 to 1, that are troubled. Their sum is at most 1. Hosts' root pages,
// robots.txt and everything else are never troubled.
type ErrorShares struct {
	HTTP5xx, TooMany, Reset, Short, Slow float64
}

func (e ErrorShares) all() [5]float64 {
	return [...]float64{e.HTTP5xx, e.TooMany, e.Reset, e.Short, e.Slow}
}

func (e ErrorShares) check() error {
	sum := 0.0
	for _, v := range e.all() {
		if v < 0 || v > 1 || math.IsNaN(v) {
			return fmt.Errorf("site: share of errors %v is not between 0 and 1", v)
		}
		sum += v
	}
	if sum > 1+1e-9 {
		return fmt.Errorf("site: shares of errors add up to %v: make it 1 or less", sum)
	}
	return nil
}

// ParseErrors reads shares of errors as the command line has them: "5xx=0.02,429=0.01,reset=0.01,short=0.01,slow=0.01",
// any of them, in any order; a share may be written 2%. The empty string is no errors.
func ParseErrors(text string) (ErrorShares, error) {
	var e ErrorShares
	fields := map[Trouble]*float64{
		HTTP5xx: &e.HTTP5xx, TooMany: &e.TooMany, Reset: &e.Reset, Short: &e.Short, Slow: &e.Slow,
	}
	if strings.TrimSpace(text) == "" {
		return e, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		field := fields[Trouble(name)]
		if !ok || field == nil {
			return ErrorShares{}, fmt.Errorf("site: errors %q: %q is not one of 5xx=, 429=, reset=, short=, slow= and a share", text, part)
		}
		number, percent := strings.CutSuffix(value, "%")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return ErrorShares{}, fmt.Errorf("site: errors %q: %q is not a number", text, value)
		}
		if percent {
			v /= 100
		}
		*field = v
	}
	if err := e.check(); err != nil {
		return ErrorShares{}, err
	}
	return e, nil
}

// ParseLatency reads a fixed latency or a range of it: "50ms", "20ms-200ms". The empty string and "0" are none.
func ParseLatency(text string) (lo, hi time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		to = from
	}
	lo, errLo := time.ParseDuration(strings.TrimSpace(from))
	hi, errHi := time.ParseDuration(strings.TrimSpace(to))
	if errLo != nil || errHi != nil || lo < 0 || hi < lo {
		return 0, 0, fmt.Errorf("site: latency %q is not a duration such as 50ms or a range such as 20ms-200ms", text)
	}
	return lo, hi, nil
}

// trouble is what is wrong with a page or an image, whatever the attempt.
func (s *Site) trouble(kind Kind, index int) Trouble {
	if s.quiet || kind == KindPage && index < s.o.Hosts || kind != KindPage && kind != KindImage {
		return NoTrouble
	}
	x := share(s.mix(s.troubleTag(tagTrouble, kind), index))
	for n, v := range s.o.Errors.all() {
		if x < v {
			return [...]Trouble{HTTP5xx, TooMany, Reset, Short, Slow}[n]
		}
		x -= v
	}
	return NoTrouble
}

func (s *Site) troubleTag(tag uint64, kind Kind) uint64 {
	if kind == KindImage {
		return tag + 1<<32
	}
	return tag
}

// fails reports whether a troubled URL fails this time; attempts count from 1.
func (s *Site) fails(attempt int) bool { return s.o.ErrorTries < 0 || attempt <= s.o.ErrorTries }

// latency is the time before the first byte. It follows from the path and the attempt, not from the clock.
func (s *Site) latency(path string, attempt int) time.Duration {
	spread := s.o.LatencyMax - s.o.LatencyMin
	if spread <= 0 {
		return s.o.LatencyMin
	}
	x := hashString(path, s.mix(tagLatency, attempt))
	return s.o.LatencyMin + time.Duration(share(x)*float64(spread))
}

// misbehave answers a request that is to fail. body is what a good answer would have.
func (s *Site) misbehave(w *meter, r *http.Request, t Trouble, body []byte) {
	switch x := hashString(r.RequestURI, s.mix(tagTroubleKind, 0)); t {
	case HTTP5xx:
		plainError(w, [...]int{500, 502, 503, 504}[x%4])
	case TooMany:
		w.Header().Set("Retry-After", retryAfter)
		plainError(w, http.StatusTooManyRequests)
	case Reset:
		if x%2 == 0 {
			half(w, body)
		}
		reset(w)
	case Short:
		half(w, body)
	}
}

func plainError(w http.ResponseWriter, status int) {
	http.Error(w, strconv.Itoa(status)+" "+http.StatusText(status), status)
}

// half promises a body and sends half of it. The server ends the connection, since the promise is not kept.
func half(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body[:len(body)/2]) // the client may be gone: that is its matter
	_ = http.NewResponseController(w).Flush()
}

// reset ends the connection with a TCP reset: closing with a linger time of zero drops what is unsent.
func reset(w *meter) {
	w.end()
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // a connection that cannot be taken over is ended by the server
	}
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// pacer is a ResponseWriter that sends no more than so many bytes in a time.
type pacer struct {
	http.ResponseWriter
	ctx  context.Context
	step int // bytes; 0 = a share of the whole body, slowSteps of them
	rest time.Duration
}

// Unwrap lets http.ResponseController find the real writer.
func (p *pacer) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write sends b piece by piece and rests after each. It ends early when the client or the site goes away.
func (p *pacer) Write(b []byte) (n int, err error) {
	if p.step == 0 {
		whole, _ := strconv.Atoi(p.Header().Get("Content-Length")) // as it is sent: perhaps compressed, perhaps a range
		p.step = max(1, whole/slowSteps)
	}
	flush := http.NewResponseController(p.ResponseWriter).Flush
	for len(b) > 0 {
		m, err := p.ResponseWriter.Write(b[:min(p.step, len(b))])
		n, b = n+m, b[m:]
		if err == nil {
			err = flush()
		}
		if err == nil {
			err = sleep(p.ctx, p.rest)
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// paced gives w the speed that the site's bandwidth, or a slow body's trickle, allows.
func (s *Site) paced(w http.ResponseWriter, r *http.Request, slow bool) http.ResponseWriter {
	switch {
	case slow:
		return &pacer{w, r.Context(), 0, s.o.SlowFor / slowSteps}
	case s.o.Bandwidth > 0:
		step := s.o.Bandwidth * int64(paceStep) / int64(time.Second)
		if step == 0 {
			return &pacer{w, r.Context(), 1, time.Second / time.Duration(s.o.Bandwidth)}
		}
		return &pacer{w, r.Context(), int(step), paceStep}
	}
	return w
}

// wait waits for d, or until ctx ends, and is on time where the system helps.
func (s *Site) wait(ctx context.Context, d time.Duration) error {
	if s.server.alarm == nil || d <= 0 {
		return sleep(ctx, d)
	}
	select {
	case <-s.server.alarm.after(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
