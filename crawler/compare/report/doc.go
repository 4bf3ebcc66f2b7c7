// Package report shows what a comparison found: as one HTML file, on a terminal, as JSON, CSV, Chrome trace events, Go benchmark
// results, and as a lesson. Every figure shown is one of the Result; nothing is measured or estimated here. What came from the
// network is shown without control characters. A writer's error is returned as it is.
package report
