package parse

import (
	"encoding/binary"

	"github.com/tinylib/msgp/msgp"

	"crawl/parse/internal/wire"
	"crawl/parse/picture"
)

// methodImage is the method for pictures, and the ability that a worker which has it tells.
const methodImage = "image"

// appendImage writes an image request up to the picture's n bytes, which must follow.
func appendImage(b []byte, id uint64, job *ImageJob, n int) []byte {
	b = appendRequest(b, id, methodImage, 1)
	b = msgp.AppendMapHeader(b, 5)
	b = msgp.AppendString(b, "verify")
	b = msgp.AppendBool(b, job.Verify)
	b = msgp.AppendString(b, "dhash")
	b = msgp.AppendBool(b, job.DHash)
	b = msgp.AppendString(b, "thumb")
	b = msgp.AppendUint64(b, uint64(max(job.Thumb, 0)))
	b = msgp.AppendString(b, "max_pixels")
	b = msgp.AppendUint64(b, uint64(max(job.MaxPixels, 0)))
	b = msgp.AppendString(b, "body")
	return msgp.AppendBytesHeader(b, uint32(n))
}

// readImageJob reads the parameter of an image request. The body goes into job's own memory, which is used again unless it
// is large.
func readImageJob(r *wire.Reader, job *ImageJob) error {
	body := job.Body[:0]
	if cap(body) > maxScratch {
		body = nil
	}
	*job = ImageJob{}
	return entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "verify":
			job.Verify, err = r.Bool()
		case "dhash":
			job.DHash, err = r.Bool()
		case "thumb":
			job.Thumb, err = readSmall(r, picture.MaxThumb+1)
		case "max_pixels":
			var n int
			n, err = readSmall(r, maxImageNumber)
			job.MaxPixels = int64(n)
		case "body":
			job.Body, err = r.Append(body, picture.MaxBytes)
			body = job.Body[:0]
		default:
			err = r.Skip()
		}
		return err
	})
}

// readSmall reads a number, cut to most.
func readSmall(r *wire.Reader, most uint64) (int, error) {
	n, err := r.Uint()
	return int(min(n, most)), err
}

// appendImageResult writes what was found, or why nothing was.
func appendImageResult(b []byte, f *ImageFacts, err error) []byte {
	if err != nil {
		return appendPageError(b, err)
	}
	keys := uint32(7)
	if f.HasDHash {
		keys++
	}
	if f.Thumb != nil {
		keys++
	}
	b = msgp.AppendMapHeader(b, keys)
	b = msgp.AppendString(b, "type")
	b = msgp.AppendString(b, f.Type)
	b = msgp.AppendString(b, "width")
	b = msgp.AppendUint64(b, uint64(f.Width))
	b = msgp.AppendString(b, "height")
	b = msgp.AppendUint64(b, uint64(f.Height))
	b = msgp.AppendString(b, "orientation")
	b = msgp.AppendUint64(b, uint64(f.Orientation))
	b = msgp.AppendString(b, "animated")
	b = msgp.AppendBool(b, f.Animated)
	b = msgp.AppendString(b, "verified")
	b = msgp.AppendBool(b, f.Verified)
	b = msgp.AppendString(b, "note")
	b = msgp.AppendString(b, f.Note)
	if f.HasDHash {
		b = msgp.AppendString(b, "dhash")
		b = msgp.AppendBytes(b, binary.BigEndian.AppendUint64(nil, f.DHash))
	}
	if f.Thumb != nil {
		b = msgp.AppendString(b, "thumb")
		b = msgp.AppendBytes(b, f.Thumb)
	}
	return b
}

// readImageResult reads what a worker says of a picture. page is an error about the picture; err says that the stream is
// unusable.
func readImageResult(r *wire.Reader, job *ImageJob) (f ImageFacts, page, err error) {
	r.Begin(maxImageResultBytes)
	err = entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "type":
			f.Type, err = r.String(maxWords)
		case "width":
			f.Width, err = readSmall(r, maxImageNumber)
		case "height":
			f.Height, err = readSmall(r, maxImageNumber)
		case "orientation":
			f.Orientation, err = readSmall(r, maxImageNumber)
		case "animated":
			f.Animated, err = r.Bool()
		case "verified":
			f.Verified, err = r.Bool()
		case "note":
			f.Note, err = r.String(maxWords)
		case "dhash":
			f.DHash, f.HasDHash, err = readHash(r)
		case "thumb":
			f.Thumb, _, err = r.AppendIfShort(nil, picture.MaxThumbBytes)
		case "error":
			page, err = readPageError(r)
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil || page != nil {
		return ImageFacts{}, page, protocolError(err)
	}
	f.distrust(job)
	return f, nil, nil
}

// readHash reads the eight bytes of a hash, the highest first.
func readHash(r *wire.Reader) (hash uint64, ok bool, err error) {
	var buf [8]byte
	b, ok, err := r.AppendIfShort(buf[:0], len(buf))
	if err != nil || !ok || len(b) != len(buf) {
		return 0, false, err
	}
	return binary.BigEndian.Uint64(b), true, nil
}

// distrust drops what a worker may not say: unknown types, what was not asked for, and thumbnails that are none.
func (f *ImageFacts) distrust(job *ImageJob) {
	if !picture.IsType(f.Type) {
		f.Type = ""
	}
	if f.Orientation > 8 {
		f.Orientation = 0
	}
	f.Note = clean(f.Note, maxWords)
	if !job.DHash {
		f.DHash, f.HasDHash = 0, false
	}
	info, _ := picture.Sniff(f.Thumb, true)
	isThumb := info.Type == "jpeg" || info.Type == "png"
	if job.Thumb <= 0 || !isThumb || info.Width > job.Thumb || info.Height > job.Thumb || info.Width == 0 {
		f.Thumb, f.ThumbType = nil, ""
		return
	}
	f.ThumbType = info.MediaType
}

// sendImage writes an image request, or has it written as send does.
func (l *link) sendImage(id uint64, batch []*Future) (sent []*Future, isLarge bool, err error) {
	f := batch[0]
	n := int(f.bytes)
	b := appendImage(l.buf[:0], id, &f.image.job, n)
	l.buf = b
	if len(b)+n > l.direct {
		l.sendLarge(b, batch)
		return batch, true, nil
	}
	b, ok := f.appendBody(b)
	if !ok {
		return nil, false, nil
	}
	l.buf = b
	_, err = l.in.Write(b)
	return batch, false, err
}

// receiveImage reads the answer to an image request.
func (l *link) receiveImage(id uint64, batch []*Future) (left []*Future, err error) {
	if err := readResponse(l.r, id); err != nil {
		return batch, err
	}
	f := batch[0]
	facts, page, err := readImageResult(l.r, &f.image.job)
	if err != nil {
		return batch, err
	}
	l.jobs++
	l.done.Add(1)
	f.image.facts = facts // nobody looks at it when f was given up meanwhile
	f.finish(Extraction{}, page)
	return nil, nil
}
