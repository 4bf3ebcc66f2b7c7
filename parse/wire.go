package parse

import (
	"fmt"
	"time"

	"github.com/tinylib/msgp/msgp"

	"crawl/parse/internal/wire"
)

// protocolVersion is the version of the worker protocol (docs/worker-protocol.md).
const protocolVersion = 1

// Kinds of messages (MessagePack-RPC).
const (
	kindRequest  = 0
	kindResponse = 1
	kindNotice   = 2
)

// Methods.
const (
	methodHello = "hello"
	methodParse = "parse"
	methodPing  = "ping"
	methodDrain = "drain"
)

// helloParams is what the parent says first.
type helloParams struct {
	protocol uint64
	init     map[string]string
	deadline time.Duration // for each document
	memory   int64         // bytes; 0 = no cap
}

// helloResult is what a worker says of itself.
type helloResult struct {
	protocol  uint64
	name      string
	abilities []string
	kept      []string // what it is kept from
}

// batch is a parse request as a worker has it. It is used again.
type batch struct {
	rules  Rules
	docs   []Document
	bodies []byte
}

// appendRequest starts a request with one parameter.
func appendRequest(b []byte, id uint64, method string, params uint32) []byte {
	b = msgp.AppendArrayHeader(b, 4)
	b = msgp.AppendUint64(b, kindRequest)
	b = msgp.AppendUint64(b, id)
	b = msgp.AppendString(b, method)
	return msgp.AppendArrayHeader(b, params)
}

func appendHello(b []byte, id uint64, h *helloParams) []byte {
	b = appendRequest(b, id, methodHello, 1)
	b = msgp.AppendMapHeader(b, 3)
	b = msgp.AppendString(b, "protocol")
	b = msgp.AppendUint64(b, h.protocol)
	b = msgp.AppendString(b, "init")
	b = msgp.AppendMapStrStr(b, h.init)
	b = msgp.AppendString(b, "limits")
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "document_ms")
	b = msgp.AppendUint64(b, uint64(h.deadline.Milliseconds()))
	b = msgp.AppendString(b, "memory_bytes")
	return msgp.AppendUint64(b, uint64(h.memory))
}

// appendParse starts a parse request of n documents.
func appendParse(b []byte, id uint64, rules *Rules, n int) []byte {
	b = appendRequest(b, id, methodParse, 1)
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "rules")
	b = appendRules(b, rules)
	b = msgp.AppendString(b, "docs")
	return msgp.AppendArrayHeader(b, uint32(n))
}

func appendRules(b []byte, rules *Rules) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = msgp.AppendString(b, "select")
	b = msgp.AppendArrayHeader(b, uint32(len(rules.Select)))
	for _, r := range rules.Select {
		b = msgp.AppendMapHeader(b, 3)
		b = msgp.AppendString(b, "name")
		b = msgp.AppendString(b, r.Name)
		b = msgp.AppendString(b, "css")
		b = msgp.AppendString(b, r.CSS)
		b = msgp.AppendString(b, "attr")
		b = msgp.AppendString(b, r.Attr)
	}
	b = msgp.AppendString(b, "text")
	return msgp.AppendBool(b, rules.Text)
}

// appendDocument writes a document up to its body, whose bytes must follow.
func appendDocument(b []byte, doc *Document) []byte {
	keys := uint32(3)
	if len(doc.Link) > 0 {
		keys++
	}
	if len(doc.RobotsTag) > 0 {
		keys++
	}
	if doc.Charset != "" {
		keys++
	}
	b = msgp.AppendMapHeader(b, keys)
	b = msgp.AppendString(b, "url")
	b = msgp.AppendString(b, doc.URL)
	b = msgp.AppendString(b, "type")
	b = msgp.AppendString(b, doc.ContentType)
	if doc.Charset != "" {
		b = msgp.AppendString(b, "charset")
		b = msgp.AppendString(b, doc.Charset)
	}
	b = appendHeaders(b, "link", doc.Link)
	b = appendHeaders(b, "robots", doc.RobotsTag)
	b = msgp.AppendString(b, "body")
	return msgp.AppendBytesHeader(b, uint32(len(doc.Body)))
}

func appendHeaders(b []byte, key string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = msgp.AppendString(b, key)
	b = msgp.AppendArrayHeader(b, uint32(len(values)))
	for _, v := range values {
		b = msgp.AppendString(b, v)
	}
	return b
}

// fits tells what of a document is beyond the protocol, nil when nothing is.
func (doc *Document) fits() error {
	long := len(doc.URL) > maxHeaderBytes || len(doc.ContentType) > maxHeaderBytes || len(doc.Charset) > maxWords
	for _, h := range [2][]string{doc.Link, doc.RobotsTag} {
		long = long || len(h) > maxHeaders
		for _, v := range h {
			long = long || len(v) > maxHeaderBytes
		}
	}
	if long {
		return &pageError{kinds: []error{ErrParseMemory}, message: fmt.Sprintf("headers of the page are longer than the %d bytes that a parser takes", maxHeaderBytes)}
	}
	if len(doc.Body) > maxBody {
		return &pageError{kinds: []error{ErrParseMemory}, message: fmt.Sprintf("the page has %d bytes, more than the %d that a parser takes", len(doc.Body), maxBody)}
	}
	return nil
}

