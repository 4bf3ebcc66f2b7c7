package compare

// Figure is one number of a mode: a column of the table, and a name for --assert.
type Figure struct {
	Name string // "wall.lo"
	Path string // in the object of --json: "wall_s.lo"
	Unit string // "s", "ms", "B" or "" for a count or a factor
	Of   func(ModeResult) float64
}

// Figures are all numbers of a mode, in the order of the table.
func Figures() []Figure {
	figures := []Figure{
		{"concurrency", "concurrency", "", func(m ModeResult) float64 { return float64(m.Concurrency) }},
		{"processes", "processes", "", func(m ModeResult) float64 { return float64(m.Processes) }},
		{"trials", "trials", "", func(m ModeResult) float64 { return float64(m.Trials) }},
	}
	figures = append(figures, intervalFigures("wall", "wall_s", "s", func(m ModeResult) Interval { return m.Wall })...)
	figures = append(figures, intervalFigures("speedup", "speedup", "", func(m ModeResult) Interval { return m.Speedup })...)
	figures = append(figures, []Figure{
		{"cpu", "cpu_s", "s", func(m ModeResult) float64 { return m.CPU.Total() }},
		{"cpu.user", "cpu_s.user", "s", func(m ModeResult) float64 { return m.CPU.User }},
		{"cpu.system", "cpu_s.system", "s", func(m ModeResult) float64 { return m.CPU.System }},
		{"cpu.children", "cpu_s.children", "s", func(m ModeResult) float64 { return m.CPU.Children }},
		{"max_rss", "max_rss_bytes", "B", func(m ModeResult) float64 { return float64(m.MaxRSS) }},
		{"context_switches.voluntary", "context_switches.voluntary", "", func(m ModeResult) float64 { return float64(m.ContextSwitches.Voluntary) }},
		{"context_switches.involuntary", "context_switches.involuntary", "", func(m ModeResult) float64 { return float64(m.ContextSwitches.Involuntary) }},
		{"threads", "threads", "", func(m ModeResult) float64 { return float64(m.Threads) }},
		{"goroutines", "goroutines", "", func(m ModeResult) float64 { return float64(m.Goroutines) }},
		{"processes_peak", "processes_peak", "", func(m ModeResult) float64 { return float64(m.ProcessesPeak) }},
		{"connections.opened", "connections.opened", "", func(m ModeResult) float64 { return float64(m.Connections.Opened) }},
		{"connections.reused", "connections.reused", "", func(m ModeResult) float64 { return float64(m.Connections.Reused) }},
		{"bytes", "bytes", "B", func(m ModeResult) float64 { return float64(m.Bytes) }},
	}...)
	figures = append(figures, quantileFigures("service", func(m ModeResult) Quantiles { return m.Service })...)
	figures = append(figures, quantileFigures("felt", func(m ModeResult) Quantiles { return m.Felt })...)
	return append(figures, Figure{"errors", "errors", "", func(m ModeResult) float64 { return float64(m.Errors) }})
}

func intervalFigures(name, path, unit string, of func(ModeResult) Interval) []Figure {
	return []Figure{
		{name, path + ".median", unit, func(m ModeResult) float64 { return of(m).Median }},
		{name + ".lo", path + ".lo", unit, func(m ModeResult) float64 { return of(m).Lo }},
		{name + ".hi", path + ".hi", unit, func(m ModeResult) float64 { return of(m).Hi }},
	}
}

func quantileFigures(name string, of func(ModeResult) Quantiles) []Figure {
	path := name + "_ms"
	return []Figure{
		{name + ".p50", path + ".p50", "ms", func(m ModeResult) float64 { return of(m).P50 }},
		{name + ".p95", path + ".p95", "ms", func(m ModeResult) float64 { return of(m).P95 }},
		{name + ".p99", path + ".p99", "ms", func(m ModeResult) float64 { return of(m).P99 }},
	}
}

// figureNamed finds a figure by its name, or its path in the object, where .median may be left out.
func figureNamed(name string) (Figure, bool) {
	for _, f := range Figures() {
		if name == f.Name || name == f.Path || name+".median" == f.Path {
			return f, true
		}
	}
	return Figure{}, false
}

func figureNames() []string {
	var names []string
	for _, f := range Figures() {
		names = append(names, f.Name)
	}
	return names
}
