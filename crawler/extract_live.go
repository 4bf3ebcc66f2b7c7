package crawler

import (
	"sync"

	"crawl/sink"
)

// extractLive tells how far Store.Extract is.
type extractLive struct {
	tell func(Progress) // may be nil

	mu  sync.Mutex
	now Progress
}

func newExtractLive(tell func(Progress), passed int64, t *Totals) *extractLive {
	l := &extractLive{tell: tell}
	all := t.Done + t.Failed + t.Skipped + t.Redirects + t.Hops
	l.now.Totals.Done, l.now.Pending = passed, uint64(max(all-passed, 0))
	l.change(func(*Progress) {})
	return l
}

func (l *extractLive) change(f func(*Progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.now)
	if l.tell != nil {
		l.tell(l.now)
	}
}

// passed counts results that are no pages.
func (l *extractLive) passed(n int64) {
	l.change(func(p *Progress) {
		p.Totals.Done += n
		p.Pending -= min(p.Pending, uint64(n))
	})
}

// again says that n pages which were passed before are taken up once more.
func (l *extractLive) again(n int64) {
	l.change(func(p *Progress) {
		p.Totals.Done -= min(p.Totals.Done, n)
		p.Pending += uint64(n)
	})
}

func (l *extractLive) begun() { l.change(func(p *Progress) { p.InFlight++ }) }

func (l *extractLive) ended() { l.change(func(p *Progress) { p.InFlight-- }) }

// counted counts a page that is done, like all before it.
func (l *extractLive) counted(page *sink.Record) {
	l.change(func(p *Progress) {
		p.Pending -= min(p.Pending, 1)
		p.Totals.Bytes += page.Body.Size
		if page.ErrClass != "" {
			p.Totals.Failed++
		} else {
			p.Totals.Done++
		}
	})
}
