package parse

import (
	"context"
	"errors"
)

// abilities are what a worker with this Extractor tells.
func abilities(x Extractor) []string {
	all := []string{"select", "text"}
	if _, ok := x.(Imager); ok {
		all = append(all, methodImage)
	}
	return all
}

// image answers an image request.
func (w *worker) image(ctx context.Context, q *request, imager Imager) {
	facts, err := w.look(ctx, &q.image, imager)
	w.out.append(func(b []byte) []byte { return appendImageResult(appendResponse(b, q.id), &facts, err) })
}

// look looks at one picture. A panic is the picture's error.
func (w *worker) look(ctx context.Context, job *ImageJob, imager Imager) (facts ImageFacts, err error) {
	if w.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.deadline)
		defer cancel()
	}
	defer func() {
		if crash := recover(); crash != nil {
			facts, err = ImageFacts{}, crashError(crash)
		}
	}()
	facts, err = imager.Image(ctx, job)
	if errors.Is(err, context.DeadlineExceeded) {
		err = ErrParseTimeout
	}
	return facts, err
}
