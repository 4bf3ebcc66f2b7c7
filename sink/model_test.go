package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// fixSum gives an encoded record the checksum that its bytes have.
func fixSum(b []byte) {
	binary.LittleEndian.PutUint32(b[1:], crc32.Checksum(b[recordHead:], castagnoli))
}

// TestModel runs random operations on a store and on a map beside it.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "sink-model-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &model{t: t, o: Options{BodyFileSize: 600_000, fresh: 3}, want: map[uint64]Put{}}
		if m.s, err = Create(filepath.Join(dir, "s"), m.o); err != nil {
			t.Fatal(err)
		}
		m.hasten()
		t.Repeat(map[string]func(*rapid.T){
			"commit": m.commit,
			"fail":   m.fail,
			"delete": m.delete,
			"reopen": m.reopen,
			"get":    m.get,
			"part":   m.part,
		})
		m.compare()
		if err := m.s.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := Check(m.s.Dir(), nil); err != nil || r.Orphans > 0 && !m.failed {
			t.Fatalf("Check: %v, %+v", err, r)
		}
	})
}

type model struct {
	t      *rapid.T
	s      *Store
	o      Options
	want   map[uint64]Put
	failed bool // the newest commit with bodies failed: its orphans go with the next one
}

// puts draws a batch. Few IDs and bodies, so that both meet again.
func (m *model) puts(t *rapid.T) []Put {
	var puts []Put
	for range rapid.IntRange(0, 6).Draw(t, "n") {
		id := rapid.Uint64Range(1, 30).Draw(t, "id")
		size := rapid.SampledFrom([]int{-1, 0, 10, 5000, inlineBody + 1, 2 * ChunkSize}).Draw(t, "size")
		var body []byte
		if size >= 0 {
			body = sampleBody(rapid.Uint64Range(0, 5).Draw(t, "body"), size)
		}
		p := samplePut(id, body)
		if body != nil && rapid.Bool().Draw(t, "spooled") {
			p.Body, p.Spool = nil, m.s.NewSpool(id, PartHead{Total: int64(rapid.SampledFrom([]int{0, size, 1 << 40}).Draw(t, "total"))})
			if _, err := p.Spool.Write(body); err != nil {
				t.Fatal(err)
			}
		}
		puts = append(puts, p)
	}
	return puts
}

// stage stages some of a batch, and gives the bodies, which are overwritten where the store has read them.
func (m *model) stage(t *rapid.T, puts []Put) (bodies [][]byte) {
	for i := range puts {
		bodies = append(bodies, bytes.Clone(puts[i].Body))
	}
	for n := 0; n < len(puts) && rapid.Bool().Draw(t, "stage"); {
		n = rapid.IntRange(n, len(puts)).Draw(t, "staged")
		if err := m.s.Stage(puts[:n]); err != nil {
			t.Fatal(err)
		}
		for _, p := range puts {
			if p.Done() {
				clear(p.Body)
			}
		}
	}
	return bodies
}

func (m *model) commit(t *rapid.T) {
	puts := m.puts(t)
	bodies := m.stage(t, puts)
	if err := m.s.Commit(puts, nil); err != nil {
		t.Fatal(err)
	}
	for i, p := range puts {
		p.Body = bodies[i]
		if p.Spool != nil { // it has ended; what it held is known by the sum
			p.Spool = nil
			if p.Body = m.body(p.Record); sha256.Sum256(p.Body) != p.Record.SHA256 {
				t.Fatalf("the body of %d is not what its spool took", p.Record.ID)
			}
		}
		m.want[p.Record.ID] = p
	}
	m.failed = false
}

func (m *model) fail(t *rapid.T) {
	stop := errors.New("stop")
	puts := m.puts(t)
	m.stage(t, puts)
	if err := m.s.Commit(puts, func(*bolt.Tx) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	for _, p := range puts {
		switch {
		case p.Spool == nil:
		case rapid.Bool().Draw(t, "keep"):
			if err := p.Spool.Keep(); err != nil {
				t.Fatal(err)
			}
		default:
			p.Spool.Discard()
		}
	}
	m.failed = true
}

func (m *model) body(r *Record) []byte {
	body, err := m.s.ReadBody(r.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return body
}

func (m *model) delete(t *rapid.T) {
	id := rapid.Uint64Range(1, 30).Draw(t, "id")
	if err := m.s.Update(func(tx *bolt.Tx) error { return DeleteTx(tx, id) }); err != nil {
		t.Fatal(err)
	}
	delete(m.want, id)
}

func (m *model) reopen(t *rapid.T) {
	if err := m.s.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if m.s, err = Open(m.s.Dir(), m.o); err != nil {
		t.Fatal(err)
	}
	m.hasten()
	m.failed = false
}

// hasten leaves out the waiting for the disk: no one crashes here.
func (m *model) hasten() { m.s.db.NoSync, m.s.active.db.NoSync = true, true }

func (m *model) get(t *rapid.T) {
	id := rapid.Uint64Range(1, 30).Draw(t, "id")
	r, ok, err := m.s.Get(id)
	want, exists := m.want[id]
	if err != nil || ok != exists {
		t.Fatalf("Get(%d) = %v, %v", id, ok, err)
	}
	if exists {
		m.equal(want, r)
	}
}

func (m *model) equal(want Put, r *Record) {
	if d := cmp.Diff(want.Record, r, sameRecord); d != "" {
		m.t.Fatal(d)
	}
	if want.Body == nil {
		return
	}
	if body, err := m.s.ReadBody(r.Body); err != nil || string(body) != string(want.Body) {
		m.t.Fatalf("body of %d: %v", r.ID, err)
	}
}

func (m *model) compare() {
	n, last := 0, uint64(0)
	err := m.s.Each(0, func(r *Record) error {
		if r.ID <= last {
			m.t.Fatalf("record %d after %d", r.ID, last)
		}
		last = r.ID
		n++
		m.equal(m.want[r.ID], r)
		return nil
	})
	if err != nil || n != len(m.want) {
		m.t.Fatalf("%d records of %d, %v", n, len(m.want), err)
	}
}

// part goes on with what a failed commit has left of a body, if there is any.
func (m *model) part(t *rapid.T) {
	ids := m.s.PartIDs()
	if len(ids) == 0 {
		return
	}
	id := rapid.SampledFrom(ids).Draw(t, "id")
	sp, _, err := m.s.OpenPart(id)
	if err != nil {
		t.Fatal(err)
	}
	p := samplePut(id, nil)
	p.Spool = sp
	digest := sp.Digest()
	if err := m.s.Commit([]Put{p}, nil); err != nil {
		t.Fatal(err)
	}
	if p.Spool, p.Body = nil, m.body(p.Record); p.Record.SHA256 != digest {
		t.Fatal("another digest")
	}
	m.want[id] = p
	m.failed = false
}
