package compare

import "time"

// Result is what a comparison found: the object of --json. Times are in seconds unless the name says otherwise; sizes in
// bytes.
type Result struct {
	List           ListFacts      `json:"list"`
	Recording      RecordingFacts `json:"recording"`
	Modes          []ModeResult   `json:"modes"`  // in the order asked for; the first is what the others are compared with
	Sweep          *Sweep         `json:"sweep"`  // null: none was asked for
	Bounds         []Bound        `json:"bounds"` // rising is not implied; the largest is the one that holds
	Bottleneck     string         `json:"bottleneck"`
	Why            []string       `json:"why"` // plain sentences
	Advice         Advice         `json:"advice"`
	Notes          []string       `json:"notes"` // what limits the trust in the figures ("fewer than 6 blocks")
	RejectedTrials []Rejected     `json:"rejected_trials"`
	Seed           uint64         `json:"seed"`
	Blocks         int            `json:"blocks"`  // counted ones, without the warm-up
	Stopped        bool           `json:"stopped"` // by the user, by the budget before the intervals were narrow, or because a site had enough

	// Traces holds, for each mode, the requests of the trial whose wall time is the median: what waterfalls are drawn of.
	Traces []Trace `json:"-"`

	siteEnded bool // Stopped because a site had enough, which a note tells
}

// ListFacts tell what was compared over.
type ListFacts struct {
	URLs     int   `json:"urls"`
	Requests int   `json:"requests"` // with those of redirects: what pages per second count
	Hosts    int   `json:"hosts"`
	Bytes    int64 `json:"bytes"` // of all answers on the wire
}

// RecordingFacts tell where the answers came from.
type RecordingFacts struct {
	File string `json:"file"` // "" when it was not kept
	Live bool   `json:"live"` // no recording: each trial asked the network
	// Polite tells that the trials kept to the rate and the limits of each host: always so on the network.
	Polite bool `json:"polite"`
	// AskedLess is how often a site answered 429 or 503 while it was recorded; it was asked again, later.
	AskedLess int `json:"asked_less"`
}

// The kinds of modes.
const (
	KindSequential = "sequential"
	KindThreads    = "threads"
	KindGoroutines = "goroutines"
	KindEventLoop  = "event-loop"
	KindProcesses  = "processes"
)

// ModeSpec is a mode as asked for with --modes.
type ModeSpec struct {
	Name        string // as given: "processes=4x8"
	Kind        string // sequential, threads, goroutines, event-loop, processes
	Concurrency int    // fetches in flight at one time, over all processes: 32 for processes=4x8
	Processes   int    // that fetch: 1 but for kind processes
	Parse       string // "", "in-process" or "workers"
}

// Facts are what is known of the list before any mode has run, from its recording, and of how it is asked for. A zero says
// that a figure is not known.
type Facts struct {
	URLs        int // with those that redirects lead to: one request for each
	Hosts       []HostFacts
	Service     []time.Duration // recorded time of each URL, sent to done
	Chains      []Chain         // of the URLs that redirect: what follows one another whatever the concurrency
	Bytes       int64           // of all answers on the wire
	Bandwidth   float64         // bytes per second that the link gives at most
	CPUPerURL   float64         // processor seconds a page costs, parsing left out; Summarise measures it where it is 0
	ParseCPU    float64         // processor seconds that parsing a page costs
	StorePerURL float64         // seconds of the one committer a page
	Processors  int
	Rate        float64 // requests per second to one host; 0: no limit
	PerHost     int     // fetches at one time to one host; 0: no limit
}

// Chain is a listed URL with those that its redirects lead to, each of which is asked for when the one before has answered.
type Chain struct {
	Requests int
	Service  time.Duration // of all of them together
}

// HostFacts tell how much of the list one host has.
type HostFacts struct {
	Host    string
	URLs    int
	Service time.Duration // sum of the recorded times of its URLs
}

