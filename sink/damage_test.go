package sink

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// damageRecords in the store of the damage tests.
const damageRecords = 90

func damagePut(id uint64) Put {
	size := int(id) * 61
	if id%40 == 0 {
		size = ChunkSize + 99
	}
	return samplePut(id, sampleBody(id, size))
}

// damageStore makes a store with bodies of all kinds in several transactions, and gives its directory.
func damageStore(t *testing.T) string {
	s := newStore(t, Options{})
	for id := uint64(1); id <= damageRecords; id += 30 {
		var puts []Put
		for i := range uint64(30) {
			puts = append(puts, damagePut(id+i))
		}
		mustCommit(t, s, puts...)
	}
	checkClean(t, s)
	for _, file := range []string{filepath.Join(s.Dir(), stateFile), bodyPath(s.Dir(), 1)} {
		if err := os.Truncate(file, usedBytes(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	return s.Dir()
}

// usedBytes tells how long a file must be: it grows in larger steps, which only make the test slow.
func usedBytes(t *testing.T, file string) int64 {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := &pageFile{r: f}
	if err := p.readMeta(); err != nil {
		t.Fatal(err)
	}
	return int64(p.meta.end) * int64(p.meta.pageSize)
}

func copyStore(t *testing.T, from string) string {
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// damage spoils a file of a copy in one of several ways.
func damage(t *testing.T, rnd *rand.Rand, file string) (what string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	used := len(b)
	switch rnd.IntN(5) {
	case 0, 1:
		what = "64 single bytes"
		for range 64 {
			b[rnd.IntN(used)] ^= byte(1 + rnd.IntN(255))
		}
	case 2:
		what = "64 bytes in a row"
		at := rnd.IntN(used - 64)
		for i := range 64 {
			b[at+i] ^= byte(1 + rnd.IntN(255))
		}
	case 3: // page headers are where bbolt goes wrong most
		what = "a page's first bytes"
		at := rnd.IntN(used/4096) * 4096
		for i := range 64 {
			b[at+i] = byte(rnd.IntN(256))
		}
	case 4:
		what = "cut off"
		b = b[:rnd.IntN(used)]
	}
	if err := os.WriteFile(file, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return what + " of " + filepath.Base(file)
}

// TestDamage spoils copies of a store, and lets a child check and use them: it must say so, or be right that the damage
// hit nothing that is in use; and never crash.
func TestDamage(t *testing.T) {
	dir := damageStore(t)
	rounds := 24
	if testing.Short() {
		rounds = 8
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range rounds {
		to := copyStore(t, dir)
		file := filepath.Join(to, stateFile)
		if rnd.IntN(3) == 0 {
			file = bodyPath(to, 1)
		}
		what := damage(t, rnd, file)
		out, err := child(t, "read", to, "").CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
		case errors.As(err, &exit) && exit.ExitCode() == 3 && !strings.Contains(string(out), "panic"):
			found++
		default:
			t.Errorf("%s: %v\n%s", what, err, out)
		}
		if err := os.RemoveAll(to); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d were damage, the others hit what is not used", found, rounds)
	if found < rounds/2 {
		t.Errorf("only %d of %d were found", found, rounds)
	}
}

// TestCheckNamesDamage: what Check says of common damage.
func TestCheckNamesDamage(t *testing.T) {
	dir := damageStore(t)
	for _, c := range []struct {
		name, want string
		spoil      func(dir string) error
	}{
		{"empty state", "too short", func(d string) error { return os.Truncate(filepath.Join(d, stateFile), 0) }},
		{"cut state", "cut off", func(d string) error { return os.Truncate(filepath.Join(d, stateFile), 5*statePage) }},
		{"no state", "no state.db", func(d string) error { return os.Remove(filepath.Join(d, stateFile)) }},
		{"not bbolt", "does not begin as a bbolt file", func(d string) error {
			return os.WriteFile(filepath.Join(d, stateFile), bytes.Repeat([]byte("text\n"), 10000), 0o666)
		}},
		{"cut bodies", "cut off", func(d string) error { return os.Truncate(bodyPath(d, 1), 5*bodyPage) }},
		{"no bodies", "missing", func(d string) error { return os.Remove(bodyPath(d, 1)) }},
		{"segment version", "version 0", func(d string) error {
			s, err := Open(d, Options{})
			if err != nil {
				return err
			}
			_, err = update(s.active.db, func(tx *bolt.Tx) error {
				bodies := tx.Bucket(bucketBodies)
				k, _ := bodies.Cursor().Last()
				b := bodies.Bucket(k)
				v := bytes.Clone(b.Get(segmentKey))
				v[0] = 0
				return b.Put(segmentKey, v)
			})
			return errors.Join(err, s.Close())
		}},
		{"body byte", "checksum", func(d string) error {
			b, err := os.ReadFile(bodyPath(d, 1))
			b = bytes.ReplaceAll(b, sampleBody(80, 64), sampleBody(81, 64)) // in pages that were freed, too
			return errors.Join(err, os.WriteFile(bodyPath(d, 1), b, 0o666))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := copyStore(t, dir)
			if err := c.spoil(to); err != nil {
				t.Fatal(err)
			}
			_, err := Check(to, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Check = %v, want %q", err, c.want)
			}
			if _, err := Open(to, Options{}); err == nil && c.name != "body byte" {
				t.Error("Open took it")
			}
		})
	}
}

// branchedRoot makes a store whose root bucket has more entries than a page takes, and gives the first page of each bucket
// that has pages of its own, and of the root bucket as "".
func branchedRoot(t *testing.T) (dir string, pages map[string]uint64) {
	dir = filepath.Join(t.TempDir(), "s")
	s, err := Create(dir, Options{Init: func(tx *bolt.Tx) (err error) {
		for i := range 9 {
			b, e := tx.CreateBucket(fmt.Appendf(nil, "frontier.%d", i)) // before "records"
			err = errors.Join(err, e, b.Put([]byte("key"), make([]byte, statePage/6)))
		}
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	for id := uint64(1); id <= 20; id++ {
		mustCommit(t, s, samplePut(id, sampleBody(id, 10)))
	}
	_ = view(s.db, func(tx *bolt.Tx) error {
		pages = map[string]uint64{"": uint64(tx.Cursor().Bucket().Root())}
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			if root := b.Root(); root != 0 {
				pages[string(name)] = uint64(root)
			}
			return nil
		})
	})
	checkClean(t, s)
	return dir, pages
}

// TestQuickRootBranch: each bucket is looked at where the root bucket has branches, too.
func TestQuickRootBranch(t *testing.T) {
	dir, pages := branchedRoot(t)
	path := filepath.Join(dir, stateFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if flags := native.Uint16(whole[pages[""]*statePage+8:]); flags != boltIsBranch || pages["records"] == 0 {
		t.Fatalf("the root bucket has flags %#x, the pages are %v", flags, pages)
	}
	if err := QuickCheck(dir); err != nil {
		t.Errorf("QuickCheck of what is whole: %v", err)
	}
	for name, page := range pages {
		b := bytes.Clone(whole)
		copy(b[page*statePage:], bytes.Repeat([]byte{0x77}, boltPageHead))
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := QuickCheck(dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("QuickCheck with page %d of %q spoilt: %v", page, name, err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrDamaged) {
			t.Errorf("Open with page %d of %q spoilt: %v", page, name, err)
		}
	}
}

// FuzzPages: whatever a file holds, looking at it ends in an answer.
func FuzzPages(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "s")
	s, err := Create(dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Commit([]Put{samplePut(1, []byte("body"))}, nil); err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:32<<10], uint32(0), byte(0))
	f.Add(b[:32<<10], uint32(4096*5), byte(1))
	f.Add(b[:1000], uint32(7), byte(9))
	f.Fuzz(func(t *testing.T, b []byte, at uint32, flip byte) {
		if len(b) > 0 {
			b = bytes.Clone(b)
			b[int(at)%len(b)] ^= flip
		}
		for _, e := range []extent{quick, full} {
			p := &pageFile{r: bytes.NewReader(b), size: int64(len(b)), extent: e}
			_ = p.check()
		}
	})
}
