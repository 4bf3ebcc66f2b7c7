package crawler

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"crawl/parse"
	"crawl/parse/picture"
	"crawl/sink"
)

// ExamineOptions say what Store.Examine makes of the stored pictures that have none.
type ExamineOptions struct {
	DHash bool // a perceptual hash
	Thumb int  // a thumbnail with a longest side of so many pixels; 0: none
	Again bool // also of pictures that an earlier call could not decode

	Imager   Imager // must be given
	Parallel int    // pictures at once; 0: one
}

// ExamineSummary tells what Store.Examine did.
type ExamineSummary struct {
	Pictures int64 // that were decoded, or tried
	Failed   int64 // of them, that could not be: they are marked sink.Undecodable
}

// lacks reports whether something is to be made of a stored file.
func (o *ExamineOptions) lacks(r *sink.Record) bool {
	return isSaved(r) && r.ErrClass == "" && picture.Decodes(r.MediaType) && (o.Again || r.Flags&sink.Undecodable == 0) &&
		(o.DHash && !r.HasDHash || o.Thumb > 0 && r.ThumbRef == (sink.BodyRef{}))
}

// Unexamined gives the number of stored pictures that Examine would decode. It reads all records.
func (s *Store) Unexamined(ctx context.Context, o ExamineOptions) (n int64, err error) {
	err = s.Each(0, func(r *sink.Record) error {
		if o.lacks(r) {
			n++
		}
		return ctx.Err()
	})
	return n, err
}

// Examine decodes the stored pictures that lack a hash or a thumbnail that is wanted, with no request at all, and keeps
// what it makes. Each batch is one durable step, so that it can be stopped at any time and called again. A picture that
// cannot be decoded is marked so, and tried again only with Again or after Requeue of ClassBadImage.
// It returns ErrNoParsers when no worker can be had, and ErrInUse while a crawl runs on the store.
func (s *Store) Examine(ctx context.Context, o ExamineOptions) (sum ExamineSummary, err error) {
	switch {
	case o.Thumb < 0 || o.Thumb > maxThumb:
		return sum, fmt.Errorf("thumbnails of %d pixels are out of range: use 1 to %d, or 0 for none", o.Thumb, maxThumb)
	case o.Imager == nil:
		return sum, errors.New("pictures are to be decoded, but there is no Imager to do it")
	}
	release, err := s.use()
	if err != nil {
		return sum, err
	}
	defer release()
	large := make(chan struct{}, largeFiles)
	for next := uint64(0); ; {
		batch, from, err := s.unexaminedFrom(next, &o)
		if err != nil || len(batch) == 0 {
			return sum, err
		}
		next = from
		looks := make([]look, len(batch))
		s.lookAll(ctx, &o, batch, looks, large)
		if err := s.keepLooks(ctx, looks, &sum); err != nil {
			return sum, err
		}
	}
}

// unexaminedFrom gives the next records that lack something, and the ID to go on with.
func (s *Store) unexaminedFrom(next uint64, o *ExamineOptions) (list []*sink.Record, from uint64, err error) {
	err = s.Each(next, func(r *sink.Record) error {
		if o.lacks(r) {
			list, from = append(list, r), r.ID+1
		}
		if len(list) == examineAtOnce {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return list, from, err
}

// look is what was made of one picture.
type look struct {
	put   sink.Put
	bad   bool  // it cannot be decoded
	fatal error // why nothing more can be done
}

func (s *Store) lookAll(ctx context.Context, o *ExamineOptions, batch []*sink.Record, looks []look, large chan struct{}) {
	slots := make(chan struct{}, max(o.Parallel, 1))
	var wg sync.WaitGroup
	for i, r := range batch {
		slots <- struct{}{}
		wg.Go(func() {
			looks[i] = s.lookAt(ctx, o, r, large)
			<-slots
		})
	}
	wg.Wait()
}

// lookAt decodes one picture. Few large ones are in memory at once.
func (s *Store) lookAt(ctx context.Context, o *ExamineOptions, r *sink.Record, large chan struct{}) look {
	if r.Body.Size > picture.MaxBytes {
		return undecodable(r)
	}
	if r.Body.Size > largeFile {
		large <- struct{}{}
		defer func() { <-large }()
	}
	if err := ctx.Err(); err != nil {
		return look{fatal: err}
	}
	body, err := s.ReadBody(r.Body)
	if err != nil {
		return look{fatal: err}
	}
	f, err := o.Imager.Image(ctx, &parse.ImageJob{URL: r.URL, ContentType: r.ContentType, Body: body, DHash: o.DHash, Thumb: o.Thumb})
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return look{fatal: ctx.Err()}
	case errors.Is(err, parse.ErrNoWorkers), errors.Is(err, parse.ErrClosed), errors.Is(err, parse.ErrNoImages):
		return look{fatal: noImagers(err)}
	default:
		return undecodable(r)
	}
	r.Flags &^= sink.Undecodable
	l := look{put: sink.Put{Record: r}}
	if !r.HasDHash {
		r.DHash, r.HasDHash = f.DHash, f.HasDHash
	}
	if len(f.Thumb) > 0 && r.ThumbRef == (sink.BodyRef{}) {
		l.put.Thumb, r.Thumb = f.Thumb, sha256.Sum256(f.Thumb)
	}
	return l
}

// undecodable marks a picture, so that it is not tried in vain each time.
func undecodable(r *sink.Record) look {
	r.Flags |= sink.Undecodable
	return look{put: sink.Put{Record: r}, bad: true}
}

// keepLooks makes a batch durable, also what was made before something went wrong.
func (s *Store) keepLooks(ctx context.Context, looks []look, sum *ExamineSummary) error {
	var fatal error
	puts := make([]sink.Put, 0, len(looks))
	for i := range looks {
		l := &looks[i]
		if l.fatal != nil {
			fatal = l.fatal
			continue
		}
		if l.bad {
			sum.Failed++
		}
		puts = append(puts, l.put)
		sum.Pictures++
	}
	if len(puts) > 0 {
		if err := s.Commit(puts, nil); err != nil {
			return err
		}
	}
	if fatal != nil {
		return fatal
	}
	return ctx.Err()
}
