package parse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// command is the test binary as a worker of a kind.
func command(t testing.TB, kind string) []string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, "stand-in", kind}
}

// testEnvironment is what workers get; they end at once with the race detector too.
func testEnvironment() []string { return []string{"GOMAXPROCS=1", "GORACE=atexit_sleep_ms=0"} }

// impatient is for tests of workers that do not start.
var impatient = timing{start: 2 * time.Second, outage: 300 * time.Millisecond, firstBackoff: 5 * time.Millisecond, lastBackoff: 50 * time.Millisecond, watch: 5 * time.Millisecond}

// quick is for all other tests.
var quick = timing{start: 20 * time.Second, outage: 20 * time.Second, firstBackoff: 5 * time.Millisecond, lastBackoff: 50 * time.Millisecond, watch: 5 * time.Millisecond}

// startPool starts a pool of test workers, and checks that nothing of it stays.
func startPool(t testing.TB, kind string, o PoolOptions, times timing) *Pool {
	t.Helper()
	before := countFiles(t)
	if o.Dial == nil && o.Command == nil {
		o.Command = command(t, kind)
	}
	o.Env = testEnvironment()
	if o.Log == nil {
		o.Log = func(worker string, line []byte) { t.Logf("%s: %q", worker, line) }
	}
	p, err := newPool(o, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Terminate()
		p.Wait()
		if after := countFiles(t); after > before {
			t.Errorf("%d descriptors before, %d after", before, after)
		}
		if n := countChildren(t); n > 0 {
			t.Errorf("%d child processes are left", n)
		}
	})
	return p
}

func page(body string) *Document {
	return &Document{URL: "http://example.com/a/b.html", ContentType: "text/html; charset=utf-8", Body: []byte(body)}
}

// mustDo gives the result of a page, which must be a good one.
func mustDo(t *testing.T, p *Pool, body string) Extraction {
	t.Helper()
	x, err := p.Do(t.Context(), page(body))
	if err != nil {
		t.Fatalf("%.40q: %v", body, err)
	}
	return x
}

func TestPoolAnswersLikeInProcess(t *testing.T) {
	rules := mustRules(t, true, "h=h1", "a=a@href", "none=.none", "p=p")
	p := startPool(t, "good", PoolOptions{Rules: rules, Sandbox: true}, quick)
	for _, doc := range []*Document{
		page("<h1>One</h1><h1>Two</h1><p>äöü\x00\xff<a href=c.html>l</a><a href='mailto:x'>m</a><a href='http://[bad'>n</a><a href='HTTP://EXAMPLE.com/%7e x'>u</a>"),
		page(""),
		{URL: "http://example.com/", ContentType: "image/png", Body: []byte("\x89PNG\r\n\x1a\n")},
		{URL: "no url", ContentType: "text/html", Body: []byte("<a href=x>")},
		{URL: "http://example.com/", ContentType: "text/plain", Body: []byte("plain\r\ntext")},
		page(strings.Repeat("<p>much text</p>", 40_000)),
		page(strings.Repeat("<div>", 600)),
	} {
		want, wantErr := NewInProcess().Extract(t.Context(), doc, rules)
		got, gotErr := p.Do(t.Context(), doc)
		if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
			t.Errorf("%.40q: errors %v and %v, (-in process +worker)\n%s", doc.Body, wantErr, gotErr, diff)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := p.Do(t.Context(), page("")); !errors.Is(err, ErrClosed) {
		t.Errorf("behind Close: %v", err)
	}
	if s := p.Stats(); s.Jobs != 7 || s.Restarts != 0 || s.Quarantined != 1 || s.ChildCPU <= 0 {
		t.Errorf("%+v", s)
	}
}

func TestExtractWithOtherRules(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1}, quick)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			name := fmt.Sprintf("n%d", i%12)
			x, err := p.Extract(t.Context(), page("<h1>T</h1>"), mustRules(t, false, name+"=h1"))
			if want := []Field{{Name: name, Values: []string{"T"}}}; err != nil || !cmp.Equal(x.Fields, want) {
				t.Errorf("%v %v", x, err)
			}
		})
	}
	all.Wait()
	_, err := p.Extract(t.Context(), page(""), Rules{Select: []Rule{{Name: "x", CSS: "("}}})
	if !errors.Is(err, ErrRule) {
		t.Errorf("bad rule: %v", err)
	}
}

