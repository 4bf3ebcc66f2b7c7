package compare

import (
	"strings"
	"testing"
)

func assertModes() []ModeResult {
	return []ModeResult{
		{Name: "sequential", Kind: KindSequential, Trials: 5, Wall: Interval{10, 9.9, 10.1}, MaxRSS: 20e6},
		{Name: "goroutines=32", Kind: KindGoroutines, Trials: 5, Wall: Interval{0.5, 0.49, 0.51}, Speedup: Interval{20, 19, 21}},
		{Name: "event-loop=32", Kind: KindEventLoop, Trials: 5, Wall: Interval{0.6, 0.5, 0.7}, CPU: CPUSeconds{1, 2, 3}},
		{Name: "processes=4", Kind: KindProcesses, Trials: 5, Wall: Interval{3, 3, 3}},
		{Name: "processes=4x8", Kind: KindProcesses, Trials: 0},
		{Name: "goroutines=32#2", Kind: "", Trials: 5, Wall: Interval{0.5, 0.4, 0.6}},
	}
}

func TestAssertion(t *testing.T) {
	r := &Result{Modes: assertModes()}
	for text, want := range map[string]bool{
		"goroutines.wall < 0.1*sequential.wall":              true,
		"goroutines=32.wall<.1*sequential.wall_s.median":     true,
		"goroutines.wall >= sequential.wall":                 false,
		"goroutines.speedup.lo > 18":                         true,
		"event-loop.cpu == 6":                                true,
		"event-loop=32.cpu.user-event-loop.cpu.system == -1": true,
		"processes=4.wall != 3":                              false,
		"2 + 3 * 4 - 6 / 2 == 11":                            true,
		"(2 + 3) * -(4 - 2) == -10":                          true,
		"sequential.max_rss_bytes <= 2e+7":                   true,
		"8 - 3 - 2 == 3":                                     true,
		"\"goroutines=32#2\".wall.hi<1":                      true,
		"goroutines=32#2.wall<=goroutines=32.wall":           true,
		" sequential.errors\t==\n0 ":                         true,
	} {
		a, err := ParseAssertion(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, words, err := a.Check(r)
		if err != nil || got != want {
			t.Errorf("%s: %t (%s), %v", text, got, words, err)
		}
	}
	a, _ := ParseAssertion("goroutines.wall < 0.01*sequential.wall + 0*sequential.wall")
	if _, words, _ := a.Check(r); words != "goroutines.wall = 0.5, sequential.wall = 10: 0.5 < 0.1 is false" {
		t.Errorf("figures: %s", words)
	}
}

func TestAssertionMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "expected a number",
		"goroutines.wall":                        "expected one of <",
		"goroutines.wall < ":                     "expected a number",
		"goroutines < 3":                         "expected a dot and a figure behind mode \"goroutines\"",
		"goroutines. < 3":                        "expected a figure behind",
		"1 < 2 < 3":                              "one comparison",
		"(1 < 2":                                 "expected )",
		"1.2.3 < 4":                              "is no number",
		"\"a.wall < 3":                           "closing",
		strings.Repeat("(", 200) + "1":           "nested",
		strings.Repeat("-", 200) + "1 < 1":       "nested",
		strings.Repeat("1+", 3000) + "1 < 1":     "characters",
		"goroutines.wall = 3":                    "expected one of <",
		"goroutines.wall < 3; rm":                "expected + - * / or the end",
		"goroutines.wall <\x00 3":                "expected a number",
		"goroutines=32.wall < sequential=1 + 2":  "expected a dot",
		"goroutines.wall < \xff":                 "expected a number",
		"sequential.wall << 3":                   "expected a number",
		"sequential.wall < 1e999":                "is no number",
		"sequential.wall < sequential.wall.lo)":  "expected + - * /",
		"sequential.wall < 3 sequential.wall":    "expected + - * /",
		"sequential.wall ~ 3":                    "expected one of <",
		"sequential.wall < 3e":                   "is no number",
		"sequential.wall < +3":                   "expected a number",
		"sequential.wall < sequential .wall":     "expected a dot",
		"sequential.wall < processes=x.wall + 1": "expected a dot",
	} {
		if _, err := ParseAssertion(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestAssertionUnknowns(t *testing.T) {
	modes := assertModes()
	var specs []ModeSpec
	for _, m := range modes {
		specs = append(specs, ModeSpec{Name: m.Name, Kind: m.Kind})
	}
	for text, want := range map[string]string{
		"threads.wall < 3":                     `there is no mode "threads"; there are sequential, goroutines=32,`,
		"goroutines.speed < 3":                 `there is no figure "speed"; there are concurrency,`,
		"processes.wall < 3":                   "processes may be processes=4 or processes=4x8: write which",
		"3 < sequential.wall*goroutines=7.cpu": `there is no mode "goroutines=7"`,
	} {
		a, err := ParseAssertion(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Known(specs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
		if _, _, err := a.Check(&Result{Modes: modes}); err == nil {
			t.Errorf("%s: was evaluated", text)
		}
	}
	for text, want := range map[string]string{
		"sequential.wall / sequential.errors > 3": "divides by zero",
		"processes=4x8.wall > 3":                  "no counted trial",
	} {
		a, err := ParseAssertion(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Known(specs); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, _, err := a.Check(&Result{Modes: modes}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// Every figure can be named, both ways.
func TestFiguresCanBeAsserted(t *testing.T) {
	r := &Result{Modes: assertModes()}
	for _, f := range Figures() {
		for _, name := range []string{f.Name, f.Path} {
			a, err := ParseAssertion("sequential." + name + " >= 0 - 1")
			if err != nil {
				t.Fatal(err)
			}
			if ok, words, err := a.Check(r); !ok || err != nil {
				t.Errorf("%s: %t, %s, %v", name, ok, words, err)
			}
		}
	}
}

func FuzzParseAssertion(f *testing.F) {
	for _, s := range []string{
		"goroutines.wall < 0.1*sequential.wall", "goroutines=32.wall<.1*sequential.wall_s.median", "(2+3)*-(4-2)==-10",
		"\"a\".wall/0>=1e3", "processes=4x8.felt.p99 != 1", "((", "1e+", "--1<1", "a.b.c<\"", "event-loop.cpu.user-event-loop.cpu > 1",
	} {
		f.Add(s)
	}
	r := &Result{Modes: assertModes()}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAssertion(text)
		if err != nil {
			return
		}
		holds, words, err := a.Check(r)
		if err == nil && words == "" {
			t.Errorf("no figures for %q (%t)", text, holds)
		}
		if again, err2 := ParseAssertion(a.String()); err2 != nil || again.String() != text {
			t.Errorf("%q reads back as %v, %v", text, again, err2)
		}
	})
}
