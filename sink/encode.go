package sink

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// Versions of an encoded record, its first byte. A record without image facts and defects is written as pages always were,
// so that older programs read the stores of pages.
const (
	pageRecord    = 1
	imageRecord   = 2 // version 1, then the image facts, which are not empty
	oddPage       = 3 // version 1, then the defects, which are not empty
	oddImage      = 4 // version 2, then the defects
	recordVersion = oddImage
)

// recordHead is the length of the version and the CRC32C, which covers all that follows.
const recordHead = 1 + 4

// castagnoli is CRC32C (RFC 3720, appendix B.4), which processors compute.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// AppendRecord appends the encoding of r: a version, a CRC32C over the rest, then the fields in order. Numbers are
// varints, strings and lists carry their length. Equal records give equal bytes.
func AppendRecord(b []byte, r *Record) ([]byte, error) {
	start := len(b)
	b = append(b, pageRecord, 0, 0, 0, 0)
	b = binary.AppendUvarint(b, r.ID)
	b = appendString(b, r.URL)
	b = binary.AppendUvarint(b, r.From)
	b = binary.AppendUvarint(b, uint64(r.Depth))
	b = append(b, byte(r.Flags))
	b = binary.AppendVarint(b, int64(r.Status))
	b = appendString(b, r.Location)
	b = appendString(b, r.Proto)
	b = appendBytes(b, r.Header)
	b = appendString(b, r.ContentType)
	b = appendString(b, r.MediaType)
	b = appendString(b, r.Charset)
	b = appendString(b, r.Title)
	b = appendString(b, r.Description)
	b = appendString(b, r.Canonical)
	b = appendString(b, r.Lang)
	b = binary.AppendUvarint(b, uint64(r.Links.n))
	b = appendBytes(b, r.Links.buf)
	b = appendFields(b, r.Fields)
	b = appendString(b, r.Text)
	b = appendBody(b, &r.SHA256, r.Body)
	b = binary.AppendVarint(b, r.WireBytes)
	b = appendString(b, r.ErrClass)
	b = appendString(b, r.ErrMessage)
	b = appendString(b, r.File)
	b = appendString(b, r.Rule)
	b = appendAttempts(b, r.Attempts)
	b = appendTime(b, r.FetchedAt)
	b = appendTiming(b, &r.Timing)
	if !r.ImageFacts.empty() {
		b[start] = imageRecord
		b = appendImage(b, &r.ImageFacts)
	}
	if r.odd() {
		b[start] += oddPage - pageRecord
		b = appendStrings(appendStrings(b, r.Defects), r.FieldDefects)
	}
	if err := checkCounts(r, len(b)-start); err != nil {
		return b[:start], err
	}
	binary.LittleEndian.PutUint32(b[start+1:], crc32.Checksum(b[start+recordHead:], castagnoli))
	return b, nil
}

// checkCounts refuses what the decoder would.
func checkCounts(r *Record, size int) error {
	switch {
	case size > MaxRecord:
		return fmt.Errorf("%w: the record of %s has %d bytes, %d are allowed; cut its text or links", ErrTooLarge, r.URL, size, MaxRecord)
	case len(r.Attempts) > maxAttempts:
		return fmt.Errorf("%w: the record of %s has %d attempts, %d are allowed", ErrTooLarge, r.URL, len(r.Attempts), maxAttempts)
	case len(r.Fields) > maxFields:
		return fmt.Errorf("%w: the record of %s has %d fields, %d are allowed", ErrTooLarge, r.URL, len(r.Fields), maxFields)
	case len(r.Defects) > maxDefects || len(r.FieldDefects) > maxDefects:
		return fmt.Errorf("%w: the record of %s has %d and %d defects, %d are allowed of each", ErrTooLarge, r.URL, len(r.Defects), len(r.FieldDefects), maxDefects)
	case len(r.Extra) > maxExtra:
		return fmt.Errorf("%w: the record of %s has %d columns of its list, %d are allowed", ErrTooLarge, r.URL, len(r.Extra), maxExtra)
	}
	return nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBytes(b, s []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendString(b, s)
	}
	return b
}

func appendFields(b []byte, fields []Field) []byte {
	b = binary.AppendUvarint(b, uint64(len(fields)))
	for i := range fields {
		b = appendStrings(appendString(b, fields[i].Name), fields[i].Values)
	}
	return b
}

// appendBody writes a digest and a reference: most redirects and failures have neither.
func appendBody(b []byte, d *Digest, ref BodyRef) []byte {
	if *d == (Digest{}) && ref == (BodyRef{}) {
		return append(b, 0)
	}
	b = append(b, 1)
	b = append(b, d[:]...)
	return appendRef(b, ref)
}

func appendImage(b []byte, f *ImageFacts) []byte {
	b = binary.AppendUvarint(b, uint64(f.Width))
	b = binary.AppendUvarint(b, uint64(f.Height))
	if f.HasDHash {
		b = binary.BigEndian.AppendUint64(append(b, 1), f.DHash)
	} else {
		b = append(b, 0)
	}
	b = appendBody(b, &f.Thumb, f.ThumbRef)
	b = binary.AppendUvarint(b, f.Number)
	if f.Want == (Digest{}) {
		b = append(b, 0)
	} else {
		b = append(append(b, 1), f.Want[:]...)
	}
	b = appendString(b, f.Name)
	b = binary.AppendUvarint(b, uint64(len(f.Extra)))
	for i := range f.Extra {
		b = appendString(b, f.Extra[i][0])
		b = appendString(b, f.Extra[i][1])
	}
	return b
}

func appendRef(b []byte, ref BodyRef) []byte {
	b = binary.AppendUvarint(b, uint64(ref.File))
	b = binary.AppendUvarint(b, ref.Seq)
	return binary.AppendUvarint(b, uint64(ref.Size))
}

func appendAttempts(b []byte, attempts []Attempt) []byte {
	b = binary.AppendUvarint(b, uint64(len(attempts)))
	for i := range attempts {
		a := &attempts[i]
		b = appendTime(b, a.At)
		b = binary.AppendVarint(b, int64(a.Status))
		b = appendString(b, a.Class)
		b = appendString(b, a.Message)
		b = appendString(b, a.Remote)
		b = appendTiming(b, &a.Timing)
	}
	return b
}

// appendTime writes 0 for the zero time, which has no Unix nanoseconds, else 1 and the Unix nanoseconds.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, 0)
	}
	return binary.AppendVarint(append(b, 1), t.UnixNano())
}

func appendTiming(b []byte, t *Timing) []byte {
	for _, d := range [...]time.Duration{t.Queue, t.Polite, t.DNS, t.Connect, t.TLS, t.FirstByte, t.Body, t.Parse} {
		b = binary.AppendVarint(b, int64(d))
	}
	return b
}
