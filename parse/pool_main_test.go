package parse

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"crawl/parse/internal/wire"
)

// TestMain lets the test binary be the workers and the parents that tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "stand-in" {
		standIn(os.Args[2])
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// standIn is a worker of one kind, good or bad.
func standIn(kind string) {
	switch kind {
	case "parent":
		standInParent(func(path string) []string { return []string{path, "stand-in", "good"} })
		return
	case "shell parent": // its workers are children of shells that wait for them, and do not see the end of their input
		standInParent(func(path string) []string {
			return []string{"sh", "-c", "'" + path + "' stand-in 'never answers'; true"}
		})
		return
	}
	if misbehave := badWorkers()[kind]; misbehave != nil {
		misbehave(wire.NewReader(os.Stdin, 4096), os.Stdout)
		return
	}
	signal.Ignore(syscall.SIGINT)
	err := RunWorker(context.Background(), WorkerOptions{Name: kind, Extractor: &trickster{}, Init: standInInit})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func standInInit(_ context.Context, settings map[string]string) error {
	if text := settings["refuse"]; text != "" {
		return fmt.Errorf("refused: %s", text)
	}
	return nil
}

// trickster is InProcess, but does what pages tell it to.
type trickster struct {
	InProcess
	swollen []byte
}

func (x *trickster) Extract(ctx context.Context, doc *Document, rules Rules) (Extraction, error) {
	what, _, _ := bytes.Cut(doc.Body, []byte("\n"))
	switch string(what) {
	case "#exit":
		os.Exit(3)
	case "#kill":
		p, _ := os.FindProcess(os.Getpid())
		_ = p.Kill()
		time.Sleep(time.Hour)
	case "#hang":
		for i := 0; ; i++ { // not even its context is looked at
			x.swollen = x.swollen[:0]
		}
	case "#slow":
		<-ctx.Done()
		return Extraction{}, ctx.Err()
	case "#nap":
		time.Sleep(120 * time.Millisecond)
	case "#panic":
		panic("the page said so")
	case "#swell":
		for {
			x.swollen = append(x.swollen, bytes.Repeat([]byte("x"), 1<<20)...)
		}
	case "#print":
		fmt.Println("printed to standard output")
		fmt.Fprintln(os.Stderr, "printed to standard error")
	case "#rule":
		return Extraction{}, fmt.Errorf("%w: no xpath here", ErrRule)
	case "#odd":
		long := strings.Repeat("x", maxValueBytes+100)
		return Extraction{Fields: []Field{{Name: rules.Select[0].Name, Values: []string{"short", long}}}, Defects: []string{"odd", long}}, nil
	case "#charset":
		return Extraction{Text: doc.Charset, Fields: make([]Field, len(rules.Select))}, nil
	case "#pid":
		return Extraction{Text: fmt.Sprint(os.Getpid()), Fields: make([]Field, len(rules.Select))}, nil
	}
	return x.InProcess.Extract(ctx, doc, rules)
}

// badWorkers are those that do not keep to the protocol.
func badWorkers() map[string]func(*wire.Reader, io.Writer) {
	hello := func(r *wire.Reader, w io.Writer) {
		var q request
		if q.read(r) == nil {
			_, _ = w.Write(appendHelloResult(appendResponse(nil, q.id), &helloResult{protocol: protocolVersion, name: "bad"}))
		}
	}
	// answered says hello, and does something with each batch.
	answered := func(do func(*request, io.Writer)) func(*wire.Reader, io.Writer) {
		return func(r *wire.Reader, w io.Writer) {
			hello(r, w)
			var q request
			for q.read(r) == nil && q.method == methodParse {
				do(&q, w)
			}
		}
	}
	answer := func(q *request, id uint64, extra int) []byte {
		b := appendResponse(nil, id)
		b = append(b, 0xdc, byte((len(q.batch.docs)+extra)>>8), byte(len(q.batch.docs)+extra))
		for range len(q.batch.docs) + extra {
			b = appendResult(b, &Extraction{Text: "good"}, nil)
		}
		return b
	}
	return map[string]func(*wire.Reader, io.Writer){
		"exits at once":      func(*wire.Reader, io.Writer) {},
		"exits after hello":  hello,
		"exits with a batch": answered(func(*request, io.Writer) { os.Exit(0) }),
		"never says hello":   func(r *wire.Reader, _ io.Writer) { _ = r.Wait(); time.Sleep(time.Hour) },
		"never reads":        func(r *wire.Reader, w io.Writer) { hello(r, w); time.Sleep(time.Hour) },
		"answers unasked": func(r *wire.Reader, w io.Writer) {
			hello(r, w)
			_, _ = w.Write(msgpResult(appendResponse(nil, 1), &Extraction{Text: "good"}))
			time.Sleep(time.Hour)
		},
		"never answers": answered(func(*request, io.Writer) { time.Sleep(time.Hour) }),
		"long name": func(r *wire.Reader, w io.Writer) {
			var q request
			_ = q.read(r)
			_, _ = w.Write(appendHelloResult(appendResponse(nil, q.id), &helloResult{protocol: protocolVersion, name: strings.Repeat("n", 5000)}))
			_ = r.Wait()
		},
		"other version": func(r *wire.Reader, w io.Writer) {
			var q request
			_ = q.read(r)
			_, _ = w.Write(appendHelloResult(appendResponse(nil, q.id), &helloResult{protocol: 99, name: "new"}))
			_ = r.Wait()
		},
		"garbage": answered(func(_ *request, w io.Writer) {
			_, _ = io.WriteString(w, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}),
		"garbage for hello": func(r *wire.Reader, w io.Writer) { _, _ = io.WriteString(w, "Python 3.11\n>>> "); _ = r.Wait() },
		"half a message": answered(func(q *request, w io.Writer) {
			b := answer(q, q.id, 0)
			_, _ = w.Write(b[:len(b)/2])
			os.Exit(0)
		}),
		"half a message and silence": answered(func(q *request, w io.Writer) {
			b := answer(q, q.id, 0)
			_, _ = w.Write(b[:len(b)/2])
			time.Sleep(time.Hour)
		}),
		"endless message": answered(func(q *request, w io.Writer) {
			_, _ = w.Write(append(appendResponse(nil, q.id), 0x91, 0x81, 0xa1, 'x', 0xc6, 0xff, 0xff, 0xff, 0xff))
			for zeros := make([]byte, 1<<20); ; {
				if _, err := w.Write(zeros); err != nil {
					os.Exit(0)
				}
			}
		}),
		"endless trickle": answered(func(q *request, w io.Writer) {
			_, _ = w.Write(append(appendResponse(nil, q.id), 0x91, 0x81, 0xa1, 'x', 0xc6, 0xff, 0xff, 0xff, 0xff))
			for {
				if _, err := w.Write([]byte{0}); err != nil {
					os.Exit(0)
				}
				time.Sleep(time.Millisecond)
			}
		}),
		"wrong id":        answered(func(q *request, w io.Writer) { _, _ = w.Write(answer(q, q.id+7, 0)) }),
		"too many":        answered(func(q *request, w io.Writer) { _, _ = w.Write(answer(q, q.id, 1)) }),
		"too few":         answered(func(q *request, w io.Writer) { _, _ = w.Write(answer(q, q.id, -1)) }),
		"refuses":         answered(func(q *request, w io.Writer) { _, _ = w.Write(appendFailure(nil, q.id, "I will not")) }),
		"endless notices": answered(func(_ *request, w io.Writer) { endlessNotices(w) }),
		"twice": answered(func(q *request, w io.Writer) {
			_, _ = w.Write(append(answer(q, q.id, 0), answer(q, q.id, 0)...))
		}),
		"twice, the second later": answered(func(q *request, w io.Writer) {
			_, _ = w.Write(answer(q, q.id, 0))
			time.Sleep(5 * time.Millisecond)
			_, _ = w.Write(answer(q, q.id, 0))
		}),
		"once and gone": answered(func(q *request, w io.Writer) { _, _ = w.Write(answer(q, q.id, 0)); os.Exit(0) }),
		"wrong types": answered(func(q *request, w io.Writer) {
			_, _ = w.Write(append(appendResponse(nil, q.id), 0x91, 0x81, 0xa6, 'f', 'i', 'e', 'l', 'd', 's', 0x93, 1, 2, 3))
		}),
	}
}

func endlessNotices(w io.Writer) {
	for {
		if _, err := w.Write([]byte{0x93, 2, 0xa3, 'l', 'o', 'g', 0x90}); err != nil {
			os.Exit(0)
		}
	}
}

// standInParent is a process with a pool of busy workers.
func standInParent(command func(path string) []string) {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	p, err := NewPool(PoolOptions{Command: command(path), Workers: 3})
	if err != nil {
		panic(err)
	}
	for range 10 {
		if _, err := p.Submit(context.Background(), &Document{Body: []byte("#hang\n")}); err != nil {
			panic(err)
		}
	}
	fmt.Println("started")
	for _, w := range p.Workers() {
		for w.PID == 0 {
			time.Sleep(time.Millisecond)
			w = p.Workers()[slices.IndexFunc(p.Workers(), func(x WorkerInfo) bool { return x.Name == w.Name })]
		}
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
