package compare

import (
	"slices"
	"strings"
	"testing"
)

func TestParseModes(t *testing.T) {
	list, err := ParseModes("sequential, threads=32,goroutines,event-loop=8,processes=4,processes=4x8,processes,goroutines=16", 16, 2, ParseWorkers)
	if err != nil {
		t.Fatal(err)
	}
	want := []ModeSpec{
		{"sequential", KindSequential, 1, 1, ParseWorkers},
		{"threads=32", KindThreads, 32, 1, ParseWorkers},
		{"goroutines=16", KindGoroutines, 16, 1, ParseWorkers},
		{"event-loop=8", KindEventLoop, 8, 1, ParseWorkers},
		{"processes=4", KindProcesses, 4, 4, ParseWorkers},
		{"processes=4x8", KindProcesses, 32, 4, ParseWorkers},
		{"processes=2", KindProcesses, 2, 2, ParseWorkers},
		{"goroutines=16#2", KindGoroutines, 16, 1, ParseWorkers},
	}
	if !slices.Equal(list, want) {
		t.Errorf("%+v", list)
	}
}

func TestBadModes(t *testing.T) {
	for text, say := range map[string]string{
		"":                      "there is no mode",
		"coroutines=3":          `no mode "coroutines=3"`,
		"sequential=2":          "takes no number",
		"processes=0":           `"0" is not a number from 1`,
		"processes=2x0":         `"0" is not a number from 1`,
		"processes=2x":          `"" is not a number from 1`,
		"processes=257":         "at most 256 processes",
		"processes=256x17":      "4096 fetches",
		"goroutines=-1":         `"-1" is not a number`,
		"threads=1e3":           `"1e3" is not a number`,
		"goroutines=5000":       "from 1 to 4096",
		strings.Repeat(",", 40): "no mode",
		strings.TrimSuffix(strings.Repeat("sequential,", 33), ","): "at most 32",
	} {
		if _, err := ParseModes(text, 8, 2, ""); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want %q", text, err, say)
		}
	}
	if _, err := ParseModes("sequential", 0, 2, ""); err == nil {
		t.Error("a concurrency of 0 was taken")
	}
}

func FuzzParseModes(f *testing.F) {
	f.Add("sequential,threads=32,goroutines=32,event-loop=32,processes=4,processes=4x8")
	f.Add("processes=x,=,goroutines=99999999999999999999")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseModes(text, 8, 2, "")
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, m := range list {
			if names[m.Name] || m.Concurrency < 1 || m.Processes < 1 || m.Concurrency%m.Processes != 0 {
				t.Errorf("%q: %+v", text, m)
			}
			names[m.Name] = true
		}
	})
}

func TestSweepModes(t *testing.T) {
	got := sweepModes([]ModeSpec{{Name: "goroutines=4", Kind: KindGoroutines, Concurrency: 4}}, []int{1, 4, 8, 8}, "")
	if len(got) != 2 || got[0].Name != "goroutines=1" || got[1].Concurrency != 8 {
		t.Errorf("%+v", got)
	}
}
