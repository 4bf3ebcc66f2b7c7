package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"crawl/crawler/compare"
)

func TestReadable(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"https://xn--fsqu00a.xn--0zwm56d/%E4%B8%AD%E6%96%87?q=a%20b", "https://例子.测试/中文?q=a%20b"},
		{"http://a.example/%D6%D0%CE%C4", "http://a.example/%D6%D0%CE%C4"},               // GBK
		{"http://a.example/%E2%80%AEgpj.exe%2F", "http://a.example/%E2%80%AEgpj.exe%2F"}, // writes backwards
		{"http://a.example/\x1b[31m", "http://a.example/\uFFFD[31m"},
		{"http://a.example/%E4%B8", "http://a.example/%E4%B8"},
		{"http://a.example/100%", "http://a.example/100%"},
		{"http://a.example", "http://a.example/"},
		{"%E4%B8%AD", "中"},
		{"http://xn--fsqu00a.xn--0zwm56d:8080/a:b", "http://例子.测试:8080/a:b"},
		{"http://[2001:db8::1]/", "http://[2001:db8::1]/"},
		{"http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"},
	} {
		if got := readable(c.raw); got != c.want {
			t.Errorf("%q: got %q, want %q", c.raw, got, c.want)
		}
	}
	for raw, want := range map[string]string{
		"https://a.example/one/two/three/four":      "a.example/…hree/four",
		"https://a.example/one/two/":                "a.example/one/two/",
		"https://a-long-subdomain.of.example/three": "a-long-sub…ple/three",
		"https://a.example/一二三四五六七八":                "a.example/…五六七八",
		"no URL but a text that is long":            "…a text that is long",
	} {
		if got := shortened(raw, 20); columnsOf(got) > 20 || got != want {
			t.Errorf("%s: got %q", raw, got)
		}
	}
}

func FuzzReadable(f *testing.F) {
	f.Add("https://xn--fsqu00a.xn--0zwm56d/%E4%B8%AD%E6%96%87?q=a%20b")
	f.Add("http://a/%E2%80%AE\u202e\x00%")
	f.Add("://%ff%f")
	f.Fuzz(func(t *testing.T, raw string) {
		got := readable(raw)
		if got != visible(got) {
			t.Errorf("%q is shown as %q", raw, got)
		}
		if n := columnsOf(shortened(got, 20)); n > 20 {
			t.Errorf("%q is %d runes long", got, n)
		}
	})
}

func TestSegments(t *testing.T) {
	ms := time.Millisecond
	q := compare.Request{Due: 0, Sent: 10 * ms, Connect: 5 * ms, FirstByte: 20 * ms, Body: 3 * ms, Done: 40 * ms}
	got := segments(q)
	want := []segment{{queue, 0, 10 * ms}, {connect, 12 * ms, 17 * ms}, {firstByte, 17 * ms, 37 * ms}, {body, 37 * ms, 40 * ms}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("segment %d is %v, want %v", i, got[i], want[i])
		}
	}
	if over := segments(compare.Request{FirstByte: time.Second, Done: ms}); len(over) != 1 || over[0].to != ms {
		t.Errorf("phases longer than the request: %v", over)
	}
}