// entries reads a map: each is called with every key, which is valid until it reads, and reads its value. Values of unknown keys are passed over, by
// each itself.
func entries(r *wire.Reader, each func(key []byte) error) error {
	n, err := r.Map(maxEntries)
	if err != nil {
		return err
	}
	for range n {
		key, err := r.Key()
		if err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
	}
	return nil
}

// list reads an array of short texts.
func list(r *wire.Reader, most, length int) ([]string, error) {
	n, err := r.Array(most)
	if err != nil || n == 0 {
		return nil, err
	}
	var all []string
	for range n {
		s, err := r.String(length)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// readHelloParams reads the parameters of hello.
func readHelloParams(r *wire.Reader) (h helloParams, err error) {
	err = entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "protocol":
			h.protocol, err = r.Uint()
		case "init":
			h.init, err = readInit(r)
		case "limits":
			err = readLimits(r, &h)
		default:
			err = r.Skip()
		}
		return err
	})
	return h, err
}

func readInit(r *wire.Reader) (map[string]string, error) {
	n, err := r.Map(maxInit)
	if err != nil || n == 0 {
		return nil, err
	}
	init := make(map[string]string)
	for range n {
		key, err := r.String(maxWords)
		if err != nil {
			return nil, err
		}
		if init[key], err = r.String(maxHeaderBytes); err != nil {
			return nil, err
		}
	}
	return init, nil
}

func readLimits(r *wire.Reader, h *helloParams) error {
	return entries(r, func(key []byte) error {
		isTime := string(key) == "document_ms"
		if !isTime && string(key) != "memory_bytes" {
			return r.Skip()
		}
		n, err := r.Uint()
		n = min(n, 1<<40) // no overflow below
		if isTime {
			h.deadline = time.Duration(n) * time.Millisecond
		} else {
			h.memory = int64(n)
		}
		return err
	})
}

// read reads the parameters of parse.
func (b *batch) read(r *wire.Reader) error {
	b.rules, b.docs = Rules{}, b.docs[:0]
	if cap(b.bodies) > maxScratch {
		b.bodies = nil
	}
	b.bodies = b.bodies[:0]
	return entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "rules":
			b.rules, err = readRules(r)
		case "docs":
			err = b.readDocs(r)
		default:
			err = r.Skip()
		}
		return err
	})
}

func (b *batch) readDocs(r *wire.Reader) error {
	n, err := r.Array(maxBatchDocs)
	if err != nil {
		return err
	}
	var ends []int
	for range n {
		var doc Document
		if err := b.readDoc(r, &doc); err != nil {
			return err
		}
		b.docs = append(b.docs, doc)
		ends = append(ends, len(b.bodies))
	}
	start := 0
	for i, end := range ends {
		b.docs[i].Body = b.bodies[start:end:end]
		start = end
	}
	return nil
}

// readDoc reads a document; its body goes behind the others.
func (b *batch) readDoc(r *wire.Reader, doc *Document) error {
	start := len(b.bodies)
	return entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "url":
			doc.URL, err = r.String(maxHeaderBytes)
		case "type":
			doc.ContentType, err = r.String(maxHeaderBytes)
		case "charset":
			doc.Charset, err = r.String(maxWords)
		case "link":
			doc.Link, err = list(r, maxHeaders, maxHeaderBytes)
		case "robots":
			doc.RobotsTag, err = list(r, maxHeaders, maxHeaderBytes)
		case "body":
			b.bodies, err = r.Append(b.bodies[:start], maxBody-start)
		default:
			err = r.Skip()
		}
		return err
	})
}

func readRules(r *wire.Reader) (rules Rules, err error) {
	err = entries(r, func(key []byte) (err error) {
		switch string(key) {
		case "select":
			rules.Select, err = readSelect(r)
		case "text":
			rules.Text, err = r.Bool()
		default:
			err = r.Skip()
		}
		return err
	})
	return rules, err
}

func readSelect(r *wire.Reader) ([]Rule, error) {
	n, err := r.Array(maxRules)
	if err != nil {
		return nil, err
	}
	var all []Rule
	for range n {
		var rule Rule
		err := entries(r, func(key []byte) (err error) {
			switch string(key) {
			case "name":
				rule.Name, err = r.String(maxWords)
			case "css":
				rule.CSS, err = r.String(maxHeaderBytes)
			case "attr":
				rule.Attr, err = r.String(maxWords)
			default:
				err = r.Skip()
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rule)
	}
	return all, nil
}
