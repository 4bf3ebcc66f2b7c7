package local

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"crawl/crawler/frontier"
)

// candidate is a distinct key of an admission.
type candidate struct {
	entry
	first    int32 // the item that has the key first
	from     frontier.ID
	fresh    bool   // not known before
	improved bool   // known before, and better now
	note     []byte // for an item that has none
}

// keyed is an item's place in the order of the keys.
type keyed struct {
	hi, lo uint64
	item   int32
}

// sortByKey gives the order of n items by their keys.
func sortByKey(n int, key func(i int) *frontier.Key) []keyed {
	order := make([]keyed, n)
	for i := range order {
		k := key(i)
		order[i] = keyed{binary.BigEndian.Uint64(k[:]), binary.BigEndian.Uint64(k[8:]), int32(i)}
	}
	slices.SortFunc(order, func(a, b keyed) int {
		if a.hi != b.hi {
			return cmp.Compare(a.hi, b.hi)
		}
		if a.lo != b.lo {
			return cmp.Compare(a.lo, b.lo)
		}
		return cmp.Compare(a.item, b.item)
	})
	return order
}

// admitListed is admit, and tells which items were known.
func (s *step) admitListed(items []frontier.Item, tell bool) error {
	s.tell = tell
	err := s.admit(items)
	s.tell = false
	return err
}

// admit makes items known. The result is that of admitting them one after another.
func (s *step) admit(items []frontier.Item) error {
	if len(items) == 0 {
		return nil
	}
	if len(items) > math.MaxInt32 || maxID-frontier.ID(s.c.known) < frontier.ID(len(items)) {
		return fmt.Errorf("frontier: admit %d URLs to %d: too many; crawl them in several stores", len(items), s.c.known)
	}
	s.f.opts.Hook("admit:before")
	found, err := s.match(items)
	if err != nil {
		return err
	}
	named := listedSchemes(items)
	if err := s.admitNew(items, found, named); err != nil {
		return err
	}
	s.tellAgain(found)
	if err := s.nameHosts(named); err != nil {
		return err
	}
	changed := make(entries, 0, len(found)*entryBytes)
	for i := range found {
		c := &found[i]
		if c.improved {
			if err := s.improveKnown(c); err != nil {
				return err
			}
		}
		if c.fresh || c.improved {
			changed = appendEntry(changed, &c.entry)
		}
	}
	if err := s.seen.add(changed, &s.c, &s.arena); err != nil {
		return err
	}
	s.f.opts.Hook("admit:after")
	return nil
}

// match looks every key up, in their order, and folds the items with one key.
func (s *step) match(items []frontier.Item) ([]candidate, error) {
	order := sortByKey(len(items), func(i int) *frontier.Key { return &items[i].Key })
	found := make([]candidate, 0, len(items))
	fresh, main := s.seen.fresh.walk(), s.seen.main.walk()
	for i := range order {
		it := &items[order[i].item]
		if last := len(found) - 1; last >= 0 && found[last].key == it.Key {
			s.res.Known++
			s.noteAgain(order[i].item, last, &found[last])
			s.fold(&found[last], it)
			continue
		}
		c := candidate{first: order[i].item}
		e, ok, err := find(it.Key[:], fresh, main)
		if err != nil {
			return nil, err
		}
		if ok {
			s.res.Known++
			c.entry = e
			s.noteAgain(order[i].item, len(found), &c)
			s.fold(&c, it)
		} else {
			s.res.Admitted++
			c.fresh, c.from, c.note = true, it.From, it.Note
			c.entry = entry{key: it.Key, depth: it.Depth, flags: merge(it.Flags, it.Flags)}
			if it.Flags&frontier.Listed != 0 {
				s.c.listed++
			}
		}
		found = append(found, c)
	}
	return found, nil
}

// noteAgain notes that an item was known. Its ID is that of a candidate, which may have none yet.
func (s *step) noteAgain(item int32, at int, c *candidate) {
	if s.tell {
		s.res.Again = append(s.res.Again, frontier.Again{Item: int(item), ID: frontier.ID(at), Listed: c.flags&frontier.Listed != 0})
	}
}

// tellAgain puts the IDs of the candidates into what noteAgain noted, and that into the order of the items.
func (s *step) tellAgain(found []candidate) {
	if !s.tell {
		return
	}
	for i := range s.res.Again {
		a := &s.res.Again[i]
		a.ID = found[a.ID].id
	}
	slices.SortFunc(s.res.Again, func(a, b frontier.Again) int { return cmp.Compare(a.Item, b.Item) })
}

// find looks a key up in both levels; the fresh one hides the other.
func find(key []byte, fresh, main *walker) (entry, bool, error) {
	for _, w := range [...]*walker{fresh, main} {
		if err := w.to(key); err != nil {
			return entry{}, false, err
		}
		if e, ok := w.block.find(key); ok {
			return e, true, nil
		}
	}
	return entry{}, false, nil
}

// fold adds to what is known of a key what another find of it tells.
func (s *step) fold(c *candidate, it *frontier.Item) {
	depth, flags := min(c.depth, it.Depth), merge(c.flags, it.Flags)
	if depth == c.depth && flags == c.flags {
		return
	}
	if (flags&^c.flags)&frontier.Listed != 0 {
		s.c.listed++
		if len(c.note) == 0 {
			c.note = it.Note
		}
	}
	c.depth, c.flags, c.from = depth, flags, it.From
	c.improved = !c.fresh
}

