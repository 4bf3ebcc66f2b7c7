package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"time"

	"crawl/crawler/frontier"
)

// ErrDamaged is wrapped by every error about bytes that this package cannot have written.
var ErrDamaged = errors.New("the store is damaged")

// version is the format of every value of this package. It is the first byte of each.
const version = 1

// sealBytes is what stands before each payload: the version and the CRC32C of the row's key and payload. The key is in
// the sum so that a sound row in a wrong place is found too.
const sealBytes = 5

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func damaged(bucket string, key []byte, what string) error {
	return fmt.Errorf("frontier: %w: bucket %s, key %x: %s; restore a copy, or start over with a fresh store",
		ErrDamaged, bucket, key, what)
}

// seal starts a value of the given capacity for its payload.
func seal(dst []byte) []byte { return append(dst, version, 0, 0, 0, 0) }

// sealed ends a value that seal started.
func sealed(key, v []byte) []byte {
	binary.BigEndian.PutUint32(v[1:], checksum(key, v[sealBytes:]))
	return v
}

func checksum(key, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, payload)
}

// unseal gives the payload of a value, or says why it is none.
func unseal(bucket string, key, v []byte) ([]byte, error) {
	switch {
	case len(v) < sealBytes:
		return nil, damaged(bucket, key, "value too short")
	case v[0] != version:
		return nil, damaged(bucket, key, fmt.Sprintf("format %d, want %d", v[0], version))
	case binary.BigEndian.Uint32(v[1:]) != checksum(key, v[sealBytes:]):
		return nil, damaged(bucket, key, "checksum differs")
	}
	return v[sealBytes:], nil
}

// decoder reads the fields of a payload. After a field that is not there, bad is set and everything reads as zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.b, d.bad = nil, true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.b, d.bad = nil, true
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) byte() byte {
	if v := d.bytes(1); v != nil {
		return v[0]
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if v := d.bytes(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (d *decoder) depth() uint16 {
	v := d.uvarint()
	if v > math.MaxUint16 {
		d.bad = true
	}
	return uint16(v)
}

// form says how a URL is written in a row. Nearly every URL is its scheme, its host and a rest, and the host is stored
// once for all its rows.
type form uint8

const (
	formWhole form = iota
	formHTTP
	formHTTPS
	forms
)

const (
	flagBits  = 4 // of the byte that a row's flags and form share
	flagMask  = 1<<flagBits - 1
	logOwn    = 0x80 // in the log: the link has its own From and Depth
	schemeLen = len("http://")
)

func splitURL(url, host string) (form, string) {
	if host == "" {
		return formWhole, url
	}
	if rest, ok := strings.CutPrefix(url, "https://"); ok {
		if rest, ok = strings.CutPrefix(rest, host); ok {
			return formHTTPS, rest
		}
	} else if rest, ok := strings.CutPrefix(url, "http://"); ok {
		if rest, ok = strings.CutPrefix(rest, host); ok {
			return formHTTP, rest
		}
	}
	return formWhole, url
}

func joinURL(f form, host string, rest []byte) string {
	scheme := ""
	switch f {
	case formHTTP:
		scheme = "http://"
	case formHTTPS:
		scheme = "https://"
	default:
		return string(rest)
	}
	b := make([]byte, 0, len(scheme)+len(host)+len(rest))
	b = append(append(append(b, scheme...), host...), rest...)
	return string(b)
}

// row is a pending item as it stands in the queue.
type row struct {
	flags frontier.Flags
	depth uint16
	from  frontier.ID
	note  []byte
	form  form
	rest  []byte // of the URL
}

func rowSize(r *row) int {
	return sealBytes + 1 + 3 + binary.MaxVarintLen64 + binary.MaxVarintLen32 + len(r.note) + len(r.rest)
}

func appendRow(dst, key []byte, r *row) []byte {
	dst = seal(dst)
	dst = append(dst, byte(r.form)<<flagBits|byte(r.flags)&flagMask)
	dst = binary.AppendUvarint(dst, uint64(r.depth))
	dst = binary.AppendUvarint(dst, uint64(r.from))
	dst = binary.AppendUvarint(dst, uint64(len(r.note)))
	dst = append(dst, r.note...)
	return sealed(key, append(dst, r.rest...))
}

// decodeRow gives a row whose note and rest are parts of v.
func decodeRow(key, v []byte) (row, error) {
	p, err := unseal(bucketQueue, key, v)
	if err != nil {
		return row{}, err
	}
	d := decoder{b: p}
	b := d.byte()
	r := row{flags: frontier.Flags(b & flagMask), form: form(b >> flagBits)}
	r.depth = d.depth()
	r.from = frontier.ID(d.uvarint())
	r.note = d.bytes(d.uvarint())
	r.rest = d.b
	if d.bad || r.form >= forms {
		return row{}, damaged(bucketQueue, key, "not a queue row")
	}
	return r, nil
}

// place is where a pending item stands in the queue.
type place struct {
	host frontier.HostID
	due  int64 // Unix ms; ready when negative
	id   frontier.ID
}

const (
	ready     = -1 // place.due of an item that waits for no time
	classPos  = 4  // of the class byte in a queue key
	classLow  = 0  // ready
	classHigh = 1  // delayed

	readyKeyBytes   = classPos + 1 + 8
	delayedKeyBytes = readyKeyBytes + 8
)

func appendPlace(dst []byte, p place) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.host))
	if p.due < 0 {
		dst = append(dst, classLow)
	} else {
		dst = append(dst, classHigh)
		dst = binary.BigEndian.AppendUint64(dst, uint64(p.due))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(p.id))
}