// The ceiling of the sweep counts what its points count: redirects are requests too.
func TestCeilingCountsRequests(t *testing.T) {
	r := &compare.Result{
		List:   compare.ListFacts{URLs: 50, Requests: 100},
		Bounds: []compare.Bound{{Name: compare.BoundCPU, Seconds: 2}, {Name: compare.BoundLatency, Seconds: 9}},
	}
	if rate, name := ceilingOf(r); rate != 50 || name != compare.BoundCPU {
		t.Errorf("%g by %s, want 50", rate, name)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Modes []struct {
			Wall compare.Interval `json:"wall_s"`
		} `json:"modes"`
		Sweep struct{ Points []any }
		Why   []string
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || len(got.Modes) != 6 || len(got.Sweep.Points) != 8 || len(got.Why) == 0 {
		t.Errorf("%v: %+v", err, got)
	}
	b.Reset()
	if err := JSON(&b, &compare.Result{}); err != nil || strings.Contains(b.String(), `"modes": null`) || strings.Contains(b.String(), `"rejected_trials": null`) {
		t.Errorf("%v: %s", err, b.String())
	}
}

// The object has every member that its readers were promised.
func TestJSONMembers(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	var object any
	if err := json.Unmarshal(b.Bytes(), &object); err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(`list.urls list.requests list.hosts list.bytes recording.file recording.live
		modes.name modes.kind modes.concurrency modes.processes modes.parse modes.trials modes.wall_s.median modes.wall_s.lo
		modes.wall_s.hi modes.speedup.median modes.speedup.lo modes.speedup.hi modes.cpu_s.user modes.cpu_s.system
		modes.cpu_s.children modes.max_rss_bytes modes.context_switches.voluntary modes.context_switches.involuntary
		modes.threads modes.goroutines modes.processes_peak modes.connections.opened modes.connections.reused modes.bytes
		modes.service_ms.p50 modes.service_ms.p95 modes.service_ms.p99 modes.felt_ms.p50 modes.felt_ms.p95 modes.felt_ms.p99
		modes.errors sweep.points.concurrency sweep.points.pages_per_s sweep.usl.lambda sweep.usl.sigma sweep.usl.kappa
		sweep.usl.r2 sweep.knee bounds.name bounds.seconds bottleneck advice.concurrency advice.text rejected_trials seed blocks`) {
		at := object
		for name := range strings.SplitSeq(path, ".") {
			if list, ok := at.([]any); ok && len(list) > 0 {
				at = list[0]
			}
			members, _ := at.(map[string]any)
			value, ok := members[name]
			if !ok {
				t.Errorf("there is no %s", path)
				break
			}
			at = value
		}
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 7 || len(rows[0]) != 3+len(compare.Figures()) {
		t.Fatalf("%v: %v", err, rows)
	}
	for i, f := range compare.Figures() {
		for k, m := range r.Modes {
			if got, err := strconv.ParseFloat(rows[k+1][3+i], 64); err != nil || got != f.Of(m) {
				t.Errorf("%s of %s is %q, want %g", f.Name, m.Name, rows[k+1][3+i], f.Of(m))
			}
		}
	}
}

// The package that benchstat reads with accepts every line.
func TestBenchfmt(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := Benchfmt(&b, r); err != nil {
		t.Fatal(err)
	}
	reader := benchfmt.NewReader(&b, "sample")
	walls := map[string]int{}
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(rec)
		case *benchfmt.Result:
			if v, ok := rec.Value("sec/op"); !ok || v <= 0 || rec.GetConfig("urls") != "240" {
				t.Errorf("%s: %v", rec.Name, rec.Values)
			}
			walls[string(rec.Name)]++
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	if len(walls) != 6 || walls["Compare/mode=processes=4x8"] != 7 {
		t.Errorf("results: %v", walls)
	}
}

// Perfetto's reader wants complete events with non-negative times, and slices of a thread that nest or are apart.
func TestTrace(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := Trace(&b, r); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []event `json:"traceEvents"`
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	requests := 0
	type thread struct{ process, thread int }
	busy := map[thread]float64{}
	names := map[thread]bool{}
	for _, e := range file.TraceEvents {
		on := thread{e.Process, e.Thread}
		switch {
		case e.Phase == "M":
			names[on] = true
		case e.Phase != "X" || e.Duration == nil || *e.Duration < 0 || e.At < 0 || !names[on]:
			t.Fatalf("event %+v", e)
		case e.Category == "request":
			requests++
			if e.At < busy[on]-0.001 {
				t.Fatalf("%+v overlaps what its thread did until %g", e, busy[on])
			}
			busy[on] = e.At + *e.Duration
		case e.At+*e.Duration > busy[on]+0.001:
			t.Fatalf("phase %+v is longer than its request, which ends at %g", e, busy[on])
		}
	}
	if requests != 6*240 {
		t.Errorf("%d requests", requests)
	}
}
