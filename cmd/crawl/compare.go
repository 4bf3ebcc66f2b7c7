package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"crawl/crawler"
	"crawl/crawler/compare"
	"crawl/sink"
)

// compareChild is what the command is called with to be a process of a comparison. It is no verb: people have no use for it.
const compareChild = "compare-child"

// compareFlags are the flags of `crawl compare`.
type compareFlags struct {
	crawlFlags
	modes     string
	parse     string
	parsers   int
	sweep     string
	recording string
	live      bool
	polite    bool
	bandwidth sizeFlag
	demo      bool
	maxTime   time.Duration
	seed      uint64
	asserts   []string
	teach     bool
	out       compareOutputs

	// made of the above by check
	specs      []compare.ModeSpec
	points     []int
	assertions []*compare.Assertion

	lost error // exit code of a --recording that could not be written; what was recorded is compared all the same
}

func (a *app) compareCmd() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare [flags] [URL|FILE|-]...",
		Short: "Tell what fetching a list one by one costs, and what concurrency buys",
		Long: strings.TrimSpace(`
Fetch each URL of the list once, politely, and record its answer with the time that each phase took. Then replay the
recording from loopback, with those delays, to each mode in turn, in random order and fresh processes, until the figures
are narrow or --max-time is spent. What sites see is one request for each URL.

The first mode is what the others are compared with. Modes: sequential, threads=N (one OS thread for each fetch),
goroutines=N, event-loop=N (goroutines on one processor, as asyncio), processes=P (worker processes, as a Pool),
processes=PxN (N fetches at once in each). docs/compare.md tells what each stands for, and its limits.

Ctrl-C tells what is known so far and exits with 75.`),
		Example: `  crawl compare --demo
  crawl compare list.txt --html report.html
  crawl compare list.txt --recording list.rec --modes sequential,threads=32,goroutines=32,processes=4
  crawl compare --recording list.rec --sweep 1,2,4,8,16,32,64
  crawl compare list.txt --assert 'goroutines.wall < 0.1*sequential.wall'`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.compare(cmd, &f, args) },
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	f.add(flags)
	return cmd
}

func (f *compareFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.inputs, "input", "i", nil, "read the list in `FILE`, the same as an argument (repeatable)")
	flags.StringVar(&f.inputFormat, "input-format", "", "read lists as `FORMAT` plain, csv, tsv or jsonl (default by suffix or first line)")
	flags.StringVar(&f.modes, "modes", "", "compare `MODES`, separated by commas (default sequential,goroutines=N of -c)")
	flags.StringVar(&f.sweep, "sweep", "", "also measure goroutines at the concurrencies `N,N,...`")
	flags.StringVar(&f.recording, "recording", "", "keep the recording in `FILE`; replay it when it is there already")
	flags.BoolVar(&f.live, "live", false, "ask the network in each trial, politely, instead of replaying")
	flags.BoolVar(&f.polite, "polite", false, "keep --rate, --per-host and Crawl-delay in the replay too")
	flags.Var(&f.bandwidth, "bandwidth", "let all replayed answers together have `SIZE` a second, as a shared link does, 0 = no limit")
	flags.BoolVar(&f.demo, "demo", false, "compare over the built-in site: no network needed")
	flags.DurationVar(&f.maxTime, "max-time", compare.DefaultMaxTime, "begin no more trials after the time `D`, once each mode has one")
	flags.Uint64Var(&f.seed, "seed", 0, "number `N` that the order of trials follows from (default a random one, which is told)")
	flags.StringArrayVar(&f.selects, "select", nil, "extract `NAME=CSS[@ATTR]` from each page (repeatable)")
	flags.BoolVar(&f.text, "text", false, "extract the visible text of each page")
	flags.StringVar(&f.parse, "parse", compare.ParseWorkers, "`WHERE` --select and --text run: workers, or in-process")
	flags.IntVar(&f.parsers, "parsers", runtime.NumCPU(), "`N` worker processes that parse")
	f.asking(flags)
	f.out.add(flags)
	flags.BoolVar(&f.teach, "teach", false, "tell mode by mode what happened, in terms of Process, Pool, thread and coroutine")
	flags.StringArrayVar(&f.asserts, "assert", nil, "exit with 1 unless the `EXPRESSION` holds, such as 'goroutines.wall < 0.1*sequential.wall' (repeatable)")
	flags.BoolVarP(&f.report.quiet, "quiet", "q", false, "print nothing but errors and the results")
	flags.BoolVarP(&f.report.verbose, "verbose", "v", false, "tell every trial, and every request of the recording")
}

// check reads what the flags say. Its errors are usage errors.
func (f *compareFlags) check(cmd *cobra.Command) error {
	if f.maxTime <= 0 {
		return usageError("--max-time %s: use a time above 0", f.maxTime)
	}
	if f.parsers < 1 {
		return usageError("--parsers %d: use 1 or more; --parse in-process needs none", f.parsers)
	}
	if f.out.json && f.teach {
		return usageError("--json and --teach both want standard output: leave out one")
	}
	where := ""
	if len(f.selects) > 0 || f.text {
		where = f.parse
	}
	if f.parse != compare.ParseWorkers && f.parse != compare.ParseInProcess {
		return usageError("--parse %s: use %s or %s", clean(f.parse), compare.ParseWorkers, compare.ParseInProcess)
	}
	if err := f.checkModes(where); err != nil {
		return err
	}
	if !cmd.Flags().Changed("seed") {
		f.seed = rand.Uint64() >> 32 // short enough to be typed again
	}
	return f.out.check()
}

