package compare

import (
	"fmt"

	"crawl/sink/words"
)

// ceiling is the concurrency at which the comparison found that it does not go on.
type ceiling struct {
	at      int  // the smallest above worked that was tried and has no counted trial; 0: there is none
	worked  int  // the highest of which a trial was counted; 0: there is none
	refused bool // at: the site answered 429 or 5xx there
}

// ceiling looks only above what worked: where more at once was counted, concurrency is not what a trial failed of. A refusal
// goes before other causes, since it is the site that says it.
func (r *Result) ceiling() (c ceiling) {
	for _, m := range r.Modes {
		if m.Trials > 0 {
			c.worked = max(c.worked, m.Concurrency, 1)
		}
	}
	if r.Sweep != nil && len(r.Sweep.Points) > 0 {
		c.worked = max(c.worked, r.Sweep.Points[len(r.Sweep.Points)-1].Concurrency)
	}
	for _, t := range r.RejectedTrials {
		refused := t.Refused > 0
		switch {
		case t.Concurrency <= c.worked:
		case c.at == 0, refused && !c.refused, refused == c.refused && t.Concurrency < c.at:
			c.at, c.refused = t.Concurrency, refused
		}
	}
	return c
}

// found is what was seen at the ceiling.
func (c ceiling) found() string {
	if c.refused {
		return "the site answered 429 or 5xx"
	}
	return "no trial could be counted"
}

// below keeps an advice to what worked.
func (c ceiling) below(a Advice) Advice {
	switch {
	case c.at == 0, !c.refused && a.Concurrency <= c.worked:
		return a
	case a.Concurrency > c.worked:
		text := fmt.Sprintf("at %d at once %s: stay below. %d is the most that worked", c.at, c.found(), c.worked)
		if c.at > c.worked+1 {
			text += "; --sweep shows what goes in between"
		}
		return concurrency(c.worked, text)
	case a.Concurrency == 0:
		return Advice{Text: fmt.Sprintf("Stay below %d at once: there %s. %s", c.at, c.found(), a.Text)}
	}
	a.Text += fmt.Sprintf(" At %d at once %s: stay below.", c.at, c.found())
	return a
}

// nothingWorked is the advice where no trial was counted; it is empty unless the site said why.
func (c ceiling) nothingWorked() Advice {
	switch {
	case !c.refused:
		return Advice{}
	case c.at == 1:
		return Advice{Text: "Even one by one the site answered 429 or 5xx: ask it less often, with a lower --rate."}
	}
	return Advice{Text: fmt.Sprintf("At %d at once the site answered 429 or 5xx: stay below. Compare again with fewer, or with a lower --rate.", c.at)}
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
