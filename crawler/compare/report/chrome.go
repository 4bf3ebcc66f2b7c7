package report

import (
	"bufio"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"time"

	"crawl/crawler/compare"
)

// event is one of the Trace Event Format, which chrome://tracing and Perfetto open. Times are in microseconds.
type event struct {
	Name     string         `json:"name"`
	Category string         `json:"cat,omitempty"`
	Phase    string         `json:"ph"` // X: complete, M: metadata
	At       float64        `json:"ts"`
	Duration *float64       `json:"dur,omitempty"`
	Process  int            `json:"pid"`
	Thread   int            `json:"tid"`
	Args     map[string]any `json:"args,omitempty"`
}

// Trace writes the requests of each mode's median trial as Chrome trace events: a mode is a process, a slot in which requests
// follow one another a thread, a request a slice with its phases inside. Of a mode's requests the first 100,000 are written.
func Trace(w io.Writer, r *compare.Result) error {
	b := bufio.NewWriter(w)
	b.WriteString(`{"displayTimeUnit":"ms","otherData":{"source":"crawl compare","seed":"` + strconv.FormatUint(r.Seed, 10) + `"},"traceEvents":[`)
	first := true
	emit := func(e event) error {
		text, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.WriteByte('\n')
		_, err = b.Write(text)
		return err
	}
	for i, t := range r.Traces {
		if err := traceMode(i+1, t, emit); err != nil {
			return err
		}
	}
	b.WriteString("\n]}\n")
	return b.Flush()
}

func traceMode(process int, t compare.Trace, emit func(event) error) error {
	if err := emit(metadata("process_name", process, 0, t.Mode)); err != nil {
		return err
	}
	lanes := &slots{}
	for _, q := range bySent(t.Requests[:min(len(t.Requests), traceRequests)]) {
		thread, isNew := lanes.take(q)
		if isNew {
			name := "worker " + strconv.Itoa(q.Worker)
			if err := emit(metadata("thread_name", process, thread, name)); err != nil {
				return err
			}
		}
		if err := traceRequest(process, thread, q, emit); err != nil {
			return err
		}
	}
	return nil
}

func metadata(kind string, process, thread int, name string) event {
	return event{Name: kind, Phase: "M", Process: process, Thread: thread, Args: map[string]any{"name": name}}
}

func traceRequest(process, thread int, q compare.Request, emit func(event) error) error {
	args := map[string]any{"url": q.URL, "status": q.Status, "bytes": q.Bytes, "queue_ms": float64(q.Sent-q.Due) / 1e6}
	if q.Error != "" {
		args["error"] = q.Error
	}
	name := shortened(readable(q.URL), labelColumns)
	if err := emit(slice(name, "request", q.Sent, q.Done, process, thread, args)); err != nil {
		return err
	}
	for _, s := range segments(q) {
		if s.phase == queue {
			continue
		}
		if err := emit(slice(s.phase.name(), "phase", s.from, s.to, process, thread, nil)); err != nil {
			return err
		}
	}
	return nil
}

func slice(name, category string, from, to time.Duration, process, thread int, args map[string]any) event {
	duration := float64(max(to-from, 0)) / 1e3
	return event{
		Name: name, Category: category, Phase: "X", At: float64(from) / 1e3, Duration: &duration,
		Process: process, Thread: thread, Args: args,
	}
}

func bySent(requests []compare.Request) []compare.Request {
	sorted := slices.Clone(requests)
	slices.SortStableFunc(sorted, func(a, b compare.Request) int { return cmp.Compare(a.Sent, b.Sent) })
	return sorted
}

// slots gives requests that overlap in one worker threads of their own, since the slices of a thread must not overlap.
type slots struct {
	worker []int
	free   []time.Duration
}

func (s *slots) take(q compare.Request) (thread int, isNew bool) {
	for i, worker := range s.worker {
		if worker == q.Worker && s.free[i] <= q.Sent {
			s.free[i] = q.Done
			return i + 1, false
		}
	}
	s.worker, s.free = append(s.worker, q.Worker), append(s.free, q.Done)
	return len(s.worker), true
}
