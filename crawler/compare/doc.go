// Package compare answers what fetching a list one by one costs, what fetching it concurrently costs, and how many at once
// are worth it.
//
//	list ─▶ record (each URL once, politely) ─▶ Recording ─▶ replay server on loopback, with the recorded delays
//	                                                             ▲
//	        blocks of all modes in random order ─▶ trial: a fresh process runs one mode over the list ─▶ Trial
//	                                                                                                       │
//	                        Result ◀─ bounds, advice ◀─ medians, paired bootstrap, USL fit ◀───────────────┘
//
// The first block is warm-up and is not counted. A trial in which the client was starved, or in which the modes did not do
// the same work, is rejected and the Result says so.
package compare
