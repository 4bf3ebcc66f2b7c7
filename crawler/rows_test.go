package crawler

import (
	"errors"
	"testing"

	"crawl/sink"
)

func TestSealedRows(t *testing.T) {
	bucket, key := []byte("robots"), []byte("http://a")
	data, err := sealRow(bucket, key, &robotsEntry{Status: 200, Body: []byte("User-agent: *")})
	if err != nil {
		t.Fatal(err)
	}
	var e robotsEntry
	if err := openRow(bucket, key, data, &e); err != nil || e.Status != 200 || string(e.Body) != "User-agent: *" {
		t.Fatalf("%+v, %v", e, err)
	}
	if err := openRow(bucket, []byte("http://b"), data, &e); !errors.Is(err, sink.ErrDamaged) {
		t.Errorf("under another key: %v", err)
	}
	for i := range data {
		bad := append([]byte(nil), data...)
		bad[i] ^= 4
		if err := openRow(bucket, key, bad, &e); err == nil {
			t.Errorf("byte %d changed: no error", i)
		}
	}
	data[0]++
	if err := openRow(bucket, key, data, &e); !errors.Is(err, sink.ErrNewerFormat) {
		t.Errorf("a newer version: %v", err)
	}
}

func FuzzOpenRow(f *testing.F) {
	data, err := sealRow(bucketCrawl, keyTotals, newTotals())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{rowVersion, 0, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = openRow(bucketCrawl, keyTotals, data, newTotals())
	})
}