func decodePlace(key []byte) (place, error) {
	if len(key) == readyKeyBytes && key[classPos] == classLow {
		return place{hostOf(key), ready, frontier.ID(binary.BigEndian.Uint64(key[classPos+1:]))}, nil
	}
	if len(key) == delayedKeyBytes && key[classPos] == classHigh && key[classPos+1] < 0x80 {
		due := int64(binary.BigEndian.Uint64(key[classPos+1:]))
		return place{hostOf(key), due, frontier.ID(binary.BigEndian.Uint64(key[readyKeyBytes:]))}, nil
	}
	return place{}, damaged(bucketQueue, key, "not a queue key")
}

func hostOf(key []byte) frontier.HostID { return frontier.HostID(binary.BigEndian.Uint32(key)) }

func idKey(id frontier.ID) []byte { return binary.BigEndian.AppendUint64(nil, uint64(id)) }

func appendHost(dst []byte, id frontier.HostID) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(id))
}

func hostKey(id frontier.HostID) []byte { return appendHost(nil, id) }

// dueMillis rounds up, so that an item is never taken before its time.
func dueMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return max(ms, 0)
}

func dueTime(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// encodeHost writes a host's row. NextAt is kept to the microsecond.
func encodeHost(key []byte, h *frontier.HostState) []byte {
	v := seal(make([]byte, 0, sealBytes+8+1+binary.MaxVarintLen32+len(h.Host)+len(h.State)))
	var at uint64
	if !h.NextAt.IsZero() {
		at = uint64(max(h.NextAt.Add(time.Microsecond-1).UnixMicro(), 0))
	}
	v = binary.BigEndian.AppendUint64(v, at)
	v = append(v, byte(h.Named))
	v = binary.AppendUvarint(v, uint64(len(h.Host)))
	v = append(v, h.Host...)
	return sealed(key, append(v, h.State...))
}

// decodeHost gives a host's state, in its own memory.
func decodeHost(key, v []byte) (frontier.HostState, error) {
	p, err := unseal(bucketHosts, key, v)
	if err != nil {
		return frontier.HostState{}, err
	}
	d := decoder{b: p}
	at := d.uint64()
	named := frontier.Schemes(d.byte())
	name := d.bytes(d.uvarint())
	if d.bad || len(key) != 4 || at > math.MaxInt64 {
		return frontier.HostState{}, damaged(bucketHosts, key, "not a host")
	}
	h := frontier.HostState{ID: hostOf(key), Host: string(name), Named: named}
	if at > 0 {
		h.NextAt = time.UnixMicro(int64(at))
	}
	if len(d.b) > 0 {
		h.State = bytes.Clone(d.b)
	}
	return h, nil
}

func encodeImproved(key []byte, depth uint16, from frontier.ID, flags frontier.Flags) []byte {
	v := seal(make([]byte, 0, sealBytes+2+8+1))
	v = binary.BigEndian.AppendUint16(v, depth)
	v = binary.BigEndian.AppendUint64(v, uint64(from))
	return sealed(key, append(v, byte(flags)))
}

func decodeImproved(key, v []byte) (frontier.Improved, error) {
	p, err := unseal(bucketImproved, key, v)
	if err != nil {
		return frontier.Improved{}, err
	}
	if len(p) != 2+8+1 || len(key) != 8 {
		return frontier.Improved{}, damaged(bucketImproved, key, "not an improved item")
	}
	return frontier.Improved{
		ID:    frontier.ID(binary.BigEndian.Uint64(key)),
		Depth: binary.BigEndian.Uint16(p),
		From:  frontier.ID(binary.BigEndian.Uint64(p[2:])),
		Flags: frontier.Flags(p[10]),
	}, nil
}

func encodeDue(key []byte, due int64) []byte {
	v := seal(make([]byte, 0, sealBytes+8))
	return sealed(key, binary.BigEndian.AppendUint64(v, uint64(due)))
}

func decodeDue(key, v []byte) (int64, error) {
	p, err := unseal(bucketDue, key, v)
	if err != nil {
		return 0, err
	}
	if len(p) != 8 || p[0] >= 0x80 {
		return 0, damaged(bucketDue, key, "not a time")
	}
	return int64(binary.BigEndian.Uint64(p)), nil
}

func encodeHostID(key []byte, id frontier.HostID) []byte {
	v := seal(make([]byte, 0, sealBytes+4))
	return sealed(key, binary.BigEndian.AppendUint32(v, uint32(id)))
}

func decodeHostID(key, v []byte) (frontier.HostID, error) {
	p, err := unseal(bucketHostIDs, key, v)
	if err != nil {
		return 0, err
	}
	if len(p) != 4 {
		return 0, damaged(bucketHostIDs, key, "not a host number")
	}
	return hostOf(p), nil
}

// counters is the one row of the meta bucket.
type counters struct {
	known    uint64 // also the last ID given
	listed   uint64
	pending  uint64
	delayed  uint64
	logged   uint64
	improved uint64
	hosts    uint64 // also the last HostID given
	fresh    uint64 // entries of the seen set's fresh level
	drained  uint64 // where in the key space the fresh level is drained next
	opened   uint64 // times the store was opened to write: the high bits of lease tokens
}

func (c *counters) fields() [10]*uint64 {
	return [...]*uint64{
		&c.known, &c.listed, &c.pending, &c.delayed, &c.logged, &c.improved, &c.hosts, &c.fresh, &c.drained, &c.opened,
	}
}

func encodeCounters(key []byte, c *counters) []byte {
	fields := c.fields()
	v := seal(make([]byte, 0, sealBytes+8*len(fields)))
	for _, f := range fields {
		v = binary.BigEndian.AppendUint64(v, *f)
	}
	return sealed(key, v)
}

func decodeCounters(key, v []byte) (counters, error) {
	var c counters
	p, err := unseal(bucketMeta, key, v)
	if err != nil {
		return c, err
	}
	d := decoder{b: p}
	for _, f := range c.fields() {
		*f = d.uint64()
	}
	if d.bad || len(d.b) > 0 {
		return c, damaged(bucketMeta, key, "not the counters")
	}
	return c, nil
}
