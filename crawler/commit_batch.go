package crawler

import (
	"context"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// stage has the store copy the bodies that have come while they are in the processor's cache, and gives their memory free:
// few buffers serve many pages then.
func (k *committer) stage() {
	if err := k.store.Stage(k.puts); err != nil {
		k.err = k.notStored(err)
		return
	}
	k.staged = len(k.puts)
	left := k.held[:0]
	for _, h := range k.held {
		if h.put >= 0 && k.puts[h.put].Done() {
			h.free()
		} else {
			left = append(left, h)
		}
	}
	clear(k.held[len(left):])
	k.held = left
}

func (k *committer) notStored(err error) error {
	return fmt.Errorf("the last %d results could not be stored: %w", len(k.puts), err)
}

// commit makes what was gathered durable, in one step, and tells the loop.
func (k *committer) commit() {
	if k.err == nil { // else something of the batch is missing
		k.err = k.commitBatch()
	}
}

func (k *committer) commitBatch() error {
	if err := k.free.check(); err != nil {
		return err
	}
	k.hungry.Store(false)
	if err := k.planAdmission(); err != nil {
		return err
	}
	var files filesOutcome
	if k.files != nil {
		if files = k.files.outcome(); files.err != nil {
			return files.err
		}
	}
	if k.count+k.fed+k.batch.AdmitLogged+files.len() == 0 {
		return nil
	}
	start := time.Now()
	k.batch.TellAgain = k.images != nil
	if err := k.nameFiles(); err != nil {
		return err
	}
	var res frontier.Result
	err := k.store.Commit(k.puts, func(tx *bolt.Tx) (err error) {
		res, err = k.write(tx, &files)
		return err
	})
	switch {
	case err != nil:
		return k.notStored(err)
	case res.Stale > 0:
		return fmt.Errorf("%w: %d results had no lease", errInternal, res.Stale)
	}
	if k.files != nil {
		k.handFiles()
	}
	if err := k.judgeAgain(res.Again); err != nil {
		return fmt.Errorf("stored results could not be judged again: %w", err)
	}
	k.stored = k.totals.clone()
	k.acknowledge(res, time.Since(start))
	k.reset()
	return nil
}

// planAdmission has links admitted with this batch when a slot of the loop is free for them, or when many wait for it.
func (k *committer) planAdmission() error {
	st, err := k.store.Frontier.Stats(context.Background())
	if err != nil {
		return err
	}
	logged := st.Logged + uint64(len(k.batch.Links)+len(k.batch.Outcomes)) // or about so many
	if wanted := k.admit.Swap(false); logged > 0 && wanted || st.Logged >= admitBatch {
		k.batch.AdmitLogged = admitBatch
	}
	return nil
}

// write is what a commit does beside the bodies and records, in their transaction.
func (k *committer) write(tx *bolt.Tx, files *filesOutcome) (frontier.Result, error) {
	res, err := k.store.Frontier.ApplyTx(tx, &k.batch)
	if err != nil {
		return res, err
	}
	for i := range k.batch.Requeue {
		if err := sink.DeleteTx(tx, uint64(k.batch.Requeue[i].ID)); err != nil {
			return res, err
		}
	}
	for origin, e := range k.robots {
		if err := putRow(tx, bucketRobots, []byte(origin), e); err != nil {
			return res, err
		}
	}
	if err := putRedirects(tx, k.puts); err != nil {
		return res, err
	}
	if k.files != nil {
		if err := k.settleFiles(tx, files); err != nil {
			return res, err
		}
	}
	if err := putRow(tx, bucketCrawl, keyClock, k.now().UTC()); err != nil {
		return res, err
	}
	if k.settings != nil {
		if err := putRow(tx, bucketCrawl, keySettings, k.settings); err != nil {
			return res, err
		}
	}
	return res, putRow(tx, bucketCrawl, keyTotals, k.totals)
}

func (k *committer) acknowledge(res frontier.Result, spent time.Duration) {
	k.mu.Lock()
	k.ack.settled += k.count
	k.ack.news = k.ack.news || res.Admitted > 0 || k.putBack
	k.ack.spent += spent
	k.ack.fed += k.fed
	for _, h := range k.batch.Hosts {
		k.ack.hosts = append(k.ack.hosts, h.ID)
	}
	k.mu.Unlock()
	select {
	case k.notify <- struct{}{}:
	default:
	}
}

// taken gives what was acknowledged since the last call.
func (k *committer) taken() ack {
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.ack
	k.ack = ack{}
	return a
}

func (k *committer) reset() {
	for _, h := range k.held {
		h.free()
	}
	clear(k.puts)
	clear(k.held)
	clear(k.robots)
	clear(k.digests)
	clear(k.namer.given)
	clear(k.named)
	k.named, k.jobs, k.again = k.named[:0], k.jobs[:0], k.again[:0]
	k.puts, k.held, k.staged, k.bytes, k.count, k.fed, k.putBack = k.puts[:0], k.held[:0], 0, 0, 0, 0, false
	k.settings, k.links = nil, 0
	clear(k.where)
	k.where, k.rejudge = k.where[:0], k.rejudge[:0]
	b := &k.batch
	clear(b.Outcomes)
	clear(b.Admit)
	clear(b.Links)
	clear(b.Requeue)
	*b = frontier.Batch{Admit: b.Admit[:0], Outcomes: b.Outcomes[:0], Hosts: b.Hosts[:0], Links: b.Links[:0], Requeue: b.Requeue[:0], Expanded: b.Expanded[:0]}
}
