package sink

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// sameRecord compares records with their links as they are kept.
var sameRecord = cmp.Comparer(func(a, b Links) bool { return a.n == b.n && bytes.Equal(a.buf, b.buf) })

// checkClean closes the store, and runs our check and bbolt's own on it.
func checkClean(t testing.TB, s *Store) CheckReport {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return checkDir(t, s.Dir())
}

func checkDir(t testing.TB, dir string) CheckReport {
	t.Helper()
	report, err := Check(dir, nil)
	if err != nil {
		t.Fatalf("Check: %v\n%s", err, strings.Join(report.Problems, "\n"))
	}
	if err := QuickCheck(dir); err != nil {
		t.Fatalf("QuickCheck: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.db"))
	for _, f := range files {
		db, err := bolt.Open(f, 0o666, &bolt.Options{ReadOnly: true, Timeout: time.Second, PreLoadFreelist: true})
		if err != nil {
			t.Fatal(err)
		}
		_ = db.View(func(tx *bolt.Tx) error {
			for err := range tx.Check() {
				t.Errorf("%s: bbolt's check: %v", f, err)
			}
			return nil
		})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return report
}

func mustCommit(t testing.TB, s *Store, puts ...Put) {
	t.Helper()
	if err := s.Commit(puts, nil); err != nil {
		t.Fatal(err)
	}
}

// mustHave verifies that the store gives back a put.
func mustHave(t testing.TB, s *Store, p Put) {
	t.Helper()
	got, ok, err := s.Get(p.Record.ID)
	if err != nil || !ok {
		t.Fatalf("Get(%d) = %v, %v", p.Record.ID, ok, err)
	}
	if d := cmp.Diff(p.Record, got, sameRecord); d != "" {
		t.Fatalf("record %d (-want +got):\n%s", p.Record.ID, d)
	}
	if p.Body == nil {
		return
	}
	body, err := s.ReadBody(got.Body)
	if err != nil || !bytes.Equal(body, p.Body) {
		t.Fatalf("ReadBody of %d: %d bytes of %d, %v", p.Record.ID, len(body), len(p.Body), err)
	}
}

func TestCommitAndReopen(t *testing.T) {
	s := newStore(t, Options{})
	sizes := []int{0, 1, 100, inlineBody, inlineBody + 1, ChunkSize, ChunkSize + 1, 3*ChunkSize + 17}
	var puts []Put
	for i, n := range sizes {
		puts = append(puts, samplePut(uint64(10-i), sampleBody(uint64(i), n)))
	}
	puts = append(puts, samplePut(99, nil), samplePut(100, puts[2].Body))
	mustCommit(t, s, puts...)
	if puts[2].Record.Body != puts[9].Record.Body {
		t.Error("the same bytes in one batch were kept twice")
	}
	again := samplePut(101, puts[5].Body)
	mustCommit(t, s, again)
	if again.Record.Body != puts[5].Record.Body {
		t.Error("the same bytes in two batches were kept twice")
	}
	seed := s.Seed()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(s.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Seed() != seed || seed == [16]byte{} {
		t.Error("the seed changed")
	}
	for _, p := range append(puts, again) {
		mustHave(t, s, p)
	}
	var ids []uint64
	if err := s.Each(4, func(r *Record) error { ids = append(ids, r.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []uint64{4, 5, 6, 7, 8, 9, 10, 99, 100, 101}; !cmp.Equal(ids, want) {
		t.Errorf("Each(4) gave %v, want %v", ids, want)
	}
	report := checkClean(t, s)
	if report.Records != 11 || report.Bodies != 8 || report.Files != 2 {
		t.Errorf("report %+v", report)
	}
}

func TestRollAndReadWhileWriting(t *testing.T) {
	s := newStore(t, Options{BodyFileSize: 1 << 20})
	var puts []Put
	for i := range uint64(60) {
		p := samplePut(i+1, sampleBody(i, 200_000))
		puts = append(puts, p)
		mustCommit(t, s, p)
		mustHave(t, s, puts[i/2])
	}
	for _, p := range puts {
		mustHave(t, s, p)
	}
	if n := len(s.files.rolled); n > maxOpenBodyFiles {
		t.Errorf("%d rolled files are open", n)
	}
	slow, err := s.OpenBody(puts[0].Record.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range puts {
		mustHave(t, s, p)
	}
	if b, err := io.ReadAll(slow); err != nil || !bytes.Equal(b, puts[0].Body) {
		t.Errorf("a slow reader got %d bytes, %v", len(b), err)
	}
	_ = slow.Close()
	if report := checkClean(t, s); report.Files < 8 || report.Bodies != 60 {
		t.Errorf("report %+v", report)
	}
}

func TestAlsoFails(t *testing.T) {
	s := newStore(t, Options{})
	mustCommit(t, s, samplePut(1, sampleBody(1, 1000)))
	stop := errors.New("no")
	p := samplePut(2, sampleBody(2, 3*ChunkSize))
	for range 3 {
		if err := s.Commit([]Put{p}, func(*bolt.Tx) error { return stop }); !errors.Is(err, stop) {
			t.Fatalf("Commit = %v", err)
		}
	}
	if _, ok, _ := s.Get(2); ok || p.Record.Body != (BodyRef{}) {
		t.Error("a failed batch left something")
	}
	p = samplePut(3, sampleBody(3, 10))
	mustCommit(t, s, p)
	mustHave(t, s, p)
	if r := checkClean(t, s); r.Bodies != 2 || r.Orphans != 0 {
		t.Errorf("report %+v", r)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	is := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	_, err := Open(at("none"), Options{})
	is(err, ErrNotFound)
	is(QuickCheck(at("none")), ErrNotFound)
	_, err = Check(at("none"), nil)
	is(err, ErrNotFound)
	_, err = Create(at("none/none"), Options{})
	is(err, ErrNotFound)
	_ = os.WriteFile(at("file"), []byte("x"), 0o666)
	_, err = Open(at("file"), Options{})
	is(err, ErrNotAStore)
	_, err = Open(dir, Options{})
	is(err, ErrNotAStore)
	_, err = Create(dir, Options{})
	is(err, ErrExists)

	s, err := Create(at("s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Create(at("s"), Options{})
	is(err, ErrExists)
	start := time.Now()
	_, err = Open(at("s"), Options{LockTimeout: 50 * time.Millisecond})
	is(err, ErrLocked)
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("the lock was waited for %v", d)
	}
	_, err = Open(at("s"), Options{LockTimeout: 50 * time.Millisecond, ReadOnly: true})
	is(err, ErrLocked)
	p := samplePut(1, []byte("hello"))
	mustCommit(t, s, p)
	bad := samplePut(2, []byte("hello!"))
	bad.Record.SHA256 = p.Record.SHA256
	if err := s.Commit([]Put{bad}, nil); err == nil {
		t.Error("a wrong SHA-256 was taken")
	}
	large := samplePut(3, nil)
	large.Record.Text = strings.Repeat("x", MaxRecord)
	is(s.Commit([]Put{large}, nil), ErrTooLarge)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	is(s.Commit([]Put{p}, nil), ErrClosed)
	_, _, err = s.Get(1)
	is(err, ErrClosed)

	ro, err := Open(at("s"), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ro2, err := Open(at("s"), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	mustHave(t, ro2, p)
	is(ro.Commit([]Put{p}, nil), ErrReadOnly)
	is(ro.Update(func(*bolt.Tx) error { return nil }), ErrReadOnly)
	_ = ro2.Close()
	checkClean(t, ro)

	s, err = Open(at("s"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	format := func(s *Store, v byte) {
		if err := s.Update(func(tx *bolt.Tx) error { return putMeta(tx, metaFormat, []byte{v}) }); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
	format(s, formatVersion+1)
	_, err = Open(at("s"), Options{})
	is(err, ErrNewerFormat)
	old := newStore(t, Options{})
	format(old, formatVersion-1)
	_, err = Open(old.Dir(), Options{})
	is(err, ErrOlderFormat)
}

func TestMissingAndForeignBodyFiles(t *testing.T) {
	dirs := []string{}
	for range 2 {
		s := newStore(t, Options{})
		mustCommit(t, s, samplePut(1, []byte("a body")))
		_ = s.Close()
		dirs = append(dirs, s.Dir())
	}
	b, err := os.ReadFile(bodyPath(dirs[0], 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bodyPath(dirs[1], 1), b, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(bodyPath(dirs[0], 1)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("Open = %v", err)
		}
		if _, err := Check(dir, nil); !errors.Is(err, ErrDamaged) {
			t.Errorf("Check = %v", err)
		}
	}
}

func TestMeta(t *testing.T) {
	s := newStore(t, Options{})
	if v, err := s.MetaGet("k"); v != nil || err != nil {
		t.Errorf("MetaGet = %q, %v", v, err)
	}
	if err := s.MetaPut("k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	if v, err := s.MetaGet("k"); string(v) != "v" || err != nil {
		t.Errorf("MetaGet = %q, %v", v, err)
	}
	checkClean(t, s)
}

func TestTxFunctions(t *testing.T) {
	s := newStore(t, Options{})
	r := sampleRecord(7)
	if err := s.Update(func(tx *bolt.Tx) error { return PutTx(tx, r) }); err != nil {
		t.Fatal(err)
	}
	mustHave(t, s, Put{Record: r})
	if u, err := s.URLOf(7); u != r.URL || err != nil {
		t.Errorf("URLOf = %q, %v", u, err)
	}
	if err := s.Update(func(tx *bolt.Tx) error { return DeleteTx(tx, 7) }); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Get(7); ok || err != nil {
		t.Errorf("Get = %v, %v", ok, err)
	}
	checkClean(t, s)
}

func TestWriteErrors(t *testing.T) {
	s := newStore(t, Options{})
	_ = s.fail(true, writeError("state.db", fmt.Errorf("write: %w", noSpace)))
	if err := s.Commit(nil, nil); !errors.Is(err, ErrNoSpace) {
		t.Errorf("Commit after ENOSPC = %v", err)
	}
	checkClean(t, s)
	if err := writeError("f", errors.New("input/output error")); !errors.Is(err, ErrIO) {
		t.Errorf("writeError = %v", err)
	}
}

// A panic of the caller's own is not taken for damage.
func TestGuardLetsPanicsPass(t *testing.T) {
	s := newStore(t, Options{})
	defer checkClean(t, s)
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("recovered %v", r)
		}
	}()
	_ = s.Update(func(*bolt.Tx) error { panic("mine") })
}

func TestDiskSpace(t *testing.T) {
	free, err := FreeBytes(t.TempDir())
	if err != nil || free == 0 {
		t.Errorf("FreeBytes = %d, %v", free, err)
	}
	if n, err := DefaultReserve(t.TempDir()); err != nil || n == 0 || n > maxReserve {
		t.Errorf("DefaultReserve = %d, %v", n, err)
	}
	if _, err := FreeBytes(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing directory has free space")
	}
}

// What Warm makes ready is what commits work in.
func TestWarm(t *testing.T) {
	s := newStore(t, Options{})
	s.Warm()
	memory := func() *byte {
		if s.active.file.possible() {
			return unsafe.SliceData(s.batch.arena)
		}
		return unsafe.SliceData(s.batch.segments)
	}
	segments, records := memory(), unsafe.SliceData(s.batch.buf)
	if segments == nil || cap(s.batch.buf) < warmRecords {
		t.Errorf("no room for bodies, or for records: %d bytes", cap(s.batch.buf))
	}
	var puts []Put
	for i := range 100 {
		puts = append(puts, samplePut(uint64(i+1), bytes.Repeat([]byte{byte(i)}, 10_000)))
	}
	for range 2 {
		mustCommit(t, s, puts...)
		s.Warm()
		if memory() != segments || unsafe.SliceData(s.batch.buf) != records {
			t.Error("a commit, or a second Warm, took other memory")
		}
	}
}
