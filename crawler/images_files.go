package crawler

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/sink"
)

// ErrFiles is returned when the directory of an image batch cannot be written any more. Nothing is lost: the files are in
// the store, and the next run writes what is missing.
var ErrFiles = errors.New("the files cannot be written")

// fileJob is a named file that is to be in the directory.
type fileJob struct {
	id    uint64
	name  string
	body  sink.BodyRef
	spool *sink.Spool  // the body as it came, to be released; nil: it is read from the store
	free  func()       // called when the spool has been; nil without one
	of    *sink.Record // of the spool: it gets name and body with the commit

	gone bool        // instead of writing it: what has the name is to be removed, if it has these bytes
	sum  sink.Digest // of it

	barrier chan<- struct{} // instead of a file: closed when all before it are done
}

// fileWriter writes files beside the committer, which owns it: one goroutine, since sink.Files makes many files durable
// at once and the rest is the kernel's.
type fileWriter struct {
	files *sink.Files
	store *Store
	jobs  chan fileJob
	done  chan struct{}
	wake  func() // the committer should look at outcome

	mu  sync.Mutex
	out filesOutcome

	staged  []fileJob // not published yet
	removed []string  // not known to be durable yet
}

// filesOutcome is what a fileWriter tells the committer.
type filesOutcome struct {
	written []uint64    // IDs of files that are there, durably
	taken   []misplaced // files whose path something else has
	blocked []misplaced // files for which a folder cannot be made, because something else has its path
	removed []string    // paths at which nothing is any more that was left out
	changed int64       // files that were left out, and have other bytes by now
	err     error       // nothing more is written
}

// misplaced is a file that cannot have its name. It may have been given another one since: two jobs may be of one file.
type misplaced struct {
	id   uint64
	name string
}

func (o *filesOutcome) len() int {
	return len(o.written) + len(o.taken) + len(o.blocked) + len(o.removed) + int(o.changed)
}

func newFileWriter(files *sink.Files, store *Store, wake func()) *fileWriter {
	w := &fileWriter{files: files, store: store, wake: wake, jobs: make(chan fileJob, fileQueue), done: make(chan struct{})}
	go w.run()
	return w
}

// run writes files until jobs is closed. What comes within publishDelay shares the waiting for the disk.
func (w *fileWriter) run() {
	defer close(w.done)
	timer := time.NewTimer(publishDelay)
	for {
		var job fileJob
		ok := true
		select {
		case job, ok = <-w.jobs:
		case <-timer.C:
			w.publish()
			continue
		}
		switch {
		case !ok:
			w.publish()
			return
		case job.barrier != nil:
			w.publish()
			close(job.barrier)
			continue
		}
		if job.gone {
			w.remove(job)
		} else {
			w.stage(job)
		}
		if n := len(w.staged) + len(w.removed); n >= publishAtOnce {
			w.publish()
		} else if n == 1 {
			timer.Reset(publishDelay)
		}
	}
}

// stage writes a file aside.
func (w *fileWriter) stage(job fileJob) {
	defer job.release()
	if w.failed() {
		return
	}
	err := w.write(job)
	switch {
	case errors.Is(err, sink.ErrExists):
		w.tell(filesOutcome{blocked: []misplaced{{job.id, job.name}}})
	case err != nil:
		w.tell(filesOutcome{err: fmt.Errorf("%w: %w", ErrFiles, err)})
	default:
		w.staged = append(w.staged, job)
	}
}

// write has a job's body written aside.
func (w *fileWriter) write(job fileJob) error {
	if job.spool != nil {
		return w.files.Stage(job.name, job.spool)
	}
	body, err := w.store.OpenBody(job.body)
	if err != nil {
		return err
	}
	return errors.Join(w.files.Stage(job.name, bodyTo{body}), body.Close())
}

// release gives the memory of a job's body back.
func (j *fileJob) release() {
	if j.spool != nil {
		j.spool.Release()
		j.free()
	}
}