// blamed are pages and pictures that a worker does not survive, and what each is blamed for.
func blamed() map[string]error {
	bad := map[string]error{
		"#exit\n": ErrParseCrash, "#kill\n": ErrParseCrash, "#hang\n": ErrParseTimeout, "#slow\n": ErrParseTimeout, "#panic\n": ErrParseCrash,
	}
	if runtime.GOOS == "linux" { // memory is watched nowhere else
		bad["#swell\n"] = ErrParseMemory
	}
	return bad
}

func TestBadPagesAreBlamedAndOthersAreNot(t *testing.T) {
	for body, want := range blamed() {
		t.Run(strings.Trim(body, "#\n"), func(t *testing.T) {
			var mu sync.Mutex
			var kept []string
			o := PoolOptions{
				Workers: 2, Deadline: 20 * time.Second, MemoryBytes: 200 << 20, Rules: mustRules(t, false, "h=h1"),
				Quarantine: func(doc *Document, rules Rules, err error) {
					mu.Lock()
					defer mu.Unlock()
					kept = append(kept, string(doc.Body))
					if len(rules.Select) != 1 || !errors.Is(err, want) {
						t.Errorf("quarantined with %v: %v", rules, err)
					}
				},
			}
			if errors.Is(want, ErrParseTimeout) {
				o.Deadline = 600 * time.Millisecond
			}
			p := startPool(t, "good", o, quick)
			var futures []*Future
			for i := range 40 {
				doc := page(fmt.Sprintf("<h1>%d</h1>", i))
				if i == 17 {
					doc = page(body)
				}
				f, err := p.Submit(t.Context(), doc)
				if err != nil {
					t.Fatal(err)
				}
				futures = append(futures, f)
			}
			for i, f := range futures {
				x, err := f.Wait(t.Context())
				switch {
				case i == 17 && !errors.Is(err, want):
					t.Errorf("the bad page: %v", err)
				case i == 17:
					t.Log(err)
				case err != nil || x.Fields[0].Values[0] != fmt.Sprint(i):
					t.Errorf("page %d: %v %v", i, x, err)
				}
			}
			if len(kept) != 1 || kept[0] != body {
				t.Errorf("quarantine: %q", kept)
			}
		})
	}
}

func TestWorkersThatDoNotKeepToTheProtocol(t *testing.T) {
	for kind := range badWorkers() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			warnings := atomic.Int32{}
			p := startBad(t, kind, &warnings)
			var futures []*Future
			for range 4 {
				f, err := p.Submit(t.Context(), page("x"))
				if err != nil {
					t.Fatal(err)
				}
				futures = append(futures, f)
			}
			for _, f := range futures {
				checkBad(t, kind, f)
			}
			if n := warnings.Load(); n > 1 {
				t.Errorf("%d warnings", n)
			}
			p.Close()
		})
	}
}

// A worker that does not read, or answers before it has read, cannot hold the pool up, however large the page is.
func TestLargePagesAndWorkersThatDoNotReadThem(t *testing.T) {
	large := page(strings.Repeat("x", 5<<20))
	for kind, want := range map[string]error{"never reads": ErrParseTimeout, "answers unasked": nil, "exits with a batch": ErrParseCrash} {
		t.Run(kind, func(t *testing.T) {
			p := startPool(t, kind, PoolOptions{Workers: 1, Deadline: 200 * time.Millisecond}, quick)
			for range 2 {
				if _, err := p.Do(t.Context(), large); !errors.Is(err, want) {
					t.Error(err)
				}
			}
		})
	}
}

