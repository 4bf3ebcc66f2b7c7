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
		if err := checkWritable(f.flag, f.path); err != nil {
			return err
		}
	}
	return nil
}

// checkWritable refuses a file that could not be written, before minutes are spent for it.
func checkWritable(flag, path string) error {
	dir := filepath.Dir(filepath.Clean(path))
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return usageError("%s %s: the directory %s does not exist", flag, path, dir)
	}
	switch st, err := os.Stat(path); {
	case err == nil && st.IsDir():
		return usageError("%s %s is a directory; name a file", flag, path)
	case err == nil && !st.Mode().IsRegular():
		return nil // a pipe or a device is written to as it is
	}
	f, err := os.CreateTemp(dir, ".crawl-*")
	if err != nil {
		return usageError("%s %s: the directory %s cannot be written: %s", flag, path, dir, reason(err))
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return usageError("%s %s: the directory %s cannot be written: %s", flag, path, dir, reason(err))
	}
	return nil
}

// reportComparison writes the files and prints the results. A file that cannot be written keeps no other, nor the results, from
// being told.
func (a *app) reportComparison(f *compareFlags, r *compare.Result) (err error) {
	for _, file := range f.out.files() {
		if werr := sink.WriteFile(file.path, func(w io.Writer) error { return file.write(w, r) }); werr != nil {
			err = a.notWritten(file.flag, file.path, werr)
		}
	}
	w := bufio.NewWriter(a.out)
	perr := f.out.print(w, a.out.w, f.teach, r)
	if perr = errors.Join(perr, w.Flush()); perr != nil {
		return &exitError{exitFailed, fmt.Errorf("the results cannot be printed: %w", perr)}
	}
	return err
}

// notWritten tells of a file that could not be written, and gives the exit code for the end.
func (a *app) notWritten(flag, path string, err error) error {
	a.notef("crawl: %s %s: it cannot be written: %s\n", flag, clean(path), reason(err))
	if sink.IsNoSpace(err) {
		return &exitError{exitSpace, errors.New("")}
	}
	return &exitError{exitFailed, errors.New("")}
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
		colour = wantsColour()
	}
	if err := report.Terminal(w, r, width, colour); err != nil || !teach {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	return report.Teach(w, r)
}
