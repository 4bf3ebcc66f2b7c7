package crawler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crawl/sink"
)

// rows are a list with columns.
func rows(entries ...Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for i, e := range entries {
			if e.Where = fmt.Sprintf("list:%d", i+2); !yield(e, nil) {
				return
			}
		}
	}
}

func sumOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// over are options with a list.
func over(o Options, entries ...Entry) Options {
	o.List = rows(entries...)
	return o
}

const aURL, bURL, cURL = "http://a.test/a.png", "http://a.test/b.png", "http://a.test/c.png"

// A digest that a later list demands is checked by what is stored, without a request; the file goes and comes back with it.
func TestImagesDigestLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b, wrong := pngOf(1, 20, 20, 0), pngOf(2, 20, 20, 3<<20), strings.Repeat("ab", 32)
		w.on(aURL, file(a))
		w.on(bURL, file(b))
		w.on(cURL, file(a))
		dir := filepath.Join(t.TempDir(), "d")
		o := inDir(t, dir, "")
		w.crawl(o, aURL, bURL, cURL).finished()
		before := judgeDir(t, w.dir, dir)
		asked := len(w.hits(""))

		out := w.crawl(over(o, Entry{URL: aURL, SHA256: wrong}, Entry{URL: bURL, SHA256: strings.ToUpper(sumOf(b))}, Entry{URL: cURL})).finished()
		r := out.class(aURL, ClassBadDigest)
		if want := "the sha-256 of what is stored is " + sumOf(a) + ", the list says " + wrong; r.ErrMessage != want {
			t.Errorf("message %q", r.ErrMessage)
		}
		if r := out.saved(w, bURL, b); hex.EncodeToString(r.Want[:]) != sumOf(b) {
			t.Errorf("%s: the demand is not kept", bURL)
		}
		if out.sum.Images.Failed != 1 || out.sum.Judged == nil || out.sum.Judged.LeftOut != 1 || len(w.hits("")) != asked {
			t.Errorf("%d requests, %+v, %+v", len(w.hits(""))-asked, out.sum.Images, out.sum.Judged)
		}
		if names := judgeDir(t, w.dir, dir); len(names) != 2 {
			t.Errorf("files %q", names)
		}
		// The same list again changes nothing; one without the digest does not either, but for what failed by it.
		out = w.crawl(over(o, Entry{URL: aURL, SHA256: wrong}, Entry{URL: bURL, SHA256: sumOf(b)})).finished()
		if out.class(aURL, ClassBadDigest); out.sum.Judged != nil || len(w.hits("")) != asked {
			t.Errorf("%d requests, %+v", len(w.hits(""))-asked, out.sum.Judged)
		}
		out = w.crawl(o, aURL, bURL).finished()
		out.saved(w, aURL, a)
		if out.sum.Judged.TakenBack != 1 || len(w.hits("")) != asked || out.record(bURL).Want == (sink.Digest{}) {
			t.Errorf("%d requests, %+v", len(w.hits(""))-asked, out.sum.Judged)
		}
		if names := judgeDir(t, w.dir, dir); !maps.Equal(names, before) {
			t.Errorf("files %q, were %q", names, before)
		}
	})
}

