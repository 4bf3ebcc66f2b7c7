package local

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
)

// furnish gives db a row in every bucket.
func furnish(tb testing.TB, db *bolt.DB) *Frontier {
	tb.Helper()
	ctx, now := context.Background(), time.Now()
	f := openFrontier(tb, db)
	apply := func(b frontier.Batch) {
		tb.Helper()
		if res, err := f.Apply(ctx, &b); err != nil || res.Stale > 0 {
			tb.Fatal(res, err)
		}
	}
	items := benchItems(0, 10, 2)
	for i := range items {
		items[i].Depth, items[i].Flags = 5, 0
	}
	apply(frontier.Batch{Admit: items, Links: benchItems(100, 5, 3)})
	hosts, _, err := f.ClaimHosts(ctx, now, 0, 1)
	if err != nil {
		tb.Fatal(err)
	}
	leases, _, _, err := f.Take(ctx, hosts[0].ID, now, 2)
	if err != nil {
		tb.Fatal(err)
	}
	items[0].Depth = 3
	apply(frontier.Batch{
		Outcomes: []frontier.Outcome{
			{ID: leases[0].ID, Token: leases[0].Token},
			{ID: leases[1].ID, Token: leases[1].Token, Kind: frontier.Retry, RetryAt: now.Add(time.Hour), Note: []byte("note")},
		},
		Admit: items[:1],
		Hosts: []frontier.HostState{{ID: 1, NextAt: now, State: []byte("state")}},
	})
	return f
}

// TestDamage changes each bit of each value, and cuts and empties it: Check says so, and nothing panics.
func TestDamage(t *testing.T) {
	ctx := context.Background()
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	f := furnish(t, db)
	if err := f.Check(ctx); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, name := range bucketNames() {
		var keys, values [][]byte
		err := db.View(func(tx *bolt.Tx) error {
			return tx.Bucket([]byte(name)).ForEach(func(k, v []byte) error {
				keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(v))
				return nil
			})
		})
		if err != nil || len(keys) == 0 {
			t.Fatalf("bucket %s: %d rows, %v", name, len(keys), err)
		}
		key, v := keys[len(keys)-1], values[len(keys)-1]
		rows++
		for i := range v {
			bad := bytes.Clone(v)
			bad[i] ^= 1 << (i % 8)
			damage(t, f, name, key, bad)
		}
		damage(t, f, name, key, v[:len(v)-1])
		damage(t, f, name, key, nil)
		put(t, f, name, key, v)
	}
	if err := f.Check(ctx); err != nil || rows != len(bucketNames()) {
		t.Fatal("after the repair:", err)
	}
}

// TestInconsistent writes whole rows that do not agree with the others: Check says so.
func TestInconsistent(t *testing.T) {
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	x := tamperer{T: t, f: furnish(t, db), rows: map[string]map[string][]byte{}}
	err := db.View(func(tx *bolt.Tx) (err error) {
		for _, name := range bucketNames() {
			x.rows[name] = map[string][]byte{}
			_ = tx.Bucket([]byte(name)).ForEach(func(k, v []byte) error {
				x.rows[name][string(k)] = bytes.Clone(v)
				return nil
			})
		}
		x.c, err = readCounters(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	x.counters()
	x.blocks(bucketSeen)
	x.blocks(bucketFresh)
	x.hosts()
	for key, v := range x.rows[bucketQueue] {
		x.queued([]byte(key), v)
	}
	for key, v := range x.rows[bucketLog] {
		links, err := decodeLog(nil, []byte(key), v)
		if err != nil {
			t.Fatal(err)
		}
		late := idKey(1 << 20)
		x.wrong("above the last one given", bucketLog, late, encodeLog(late, links))
	}
	if err := x.f.Check(context.Background()); err != nil {
		t.Fatal("after the repair:", err)
	}
}

// tamperer knows the rows as they are right.
type tamperer struct {
	*testing.T
	f    *Frontier
	rows map[string]map[string][]byte // by bucket and key
	c    counters
}

// wrong wants Check to find one wrong row, and takes it back.
func (x *tamperer) wrong(want, bucket string, key, v []byte) {
	x.Helper()
	put(x.T, x.f, bucket, key, v)
	if err := x.f.Check(context.Background()); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), want) {
		x.Errorf("bucket %s, key %x, value %x: Check says %v, want %q", bucket, key, v, err, want)
	}
	use(x.f)
	if was, ok := x.rows[bucket][string(key)]; ok {
		put(x.T, x.f, bucket, key, was)
		return
	}
	if err := x.f.db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Delete(key) }); err != nil {
		x.Fatal(err)
	}
}

func (x *tamperer) counters() {
	for i, what := range []string{
		"known URLs", "listed URLs", "pending items", "delayed items", "logged links", "improved items", "hosts", "fresh entries",
	} {
		more := x.c
		*more.fields()[i]++
		x.wrong(what+": counter says", bucketMeta, []byte(countersKey), encodeCounters([]byte(countersKey), &more))
	}
}

