package parse

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"crawl/crawler/urlnorm"
	"crawl/parse/internal/wire"
)

// appendResponse starts a response; the result must follow.
func appendResponse(b []byte, id uint64) []byte {
	b = msgp.AppendArrayHeader(b, 4)
	b = msgp.AppendUint64(b, kindResponse)
	b = msgp.AppendUint64(b, id)
	return msgp.AppendNil(b)
}

// appendFailure writes a response that says why a request was not answered.
func appendFailure(b []byte, id uint64, message string) []byte {
	b = msgp.AppendArrayHeader(b, 4)
	b = msgp.AppendUint64(b, kindResponse)
	b = msgp.AppendUint64(b, id)
	b = msgp.AppendString(b, message)
	return msgp.AppendNil(b)
}

func appendHelloResult(b []byte, h *helloResult) []byte {
	b = msgp.AppendMapHeader(b, 4)
	b = msgp.AppendString(b, "protocol")
	b = msgp.AppendUint64(b, h.protocol)
	b = msgp.AppendString(b, "name")
	b = msgp.AppendString(b, h.name)
	b = appendTexts(b, "abilities", h.abilities)
	return appendTexts(b, "kept", h.kept)
}

func appendTexts(b []byte, key string, all []string) []byte {
	b = msgp.AppendString(b, key)
	b = msgp.AppendArrayHeader(b, uint32(len(all)))
	for _, s := range all {
		b = msgp.AppendString(b, s)
	}
	return b
}

// appendResult writes what an Extractor gave for one document.
func appendResult(b []byte, x *Extraction, err error) []byte {
	if err != nil {
		return appendPageError(b, err)
	}
	keys := uint32(2)
	if len(x.Defects) > 0 {
		keys++
	}
	b = msgp.AppendMapHeader(b, keys)
	b = msgp.AppendString(b, "fields")
	b = msgp.AppendMapHeader(b, uint32(len(x.Fields)))
	for _, f := range x.Fields {
		b = appendTexts(b, f.Name, f.Values)
	}
	b = msgp.AppendString(b, "text")
	b = msgp.AppendString(b, x.Text)
	if len(x.Defects) > 0 {
		b = appendTexts(b, "defects", x.Defects)
	}
	return b
}

// appendPageError writes a result that is an error.
func appendPageError(b []byte, err error) []byte {
	b = msgp.AppendMapHeader(b, 1)
	b = msgp.AppendString(b, "error")
	b = msgp.AppendArrayHeader(b, 2)
	b = msgp.AppendString(b, classOf(err))
	return msgp.AppendString(b, err.Error())
}

// readResponse reads a response up to its result. Notifications before it are passed over. A failure that the worker
// tells is an error too.
func readResponse(r *wire.Reader, id uint64) error {
	for range maxNotices {
		r.Begin(maxEnvelopeBytes)
		if err := r.Wait(); err != nil {
			return err
		}
		n, err := r.Array(4)
		if err != nil {
			return protocolError(err)
		}
		kind, err := r.Uint()
		if err != nil {
			return protocolError(err)
		}
		switch {
		case kind == kindResponse && n == 4:
			return readResponseHead(r, id)
		case kind == kindNotice && n == 3:
			if err := errors.Join(r.Skip(), r.Skip()); err != nil {
				return protocolError(err)
			}
		default:
			return fmt.Errorf("%w: a message of kind %d with %d parts instead of a response", ErrProtocol, kind, n)
		}
	}
	return fmt.Errorf("%w: %d notifications and no response", ErrProtocol, maxNotices)
}

func readResponseHead(r *wire.Reader, id uint64) error {
	got, err := r.Uint()
	if err != nil {
		return protocolError(err)
	}
	if got != id {
		return fmt.Errorf("%w: an answer to request %d instead of %d", ErrProtocol, got, id)
	}
	ok, err := r.Nil()
	if err != nil || ok {
		return protocolError(err)
	}
	message, err := r.Describe(maxWords)
	if err != nil {
		return protocolError(err)
	}
	return &pageError{kinds: []error{ErrProtocol, errRefused}, message: errRefused.Error() + ": " + clean(message, maxWords)}
}

