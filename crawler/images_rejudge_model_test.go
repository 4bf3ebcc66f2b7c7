package crawler

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// TestImagesRejudgeModel runs one batch many times with random filters, digests, names and directories. After each run
// every URL must have the result that a first run would have given it, and the directory the files of those that are saved.
func TestImagesRejudgeModel(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) { newRejudgeModel(t, w, seed).run() })
		})
	}
}

type rejudgeModel struct {
	t       *testing.T
	w       *world
	rng     *rand.Rand
	dirs    [2]string
	urls    []string // that are listed
	ends    []string // where they lead
	widths  []int
	bodies  [][]byte
	demands []string
	classes []Class // of the last run
	here    []bool  // the store has its bytes
}

func newRejudgeModel(t *testing.T, w *world, seed uint64) *rejudgeModel {
	m := &rejudgeModel{t: t, w: w, rng: rand.New(rand.NewPCG(seed, 77))}
	m.dirs = [2]string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")}
	for i := range 24 {
		width := 10 + 10*(i%5)
		body := pngOf(uint64(i/2*2%14), width, 30, 500*(i%7)) // some are the same
		end := fmt.Sprintf("http://a.test/%d/photo.png", i)
		url := end
		if i%6 == 5 {
			url = fmt.Sprintf("http://a.test/to%d", i)
			w.on(url, redirect(fmt.Sprintf("/%d/photo.png", i)))
		}
		if i%2 == 0 {
			w.on(end, file(body))
		} else {
			w.on(end, file(body, "Content-Length", fmt.Sprint(len(body))))
		}
		m.urls, m.ends, m.widths, m.bodies = append(m.urls, url), append(m.ends, end), append(m.widths, width), append(m.bodies, body)
	}
	m.demands, m.classes, m.here = make([]string, len(m.urls)), make([]Class, len(m.urls)), make([]bool, len(m.urls))
	return m
}

func (m *rejudgeModel) run() {
	for range 14 {
		o, dir := m.options()
		list := m.list()
		want := make([]Class, len(list))
		for i := range list {
			want[i] = m.expect(i, &o.Images.Filter, list[i].SHA256)
		}
		out := m.w.crawl(over(o, list...)).finished()
		for i, end := range m.ends {
			out.class(end, want[i])
			m.classes[i] = want[i]
			m.here[i] = m.here[i] || want[i] == ""
		}
		if dir != "" {
			judgeDir(m.t, m.w.dir, dir)
		}
		if m.t.Failed() {
			m.t.Fatalf("with %+v", o.Images.Filter)
		}
	}
}

func (m *rejudgeModel) options() (Options, string) {
	dir := ""
	if n := m.rng.IntN(4); n > 0 {
		dir = m.dirs[n/3]
	}
	o := inDir(m.t, dir, "")
	o.Tries = 1
	f := &o.Images.Filter
	if m.rng.IntN(3) == 0 {
		f.MinWidth = 10 * m.rng.IntN(5)
	}
	if m.rng.IntN(3) == 0 {
		f.MinBytes = int64(500 * m.rng.IntN(5))
	}
	if m.rng.IntN(3) == 0 {
		f.MaxBytes = int64(2000 + 500*m.rng.IntN(5))
	}
	return o, dir
}

// list gives the rows of a run.
func (m *rejudgeModel) list() (rows []Entry) {
	for i, url := range m.urls {
		e := Entry{URL: url}
		switch m.rng.IntN(8) {
		case 0:
			e.SHA256 = strings.Repeat("ab", 32)
		case 1:
			e.SHA256 = sumOf(m.bodies[i])
		case 2:
			e.Name = fmt.Sprint("name", m.rng.IntN(5))
		}
		rows = append(rows, e)
	}
	return rows
}

// expect gives what becomes of a URL, and notes what is demanded of it from now on. First the filters judge, then the row.
func (m *rejudgeModel) expect(i int, f *Filter, row string) Class {
	stuck := m.classes[i] == ClassBadDigest && !m.here[i] // nothing is known of it to be judged by
	failed := stuck || m.judge(i, f) == ClassBadDigest
	before := m.demands[i]
	if row != "" || failed {
		m.demands[i] = row
	}
	if stuck && m.demands[i] == before {
		return ClassBadDigest
	}
	return m.judge(i, f)
}

func (m *rejudgeModel) judge(i int, f *Filter) Class {
	n := int64(len(m.bodies[i]))
	switch {
	case f.size(n, true) != "", f.dimensions(m.widths[i], 30) != "":
		return ClassFiltered
	case m.demands[i] != "" && m.demands[i] != sumOf(m.bodies[i]):
		return ClassBadDigest
	}
	return ""
}
