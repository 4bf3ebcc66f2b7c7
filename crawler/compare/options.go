package compare

import (
	"errors"
	"fmt"
	"time"

	"crawl/fetch"
	"crawl/parse"
)

// Options say what is compared. Recording, Modes and Command must be given.
type Options struct {
	// Command is a program, with its arguments, that calls RunChild: each trial and the replay server are processes of it. A
	// library does not run its host program again; the command `crawl` passes itself.
	Command []string

	Recording *Recording
	Modes     []ModeSpec // see ParseModes; the first is what the others are compared with
	Sweep     []int      // concurrencies of goroutines, for Result.Sweep; none: no sweep

	// Rules are run over each page, where the modes' Parse says; ParserCommand is a worker's command line for ParseWorkers,
	// and Parsers how many there are.
	Rules         parse.Rules
	ParserCommand []string
	Parsers       int

	// Live asks the network in each trial instead of replaying, as politely as Rate, PerHost and the Crawl-delays say.
	Live bool
	// Polite keeps Rate, PerHost and the Crawl-delays in the replay too.
	Polite  bool
	Rate    float64 // requests per second to one host; 0: no limit
	PerHost int     // fetches at one time to one host; 0: no limit
	// Bandwidth is what all replayed bodies may have together, in bytes per second: a shared link, which the recorded pace of
	// single answers cannot tell. 0: no limit.
	Bandwidth int64

	Fetch fetch.Options // how requests are made; what cannot be written down (Jar, Lookup, Dial) is left out

	MaxTime time.Duration // for the trials, the first block excepted, which is always completed; 0: DefaultMaxTime
	Seed    uint64        // of the order of trials and of the intervals

	// Progress is told when a trial begins and when it has ended. It is called by one goroutine, which waits for it. [nobody]
	Progress func(Progress)
}

// Progress is a moment of a comparison.
type Progress struct {
	Mode     string
	Block    int           // 0: warm-up
	Trial    int           // from 1, of all
	Expected time.Duration // of this trial, when it begins; 0 when it has ended
	Wall     time.Duration // when it has ended
	Rejected string        // why it is not counted, when it has ended
	Left     time.Duration // of the budget; negative when it is spent
	// Rest is how long no site is asked, because one wants that; Mode is empty then.
	Rest time.Duration
}

// withDefaults checks the options. Errors say what is wrong and what may be used.
func (o Options) withDefaults() (Options, error) {
	switch {
	case len(o.Command) == 0:
		return o, errors.New("compare: Options.Command is missing: a program that calls RunChild")
	case o.Recording == nil || len(o.Recording.rec.Entries) == 0:
		return o, fmt.Errorf("%w: the recording is empty", ErrNothingRecorded)
	case len(o.Modes) == 0:
		return o, errors.New("there are no modes to compare")
	case o.MaxTime < 0:
		return o, fmt.Errorf("a time of %s is out of range: use one above 0", o.MaxTime)
	case o.Rate < 0 || o.PerHost < 0 || o.Bandwidth < 0:
		return o, errors.New("a negative rate, number or bandwidth is out of range: use 0 for no limit")
	}
	for _, n := range o.Sweep {
		if n < 1 || n > maxConcurrency {
			return o, fmt.Errorf("a concurrency of %d is out of range: use 1 to %d", n, maxConcurrency)
		}
	}
	for _, m := range o.Modes {
		if m.Parse == ParseWorkers && !o.Rules.Empty() && len(o.ParserCommand) == 0 {
			return o, errors.New("compare: Options.ParserCommand is missing: parsing in workers needs a worker's program")
		}
	}
	if o.MaxTime == 0 {
		o.MaxTime = DefaultMaxTime
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return o, nil
}
