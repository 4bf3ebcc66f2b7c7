package sink

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// sampleTime is a moment with nanoseconds.
var sampleTime = time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.UTC)

// sampleRecord is a common page: 45 links, a header block, one attempt.
func sampleRecord(id uint64) *Record {
	r := &Record{
		ID: id, URL: fmt.Sprintf("https://www.example.com/articles/2024/05/a-page-with-a-title-%d", id), From: id / 40, Depth: 2,
		Status: 200, Proto: "HTTP/1.1",
		Header:      []byte("Content-Type: text/html; charset=utf-8\r\nCache-Control: max-age=60\r\nServer: example\r\nDate: Mon, 06 May 2024 07:08:09 GMT\r\n"),
		ContentType: "text/html; charset=utf-8", MediaType: "text/html", Charset: "utf-8",
		Title: fmt.Sprintf("A page with a title, number %d", id), Description: "What a page says of itself in one or two sentences for those that list it.",
		Canonical: fmt.Sprintf("https://www.example.com/articles/%d", id), Lang: "en",
		WireBytes: 3456, FetchedAt: sampleTime,
		Timing:   Timing{Queue: 12345, Polite: 100 * time.Millisecond, DNS: 1234567, Connect: 2345678, TLS: 3456789, FirstByte: 4567890, Body: 567890, Parse: 5678},
		Attempts: []Attempt{{At: sampleTime, Status: 200, Remote: "192.0.2.1:443", Timing: Timing{Queue: 12345, FirstByte: 4567890, Body: 567890}}},
	}
	for i := range 45 {
		kind := byte('a')
		if i%9 == 8 {
			kind = imageKind
		}
		r.Links.Add(kind, i%10 == 0, fmt.Appendf(nil, "https://www.example.com/%s/%d/item-%d.html", []string{"articles", "topics", "people"}[i%3], i, id*7+uint64(i)))
	}
	r.Links.last = nil // as after decoding
	return r
}

// sampleImage has every fact of an image but a thumbnail.
func sampleImage() ImageFacts {
	return ImageFacts{
		Width: 640, Height: 1 << 31, DHash: 1<<63 + 5, HasDHash: true, Name: "a name.jpg", Number: 12, Want: Digest{1, 2, 3},
		Extra: [][2]string{{"author", "é"}, {"", ""}},
	}
}

// sampleBody gives bytes that no other n gives.
func sampleBody(n uint64, size int) []byte {
	b := make([]byte, size)
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], n)
	_, _ = rand.NewChaCha8(seed).Read(b)
	return b
}

// samplePut is a record with a body of its own.
func samplePut(id uint64, body []byte) Put {
	r := sampleRecord(id)
	if body != nil {
		r.SHA256 = sha256.Sum256(body)
	}
	return Put{Record: r, Body: body}
}

// newStore makes a store that is closed and checked at the end of the test.
func newStore(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "store"), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
