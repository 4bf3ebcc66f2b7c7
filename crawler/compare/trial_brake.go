package compare

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"crawl/crawler/internal/polite"
	"crawl/sink/words"
)

// Refusal is what ended a trial on the network before its list was through: the site said that it is asked too much, or it
// failed where it had answered while the list was recorded.
type Refusal struct {
	URL     string
	Status  int           // 0: it could not be reached
	Wait    time.Duration // that its Retry-After asks for; 0: it has none
	Error   string        // of the last of the failures in a row, where Status is 0
	Answers int           // of status 429 or 5xx in the trial: those on their way when the first came are among them
}

// asked tells whether the site asks for fewer requests, rather than fails.
func (r *Refusal) asked() bool { return r.Status == http.StatusTooManyRequests || r.Wait > 0 }

func (r *Refusal) String() string {
	switch {
	case r.Status == 0:
		return fmt.Sprintf("%s, like %d requests before it to that host, got no answer (%s)", r.URL, polite.ParkAfter-1, r.Error)
	case r.Wait > 0:
		return fmt.Sprintf("%s answered %d and asks for a pause of %s (Retry-After)", r.URL, r.Status, words.Seconds(r.Wait.Seconds()))
	}
	return fmt.Sprintf("%s answered %d, which was not recorded", r.URL, r.Status)
}

// brake ends a trial on the network at the first answer that says that the site has had enough: the trial could not count any
// more, and a host that said "wait" is not asked again. What is on its way comes to its end. Its methods may be called from many
// goroutines; a nil brake, that of a replay, never holds.
type brake struct {
	failing map[string]int // recorded statuses of 429 or 5xx, by URL: such answers are what the list is
	held    context.Context
	hold    context.CancelFunc

	mu      sync.Mutex
	inARow  map[string]int // requests to a host without an answer
	refusal *Refusal
}

// newBrake makes the brake of a process of a trial; of a replay it is nil.
func newBrake(w *work) *brake {
	if w.Replay != nil {
		return nil
	}
	b := &brake{failing: w.Failing, inARow: map[string]int{}}
	b.held, b.hold = context.WithCancel(context.Background())
	return b
}

// saw looks at a request that has ended.
func (b *brake) saw(q *Request) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	host := authority(q.URL)
	if q.Status == 0 && q.Error != "" {
		if b.inARow[host]++; b.inARow[host] == polite.ParkAfter && b.refusal == nil {
			b.refuse(&Refusal{URL: q.URL, Error: q.Error})
		}
		return
	}
	b.inARow[host] = 0
	if refuses(q.Status) && (q.RetryAfter > 0 || b.failing[q.URL] != q.Status) {
		b.refuse(&Refusal{URL: q.URL, Status: q.Status, Wait: q.RetryAfter})
	}
}

// refuse keeps the refusal that asks for the longest pause, and counts the answers.
func (b *brake) refuse(r *Refusal) {
	answers := 0
	if b.refusal != nil {
		answers = b.refusal.Answers
	}
	if b.refusal == nil || r.Wait > b.refusal.Wait {
		b.refusal = r
	}
	if b.refusal.Answers = answers; r.Status != 0 {
		b.refusal.Answers++
	}
	b.hold()
}

// stop holds without a cause of its own: another process of the trial has one.
func (b *brake) stop() {
	if b != nil {
		b.hold()
	}
}

// holds tells whether nothing more may be asked.
func (b *brake) holds() bool { return b != nil && b.held.Err() != nil }

// why is what made it hold; nil when nothing did.
func (b *brake) why() *Refusal {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refusal
}

// while gives a context that ends with ctx, or when the brake holds.
func (b *brake) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if b == nil {
		return ctx, cancel
	}
	forget := context.AfterFunc(b.held, cancel)
	return ctx, func() { forget(); cancel() }
}

// refuses tells whether a status says that the server is asked too much, or has failed.
func refuses(status int) bool { return status == http.StatusTooManyRequests || status >= 500 }
