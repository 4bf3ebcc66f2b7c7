package frontiertest

import (
	"testing"

	"crawl/crawler/frontier"
)

func openModel(_ *testing.T, o Options) *Harness {
	m := NewModel(o.LeaseTTL, o.Clock.Now)
	return &Harness{
		Frontier: m,
		Reopen: func() (frontier.Frontier, error) {
			m.Restart()
			return m, nil
		},
		Clock: o.Clock,
	}
}

func TestModelConformance(t *testing.T) { Run(t, openModel) }
