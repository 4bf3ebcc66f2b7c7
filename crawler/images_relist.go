package crawler

import (
	"fmt"
	"reflect"
	"strings"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// A URL counts once, and the newest list is what counts for it: its first row that names the URL says the name, the digest
// and the columns. Later rows of the same list are counted, and told when they say something else. What a row leaves empty
// stays as it was, but for a digest that is still to be met.

// RelistedCounts tell of rows that name a URL of an earlier row of the same run.
type RelistedCounts struct {
	Rows  int64 `json:"rows"`
	Other int64 `json:"other"` // of them, that say something else: another name, digest or column
}

// row takes in a row of the list whose URL was known.
func (j *judging) row(a *frontier.Again) error {
	k, item := j.k, &j.k.batch.Admit[a.Item]
	n, err := decodeNote(item.Note)
	if err != nil || n.Entry == nil {
		return err
	}
	e, id := n.Entry, uint64(a.ID)
	again := k.listedIDs.again(id) && a.Listed
	if again {
		k.relisted.Rows++
	}
	if !e.says() && (again || !k.totals.Digests) {
		return nil // most rows of most lists
	}
	kept, r, err := j.kept(id, item)
	if err != nil {
		return err
	}
	merged := kept.with(e)
	if again {
		if how := kept.otherwise(merged); how != "" {
			k.relisted.Other++
			k.observer.NamedAgain(k.where[a.Item], item.URL, how)
		}
		return nil
	}
	if e.SHA256 == "" && kept.SHA256 != "" {
		end, err := j.endOf(r)
		if err != nil {
			return err
		}
		if end == nil || end.ErrClass == string(ClassBadDigest) {
			merged.SHA256 = "" // nothing is demanded any more of what has failed by it, or is to come
		}
	}
	if reflect.DeepEqual(kept, merged) {
		return nil
	}
	merged.Number = e.Number
	if r == nil {
		j.demands[id] = &merged
		return nil
	}
	_, err = j.settled(r, &merged)
	return err
}

// endOf gives a result, or the one that it redirects to; nil: there is none yet. r may be nil.
func (j *judging) endOf(r *sink.Record) (end *sink.Record, err error) {
	if end = r; r != nil && r.Location != "" {
		end, err = j.k.store.chainEnd(r)
	}
	return end, err
}

// kept is what is known of a URL from its list, and its result; nil: it has none yet.
func (j *judging) kept(id uint64, item *frontier.Item) (listEntry, *sink.Record, error) {
	if d := j.byID[id]; d != nil {
		return entryOf(d.rec).or(), d.rec, nil
	}
	if e := j.demands[id]; e != nil {
		return *e, nil, nil
	}
	store := j.k.store
	r, ok, err := store.Get(id)
	switch {
	case err != nil:
		return listEntry{}, nil, err
	case ok:
		return entryOf(r).or(), r, nil
	}
	if e, err := store.demand(id, &j.k.demands); err != nil || e != nil {
		return e.or(), nil, err
	}
	known, _, err := store.Frontier.Lookup(j.k.ctx, item.Key)
	if err != nil {
		return listEntry{}, nil, err
	}
	n, err := decodeNote(known.Note)
	return n.Entry.or(), nil, err
}

// or gives an empty entry for none.
func (l *listEntry) or() listEntry {
	if l == nil {
		return listEntry{}
	}
	return *l
}

// says reports whether a row has more than a URL.
func (l *listEntry) says() bool { return l.Name != "" || l.SHA256 != "" || len(l.Extra) > 0 }

// with gives what is known of a URL when a row says e of it.
func (l listEntry) with(e *listEntry) listEntry {
	if e.Name != "" {
		l.Name = e.Name
	}
	if e.SHA256 != "" {
		l.SHA256 = strings.ToLower(e.SHA256)
	}
	if len(e.Extra) > 0 {
		l.Extra = e.Extra
	}
	return l
}

// otherwise tells what o says otherwise, "" when that is nothing.
func (l *listEntry) otherwise(o listEntry) string {
	var parts []string
	part := func(what, counts, other string) {
		if counts != other {
			parts = append(parts, fmt.Sprintf("%s %s, where %s counts", what, quotedOr(other), quotedOr(counts)))
		}
	}
	part("name", l.Name, o.Name)
	part("sha256", l.SHA256, o.SHA256)
	part("columns", columnsText(l.Extra), columnsText(o.Extra))
	return strings.Join(parts, "; ")
}

func quotedOr(s string) string {
	if s == "" {
		return "none"
	}
	return "'" + clip(s, maxErrorMessage) + "'"
}

func columnsText(list [][2]string) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, c[0]+"="+c[1])
	}
	return strings.Join(parts, ", ")
}

// namedIDs tells which URLs the list has named in this run: those that were admitted since it began, and those of a bit
// each. So a million URLs of earlier runs take 125 kB.
type namedIDs struct {
	start uint64   // IDs that were known when the run began
	bits  []uint64 // of IDs up to start
}

// again reports whether the list has named an ID before in this run, and notes that it has now. Of IDs beyond maxNamedIDs
// it knows nothing, and says no.
func (n *namedIDs) again(id uint64) bool {
	if id > n.start {
		return true
	}
	if id >= maxNamedIDs {
		return false
	}
	if n.bits == nil {
		n.bits = make([]uint64, min(n.start, maxNamedIDs)/64+1)
	}
	word, bit := &n.bits[id/64], uint64(1)<<(id%64)
	was := *word&bit != 0
	*word |= bit
	return was
}
