package crawler

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"

	"crawl/sink"
	"crawl/sink/naming"
)

// A file's name is given once, in the order in which files come, and kept: with its record (Record.File), and here, so that
// no two files have one that some file system takes for the same.
//
//	names      naming.FoldKey of a path -> nameRow
//	unwritten  ID (8, big-endian) -> nothing     files that were named and are not known to be in Images.Dir
var (
	bucketNames     = []byte("names")
	bucketUnwritten = []byte("unwritten")
)

// manifestKey is the path of the manifest, which no file gets.
const manifestKey = "manifest.jsonl"

// nameRow is what is known of a path below Images.Dir.
type nameRow struct {
	ID     uint64 `json:"id,omitempty"`     // of the file's record; 0: not a file of ours
	Folder bool   `json:"folder,omitempty"` // files are in it
	Next   int    `json:"next,omitempty"`   // of naming.Numbered, for the next file that would have this name
}

// namer gives names within one transaction, or in front of one: what it gave is written by put.
type namer struct {
	tx    *bolt.Tx
	given map[string]nameRow // by key
}

func newNamer() *namer { return &namer{given: map[string]nameRow{}} }

// row reads what is known of a path.
func (n *namer) row(key string) (r nameRow, known bool, err error) {
	if r, known = n.given[key]; known || key == manifestKey {
		return r, true, nil
	}
	b := n.tx.Bucket(bucketNames)
	if b == nil {
		return r, false, nil
	}
	data := b.Get([]byte(key))
	if data == nil {
		return r, false, nil
	}
	return r, true, openRow(bucketNames, []byte(key), data, &r)
}

// give finds a name for a file, the wanted one if it is free, and takes it.
func (n *namer) give(id uint64, wanted string) (string, error) {
	wanted, err := n.folders(wanted)
	if err != nil {
		return "", err
	}
	first := naming.FoldKey(wanted)
	base, taken, err := n.row(first)
	if err != nil {
		return "", err
	}
	if taken && base.ID == id {
		return wanted, nil // it was left out, and comes again
	}
	name := wanted
	for k := max(base.Next, 2); taken; k++ {
		name = naming.Numbered(wanted, k)
		if _, taken, err = n.row(naming.FoldKey(name)); err != nil {
			return "", err
		}
		base.Next = k + 1
	}
	if base.Next > 0 {
		n.given[first] = base
	}
	n.given[naming.FoldKey(name)] = nameRow{ID: id}
	return name, nil
}

// folders sees to it that the folders of a path are no files, by giving them other names, and takes them.
func (n *namer) folders(path string) (string, error) {
	for at := strings.IndexByte(path, '/'); at >= 0; {
		folder, rest := path[:at], path[at:]
		name := folder
		for k := 2; ; k++ {
			key := naming.FoldKey(name)
			r, known, err := n.row(key)
			if err != nil {
				return "", err
			}
			if !known {
				n.given[key] = nameRow{Folder: true}
			}
			if !known || r.Folder {
				break
			}
			name = naming.Numbered(folder, k)
		}
		path = name + rest
		next := strings.IndexByte(path[len(name)+1:], '/')
		if next < 0 {
			break
		}
		at = len(name) + 1 + next
	}
	return path, nil
}

// put writes what was given.
func (n *namer) put(tx *bolt.Tx) error {
	for key, r := range n.given {
		if err := putRow(tx, bucketNames, []byte(key), r); err != nil {
			return err
		}
	}
	return nil
}

// nameFacts are what a record's file can be named by.
func (s *Store) nameFacts(r *sink.Record) (naming.Facts, error) {
	f := naming.Facts{
		N: int64(r.Number), URL: r.URL, Name: r.Name, SHA256: hex.EncodeToString(r.SHA256[:]), MediaType: r.MediaType,
		Disposition: headerValue(r.Header, "Content-Disposition"),
	}
	if r.Flags&sink.Hop != 0 && r.Flags&sink.Listed == 0 { // it is the list's word on the URL that led there that counts
		start, err := s.chainStart(r.From)
		if err != nil {
			return f, err
		}
		if start != nil {
			f.N, f.Name = int64(start.Number), start.Name
			if f.N == 0 {
				f.N = int64(start.ID)
			}
		}
	}
	if f.N == 0 {
		f.N = int64(r.ID)
	}
	return f, nil
}

