package crawler

import "crawl/sink"

// Totals count what is in the store. They are part of every commit.
type Totals struct {
	Done      int64            `json:"done"`      // answered with a status below 400, redirects not counted
	Failed    int64            `json:"failed"`    // with an error class that is not one of Skipped
	Skipped   int64            `json:"skipped"`   // not asked for, by rule
	Redirects int64            `json:"redirects"` // led elsewhere: done or failed is what the target is
	Hops      int64            `json:"hops"`      // results that have no row of their own, as targets of redirects only
	Fetched   int64            `json:"fetched"`   // results that at least one attempt was made at
	Requests  int64            `json:"requests"`
	Robots    int64            `json:"robots"` // of Requests: for robots.txt
	Retries   int64            `json:"retries"`
	Saved     int64            `json:"saved,omitempty"`      // files of an image batch, duplicates too
	Duplicate int64            `json:"duplicates,omitempty"` // of Saved: the store had their bytes already
	Digests   bool             `json:"digests,omitempty"`    // a list has demanded one
	Cut       int64            `json:"cut,omitempty"`        // pages whose fields or text are not whole
	Bytes     int64            `json:"bytes"`                // of bodies received, before decompression
	Errors    map[Class]int64  `json:"errors"`
	Refused   map[string]int64 `json:"refused"` // discovered links that were not followed, by rule
}

func newTotals() *Totals { return &Totals{Errors: map[Class]int64{}, Refused: map[string]int64{}} }

// fetched is the number of results that were asked for.
func (t *Totals) fetched() int64 { return t.Fetched }

// delta is what one result adds to the Totals.
type delta struct {
	requests, robots, retries int64
	bytes                     int64
	count                     *sink.Record   // counted once more
	counts                    []*sink.Record // and these
	uncount                   *sink.Record   // was counted, and is no longer
	refused                   map[string]int64
}

func (t *Totals) add(d *delta) {
	t.Requests += d.requests
	t.Robots += d.robots
	t.Retries += d.retries
	t.Bytes += d.bytes
	if d.count != nil {
		t.record(d.count, 1)
	}
	for _, r := range d.counts {
		t.record(r, 1)
	}
	if d.uncount != nil {
		t.record(d.uncount, -1)
	}
	for rule, n := range d.refused {
		t.Refused[rule] += n
	}
}

// plus adds what others count.
func (t *Totals) plus(o *Totals) {
	for _, n := range [...]struct {
		to *int64
		n  int64
	}{
		{&t.Done, o.Done},
		{&t.Failed, o.Failed},
		{&t.Skipped, o.Skipped},
		{&t.Redirects, o.Redirects},
		{&t.Hops, o.Hops},
		{&t.Fetched, o.Fetched},
		{&t.Requests, o.Requests},
		{&t.Robots, o.Robots},
		{&t.Retries, o.Retries},
		{&t.Saved, o.Saved},
		{&t.Duplicate, o.Duplicate},
		{&t.Cut, o.Cut},
		{&t.Bytes, o.Bytes},
	} {
		*n.to += n.n
	}
	t.Digests = t.Digests || o.Digests
	for class, n := range o.Errors {
		t.failed(class, n)
	}
	for rule, n := range o.Refused {
		t.Refused[rule] += n
	}
}

// failed counts an error class.
func (t *Totals) failed(class Class, n int64) {
	if t.Errors[class] += n; t.Errors[class] == 0 {
		delete(t.Errors, class)
	}
}

func (t *Totals) record(r *sink.Record, n int64) {
	class := Class(r.ErrClass)
	if len(r.Attempts) > 0 && class != ClassExcluded {
		t.Fetched += n
	}
	if r.Flags&sink.Saved != 0 {
		t.Saved += n
	}
	if r.Flags&(sink.Saved|sink.Duplicate) == sink.Saved|sink.Duplicate {
		t.Duplicate += n
	}
	if len(r.FieldDefects) > 0 {
		t.Cut += n
	}
	switch {
	case r.Flags&sink.Hop != 0:
		t.Hops += n
		return
	case r.Location != "":
		t.Redirects += n
		return
	case class == "":
		t.Done += n
		return
	case class.Skipped():
		t.Skipped += n
	default:
		t.Failed += n
	}
	t.failed(class, n)
}

func (t *Totals) clone() *Totals {
	c := *t
	c.Errors, c.Refused = make(map[Class]int64, len(t.Errors)), make(map[string]int64, len(t.Refused))
	for k, v := range t.Errors {
		c.Errors[k] = v
	}
	for k, v := range t.Refused {
		c.Refused[k] = v
	}
	return &c
}