// What failed by a digest that was wrong in the list has no bytes in the store: with the right one it is asked for again.
func TestImagesDigestMended(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := pngOf(1, 20, 20, 0), pngOf(2, 20, 20, 0)
		w.on(aURL, file(a))
		w.on(bURL, redirect("/end.png"))
		w.on("http://a.test/end.png", file(b))
		wrong := strings.Repeat("cd", 32)
		o := imageOptions(Images{})
		o.Tries = 1
		out := w.crawl(over(o, Entry{URL: aURL, SHA256: wrong}, Entry{URL: bURL, SHA256: wrong})).finished()
		out.class(aURL, ClassBadDigest)
		out.class("http://a.test/end.png", ClassBadDigest)
		out = w.crawl(over(o, Entry{URL: aURL, SHA256: sumOf(a), Name: "x"}, Entry{URL: bURL, SHA256: sumOf(b)})).finished()
		out.saved(w, "http://a.test/end.png", b)
		if r := out.saved(w, aURL, a); r.Name != "x" || r.Number != 1 || len(r.Attempts) != 2 {
			t.Errorf("%q, row %d, %d attempts", r.Name, r.Number, len(r.Attempts))
		}
		if n := out.sum.Judged; n.AskedAgain != 2 || w.asked(aURL) != 2 || w.asked("http://a.test/end.png") != 2 || w.asked(bURL) != 1 {
			t.Errorf("%+v; %d requests", n, len(w.hits("")))
		}
		// A redirect's target is judged by what is demanded of where it began, from the store too.
		out = w.crawl(over(o, Entry{URL: bURL, SHA256: wrong})).finished()
		out.class("http://a.test/end.png", ClassBadDigest)
		out = w.crawl(over(o, Entry{URL: bURL, SHA256: sumOf(b)})).finished()
		out.saved(w, "http://a.test/end.png", b)
		if n := w.asked("http://a.test/end.png"); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

// A digest that is demanded of a URL that waits, or is on its way, is checked too.
func TestImagesDigestOfPending(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		wrong := strings.Repeat("ab", 32)
		var urls []string
		var demanded []Entry
		for i := range 30 {
			url := fmt.Sprintf("http://a.test/%d.png", i)
			w.on(url, file(pngOf(uint64(i), 9, 9, 0)))
			urls = append(urls, url)
			demanded = append(demanded, Entry{URL: url, SHA256: wrong, Extra: []Column{{"by", "ann"}}})
		}
		o := imageOptions(Images{})
		o.MaxPages, o.Tries = 10, 1
		out := w.crawl(o, urls...)
		if out.err != nil || out.sum.URLs.Pending != 20 {
			t.Fatalf("%v, %+v", out.err, out.sum.URLs)
		}
		o.MaxPages = 0
		slow := over(o, demanded...)
		out = w.crawlWith(t.Context(), slow, nil).finished()
		for _, url := range urls {
			if r := out.class(url, ClassBadDigest); len(r.Extra) != 1 || hex.EncodeToString(r.Want[:]) != wrong {
				t.Errorf("%s: %+v", url, r.ImageFacts)
			}
		}
		if n := len(w.hits("")); n != 30 {
			t.Errorf("%d requests", n)
		}
		s := w.open()
		defer s.Close()
		if err := s.eachDemand(func(id uint64) error { return fmt.Errorf("a demand of %d is left", id) }); err != nil {
			t.Error(err)
		}
	})
}

