package compare

import (
	"context"
	"fmt"
	"time"

	"crawl/sink/words"
)

// restraint is what a comparison on the network knows of sites that had enough.
type restraint struct {
	until time.Time   // no trial begins before
	at    int         // no trial of so many at one time, or of more, is run; 0: all are
	cause *Refusal    // of at
	tries map[int]int // trials that failures ended, in a row, by how many at one time
	vain  int         // trials in a row that went through the list and did not count
	gave  string      // why the comparison ended before its time; "": it did not
}

// refused takes a trial that a site ended out of the count, and draws the consequences: who asks for fewer requests gets them,
// and who keeps failing is not asked so much again.
func (c *comparison) refused(m ModeSpec, block int, f *Refusal) {
	s := &c.restraint
	s.tries[m.Concurrency]++
	stop := f.asked() || s.tries[m.Concurrency] >= maxTries
	if stop {
		s.at, s.cause = m.Concurrency, f // what is run is below what was stopped before
	}
	s.until = later(s.until, time.Now().Add(max(f.Wait, refusedRest)))
	c.rejected = append(c.rejected, Rejected{Mode: m.Name, Block: block, Reason: endedBy(f), Refused: f.Answers, Stopped: stop})
}

// counted notes that a trial of the mode counts.
func (s *restraint) counted(m ModeSpec) { s.tries[m.Concurrency], s.vain = 0, 0 }

// inVain notes a trial that went through the list and does not count. It tells whether there were too many of them to go on asking
// sites for nothing.
func (s *restraint) inVain(reason string) bool {
	if s.vain++; s.vain < maxVain {
		return false
	}
	s.gave = fmt.Sprintf("%d trials in a row did not count (the last: %s), so the sites were asked no more. Record the list again, when the machine is quiet.", s.vain, reason)
	return true
}

func endedBy(f *Refusal) string { return f.String() + "; the trial was ended there" }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stopped tells whether trials of so many at one time are run no more.
func (s *restraint) stopped(concurrency int) bool { return s.at > 0 && concurrency >= s.at }

// rest waits for as long as sites ask for, and at least refusedRest behind a refusal. It is false when the comparison is to end: ctx
// is done, or the budget does not reach so far.
func (c *comparison) rest(ctx context.Context) bool {
	d := time.Until(c.restraint.until)
	if d <= 0 {
		return true
	}
	if d > c.left() {
		c.restraint.gave = fmt.Sprintf("A site is to be left alone for another %s, which is longer than --max-time leaves: the comparison ended there.", words.Seconds(d.Seconds()))
		return false
	}
	c.o.Progress(Progress{Rest: d, Left: c.left()})
	return sleep(ctx, d) == nil
}

// pointless tells whether what is left to run would be compared with nothing: where sites stopped the other modes, one is left,
// and it has its figures.
func (c *comparison) pointless() bool {
	left := c.running()
	if c.restraint.at == 0 || len(left) > 1 {
		return false
	}
	if len(left) == 0 || len(c.modes) > 1 && len(counted(left[0].Name, c.trials)) > 0 {
		c.restraint.gave = "No mode was left to compare with, so the comparison ended there."
		return true
	}
	return false
}

// notes tell what sites asked for.
func (s *restraint) notes() (list []string) {
	if s.at > 0 {
		list = append(list, fmt.Sprintf("At %d at once %s: from then on nothing was run with %d or more.", s.at, s.cause, s.at))
	}
	if s.gave != "" {
		list = append(list, s.gave)
	}
	return list
}
