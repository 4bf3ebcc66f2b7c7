package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"crawl/crawler/compare"
	"crawl/crawler/compare/report"
	"crawl/sink"
)

// compareOutputs say where a comparison's results go beside standard output.
type compareOutputs struct {
	json                        bool
	html, csv, trace, benchmark string
}

func (o *compareOutputs) add(f *pflag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "print the results as one JSON object")
	f.StringVar(&o.html, "html", "", "write a report to `FILE`: one page that needs no network")
	f.StringVar(&o.csv, "csv", "", "write the figures of all modes to `FILE`")
	f.StringVar(&o.trace, "trace", "", "write the requests to `FILE` as Chrome trace events, for ui.perfetto.dev")
	f.StringVar(&o.benchmark, "benchfmt", "", "write every trial to `FILE` as a Go benchmark result, for benchstat")
}

// resultFile is a file to write.
type resultFile struct {
	flag, path string
	write      func(io.Writer, *compare.Result) error
}

// files are those that were asked for.
func (o *compareOutputs) files() (list []resultFile) {
	for _, f := range []resultFile{
		{"--html", o.html, report.HTML},
		{"--csv", o.csv, report.CSV},
		{"--trace", o.trace, report.Trace},
		{"--benchfmt", o.benchmark, report.Benchfmt},
	} {
		if f.path != "" {
			list = append(list, f)
		}
	}
	return list
}

// check refuses files that could not be written, before anything is measured.
func (o *compareOutputs) check() error {
	for _, f := range o.files() {
		dir := filepath.Dir(filepath.Clean(f.path))
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			return usageError("%s %s: the directory %s does not exist", f.flag, f.path, dir)
		}
		if st, err := os.Stat(f.path); err == nil && st.IsDir() {
			return usageError("%s %s is a directory; name a file", f.flag, f.path)
		}
	}
	return nil
}

// reportComparison writes the files and prints the results.
func (a *app) reportComparison(f *compareFlags, r *compare.Result) error {
	for _, file := range f.out.files() {
		err := sink.WriteFile(file.path, func(w io.Writer) error { return file.write(w, r) })
		if err != nil {
			return usageError("%s %s: it cannot be written: %s", file.flag, file.path, reason(err))
		}
	}
	w := bufio.NewWriter(a.out)
	err := f.out.print(w, a.out.w, f.teach, r)
	if err = errors.Join(err, w.Flush()); err != nil {
		return &exitError{exitFailed, fmt.Errorf("the results cannot be printed: %w", err)}
	}
	return nil
}

// print writes the results for standard output; to says how wide and how colourful that is.
func (o *compareOutputs) print(w, to io.Writer, teach bool, r *compare.Result) error {
	if o.json {
		return report.JSON(w, r)
	}
	width, colour := plainWidth, false
	if file, ok := to.(*os.File); ok && isTerminal(file) {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil {
			width = columns
		}
		colour = os.Getenv("NO_COLOR") == ""
	}
	if err := report.Terminal(w, r, width, colour); err != nil || !teach {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return report.Teach(w, r)
}