// Stricter filters leave stored pictures out, looser ones take them back; only what is not in the store is asked for.
func TestImagesFilterLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		small, large, gif := pngOf(1, 20, 20, 0), pngOf(2, 400, 300, 200_000), []byte("GIF89a\x20\x00\x20\x00\x00\x00\x00;")
		w.on(aURL, file(small))
		w.on(bURL, file(large, "X-Robots-Tag", "noai"))
		w.on("http://a.test/moved", redirect("/c.png"))
		w.on(cURL, file(gif))
		w.on("http://a.test/d.png", file(small))
		dir := filepath.Join(t.TempDir(), "d")
		urls := []string{aURL, bURL, "http://a.test/moved", "http://a.test/d.png"}
		run := func(f Filter, noAI bool, saved ...string) *finding {
			t.Helper()
			o := inDir(t, dir, "photo")
			o.Images.Filter, o.Images.RespectNoAI = f, noAI
			out := w.crawl(o, urls...).finished()
			names := judgeDir(t, w.dir, dir)
			if got := slices.Sorted(maps.Keys(names)); !slices.Equal(got, saved) {
				t.Fatalf("with %+v %q are saved, want %q", f, got, saved)
			}
			return out
		}
		all := []string{aURL, bURL, cURL, "http://a.test/d.png"}
		run(Filter{}, false, all...)
		names, asked := judgeDir(t, w.dir, dir), len(w.hits(""))
		out := run(Filter{MinWidth: 100}, false, bURL)
		if r := out.class(aURL, ClassFiltered); r.Rule != "--min-width 100: it is 20 wide" || r.Body == (sink.BodyRef{}) {
			t.Errorf("rule %q, body %v", r.Rule, r.Body)
		}
		if !slices.ContainsFunc(out.notices, func(s string) bool {
			return s == "other filters than in the run before: --min-width 100, was 0; stored pictures are judged again, and files of those that pass no more are removed from "+dir
		}) {
			t.Errorf("notices %q", out.notices)
		}
		if n := *out.sum.Judged; n != (JudgedCounts{LeftOut: 3}) || out.sum.Images.Filtered != 3 || out.sum.Images.Saved != 1 {
			t.Errorf("%+v, %+v", n, out.sum.Images)
		}
		run(Filter{Types: []string{"gif"}}, false, cURL)
		run(Filter{MaxBytes: 1000}, true, aURL, cURL, "http://a.test/d.png")
		run(Filter{}, true, aURL, cURL, "http://a.test/d.png")
		out = run(Filter{}, false, all...)
		if n := len(w.hits("")) - asked; n != 0 || !maps.Equal(judgeDir(t, w.dir, dir), names) {
			t.Errorf("%d requests; files %q, were %q", n, judgeDir(t, w.dir, dir), names)
		}
		if out.sum.Images.Saved != 3 || out.sum.Images.Duplicate != 1 {
			t.Errorf("%+v", out.sum.Images)
		}
		if out = run(Filter{}, false, all...); out.sum.Judged != nil || len(out.notices) != 0 {
			t.Errorf("again: %+v, %q", out.sum.Judged, out.notices)
		}
	})
}

// What a filter refused before its bytes were here is asked for when it may pass now, and only then.
func TestImagesFilterLooser(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		bodies := map[string][]byte{aURL: pngOf(1, 20, 20, 0), bURL: pngOf(2, 400, 300, 200_000), cURL: pngOf(3, 60, 300, 90_000)}
		for url, body := range bodies {
			w.on(url, file(body, "Content-Length", fmt.Sprint(len(body))))
		}
		run := func(f Filter, asked int, saved ...string) *finding {
			t.Helper()
			before := len(w.hits(""))
			out := w.crawl(imageOptions(Images{Filter: f}), aURL, bURL, cURL).finished()
			if n := len(w.hits("")) - before; n != asked {
				t.Errorf("with %+v: %d requests, want %d", f, n, asked)
			}
			for url, body := range bodies {
				if slices.Contains(saved, url) {
					out.saved(w, url, body)
				} else {
					out.class(url, ClassFiltered)
				}
			}
			return out
		}
		run(Filter{MinWidth: 1000}, 3)
		out := run(Filter{MinWidth: 50, MaxBytes: 100_000}, 2, cURL) // a.png is 20 wide: that is known
		if r := out.record(aURL); r.Rule != "--min-width 50: it is 20 wide" {
			t.Errorf("rule %q", r.Rule)
		}
		if n := *out.sum.Judged; n != (JudgedCounts{AskedAgain: 2}) {
			t.Errorf("%+v", n)
		}
		out = run(Filter{MinWidth: 50, MaxBytes: 150_000}, 0, cURL) // b.png has 200,000
		if r := out.record(bURL); r.Rule != "--max-bytes 150000: it has 200000" {
			t.Errorf("rule %q", r.Rule)
		}
		run(Filter{}, 2, aURL, bURL, cURL)
	})
}

