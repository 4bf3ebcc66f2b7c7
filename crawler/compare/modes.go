package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Where rules are run.
const (
	ParseInProcess = "in-process"
	ParseWorkers   = "workers"
)

// ParseModes reads modes as --modes has them, separated by commas: "sequential,goroutines=32,processes=4x8". A mode without
// a number takes concurrency; processes without one take processors. A mode may be named twice, to see how far apart two
// equal ones come out; the second is called "goroutines=32#2". parse is "", ParseInProcess or ParseWorkers, for all.
// Errors say what was not understood and what may be written.
func ParseModes(text string, concurrency, processors int, parse string) ([]ModeSpec, error) {
	if concurrency < 1 || concurrency > maxConcurrency {
		return nil, fmt.Errorf("concurrency %d is out of range: use 1 to %d", concurrency, maxConcurrency)
	}
	var list []ModeSpec
	for _, word := range strings.Split(text, ",") {
		m, err := parseMode(strings.TrimSpace(word), concurrency, processors)
		if err != nil {
			return nil, err
		}
		m.Parse = parse
		same := 1
		for _, o := range list {
			if o.Name == m.Name || strings.HasPrefix(o.Name, m.Name+"#") {
				same++
			}
		}
		if same > 1 {
			m.Name += "#" + strconv.Itoa(same)
		}
		list = append(list, m)
	}
	if len(list) > maxModes {
		return nil, fmt.Errorf("%d modes are too many: name at most %d", len(list), maxModes)
	}
	return list, nil
}

func parseMode(word string, concurrency, processors int) (ModeSpec, error) {
	kind, number, given := strings.Cut(word, "=")
	m := ModeSpec{Name: word, Kind: kind, Concurrency: concurrency, Processes: 1}
	switch kind {
	case KindSequential:
		if given {
			return m, fmt.Errorf("mode %q: sequential is one URL after another, it takes no number", word)
		}
		m.Concurrency = 1
		return m, nil
	case KindThreads, KindGoroutines, KindEventLoop:
		if !given {
			m.Name = fmt.Sprintf("%s=%d", kind, concurrency)
			return m, nil
		}
		n, err := number1(word, number)
		m.Concurrency = n
		return m, err
	case KindProcesses:
		if !given {
			number = strconv.Itoa(processors)
			m.Name = kind + "=" + number
		}
		return processesMode(m, word, number)
	}
	return m, fmt.Errorf("there is no mode %q: use sequential, threads=N, goroutines=N, event-loop=N, processes=P or processes=PxN", word)
}

// processesMode reads P or PxN.
func processesMode(m ModeSpec, word, number string) (ModeSpec, error) {
	p, each, nested := strings.Cut(number, "x")
	var err error
	if m.Processes, err = number1(word, p); err != nil {
		return m, err
	}
	m.Concurrency = m.Processes
	if nested {
		n, err := number1(word, each)
		if err != nil {
			return m, err
		}
		m.Concurrency *= n
	}
	if m.Processes > maxProcesses || m.Concurrency > maxConcurrency {
		return m, fmt.Errorf("mode %q: use at most %d processes and %d fetches at once", word, maxProcesses, maxConcurrency)
	}
	return m, nil
}

func number1(word, number string) (int, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxConcurrency {
		return 0, fmt.Errorf("mode %q: %q is not a number from 1 to %d", word, number, maxConcurrency)
	}
	return n, nil
}

// sweepModes are the modes that a sweep adds: goroutines at each concurrency that is not among modes.
func sweepModes(modes []ModeSpec, sweep []int, parse string) []ModeSpec {
	var out []ModeSpec
	for _, n := range sweep {
		m := ModeSpec{Name: fmt.Sprintf("%s=%d", KindGoroutines, n), Kind: KindGoroutines, Concurrency: n, Processes: 1, Parse: parse}
		named := func(o ModeSpec) bool { return o.Name == m.Name }
		if !slices.ContainsFunc(modes, named) && !slices.ContainsFunc(out, named) {
			out = append(out, m)
		}
	}
	return out
}
