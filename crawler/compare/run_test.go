package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"crawl/crawler"
	"crawl/crawler/compare/internal/recording"
	"crawl/crawler/site"
	"crawl/fetch"
	"crawl/parse"
)

// TestMain lets the test binary be the processes of comparisons.
func TestMain(m *testing.M) {
	// The race detector keeps each process for a second at its end, for races that are not looked for here.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	verb := ""
	if len(os.Args) > 1 {
		verb = os.Args[1]
	}
	var err error
	switch verb {
	case "child":
		err = RunChild(context.Background(), os.Stdin, os.Stdout)
	case "victim":
		err = victim()
	case "worker":
		err = parse.RunWorker(context.Background(), parse.WorkerOptions{})
	case "broken":
		err = errors.New("it is broken")
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func self(t testing.TB, verb string) []string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, verb}
}

// made is a recording of n URLs of so many hosts.
func made(n, hosts int, first time.Duration, size int) *Recording {
	rec := &recording.Recording{}
	for i := range n {
		rec.Entries = append(rec.Entries, recording.Entry{
			URL: fmt.Sprintf("http://host%d.example/%d", i%hosts, i), Status: 200, FirstByte: first,
			Header: map[string][]string{"Content-Type": {"text/html"}}, Length: true,
			Body: append([]byte("<title>page</title><p>"), bytes.Repeat([]byte("x "), size/2)...),
		})
	}
	return &Recording{rec: rec}
}