// headerValue finds a field in a stored header block.
func headerValue(block []byte, name string) string {
	if values := headerValues(block, name); len(values) > 0 {
		return values[0]
	}
	return ""
}

func idKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// named reports whether a record is that of a file that has a name, or should have.
func isSaved(r *sink.Record) bool { return r.Flags&sink.Saved != 0 && r.Body != (sink.BodyRef{}) }

// nameFiles gives a name to each file of an image batch that has none, in the order of the list. Names that were given
// stay. It writes, in steps, and can be repeated.
func (s *Store) nameFiles(ctx context.Context, t naming.Template) error {
	var nameless []*sink.Record
	flush := func() error {
		defer func() { nameless = nameless[:0] }()
		return s.nameAll(nameless, t)
	}
	err := s.Each(0, func(r *sink.Record) error {
		if !isSaved(r) || r.File != "" {
			return ctx.Err()
		}
		if nameless = append(nameless, r); len(nameless) < nameAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

func (s *Store) nameAll(list []*sink.Record, t naming.Template) error {
	if len(list) == 0 {
		return nil
	}
	wanted := make([]string, len(list))
	for i, r := range list {
		f, err := s.nameFacts(r)
		if err != nil {
			return err
		}
		wanted[i] = t.Name(f)
	}
	return s.Update(func(tx *bolt.Tx) error {
		n := newNamer()
		n.tx = tx
		for i, r := range list {
			r, ok, err := sink.GetTx(tx, r.ID) // the committer may have judged it anew
			if err != nil {
				return err
			}
			if !ok || !isSaved(r) || r.File != "" {
				continue
			}
			if r.File, err = n.give(r.ID, wanted[i]); err != nil {
				return err
			}
			if err := sink.PutTx(tx, r); err != nil {
				return err
			}
			if err := putUnwritten(tx, r.ID); err != nil {
				return err
			}
		}
		return n.put(tx)
	})
}

func putUnwritten(tx *bolt.Tx, id uint64) error {
	b, err := tx.CreateBucketIfNotExists(bucketUnwritten)
	if err != nil {
		return err
	}
	return b.Put(idKey(id), nil)
}

// rename gives a file another name: something else has its path, or stands where one of its folders would be. What is
// taken is never given again. It gives nil for a file that was left out, or renamed, meanwhile.
func (s *Store) rename(tx *bolt.Tx, m misplaced, folder bool, n *namer) (*sink.Record, error) {
	id := m.id
	r, ok, err := sink.GetTx(tx, id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: file %d has a name but no record", sink.ErrDamaged, id)
	}
	if !isSaved(r) || r.File != m.name {
		return nil, nil
	}
	n.tx = tx
	key := naming.FoldKey(r.File)
	if parents := naming.Parents(r.File); folder && len(parents) > 0 { // a new outermost one makes all of them new
		key = naming.FoldKey(parents[0])
	}
	row, _, err := n.row(key)
	if err != nil {
		return nil, err
	}
	row.ID, row.Folder = 0, false
	n.given[key] = row
	if r.File, err = n.give(id, r.File); err != nil {
		return nil, err
	}
	if err := sink.PutTx(tx, r); err != nil {
		return nil, err
	}
	return r, putUnwritten(tx, id)
}

// chainStart gives the record of the URL that the redirects began at which led to the page of an ID; nil when there is none.
func (s *Store) chainStart(from uint64) (*sink.Record, error) {
	for range maxRedirects {
		r, ok, err := s.Get(from)
		if err != nil || !ok {
			return nil, err
		}
		if r.Flags&sink.Hop == 0 {
			return r, nil
		}
		from = r.From
	}
	return nil, nil
}
