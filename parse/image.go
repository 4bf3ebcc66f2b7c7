package parse

import (
	"context"
	"fmt"

	"crawl/parse/picture"
)

// ImageJob is one file that is to be looked at as a picture.
type ImageJob struct {
	URL         string // where it came from, for PoolOptions.Quarantine
	ContentType string // likewise; the type is told by the bytes alone
	Body        []byte // at most picture.MaxBytes; not kept and not changed

	Verify    bool  // decode all of it
	DHash     bool  // make a perceptual hash (picture.DHash), which decodes it too
	Thumb     int   // longest side of a thumbnail in pixels, at most picture.MaxThumb; 0: none
	MaxPixels int64 // width times height of the largest picture that is decoded; 0: picture.DefaultMaxPixels
}

// ImageFacts are what was found.
type ImageFacts struct {
	Type        string // as picture.Info has it: jpeg, png and so on
	Width       int    // pixels as they are stored; 0: not known
	Height      int
	Orientation int // EXIF, 0: not told; the hash and the thumbnail are those of the upright picture
	Animated    bool
	DHash       uint64
	HasDHash    bool
	Thumb       []byte // nil: none was asked for, or the picture was not decoded
	ThumbType   string // image/jpeg or image/png
	Verified    bool   // it was decoded to the end; false for kinds that are not decoded (Note says so)
	Note        string
}

// Imager looks at pictures: a Pool, or InProcess. Image may be called from many goroutines; it blocks until the answer is
// there, the deadline of ctx has passed, or the Imager's own limits are reached.
//
// Errors about the file are picture.ErrNotAnImage, ErrTooManyPixels, ErrTooLarge and ErrBroken.
type Imager interface {
	Image(ctx context.Context, job *ImageJob) (ImageFacts, error)
}

var (
	_ Imager = (*InProcess)(nil)
	_ Imager = (*Pool)(nil)
)

// Image looks at one picture in the caller's goroutine. Decoding may take some 400 MiB of memory beside the file, and goes
// on beyond the deadline of ctx until the decoder reads on. Errors are those of Imager, of the context, and ErrCrash.
func (*InProcess) Image(ctx context.Context, job *ImageJob) (facts ImageFacts, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			facts, err = ImageFacts{}, crashError(crash)
		}
	}()
	f, err := picture.Examine(ctx, job.Body, picture.Want{Verify: job.Verify, DHash: job.DHash, Thumb: job.Thumb, MaxPixels: job.MaxPixels})
	if err != nil {
		return ImageFacts{}, err
	}
	return ImageFacts{
		Type: f.Type, Width: f.Width, Height: f.Height, Orientation: f.Orientation, Animated: f.Animated,
		DHash: f.DHash, HasDHash: f.HasDHash, Thumb: f.Thumb, ThumbType: f.ThumbType, Verified: f.Verified, Note: f.Note,
	}, nil
}

// Image has a worker look at one picture, with all that is said of documents: it is exactly one result, whatever dies, one
// deadline and one cap of memory, and a picture that ends with ErrParseCrash, ErrParseTimeout or ErrParseMemory goes to
// PoolOptions.Quarantine, as a Document. It blocks while the queue is full. job.Body must stay unchanged until it returns.
//
// Errors are those of Imager and of a document, and ErrNoImages.
func (p *Pool) Image(ctx context.Context, job *ImageJob) (ImageFacts, error) {
	if len(job.Body) > picture.MaxBytes {
		return ImageFacts{}, fmt.Errorf("%w: %d bytes are more than %d", picture.ErrTooLarge, len(job.Body), picture.MaxBytes)
	}
	f := &Future{
		p: p, ctx: ctx, bytes: int64(len(job.Body)), done: make(chan struct{}), image: &imageTask{job: *job},
		rules: &Rules{}, // its own, so that it is in no batch with others
		doc:   Document{URL: job.URL, ContentType: job.ContentType, Body: job.Body},
	}
	f.image.job.Body = nil // it is the document's
	if err := p.enqueue(f); err != nil {
		return ImageFacts{}, err
	}
	if _, err := f.await(); err != nil {
		return ImageFacts{}, err
	}
	return f.image.facts, nil
}

// imageTask is what makes a Future one of a picture.
type imageTask struct {
	job   ImageJob
	facts ImageFacts // written before the Future is done
}
