package crawler

import (
	"context"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// What is stored is judged anew, without a request where its bytes are here, when the filters are others than in the run
// before (loop.rejudge), and when a list says something else of a URL than the one before (judging.row). The committer does
// it behind a commit, in a step of its own, so that nothing else writes meanwhile. A crash in front of that step loses
// nothing: the list is read again, demands are kept until they are met, and settings are marked as long as not all is judged.
//
//	demands    ID (8, big-endian) -> listEntry    what the newest list says of a URL that had no result then
//	held       ID (8, big-endian) -> path         the name of a file that was left out, should it be taken back
//	leftovers  directory, 0, path -> leftover     files that were left out and may be in that directory still
//
// All are small: they have what is not as it was in the first run.
var (
	bucketDemands   = []byte("demands")
	bucketHeld      = []byte("held")
	bucketLeftovers = []byte("leftovers")
)

// decision is a result that is judged anew.
type decision struct {
	rec    *sink.Record // with what the newest list says
	was    sink.Record
	want   sink.Digest // that it must have
	lifted bool        // another digest was demanded before
	met    bool        // a demand that was kept is used up
	what   judgement
	why    *verdict
}

// judging is one step of judging anew.
type judging struct {
	k       *committer
	list    []*decision // in the order in which they came
	byID    map[uint64]*decision
	demands map[uint64]*listEntry // of URLs without a result
	deltas  []delta
	asked   int
}

// judgeAgain makes durable what new rows of a list, and new filters, make of stored results. It follows a commit.
func (k *committer) judgeAgain(again []frontier.Again) (err error) {
	if k.images == nil {
		return nil
	}
	j := &judging{k: k, byID: map[uint64]*decision{}, demands: map[uint64]*listEntry{}}
	for i := range again {
		if err := j.row(&again[i]); err != nil {
			return err
		}
	}
	for _, id := range k.rejudge {
		if err := j.stored(id, false); err != nil {
			return err
		}
	}
	if k.demands.Load() {
		for i := range k.puts {
			if err := j.stored(k.puts[i].Record.ID, true); err != nil {
				return err
			}
		}
	}
	return j.make()
}

// stored judges the result of an ID, if it has one; demanded: only if something was demanded while it had none.
func (j *judging) stored(id uint64, demanded bool) error {
	e, err := j.k.store.demand(id, &j.k.demands)
	if err != nil || demanded && e == nil {
		return err
	}
	r, ok, err := j.k.store.Get(id)
	if err != nil || !ok {
		return err
	}
	d, err := j.settled(r, e)
	if err == nil {
		d.met = d.met || e != nil
	}
	return err
}

// settled judges a result by what a list says of its URL now; nil: nothing new.
func (j *judging) settled(r *sink.Record, e *listEntry) (*decision, error) {
	d := j.decision(r)
	r = d.rec
	old, err := j.k.store.wanted(r)
	if err != nil {
		return d, err
	}
	if e == nil {
		if !d.lifted {
			d.want = old
		}
		return d, nil
	}
	e.describe(r)
	if d.want, err = j.k.store.wanted(r); err != nil {
		return d, err
	}
	d.lifted = d.lifted || d.want != old
	if !d.lifted || r.Location == "" {
		return d, nil
	}
	return d, j.target(r)
}

// target has the file judged that a listed URL was redirected to, if it is its own file and not also that of another URL of
// the list: what is demanded of the one is demanded of the other.
func (j *judging) target(r *sink.Record) error {
	end, err := j.k.store.chainEnd(r)
	if err != nil || end == nil || end.Flags&sink.Hop == 0 {
		return err
	}
	start, err := j.k.store.chainStart(end.From)
	if err != nil || start == nil || start.ID != r.ID {
		return err
	}
	d := j.decision(end)
	d.want, d.lifted = r.Want, true
	return nil
}

// decision gives the one about a result.
func (j *judging) decision(r *sink.Record) *decision {
	d := j.byID[r.ID]
	if d == nil {
		d = &decision{rec: r, was: *r}
		j.byID[r.ID] = d
		j.list = append(j.list, d)
	}
	return d
}

// make decides, and makes it durable.
func (j *judging) make() error {
	for _, d := range j.list {
		d.what, d.why = j.k.images.judge(d.rec, d.want)
		if r := d.rec; d.what == stands && d.lifted && r.ErrClass == string(ClassBadDigest) && r.Body == (sink.BodyRef{}) {
			d.what = askedAgain
		}
	}
	j.list = slices.DeleteFunc(j.list, func(d *decision) bool {
		return d.what == stands && !d.met && reflect.DeepEqual(*d.rec, d.was)
	})
	if len(j.list)+len(j.demands) == 0 {
		return nil
	}
	if err := j.k.store.Update(j.write); err != nil {
		return err
	}
	if len(j.demands) > 0 {
		j.k.demands.Store(true)
	}
	j.k.tellJudged(j)
	return j.files()
}

// write writes all of a step.
func (j *judging) write(tx *bolt.Tx) error {
	var b frontier.Batch
	for _, d := range j.list {
		if err := j.writeOne(tx, &b, d); err != nil {
			return err
		}
	}
	for id, e := range j.demands {
		if err := putRow(tx, bucketDemands, idKey(id), e); err != nil {
			return err
		}
	}
	if len(b.Requeue) > 0 {
		if _, err := j.k.store.Frontier.ApplyTx(tx, &b); err != nil {
			return err
		}
	}
	for i := range j.deltas {
		j.k.totals.add(&j.deltas[i])
	}
	j.asked = len(b.Requeue)
	return putRow(tx, bucketCrawl, keyTotals, j.k.totals)
}

// writeOne writes what was decided about one result.
func (j *judging) writeOne(tx *bolt.Tx, b *frontier.Batch, d *decision) error {
	r := d.rec
	now, ok, err := sink.GetTx(tx, r.ID)
	if err != nil || !ok {
		return err
	}
	r.File, d.was.File = now.File, now.File // Store.nameFiles may have named it since
	switch d.what {
	case leftOut:
		err = j.k.leaveFile(tx, r)
		r.Flags &^= sink.Saved
	case takenBack:
		r.Flags |= sink.Saved
		r.ErrClass, r.ErrMessage, r.Rule = "", "", ""
		err = j.k.takeFileBack(tx, r)
	case askedAgain:
		if err := sink.DeleteTx(tx, r.ID); err != nil {
			return err
		}
		b.Requeue = append(b.Requeue, j.k.store.requeueOf(r))
	}
	if err != nil {
		return err
	}
	if d.why != nil {
		r.ErrClass, r.ErrMessage, r.Rule = string(d.why.class), clip(d.why.message, maxErrorMessage), d.why.rule
	}
	change := delta{uncount: &d.was}
	if d.what != askedAgain {
		change.count = r
		if err := sink.PutTx(tx, r); err != nil {
			return err
		}
	}
	j.deltas = append(j.deltas, change)
	if demands := tx.Bucket(bucketDemands); demands != nil {
		return demands.Delete(idKey(r.ID))
	}
	return nil
}

// files has files written that were taken back, and those removed that were left out.
func (j *judging) files() error {
	k := j.k
	if k.files == nil {
		return nil
	}
	var nameless []*sink.Record
	for _, d := range j.list {
		switch {
		case d.what == leftOut && d.was.File != "":
			k.files.jobs <- goneJob(d.rec, d.was.File)
		case d.what == takenBack && d.rec.File == "":
			nameless = append(nameless, d.rec)
		case d.what == takenBack:
			k.files.jobs <- jobOf(d.rec)
		}
	}
	if err := k.store.nameAll(nameless, k.template); err != nil {
		return err
	}
	for _, r := range nameless {
		if now, ok, err := k.store.Get(r.ID); err != nil {
			return err
		} else if ok && isSaved(now) {
			k.files.jobs <- jobOf(now)
		}
	}
	return nil
}

// tellJudged counts what a step did, and tells the loop.
func (k *committer) tellJudged(j *judging) {
	n := &k.judged
	for _, d := range j.list {
		switch d.what {
		case leftOut:
			n.LeftOut++
		case takenBack:
			n.TakenBack++
		case askedAgain:
			n.AskedAgain++
		}
		if d.rec.Name != d.was.Name && d.rec.File != "" {
			n.OtherName++
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ack.judged == nil {
		k.ack.judged = newTotals() // no list of the results: the loop may not look for as long as all that is stored is judged
	}
	for i := range j.deltas {
		k.ack.judged.add(&j.deltas[i])
	}
	k.ack.news = k.ack.news || j.asked > 0
}

// demand gives what the newest list says of a URL that had no result then; nil: nothing. some tells whether there are demands
// at all.
func (s *Store) demand(id uint64, some *atomic.Bool) (*listEntry, error) {
	if !some.Load() {
		return nil, nil
	}
	var e listEntry
	if ok, err := s.readRow(bucketDemands, idKey(id), &e); err != nil || !ok {
		return nil, err
	}
	return &e, nil
}

// eachDemand gives the IDs of demands, in short reads.
func (s *Store) eachDemand(fn func(id uint64) error) error {
	for next := uint64(0); ; {
		var ids []uint64
		err := s.View(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketDemands)
			if b == nil {
				return nil
			}
			c := b.Cursor()
			for k, _ := c.Seek(idKey(next)); len(k) == 8 && len(ids) < nameAtOnce; k, _ = c.Next() {
				ids = append(ids, binary.BigEndian.Uint64(k))
			}
			return nil
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := fn(id); err != nil {
				return err
			}
		}
		next = ids[len(ids)-1] + 1
	}
}

// rejudge judges what is stored by the filters, when they are others than in the run before, or when that run did not come
// to the end of it. Settings are marked meanwhile, so that a crash in between, and whatever filters come then, does it again.
func (l *loop) rejudge(ctx context.Context) error {
	c := l.c
	if c.o.Images == nil {
		return nil
	}
	if err := l.sweepLeftovers(); err != nil {
		return err
	}
	if err := l.meetDemands(ctx); err != nil {
		return ignoreDone(ctx, err)
	}
	old, ok, err := c.store.Settings()
	if err != nil || !ok || old.Images == nil {
		return err
	}
	now := c.o.Images.settings()
	if !old.Images.Judging && old.Images.filtersAs(now) {
		return nil
	}
	what := "stored pictures are judged again, since that was not finished"
	if diff := old.Images.filterDifference(now); diff != "" {
		what = "other filters than in the run before: " + diff + "; stored pictures are judged again"
	}
	if len(c.commit.dirs) > 0 && c.o.Images.Dir != "" {
		what += ", and files of those that pass no more are removed from " + c.commit.dirs[0]
	}
	c.o.Observer.Notice(what)
	marked := *old.Images
	marked.Judging, old.Images = true, &marked
	l.s.send(&settled{settings: &old})
	err = c.store.Each(0, func(r *sink.Record) error {
		want, err := c.store.wanted(r)
		if err != nil {
			return err
		}
		switch what, v := c.o.Images.judge(r, want); {
		case what == leftOut && !isMinimum(v.rule):
			next, err := c.nextCandidate(leaseOf(r))
			if err != nil {
				return err
			}
			l.s.send(&settled{judge: r.ID, links: l.s.candidate(next, leaseOf(r))})
		case what != stands:
			l.s.send(&settled{judge: r.ID})
		}
		return ctx.Err()
	})
	if err != nil {
		return ignoreDone(ctx, err)
	}
	return l.flushed(ctx)
}

// meetDemands judges results by demands that a crash has left with them.
func (l *loop) meetDemands(ctx context.Context) error {
	err := l.c.store.eachDemand(func(id uint64) error {
		l.c.commit.demands.Store(true)
		if _, ok, err := l.c.store.Get(id); err != nil || !ok {
			return err
		}
		l.s.send(&settled{judge: id})
		return ctx.Err()
	})
	return errors.Join(err, l.flushed(ctx))
}

// leaseOf is the lease that a result had, as far as its record tells.
func leaseOf(r *sink.Record) *frontier.Lease {
	return &frontier.Lease{
		ID: frontier.ID(r.ID), URL: r.URL, Host: hostString(r.URL), Depth: r.Depth, From: frontier.ID(r.From), Flags: frontierFlags(r.Flags),
	}
}

// filtersAs reports whether both take the same files.
func (s *ImageSettings) filtersAs(o *ImageSettings) bool {
	return reflect.DeepEqual(s.Filter, o.Filter) && s.RespectNoAI == o.RespectNoAI
}

// filterDifference tells what o takes otherwise, in the words of the flags.
func (s *ImageSettings) filterDifference(o *ImageSettings) string {
	var d differences
	a, b := &s.Filter, &o.Filter
	d.tell("--types", strings.Join(a.Types, ","), strings.Join(b.Types, ","))
	d.tell("--min-bytes", a.MinBytes, b.MinBytes)
	d.tell("--max-bytes", a.MaxBytes, b.MaxBytes)
	d.tell("--min-width", a.MinWidth, b.MinWidth)
	d.tell("--min-height", a.MinHeight, b.MinHeight)
	d.tell("--max-pixels", a.MaxPixels, b.MaxPixels)
	d.tell("--aspect", a.bounds(), b.bounds())
	d.tell("--respect-noai", s.RespectNoAI, o.RespectNoAI)
	return d.String()
}

// JudgedCounts tell what became in one run of results that were stored before it, or before a later row of the list.
type JudgedCounts struct {
	LeftOut    int64 `json:"left_out"`    // files that pass no more; their bytes stay in the store
	TakenBack  int64 `json:"taken_back"`  // from the store, without a request
	AskedAgain int64 `json:"asked_again"` // whose bytes the store did not have
	OtherName  int64 `json:"other_name"`  // files that the list now proposes another name for, and that keep theirs
	Changed    int64 `json:"changed"`     // files that were left out but not removed: somebody changed them
}
