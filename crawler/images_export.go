package crawler

import (
	"context"
	"errors"
	"fmt"

	"crawl/sink"
	"crawl/sink/naming"
)

// WriteFiles writes the files of an image batch into dir, which is made when it is missing, under the names that they have
// or are given now. A file that is there with the same bytes is one of them, so that it can be repeated. Whatever else
// stands in a path stays, and is an error at the end, when all others are written. It gives the number of files. It returns
// ErrInUse while a crawl runs on the store.
func (s *Store) WriteFiles(ctx context.Context, dir string, t naming.Template) (n int, err error) {
	release, err := s.use()
	if err != nil {
		return 0, err
	}
	defer release()
	if err := s.nameFiles(ctx, t); err != nil {
		return 0, err
	}
	files, err := s.openDir(dir)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFiles, err)
	}
	defer files.Close()
	staged, first, inTheWay := 0, "", 0
	publish := func() error {
		taken, err := files.Publish()
		for _, path := range taken {
			if inTheWay++; first == "" {
				first = path
			}
		}
		n += staged - len(taken)
		staged = 0
		return err
	}
	err = s.Each(0, func(r *sink.Record) error {
		if !isSaved(r) {
			return ctx.Err()
		}
		body, err := s.OpenBody(r.Body)
		if err != nil {
			return err
		}
		err = errors.Join(files.Stage(r.File, bodyTo{body}), body.Close())
		switch {
		case errors.Is(err, sink.ErrExists):
			if inTheWay++; first == "" {
				first = r.File
			}
			return nil
		case err != nil:
			return err
		}
		if staged++; staged >= publishAtOnce {
			return errors.Join(publish(), ctx.Err())
		}
		return ctx.Err()
	})
	if err = errors.Join(err, publish()); err == nil && inTheWay > 0 {
		err = fmt.Errorf("%w: %d of %d are missing in %s, since something else has their path, such as %s; move it elsewhere, or use another directory",
			ErrFiles, inTheWay, n+inTheWay, dir, first)
	}
	return n, err
}