// What filters take otherwise is told in the words of the flags.
func TestFilterDifference(t *testing.T) {
	none, a := &ImageSettings{}, &ImageSettings{RespectNoAI: true, Filter: Filter{Types: []string{"jpg", "png"}, MinBytes: 5, MinAspect: 0.5}}
	b := &ImageSettings{Filter: Filter{MinAspect: 0.5, MaxAspect: 2}}
	for want, got := range map[string]string{
		"--types jpg,png, was not given; --min-bytes 5, was 0; --aspect 0.5:, was not given; --respect-noai true, was false": none.filterDifference(a),
		"--aspect not given, was 0.5:2": b.filterDifference(none),
		"":                              a.filterDifference(a),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Rules about sizes are understood again as they were written.
func TestRefusesSize(t *testing.T) {
	for _, f := range []Filter{{MinBytes: 100}, {MaxBytes: 100}} {
		for _, test := range []struct {
			n        int64
			complete bool
		}{{5, true}, {500, true}, {500, false}} {
			rule := f.size(test.n, test.complete)
			if got := (&Images{Filter: f}).refusesSize(rule); got != rule {
				t.Errorf("%q became %q", rule, got)
			}
			if got := (&Images{}).refusesSize(rule); got != "" {
				t.Errorf("%q is refused without a filter: %q", rule, got)
			}
		}
	}
	more := (&Filter{MaxBytes: 100}).size(101, false)
	for most, want := range map[int64]string{200: "", 50: "--max-bytes 50: it has more"} {
		if got := (&Images{Filter: Filter{MaxBytes: most}}).refusesSize(more); got != want {
			t.Errorf("--max-bytes %d: %q, want %q", most, got, want)
		}
	}
}

// A file that somebody changed stays, whatever the filters say of the one it was.
func TestImagesLeftOutChanged(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on(aURL, file(pngOf(1, 20, 20, 0)))
		w.on(bURL, file(pngOf(2, 20, 20, 0)))
		dir := t.TempDir()
		o := inDir(t, dir, "")
		w.crawl(o, aURL, bURL).finished()
		mine := filepath.Join(dir, "a.png")
		if err := os.WriteFile(mine, []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
		o.Images.Filter.MinWidth = 21
		out := w.crawl(o, aURL, bURL).finished()
		judgeDir(t, w.dir, dir, "a.png")
		if data, err := os.ReadFile(mine); err != nil || string(data) != "mine" || out.sum.Judged.Changed != 1 {
			t.Errorf("%q, %v, %+v", data, err, out.sum.Judged)
		}
		// Without the directory in between, what it still has is removed the next time.
		o.Images.Filter.MinWidth = 0
		w.crawl(o, aURL, bURL).finished()
		judgeDir(t, w.dir, dir, "a.png")
		away := imageOptions(Images{Filter: Filter{MinWidth: 21}})
		w.crawl(away, aURL, bURL).finished()
		w.crawl(away, aURL, bURL).finished()
		if len(dirFiles(t, dir)) != 3 {
			t.Errorf("files %v", dirFiles(t, dir))
		}
		o.Images.Filter.MinWidth = 21
		w.crawl(o, aURL, bURL).finished()
		judgeDir(t, w.dir, dir, "a.png")
	})
}

// A judging that was cut off is done again, also when the filters are those from before then.
func TestImagesJudgingCutOff(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var urls []string
		for i := range 600 {
			url := fmt.Sprintf("http://a.test/%d.png", i)
			w.on(url, file(pngOf(uint64(i), 9, 9, 0)))
			urls = append(urls, url)
		}
		dir := t.TempDir()
		w.crawl(inDir(t, dir, ""), urls...).finished()
		strict := inDir(t, dir, "")
		strict.Images.Filter.MinWidth = 10
		ctx, stop := context.WithCancel(t.Context())
		strict.Observer = &stopAtNotice{at: 1, stop: stop}
		out := w.crawlWith(ctx, strict, nil, urls...)
		if out.sum.Stopped != StoppedSignal {
			t.Fatalf("stopped %q, %v", out.sum.Stopped, out.err)
		}
		out = w.crawl(inDir(t, dir, ""), urls...).finished()
		if out.sum.Images.Saved != 600 || len(w.hits("")) != 600 {
			t.Errorf("%+v after %d requests", out.sum.Images, len(w.hits("")))
		}
		judgeDir(t, w.dir, dir)
	})
}

// stopAtNotice stops the crawl with a notice.
type stopAtNotice struct {
	silent
	at   int
	stop func()
}

func (s *stopAtNotice) Notice(string) {
	if s.at--; s.at == 0 {
		s.stop()
	}
}

