package sink

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// sampleHead is what a server told of a body of n bytes.
func sampleHead(id uint64, n int) PartHead {
	return PartHead{URL: sampleRecord(id).URL, ETag: `"e1"`, LastModified: "Mon, 06 May 2024 07:08:09 GMT", Total: int64(n)}
}

// feed writes a body in pieces as a network gives them, every other one into the spool's own memory.
func feed(t testing.TB, sp *Spool, body []byte) {
	t.Helper()
	for step := 1; len(body) > 0; step = step*3%60_000 + 17 {
		p := body[:min(step, len(body))]
		if step%2 == 0 {
			p = append(sp.AvailableBuffer(), p...)
		}
		n, err := sp.Write(p)
		if err != nil {
			t.Fatal(err)
		}
		body = body[n:]
	}
}

// checkSpool verifies all that a spool tells of a body.
func checkSpool(t testing.TB, sp *Spool, body []byte) {
	t.Helper()
	if sp.Len() != int64(len(body)) || sp.Digest() != sha256.Sum256(body) || !bytes.Equal(sp.Prefix(), body[:min(len(body), prefixSize)]) {
		t.Fatalf("Len %d of %d, or the digest, or the prefix of %d bytes, is wrong", sp.Len(), len(body), len(sp.Prefix()))
	}
	got, err := io.ReadAll(sp.Reader())
	if err != nil || !bytes.Equal(got, body) {
		t.Fatalf("Reader gave %d bytes of %d, %v", len(got), len(body), err)
	}
	for _, off := range []int{0, 1, len(body) / 2, len(body) - 1, len(body)} {
		p := make([]byte, 300_000)
		off = max(off, 0)
		n, err := sp.Reader().ReadAt(p, int64(off))
		if want := body[min(off, len(body)):min(off+len(p), len(body))]; !bytes.Equal(p[:n], want) || (n < len(p)) != (err == io.EOF) {
			t.Fatalf("ReadAt %d of %d: %d bytes, %v", off, len(body), n, err)
		}
	}
}

// noParts verifies that no part file is left.
func noParts(t testing.TB, s *Store) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(s.dir, partsDir, "*"))
	if len(files) > 0 || len(s.PartIDs()) > 0 {
		t.Errorf("parts are left: %v, %v", files, s.PartIDs())
	}
}

var spoolSizes = []int{0, 1, 40_000, inlineBody, inlineBody + 1, spoolMemory, spoolMemory + 1, 8*frameSize - 1, 8 * frameSize, 8*frameSize + 1, bodyTx + 5*frameSize + 7}

func TestSpoolCommit(t *testing.T) {
	s := newStore(t, Options{BodyFileSize: 5 << 20})
	var puts []Put
	for i, n := range spoolSizes {
		id := uint64(i + 1)
		body := sampleBody(id, n)
		sp := s.NewSpool(id, sampleHead(id, n*(i%2)))
		feed(t, sp, body)
		checkSpool(t, sp, body)
		p := Put{Record: sampleRecord(id), Spool: sp}
		if i%3 == 0 {
			mustCommit(t, s, p)
		}
		puts = append(puts, p)
	}
	var rest []Put
	for i := range puts {
		if i%3 > 0 {
			rest = append(rest, puts[i])
		}
	}
	mustCommit(t, s, rest...)
	noParts(t, s)
	for i, p := range puts {
		p.Body = sampleBody(uint64(i+1), spoolSizes[i])
		if p.Record.SHA256 != sha256.Sum256(p.Body) || p.Record.Body.Size != int64(len(p.Body)) {
			t.Errorf("record %d: %v", p.Record.ID, p.Record.Body)
		}
		mustHave(t, s, p)
		if _, err := puts[i].Spool.Write([]byte("x")); !errors.Is(err, ErrClosed) {
			t.Errorf("a write behind the end: %v", err)
		}
	}
	// The same bytes again are not copied.
	sp := s.NewSpool(99, PartHead{})
	feed(t, sp, puts[len(puts)-1].bodyOf(t, s))
	again := Put{Record: sampleRecord(99), Spool: sp}
	mustCommit(t, s, again)
	if again.Record.Body != puts[len(puts)-1].Record.Body {
		t.Error("the same bytes were kept twice")
	}
	noParts(t, s)
	checkClean(t, s)
}

