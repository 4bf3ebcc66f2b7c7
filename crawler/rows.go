package crawler

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	bolt "go.etcd.io/bbolt"

	"crawl/sink"
)

// rowVersion begins the sealed values of the engine's own buckets.
const rowVersion = 1

// rowHead is the length of what stands before the JSON: version and checksum.
const rowHead = 1 + 4

func (s *Store) readRow(bucket, key []byte, v any) (found bool, err error) {
	err = s.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil {
			return nil
		}
		data := b.Get(key)
		if found = data != nil; !found {
			return nil
		}
		return openRow(bucket, key, data, v)
	})
	return found, err
}

func putRow(tx *bolt.Tx, bucket, key []byte, v any) error {
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	data, err := sealRow(bucket, key, v)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

func sealRow(bucket, key []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	data := make([]byte, rowHead, rowHead+len(text))
	data[0] = rowVersion
	binary.BigEndian.PutUint32(data[1:], rowSum(bucket, key, text))
	return append(data, text...), nil
}

// openRow decodes a sealed value. Its errors are sink.ErrDamaged and sink.ErrNewerFormat.
func openRow(bucket, key, data []byte, v any) error {
	switch {
	case len(data) > 0 && data[0] > rowVersion:
		return fmt.Errorf("%w: %s/%q is of version %d", sink.ErrNewerFormat, bucket, key, data[0])
	case len(data) < rowHead || data[0] != rowVersion || binary.BigEndian.Uint32(data[1:]) != rowSum(bucket, key, data[rowHead:]):
		return fmt.Errorf("%w: %s/%q does not match its checksum", sink.ErrDamaged, bucket, key)
	}
	if err := json.Unmarshal(data[rowHead:], v); err != nil {
		return fmt.Errorf("%w: %s/%q does not decode: %w", sink.ErrDamaged, bucket, key, err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func rowSum(bucket, key, text []byte) uint32 {
	sum := crc32.Update(0, castagnoli, bucket)
	sum = crc32.Update(sum, castagnoli, key)
	return crc32.Update(sum, castagnoli, text)
}

// robotsEntry is a robots.txt as it is kept, one for each origin.
type robotsEntry struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"`          // of the last answer; 0: none
	Class  Class     `json:"class,omitempty"` // why there was no answer
	Error  string    `json:"error,omitempty"`
	Body   []byte    `json:"body,omitempty"`
	Tries  int       `json:"tries,omitempty"` // failed attempts so far, when there is no answer yet and At is zero
	Named  bool      `json:"named,omitempty"` // the list named the host, so that it was allowed to be private
}

// expires is when the entry must be asked for again.
func (e *robotsEntry) expires() time.Time {
	if e.unreachable() {
		return e.At.Add(robotsFailedAge)
	}
	return e.At.Add(robotsMaxAge)
}

// unreachable reports that nothing may be fetched (RFC 9309, 2.3.1.4): the server failed or did not answer.
func (e *robotsEntry) unreachable() bool { return e.Class != "" && e.Class != ClassHTTP4xx }

func (s *Store) robots(origin string) (*robotsEntry, bool, error) {
	e := new(robotsEntry)
	ok, err := s.readRow(bucketRobots, []byte(origin), e)
	return e, ok, err
}
