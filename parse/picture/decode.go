package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Errors about a file. They are wrapped with what was found.
var (
	// ErrNotAnImage says that the file is no picture.
	ErrNotAnImage = errors.New("not a picture")

	// ErrTooManyPixels says that the picture is larger than MaxPixels, or would need more memory than a decoder may have.
	// Nothing was decoded: such files are often made to fill memory.
	ErrTooManyPixels = errors.New("picture has too many pixels")

	// ErrTooLarge says that the file has more than MaxBytes bytes.
	ErrTooLarge = errors.New("file is too large to be decoded")

	// ErrBroken says that the file starts as a picture does and is cut off or damaged.
	ErrBroken = errors.New("picture is broken")
)

// errUnsupported says that a picture may be good, but is of a kind that is not decoded.
var errUnsupported = errors.New("not decoded")

// decoder is how a type is decoded.
type decoder struct {
	config func(io.Reader) (image.Config, error)
	image  func(io.Reader) (image.Image, error)
}

// decoderOf gives the decoder of a type; there is none for avif, heic, jxl, svg and ico.
func decoderOf(info *Info) (decoder, bool) {
	switch info.Type {
	case "jpeg":
		return decoder{jpeg.DecodeConfig, jpeg.Decode}, true
	case "png":
		return decoder{png.DecodeConfig, png.Decode}, true
	case "gif":
		return decoder{gif.DecodeConfig, gif.Decode}, true
	case "webp":
		return decoder{webp.DecodeConfig, webp.Decode}, !info.Animated
	case "bmp":
		return decoder{bmp.DecodeConfig, bmp.Decode}, true
	case "tiff":
		return decoder{tiff.DecodeConfig, tiff.Decode}, true
	}
	return decoder{}, false
}

// Decodes reports whether pictures of a media type are decoded, but for rare kinds of them.
func Decodes(mediaType string) bool {
	name, ok := strings.CutPrefix(mediaType, "image/")
	_, known := decoderOf(&Info{Type: name})
	return ok && known
}

// decode decodes a picture; of an animation the first frame. The size that the header says is checked before. It is
// errUnsupported for kinds that are not decoded, and the error of ctx when that was done first; a decoder looks for it
// when it reads on.
func decode(ctx context.Context, body []byte, info *Info, maxPixels int64) (image.Image, error) {
	d, ok := decoderOf(info)
	if !ok || info.Type == "tiff" && isBigTIFF(body) {
		return nil, errUnsupported
	}
	config, err := d.config(bytes.NewReader(body))
	if err != nil {
		return nil, decodeError(err)
	}
	if err := fits(body, info, &config, maxPixels); err != nil {
		return nil, err
	}
	img, err := d.image(&pacedReader{ctx: ctx, r: bytes.NewReader(body)})
	if err != nil {
		return nil, decodeError(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !isWhole(body, info) {
		return nil, fmt.Errorf("%w: it is cut off, or has unknown parts", ErrBroken)
	}
	return img, nil
}

// isWhole looks at what decoders pass over: whether a JPEG has its last scans, and a GIF its other frames.
func isWhole(body []byte, info *Info) bool {
	whole := true
	switch info.Type {
	case "jpeg":
		whole = jpegEnds(body)
	case "gif":
		_, whole = gifFrames(body)
	}
	return whole
}

// decodeError tells what cannot be decoded here from what is broken.
func decodeError(err error) error {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	var t tiff.UnsupportedError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &j), errors.As(err, &p), errors.As(err, &t), errors.Is(err, bmp.ErrUnsupported):
		return fmt.Errorf("%w: %s", errUnsupported, words(err))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it is cut off", ErrBroken)
	}
	return fmt.Errorf("%w: %s", ErrBroken, words(err))
}

// words is an error's text, cut.
func words(err error) string {
	s := err.Error()
	return strings.ToValidUTF8(s[:min(len(s), maxNote)], "")
}

// fits refuses pictures that are too large to decode, by their header.
func fits(body []byte, info *Info, config *image.Config, maxPixels int64) error {
	w, h := int64(config.Width), int64(config.Height)
	if w < 1 || h < 1 || w > maxSide || h > maxSide {
		return fmt.Errorf("%w: its size is %d x %d", ErrBroken, w, h)
	}
	if w*h > maxPixels {
		return fmt.Errorf("%w: %d x %d are more than the %d that are decoded", ErrTooManyPixels, w, h, maxPixels)
	}
	if need := float64(w) * float64(h) * pixelBytes(body, info, config.ColorModel); need > maxDecoded {
		return fmt.Errorf("%w: %d x %d of this kind need %d MiB of memory, more than the %d MiB for one picture",
			ErrTooManyPixels, w, h, int64(need)>>20, maxDecoded>>20)
	}
	return nil
}

// pixelBytes is how much memory decoding takes for each pixel, at most: the picture and what the decoder keeps beside it.
func pixelBytes(body []byte, info *Info, model color.Model) float64 {
	own := 4.0
	switch model {
	case color.RGBA64Model, color.NRGBA64Model:
		own = 8
	case color.Gray16Model, color.Alpha16Model:
		own = 2
	case color.GrayModel, color.AlphaModel:
		own = 1
	}
	if _, ok := model.(color.Palette); ok {
		own = 1
	}
	switch info.Type {
	case "jpeg":
		var h jpegHead
		h.read(body)
		own = h.decodedBytes()
	case "png":
		const interlaced = 28
		if len(body) > interlaced && body[interlaced] != 0 {
			own *= 1.5 // the passes, the last of which has half of all pixels
		}
	case "webp":
		own = 8 // lossless: the pixels before and behind the last transform
	case "tiff":
		own *= 2 // a strip or tile may be all of it
	}
	return own
}

// pacedReader gives a decoder the file in steps, until the deadline.
type pacedReader struct {
	ctx context.Context
	r   *bytes.Reader
}

// Read reads the next step.
func (p *pacedReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b[:min(len(b), readStep)])
}

// ReadAt is for decoders of formats that are not read in order.
func (p *pacedReader) ReadAt(b []byte, at int64) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.ReadAt(b, at)
}