// With pages, what is left out now is followed by the next candidate, as it would have been.
func TestImagesFilterLaterOfPages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/", text(`<!doctype html><img src="/small.png" srcset="/small.png 100w, /large.png 2000w">`))
		w.on("http://a.test/small.png", file(pngOf(1, 100, 100, 0)))
		w.on("http://a.test/large.png", file(pngOf(2, 2000, 20, 0)))
		o := imageOptions(Images{FromPages: true})
		w.crawl(o, "http://a.test/").finished()
		o.Images.Filter.MaxPixels = 20_000
		out := w.crawl(o, "http://a.test/").finished()
		out.class("http://a.test/large.png", ClassFiltered)
		if r := out.record("http://a.test/small.png"); r.Flags&sink.Saved == 0 {
			t.Error("the next candidate is not saved")
		}
		if len(w.hits("")) != 3 {
			t.Errorf("%d requests", len(w.hits("")))
		}
	})
}

// Rows that name a URL again are counted, and told when they say something else; the first row counts.
func TestImagesNamedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, url := range []string{aURL, bURL, cURL} {
			w.on(url, http.HandlerFunc(file(pngOf(1, 9, 9, 0))))
		}
		sum := sumOf(pngOf(1, 9, 9, 0))
		list := []Entry{
			{URL: aURL, Name: "one", Extra: []Column{{"by", "ann"}}},
			{URL: aURL, Name: "two", Extra: []Column{{"by", "bob"}}},
			{URL: bURL},
			{URL: aURL, Name: "one", Extra: []Column{{"by", "ann"}}},
			{URL: bURL, SHA256: sum},
			{URL: cURL, Name: "c"},
			{URL: cURL},
			{URL: aURL + "#part", Name: "one"},
		}
		told := []string{
			`list:3 ` + aURL + `: name 'two', where 'one' counts; columns 'by=bob', where 'by=ann' counts`,
			`list:6 ` + bURL + `: sha256 '` + sum + `', where none counts`,
		}
		for run := range 2 { // the second time nothing is new
			ear := &namedEar{}
			o := imageOptions(Images{})
			o.Observer = ear
			out := w.crawl(over(o, list...)).finished()
			if n := out.sum.Relisted; n == nil || *n != (RelistedCounts{Rows: 5, Other: 2}) {
				t.Errorf("run %d: %+v", run, n)
			}
			if !slices.Equal(ear.told, told) {
				t.Errorf("run %d told %q", run, ear.told)
			}
			if r := out.record(aURL); r.Name != "one" || r.Number != 1 || len(w.hits("")) != 3 || out.sum.Judged != nil {
				t.Errorf("run %d: %q, row %d, %d requests, %+v", run, r.Name, r.Number, len(w.hits("")), out.sum.Judged)
			}
		}
		// A newer list says new things of what is stored.
		o := imageOptions(Images{})
		out := w.crawl(over(o, Entry{URL: aURL, Extra: []Column{{"by", "eve"}}}, Entry{URL: bURL})).finished()
		if r := out.record(aURL); r.Name != "one" || len(r.Extra) != 1 || r.Extra[0] != [2]string{"by", "eve"} || out.sum.Relisted != nil {
			t.Errorf("%q %q, %+v", r.Name, r.Extra, out.sum.Relisted)
		}
	})
}

// namedEar remembers rows that name a URL again. Only the committer tells them.
type namedEar struct {
	silent
	told []string
}

func (e *namedEar) NamedAgain(where, url, how string) {
	e.told = append(e.told, where+" "+url+": "+how)
}

func TestNamedIDs(t *testing.T) {
	n := namedIDs{start: 200}
	for _, id := range []uint64{1, 64, 199, 200} {
		if n.again(id) || !n.again(id) {
			t.Errorf("%d is not named once", id)
		}
	}
	if !n.again(201) {
		t.Error("what was admitted in this run was named in it")
	}
	n = namedIDs{start: 1 << 40}
	for range 2 {
		if n.again(maxNamedIDs) {
			t.Error("what is beyond the bound is known")
		}
	}
	if n.again(5) || len(n.bits) > maxNamedIDs/64+1 {
		t.Errorf("%d words", len(n.bits))
	}
}
