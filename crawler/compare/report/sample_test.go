package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"crawl/crawler/compare"
)

// sample is a comparison as it comes out of a real list: 240 URLs of 6 hosts, some with Chinese names, replayed to six modes and
// swept. It is simulated with a fixed seed.
func sample() *compare.Result {
	rng := rand.New(rand.NewPCG(5, 2026))
	pages := samplePages(rng)
	modes := []compare.ModeSpec{
		{Name: "sequential", Kind: compare.KindSequential, Concurrency: 1, Processes: 1},
		{Name: "goroutines=32", Kind: compare.KindGoroutines, Concurrency: 32, Processes: 1},
		{Name: "threads=32", Kind: compare.KindThreads, Concurrency: 32, Processes: 1},
		{Name: "event-loop=32", Kind: compare.KindEventLoop, Concurrency: 32, Processes: 1},
		{Name: "processes=4", Kind: compare.KindProcesses, Concurrency: 4, Processes: 4},
		{Name: "processes=4x8", Kind: compare.KindProcesses, Concurrency: 32, Processes: 4},
	}
	trials := sampleTrials(rng, modes, pages)
	r := &compare.Result{
		Modes: compare.Summarise(modes, trials, 5), Traces: compare.MedianTraces(modes, trials),
		Seed: 5, Blocks: 7, RejectedTrials: []compare.Rejected{
			{Mode: "event-loop=32", Block: 3, Reason: "other work took 14 % of the processors"},
		},
		Sweep: sampleSweep(rng, pages), Recording: compare.RecordingFacts{File: "list.crec"},
	}
	f := sampleFacts(pages)
	r.List = compare.ListFacts{URLs: f.URLs, Requests: f.URLs, Hosts: len(f.Hosts), Bytes: f.Bytes}
	r.Conclude(f)
	return r
}

type samplePage struct {
	url                               string
	host                              int
	connect, tls, dns, first, content time.Duration
	bytes                             int64
}

func samplePages(rng *rand.Rand) []samplePage {
	hosts := []string{"www.example.org", "例子.测试", "img.example.net", "docs.example.com", "zh.example.org", "news.example.com"}
	words := []string{"%E4%B8%AD%E6%96%87/%E7%88%AC%E8%99%AB", "guide/start", "a/b/c?page=", "%E5%9B%BE%E7%89%87/", "2026/11/story-and-a-name-that-is-much-too-long-for-any-line-of-a-drawing/", "%E4%B8%AD%E6%96%87%E7%9A%84%E6%A0%87%E9%A2%98%E4%B9%9F%E5%8F%AF%E4%BB%A5%E5%BE%88%E9%95%BF%E5%BE%88%E9%95%BF%E5%BE%88%E9%95%BF%E5%BE%88%E9%95%BF%E5%BE%88%E9%95%BF/", "wiki/%E5%B9%B6%E5%8F%91"}
	ms := func(mean, spread float64) time.Duration {
		return time.Duration(mean * math.Exp(spread*rng.NormFloat64()) * float64(time.Millisecond))
	}
	pages := make([]samplePage, 240)
	for i := range pages {
		h := i % len(hosts)
		pages[i] = samplePage{
			url: fmt.Sprintf("https://%s/%s%d", hosts[h], words[(i*7+h)%len(words)], i), host: h,
			dns: ms(4, 0.5), connect: ms(18, 0.2), tls: ms(26, 0.2), first: ms(60+20*float64(h), 0.5), content: ms(12, 0.9),
			bytes: int64(20000 * math.Exp(0.8*rng.NormFloat64())),
		}
	}
	return pages
}

func (p samplePage) service() time.Duration { return p.first + p.content }

func sampleFacts(pages []samplePage) compare.Facts {
	f := compare.Facts{URLs: len(pages), Processors: 2, PerHost: 0}
	hosts := map[int]compare.HostFacts{}
	for _, p := range pages {
		f.Service = append(f.Service, p.service())
		f.Bytes += p.bytes
		h := hosts[p.host]
		h.Host, h.URLs, h.Service = fmt.Sprint("host", p.host), h.URLs+1, h.Service+p.service()
		hosts[p.host] = h
	}
	for _, h := range hosts {
		f.Hosts = append(f.Hosts, h)
	}
	return f
}

func sampleTrials(rng *rand.Rand, modes []compare.ModeSpec, pages []samplePage) []compare.Trial {
	var trials []compare.Trial
	for block := range 8 {
		for _, m := range modes {
			trials = append(trials, sampleTrial(m, block, pages, math.Exp(0.015*rng.NormFloat64())))
		}
	}
	return trials
}

// sampleTrial runs the pages through slots that each take the next page when they are free.
func sampleTrial(m compare.ModeSpec, block int, pages []samplePage, noise float64) compare.Trial {
	free := make([]time.Duration, m.Concurrency)
	warm := map[[2]int]bool{}
	t := compare.Trial{Mode: m.Name, Block: block}
	for _, p := range pages {
		slot := 0
		for i := range free {
			if free[i] < free[slot] {
				slot = i
			}
		}
		q := compare.Request{URL: p.url, Sent: free[slot], Status: 200, Bytes: p.bytes, Worker: slot}
		if m.Kind == compare.KindProcesses {
			q.Worker = slot % m.Processes
		}
		if key := [2]int{slot, p.host}; !warm[key] {
			warm[key] = true
			q.DNS, q.Connect, q.TLS = p.dns, p.connect, p.tls
			t.Connections.Opened++
		}
		q.FirstByte = time.Duration(float64(p.first) * noise)
		q.Body = time.Duration(float64(p.content) * noise)
		q.Parse = time.Millisecond
		q.Done = q.Sent + q.DNS + q.Connect + q.TLS + q.FirstByte + q.Body + q.Parse + 200*time.Microsecond
		free[slot] = q.Done
		t.Wall, t.Bytes = max(t.Wall, q.Done), t.Bytes+p.bytes
		t.Requests = append(t.Requests, q)
	}
	t.Connections.Reused = len(pages) - t.Connections.Opened
	return sampleCosts(t, m, noise)
}

func sampleCosts(t compare.Trial, m compare.ModeSpec, noise float64) compare.Trial {
	n, p := int64(m.Concurrency), int64(m.Processes)
	t.CPU = compare.CPUSeconds{User: 0.11 * noise * (1 + 0.3*float64(p)), System: 0.04 * noise}
	if m.Kind == compare.KindProcesses {
		t.CPU.Children = 0.12 * float64(p)
	}
	t.MaxRSS = 17e6*p + 120e3*n
	t.ContextSwitches = compare.ContextSwitches{Voluntary: 400 + 30*n, Involuntary: 12 * p}
	t.Threads, t.Goroutines, t.Processes = int(6*p), int(4*p+3*n), int(p)
	if m.Kind == compare.KindThreads {
		t.Threads, t.ContextSwitches.Voluntary = 38, 2900
	}
	return t
}

func sampleSweep(rng *rand.Rand, pages []samplePage) *compare.Sweep {
	var modes []compare.ModeSpec
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64, 128} {
		modes = append(modes, compare.ModeSpec{Name: fmt.Sprint("goroutines=", n), Kind: compare.KindGoroutines, Concurrency: n, Processes: 1})
	}
	var trials []compare.Trial
	for block := 1; block <= 5; block++ {
		for _, m := range modes {
			t := sampleTrial(m, block, pages, math.Exp(0.04*rng.NormFloat64()))
			t.Wall += time.Duration(m.Concurrency) * 7 * time.Millisecond
			trials = append(trials, t)
		}
	}
	return compare.SummariseSweep(modes, trials, 5)
}
