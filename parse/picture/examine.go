package picture

import (
	"context"
	"errors"
	"fmt"
)

// Want is what Examine is asked for.
type Want struct {
	Verify    bool  // decode all of it
	DHash     bool  // which decodes it too
	Thumb     int   // side of a thumbnail in pixels, at most MaxThumb; 0: none
	MaxPixels int64 // of the largest picture that is decoded; 0: DefaultMaxPixels
}

// Facts are what Examine found.
type Facts struct {
	Info
	DHash     uint64
	HasDHash  bool
	Thumb     []byte // nil: not asked for, or the picture was not decoded
	ThumbType string // image/jpeg or image/png; "" without a thumbnail
	Verified  bool   // all of it was decoded; of an animated GIF the first frame, and the others are there
	Note      string // why nothing was decoded of a good picture, or what else is to be known; "" usually
}

// Examine looks at a file and, if something is wanted, decodes it. A picture of a kind that is not decoded (AVIF, HEIC,
// JPEG XL, SVG, ICO, animated WebP, rare kinds of the others) is no error: its type and size are told, and Note says so.
//
// Errors are ErrNotAnImage, ErrTooManyPixels, ErrTooLarge, ErrBroken, and that of ctx. A decoder may take up to some 400 MiB
// beside the file, and is given up at the deadline only when it reads on.
func Examine(ctx context.Context, body []byte, want Want) (Facts, error) {
	if err := ctx.Err(); err != nil {
		return Facts{}, err
	}
	info, state := Sniff(body, true)
	if state != Known {
		return Facts{}, fmt.Errorf("%w: it is %s", ErrNotAnImage, info.MediaType)
	}
	f := Facts{Info: info}
	if !want.Verify && !want.DHash && want.Thumb <= 0 {
		return f, nil
	}
	if len(body) > MaxBytes {
		return Facts{}, fmt.Errorf("%w: %d bytes are more than %d", ErrTooLarge, len(body), MaxBytes)
	}
	if want.MaxPixels <= 0 {
		want.MaxPixels = DefaultMaxPixels
	}
	err := f.decode(ctx, body, &want)
	if errors.Is(err, errUnsupported) {
		f.Note = "a picture of this kind is not decoded: only its header was read (" + info.MediaType + ")"
		return f, nil
	}
	if err != nil {
		return Facts{}, err
	}
	return f, nil
}

// decode decodes the picture and takes what is wanted from it.
func (f *Facts) decode(ctx context.Context, body []byte, want *Want) error {
	img, err := decode(ctx, body, &f.Info, want.MaxPixels)
	if err != nil {
		return err
	}
	f.Verified = true
	side := min(want.Thumb, MaxThumb)
	if !want.DHash && side <= 0 {
		return nil
	}
	s := newShrinker(img, max(side, 0), want.DHash)
	if want.DHash && f.Orientation >= 5 {
		s.cells.swap()
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	if want.DHash {
		f.DHash, f.HasDHash = s.cells.hash(f.Orientation), true
	}
	if side > 0 {
		f.Thumb, f.ThumbType, err = s.encode(f.Orientation, side)
	}
	return err
}
