package sink

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// DecodeRecord reads what AppendRecord wrote. It is strict: every byte is accounted for, no number is longer than it
// needs to be, and nothing is allocated for a count that the bytes cannot hold. The Record keeps nothing of b.
//
// Errors are ErrDamaged, and ErrNewerFormat for a version that this program does not know.
func DecodeRecord(b []byte) (*Record, error) {
	d, err := openRecord(b)
	if err != nil {
		return nil, err
	}
	r := new(Record)
	d.record(r)
	if b[0] == imageRecord || b[0] == oddImage {
		d.image(&r.ImageFacts)
	}
	if b[0] >= oddPage {
		if r.Defects, r.FieldDefects = d.strings(maxDefects), d.strings(maxDefects); !r.odd() {
			d.fail() // would have been written as a lower version
		}
	}
	if d.bad || d.off != len(d.b) {
		return nil, damaged("a record is malformed at byte %d of %d", recordHead+d.off, len(b))
	}
	return r, nil
}

// decodeURL reads only the ID and the URL of a record.
func decodeURL(b []byte) (uint64, string, error) {
	d, err := openRecord(b)
	if err != nil {
		return 0, "", err
	}
	id, url := d.uint(), d.string()
	if d.bad {
		return 0, "", damaged("a record is malformed at its URL")
	}
	return id, url, nil
}

// openRecord verifies version and checksum.
func openRecord(b []byte) (*decoder, error) {
	switch {
	case len(b) < recordHead || len(b) > MaxRecord:
		return nil, damaged("a record of %d bytes", len(b))
	case b[0] > recordVersion:
		return nil, fmt.Errorf("%w: a record has version %d, this program knows up to %d; use the newer program", ErrNewerFormat, b[0], recordVersion)
	case b[0] == 0:
		return nil, damaged("a record has version 0")
	case binary.LittleEndian.Uint32(b[1:]) != crc32.Checksum(b[recordHead:], castagnoli):
		return nil, damaged("a record does not match its checksum")
	}
	payload := b[recordHead:]
	return &decoder{b: payload, s: string(payload)}, nil
}

// decoder reads fields in order. After the first malformed one bad is set, and all others read as zero.
type decoder struct {
	b   []byte
	s   string // the same bytes, once: strings of the record are cut out of it
	off int
	bad bool
}

func (d *decoder) record(r *Record) {
	r.ID = d.uint()
	r.URL = d.string()
	r.From = d.uint()
	r.Depth = uint16(d.max(1<<16 - 1))
	r.Flags = Flags(d.byte(0xff))
	r.Status = int(d.int())
	r.Location = d.string()
	r.Proto = d.string()
	r.Header = d.bytes()
	r.ContentType = d.string()
	r.MediaType = d.string()
	r.Charset = d.string()
	r.Title = d.string()
	r.Description = d.string()
	r.Canonical = d.string()
	r.Lang = d.string()
	d.links(&r.Links)
	r.Fields = d.fields()
	r.Text = d.string()
	d.body(&r.SHA256, &r.Body)
	r.WireBytes = d.int()
	r.ErrClass = d.string()
	r.ErrMessage = d.string()
	r.File = d.string()
	r.Rule = d.string()
	r.Attempts = d.attempts()
	r.FetchedAt = d.time()
	d.timing(&r.Timing)
}

func (d *decoder) fail() { d.bad, d.off = true, len(d.b) }

func (d *decoder) uint() uint64 {
	v, n := uvarint(d.b[d.off:])
	if n == 0 {
		d.fail()
		return 0
	}
	d.off += n
	return v
}

// max reads a number that may be at most limit.
func (d *decoder) max(limit uint64) uint64 {
	v := d.uint()
	if v > limit {
		d.fail()
		return 0
	}
	return v
}

