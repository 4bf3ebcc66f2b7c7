package crawler

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"crawl/sink"
)

// A picture that is left out (images_rejudge.go) loses its name in one step with its result. Its file is removed when that is
// durable, after all files that were to be written before; what a crash leaves is removed at the next start.

// leftover is a file that was left out.
type leftover struct {
	ID     uint64      `json:"id"`
	Size   int64       `json:"size"`
	SHA256 sink.Digest `json:"sha256"`
}

func leftoverKey(dir, name string) []byte { return []byte(dir + "\x00" + name) }

// leaveFile takes a file's name away. It is removed from the directory when that is durable, now or at a later start.
func (k *committer) leaveFile(tx *bolt.Tx, r *sink.Record) error {
	if r.File == "" {
		return nil
	}
	if err := putRow(tx, bucketHeld, idKey(r.ID), r.File); err != nil {
		return err
	}
	for _, dir := range k.dirs {
		row := leftover{ID: r.ID, Size: r.Body.Size, SHA256: r.SHA256}
		if err := putRow(tx, bucketLeftovers, leftoverKey(dir, r.File), row); err != nil {
			return err
		}
	}
	r.File = ""
	if b := tx.Bucket(bucketUnwritten); b != nil {
		return b.Delete(idKey(r.ID))
	}
	return nil
}

// takeFileBack gives a file the name again that it had, if it had one.
func (k *committer) takeFileBack(tx *bolt.Tx, r *sink.Record) error {
	b := tx.Bucket(bucketHeld)
	if b == nil {
		return nil
	}
	key := idKey(r.ID)
	data := b.Get(key)
	if data == nil {
		return nil
	}
	if err := openRow(bucketHeld, key, data, &r.File); err != nil {
		return err
	}
	if err := b.Delete(key); err != nil {
		return err
	}
	if left := tx.Bucket(bucketLeftovers); left != nil {
		for _, dir := range k.dirs {
			if err := left.Delete(leftoverKey(dir, r.File)); err != nil {
				return err
			}
		}
	}
	return putUnwritten(tx, r.ID)
}

// sweepLeftovers has files removed that were left out and are in the directory still.
func (l *loop) sweepLeftovers() error {
	if l.c.commit.files == nil {
		return nil
	}
	store, dir := l.c.store, l.c.commit.dirs[0]
	found := map[string]leftover{}
	prefix := leftoverKey(dir, "")
	for next := prefix; ; {
		clear(found)
		err := store.View(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketLeftovers)
			if b == nil {
				return nil
			}
			c := b.Cursor()
			for k, v := c.Seek(next); bytes.HasPrefix(k, prefix) && len(found) < nameAtOnce; k, v = c.Next() {
				var row leftover
				if err := openRow(bucketLeftovers, k, v, &row); err != nil {
					return err
				}
				found[string(k[len(prefix):])] = row
				next = append(bytes.Clone(k), 0)
			}
			return nil
		})
		if err != nil || len(found) == 0 {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(found)) {
			row := found[name]
			r := &sink.Record{ID: row.ID, SHA256: row.SHA256, Body: sink.BodyRef{Size: row.Size}}
			l.s.send(&settled{file: goneJob(r, name)})
		}
	}
}

// goneJob has the file of a record removed that had this name.
func goneJob(r *sink.Record, name string) fileJob {
	return fileJob{id: r.ID, name: name, body: r.Body, gone: true, sum: r.SHA256}
}

// dropStaleJobs drops jobs of files that have been judged anew since somebody looked at them.
func (k *committer) dropStaleJobs(tx *bolt.Tx) (err error) {
	k.jobs = slices.DeleteFunc(k.jobs, func(job fileJob) bool {
		r, ok, gerr := sink.GetTx(tx, job.id)
		err = errors.Join(err, gerr)
		return job.gone == (ok && isSaved(r) && r.File == job.name)
	})
	return err
}

// remove removes a file that was left out.
func (w *fileWriter) remove(job fileJob) {
	if len(w.staged) > 0 {
		w.publish() // it may be among them
	}
	if w.failed() {
		return
	}
	gone, err := w.files.RemoveSame(job.name, job.body.Size, job.sum)
	switch {
	case err != nil:
		w.tell(filesOutcome{err: fmt.Errorf("%w: %w", ErrFiles, err)})
		return
	case !gone:
		w.tell(filesOutcome{changed: 1})
	}
	w.removed = append(w.removed, job.name)
}