// blocks changes the first entry, and the order, of each block of a level of the seen set.
func (x *tamperer) blocks(bucket string) {
	for bound, v := range x.rows[bucket] {
		for _, edit := range []func(e *entry){
			func(e *entry) { e.id = 0 },
			func(e *entry) { e.id = frontier.ID(x.c.known + 1) },
			func(e *entry) { e.id = e.id%frontier.ID(x.c.known) + 1 },
			func(e *entry) { e.host = 0 },
			func(e *entry) { e.host = frontier.HostID(x.c.hosts + 1) },
		} {
			list := bytes.Clone(v[sealBytes:])
			e := entries(list).at(0)
			edit(&e)
			block := append(appendEntry(nil, &e), list[entryBytes:]...)
			x.wrong("ID ", bucket, []byte(bound), encodeBlock(nil, []byte(bound), block))
		}
		list := entries(v[sealBytes:])
		for i := 1; i < list.len(); i++ {
			block := bytes.Clone(list)
			copy(block[i*entryBytes:], list[(i-1)*entryBytes:i*entryBytes])
			copy(block[(i-1)*entryBytes:], list[i*entryBytes:(i+1)*entryBytes])
			x.wrong("is out of order", bucket, []byte(bound), encodeBlock(nil, []byte(bound), block))
		}
	}
}

func (x *tamperer) hosts() {
	h, err := decodeHost(hostKey(1), x.rows[bucketHosts][string(hostKey(1))])
	if err != nil {
		x.Fatal(err)
	}
	name, never := hostNameKey(h.Host), hostKey(frontier.HostID(x.c.hosts+1))
	x.wrong("never given", bucketHosts, never, encodeHost(never, &frontier.HostState{Host: "new"}))
	x.wrong("leads to host 2, not 1", bucketHostIDs, name, encodeHostID(name, 2))
	x.wrong("host names: counter says", bucketHostIDs, []byte("other"), encodeHostID([]byte("other"), 2))
}

// queued writes what does not go with one pending item.
func (x *tamperer) queued(key, v []byte) {
	p, err := decodePlace(key)
	if err != nil {
		x.Fatal(err)
	}
	r, err := decodeRow(key, v)
	if err != nil {
		x.Fatal(err)
	}
	add := func(want string, p place) {
		x.Helper()
		key := appendPlace(nil, p)
		x.wrong(want, bucketQueue, key, appendRow(nil, key, &r))
	}
	id := idKey(p.id)
	add("not known", place{p.host, ready, frontier.ID(x.c.known + 1)})
	if p.due >= 0 {
		add("is double", place{p.host, ready, p.id})
		x.wrong("another time", bucketDue, id, encodeDue(id, p.due+1))
		return
	}
	add("is double", place{p.host, 1, p.id})
	x.wrong("due times: counter says", bucketDue, id, encodeDue(id, 1))
	x.wrong("is pending or not known", bucketImproved, id, encodeImproved(id, 1, 1, 0))
}

func put(t *testing.T, f *Frontier, bucket string, key, v []byte) {
	t.Helper()
	err := f.db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte(bucket)).Put(key, v) })
	if err != nil {
		t.Fatal(err)
	}
}

func damage(t *testing.T, f *Frontier, bucket string, key, bad []byte) {
	t.Helper()
	put(t, f, bucket, key, bad)
	err := f.Check(context.Background())
	if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), bucket) {
		t.Fatalf("bucket %s, key %x, value %x: Check says %v", bucket, key, bad, err)
	}
	use(f)
}

// use calls everything that reads; its errors are what it is about, panics are not.
func use(f *Frontier) {
	ctx := context.Background()
	now := time.Now().Add(2 * time.Hour)
	hosts, _, _ := f.ClaimHosts(ctx, now, 0, 10)
	for _, h := range hosts {
		f.Take(ctx, h.ID, now, 0)
		f.ReturnHost(h.ID)
	}
	f.Improved(ctx, 10)
	f.Stats(ctx)
	f.HostByName(ctx, benchItem(0, 2).Host)
	for i := range 4 {
		f.Lookup(ctx, benchItem(i, 2).Key)
	}
	_ = f.db.Update(func(tx *bolt.Tx) error {
		_, _ = f.ApplyTx(tx, &frontier.Batch{Admit: benchItems(0, 20, 3), AdmitLogged: 10})
		return errUndo
	})
}

func TestMissingBucket(t *testing.T) {
	db := openUnsynced(t, filepath.Join(t.TempDir(), "state.db"))
	defer db.Close()
	furnish(t, db)
	err := db.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(bucketQueue)) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(db, Options{}); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), bucketQueue) {
		t.Fatal(err)
	}
}