// Interval is a median with its bootstrap interval, at 95 % unless the field says otherwise. All three are equal when there is
// one sample.
type Interval struct {
	Median float64 `json:"median"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
}

// ModeResult is what one mode cost: medians over its counted trials.
type ModeResult struct {
	Name            string          `json:"name"` // as given: "goroutines=32"
	Kind            string          `json:"kind"` // sequential, threads, goroutines, event-loop, processes
	Concurrency     int             `json:"concurrency"`
	Processes       int             `json:"processes"`
	Parse           string          `json:"parse"` // "", "in-process" or "workers"
	Trials          int             `json:"trials"`
	Wall            Interval        `json:"wall_s"`
	Speedup         Interval        `json:"speedup"`         // against the first mode, paired by block, at 99 %; 1 for itself
	Distinguishable bool            `json:"distinguishable"` // the interval of Speedup leaves out 1
	CPU             CPUSeconds      `json:"cpu_s"`
	MaxRSS          int64           `json:"max_rss_bytes"` // all processes of the trial together
	ContextSwitches ContextSwitches `json:"context_switches"`
	Threads         int             `json:"threads"`    // most at one time, all processes
	Goroutines      int             `json:"goroutines"` // most at one time, all processes
	ProcessesPeak   int             `json:"processes_peak"`
	Connections     Connections     `json:"connections"`
	Bytes           int64           `json:"bytes"`
	Service         Quantiles       `json:"service_ms"` // sent to done
	Felt            Quantiles       `json:"felt_ms"`    // due to done: all are due when the trial begins, so waiting for politeness is in it
	Errors          int             `json:"errors"`

	Counted []Trial `json:"-"` // the trials that the figures are made of
}

// CPUSeconds tells processor time; Children is that of processes the trial itself started.
type CPUSeconds struct {
	User     float64 `json:"user"`
	System   float64 `json:"system"`
	Children float64 `json:"children"`
}

// Total is all of it.
func (c CPUSeconds) Total() float64 { return c.User + c.System + c.Children }

// ContextSwitches of all threads.
type ContextSwitches struct {
	Voluntary   int64 `json:"voluntary"`
	Involuntary int64 `json:"involuntary"`
}

// Connections of a trial.
type Connections struct {
	Opened int `json:"opened"`
	Reused int `json:"reused"` // requests that went out on a connection that had served before
}

// Quantiles in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Sweep is throughput against concurrency.
type Sweep struct {
	Points []SweepPoint `json:"points"`
	USL    *USL         `json:"usl"` // nil when it was refused; Refused says why
	// Refused says why nothing is extrapolated ("5 points; 6 are needed").
	Refused string `json:"refused,omitempty"`
	Knee    int    `json:"knee"` // smallest concurrency with 95 % of the most that was seen; 0: it still rose at the end
}

// SweepPoint is the median throughput at one concurrency, with its interval over trials.
type SweepPoint struct {
	Concurrency int     `json:"concurrency"`
	PagesPerS   float64 `json:"pages_per_s"` // answers, those that redirect among them
	Lo          float64 `json:"lo"`
	Hi          float64 `json:"hi"`
}

// USL is the Universal Scalability Law: X(n) = lambda n / (1 + sigma (n-1) + kappa n (n-1)).
type USL struct {
	Lambda float64 `json:"lambda"`
	Sigma  float64 `json:"sigma"`
	Kappa  float64 `json:"kappa"`
	R2     float64 `json:"r2"`
}

// Bound is a time that no mode can beat over this list.
type Bound struct {
	Name    string  `json:"name"` // slowest-url, latency, bandwidth, cpu, politeness, store
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"`
}

// Advice is what to use.
type Advice struct {
	Concurrency int    `json:"concurrency"` // 0: it does not matter
	Text        string `json:"text"`
}

// Rejected is a trial that was not counted.
type Rejected struct {
	Mode        string `json:"mode"`
	Concurrency int    `json:"concurrency"` // of the mode
	Block       int    `json:"block"`
	Reason      string `json:"reason"`
	Refused     int    `json:"refused"` // answers of status 429 or 5xx where another was recorded
	// Stopped tells that no trial of so many at one time, or of more, was run from then on (Options.Live).
	Stopped bool `json:"stopped"`
}

// Trial is what one process measured of one mode over the list. It goes from the trial's process to the comparison as JSON.
type Trial struct {
	Mode            string
	Block           int // 0 is the warm-up
	Wall            time.Duration
	CPU             CPUSeconds
	MaxRSS          int64
	ContextSwitches ContextSwitches
	Threads         int
	Goroutines      int
	Processes       int
	Connections     Connections
	Bytes           int64
	Errors          int
	Requests        []Request // in the order of the list
	Refusal         *Refusal  `json:",omitempty"` // what ended it early, on the network; nil: nothing
}

// Request is one fetch of a trial. Times are since the trial began; a phase that did not happen is zero.
type Request struct {
	URL       string
	Due       time.Duration // when it was wanted: the trial's begin, or of a redirect's target the answer that leads there
	Sent      time.Duration // when a slot took it, and its host could be asked
	DNS       time.Duration // phases follow one another from Sent: queue for a connection is what is left over
	Connect   time.Duration
	TLS       time.Duration
	FirstByte time.Duration // request written to first byte
	Body      time.Duration
	Parse     time.Duration
	Done      time.Duration // when all of it was over
	Status    int
	// RetryAfter is what an answer of status 429 or 5xx asks for, on the network; 0: nothing.
	RetryAfter time.Duration
	Bytes      int64
	Worker     int    // which process, thread or slot ran it, from 0
	Error      string // "" for none
}

// Trace is one trial's requests, for drawing.
type Trace struct {
	Mode     string
	Wall     time.Duration
	Requests []Request
}
