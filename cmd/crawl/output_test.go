//go:build !windows

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"crawl/crawler"
	"crawl/sink"
)

var (
	fullDisk   error = &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
	unreadPipe error = &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
)

// failing is a writer that takes some writes and then fails.
type failing struct {
	room int
	err  error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.room--; f.room < 0 {
		return 0, f.err
	}
	return len(p), nil
}

// A write of standard output that fails ends the command with one sentence and a code; one that nobody reads does so quietly.
func TestOutputFails(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		code int
		told string
	}{
		{"full", fullDisk, exitSpace, "crawl: standard output cannot be written: " + reason(fullDisk) + "; what was printed is not complete\n"},
		{"broken", &os.PathError{Op: "write", Path: "/dev/stdout", Err: io.ErrShortWrite}, exitFailed, "crawl: standard output cannot be written: short write; what was printed is not complete\n"},
		{"unread", unreadPipe, exitOK, ""},
	} {
		for room := range 2 {
			var errs bytes.Buffer
			code := Main(t.Context(), []string{"parse", "-"}, strings.NewReader("<h1>x"), &failing{room, test.err}, &errs)
			if code != test.code || errs.String() != test.told {
				t.Errorf("%s after %d writes: code %d, %q", test.name, room, code, errs.String())
			}
		}
	}
}

// An error of the command's own comes before that of its output, but for one that says nothing.
func TestOutputAndCommandFail(t *testing.T) {
	own, silent := errors.New("own"), &exitError{exitStopped, errors.New("")}
	for _, test := range []struct{ failed, err, want error }{
		{nil, nil, nil},
		{nil, own, own},
		{fullDisk, own, own},
		{unreadPipe, own, own},
		{unreadPipe, silent, silent},
	} {
		o := &output{w: io.Discard}
		if test.failed != nil {
			o.w = &failing{0, test.failed}
		}
		_, _ = io.WriteString(o, "x")
		if got := o.withOutput(test.err); got != test.want {
			t.Errorf("%v and %v: %v", test.failed, test.err, got)
		}
	}
	o := &output{w: &failing{0, fullDisk}}
	_, werr := io.WriteString(o, "x")
	for _, err := range []error{nil, silent, werr, &exitError{exitFailed, fmt.Errorf("the results: %w", werr)}} {
		if got := o.withOutput(err); got != werr || exitCode(got) != exitSpace {
			t.Errorf("%v: %v, code %d", err, got, exitCode(got))
		}
	}
}

// An extraction whose changes nobody reads any more ends as one that was stopped.
func TestExtractDiffUnread(t *testing.T) {
	store := filepath.Join(t.TempDir(), "s")
	w := newWeb()
	defer w.Close()
	run := func(out io.Writer, args ...string) (int, string) {
		var errs bytes.Buffer
		code := Main(t.Context(), append(args, "--store", store), strings.NewReader(""), out, &errs)
		return code, errs.String()
	}
	if code, errs := run(io.Discard, "run", "-q", "--rate", "0", w.URL+"/a", w.URL+"/b"); code != exitOK {
		t.Fatal(code, errs)
	}
	extract := []string{"extract", "--parsers", "0", "--select", "h=h1", "--diff"}
	if code, errs := run(&failing{1, unreadPipe}, extract...); code != exitStopped || !strings.Contains(errs, "0 pages: ") {
		t.Errorf("code %d, %q", code, errs)
	}
	var out bytes.Buffer
	if code, errs := run(&out, extract...); code != exitOK || strings.Count(out.String(), "h: nothing -> ") != 2 {
		t.Errorf("code %d, %q, %q", code, errs, out.String())
	}
}

// A file that cannot be written is no fault of the store, and running the same command again does not help: code 1, but 4 when
// it is the disk that is full, and 3 when it is the store that cannot be read.
func TestCodesOfFiles(t *testing.T) {
	for _, test := range []struct {
		err  error
		code int
	}{
		{fmt.Errorf("a.jsonl %w: %w", sink.ErrNotWritten, sink.ErrReadOnly), exitFailed},
		{fmt.Errorf("a.jsonl %w: %w", sink.ErrNotWritten, sink.ErrNoSpace), exitSpace},
		{fmt.Errorf("a.jsonl %w: %w", sink.ErrNotWritten, sink.ErrDamaged), exitStore},
		{fmt.Errorf("%w: %w", crawler.ErrFiles, sink.ErrReadOnly), exitFailed},
		{fmt.Errorf("%w: %w", crawler.ErrFiles, sink.ErrNoSpace), exitSpace},
		{sink.ErrReadOnly, exitStore},
	} {
		if got := exitCode(test.err); got != test.code {
			t.Errorf("%v: code %d, want %d", test.err, got, test.code)
		}
	}
}
