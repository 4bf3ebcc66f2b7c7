// Package crawler is the engine: it takes URLs from the frontier when their host's time has come, fetches and parses
// them, and makes what came of them durable.
//
//	list ──▶ feeder ─────────────────┐
//	                                 ▼
//	frontier ──Take──▶ schedule ──▶ fetch, light parse ──▶ settle ──▶ committer ──▶ store (records, bodies, frontier)
//	   ▲               (hosts in a   (one goroutine per    (policy:    (the one        │
//	   │                heap by next  fetch in flight)      done, retry, writer; group  │
//	   └── admission ── time)                               release)     commit) ◀──────┘
//
// One goroutine, the loop, owns the schedule; nothing in it is locked. Fetch goroutines end by sending their result into
// a channel with room for all of them. The committer is the only writer of the store. Run waits for all of them.
//
// In sequential mode a plain loop calls the same steps, one URL after another.
//
// A crawl ends when the frontier's durable counters say so: nothing pending, nothing logged, nothing in flight and the
// list read to its end. It never ends because nothing happened for a while.
package crawler
