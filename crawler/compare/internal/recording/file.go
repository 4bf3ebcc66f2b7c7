package recording

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// version of the format. A change of what a record means changes it.
const version = "1"

// formatName begins the text of the first frame; the version and a line end follow.
const formatName = "crawl recording "

// skippable is the magic number of a zstd frame that decompressors pass over (RFC 8878, section 3.1.2).
const skippable = 0x184D2A50

// Kinds of records.
const (
	kindHead  = 'h' // once, first
	kindEntry = 'e'
	kindEnd   = 'z' // once, last
)

type head struct {
	Made   time.Time                `json:"made"`
	Left   []Missing                `json:"left,omitempty"`
	More   int                      `json:"more,omitempty"` // without an answer, beside Left
	Delays map[string]time.Duration `json:"delays,omitempty"`

	AskedLess int `json:"asked_less,omitempty"`
}

type end struct {
	Entries int `json:"entries"`
}

// Write writes the recording, one entry after another. The error is that of w, or says what in the recording Read would
// refuse.
func Write(w io.Writer, r *Recording) error {
	if err := r.check(); err != nil {
		return err
	}
	return write(w, r)
}

func write(w io.Writer, r *Recording) error {
	text := formatName + version + "\n"
	frame := binary.LittleEndian.AppendUint32(nil, skippable)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(text)))
	if _, err := w.Write(append(frame, text...)); err != nil {
		return err
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	err = writeRecords(z, r)
	return errors.Join(err, z.Close())
}

func writeRecords(w io.Writer, r *Recording) error {
	e := encoder{w: w}
	if err := e.record(kindHead, head{Made: r.Made, Left: r.Left, More: r.More, Delays: r.Delays, AskedLess: r.AskedLess}, nil); err != nil {
		return err
	}
	for i := range r.Entries {
		if err := e.record(kindEntry, &r.Entries[i], r.Entries[i].Body); err != nil {
			return err
		}
	}
	return e.record(kindEnd, end{len(r.Entries)}, nil)
}

// encoder writes records.
type encoder struct {
	w    io.Writer
	size sizes
}

// sizes are what a recording has so far, in bytes. The same bounds hold for writing and reading.
type sizes struct {
	meta, body int64
}

// left is what the parts of the next record may have.
func (s *sizes) left(kind byte) (meta, body int64) {
	meta = maxMeta
	if kind == kindHead {
		meta = maxHead
	}
	return min(meta, maxAllMeta-s.meta), MaxBytes - s.body
}

func (s *sizes) add(meta, body []byte) {
	s.meta += int64(len(meta))
	s.body += int64(len(body))
}

