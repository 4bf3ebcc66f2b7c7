package sink

import (
	"encoding/binary"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
)

// bucketMeta is in state.db and in every body file.
var bucketMeta = []byte("meta")

// Keys of the meta bucket. What MetaPut writes has its own prefix.
const (
	metaFormat  = "format"
	metaSeed    = "seed"
	metaCreated = "created"
	metaBodies  = "bodies"
	metaUser    = "user/"
)

func userKey(key string) []byte { return append([]byte(metaUser), key...) }

// metaSum covers key and value, so that no value passes for another's.
func metaSum(key string, v []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, v)
}

// putMeta keeps a value with its checksum.
func putMeta(tx *bolt.Tx, key string, v []byte) error {
	b := append(make([]byte, 0, len(v)+4), v...)
	return tx.Bucket(bucketMeta).Put([]byte(key), binary.LittleEndian.AppendUint32(b, metaSum(key, v)))
}

// getMeta gives a value that must be there, valid until the transaction ends.
func getMeta(tx *bolt.Tx, key string) ([]byte, error) {
	b := tx.Bucket(bucketMeta).Get([]byte(key))
	if len(b) < 4 {
		return nil, damaged("meta value %q is missing", key)
	}
	v, sum := b[:len(b)-4], b[len(b)-4:]
	if binary.LittleEndian.Uint32(sum) != metaSum(key, v) {
		return nil, damaged("meta value %q does not match its checksum", key)
	}
	return v, nil
}

// watermark is the newest body that a committed record may name.
type watermark struct {
	file uint32
	seq  uint64
}

func appendWatermark(b []byte, w watermark) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, w.file), w.seq)
}

func readWatermark(tx *bolt.Tx) (w watermark, err error) {
	v, err := getMeta(tx, metaBodies)
	if err != nil {
		return w, err
	}
	if len(v) != 12 {
		return w, damaged("the watermark of bodies has %d bytes", len(v))
	}
	w = watermark{file: binary.BigEndian.Uint32(v), seq: binary.BigEndian.Uint64(v[4:])}
	if w.file == 0 {
		return w, damaged("the watermark of bodies names file 0")
	}
	return w, nil
}