func modes(t testing.TB, text, parse string) []ModeSpec {
	t.Helper()
	list, err := ParseModes(text, 4, 2, parse)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every mode does the whole list once, and says how.
func TestModes(t *testing.T) {
	rec := made(12, 3, 5*time.Millisecond, 2000)
	rec.rec.Entries[4].Hop = true // as a redirect's target
	if c := rec.facts().Chains; len(c) != 1 || c[0] != (Chain{Requests: 2, Service: 10 * time.Millisecond}) {
		t.Errorf("chains %+v", c)
	}
	r, err := Run(t.Context(), Options{
		Command: self(t, "child"), Recording: rec, Seed: 1, MaxTime: time.Millisecond,
		Modes: modes(t, "sequential,threads=4,goroutines=4,event-loop=4,processes=2,processes=2x2,goroutines=4", ""),
		Sweep: []int{1, 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Blocks != 1 || r.List.URLs != 11 || r.List.Requests != 12 || r.List.Hosts != 3 || len(r.Modes) != 7 || len(r.Traces) != 7 || r.Seed != 1 {
		t.Errorf("%+v", r)
	}
	for _, m := range r.Modes {
		if m.Trials != 1 || m.Errors != 0 || m.Bytes != rec.rec.Bytes() || m.Connections.Opened+m.Connections.Reused < 12 {
			t.Errorf("%+v", m)
		}
		if floor := 60 * time.Millisecond / time.Duration(m.Concurrency); m.Wall.Median < 0.8*floor.Seconds() {
			t.Errorf("%s took %gs, less than the delays of its answers", m.Name, m.Wall.Median)
		}
		processes := 1
		if m.Kind == KindProcesses {
			processes += m.Processes
		}
		if m.ProcessesPeak != processes {
			t.Errorf("%s: %d processes, want %d", m.Name, m.ProcessesPeak, processes)
		}
		if runtime.GOOS == "linux" && (m.CPU.Total() <= 0 || m.MaxRSS <= 0 || m.Threads <= 0 || m.ContextSwitches.Voluntary <= 0) {
			t.Errorf("%s: %+v", m.Name, m)
		}
	}
	if p := r.Modes[0].Connections; p.Opened != 3 {
		t.Errorf("sequential opened %d connections to 3 hosts", p.Opened)
	}
	if len(r.Sweep.Points) != 2 || r.Sweep.Refused == "" {
		t.Errorf("%+v", r.Sweep)
	}
	noChildren(t)
}

// Rules are run where they should be, over each page.
func TestParsePlaces(t *testing.T) {
	rule, err := parse.ParseRule("t=title")
	if err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{ParseInProcess, ParseWorkers} {
		r, err := Run(t.Context(), Options{
			Command: self(t, "child"), ParserCommand: self(t, "worker"), Parsers: 1, Recording: made(4, 1, 0, 2000), Seed: 1,
			Modes: modes(t, "sequential,processes=2", where), MaxTime: time.Millisecond, Rules: parse.Rules{Select: []parse.Rule{rule}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Modes {
			want := 1
			if m.Kind == KindProcesses {
				want = 3
			}
			if where == ParseWorkers {
				want += max(1, m.Processes)
			}
			if m.Errors != 0 || m.Parse != where || m.ProcessesPeak != want {
				t.Errorf("%s, %s: %d errors, %d processes (want %d)", m.Name, where, m.Errors, m.ProcessesPeak, want)
			}
		}
	}
	noChildren(t)
}

// The bound that holds is named, whatever it is.
func TestKnownBounds(t *testing.T) {
	for want, o := range map[string]Options{
		BoundLatency:    {Recording: made(24, 24, 20*time.Millisecond, 100)},
		BoundBandwidth:  {Recording: made(8, 8, time.Millisecond, 20_000), Bandwidth: 2_000_000},
		BoundPoliteness: {Recording: made(5, 1, time.Millisecond, 100), Polite: true, Rate: 20, PerHost: 1},
	} {
		o.Command, o.Seed, o.MaxTime, o.Modes = self(t, "child"), 1, time.Millisecond, modes(t, "sequential,goroutines=8", "")
		r, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.Bottleneck != want {
			t.Errorf("%s is named as the bottleneck, want %s: %+v", r.Bottleneck, want, r.Bounds)
		}
		// Whoever wants a URL waits for politeness too: of 5 URLs at 20 a second the last comes after 200 ms.
		if last := r.Modes[1].Felt.P99; want == BoundPoliteness && (last < 180 || r.Modes[1].Service.P99 > last/2) {
			t.Errorf("the last URL is felt as %g ms, its service as %g", last, r.Modes[1].Service.P99)
		}
		for _, b := range r.Bounds {
			if b.Name == want && r.Modes[1].Wall.Median < 0.8*b.Seconds {
				t.Errorf("%s: %gs beat a bound of %gs", want, r.Modes[1].Wall.Median, b.Seconds)
			}
		}
	}
}

// Stopping in the middle of a trial tells what was known, and leaves no process and no port.
func TestStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	c := newComparison(Options{
		Command: self(t, "child"), Recording: made(4, 1, 20*time.Millisecond, 100), Seed: 1, MaxTime: time.Hour,
		Modes: modes(t, "processes=2,goroutines=4", ""), Progress: func(p Progress) {
			if p.Block == 2 && p.Expected > 0 {
				if seen++; seen == 2 { // the first block is done, and a trial about to run
					time.AfterFunc(30*time.Millisecond, cancel)
				}
			}
		},
	})
	if err := c.startServer(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.blocks(ctx); err != nil {
		t.Fatal(err)
	}
	c.stopServer()
	r := c.result()
	if !r.Stopped || r.Blocks < 1 {
		t.Errorf("stopped: %v, %d blocks", r.Stopped, r.Blocks)
	}
	noChildren(t)
	for _, at := range []string{c.address.Plain, c.address.TLS} {
		if conn, err := net.DialTimeout("tcp", at, time.Second); err == nil {
			conn.Close()
			t.Errorf("%s is still open", at)
		}
	}
}

// victim compares for ever, and tells the processes of its first trial.
func victim() error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	list, err := ParseModes("processes=2x2", 4, 2, "")
	if err != nil {
		return err
	}
	_, err = Run(context.Background(), Options{
		Command: []string{path, "child"}, Recording: made(200, 3, 100*time.Millisecond, 100), Seed: 1, MaxTime: time.Hour,
		Modes: list, Progress: func(p Progress) {
			if p.Expected > 0 {
				time.AfterFunc(200*time.Millisecond, func() { fmt.Println(descendants(os.Getpid())) })
			}
		},
	})
	return err
}

// descendants lists the processes below one, separated by blanks.
func descendants(pid int) string {
	var all []string
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range lists {
		b, _ := os.ReadFile(path)
		for _, child := range strings.Fields(string(b)) {
			n, _ := strconv.Atoi(child)
			all = append(all, child, descendants(n))
		}
	}
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// noChildren fails the test when this process has any.
func noChildren(t *testing.T) {
	t.Helper()
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, path := range lists {
		if b, err := os.ReadFile(path); err == nil && len(bytes.TrimSpace(b)) > 0 {
			t.Errorf("processes are left: %s", b)
		}
	}
}

// What cannot be run is told, with what the process said.
func TestBrokenChild(t *testing.T) {
	o := Options{Command: self(t, "broken"), Recording: made(1, 1, 0, 10), Modes: modes(t, "sequential", "")}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "it is broken") {
		t.Errorf("%v", err)
	}
	o.Command = []string{filepath.Join(t.TempDir(), "none")}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cannot be started") {
		t.Errorf("%v", err)
	}
	if err := RunChild(t.Context(), strings.NewReader("{}\n"), nil); err == nil {
		t.Error("a child without an order did something")
	}
	if err := RunChild(t.Context(), strings.NewReader(""), nil); err == nil {
		t.Error("a child without an input did something")
	}
	noChildren(t)
}

// A mode that cannot be run is told, and takes no other with it.
func TestBrokenMode(t *testing.T) {
	rule, err := parse.ParseRule("t=title")
	if err != nil {
		t.Fatal(err)
	}
	list := append(modes(t, "sequential", ParseInProcess), modes(t, "goroutines=2", ParseWorkers)...)
	o := Options{
		Command: self(t, "child"), ParserCommand: []string{filepath.Join(t.TempDir(), "none")}, Recording: made(2, 1, 0, 10), Modes: list,
		MaxTime: time.Millisecond, Rules: parse.Rules{Select: []parse.Rule{rule}},
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Modes[0].Trials == 0 || r.Modes[1].Trials != 0 {
		t.Errorf("%+v", r.Modes)
	}
	if n := len(r.RejectedTrials); n == 0 || !strings.Contains(r.RejectedTrials[0].Reason, "it cannot be run: ") {
		t.Errorf("%+v", r.RejectedTrials)
	}
	o.Modes = list[1:]
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "mode goroutines=2: ") {
		t.Errorf("without another mode: %v", err)
	}
	noChildren(t)
}

func TestBadOptions(t *testing.T) {
	good := Options{Command: []string{"x"}, Recording: made(1, 1, 0, 10), Modes: modes(t, "sequential", ParseWorkers)}
	for name, change := range map[string]func(*Options){
		"no command":   func(o *Options) { o.Command = nil },
		"no recording": func(o *Options) { o.Recording = nil },
		"empty":        func(o *Options) { o.Recording = &Recording{rec: &recording.Recording{}} },
		"no modes":     func(o *Options) { o.Modes = nil },
		"time":         func(o *Options) { o.MaxTime = -1 },
		"rate":         func(o *Options) { o.Rate = -1 },
		"sweep":        func(o *Options) { o.Sweep = []int{0} },
		"no parser":    func(o *Options) { o.Rules.Text = true },
	} {
		o := good
		change(&o)
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// What a site answers is what is recorded; redirects stand behind what leads to them.
func TestRecord(t *testing.T) {
	s, err := site.New(site.Options{Seed: 3, Pages: 12, Hosts: 2, Traps: true, Gzip: true, LatencyMin: 5 * time.Millisecond, LatencyMax: 5 * time.Millisecond, CrawlDelay: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list := append(s.List(), "http://127.0.0.1:1/nobody", "not a URL", s.List()[0]+"#again")
	rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(list...), Rate: -1, Tries: 1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	left := rec.Left()
	if len(left) != 2 || left[0].URL != "not a URL" || !strings.HasPrefix(left[1].Reason, "connect: ") {
		t.Errorf("left out: %+v", left)
	}
	hops := 0
	for i, e := range rec.rec.Entries {
		if e.Hop {
			hops++
			if target(&rec.rec.Entries[i-1]) != e.URL {
				t.Errorf("%s is behind %s, which does not lead there", e.URL, rec.rec.Entries[i-1].URL)
			}
		}
		if e.FirstByte < 4*time.Millisecond || e.Status == 200 && len(e.Body) == 0 {
			t.Errorf("%s: first byte after %s, %d bytes", e.URL, e.FirstByte, len(e.Body))
		}
	}
	if hops == 0 || len(rec.delays()) != 2 {
		t.Errorf("%d hops, delays %v", hops, rec.delays())
	}
	if !rec.Knows(list[0]) || !rec.Knows("http://127.0.0.1:1/nobody") || rec.Knows(s.URL()+"other") {
		t.Error("it does not know what it holds")
	}
	path := filepath.Join(t.TempDir(), "site.rec")
	if err := rec.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	again, err := ReadRecording(path)
	if err != nil || again.URLs() != rec.URLs() || again.OneByOne() != rec.OneByOne() || !again.Made().Equal(rec.Made()) {
		t.Errorf("%v", err)
	}
	asked := s.Stats().Requests
	r, err := Run(t.Context(), Options{
		Command: self(t, "child"), Recording: again, Modes: modes(t, "sequential,goroutines=4", ""), MaxTime: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Modes {
		if m.Trials == 0 || m.Bytes != rec.rec.Bytes() || m.Errors != 0 {
			t.Errorf("%+v; rejected: %+v", m, r.RejectedTrials)
		}
	}
	if now := s.Stats().Requests; now != asked {
		t.Errorf("the replay asked the site %d times", now-asked)
	}
}

// Over TLS and HTTP/2 too: recorded from one server, replayed by another under the same address.
func TestRecordTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "<title>%s</title>", r.URL.Path)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	rec, err := Record(t.Context(), crawler.Options{
		List: crawler.URLs(s.URL+"/a", s.URL+"/b", s.URL+"/c"), Rate: -1, MinFree: -1, Fetch: fetch.Options{Insecure: true},
	})
	s.Close()
	if err != nil {
		t.Fatal(err)
	}
	if e := rec.rec.Entries[0]; !e.HTTP2 || len(rec.rec.Entries) != 3 {
		t.Errorf("%d entries, the first: %+v", len(rec.rec.Entries), e)
	}
	r, err := Run(t.Context(), Options{
		Command: self(t, "child"), Recording: rec, Modes: modes(t, "sequential,processes=2", ""), MaxTime: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Modes {
		if m.Trials == 0 || m.Errors != 0 || m.Bytes != rec.rec.Bytes() {
			t.Errorf("%+v; rejected: %+v", m, r.RejectedTrials)
		}
	}
}

func TestRecordNothing(t *testing.T) {
	for _, list := range [][]string{nil, {"http://127.0.0.1:1/"}} {
		_, err := Record(t.Context(), crawler.Options{List: crawler.URLs(list...), Tries: 1, MinFree: -1})
		if !errors.Is(err, ErrNothingRecorded) {
			t.Errorf("%v: %v", list, err)
		}
	}
}

// Live trials ask the site itself, as politely as they are told.
func TestLive(t *testing.T) {
	s, err := site.New(site.Options{Seed: 3, Pages: 6, Hosts: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rec, err := Record(t.Context(), crawler.Options{List: crawler.URLs(s.List()...), Rate: -1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	asked := s.Stats().Requests
	r, err := Run(t.Context(), Options{
		Command: self(t, "child"), Recording: rec, Modes: modes(t, "sequential,processes=2", ""), MaxTime: time.Millisecond,
		Live: true, Rate: 50, PerHost: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Modes {
		if m.Trials > 0 && m.Wall.Median < 0.1 {
			t.Errorf("%s took %gs for 6 URLs at 50 a second", m.Name, m.Wall.Median)
		}
	}
	if now := s.Stats().Requests; now < asked+12 || s.Stats().MaxActive > 4 {
		t.Errorf("the site was asked %d times, %d at once", now-asked, s.Stats().MaxActive)
	}
	if !r.Recording.Live {
		t.Error("it does not say that it was live")
	}
}