func (e *encoder) record(kind byte, meta any, body []byte) error {
	text, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	if m, b := e.size.left(kind); int64(len(text)) > m || int64(len(body)) > b {
		return fmt.Errorf("the recording would be too large: %d and %d bytes where %d and %d may follow; take fewer URLs", len(text), len(body), m, b)
	}
	e.size.add(text, body)
	b := append([]byte{kind}, binary.AppendUvarint(nil, uint64(len(text)))...)
	b = append(b, text...)
	b = binary.AppendUvarint(b, uint64(len(body)))
	sum := crc32.Update(crc32.Checksum(b, castagnoli()), castagnoli(), body)
	for _, part := range [][]byte{b, body, binary.LittleEndian.AppendUint32(nil, sum)} {
		if _, err := e.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Read reads a recording. Errors are ErrFormat, ErrVersion and ErrDamaged, each with what was found, and those of r.
func Read(r io.Reader) (*Recording, error) {
	if err := readVersion(r); err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	d := newDecoder(z)
	rec, err := d.recording()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return rec, nil
}

// readVersion reads the first frame.
func readVersion(r io.Reader) error {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return ErrFormat
	}
	size := binary.LittleEndian.Uint32(b[4:])
	if binary.LittleEndian.Uint32(b[:]) != skippable || size > 64 {
		return ErrFormat
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return ErrFormat
	}
	v, ok := strings.CutPrefix(string(text), formatName)
	if !ok {
		return ErrFormat
	}
	if v = strings.TrimSuffix(v, "\n"); v != version {
		return fmt.Errorf("%w: it is %q, this program reads %s; record it again", ErrVersion, v, version)
	}
	return nil
}

// decoder reads records.
type decoder struct {
	r    *bufio.Reader
	sum  uint32
	size sizes
}

func newDecoder(r io.Reader) *decoder { return &decoder{r: bufio.NewReader(r)} }

func (d *decoder) recording() (*Recording, error) {
	var h head
	if kind, meta, _, err := d.record(); err != nil {
		return nil, fmt.Errorf("its head: %w", err)
	} else if err := jsonOf(kind, kindHead, meta, &h); err != nil {
		return nil, err
	}
	if len(h.Left) > maxLeft || h.More < 0 {
		return nil, fmt.Errorf("its head: %d URLs without an answer are named, %d are not", len(h.Left), h.More)
	}
	rec := &Recording{Made: h.Made, Left: h.Left, More: h.More, Delays: h.Delays, AskedLess: max(h.AskedLess, 0)}
	for n := 1; ; n++ {
		kind, meta, body, err := d.record()
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		if kind == kindEnd {
			return rec, d.end(rec, meta)
		}
		e := Entry{}
		if err := jsonOf(kind, kindEntry, meta, &e); err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		e.Body = body
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("entry %d: %w", n, err)
		}
		if n > MaxEntries || n == 1 && e.Hop {
			return nil, fmt.Errorf("entry %d cannot be", n)
		}
		rec.Entries = append(rec.Entries, e)
	}
}

// end checks the last record and that nothing is behind it.
func (d *decoder) end(rec *Recording, meta []byte) error {
	var e end
	if err := json.Unmarshal(meta, &e); err != nil {
		return err
	}
	if e.Entries != len(rec.Entries) {
		return fmt.Errorf("it has %d entries and should have %d", len(rec.Entries), e.Entries)
	}
	if _, err := d.r.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind its end")
	}
	return nil
}

func jsonOf(kind, want byte, meta []byte, v any) error {
	if kind != want {
		return fmt.Errorf("a record of kind %q where %q is expected", kind, want)
	}
	return json.Unmarshal(meta, v)
}

func (d *decoder) record() (kind byte, meta, body []byte, err error) {
	d.sum = 0
	if kind, err = d.ReadByte(); err != nil {
		return 0, nil, nil, cut(err)
	}
	mostMeta, mostBody := d.size.left(kind)
	if meta, err = d.bytes(mostMeta); err != nil {
		return 0, nil, nil, cut(err)
	}
	if body, err = d.bytes(mostBody); err != nil {
		return 0, nil, nil, cut(err)
	}
	d.size.add(meta, body)
	want := d.sum
	var b [4]byte
	if _, err = io.ReadFull(d.r, b[:]); err != nil {
		return 0, nil, nil, cut(err)
	}
	if binary.LittleEndian.Uint32(b[:]) != want {
		return 0, nil, nil, errors.New("its checksum is wrong")
	}
	return kind, meta, body, nil
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadByte reads one byte of a record.
func (d *decoder) ReadByte() (byte, error) {
	c, err := d.r.ReadByte()
	if err == nil {
		d.sum = crc32.Update(d.sum, castagnoli(), []byte{c})
	}
	return c, err
}

// bytes reads a length and so many bytes. Memory is taken as they come.
func (d *decoder) bytes(most int64) ([]byte, error) {
	n, err := binary.ReadUvarint(d)
	if err != nil {
		return nil, err
	}
	if n > uint64(most) {
		return nil, fmt.Errorf("a part of %d bytes, more than %d", n, most)
	}
	var b bytes.Buffer
	if got, err := io.CopyN(&b, d.r, int64(n)); err != nil {
		return nil, fmt.Errorf("%d of %d bytes: %w", got, n, err)
	}
	d.sum = crc32.Update(d.sum, castagnoli(), b.Bytes())
	return b.Bytes(), nil
}
