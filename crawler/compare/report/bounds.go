package report

const (
	// waterfallRows is how many requests of a trial are drawn: two waterfalls of them fit a screen or a printed page. Of
	// longer lists an even sample is drawn, with the slowest.
	waterfallRows = 40

	// terminalRows is the same on a terminal, where two waterfalls, the table and the advice are to fit 50 lines.
	terminalRows = 10

	// curvePoints is how many points a latency curve has: one for each half percent, which no screen shows finer.
	curvePoints = 201

	// labelColumns is the length of a URL beside its bar, in columns of Latin letters: what fits into --gutter of page.css.
	labelColumns = 44

	// traceRequests is how many requests of a mode go into the file of trace events: 100,000 are about 60 MB of JSON, near
	// what a browser tab opens.
	traceRequests = 100_000

	// minTerminal is the width below which a terminal is treated as if it were that wide, in columns.
	minTerminal = 60
)
