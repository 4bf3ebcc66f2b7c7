package compare

import (
	"fmt"
	"slices"
	"time"

	"crawl/sink/words"
)

// system is what all processors of the machine have done since it was started.
type system struct {
	busy, stolen time.Duration
}

// conditions are those that a trial ran under.
type conditions struct {
	wall       time.Duration // of the trial's process, start to end
	processors int           // of the machine
	stolen     time.Duration // by other machines on the same hardware
	others     time.Duration // that processes outside the comparison ran
	waited     time.Duration // that the trial's threads were ready to run and did not
	slower     float64       // by which share of the recorded time first bytes came later than recorded
	server     *served       // nil: the network
}

// disturbed says by what the trial was slowed that is not its mode's doing; "" when by nothing.
func (c *conditions) disturbed() string {
	capacity := float64(c.wall) * float64(max(c.processors, 1))
	if capacity == 0 {
		return ""
	}
	if share := float64(c.stolen) / capacity; c.stolen >= noticeable && share > maxStolen {
		return fmt.Sprintf("other machines on this hardware took %.0f %% of the processors", 100*share)
	}
	if share := float64(c.others) / capacity; c.others >= noticeable && share > maxOthers {
		if c.slower > maxSlower {
			return fmt.Sprintf("other programs took %.0f %% of the processors, and answers were %.0f %% slower than recorded", 100*share, 100*c.slower)
		}
		if float64(c.waited) > maxWaited*capacity {
			return fmt.Sprintf("other programs took %.0f %% of the processors, and the trial waited %s for one", 100*share, c.waited.Round(time.Millisecond))
		}
	}
	if c.server == nil || len(c.server.Late) == 0 {
		return ""
	}
	late := slices.Sorted(slices.Values(c.server.Late))
	if mid, high := late[len(late)/2], late[len(late)*95/100]; mid > maxLateMedian || high > maxLate95 {
		return fmt.Sprintf("the replay server was at its limit: answers began %s late (median; 95 %%: %s)",
			words.Seconds(mid.Seconds()), words.Seconds(high.Seconds()))
	}
	return ""
}

// slower is by which share of the recorded time the trial's first bytes came later than recorded.
func (r *Recording) slower(t *Trial) float64 {
	var over, all time.Duration
	for i := range min(len(t.Requests), len(r.rec.Entries)) {
		want := r.rec.Entries[i].FirstByte
		over += max(t.Requests[i].FirstByte-want-maxLateMedian, 0)
		all += r.rec.Entries[i].Service()
	}
	if all == 0 {
		return 0
	}
	return float64(over) / float64(all)
}

// expected is what every trial over the list has to come to.
type expected struct {
	requests int
	statuses []int   // recorded, of each request
	sizes    []int64 // the same, in bytes
	bytes    int64   // of all of them
	live     bool
}

// unequal says in what the trial did other work than the list is; "" when it did the same.
func (e expected) unequal(t *Trial, s *served) string {
	if s != nil && s.Unknown > 0 {
		return fmt.Sprintf("%s that were not recorded were asked for", words.Plural(s.Unknown, "URL"))
	}
	if len(t.Requests) != e.requests {
		return fmt.Sprintf("%s were made instead of %d", words.Plural(len(t.Requests), "request"), e.requests)
	}
	if n, first := e.refused(t); n > 0 {
		return fmt.Sprintf("%s of status 429 or 5xx came that were not recorded (%d of %s)", words.Plural(n, "answer"), first.Status, first.URL)
	}
	if t.Errors > 0 {
		return "" // fewer bytes are its errors' doing
	}
	if e.live {
		return e.changed(t)
	}
	if t.Bytes != e.bytes {
		return fmt.Sprintf("%d bytes came instead of %d", t.Bytes, e.bytes)
	}
	return ""
}

// changed says that a site's pages are others than when they were recorded; "" when they differ as pages do. Where the recording has
// an answer of status 429 or 5xx, the page itself is welcome.
func (e expected) changed(t *Trial) string {
	var came, want int64
	for i, status := range e.statuses {
		if !refuses(status) {
			came, want = came+t.Requests[i].Bytes, want+e.sizes[i]
		}
	}
	if off := max(came-want, want-came); float64(off) > maxLiveBytes*float64(want) {
		return fmt.Sprintf("%d bytes came instead of %d: the pages have changed since they were recorded", came, want)
	}
	return ""
}

// refused counts the answers by which a server says that it is asked too much or has failed, where another was recorded: they
// are less work than the page.
func (e expected) refused(t *Trial) (n int, first *Request) {
	for i := range min(len(t.Requests), len(e.statuses)) {
		q := &t.Requests[i]
		if refuses(q.Status) && q.Status != e.statuses[i] {
			if n++; n == 1 {
				first = q
			}
		}
	}
	return n, first
}

// usualErrors is how many errors a trial may have: what the mode with the most of them had in its best trial. Those belong to
// the list; one lucky trial does not make errors of all others.
func usualErrors(trials []Trial) (most int) {
	best := map[string]int{}
	for _, t := range trials {
		if n, ok := best[t.Mode]; !ok || t.Errors < n {
			best[t.Mode] = t.Errors
		}
	}
	for _, n := range best {
		most = max(most, n)
	}
	return most
}

// dropErrors parts the trials that had more errors than least.
func dropErrors(trials []Trial, least int) (kept []Trial, rejected []Rejected) {
	for _, t := range trials {
		if t.Errors > least {
			rejected = append(rejected, Rejected{Mode: t.Mode, Block: t.Block, Reason: errorsInWords(&t, least)})
			continue
		}
		kept = append(kept, t)
	}
	return kept, rejected
}

func errorsInWords(t *Trial, least int) string {
	first := ""
	for _, q := range t.Requests {
		if q.Error != "" {
			first = q.Error
			break
		}
	}
	return fmt.Sprintf("%s where others had %d (%s)", words.Plural(t.Errors, "error"), least, first)
}