// The caller has its page back when Do returns, also while the page is on its way to a worker.
func TestCancelledLargePage(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, Rules: Rules{Text: true}}, quick)
	for i := range 20 {
		doc := page(strings.Repeat("x", 8<<20))
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond/2)
		_, err := p.Do(ctx, doc)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) && err != nil {
			t.Error(err)
		}
		clear(doc.Body) // the race detector sees who reads it still
	}
	if x := mustDo(t, p, "after"); x.Text != "after" || p.Stats().Restarts != 0 {
		t.Errorf("%v, %+v", x, p.Stats())
	}
}

// A worker whose first document was given up before it came has work to do all the same.
func TestFirstDocumentIsGivenUp(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, Rules: Rules{Text: true}}, quick)
	ctx, cancel := context.WithCancel(t.Context())
	f, err := p.Submit(ctx, page("given up"))
	cancel()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Wait(t.Context()); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if x := mustDo(t, p, "after"); x.Text != "after" {
		t.Errorf("%+v", x)
	}
}

// startBad is startPool for tests that run at the same time: descriptors and children cannot be counted.
func startBad(t *testing.T, kind string, warnings *atomic.Int32) *Pool {
	t.Helper()
	times := impatient
	times.start = 10 * time.Second
	if kind == "never says hello" {
		times.start = 100 * time.Millisecond
	}
	deadline := 20 * time.Second
	if errors.Is(expected(kind), ErrParseTimeout) || kind == "answers unasked" { // once, and then never
		deadline = 300 * time.Millisecond
	}
	p, err := newPool(PoolOptions{
		Command: command(t, kind), Env: testEnvironment(), Workers: 2, Deadline: deadline, Warn: func(err error) { warnings.Add(1); t.Log(err) },
	}, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Terminate(); p.Wait() })
	return p
}

// expected is the error of a page that a bad worker had.
func expected(kind string) error {
	switch kind {
	case "exits at once", "never says hello", "other version", "long name", "garbage for hello":
		return ErrNoWorkers
	case "never reads", "never answers", "half a message and silence", "endless trickle":
		return ErrParseTimeout
	case "once and gone", "answers unasked", "twice", "twice, the second later":
		return nil
	}
	return ErrParseCrash
}

// checkBad checks the result of a page that a bad worker had.
func checkBad(t *testing.T, kind string, f *Future) {
	t.Helper()
	x, err := f.Wait(t.Context())
	if err == nil && x.Text == "good" && strings.HasPrefix(kind, "half") {
		return // the half with this result
	}
	if !errors.Is(err, expected(kind)) || err == nil && x.Text != "good" {
		t.Errorf("%v %v, want %v", x, err, expected(kind))
	}
	t.Log(err)
}

func TestPrintingDoesNotDisturb(t *testing.T) {
	var mu sync.Mutex
	var log strings.Builder
	p := startPool(t, "good", PoolOptions{Workers: 1, Log: func(w string, line []byte) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&log, "%s %s\n", w, line)
	}}, quick)
	mustDo(t, p, "#print\n")
	mustDo(t, p, "#print\n")
	p.Close()
	const once = "w1 printed to standard output\nw1 printed to standard error\n"
	if got := log.String(); got != once+once {
		t.Errorf("log: %q", got)
	}
}

func TestRecycling(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2, RecycleAfter: 10}, quick)
	pids := map[string]int{}
	for p.Stats().Restarts < 10 {
		pids[mustDo(t, p, "#pid\n").Text]++
	}
	p.Close()
	if len(pids) < 8 {
		t.Errorf("pages were answered by %d processes only", len(pids))
	}
	for _, w := range p.Workers() {
		if w.LastExit == "" || w.State != WorkerStopped || w.PID != 0 {
			t.Errorf("%+v", w)
		}
	}
}

