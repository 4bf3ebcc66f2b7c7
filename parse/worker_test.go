package parse

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crawl/parse/internal/wire"
)

// session is a whole conversation from the pool's side: hello, a batch of two, ping, something unknown, drain.
func session() []byte {
	b := appendHello(nil, 0, &helloParams{protocol: 1, deadline: time.Second, init: map[string]string{"k": "v"}})
	b = appendParse(b, 1, &Rules{Select: []Rule{{Name: "h", CSS: "h1"}, {Name: "u", CSS: "a", Attr: "href"}}, Text: true}, 2)
	for _, body := range []string{"<h1>One</h1><a href=x>l</a>", "<h1>Two</h1>"} {
		b = append(appendDocument(b, &Document{
			URL: "http://example.com/", ContentType: "text/html", Charset: "gbk", Link: []string{"<a>"}, RobotsTag: []string{"none"}, Body: []byte(body),
		}), body...)
	}
	b = appendRequest(b, 2, methodPing, 0)
	b = appendRequest(b, 3, "dance", 0)
	b = append(b, 0x93, 2, 0xa3, 'l', 'o', 'g', 0x91, 0xa1, 'x')
	return appendRequest(b, 4, methodDrain, 0)
}

func TestServeWorker(t *testing.T) {
	var out bytes.Buffer
	var settings map[string]string
	o := WorkerOptions{Name: "test", Init: func(_ context.Context, s map[string]string) error { settings = s; return nil }}
	if err := ServeWorker(t.Context(), bytes.NewReader(session()), &out, o); err != nil {
		t.Fatal(err)
	}
	if settings["k"] != "v" {
		t.Errorf("settings: %v", settings)
	}
	r := wire.NewReader(&out, 4096)
	if err := readResponse(r, 0); err != nil {
		t.Fatal(err)
	}
	if h, err := readHelloResult(r); err != nil || h.name != "test" || h.protocol != 1 {
		t.Errorf("%+v %v", h, err)
	}
	if err := readResponse(r, 1); err != nil {
		t.Fatal(err)
	}
	r.Begin(1 << 20)
	if n, err := r.Array(2); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	rules := Rules{Select: []Rule{{Name: "h"}, {Name: "u"}}}
	var a answerReader
	for _, want := range []Extraction{
		{Fields: []Field{{Name: "h", Values: []string{"One"}}, {Name: "u", Values: []string{"http://example.com/x"}}}, Text: "One\nl"},
		{Fields: []Field{{Name: "h", Values: []string{"Two"}}, {Name: "u"}}, Text: "Two"},
	} {
		x, page, err := a.result(r, &rules)
		if page != nil || err != nil || !cmp.Equal(x, want) {
			t.Errorf("%v %v %s", page, err, cmp.Diff(want, x))
		}
	}
	if err := readResponse(r, 2); err != nil {
		t.Error(err)
	}
	if err := r.Skip(); err != nil {
		t.Error(err)
	}
	if err := readResponse(r, 3); err == nil || !strings.Contains(err.Error(), "dance") {
		t.Error(err)
	}
	if err := r.Skip(); err != nil {
		t.Error(err)
	}
	if err := readResponse(r, 4); err != nil {
		t.Error(err)
	}
}

