package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/sink"
	"crawl/sink/words"
)

func (a *app) checkCmd() *cobra.Command {
	var store string
	var here bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Verify every record's checksum and every body's SHA-256",
		Long: strings.TrimSpace(`
Read the whole store in a process of its own, and verify the structure of its files, the checksum of every record, the
SHA-256 of every body, and that the frontier, the records and the counters agree. Nothing is changed. A damaged store is
told in one sentence, with exit code 3.`),
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if here {
				err := a.checkHere(cmd.Context(), store)
				if crawler.IsDamaged(err) {
					err = fmt.Errorf("%w; restore it from a copy, or start over with --fresh", err)
				}
				return err
			}
			return a.checkChild(cmd.Context(), store)
		},
	}
	storeFlag(cmd.Flags(), &store)
	cmd.Flags().BoolVar(&here, "here", false, "check in this process")
	_ = cmd.Flags().MarkHidden("here") // the flag exists
	return cmd
}

// checkChild runs the check in a child process, because what reads a damaged file may fault where nothing can catch it.
func (a *app) checkChild(ctx context.Context, store string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the check cannot start its process: %w", err)
	}
	child := exec.CommandContext(ctx, self, "check", "--here", "--store", store)
	var stderr bytes.Buffer
	child.Stdout, child.Stderr = a.out.w, &stderr
	err = child.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &exit):
		return fmt.Errorf("the check cannot start its process: %w", err)
	case exit.ExitCode() < 0 || bytes.Contains(stderr.Bytes(), []byte("\ngoroutine ")):
		return fmt.Errorf("%w: reading %s ends in a fault; restore it from a copy, or start over with --fresh", sink.ErrDamaged, store)
	}
	text, _ := strings.CutPrefix(strings.TrimSpace(stderr.String()), "crawl: ")
	return &exitError{exit.ExitCode(), errors.New(text)}
}

func (a *app) checkHere(ctx context.Context, store string) error {
	report, err := sink.Check(store, nil)
	if found := uint64(len(report.Problems)) + report.More; err != nil && found > 1 {
		return fmt.Errorf("%w; it is the first of %s", err, plural(found, "problem", "problems"))
	}
	if err != nil {
		return err
	}
	s, err := crawler.OpenStore(store, sink.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Verify(ctx); err != nil {
		return err
	}
	totals, err := s.Totals()
	if err != nil {
		return err
	}
	a.printf("%s is sound: %s%s and %s verified, %s\n", clean(store), plural(report.Records, "record", "records"),
		ifs(totals.Hops > 0, fmt.Sprintf(" (%s of them only redirect targets)", words.Count(totals.Hops))),
		plural(report.Bodies, "body", "bodies"), words.Bytes(report.BodyBytes))
	return nil
}
