package crawler

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"crawl/crawler/frontier"
	"crawl/sink"
)

// listEntry is what a list says of a URL beside it. It is kept with the URL's attempts while it waits (note), and in its
// record then.
type listEntry struct {
	Number uint64      `json:"n,omitempty"` // place in the list, from 1
	Name   string      `json:"name,omitempty"`
	SHA256 string      `json:"sha256,omitempty"` // hexadecimal
	Extra  [][2]string `json:"extra,omitempty"`
}

// newListEntry checks what a list says. The error is about the entry.
func newListEntry(e *Entry, number uint64) (*listEntry, error) {
	l := &listEntry{Number: number, Name: e.Name, SHA256: e.SHA256}
	if sum, err := hex.DecodeString(e.SHA256); err != nil || len(sum) != len(sink.Digest{}) && len(sum) > 0 {
		return nil, fmt.Errorf("its sha256 is not 64 hexadecimal digits: %q", clip(e.SHA256, maxErrorMessage))
	}
	if e.SHA256 != "" && strings.Trim(e.SHA256, "0") == "" {
		return nil, errors.New("its sha256 is all zeros, which is that of nothing")
	}
	for _, c := range e.Extra {
		l.Extra = append(l.Extra, [2]string{c.Name, c.Value})
	}
	return l, nil
}

// listNote is the note that an entry's URL begins with.
func listNote(e *Entry, number uint64) ([]byte, error) {
	l, err := newListEntry(e, number)
	if err != nil {
		return nil, err
	}
	return note{Entry: l}.encode(), nil
}

// demands reports whether a note that listNote made has a digest.
func demands(note []byte) bool { return bytes.Contains(note, []byte(`"sha256":"`)) }

// entryOf takes back what a record has.
func entryOf(r *sink.Record) *listEntry {
	if r.Number == 0 && r.Name == "" && r.Want == (sink.Digest{}) && len(r.Extra) == 0 {
		return nil
	}
	l := &listEntry{Number: r.Number, Name: r.Name, Extra: r.Extra}
	if r.Want != (sink.Digest{}) {
		l.SHA256 = hex.EncodeToString(r.Want[:])
	}
	return l
}

// want is the digest that the list demands; zero: none.
func (l *listEntry) want() (d sink.Digest) {
	if l != nil {
		_, _ = hex.Decode(d[:], []byte(l.SHA256)) // it was checked
	}
	return d
}

// describe puts into a record what the list says of its URL.
func (l *listEntry) describe(r *sink.Record) {
	if l == nil {
		return
	}
	r.Number, r.Name, r.Want, r.Extra = l.Number, l.Name, l.want(), l.Extra
}

// isFile reports whether a URL is fetched as a file. In an image batch all are, but for the pages whose pictures are taken.
func (c *Crawl) isFile(l *frontier.Lease) bool {
	return c.o.Images != nil && (!c.o.Images.FromPages || l.Depth > 0)
}

// demanded is what the list says of a task's URL, or of the one that redirected there; nil: nothing.
func (c *Crawl) demanded(t *task) (*listEntry, error) {
	n, err := t.decodedNote()
	if err != nil {
		return nil, err
	}
	newest, err := c.store.demand(uint64(t.lease.ID), &c.commit.demands)
	if err != nil {
		return nil, err
	}
	if newest != nil {
		n.Entry = newest
	}
	if n.Entry != nil || t.lease.Flags&frontier.Hop == 0 {
		return n.Entry, nil
	}
	r, err := c.store.chainStart(uint64(t.lease.From))
	if err != nil || r == nil {
		return nil, err
	}
	return entryOf(r), nil
}