func (f *compareFlags) checkModes(where string) error {
	text := f.modes
	if text == "" {
		text = fmt.Sprintf("%s,%s=%d", compare.KindSequential, compare.KindGoroutines, f.concurrency)
	}
	_, err := compare.ParseModes(compare.KindSequential, f.concurrency, 1, where)
	if err != nil {
		return usageError("-c: %w", err)
	}
	if f.specs, err = compare.ParseModes(text, f.concurrency, runtime.NumCPU(), where); err != nil {
		return usageError("--modes: %w", err)
	}
	if f.sweep != "" {
		for _, word := range strings.Split(f.sweep, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(word))
			if err != nil || n < 1 {
				return usageError("--sweep %s: write whole numbers from 1, separated by commas: 1,2,4,8,16,32", clean(f.sweep))
			}
			f.points = append(f.points, n)
		}
	}
	for _, text := range f.asserts {
		as, err := compare.ParseAssertion(text)
		if err == nil {
			err = as.Known(f.specs)
		}
		if err != nil {
			return usageError("--assert: %w", err)
		}
		f.assertions = append(f.assertions, as)
	}
	return nil
}

// compare records, or reads a recording, compares, and reports.
func (a *app) compare(cmd *cobra.Command, f *compareFlags, args []string) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	if f.demo && !cmd.Flags().Changed("rate") {
		f.rate = demoRate
	}
	co, err := f.options()
	if err != nil {
		return err
	}
	if err := checkFetch(co.Fetch); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot find itself to run the trials: %w", err)
	}
	var recorded atomic.Bool
	sig := watchSignals(cmd.Context(), func() {
		if recorded.Load() {
			a.notef("Stopping; what is known so far follows.\n")
		}
	})
	defer sig.stop()
	co.Abort = sig.abort
	rec, end, err := a.recordingFor(sig.ctx, f, co, append(args, f.inputs...))
	if err != nil {
		if sig.ctx.Err() != nil && f.recording != "" {
			a.notef("The list was not through, so %s was not written: the same command begins anew.\n", clean(f.recording))
		}
		return compareError(sig.ctx, err)
	}
	defer end()
	recorded.Store(true)
	t := a.newTrialTeller(f)
	o := compare.Options{
		Command: []string{self, compareChild}, Recording: rec, Modes: f.specs, Sweep: f.points, Rules: co.Rules,
		ParserCommand: []string{self, "worker"}, Parsers: f.parsers, Live: f.live, Polite: f.polite, Rate: f.rate,
		PerHost: f.perHost, Bandwidth: int64(f.bandwidth), Fetch: co.Fetch, MaxTime: f.maxTime, Seed: f.seed, Progress: t.tell,
	}
	t.plan(rec)
	r, err := compare.Run(sig.ctx, o)
	t.finish()
	if err != nil {
		return compareError(sig.ctx, err)
	}
	interrupted := sig.ctx.Err() != nil
	sig.stop() // from here on a signal ends the process as it always does
	if err := a.reportComparison(f, r); err != nil {
		return err
	}
	if interrupted {
		return &exitError{exitStopped, errors.New("")}
	}
	if err := a.assertAll(f, r); err != nil {
		return err
	}
	return f.lost
}

// compareError gives an error its exit code.
func compareError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &exitError{exitStopped, errors.New("stopped before anything was measured")}
	}
	for _, e := range []error{
		compare.ErrNothingRecorded, compare.ErrNotARecording, compare.ErrRecordingVersion, compare.ErrRecordingDamaged,
	} {
		if errors.Is(err, e) {
			return usageError("%w", err)
		}
	}
	var coded *exitError
	switch {
	case errors.As(err, &coded), errors.Is(err, crawler.ErrDiskReserve):
		return err
	case sink.IsNoSpace(err):
		return &exitError{exitSpace, err}
	}
	return &exitError{exitFailed, err}
}

// assertAll tells of the assertions that do not hold.
func (a *app) assertAll(f *compareFlags, r *compare.Result) error {
	failed := 0
	for _, as := range f.assertions {
		holds, figures, err := as.Check(r)
		switch {
		case err != nil:
			a.notef("crawl: --assert %s\n", clean(err.Error()))
		case !holds:
			a.notef("crawl: --assert %s does not hold: %s\n", clean(as.String()), clean(figures))
		default:
			continue
		}
		failed++
	}
	if failed > 0 {
		return &exitError{exitFailed, errors.New("")}
	}
	return nil
}

// runCompareChild is a process of a comparison: what Options.Command runs.
func (a *app) runCompareChild(ctx context.Context) error {
	if err := compare.RunChild(ctx, a.in, a.out); err != nil {
		return &exitError{exitFailed, err}
	}
	return nil
}