func (d *decoder) int() int64 {
	u := d.uint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// byte reads a byte that may be at most limit.
func (d *decoder) byte(limit byte) byte {
	if d.off == len(d.b) || d.b[d.off] > limit {
		d.fail()
		return 0
	}
	d.off++
	return d.b[d.off-1]
}

// span reads a length and steps over that many bytes.
func (d *decoder) span() (from, to int) {
	n := d.uint()
	if n > uint64(len(d.b)-d.off) {
		d.fail()
		return 0, 0
	}
	from = d.off
	d.off += int(n)
	return from, d.off
}

func (d *decoder) string() string {
	from, to := d.span()
	return d.s[from:to]
}

func (d *decoder) bytes() []byte {
	from, to := d.span()
	if from == to {
		return nil
	}
	return append([]byte(nil), d.b[from:to]...)
}

// count reads the length of a list, each entry of which takes at least size bytes.
func (d *decoder) count(limit, size int) int {
	n := d.max(uint64(limit))
	if n > uint64((len(d.b)-d.off)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) links(l *Links) {
	n := d.uint()
	buf := d.bytes()
	if !validLinks(buf, n) {
		d.fail()
		return
	}
	l.n, l.buf = int(n), buf
}

func (d *decoder) fields() []Field {
	n := d.count(maxFields, 2)
	if n == 0 {
		return nil
	}
	fields := make([]Field, n)
	for i := range fields {
		fields[i].Name = d.string()
		fields[i].Values = d.strings(MaxRecord)
	}
	return fields
}

// strings reads a list of at most most strings.
func (d *decoder) strings(most int) []string {
	n := d.count(most, 1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

func (d *decoder) body(digest *Digest, ref *BodyRef) {
	if d.byte(1) == 0 {
		return
	}
	if len(d.b)-d.off < len(digest) {
		d.fail()
		return
	}
	d.off += copy(digest[:], d.b[d.off:])
	*ref = d.ref()
	if *digest == (Digest{}) && *ref == (BodyRef{}) {
		d.fail() // would have been written as no body
	}
}

// digest reads a digest that may be absent.
func (d *decoder) digest() (sum Digest) {
	if d.byte(1) == 0 {
		return sum
	}
	if len(d.b)-d.off < len(sum) {
		d.fail()
		return sum
	}
	if d.off += copy(sum[:], d.b[d.off:]); sum == (Digest{}) {
		d.fail() // would have been written as none
	}
	return sum
}

func (d *decoder) image(f *ImageFacts) {
	f.Width = uint32(d.max(1<<32 - 1))
	f.Height = uint32(d.max(1<<32 - 1))
	if f.HasDHash = d.byte(1) == 1; f.HasDHash {
		if len(d.b)-d.off < 8 {
			d.fail()
			return
		}
		f.DHash = binary.BigEndian.Uint64(d.b[d.off:])
		d.off += 8
	}
	d.body(&f.Thumb, &f.ThumbRef)
	f.Number = d.uint()
	f.Want = d.digest()
	f.Name = d.string()
	if n := d.count(maxExtra, 2); n > 0 {
		f.Extra = make([][2]string, n)
	}
	for i := range f.Extra {
		f.Extra[i] = [2]string{d.string(), d.string()}
	}
	if f.empty() {
		d.fail() // would have been written as a page
	}
}

func (d *decoder) ref() BodyRef {
	return BodyRef{File: uint32(d.max(1<<32 - 1)), Seq: d.uint(), Size: int64(d.max(MaxBody))}
}

func (d *decoder) attempts() []Attempt {
	n := d.count(maxAttempts, 13)
	if n == 0 {
		return nil
	}
	attempts := make([]Attempt, n)
	for i := range attempts {
		a := &attempts[i]
		a.At = d.time()
		a.Status = int(d.int())
		a.Class = d.string()
		a.Message = d.string()
		a.Remote = d.string()
		d.timing(&a.Timing)
	}
	return attempts
}

func (d *decoder) time() time.Time {
	if d.byte(1) == 0 {
		return time.Time{}
	}
	return time.Unix(0, d.int()).UTC()
}

func (d *decoder) timing(t *Timing) {
	for _, p := range [...]*time.Duration{&t.Queue, &t.Polite, &t.DNS, &t.Connect, &t.TLS, &t.FirstByte, &t.Body, &t.Parse} {
		*p = time.Duration(d.int())
	}
}

// decodeRef reads a whole value that is a BodyRef.
func decodeRef(b []byte) (BodyRef, error) {
	d := decoder{b: b}
	ref := d.ref()
	if d.bad || d.off != len(b) || ref.File == 0 || ref.Seq == 0 {
		return BodyRef{}, damaged("a reference to a body is malformed")
	}
	return ref, nil
}
