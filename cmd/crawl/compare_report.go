package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"crawl/crawler/compare"
	"crawl/crawler/compare/report"
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

// files are the files to write.
func (o *compareOutputs) files() map[string]struct {
	path  string
	write func(io.Writer, *compare.Result) error
} {
	return map[string]struct {
		path  string
		write func(io.Writer, *compare.Result) error
	}{
		"--csv": {o.csv, report.CSV}, "--trace": {o.trace, report.Trace}, "--benchfmt": {o.benchmark, report.Benchfmt},
	}
}

// check refuses files that could not be written, before anything is measured.
func (o *compareOutputs) check() error {
	for flag, f := range o.files() {
		if f.path == "" {
			continue
		}
		if st, err := os.Stat(filepath.Dir(filepath.Clean(f.path))); err != nil || !st.IsDir() {
			return usageError("%s %s: the directory %s does not exist", flag, f.path, filepath.Dir(filepath.Clean(f.path)))
		}
		if st, err := os.Stat(f.path); err == nil && st.IsDir() {
			return usageError("%s %s is a directory; name a file", flag, f.path)
		}
	}
	return nil
}

// reportComparison prints the results and writes the files.
func (a *app) reportComparison(f *compareFlags, r *compare.Result) error {
	for flag, file := range f.out.files() {
		if file.path == "" {
			continue
		}
		err := writeWhole(file.path, func(w io.Writer) error { return file.write(w, r) })
		if err != nil {
			return usageError("%s %s: it cannot be written: %s", flag, file.path, reason(err))
		}
	}
	return report.JSON(a.out, r)
}

// writeWhole writes a file that is complete or as it was.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".crawl-*")
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
