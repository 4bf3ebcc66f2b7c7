package compare

import (
	"fmt"
	"math"

	"crawl/sink/words"
)

// ceiling is the concurrency at which the comparison found that it does not go on.
type ceiling struct {
	at      int    // the smallest above worked that was tried and has no counted trial; 0: there is none
	worked  int    // the highest of which a trial was counted; 0: there is none
	refused bool   // at: the site would not have it
	found   string // what was seen at the ceiling
}

// What is found at a ceiling.
const (
	siteRefused = "the site answered 429 or 5xx"
	siteSilent  = "the site stopped answering"
	noneCounted = "no trial could be counted"
)

// ceiling looks only above what worked: where more at once was counted, concurrency is not what a trial failed of. A refusal
// goes before other causes, since it is the site that says it. Where a site stopped trials, what counted of so many at one time
// before does not make them good.
func (r *Result) ceiling() (c ceiling) {
	limit := math.MaxInt
	for _, t := range r.RejectedTrials {
		if t.Stopped && t.Concurrency < limit {
			limit, c = t.Concurrency, ceiling{at: t.Concurrency, refused: true, found: siteRefused}
			if t.Refused == 0 {
				c.found = siteSilent
			}
		}
	}
	worked := func(concurrency int) {
		if n := max(concurrency, 1); n < limit {
			c.worked = max(c.worked, n)
		}
	}
	for _, m := range r.Modes {
		if m.Trials > 0 {
			worked(m.Concurrency)
		}
	}
	if r.Sweep != nil {
		for _, p := range r.Sweep.Points {
			worked(p.Concurrency)
		}
	}
	if c.at > 0 {
		return c
	}
	for _, t := range r.RejectedTrials {
		refused := t.Refused > 0
		switch {
		case t.Concurrency <= c.worked:
		case c.at == 0, refused && !c.refused, refused == c.refused && t.Concurrency < c.at:
			c.at, c.refused, c.found = t.Concurrency, refused, noneCounted
			if refused {
				c.found = siteRefused
			}
		}
	}
	return c
}

// below keeps an advice to what worked.
func (c ceiling) below(a Advice) Advice {
	switch {
	case c.at == 0, !c.refused && a.Concurrency <= c.worked:
		return a
	case c.worked == 0:
		return c.nothingWorked()
	case a.Concurrency > c.worked:
		text := fmt.Sprintf("at %d at once %s: stay below. %d is the most that worked", c.at, c.found, c.worked)
		if c.at > c.worked+1 {
			text += "; --sweep shows what goes in between"
		}
		return concurrency(c.worked, text)
	case a.Concurrency == 0:
		return Advice{Text: fmt.Sprintf("Stay below %d at once: there %s. %s", c.at, c.found, a.Text)}
	}
	a.Text += fmt.Sprintf(" At %d at once %s: stay below.", c.at, c.found)
	return a
}

// nothingWorked is the advice where no trial was counted; it is empty unless the site said why.
func (c ceiling) nothingWorked() Advice {
	switch {
	case !c.refused:
		return Advice{}
	case c.at == 1:
		return Advice{Text: fmt.Sprintf("Even one by one %s: ask it less often, with a lower --rate.", c.found)}
	}
	return Advice{Text: fmt.Sprintf("At %d at once %s: stay below. Compare again with fewer, or with a lower --rate.", c.at, c.found)}
}

// sometimes adds to an advice that the site refused some trials of that concurrency or of a lower one, though others counted.
func (r *Result) sometimes(a Advice) Advice {
	n := 0
	for _, t := range r.RejectedTrials {
		if t.Refused > 0 && t.Concurrency > 1 && t.Concurrency <= a.Concurrency {
			n++
		}
	}
	if n > 0 {
		a.Text += fmt.Sprintf(" But in %s at no more than that the site answered 429 or 5xx: begin with fewer.", words.Plural(n, "trial"))
	}
	return a
}

// askedLess adds to an advice that is drawn from a replay what the site said while it was recorded.
func (r *Result) askedLess(a Advice) Advice {
	if r.Recording.AskedLess > 0 && !r.Recording.Live && a.Concurrency > 1 {
		a.Text += " But while it was recorded, the site asked for less: begin with fewer, since a replay cannot tell what the site bears."
	}
	return a
}
