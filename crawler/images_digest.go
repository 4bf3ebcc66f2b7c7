package crawler

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// digests are those of a Content-Digest or Repr-Digest field (RFC 9530) that are known here; nil: absent.
type digests struct {
	sha256, sha512 []byte
}

func (d digests) empty() bool { return d.sha256 == nil && d.sha512 == nil }

// parseDigests reads the field's lines: a dictionary of byte sequences (RFC 8941). Algorithms that are not known, and
// members that are not digests of their algorithm, are passed over: a client ignores what it does not understand.
func parseDigests(lines []string) (d digests) {
	for _, line := range lines {
		for len(line) > 0 {
			var member string
			member, line, _ = strings.Cut(line, ",")
			key, value, ok := strings.Cut(strings.Trim(member, " \t"), "=")
			if !ok {
				continue
			}
			value, _, _ = strings.Cut(value, ";") // parameters
			value, open := strings.CutPrefix(strings.TrimRight(value, " \t"), ":")
			value, closed := strings.CutSuffix(value, ":")
			sum, err := base64.StdEncoding.DecodeString(value)
			switch {
			case !open || !closed || err != nil:
			case key == "sha-256" && len(sum) == sha256.Size:
				d.sha256 = sum
			case key == "sha-512" && len(sum) == sha512.Size:
				d.sha512 = sum
			}
		}
	}
	return d
}

// verifyDigests checks a complete file against what the answer's header says of it. body gives the bytes of the file from
// an offset on; sum is the file's SHA-256; from is where the answer's content begins in it: 0, unless it was a part. What was
// sent with a coding is checked by that coding's own checksum only: its digests are of the coded bytes.
func verifyDigests(h http.Header, from int64, sum []byte, body func(from int64) (io.Reader, error)) error {
	if h.Get("Content-Encoding") != "" {
		return nil
	}
	if err := verifyDigest("Repr-Digest", parseDigests(h["Repr-Digest"]), 0, sum, body); err != nil {
		return err
	}
	return verifyDigest("Content-Digest", parseDigests(h["Content-Digest"]), from, sum, body)
}

func verifyDigest(field string, want digests, from int64, sum []byte, body func(int64) (io.Reader, error)) error {
	if want.empty() {
		return nil
	}
	if want.sha256 != nil && from == 0 {
		return matchDigest(field, "sha-256", want.sha256, sum)
	}
	name, expected, h := "sha-512", want.sha512, sha512.New()
	if expected == nil {
		name, expected, h = "sha-256", want.sha256, sha256.New()
	}
	r, err := body(from)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	return matchDigest(field, name, expected, h.Sum(nil))
}

// errDigest is that of bytes that are not those that were promised.
type errDigest struct{ message string }

func (e *errDigest) Error() string { return e.message }

func matchDigest(field, name string, want, got []byte) error {
	if bytes.Equal(want, got) {
		return nil
	}
	return &errDigest{fmt.Sprintf("the %s of what was received is %x, %s says %x", name, got, field, want)}
}
