package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/sink"
)

func (a *app) exportCmd() *cobra.Command {
	var store string
	var outputs []string
	var files bool
	cmd := &cobra.Command{
		Use:   "export FILE...",
		Short: "Write the results to a file: .jsonl, .csv, or a directory",
		Long: strings.TrimSpace(`
Write one row for each URL with a result, failures included, in the order of the list: as JSON lines (.jsonl, or - for
standard output), as CSV (.csv: the values that fit in a cell, and a column for each field that --select extracted), or as a
directory of the bodies with an index.jsonl. A file is complete or absent, and replaces an earlier one; a directory must be
absent or empty.

With --files the pictures of an image batch are written to a directory, under the names that crawl images -P gives, with a
manifest.jsonl. What is there already stays, and what is missing is written.`),
		Example: "  crawl export out.jsonl\n  crawl export -o out.csv -o files/",
		RunE: func(cmd *cobra.Command, args []string) error {
			outputs = append(outputs, args...)
			if len(outputs) == 0 {
				return usageError("export needs a FILE: out.jsonl, out.csv, a directory, or - for JSON lines on standard output")
			}
			if files {
				return a.exportFiles(cmd.Context(), store, outputs)
			}
			if err := checkOutputs(outputs); err != nil {
				return err
			}
			s, err := openStore(store, true)
			if err != nil {
				return err
			}
			defer s.Close()
			return a.exportAll(cmd.Context(), s, outputs, false)
		},
	}
	storeFlag(cmd.Flags(), &store)
	cmd.Flags().StringArrayVarP(&outputs, "output", "o", nil, "`FILE` or directory to write, the same as an argument (repeatable)")
	cmd.Flags().BoolVar(&files, "files", false, "write the pictures of an image batch to a directory, under their names")
	return cmd
}

// exportFiles writes the files of an image batch to directories.
func (a *app) exportFiles(ctx context.Context, dir string, outputs []string) error {
	s, err := openStore(dir, false)
	if err != nil {
		return err
	}
	defer s.Close()
	settings, err := imageSettings(s)
	if err != nil {
		return err
	}
	m, err := settings.Images()
	if err != nil {
		return err
	}
	for _, path := range outputs {
		if st, err := os.Stat(path); path == "-" || err == nil && !st.IsDir() {
			return usageError("-o %s: --files needs a directory", path)
		}
		parent := filepath.Dir(filepath.Clean(path))
		if st, err := os.Stat(parent); err != nil || !st.IsDir() {
			return usageError("-o %s: the directory %s does not exist", path, parent)
		}
		if err := checkManifest(path); err != nil {
			return err
		}
		n, err := s.WriteFiles(ctx, path, m.Name)
		if err == nil {
			settings.Dir = path
			err = a.reportImages(ctx, s, settings, imageReports{near: -1}, &reportFlags{})
		}
		if err != nil {
			return err
		}
		a.notef("%s written to %s\n", plural(n, "file", "files"), clean(path))
	}
	return nil
}

// exportFormat tells the format by the path; an unknown suffix is an error rather than a guess.
func exportFormat(path string) (sink.Format, error) {
	if path == "-" {
		return sink.JSONL, nil
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() || os.IsPathSeparator(path[len(path)-1]) {
		return sink.DIR, nil
	}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".jsonl", ".ndjson":
		return sink.JSONL, nil
	case ".csv":
		return sink.CSV, nil
	case "":
		return sink.DIR, nil
	default:
		return 0, usageError("-o %s: the form %s is not known; use .jsonl, .csv, or a directory", path, ext)
	}
}

// exportAll writes the results to each path, and tells so unless it is to be quiet.
func (a *app) exportAll(ctx context.Context, s *crawler.Store, paths []string, quiet bool) error {
	for _, path := range paths {
		if err := a.export(ctx, s, path, quiet); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) export(ctx context.Context, s *crawler.Store, path string, quiet bool) error {
	format, err := exportFormat(path)
	if err != nil {
		return err
	}
	src := sink.Source{Store: s.Store, ByURL: s.ByURL}
	if format == sink.CSV {
		if src.Fields, err = fieldNames(ctx, s); err != nil {
			return err
		}
	}
	if path == "-" {
		_, err = sink.WriteRows(ctx, src, a.out, format)
		return err
	}
	n, err := sink.Export(ctx, src, path, format)
	if st, serr := os.Stat(path); errors.Is(err, sink.ErrExists) && serr == nil && !st.IsDir() {
		return usageError("-o %s: it is there, and no directory; end the name of a file in .jsonl or .csv, or write - for standard output", path)
	}
	if errors.Is(err, sink.ErrExists) {
		return usageError("-o %s: it must be absent or empty; empty it, or name another", path)
	}
	if err != nil {
		return err
	}
	if !quiet {
		a.notef("%s written to %s\n", plural(n, "row", "rows"), clean(path))
	}
	return nil
}

// fieldNames lists the fields that pages may have: those of the last crawl's rules in their order, and then what else
// was extracted, by earlier rules or by `crawl extract`.
func fieldNames(ctx context.Context, s *crawler.Store) ([]string, error) {
	settings, _, err := s.Settings()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, rule := range settings.Rules.Select {
		names = append(names, rule.Name)
	}
	err = s.Each(0, func(r *sink.Record) error {
		for i := range r.Fields {
			if name := r.Fields[i].Name; !slices.Contains(names, name) {
				names = append(names, strings.Clone(name))
			}
		}
		return ctx.Err()
	})
	return names, err
}
