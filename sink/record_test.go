package sink

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func encode(t testing.TB, r *Record) []byte {
	t.Helper()
	b, err := AppendRecord(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordRoundTrip(t *testing.T) {
	full := sampleRecord(5)
	full.SHA256[3], full.Body = 7, BodyRef{3, 1 << 40, 99}
	full.Fields = []Field{{"price", []string{"1", "", "é"}}, {"none", nil}}
	full.ErrClass, full.ErrMessage, full.Rule, full.File, full.Text = "timeout", "no answer", "robots.txt line 3", "a/b.png", "text\x00\xff"
	full.Attempts = append(full.Attempts, Attempt{Class: "dns", Message: "m", At: time.Unix(0, 0).UTC()}, Attempt{Status: -1})
	image := sampleRecord(6)
	image.ImageFacts = sampleImage()
	oddPicture := sampleRecord(7)
	oddPicture.ImageFacts, oddPicture.Defects = sampleImage(), []string{"a", ""}
	for _, r := range []*Record{{FieldDefects: []string{"values: left out 3"}}, oddPicture, {}, sampleRecord(1), full, image, {ImageFacts: ImageFacts{HasDHash: true}}, {ImageFacts: ImageFacts{Extra: [][2]string{{}}}}, {Depth: 1<<16 - 1, Flags: 0xff, ID: 1<<64 - 1, Timing: Timing{DNS: -1}}} {
		b := encode(t, r)
		got, err := DecodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, got, sameRecord); d != "" {
			t.Error(d)
		}
		if again := encode(t, got); !bytes.Equal(b, again) {
			t.Error("equal records have different bytes")
		}
	}
}

// TestRecordOfPage: what pages are written as does not change, so that older programs read it.
func TestRecordOfPage(t *testing.T) {
	const want = "01aebbb80f0709687474703a2f2f612f00000000000000000000000000000000000000000000000000000000000000000000"
	if b := encode(t, &Record{ID: 7, URL: "http://a/"}); hex.EncodeToString(b) != want {
		t.Errorf("a page's record is %x", b)
	}
	if b := encode(t, &Record{ImageFacts: ImageFacts{Width: 1}}); b[0] != imageRecord {
		t.Errorf("an image's record has version %d", b[0])
	}
	if b := encode(t, &Record{Defects: []string{"odd"}}); b[0] != oddPage {
		t.Errorf("the record of an odd page has version %d", b[0])
	}
}

func TestRecordDamage(t *testing.T) {
	b := encode(t, sampleRecord(1))
	for i := range b {
		spoiled := bytes.Clone(b)
		spoiled[i] ^= 0x10
		if _, err := DecodeRecord(spoiled); err == nil {
			t.Fatalf("byte %d changed, and no one saw", i)
		}
		if _, err := DecodeRecord(b[:i]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	newer := bytes.Clone(b)
	newer[0] = recordVersion + 1
	if _, err := DecodeRecord(newer); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a newer version: %v", err)
	}
}

func TestRecordLimits(t *testing.T) {
	for _, r := range []*Record{
		{Attempts: make([]Attempt, maxAttempts+1)},
		{Fields: make([]Field, maxFields+1)},
		{Defects: make([]string, maxDefects+1)},
		{FieldDefects: make([]string, maxDefects+1)},
		{ImageFacts: ImageFacts{Extra: make([][2]string, maxExtra+1)}},
		{Text: strings.Repeat("x", MaxRecord)},
	} {
		if b, err := AppendRecord([]byte("kept"), r); !errors.Is(err, ErrTooLarge) || string(b) != "kept" {
			t.Errorf("AppendRecord = %d bytes, %v", len(b), err)
		}
	}
}

func TestLinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		urls := rapid.SliceOf(rapid.SampledFrom([]string{"", "http://a/", "http://a/b", "http://a/bc?d", "https://a/", "x", strings.Repeat("y", 300)})).Draw(t, "urls")
		var l Links
		for i, u := range urls {
			if i == len(urls)/2 { // as if it had been read back
				l.last = nil
			}
			l.Add(byte('a'+i%9), i%2 == 0, []byte(u))
		}
		if l.Len() != len(urls) || !validLinks(l.buf, uint64(len(urls))) {
			t.Fatalf("%d links are valid of %d", l.Len(), len(urls))
		}
		i := 0
		for link := range l.All() {
			if string(link.URL) != urls[i] || link.Kind != byte('a'+i%9) || link.NoFollow != (i%2 == 0) {
				t.Fatalf("link %d is %q %c %v", i, link.URL, link.Kind, link.NoFollow)
			}
			i++
		}
		if i != len(urls) {
			t.Fatalf("%d links came", i)
		}
	})
	var l Links
	if l.Add('a', false, make([]byte, maxLinkURL+1)) || l.Len() != 0 {
		t.Error("a URL above the limit was taken")
	}
}

// FuzzDecodeRecord: no bytes make the decoder panic, and what it takes it writes back the same.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(encode(f, &Record{}), false)
	f.Add(encode(f, sampleRecord(7)), false)
	r := sampleRecord(8)
	r.SHA256[0], r.Body, r.Fields = 1, BodyRef{1, 2, 3}, []Field{{"n", []string{"v"}}}
	f.Add(encode(f, r), true)
	r.ImageFacts = sampleImage()
	f.Add(encode(f, r), true)
	r.FieldDefects = []string{"values of a rule beyond 10000: left out 3"}
	f.Add(encode(f, r), true)
	f.Add([]byte{pageRecord, 0, 0, 0, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, fix bool) {
		if fix && len(b) >= recordHead { // get past the checksum
			b = bytes.Clone(b)
			b[0] = pageRecord + b[0]%recordVersion
			fixSum(b)
		}
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := AppendRecord(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b, again) {
			t.Fatalf("%x was read, %x written", b, again)
		}
		for range r.Links.All() {
		}
	})
}
