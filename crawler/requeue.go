package crawler

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// note is what is kept with a URL that waits for another attempt.
type note struct {
	Earlier  []sink.Attempt `json:"earlier,omitempty"` // before the last `crawl retry`: they do not count as tries
	Attempts []sink.Attempt `json:"attempts,omitempty"`
	Gained   int            `json:"gained,omitempty"` // attempts that brought a good piece of a file: they do not count as tries
	Entry    *listEntry     `json:"entry,omitempty"`  // of an image batch
}

// tries is the number of attempts that count.
func (n *note) tries() int { return len(n.Attempts) - n.Gained }

// sameAgain reports that the last two attempts brought the very same wrong bytes: this is what the server has.
func (n *note) sameAgain() bool {
	k := len(n.Attempts)
	return k > 1 && n.Attempts[k-1].Class == string(ClassBadDigest) && n.Attempts[k-1].Class == n.Attempts[k-2].Class &&
		n.Attempts[k-1].Message == n.Attempts[k-2].Message // which has the digest
}

// add notes an attempt. Those of a large file can be many: the oldest that do not count are forgotten.
func (n *note) add(a sink.Attempt, gained bool) {
	if gained {
		n.Gained++
	}
	n.Attempts = append(n.Attempts, a)
	if len(n.Attempts) > maxAttemptsKept && n.Gained > 1 {
		n.Attempts = n.Attempts[1:]
		n.Gained--
	}
}

func (n note) all() []sink.Attempt {
	all := append(n.Earlier, n.Attempts...)
	return all[max(0, len(all)-maxAttemptsKept):]
}

// A note that says nothing but its URL's place in the list, as most of an image batch do, is this byte, which no JSON begins
// with, and the place: decoding JSON would be a twentieth of a picture's cost.
const noteOfNumber = 0x01

func (n note) encode() []byte {
	if e := n.Entry; e != nil && e.Name == "" && e.SHA256 == "" && len(e.Extra) == 0 && len(n.Earlier)+len(n.Attempts) == 0 && n.Gained == 0 {
		return binary.AppendUvarint([]byte{noteOfNumber}, e.Number)
	}
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings, numbers and times
	}
	return b
}

func decodeNote(data []byte) (n note, err error) {
	if len(data) == 0 {
		return n, nil
	}
	if data[0] == noteOfNumber {
		number, size := binary.Uvarint(data[1:])
		if size <= 0 || size != len(data)-1 {
			return n, fmt.Errorf("%w: the place in the list kept with a URL does not decode", sink.ErrDamaged)
		}
		n.Entry = &listEntry{Number: number}
		return n, nil
	}
	if err := json.Unmarshal(data, &n); err != nil {
		return n, fmt.Errorf("%w: the attempts kept with a URL do not decode: %w", sink.ErrDamaged, err)
	}
	return n, nil
}

// Requeue makes the results of these error classes pending again, and nothing else; their records go, their attempts stay.
// What is known of robots.txt files that could not be read is forgotten, and of all when the class robots is
// among them; with ClassBadImage, Examine may try stored pictures again that it could not decode. ClassExcluded is passed
// over: the rules that leave those URLs out are still those of the last run. It gives the number of URLs. Each batch is one
// durable step; an interrupted Requeue can be repeated. It returns ErrInUse while a crawl runs on the store.
func (s *Store) Requeue(ctx context.Context, classes []Class) (n int, err error) {
	release, err := s.use()
	if err != nil {
		return 0, err
	}
	defer release()
	return s.requeueClasses(ctx, classes)
}