func TestInitIsTold(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, Init: map[string]string{"refuse": "not today"}}, impatient)
	_, err := p.Do(t.Context(), page(""))
	if !errors.Is(err, ErrNoWorkers) || !strings.Contains(err.Error(), "not today") {
		t.Error(err)
	}
	for _, wrong := range []error{ErrProtocol, ErrNotAWorker} { // it spoke, as a worker does
		if strings.Contains(err.Error(), wrong.Error()) {
			t.Errorf("%v says %v", err, wrong)
		}
	}
	if s := p.Stats(); s.Jobs != 0 {
		t.Errorf("a page that no worker had is counted: %+v", s)
	}
}

func TestMissingProgram(t *testing.T) {
	if _, err := NewPool(PoolOptions{Command: []string{"/no/such/program"}}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := NewPool(PoolOptions{}); err == nil {
		t.Error("a pool without a command")
	}
}

func TestWorkersInfo(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, Sandbox: true}, quick)
	mustDo(t, p, "x")
	w := p.Workers()[0]
	if w.Name != "w1" || w.PID == 0 || w.State != WorkerIdle && w.State != WorkerBusy || w.Jobs != 1 || w.Says != "good" {
		t.Errorf("%+v", w)
	}
	if runtime.GOOS == "linux" && (w.Memory < 1<<20 || len(w.Kept) < 4) {
		t.Errorf("%+v", w)
	}
	if _, err := p.Do(t.Context(), page("#exit\n")); !errors.Is(err, ErrParseCrash) {
		t.Error(err)
	}
	if w := p.Workers()[0]; w.LastExit != "exit status 3" || w.Jobs != 2 {
		t.Errorf("%+v", w)
	}
}

func TestCallbacks(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1}, quick)
	f, err := p.Submit(t.Context(), page("text"))
	if err != nil {
		t.Fatal(err)
	}
	called := make(chan error, 2)
	f.OnDone(func(_ Extraction, err error) { called <- err })
	if err := <-called; err != nil {
		t.Error(err)
	}
	<-f.Done()
	f.OnDone(func(_ Extraction, err error) { called <- err })
	if len(called) != 1 {
		t.Error("not called at once")
	}
	f.Cancel() // too late
	if _, err := f.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCancel(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1, QueueSize: 1}, quick)
	ctx, cancel := context.WithCancel(t.Context())
	hanging, err := p.Submit(ctx, page("#slow\n"))
	if err != nil {
		t.Fatal(err)
	}
	for p.Workers()[0].State != WorkerBusy {
		time.Sleep(time.Millisecond)
	}
	waiting, err := p.Submit(ctx, page("y"))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := p.Submit(ctx, page("z")); !errors.Is(err, context.Canceled) {
		t.Errorf("Submit at a full queue: %v", err)
	}
	if _, err := p.Do(ctx, page("z")); !errors.Is(err, context.Canceled) {
		t.Errorf("Do: %v", err)
	}
	hanging.Cancel()
	waiting.Cancel()
	for _, f := range []*Future{hanging, waiting} {
		if _, err := f.Wait(t.Context()); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	p.Terminate()
	p.Wait()
}

func TestTerminateWithWorkInHand(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2}, quick)
	var futures []*Future
	for range 50 {
		f, err := p.Submit(t.Context(), page("#slow\n"))
		if err != nil {
			t.Fatal(err)
		}
		futures = append(futures, f)
	}
	p.Terminate()
	p.Wait()
	for _, f := range futures {
		if _, err := f.Wait(t.Context()); !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
	if _, err := p.Submit(t.Context(), page("")); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestCloseFinishesAll(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2, Rules: Rules{Text: true}}, quick)
	n := atomic.Int32{}
	for range 100 {
		f, err := p.Submit(t.Context(), page("text"))
		if err != nil {
			t.Fatal(err)
		}
		f.OnDone(func(x Extraction, err error) {
			if err == nil && x.Text == "text" {
				n.Add(1)
			}
		})
	}
	p.Close()
	if n.Load() != 100 {
		t.Errorf("%d of 100 were finished", n.Load())
	}
}
