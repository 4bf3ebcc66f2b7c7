package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"crawl/crawler"
	"crawl/sink/words"
)

// printSummary writes the end of a crawl: one JSON object, or text.
func (a *app) printSummary(f *reportFlags, s *crawler.Summary, store string) error {
	if f.json {
		data, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s\n", data)
		return err
	}
	writeSummary(a.out, s, store)
	return nil
}

// cutWords is told of pages whose fields or text are not whole.
const cutWords = "fields or text are not whole; `crawl show URL` and exports tell the defects"

// summaryIndent is the width of the names that the summary's lines begin with.
const summaryIndent = 13

func writeSummary(w io.Writer, s *crawler.Summary, store string) {
	p := func(name, format string, args ...any) {
		text := wrapList(fmt.Sprintf(format, args...), summaryIndent)
		fmt.Fprintf(w, "%-12s %s\n", name, strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", summaryIndent)))
	}
	u := s.URLs
	p("URLs", "%s: %s done, %s failed, %s skipped, %s pending%s", words.Count(u.Listed), words.Count(u.Done), words.Count(u.Failed),
		words.Count(u.Skipped), words.Count(u.Pending), ifs(s.Resumed, " (all runs together)"))
	if i := s.Images; i != nil {
		p("files", "%s saved, %s, %s filtered, %s failed", words.Count(i.Saved), plural(i.Duplicate, "duplicate", "duplicates"), words.Count(i.Filtered), words.Count(i.Failed))
	}
	writeAgain(p, s)
	failed, skipped := byKind(s.Errors)
	delete(skipped, crawler.ClassFiltered) // which is told in the line above
	if len(failed) > 0 {
		p("errors", "%s", errorText(failed))
	}
	if len(skipped) > 0 {
		p("skipped", "%s", errorText(skipped))
	}
	if s.Cut > 0 {
		p("cut", "%s: %s", plural(s.Cut, "page", "pages"), cutWords)
	}
	if s.BadEntries > 0 || s.Excluded > 0 {
		p("left out", "%s, %s excluded", plural(s.BadEntries, "line that cannot be used", "lines that cannot be used"), words.Count(s.Excluded))
	}
	p("requests", "%s (%s, %s for robots.txt), %s received", words.Count(s.Requests), plural(s.Retries, "retry", "retries"),
		words.Count(s.RobotsRequests), words.Bytes(s.Bytes))
	mode := string(s.Mode)
	if s.Mode == crawler.Concurrent {
		mode = fmt.Sprintf("%s, %d at once", mode, s.Concurrency)
	}
	rate := fmt.Sprintf("%.1f pages/s", s.PagesPerS)
	if s.Images != nil {
		rate = fmt.Sprintf("%.1f files/s, %s/s", s.Images.FilesPerS, words.Bytes(int64(float64(s.Bytes)/max(s.WallS, 1e-3))))
	}
	p("cost", "%.3f s in all (%s): %s", s.WallS, mode, rate)
	if s.Requests > 0 {
		p("latency", "%.1f ms median, %.1f ms p95, %.1f ms p99", s.Latency.P50, s.Latency.P95, s.Latency.P99)
	}
	p("stages", "%s", stageText(&s.Stages))
	p("politeness", "%.3f s of the time a slot was free and every host had to wait", s.PolitenessWait)
	p("processor", "%.2f s user, %.2f s system%s; peak memory %s", s.CPU.User, s.CPU.System,
		ifs(s.CPU.Children > 0, fmt.Sprintf(", %.2f s children", s.CPU.Children)), words.Bytes(s.MaxRSS))
	if s.Workers != nil {
		jobs := plural(s.Workers.Jobs, "page", "pages")
		if s.Images != nil {
			jobs = plural(s.Workers.Jobs, "picture", "pictures")
		}
		cost := fmt.Sprintf("%.2f s of processor time", s.CPU.Children)
		if s.Workers.Elsewhere {
			cost = "a time that is not known here"
		}
		p("workers", "%s, %s in %s, %s, %s", plural(s.Parsers, "process", "processes"), jobs, cost,
			plural(s.Workers.Restarts, "restart", "restarts"), plural(s.Workers.Quarantined, "page in quarantine", "pages in quarantine"))
	}
	if s.RobotsIgnored {
		p("switched off", "robots.txt was neither asked for nor obeyed (--no-robots)")
	}
	switch s.Stopped {
	case "":
		p("end", "finished; results are in %s", clean(store))
	case crawler.StoppedMaxPages:
		p("end", "--max-pages is reached; results are in %s", clean(store))
	default:
		p("end", "stopped (%s); the same command goes on", s.Stopped)
	}
}

// writeAgain tells what the list, or the filters, say otherwise than before.
func writeAgain(p func(name, format string, args ...any), s *crawler.Summary) {
	if n := s.Relisted; n != nil {
		p("named again", "%s a URL again%s", plural(n.Rows, "row names", "rows name"),
			ifs(n.Other > 0, fmt.Sprintf("; %s something else of it: the first row counts", plural(n.Other, "says", "say"))))
	}
	if s.Judged == nil {
		return
	}
	var parts []string
	for _, part := range []struct {
		n    int64
		what string
	}{
		{s.Judged.LeftOut, "left out now, with their bytes kept in the store"}, {s.Judged.TakenBack, "taken back from the store"}, {s.Judged.AskedAgain, "asked for again"},
	} {
		if part.n > 0 {
			parts = append(parts, words.Count(part.n)+" "+part.what)
		}
	}
	if len(parts) > 0 {
		p("judged again", "%s", strings.Join(parts, ", "))
	}
	if n := s.Judged.Changed; n > 0 {
		p("not removed", "%s left out, but changed by somebody: it is not ours to remove", plural(n, "file is", "files are"))
	}
	if n := s.Judged.OtherName; n > 0 {
		p("other names", "%s: a file that has a name keeps it", plural(n, "row says another name than before", "rows say other names than before"))
	}
}

func ifs(cond bool, s string) string {
	if cond {
		return s
	}
	return ""
}

// byKind tells the classes of what failed from those of what was skipped.
func byKind(all map[crawler.Class]int64) (failed, skipped map[crawler.Class]int64) {
	failed, skipped = maps.Clone(all), maps.Clone(all)
	maps.DeleteFunc(failed, func(c crawler.Class, _ int64) bool { return c.Skipped() })
	maps.DeleteFunc(skipped, func(c crawler.Class, _ int64) bool { return !c.Skipped() })
	return failed, skipped
}

// errorText lists error classes, the most frequent first.
func errorText(m map[crawler.Class]int64) string {
	classes := make([]crawler.Class, 0, len(m))
	for c := range m {
		classes = append(classes, c)
	}
	slices.SortFunc(classes, func(a, b crawler.Class) int {
		if m[a] != m[b] {
			return int(m[b] - m[a])
		}
		return strings.Compare(string(a), string(b))
	})
	parts := make([]string, len(classes))
	for i, c := range classes {
		parts[i] = fmt.Sprintf("%s %s", c, words.Count(m[c]))
	}
	return strings.Join(parts, ", ")
}

// stageText lists the stages, summed over all requests.
func stageText(t *crawler.StageTimes) string {
	var parts []string
	for _, s := range []struct {
		name string
		secs float64
	}{
		{"politeness", t.Politeness},
		{"queue", t.Queue},
		{"DNS", t.DNS},
		{"connect", t.Connect},
		{"TLS", t.TLS},
		{"first byte", t.FirstByte},
		{"body", t.Body},
		{"parse", t.Parse},
		{"store", t.Store},
	} {
		parts = append(parts, s.name+" "+span(time.Duration(s.secs*float64(time.Second))))
	}
	return strings.Join(parts, ", ") + " (summed over requests)"
}