func (p *Put) bodyOf(t testing.TB, s *Store) []byte {
	b, err := s.ReadBody(p.Record.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSpoolFailedCommit: the spool is as it was, and its bytes go with the next commit.
func TestSpoolFailedCommit(t *testing.T) {
	s := newStore(t, Options{})
	body := sampleBody(1, bodyTx+3*frameSize)
	sp := s.NewSpool(1, sampleHead(1, len(body)))
	feed(t, sp, body)
	p := Put{Record: sampleRecord(1), Spool: sp, Thumb: []byte("thumb")}
	p.Record.Thumb = sha256.Sum256(p.Thumb)
	stop := errors.New("stop")
	if err := s.Commit([]Put{p}, func(*bolt.Tx) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if p.Record.Body != (BodyRef{}) || p.Record.ThumbRef != (BodyRef{}) || p.Record.SHA256 != (Digest{}) {
		t.Errorf("the record was filled in: %+v", p.Record)
	}
	checkSpool(t, sp, body)
	mustCommit(t, s, p)
	noParts(t, s)
	mustHave(t, s, Put{Record: p.Record, Body: body})
	if thumb, err := s.ReadBody(p.Record.ThumbRef); err != nil || string(thumb) != "thumb" {
		t.Errorf("the thumbnail: %q, %v", thumb, err)
	}
	if r := checkClean(t, s); r.Bodies != 2 || r.Orphans != 0 {
		t.Errorf("%+v", r)
	}
}

// TestParts: what was kept goes on, in this process or the next.
func TestParts(t *testing.T) {
	s := newStore(t, Options{})
	body := sampleBody(1, 3<<20+12345)
	for i, at := range []int{keepPart, spoolMemory, spoolMemory + 1, 5*frameSize - 1, 5 * frameSize, 5*frameSize + 1} {
		id := uint64(i + 1)
		sp := s.NewSpool(id, sampleHead(id, len(body)))
		feed(t, sp, body[:at])
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if s, err = Open(s.Dir(), Options{}); err != nil {
			t.Fatal(err)
		}
		sp, head, err := s.OpenPart(id)
		if err != nil || head != sampleHead(id, len(body)) {
			t.Fatalf("OpenPart: %+v, %v", head, err)
		}
		checkSpool(t, sp, body[:at])
		if err := sp.Keep(); err != nil { // and once more
			t.Fatal(err)
		}
		if sp, _, err = s.OpenPart(id); err != nil {
			t.Fatal(err)
		}
		feed(t, sp, body[at:])
		checkSpool(t, sp, body)
		if at%2 == 0 {
			sp.Discard()
			noParts(t, s)
			continue
		}
		p := Put{Record: sampleRecord(id), Spool: sp}
		mustCommit(t, s, p)
		noParts(t, s)
		mustHave(t, s, Put{Record: p.Record, Body: body})
	}
	if _, _, err := s.OpenPart(1); !errors.Is(err, ErrNotFound) {
		t.Errorf("OpenPart of nothing: %v", err)
	}
	checkClean(t, s)
}

// TestPartsKept: little is not worth a file; an earlier part stays until a new one takes its place; a failure keeps it.
func TestPartsKept(t *testing.T) {
	s := newStore(t, Options{})
	first := sampleBody(1, 600_000)
	for i, body := range [][]byte{first, sampleBody(2, keepPart-1), sampleBody(3, 700_000)} {
		sp := s.NewSpool(5, sampleHead(5, 0))
		feed(t, sp, body)
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
		mustCommit(t, s, samplePut(5, nil)) // a failure's record
		want := body
		if i == 1 {
			want = first
		}
		sp, _, err := s.OpenPart(5)
		if err != nil {
			t.Fatal(err)
		}
		checkSpool(t, sp, want)
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
	}
	mustCommit(t, s, samplePut(5, []byte("whole"))) // came without the part
	noParts(t, s)
	checkClean(t, s)
}

// TestPartsOfSettled: a crash between commit and removing leaves a part of no use.
func TestPartsOfSettled(t *testing.T) {
	s := newStore(t, Options{})
	mustCommit(t, s, samplePut(7, []byte("all")), samplePut(8, nil))
	for _, id := range []uint64{7, 8, 9} {
		sp := s.NewSpool(id, sampleHead(id, 0))
		feed(t, sp, sampleBody(id, keepPart))
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
	}
	stranger := filepath.Join(s.Dir(), partsDir, "07.part")
	if err := os.WriteFile(stranger, []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	checkClean(t, s)
	s, err := Open(s.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if ids := fmt.Sprint(s.PartIDs()); ids != "[8 9]" {
		t.Errorf("parts of %s are left, want 8 and 9", ids)
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Errorf("a stranger's file: %v", err)
	}
	checkClean(t, s)
}

// TestPartDamage: whatever a power cut leaves of a part file, what comes back is the beginning of the body.
func TestPartDamage(t *testing.T) {
	s := newStore(t, Options{})
	body := sampleBody(1, 5*frameSize+777)
	path := s.partPath(1)
	sp := s.NewSpool(1, sampleHead(1, len(body)))
	feed(t, sp, body)
	if err := sp.Keep(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(whole)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "early") {
			at = rapid.IntRange(0, 300).Draw(t, "at the head")
		}
		switch rapid.SampledFrom([]string{"cut", "zero", "flip", "swap", "more"}).Draw(t, "how") {
		case "cut":
			b = b[:at]
		case "zero": // blocks that were never written
			clear(b[at:min(at+rapid.SampledFrom([]int{1, 4096, 1 << 30}).Draw(t, "n"), len(b))])
		case "flip":
			b[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case "swap": // two frames of the same file
			from := int64(len(whole)) - 5*(frameHead+frameSize) - frameHead - 777
			x, y := b[from:from+frameHead+frameSize], b[from+frameHead+frameSize:from+2*(frameHead+frameSize)]
			tmp := bytes.Clone(x)
			copy(x, y)
			copy(y, tmp)
		case "more":
			b = append(b, b[:at]...)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		s.parts.set(1, true)
		sp, head, err := s.OpenPart(1)
		if errors.Is(err, ErrNotFound) {
			if _, err := os.Stat(path); err == nil {
				t.Fatal("a part of no use stays")
			}
			return
		}
		if err != nil || head != sampleHead(1, len(body)) {
			t.Fatalf("%+v, %v", head, err)
		}
		n := sp.Len()
		if n > int64(len(body)) {
			t.Fatalf("%d bytes of %d", n, len(body))
		}
		if _, err := sp.Write(body[n:]); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(sp.Reader()); err != nil || !bytes.Equal(got, body) || sp.Digest() != sha256.Sum256(body) {
			t.Fatalf("after %d bytes it did not go on: %v", n, err)
		}
		sp.Discard()
	})
	checkClean(t, s)
}

// TestPartOfAnother: a file of another store or ID is not taken for a part.
func TestPartOfAnother(t *testing.T) {
	s, other := newStore(t, Options{}), newStore(t, Options{})
	sp := s.NewSpool(1, sampleHead(1, 0))
	feed(t, sp, sampleBody(1, 2<<20))
	if err := sp.Keep(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.partPath(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		s  *Store
		id uint64
	}{{other, 1}, {s, 2}} {
		path := test.s.partPath(test.id)
		_ = os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		test.s.parts.set(test.id, true)
		if _, _, err := test.s.OpenPart(test.id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
	}
	checkClean(t, s)
	checkClean(t, other)
}

// FuzzPart: no bytes harm the reader of a part file.
func FuzzPart(f *testing.F) {
	seed := [16]byte{1, 2, 3}
	head := appendPartHead(nil, seed, 5, 7, sampleHead(7, 1000))
	frame := append(make([]byte, frameHead), "some bytes"...)
	putFrameHead(frame, 5, 0)
	f.Add(append(bytes.Clone(head), frame...), uint64(7))
	f.Add(head, uint64(7))
	f.Add(head, uint64(8))
	f.Add([]byte(partMagic+"\xff\xff\xff\xff0000"), uint64(0))
	f.Add([]byte{}, uint64(0))
	buf := make([]byte, frameHead+frameSize)
	f.Fuzz(func(t *testing.T, b []byte, id uint64) {
		r := bytes.NewReader(b)
		h, nonce, size, ok := readPartHead(r, seed, id)
		if !ok {
			return
		}
		if again := appendPartHead(nil, seed, nonce, id, h); !bytes.Equal(again, b[:size]) {
			t.Fatalf("%x was read, %x written", b[:size], again)
		}
		for i := int64(0); readFrame(r, buf, nonce, i) != nil; i++ {
		}
	})
}
