package crawler

import "fmt"

// fileLimit is what the limit on open files leaves to connections. (The runtime has raised the soft limit to the hard one.)
type fileLimit struct {
	limit int // 0: it cannot be told
	other int // files that the store and the workers have open
}

func newFileLimit(o Options) fileLimit {
	l := fileLimit{openFiles(), ownFiles}
	var of any = o.Extractor
	if m := o.Images; m.Examines() {
		of = m.Imager
	}
	if p, ok := of.(interface{ Files() int }); ok {
		l.other += p.Files()
	}
	return l
}

// concurrency is how many of the wanted fetches can be in flight, each with a connection and a lookup or a second dial: at
// least one.
func (l fileLimit) concurrency(wanted int) int {
	if l.limit <= 0 {
		return wanted
	}
	return min(wanted, max((l.limit-l.other)/fetchFiles, 1))
}

// idle is how many connections are kept for their hosts' next turn: by each of net/http's two transports, and of plain
// HTTP/1.1. Where many fetches leave no room, some are kept all the same: few fetches need all that they may.
func (l fileLimit) idle(concurrency int) (std, plain int) {
	std = max(concurrency, idleConns)
	if l.limit <= 0 {
		return std, std
	}
	share := max(l.limit/stdFiles, 1)
	std = min(std, share)
	left := l.limit - l.other - 2*std - fetchFiles*concurrency
	return std, min(plainConns, max(min(left, l.limit/plainFiles), share))
}

// tellFewer says that the limit on open files allows fewer fetches than were asked for.
func (c *Crawl) tellFewer() {
	if c.o.Concurrency < c.asked {
		c.o.Observer.Notice(fmt.Sprintf("%d fetches at once instead of %d (-c): the limit on open files is %d; raise it (ulimit -n) for more",
			c.o.Concurrency, c.asked, openFiles()))
	}
}
