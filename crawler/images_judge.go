package crawler

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"

	"crawl/parse/picture"
	"crawl/sink"
)

// judgement is what becomes of a stored result when the filters, or what its list demands, are others than they were.
type judgement uint8

const (
	stands     judgement = iota // nothing
	leftOut                     // a file that passes no more; its bytes stay in the store
	takenBack                   // its bytes are in the store, and pass now
	reworded                    // it is left out as before, by another rule
	askedAgain                  // it may pass now, but its bytes are not in the store
)

// judge judges a result anew by what the store has of it. want is the digest that it must have; zero: any. The verdict is why
// it is left out.
func (m *Images) judge(r *sink.Record, want sink.Digest) (judgement, *verdict) {
	class, here := Class(r.ErrClass), r.Body != (sink.BodyRef{})
	var v *verdict
	switch {
	case isSaved(r):
		if v = m.refusesStored(r, want); v != nil {
			return leftOut, v
		}
		return stands, nil
	case (class == ClassFiltered || class == ClassBadDigest) && here:
		if v = m.refusesStored(r, want); v == nil {
			return takenBack, nil
		}
	case class == ClassFiltered:
		if v = m.refusesStill(r); v == nil {
			return askedAgain, nil
		}
	default:
		return stands, nil
	}
	if v.class == class && clip(v.message, maxErrorMessage) == r.ErrMessage {
		return stands, nil
	}
	return reworded, v
}

// refusesStored judges a file whose bytes are in the store, in the order of a download.
func (m *Images) refusesStored(r *sink.Record, want sink.Digest) *verdict {
	rule := m.Filter.size(r.Body.Size, true)
	if rule == "" {
		rule = m.refusesFacts(r)
	}
	switch {
	case rule != "":
		return filtered(rule)
	case want != (sink.Digest{}) && want != r.SHA256:
		return &verdict{class: ClassBadDigest, message: fmt.Sprintf("the sha-256 of what is stored is %x, the list says %x", r.SHA256, want)}
	}
	return nil
}

// refusesStill judges a file that a filter refused, of which nothing is here but what was known of it by then. nil: it may
// pass now.
func (m *Images) refusesStill(r *sink.Record) *verdict {
	rule := m.refusesSize(r.Rule)
	if rule == "" {
		rule = m.refusesFacts(r)
	}
	if rule == "" {
		return nil
	}
	return filtered(rule)
}

// refusesFacts judges by the answer's header and by what the first bytes told, as far as that is known.
func (m *Images) refusesFacts(r *sink.Record) string {
	if m.RespectNoAI {
		if word := noAI(headerValues(r.Header, "X-Robots-Tag")); word != "" {
			return noAIRule + word
		}
	}
	if t := picture.TypeOf(r.MediaType); t != "" {
		if rule := m.Filter.kind(t); rule != "" {
			return rule
		}
	}
	return m.Filter.dimensions(int(r.Width), int(r.Height))
}

// refusesSize judges by the size that the rule tells which refused the file: all of it, or that it is more than the maximum
// was.
func (m *Images) refusesSize(rule string) string {
	var bound, size int64
	for _, form := range []string{minBytesRule, maxBytesRule} {
		if n, _ := fmt.Sscanf(rule, form, &bound, &size); n == 2 {
			return m.Filter.size(size, true)
		}
	}
	if !strings.HasPrefix(rule, "--max-bytes ") {
		return ""
	}
	if _, err := fmt.Sscanf(rule, "--max-bytes %d:", &bound); err == nil && m.Filter.MaxBytes > 0 && m.Filter.MaxBytes <= bound {
		return fmt.Sprintf(moreBytesRule, m.Filter.MaxBytes)
	}
	return ""
}

// headerValues finds the values of a field in a stored header block.
func headerValues(block []byte, name string) []string {
	if !bytes.Contains(block, []byte(name)) {
		return nil
	}
	h, _ := textproto.NewReader(bufio.NewReader(bytes.NewReader(block))).ReadMIMEHeader() // it ends without an empty line
	return http.Header(h)[name]
}

// wanted is the digest that a list demands of a result: of its URL, or of the URL that was redirected to it.
func (s *Store) wanted(r *sink.Record) (sink.Digest, error) {
	if r.Flags&sink.Hop == 0 || r.Want != (sink.Digest{}) {
		return r.Want, nil
	}
	start, err := s.chainStart(r.From)
	if err != nil || start == nil {
		return sink.Digest{}, err
	}
	return start.Want, nil
}

// chainEnd gives the result at which the redirects end that begin at r; nil when there is none yet.
func (s *Store) chainEnd(r *sink.Record) (*sink.Record, error) {
	for range maxRedirects {
		next, ok, err := s.ByURL(r.Location)
		if err != nil || !ok {
			return nil, err
		}
		if next.Location == "" {
			return next, nil
		}
		r = next
	}
	return nil, nil
}
