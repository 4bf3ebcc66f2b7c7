package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/sink"
)

func (a *app) exportCmd() *cobra.Command {
	var store, output string
	cmd := &cobra.Command{
		Use:   "export -o FILE",
		Short: "Write the results to a file: .jsonl, .csv, or a directory",
		Long: strings.TrimSpace(`
Write one row for each URL with a result, failures included, in the order of the list: as JSON lines (.jsonl, or - for
standard output), as CSV (.csv: the values that fit in a cell), or as a directory of the bodies with an index.jsonl.
A file is complete or absent, and replaces an earlier one; a directory must be absent or empty.`),
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output == "" {
				return usageError("export needs -o FILE: out.jsonl, out.csv, a directory, or - for JSON lines on standard output")
			}
			if err := checkOutput(output); err != nil {
				return err
			}
			s, err := openStore(store, true)
			if err != nil {
				return err
			}
			defer s.Close()
			return a.export(cmd.Context(), s, output)
		},
	}
	storeFlag(cmd.Flags(), &store)
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` or directory to write")
	return cmd
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

func (a *app) export(ctx context.Context, s *crawler.Store, path string) error {
	format, err := exportFormat(path)
	if err != nil {
		return err
	}
	src := sink.Source{Store: s.Store, ByURL: s.ByURL}
	if path == "-" {
		_, err = sink.WriteRows(ctx, src, a.out, format)
		return err
	}
	n, err := sink.Export(ctx, src, path, format)
	if err != nil {
		return err
	}
	a.notef("%s written to %s\n", plural(n, "row", "rows"), clean(path))
	return nil
}
