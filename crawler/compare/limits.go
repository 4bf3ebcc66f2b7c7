package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"crawl/sink/words"
)

// The bounds' names.
const (
	BoundSlowest    = "slowest-url"
	BoundLatency    = "latency"
	BoundBandwidth  = "bandwidth"
	BoundCPU        = "cpu"
	BoundPoliteness = "politeness"
	BoundStore      = "store"
)

// Bounds are the times that the mode cannot beat over the list (operational analysis: Denning and Buzen, 1978). Those of
// which the facts know nothing are left out.
func Bounds(f Facts, mode ModeSpec) []Bound {
	var bounds []Bound
	add := func(name string, seconds float64, format string, args ...any) {
		if seconds > 0 && !math.IsInf(seconds, 0) {
			bounds = append(bounds, Bound{Name: name, Seconds: seconds, Text: fmt.Sprintf(format, args...)})
		}
	}
	seconds, text := f.slowest()
	add(BoundSlowest, seconds, "%s", text)
	n := float64(max(mode.Concurrency, 1))
	add(BoundLatency, f.serviceSum()/n, "%s of %s, %d at a time", words.Plural(f.URLs, "request"),
		words.Seconds(f.serviceSum()/float64(max(f.URLs, 1))), max(mode.Concurrency, 1))
	if f.Bandwidth > 0 {
		add(BoundBandwidth, float64(f.Bytes)/f.Bandwidth, "%s at %s/s", words.Bytes(f.Bytes), words.Bytes(f.Bandwidth))
	}
	if p := processorsOf(f, mode); p > 0 {
		add(BoundCPU, f.cpuSum()/float64(p), "%s of %s of work on %s", words.Plural(f.URLs, "answer"),
			words.Seconds(f.cpuSum()/float64(max(f.URLs, 1))), words.Plural(p, "processor"))
	}
	seconds, text = f.politeness()
	add(BoundPoliteness, seconds, "%s", text)
	add(BoundStore, float64(f.URLs)*f.StorePerURL, "%s of %s in the one writer of the store", words.Plural(f.URLs, "page"), words.Seconds(f.StorePerURL))
	return bounds
}

// slowest is the longest that one URL takes, with those that its redirects lead to.
func (f Facts) slowest() (seconds float64, text string) {
	if len(f.Service) == 0 {
		return 0, ""
	}
	seconds = slices.Max(f.Service).Seconds()
	text = "the slowest URL alone takes " + words.Seconds(seconds)
	for _, c := range f.Chains {
		if s := c.Service.Seconds(); s > seconds {
			seconds = s
			text = fmt.Sprintf("the slowest URL alone takes %s, with %s one after another", words.Seconds(s), words.Plural(c.Requests-1, "redirect"))
		}
	}
	return seconds, text
}

func (f Facts) serviceSum() float64 {
	var sum time.Duration
	for _, s := range f.Service {
		sum += s
	}
	return sum.Seconds()
}

func (f Facts) cpuSum() float64 { return float64(f.URLs) * (f.CPUPerURL + f.ParseCPU) }

// processorsOf is how many processors the mode can use at one time.
func processorsOf(f Facts, mode ModeSpec) int {
	switch mode.Kind {
	case KindSequential, KindEventLoop:
		return min(f.Processors, 1)
	case KindProcesses:
		return min(f.Processors, max(mode.Processes, 1))
	}
	return f.Processors
}

// politeness is the time that the busiest host's rate, or its limit of fetches at one time, takes at least.
func (f Facts) politeness() (seconds float64, text string) {
	if len(f.Hosts) == 0 {
		return 0, ""
	}
	if f.Rate > 0 {
		most := slices.MaxFunc(f.Hosts, func(a, b HostFacts) int { return cmp.Compare(a.URLs, b.URLs) })
		seconds = float64(most.URLs-1) / f.Rate
		text = fmt.Sprintf("%s x %s requests/s; %s alone has %s", words.Plural(len(f.Hosts), "host"), words.Number(f.Rate), most.Host, words.Plural(most.URLs, "request"))
	}
	if f.PerHost > 0 {
		most := slices.MaxFunc(f.Hosts, func(a, b HostFacts) int { return cmp.Compare(a.Service, b.Service) })
		if s := most.Service.Seconds() / float64(f.PerHost); s > seconds {
			seconds = s
			text = fmt.Sprintf("%s x %d at a time; %s alone answers for %s", words.Plural(len(f.Hosts), "host"), f.PerHost, most.Host, words.Seconds(most.Service.Seconds()))
		}
	}
	return seconds, text
}

// largest is the bound that holds; its Seconds are 0 where none is known. Ties go to the first.
func largest(bounds []Bound, except ...string) Bound {
	var top Bound
	for _, b := range bounds {
		if b.Seconds > top.Seconds && !slices.Contains(except, b.Name) {
			top = b
		}
	}
	return top
}