func TestServeWorkerEnds(t *testing.T) {
	if err := ServeWorker(t.Context(), strings.NewReader(""), io.Discard, WorkerOptions{}); err != nil {
		t.Errorf("at the end of the input: %v", err)
	}
	if err := ServeWorker(t.Context(), bytes.NewReader(session()[:10]), io.Discard, WorkerOptions{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("in a request: %v", err)
	}
	if err := ServeWorker(t.Context(), strings.NewReader("GET / HTTP/1.1\r\n"), io.Discard, WorkerOptions{}); !errors.Is(err, ErrProtocol) {
		t.Errorf("garbage: %v", err)
	}
	in, w := net.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ServeWorker(ctx, in, in, WorkerOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestListenWorkers(t *testing.T) {
	for name, o := range map[string]ListenOptions{
		"processes":  {Command: command(t, "good"), Env: testEnvironment(), Sandbox: true},
		"in process": {},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- ListenWorkers(ctx, l, o) }()
			dial, _ := DialWorker("tcp://" + l.Addr().String())
			p := startPool(t, "", PoolOptions{Dial: dial, Workers: 2, Rules: Rules{Text: true}, RecycleAfter: 20}, quick)
			for i := range 100 {
				body := fmt.Sprintf("<p>%d</p>", i) + strings.Repeat(" ", i*1000)
				if x := mustDo(t, p, body); x.Text != fmt.Sprint(i) {
					t.Errorf("%q", x.Text)
				}
			}
			if name == "processes" {
				if _, err := p.Do(t.Context(), page("#exit\n")); !errors.Is(err, ErrParseCrash) {
					t.Error(err)
				}
				mustDo(t, p, "after")
			}
			p.Close()
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	if _, ok := DialWorker("python3 parser.py"); ok {
		t.Error("a program was taken for an address")
	}
}

// Whatever a pool sends, the worker answers or gives up, and does not fall.
func FuzzServeWorker(f *testing.F) {
	f.Add(session())
	f.Add(session()[:100])
	f.Add(appendParse(nil, 1, &Rules{}, 1024))
	f.Add(append(appendImage(nil, 1, &ImageJob{Verify: true, Thumb: 9}, 3), "xyz"...))
	f.Add([]byte{0x94, 0, 1, 0xa5, 'p', 'a', 'r', 's', 'e', 0x91, 0x82, 0xa4, 'd', 'o', 'c', 's', 0x91, 0x81, 0xa4, 'b', 'o', 'd', 'y', 0xc6, 0x3f, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		o := WorkerOptions{Extractor: unparsed{}}
		_ = ServeWorker(t.Context(), bytes.NewReader(in), io.Discard, o)
	})
}

// unparsed is an Extractor that does nothing.
type unparsed struct{}

func (unparsed) Extract(context.Context, *Document, Rules) (Extraction, error) {
	return Extraction{}, nil
}
func (unparsed) Close() error { return nil }

// Whatever a worker answers, the pool takes what is within the bounds, and does not fall.
func FuzzAnswer(f *testing.F) {
	good := msgpResult(appendResponse(nil, 1), &Extraction{
		Fields: []Field{{Name: "h", Values: []string{"a", "b"}}, {Name: "u", Values: []string{"http://x/%zz", "\xff"}}}, Text: "t", Defects: []string{"d"},
	})
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Add(append([]byte{0x93, 2, 0xa1, 'x', 0x90}, good...))
	f.Add(appendFailure(nil, 1, "no"))
	f.Add([]byte{0x94, 1, 1, 0xc0, 0x91, 0x81, 0xa6, 'f', 'i', 'e', 'l', 'd', 's', 0x81, 0xa1, 'h', 0xdd, 0xff, 0xff, 0xff, 0xff})
	rules := &Rules{Select: []Rule{{Name: "h", CSS: "h1"}, {Name: "u", CSS: "a", Attr: "href"}}}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := wire.NewReader(bytes.NewReader(in), 64)
		if readResponse(r, 1) != nil {
			return
		}
		r.Begin(maxEnvelopeBytes)
		n, err := r.Array(maxBatchDocs)
		var a answerReader
		for i := 0; i < n && err == nil; i++ {
			var x Extraction
			x, _, err = a.result(r, rules)
			if err == nil && len(x.Fields) > 0 {
				checkExtraction(t, x)
			}
		}
	})
}

// msgpResult is a batch of one result.
func msgpResult(b []byte, x *Extraction) []byte { return appendResult(append(b, 0x91), x, nil) }

// checkExtraction checks what holds of a result, whoever gave it.
func checkExtraction(t *testing.T, x Extraction) {
	t.Helper()
	if len(x.Fields) != 2 || x.Fields[0].Name != "h" || x.Fields[1].Name != "u" || len(x.Defects) > maxDefects+1 {
		t.Fatalf("%+v", x)
	}
	all := []string{x.Text}
	for _, field := range x.Fields {
		if len(field.Values) > maxValues {
			t.Fatalf("%d values", len(field.Values))
		}
		all = append(all, field.Values...)
	}
	for _, s := range append(all, x.Defects...) {
		if strings.ToValidUTF8(s, "") != s {
			t.Fatalf("%q is not UTF-8", s)
		}
	}
}

func TestAnswersBeyondTheBoundsAreCut(t *testing.T) {
	long := strings.Repeat("x", maxValueBytes+100)
	many := make([]string, maxValues+5)
	full := []string{}
	for range maxFieldsBytes/maxValueBytes + 2 {
		full = append(full, long[:maxValueBytes])
	}
	defects := make([]string, 1000)
	b := msgpResult(nil, &Extraction{
		Fields: []Field{
			{Name: "h", Values: []string{"a", long, "\xe2", "\x82\xac"}},
			{Name: "unknown", Values: []string{"x"}},
			{Name: "h", Values: []string{"again"}},
			{Name: "u", Values: many},
			{Name: "full", Values: full},
		},
		Text: strings.Repeat("t", maxTextBytes+10), Defects: defects,
	})[1:]
	rules := &Rules{Select: []Rule{{Name: "h"}, {Name: "u"}, {Name: "full"}, {Name: "missing"}}}
	var a answerReader
	x, page, err := a.result(wire.NewReader(bytes.NewReader(b), 4096), rules)
	if page != nil || err != nil {
		t.Fatal(page, err)
	}
	if want := []string{"a", "\uFFFD", "\uFFFD"}; !cmp.Equal(x.Fields[0].Values, want) {
		t.Errorf("%q", x.Fields[0].Values)
	}
	if len(x.Fields[1].Values) != maxValues || x.Fields[3].Values != nil || x.Text != "" || len(x.Defects) != maxDefects+1 {
		t.Errorf("%d values, %v, %d bytes of text, %d defects", len(x.Fields[1].Values), x.Fields[3].Values, len(x.Text), len(x.Defects))
	}
	if n := len(x.Fields[2].Values); n < 15 || n > 16 {
		t.Errorf("%d values of %d bytes", n, maxValueBytes)
	}
}

func TestGate(t *testing.T) {
	g := newGate(2, 100)
	enter := func(bytes int64) chan error {
		c := make(chan error, 1)
		go func() { c <- g.enter(t.Context(), bytes) }()
		return c
	}
	if err := errors.Join(<-enter(0), <-enter(1000)); err != nil {
		t.Fatal(err)
	}
	waits := enter(10)
	g.taken()
	select {
	case <-waits:
		t.Fatal("there is no room for its bytes")
	case <-time.After(10 * time.Millisecond):
	}
	g.left(1000)
	if err := <-waits; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.enter(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	late := enter(1)
	g.close(ErrClosed)
	if err := <-late; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if err := g.enter(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// The session in the documentation is one.
func TestDocumentedSession(t *testing.T) {
	text, err := os.ReadFile("../docs/worker-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^([<>])((?: [0-9a-f]{2})+)(?:  |$)`)
	said := map[string][]byte{}
	for _, m := range line.FindAllStringSubmatch(string(text), -1) {
		b, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		said[m[1]] = append(said[m[1]], b...)
	}
	var out bytes.Buffer
	if err := ServeWorker(t.Context(), bytes.NewReader(said[">"]), &out, WorkerOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), said["<"]) {
		t.Errorf("the worker says\n% x\nand the documentation\n% x", out.Bytes(), said["<"])
	}
	sent := appendHello(nil, 0, &helloParams{protocol: 1, deadline: 10 * time.Second, memory: 512 << 20})
	sent = appendParse(sent, 1, &Rules{Select: []Rule{{Name: "h", CSS: "h1"}}}, 1)
	body := []byte("<h1>Hi</h1>")
	sent = append(appendDocument(sent, &Document{URL: "http://a.example/", ContentType: "text/html", Charset: "windows-1252", Body: body}), body...)
	sent = appendRequest(sent, 2, methodDrain, 0)
	if !bytes.Equal(sent, said[">"]) {
		t.Errorf("the pool says\n% x\nand the documentation\n% x", sent, said[">"])
	}
}
