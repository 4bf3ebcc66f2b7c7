package parse

import "context"

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
	facts, err := oneJob(ctx, w.deadline, func(ctx context.Context) (ImageFacts, error) { return imager.Image(ctx, &q.image) })
	w.out.append(func(b []byte) []byte { return appendImageResult(appendResponse(b, q.id), &facts, err) })
}