// protocolError makes what is wrong with a stream's bytes an ErrProtocol.
func protocolError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrProtocol, err)
}

// clean makes a worker's words fit for an error message: one line of valid UTF-8.
func clean(s string, most int) string { return string(foldText(nil, []byte(s), most)) }

func readHelloResult(r *wire.Reader) (h helloResult, err error) {
	r.Begin(maxHelloBytes)
	err = entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "protocol":
			h.protocol, err = r.Uint()
		case "name":
			if h.name, err = r.String(maxWords); err != nil {
				err = fmt.Errorf("the name in its hello: %w", err)
			}
			h.name = clean(h.name, maxWords)
		case "abilities":
			h.abilities, err = cleanList(r)
		case "kept":
			h.kept, err = cleanList(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return h, protocolError(err)
}

func cleanList(r *wire.Reader) ([]string, error) {
	all, err := list(r, maxEntries, maxWords)
	for i := range all {
		all[i] = clean(all[i], maxWords)
	}
	return all, err
}

// answerReader reads results. It is used again, so that a result costs a few allocations however many values it has.
type answerReader struct {
	buf    []byte // values and text, one behind the other
	values []int  // where each value ends in buf
	fields []valueRange
	room   int // bytes that values may still take
	cut    int // values, texts and defects that were left out

	nowhere   urlnorm.Base // what is read is an address of its own, or none
	near      urlnorm.Base // whose origin many addresses of an answer have
	found     bool         // near is of this answer
	ref, href []byte       // of one address
}

// valueRange is which values a field has: those from start to end; seen tells an empty one from one that was not sent.
type valueRange struct {
	start, end int
	seen       bool
}

// result reads one result. page is an error that the worker tells about the page; err says that the stream is unusable.
func (a *answerReader) result(r *wire.Reader, rules *Rules) (x Extraction, page, err error) {
	if cap(a.buf) > maxScratch {
		a.buf = nil
	}
	a.buf, a.values, a.room, a.cut, a.found = a.buf[:0], a.values[:0], maxFieldsBytes, 0, false
	a.fields = append(a.fields[:0], make([]valueRange, len(rules.Select))...)
	r.Begin(maxResultBytes)
	text := 0
	hasText := false
	err = entries(r, func(key []byte) (err error) {
		switch what := string(key); {
		case what == "fields":
			err = a.readFields(r, rules)
		case what == "text" && !hasText:
			hasText = true
			// The text goes behind the values that have come so far; more values go behind it.
			text, err = a.readText(r)
		case what == "defects":
			x.Defects, err = a.readDefects(r)
		case what == "error":
			page, err = readPageError(r)
		default:
			err = r.Skip()
		}
		return err
	})
	if err != nil {
		return Extraction{}, nil, protocolError(err)
	}
	if page != nil {
		return Extraction{}, page, nil
	}
	a.build(&x, rules, text)
	return x, nil, nil
}

// readText reads the visible text, as one more value, and says which.
func (a *answerReader) readText(r *wire.Reader) (int, error) {
	buf, fits, err := r.AppendIfShort(a.buf, maxTextBytes+utf8.UTFMax)
	a.buf = buf
	if !fits {
		a.cut++
	}
	a.values = append(a.values, len(a.buf))
	return len(a.values), err
}

func (a *answerReader) readFields(r *wire.Reader, rules *Rules) error {
	n, err := r.Map(maxRules)
	if err != nil {
		return err
	}
	for i := range n {
		key, err := r.Key()
		if err != nil {
			return err
		}
		f := fieldIndex(rules, i, key)
		if f < 0 || a.fields[f].seen {
			a.cut++
			err = r.Skip()
		} else {
			err = a.readValues(r, &a.fields[f])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fieldIndex finds the rule of a name, -1 for none. Field i usually answers rule i.
func fieldIndex(rules *Rules, i int, name []byte) int {
	if i < len(rules.Select) && rules.Select[i].Name == string(name) {
		return i
	}
	for j := range rules.Select {
		if rules.Select[j].Name == string(name) {
			return j
		}
	}
	return -1
}

func (a *answerReader) readValues(r *wire.Reader, f *valueRange) error {
	n, err := r.Array(maxResultBytes)
	if err != nil {
		return err
	}
	f.start, f.seen = len(a.values), true
	for i := range n {
		most := min(maxValueBytes+utf8.UTFMax, a.room)
		if i >= maxValues {
			most = -1
		}
		before := len(a.buf)
		buf, fits, err := r.AppendIfShort(a.buf, most)
		a.buf = buf
		if err != nil {
			return err
		}
		if !fits {
			a.cut++
			continue
		}
		a.room -= len(a.buf) - before
		a.values = append(a.values, len(a.buf))
	}
	f.end = len(a.values)
	return nil
}

// build makes the extraction: one string for all values and the text, cut into pieces.
func (a *answerReader) build(x *Extraction, rules *Rules, text int) {
	all := string(a.buf)
	valid := utf8.ValidString(all)
	piece := func(i int) string {
		start := 0
		if i > 0 {
			start = a.values[i-1]
		}
		s := all[start:a.values[i]]
		if valid && (s == "" || utf8.RuneStart(s[0])) && (a.values[i] == len(all) || utf8.RuneStart(all[a.values[i]])) {
			return s
		}
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	x.Fields = make([]Field, len(rules.Select))
	values := make([]string, len(a.values))
	for i, rule := range rules.Select {
		f := a.fields[i]
		x.Fields[i].Name = rule.Name
		if f.start == f.end {
			continue
		}
		own := values[f.start:f.end:f.end]
		isURL := holdsURLs(rule.Attr)
		for j := range own {
			own[j] = piece(f.start + j)
			if isURL {
				own[j] = a.checkURL(own[j])
			}
		}
		x.Fields[i].Values = own
	}
	if text > 0 {
		x.Text = piece(text - 1)
	}
	if a.cut > 0 {
		x.Defects = append(x.Defects, "parts of the parser's answer that are too long or were not asked for: left out "+strconv.Itoa(a.cut))
	}
}

// holdsURLs reports whether an attribute holds an address on whatever element.
func holdsURLs(attr string) bool {
	return strings.EqualFold(attr, "href") || strings.EqualFold(attr, "src")
}

// checkURL gives a web address as the crawl writes it, whoever wrote it. What is not one (mailto, a broken link) stays, as
// it does in process: it is text, and nothing follows it.
func (a *answerReader) checkURL(s string) string {
	a.ref = append(a.ref[:0], s...)
	if a.near.IsHref(a.ref) {
		return s
	}
	var err error
	if a.href, err = a.nowhere.Resolve(a.href[:0], a.ref); err != nil {
		return s
	}
	if string(a.href) != s {
		s = string(a.href)
	}
	if !a.found {
		a.found = a.near.Reset(s) == nil
	}
	return s
}

func (a *answerReader) readDefects(r *wire.Reader) ([]string, error) {
	n, err := r.Array(maxResultBytes)
	if err != nil {
		return nil, err
	}
	var all []string
	for range n {
		b, fits, err := r.AppendIfShort(nil, maxDefectBytes)
		if err != nil {
			return nil, err
		}
		if !fits || len(all) == maxDefects {
			a.cut++
			continue
		}
		all = append(all, strings.ToValidUTF8(string(b), "\uFFFD"))
	}
	return all, nil
}

// readPageError reads [class, message].
func readPageError(r *wire.Reader) (page, err error) {
	n, err := r.Array(2)
	if err != nil {
		return nil, err
	}
	if n != 2 {
		return nil, errors.New("error is not [class, message]")
	}
	class, err := r.String(maxWords)
	if err != nil {
		return nil, err
	}
	message, err := r.Describe(maxHeaderBytes)
	if err != nil {
		return nil, err
	}
	return errorOf(class, clean(message, maxHeaderBytes)), nil
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrParseTimeout)
}