func FuzzRow(f *testing.F) {
	key := appendPlace(nil, place{1, 2, 3})
	f.Add(key, appendRow(nil, key, &row{flags: 1, depth: 300, from: 1 << 40, note: []byte("n"), form: formHTTPS, rest: []byte("/x")})[sealBytes:])
	key = appendPlace(nil, place{1, ready, 3})
	f.Add(key, appendRow(nil, key, &row{form: formWhole})[sealBytes:])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, key, payload []byte) {
		if p, err := decodePlace(key); err == nil && !bytes.Equal(appendPlace(nil, p), key) {
			t.Fatalf("place %x is written as %x", key, appendPlace(nil, p))
		}
		r, err := decodeRow(key, sealed(key, append(seal(nil), payload...)))
		if err != nil {
			return
		}
		again, err := decodeRow(key, appendRow(nil, key, &r))
		if err != nil || cmp.Diff(r, again, cmp.AllowUnexported(row{})) != "" {
			t.Fatalf("row %+v is read back as %+v, %v", r, again, err)
		}
	})
}

func FuzzLog(f *testing.F) {
	key := idKey(1)
	f.Add(encodeLog(key, benchItems(0, 3, 2))[sealBytes:])
	own := benchItems(0, 2, 1)
	own[1].Depth, own[1].From, own[1].Host = 9, 1<<50, "elsewhere"
	f.Add(encodeLog(key, own)[sealBytes:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		links, err := decodeLog(nil, key, sealed(key, append(seal(nil), payload...)))
		if err != nil || len(links) == 0 {
			return
		}
		again, err := decodeLog(nil, key, encodeLog(key, links))
		if err != nil || cmp.Diff(links, again) != "" {
			t.Fatalf("links %+v are read back as %+v, %v", links, again, err)
		}
	})
}

func FuzzBlock(f *testing.F) {
	e := entry{key: frontier.Key{1}, id: maxID, host: 7, depth: 9, flags: 1}
	f.Add(lowest[:], []byte(appendEntry(nil, &e)))
	near := entry{key: frontier.Key{0: 1, 15: 1}, id: 2, host: 7} // the first 64 bits are the same
	f.Add(lowest[:], []byte(appendEntry(appendEntry(nil, &e), &near)))
	f.Add([]byte("short"), []byte{1})
	f.Fuzz(func(t *testing.T, bound, payload []byte) {
		block, err := decodeBlock(bucketSeen, bound, sealed(bound, append(seal(nil), payload...)))
		if err != nil {
			return
		}
		sorted := verifyBlock(bucketSeen, bound, nil, block) == nil
		for i := range block.len() {
			e := block.at(i)
			if !bytes.Equal(appendEntry(nil, &e), block[i*entryBytes:(i+1)*entryBytes]) {
				t.Fatalf("entry %+v is written otherwise than it was read", e)
			}
			if found, ok := block.find(e.key[:]); sorted && (!ok || found != e) {
				t.Fatalf("entry %+v is not found", e)
			}
		}
		merged := mergeEntries(nil, block, block[:entryBytes])
		if sorted && !bytes.Equal(merged, block) {
			t.Fatal("a block changes when its own entry is merged into it")
		}
	})
}

// FuzzSmall reads the values of fixed form.
func FuzzSmall(f *testing.F) {
	host := encodeHost(hostKey(3), &frontier.HostState{Host: "a", NextAt: time.Unix(9, 0), State: []byte("s")})
	f.Add(hostKey(3), host[sealBytes:])
	f.Add(idKey(1), encodeImproved(idKey(1), 1, 2, 3)[sealBytes:])
	f.Add(idKey(1), encodeDue(idKey(1), 5)[sealBytes:])
	f.Add([]byte(countersKey), encodeCounters([]byte(countersKey), &counters{known: 1})[sealBytes:])
	f.Fuzz(func(t *testing.T, key, payload []byte) {
		v := sealed(key, append(seal(nil), payload...))
		if h, err := decodeHost(key, v); err == nil {
			if again, err := decodeHost(key, encodeHost(key, &h)); err != nil || cmp.Diff(h, again) != "" {
				t.Fatalf("host %+v is read back as %+v, %v", h, again, err)
			}
		}
		if im, err := decodeImproved(key, v); err == nil && !bytes.Equal(encodeImproved(key, im.Depth, im.From, im.Flags), v) {
			t.Fatalf("improved item %+v is written otherwise than it was read", im)
		}
		if due, err := decodeDue(key, v); err == nil && !bytes.Equal(encodeDue(key, due), v) {
			t.Fatalf("due time %d is written otherwise than it was read", due)
		}
		if c, err := decodeCounters(key, v); err == nil && !bytes.Equal(encodeCounters(key, &c), v) {
			t.Fatalf("counters %+v are written otherwise than they were read", c)
		}
		if id, err := decodeHostID(key, v); err == nil && !bytes.Equal(encodeHostID(key, id), v) {
			t.Fatalf("host number %d is written otherwise than it was read", id)
		}
	})
}
