package parse

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"crawl/parse/internal/wire"
)

// What is no worker is told as such at once, with what it did, and not tried for as long as one that cannot be started.
func TestNotAWorker(t *testing.T) {
	shell := func(script string) []string { return []string{"sh", "-c", script} }
	silent := quick
	silent.start = quick.firstBackoff * 20
	for _, c := range []struct {
		name    string
		command []string
		times   timing
		want    string
	}{
		{"ends", shell("echo no such module >&2; exit 4"), quick, "the worker ended (exit status 4); it said: no such module"},
		{"prints", shell(`echo "Python 3"; cat >/dev/null`), quick, `the worker wrote "Python 3\n" to its standard output`},
		{"echoes", []string{"cat"}, quick, "a message of kind 0 with 4 parts instead of a response"},
		{"is silent", shell("cat >/dev/null"), silent, "the worker did not answer in time"},
		{"has a long name", command(t, "long name"), quick, "the name in its hello: message is too long: string of 5000 bytes, more than 1024"},
		{"is of another release", command(t, "other version"), quick, "the worker speaks version 99, this program 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startPool(t, "", PoolOptions{Command: c.command, Workers: 2}, c.times)
			_, err := p.Do(t.Context(), page("x"))
			if !errors.Is(err, ErrNotAWorker) || !errors.Is(err, ErrNoWorkers) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "msgp") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What a program wrote before it ended is told, also when it had ended before it was spoken to.
func TestEndedWithoutReading(t *testing.T) {
	for wrote, want := range map[string]string{"hi\n": `answered "hi\n"`, "": "EOF"} {
		for what, speak := range map[string]func(*link) error{
			"hello": (*link).greet,
			"batch": func(l *link) error {
				_, err := l.serve([]*Future{{rules: &Rules{}, doc: *page("x"), bytes: 1}})
				return err
			},
		} {
			l := deafLink(t, wrote, true)
			if err := l.explain(speak(l)); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %q: %v", what, wrote, err)
			}
		}
	}
	l := deafLink(t, "", false) // it has closed its input only, or left somebody with its output
	if err := l.greet(); !errors.Is(err, syscall.EPIPE) && !isEnd(err) {
		t.Error(err)
	}
}

// deafLink is a link to what does not read, and has written something before.
func deafLink(t *testing.T, wrote string, ended bool) *link {
	t.Helper()
	inR, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	inR.Close()
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outW.WriteString(wrote); err != nil {
		t.Fatal(err)
	}
	if ended {
		outW.Close()
	}
	l := &link{p: &Pool{o: PoolOptions{Deadline: time.Hour}}, in: inW, out: outR, direct: 1 << 10, timer: time.NewTimer(time.Hour)}
	l.r = wire.NewReader(outR, parentBuffer)
	t.Cleanup(func() {
		l.timer.Stop()
		inW.Close()
		outR.Close()
		outW.Close()
	})
	return l
}

// The same for an address at which something else listens.
func TestNotAWorkerThere(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 400 Bad Request\r\n\r\n": `what listens there answered "HTTP/1.1 400 Bad Request\r\n\r\n"`,
		"":                                 "the worker closed the connection",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Read(make([]byte, 1))
				_, _ = io.WriteString(conn, answer)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				conn.Close()
			}
		}()
		dial, _ := DialWorker("tcp://" + l.Addr().String())
		p := startPool(t, "", PoolOptions{Dial: dial, Workers: 2}, quick)
		_, err = p.Do(t.Context(), page("x"))
		if !errors.Is(err, ErrNotAWorker) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		l.Close()
		<-served
	}
}

// A worker that has spoken once is believed: what it prints later is no fault of the page, and is shown.
func TestPrintedGarbageIsShown(t *testing.T) {
	p := startPool(t, "garbage", PoolOptions{Workers: 1}, quick)
	_, err := p.Do(t.Context(), page("x"))
	want := `no answer from the parser: not the worker protocol: the worker wrote "HTTP/1.1 400 Bad Request\r\n\r\n" to its standard output`
	if !errors.Is(err, ErrParseCrash) || !errors.Is(err, ErrProtocol) || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestLastWords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "",
		"one":                                   "; it said: one",
		"1\n2\n\n3\n4":                          "; it said: 2 | 3 | 4",
		"x\npanic: no\n\ngoroutine 1\na\nb\nc":  "; it said: panic: no",
		"fatal error: all asleep\npanic: no\nx": "; it said: fatal error: all asleep",
		"\x1b[31mred\u202e":                     "; it said: [31mred",
	} {
		var w lastWords
		for line := range strings.SplitSeq(text, "\n") {
			w.add([]byte(line))
		}
		if got := w.String(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	var w lastWords
	for range 10 {
		w.add([]byte(strings.Repeat("x", maxLogLine)))
	}
	if n := len(w.String()); n > maxWords+100 {
		t.Errorf("%d bytes", n)
	}
}