// publish gives the staged files their names, and makes that and removals durable.
func (w *fileWriter) publish() {
	if len(w.removed) > 0 && !w.failed() {
		if err := w.files.SyncFolders(w.removed); err != nil {
			w.tell(filesOutcome{err: fmt.Errorf("%w: %w", ErrFiles, err)})
			return
		}
		w.tell(filesOutcome{removed: w.removed})
		w.removed = nil
	}
	if len(w.staged) == 0 || w.failed() {
		return
	}
	paths, err := w.files.Publish()
	if err != nil {
		w.tell(filesOutcome{err: fmt.Errorf("%w: %w", ErrFiles, err)})
		return
	}
	taken := map[string]bool{}
	for _, p := range paths {
		taken[p] = true
	}
	var out filesOutcome
	for _, job := range w.staged {
		if taken[job.name] {
			out.taken = append(out.taken, misplaced{job.id, job.name})
		} else {
			out.written = append(out.written, job.id)
		}
	}
	w.staged = w.staged[:0]
	w.tell(out)
}

func (w *fileWriter) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.err != nil
}

// tell adds to what the committer will find. Written files wait for its next commit; the rest it must act upon.
func (w *fileWriter) tell(o filesOutcome) {
	w.mu.Lock()
	w.out.written = append(w.out.written, o.written...)
	w.out.taken = append(w.out.taken, o.taken...)
	w.out.blocked = append(w.out.blocked, o.blocked...)
	w.out.removed = append(w.out.removed, o.removed...)
	w.out.changed += o.changed
	if w.out.err == nil {
		w.out.err = o.err
	}
	w.mu.Unlock()
	if len(o.taken)+len(o.blocked) > 0 || o.err != nil {
		w.wake()
	}
}

// outcome gives what was told since the last call.
func (w *fileWriter) outcome() filesOutcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.out
	w.out.written, w.out.taken, w.out.blocked, w.out.removed, w.out.changed = nil, nil, nil, nil, 0
	return o
}

// peek gives what outcome will.
func (w *fileWriter) peek() filesOutcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out
}

// wait blocks until all files that were handed over are written, or found to be impossible.
func (w *fileWriter) wait() {
	done := make(chan struct{})
	w.jobs <- fileJob{barrier: done}
	<-done
}

// close ends the writer when it has written what it was given.
func (w *fileWriter) close() error {
	close(w.jobs)
	<-w.done
	return w.files.Close()
}

// bodyTo writes a stored body.
type bodyTo struct{ io.Reader }

// WriteTo implements io.WriterTo.
func (b bodyTo) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, b.Reader) }

// openDir opens a directory of files.
func (s *Store) openDir(dir string) (*sink.Files, error) {
	seed := s.Seed()
	files, err := sink.OpenFiles(dir, hex.EncodeToString(seed[:4]))
	if errors.Is(err, sink.ErrNotFound) {
		return nil, fmt.Errorf("the directory %s cannot be made, since the one that it would be in is missing or takes none; check the path", dir)
	}
	return files, err
}

// commitImages makes the committer one of an image batch. known is the number of URLs that were known before.
func (c *Crawl) commitImages(known uint64) error {
	m, k := c.o.Images, c.commit
	if m == nil {
		return nil
	}
	k.images, k.observer, k.listedIDs.start = m, c.o.Observer, known
	old, _, err := c.store.Settings()
	if err != nil {
		return err
	}
	dirs := []string{absolute(m.Dir)}
	if old.Images != nil {
		dirs = append(append(dirs, old.Images.Dir), old.Images.Dirs...) // a store of before has no Dirs
	}
	for _, dir := range dirs {
		if dir != "" && !slices.Contains(k.dirs, dir) && len(k.dirs) < maxDirs {
			k.dirs = append(k.dirs, dir)
		}
	}
	if m.Dir == "" {
		return nil
	}
	k.template = m.Name
	return c.openFiles()
}

// openFiles opens the directory of an image batch for a crawl. Temporary files that a crash has left there go.
func (c *Crawl) openFiles() error {
	files, err := c.store.openDir(c.o.Images.Dir)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFiles, err)
	}
	c.commit.files = newFileWriter(files, c.store, c.commit.wake)
	return nil
}

// wake makes the committer commit soon, if only to look at what happened to files.
func (k *committer) wake() {
	select {
	case k.flush <- struct{}{}:
	default:
	}
}

