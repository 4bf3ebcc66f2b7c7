package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"crawl/crawler"
	"crawl/parse"
	"crawl/sink"
)

// Exit codes. They are part of the command-line contract.
const (
	exitOK        = 0
	exitFailed    = 1 // --strict and some URLs failed; a verb's answer is no; standard output or a file cannot be written
	exitUsage     = 2
	exitStore     = 3   // the store cannot be used
	exitSpace     = 4   // out of space
	exitStopped   = 75  // stopped and resumable
	exitAbandoned = 130 // stopped at the second Ctrl-C
)

// app is one invocation of the command: its streams, and the exit code that a verb asks for without an error.
type app struct {
	in   io.Reader
	out  *output
	err  io.Writer
	code int
}

// exitError carries an exit code with an error.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usageError makes an error of the user's words. Its code is exitUsage.
func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// Main runs the command and gives its exit code. A bug ends in one sentence, not in a stack trace.
func Main(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) (code int) {
	a := &app{in: in, out: &output{w: out}, err: errw}
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(errw, "crawl: internal error: %v; what is stored is safe, the same command goes on; please report it\n", v)
			if os.Getenv("CRAWL_DEBUG") != "" {
				_, _ = errw.Write(debug.Stack())
			}
			code = exitFailed
		}
	}()
	err := a.out.withOutput(a.command(ctx, args))
	if err == nil {
		return a.code
	}
	if text := advised(err); text != "" {
		fmt.Fprintf(errw, "crawl: %s\n", clean(text))
	}
	return exitCode(err)
}

// isWorker tells a worker at its standard input and output by its arguments.
func isWorker(args []string) bool { return len(args) == 1 && args[0] == "worker" }

// command runs what the arguments say. A crawl's own workers, and a comparison's processes, start often and need none of the
// other verbs.
func (a *app) command(ctx context.Context, args []string) error {
	if isWorker(args) {
		return runWorker(ctx)
	}
	if len(args) == 1 && args[0] == compareChild {
		return a.runCompareChild(ctx)
	}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	return root.ExecuteContext(ctx)
}

// advised is the text of an error; that of damage says what to do, however deep it was found.
func advised(err error) string {
	text := err.Error()
	if errors.Is(err, parse.ErrNotAWorker) {
		return text + "; check --parser-cmd (docs/worker-protocol.md says what a worker does)"
	}
	if errors.Is(err, parse.ErrNoWorkers) {
		return text + "; see that workers can be started or reached (--parser-cmd), then run the same command again"
	}
	if !crawler.IsDamaged(err) || strings.Contains(text, "crawl check") || strings.Contains(text, "restore") {
		return text
	}
	return text + "; `crawl check` tells how much of it, restore the store from a copy or start over with --fresh"
}

// exitCode maps an error to the contract.
func exitCode(err error) int {
	var e *exitError
	var output *outputError
	switch {
	case errors.As(err, &output):
		return output.code()
	case errors.As(err, &e):
		return e.code
	case errors.Is(err, crawler.ErrOtherBatch):
		return exitUsage
	case errors.Is(err, sink.ErrNoSpace), errors.Is(err, crawler.ErrDiskReserve):
		return exitSpace
	case !crawler.IsDamaged(err) && (errors.Is(err, crawler.ErrFiles) || errors.Is(err, sink.ErrNotWritten)):
		return exitFailed
	case errors.Is(err, parse.ErrNotAWorker):
		return exitUsage
	case errors.Is(err, crawler.ErrNoParsers):
		return exitStopped
	case isStoreError(err):
		return exitStore
	}
	return exitUsage
}

func isStoreError(err error) bool {
	if crawler.IsDamaged(err) {
		return true
	}
	for _, e := range []error{
		sink.ErrOpenFiles, sink.ErrNotFound, sink.ErrExists, sink.ErrNotAStore, sink.ErrLocked, sink.ErrNewerFormat, sink.ErrOlderFormat,
		sink.ErrReadOnly, sink.ErrIO, sink.ErrClosed, crawler.ErrStore,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (a *app) root() *cobra.Command {
	showVersion := false
	root := &cobra.Command{
		Use: "crawl", DisableFlagsInUseLine: true,
		Short: "Crawl lists of URLs: politely, durably, and as fast as the wire",
		Long: strings.TrimSpace(`
Crawl lists of URLs: politely, durably, and as fast as the wire.

Everything that is fetched and found is kept in a store (--store, default crawl-store). Whatever ends a crawl - Ctrl-C,
kill -9, a power cut - the same command goes on where it was.

Try it without a network:   crawl run --demo
Crawl a list:               crawl run seeds.txt
Look at the results:        crawl show, crawl export out.jsonl`),
		SilenceErrors: true, SilenceUsage: true, SuggestionsMinimumDistance: 2,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownVerb(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				a.printf("%s", versionLine())
				return nil
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(&cobra.Group{ID: "crawl", Title: "Crawl:"}, &cobra.Group{ID: "results", Title: "Results:"},
		&cobra.Group{ID: "tools", Title: "Tools:"})
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("crawl", a.runCmd(), a.imagesCmd(), a.retryCmd(), a.extractCmd(), a.compareCmd())
	add("results", a.showCmd(), a.exportCmd(), a.statCmd(), a.whyCmd(), a.checkCmd(), a.quarantineCmd())
	add("tools", a.parseCmd(), a.siteCmd(), a.workerCmd(), a.completionCmd(root), a.versionCmd())
	root.SetHelpCommand(a.helpCmd(root))
	root.SetHelpCommandGroupID("tools")
	root.SetUsageTemplate(strings.NewReplacer("[command]", "VERB", "about a command", "about a verb").Replace(root.UsageTemplate()))
	return root
}

// printf writes to stdout. Main tells its error, at the end of the command.
func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }

// printJSON writes one JSON value and a line end.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// notef writes to stderr.
func (a *app) notef(format string, args ...any) { fmt.Fprintf(a.err, format, args...) }
