package parse

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// benchRules are three usual ones.
func benchRules(b *testing.B) Rules {
	return mustRules(b, false, "title=title", "h=h2", "link=a.next@href")
}

// BenchmarkWorkers gives the CPU time of parent and children together for a page, in process and in workers, with as many
// pages in flight as a crawl has fetches.
func BenchmarkWorkers(b *testing.B) {
	for _, kB := range []int{10, 100} {
		doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=utf-8", Body: pageOf(kB)}
		b.Run(fmt.Sprintf("process/%dkB", kB), func(b *testing.B) {
			p, rules := NewInProcess(), benchRules(b)
			began := cpuTime(false)
			n := 0
			for b.Loop() {
				if _, err := p.Extract(context.Background(), doc, rules); err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64((cpuTime(false)-began).Microseconds())/float64(n), "cpu-us/page")
		})
		b.Run(fmt.Sprintf("workers/%dkB", kB), func(b *testing.B) { benchPool(b, doc, 0) })
		b.Run(fmt.Sprintf("recycled/%dkB", kB), func(b *testing.B) { benchPool(b, doc, 1000) })
	}
}

func benchPool(b *testing.B, doc *Document, recycle int) {
	began := cpuTime(true)
	p, err := NewPool(PoolOptions{Command: command(b, "good"), Workers: 2, Rules: benchRules(b), RecycleAfter: recycle, Sandbox: true})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Do(context.Background(), doc); err != nil {
		b.Fatal(err)
	}
	n := 0
	flight := make(chan *Future, 64)
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for f := range flight {
			if _, err := f.Wait(context.Background()); err != nil {
				b.Error(err)
			}
		}
	}()
	for b.Loop() {
		f, err := p.Submit(context.Background(), doc)
		if err != nil {
			b.Fatal(err)
		}
		flight <- f
		n++
	}
	close(flight)
	<-collected
	p.Close()
	b.ReportMetric(float64((cpuTime(true)-began).Microseconds())/float64(n), "cpu-us/page")
}

// BenchmarkFirstAnswer is the time from the start of a pool to the answer to its first page, and the CPU time of parent and child
// until its end: medians, which other work on the machine moves little. The CPU time is most of what a replacement costs.
func BenchmarkFirstAnswer(b *testing.B) {
	doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=utf-8", Body: pageOf(1)}
	var first, cpu []time.Duration
	for b.Loop() {
		began, spent := time.Now(), cpuTime(true)
		p, err := NewPool(PoolOptions{Command: command(b, "good"), Workers: 1, Rules: benchRules(b), Sandbox: true})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Do(context.Background(), doc); err != nil {
			b.Fatal(err)
		}
		first = append(first, time.Since(began))
		p.Close()
		cpu = append(cpu, cpuTime(true)-spent)
	}
	slices.Sort(first)
	slices.Sort(cpu)
	b.ReportMetric(float64(first[len(first)/2].Microseconds()), "us-to-first-answer")
	b.ReportMetric(float64(cpu[len(cpu)/2].Microseconds()), "cpu-us/worker")
}

// BenchmarkRoundTrip is what one page costs that is waited for before the next is given. What the start of the worker
// costs is in it.
func BenchmarkRoundTrip(b *testing.B) {
	doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=utf-8", Body: pageOf(10)}
	began := cpuTime(true)
	p, err := NewPool(PoolOptions{Command: command(b, "good"), Workers: 1, Rules: benchRules(b), Sandbox: true})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		if _, err := p.Do(context.Background(), doc); err != nil {
			b.Fatal(err)
		}
		n++
	}
	p.Close()
	b.ReportMetric(float64((cpuTime(true)-began).Microseconds())/float64(n), "cpu-us/page")
}

// BenchmarkReplacement is the CPU time that the replacement of a worker costs, parent and children together, with the slower
// first pages of the new one. It is the difference between a pool that replaces its workers often and one that never does, so
// that it can be told on a machine with other work.
func BenchmarkReplacement(b *testing.B) {
	const documents, often = 2000, 50
	doc := &Document{URL: "http://example.com/", ContentType: "text/html; charset=utf-8", Body: pageOf(10)}
	run := func(recycle int) (cpu time.Duration, replaced int64) {
		began := cpuTime(true)
		p, err := NewPool(PoolOptions{Command: command(b, "good"), Workers: 2, Rules: benchRules(b), RecycleAfter: recycle, Sandbox: true})
		if err != nil {
			b.Fatal(err)
		}
		for range documents {
			if _, err := p.Submit(context.Background(), doc); err != nil {
				b.Fatal(err)
			}
		}
		p.Close()
		return cpuTime(true) - began, p.Stats().Restarts
	}
	var plain, recycled time.Duration
	var replaced int64
	for b.Loop() {
		cpu, _ := run(0)
		plain += cpu
		cpu, n := run(often)
		recycled += cpu
		replaced += n
	}
	b.ReportMetric(float64((recycled-plain).Microseconds())/float64(replaced), "cpu-us/replacement")
	b.ReportMetric(float64(plain.Microseconds())/float64(b.N*documents), "cpu-us/page")
}