func (s *Store) requeueClasses(ctx context.Context, classes []Class) (n int, err error) {
	if err := s.forgetRobots(slices.Contains(classes, ClassRobots)); err != nil {
		return 0, err
	}
	if slices.Contains(classes, ClassBadImage) {
		if err := s.forgetUndecodable(ctx); err != nil {
			return 0, err
		}
	}
	var failed []*sink.Record
	flush := func() error {
		if len(failed) == 0 {
			return nil
		}
		defer func() { failed = failed[:0] }()
		n += len(failed)
		return s.requeue(failed)
	}
	err = s.Each(0, func(r *sink.Record) error {
		if c := Class(r.ErrClass); c == "" || c == ClassExcluded || !slices.Contains(classes, c) {
			return ctx.Err()
		}
		if failed = append(failed, r); len(failed) < requeueAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return n, err
}

// requeueAllowed makes pending again what the last run refused by a rule that this one does not have: private addresses
// with AllowPrivate, robots.txt with IgnoreRobots. A crash before the settings of this run are stored does it again.
func (c *Crawl) requeueAllowed(ctx context.Context) error {
	old, ok, err := c.store.Settings()
	if err != nil || !ok {
		return err
	}
	var classes []Class
	allow := func(class Class, was, is bool) {
		if is && !was {
			classes = append(classes, class)
		}
	}
	allow(ClassRefused, old.AllowPrivate, c.o.Fetch.AllowPrivate)
	allow(ClassRobots, old.IgnoreRobots, c.o.IgnoreRobots)
	if len(classes) == 0 {
		return nil
	}
	totals, err := c.store.Totals()
	if err != nil {
		return err
	}
	counts, err := c.store.Counts(totals) // with what redirects lead to
	if err != nil {
		return err
	}
	classes = slices.DeleteFunc(classes, func(class Class) bool { return counts.Errors[class] == 0 })
	if len(classes) == 0 {
		return nil
	}
	n, err := c.store.requeueClasses(ctx, classes)
	if n > 0 {
		c.o.Observer.Notice(fmt.Sprintf("refused by the run before, allowed now and queued again: %d (%s)", n, joinClasses(classes)))
	}
	return ignoreDone(ctx, err)
}

func joinClasses(classes []Class) string {
	var names []string
	for _, class := range classes {
		names = append(names, string(class))
	}
	return strings.Join(names, ", ")
}

// forgetUndecodable lets stored pictures be tried again that could not be decoded.
func (s *Store) forgetUndecodable(ctx context.Context) error {
	var puts []sink.Put
	flush := func() error {
		if len(puts) == 0 {
			return nil
		}
		defer func() { puts = puts[:0] }()
		return s.Commit(puts, nil)
	}
	err := s.Each(0, func(r *sink.Record) error {
		if r.Flags&sink.Undecodable == 0 {
			return ctx.Err()
		}
		r.Flags &^= sink.Undecodable
		if puts = append(puts, sink.Put{Record: r}); len(puts) < requeueAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

func (s *Store) requeue(failed []*sink.Record) error {
	totals, err := s.Totals()
	if err != nil {
		return err
	}
	var b frontier.Batch
	for _, r := range failed {
		totals.add(&delta{uncount: r})
		b.Requeue = append(b.Requeue, s.requeueOf(r))
	}
	return s.Update(func(tx *bolt.Tx) error {
		if _, err := s.Frontier.ApplyTx(tx, &b); err != nil {
			return err
		}
		for _, r := range failed {
			if err := sink.DeleteTx(tx, r.ID); err != nil {
				return err
			}
			if redirects := tx.Bucket(bucketRedirects); redirects != nil {
				if err := redirects.Delete(binary.BigEndian.AppendUint64(nil, r.ID)); err != nil {
					return err
				}
			}
		}
		return putRow(tx, bucketCrawl, keyTotals, totals)
	})
}

// requeueOf makes a result pending again.
func (s *Store) requeueOf(r *sink.Record) frontier.Requeue {
	return frontier.Requeue{ID: frontier.ID(r.ID), Item: s.itemOf(r), Note: note{Earlier: r.Attempts, Entry: entryOf(r)}.encode()}
}

func frontierFlags(f sink.Flags) (out frontier.Flags) {
	if f&sink.Listed != 0 {
		out |= frontier.Listed
	}
	if f&sink.Hop != 0 {
		out |= frontier.Hop
	}
	return out
}

// forgetRobots forgets the robots.txt files that could not be read, or all.
func (s *Store) forgetRobots(all bool) error {
	return s.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketRobots)
		if b == nil {
			return nil
		}
		var gone [][]byte
		err := b.ForEach(func(k, v []byte) error {
			var e robotsEntry
			if err := openRow(bucketRobots, k, v, &e); all || err != nil || e.unreachable() {
				gone = append(gone, bytes.Clone(k))
			}
			return nil
		})
		for _, k := range gone {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return err
	})
}