// merge joins the flags of two finds of a URL: it is listed if either says so, and known only from a redirect if both do
// and neither lists it.
func merge(a, b frontier.Flags) frontier.Flags {
	if (a|b)&frontier.Listed != 0 {
		return frontier.Listed
	}
	return a & b & frontier.Hop
}

// admitNew gives the new items their IDs, in the order of the items, and puts them into the queue.
func (s *step) admitNew(items []frontier.Item, found []candidate, named map[string]frontier.Schemes) error {
	at := make([]int32, len(items)) // 1 + the candidate that an item is the first of
	fresh := 0
	for i := range found {
		if found[i].fresh {
			at[found[i].first] = int32(i + 1)
			fresh++
		}
	}
	hosts := hostNumbers{s: s, named: named, ids: make(map[string]frontier.HostID)}
	queue := make([]*candidate, 0, fresh)
	for i := range items {
		if at[i] == 0 {
			continue
		}
		c := &found[at[i]-1]
		s.c.known++
		c.id = frontier.ID(s.c.known)
		var err error
		if c.host, err = hosts.of(items[i].Host); err != nil {
			return err
		}
		queue = append(queue, c)
	}
	// In the order of their keys they cost bbolt fewer pages at a time.
	slices.SortStableFunc(queue, func(a, b *candidate) int { return cmp.Compare(a.host, b.host) })
	for _, c := range queue {
		it := &items[c.first]
		f, rest := splitURL(it.URL, it.Host)
		r := row{flags: c.flags, depth: c.depth, from: c.from, note: c.note, form: f, rest: []byte(rest)}
		if err := s.enqueue(place{c.host, ready, c.id}, &r); err != nil {
			return err
		}
	}
	return nil
}

// hostNumbers gives hosts their numbers, with a memory for one admission.
type hostNumbers struct {
	s     *step
	named map[string]frontier.Schemes // by listed items; new hosts are taken out
	ids   map[string]frontier.HostID
	last  string
	id    frontier.HostID
}

func (h *hostNumbers) of(name string) (id frontier.HostID, err error) {
	if h.id != 0 && name == h.last {
		return h.id, nil
	}
	id, ok := h.ids[name]
	if !ok {
		if id, err = h.s.hostID(name); err != nil {
			return 0, err
		}
		if id == 0 {
			if id, err = h.s.newHost(name, h.named[name]); err != nil {
				return 0, err
			}
			delete(h.named, name) // the new row says it
		}
		h.ids[name] = id
	}
	h.last, h.id = name, id
	return id, nil
}

// listedSchemes gives the hosts that listed items name, with their schemes.
func listedSchemes(items []frontier.Item) map[string]frontier.Schemes {
	named := make(map[string]frontier.Schemes)
	var lastHost string
	var last frontier.Schemes
	for i := range items {
		it := &items[i]
		if it.Flags&frontier.Listed == 0 {
			continue
		}
		scheme := frontier.HTTP
		if strings.HasPrefix(it.URL, "https:") {
			scheme = frontier.HTTPS
		}
		if it.Host != lastHost || last&scheme == 0 {
			named[it.Host] |= scheme
			lastHost, last = it.Host, named[it.Host]
		}
	}
	return named
}

// nameHosts notes with known hosts that listed items name them.
func (s *step) nameHosts(named map[string]frontier.Schemes) error {
	for _, name := range slices.Sorted(maps.Keys(named)) {
		schemes := named[name]
		id, err := s.hostID(name)
		if err != nil {
			return err
		}
		if id == 0 {
			continue // its items are known by other names of theirs
		}
		key := hostKey(id)
		h, err := decodeHost(key, s.hosts.Get(key))
		if err != nil {
			return err
		}
		if h.Named|schemes == h.Named {
			continue
		}
		h.Named |= schemes
		if err := s.hosts.Put(key, encodeHost(key, &h)); err != nil {
			return fmt.Errorf("frontier: note that host %s is listed: %w", name, err)
		}
	}
	return nil
}

// improveKnown changes a pending item in place, and puts a settled one that is better now among the improved.
func (s *step) improveKnown(c *candidate) error {
	p, key, v, err := findPending(s.tx, c.entry)
	if err != nil {
		return err
	}
	if v == nil {
		return s.improve(c.id, c.depth, c.from, c.flags)
	}
	r, err := decodeRow(key, v)
	if err != nil {
		return err
	}
	r.depth, r.from, r.flags = c.depth, c.from, c.flags
	if len(r.note) == 0 {
		r.note = c.note
	}
	return s.putRow(p, &r)
}

// admitLogged admits the oldest logged links, whole values of the log, until there are at least n.
func (s *step) admitLogged(n int) error {
	if n <= 0 || s.c.logged == 0 {
		return nil
	}
	var links []frontier.Item
	var keys [][]byte
	cursor := s.log.Cursor()
	for k, v := cursor.First(); k != nil && len(links) < n; k, v = cursor.Next() {
		var err error
		if links, err = decodeLog(links, k, v); err != nil {
			return err
		}
		keys = append(keys, k)
	}
	for _, k := range keys {
		if err := s.log.Delete(bytes.Clone(k)); err != nil {
			return fmt.Errorf("frontier: shorten the log: %w", err)
		}
	}
	s.c.logged -= min(s.c.logged, uint64(len(links)))
	return s.admit(links)
}