// nameFiles gives the files of the batch their names, in front of the commit that makes them durable.
func (k *committer) nameFiles() error {
	if k.files == nil {
		return nil
	}
	for i := range k.named {
		r := k.named[i].of
		facts, err := k.store.nameFacts(r)
		if err != nil {
			return err
		}
		wanted := k.template.Name(facts)
		err = k.store.View(func(tx *bolt.Tx) (err error) {
			k.namer.tx = tx
			r.File, err = k.namer.give(r.ID, wanted)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settleFiles writes what a commit knows of files: names, those that are to be written, and those that are.
func (k *committer) settleFiles(tx *bolt.Tx, out *filesOutcome) error {
	k.again = k.again[:0]
	k.judged.Changed += out.changed
	if b := tx.Bucket(bucketLeftovers); b != nil {
		for _, name := range out.removed {
			if err := b.Delete(leftoverKey(k.dirs[0], name)); err != nil {
				return err
			}
		}
	}
	if err := k.dropStaleJobs(tx); err != nil {
		return err
	}
	for i, m := range slices.Concat(out.taken, out.blocked) {
		r, err := k.store.rename(tx, m, i >= len(out.taken), k.namer)
		if err != nil {
			return err
		}
		if r != nil {
			k.again = append(k.again, jobOf(r))
		}
	}
	if err := k.namer.put(tx); err != nil {
		return err
	}
	for _, job := range slices.Concat(k.named, k.jobs) {
		if job.gone {
			continue
		}
		if err := putUnwritten(tx, job.id); err != nil {
			return err
		}
	}
	if b := tx.Bucket(bucketUnwritten); b != nil {
		for _, id := range out.written {
			if err := b.Delete(idKey(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func jobOf(r *sink.Record) fileJob { return fileJob{id: r.ID, name: r.File, body: r.Body} }

// handFiles gives the files whose names are durable to the writer. It blocks while fileQueue of them wait.
func (k *committer) handFiles() {
	for _, job := range k.named {
		job.name, job.body = job.of.File, job.of.Body
		k.files.jobs <- job
	}
	for _, job := range slices.Concat(k.jobs, k.again) {
		k.files.jobs <- job
	}
}

// lastFiles waits for the files, and commits what became of them.
func (k *committer) lastFiles() {
	if k.files == nil {
		return
	}
	for k.err == nil {
		k.files.wait()
		out := k.files.peek()
		if out.len() == 0 && out.err == nil {
			break
		}
		k.commit()
	}
	if err := k.files.close(); err != nil && k.err == nil {
		k.err = fmt.Errorf("%w: %w", ErrFiles, err)
	}
}

// reconcile sees to it that every file that has, or should have, a name is in the directory: after a crash, when files
// were removed, when the directory is another one than the last time, or when there was none.
func (l *loop) reconcile(ctx context.Context) error {
	c := l.c
	if c.commit.files == nil {
		return nil
	}
	old, ok, err := c.store.Settings()
	if err != nil {
		return err
	}
	moved := !ok || old.Images == nil || old.Images.Dir != absolute(c.o.Images.Dir)
	if err := c.store.nameFiles(ctx, c.o.Images.Name); err != nil {
		return ignoreDone(ctx, err)
	}
	err = c.store.Each(0, func(r *sink.Record) error {
		if !isSaved(r) || r.File == "" {
			return ctx.Err()
		}
		there, err := c.inPlace(r, moved)
		if err != nil {
			return err
		}
		if !there {
			l.s.send(&settled{file: jobOf(r)})
		}
		return ctx.Err()
	})
	if err != nil {
		return ignoreDone(ctx, err)
	}
	return l.flushed(ctx)
}

// inPlace reports whether a file need not be written. One that was there and has another size now is taken out of the way;
// of one that may never have been written, what stands in its path is somebody else's.
func (c *Crawl) inPlace(r *sink.Record, moved bool) (bool, error) {
	unwritten := moved
	if !moved {
		err := c.store.View(func(tx *bolt.Tx) error {
			b := tx.Bucket(bucketUnwritten)
			if b == nil {
				return nil
			}
			k, _ := b.Cursor().Seek(idKey(r.ID))
			unwritten = string(k) == string(idKey(r.ID))
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	if unwritten {
		return false, nil
	}
	dir := c.commit.files.files
	there, err := dir.Has(r.File, r.Body.Size)
	if err == nil && !there {
		if err = dir.Remove(r.File); errors.Is(err, sink.ErrExists) {
			err = nil // the writer finds it too, and takes another name
		}
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrFiles, err)
	}
	return there, nil
}

// absolute is the path as it is kept in the store; "" stays "".
func absolute(dir string) string {
	if dir == "" {
		return ""
	}
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
