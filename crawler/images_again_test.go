package crawler

import (
	"context"
	"errors"
	"testing"

	"crawl/parse"
	"crawl/sink"
)

// What was downloaded without hashes and thumbnails is given them later, once, and a picture that cannot be decoded stays.
func TestExamineLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		good, large := pngOf(1, 64, 48, 0), pngOf(2, 1200, 1100, 0)
		w.on("http://a.test/good", file(good))
		w.on("http://a.test/same", file(good))
		w.on("http://a.test/large", file(large))
		w.on("http://a.test/cut", file(good[:len(good)-40]))
		w.on("http://a.test/drawn", file([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`)))
		urls := []string{"http://a.test/good", "http://a.test/same", "http://a.test/large", "http://a.test/cut", "http://a.test/drawn"}
		w.crawl(imageOptions(Images{}), urls...).finished()
		asked := len(w.hits(""))

		s := w.open()
		defer s.Close()
		o := ExamineOptions{DHash: true, Thumb: 16, Imager: parse.NewInProcess(), Parallel: 2}
		lacking := func(want int64) {
			t.Helper()
			if n, err := s.Unexamined(t.Context(), o); err != nil || n != want {
				t.Fatalf("%d pictures lack something (%v), want %d", n, err, want)
			}
		}
		lacking(4)
		stopped, stop := context.WithCancel(t.Context())
		stop()
		if _, err := s.Examine(stopped, o); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped: %v", err)
		}
		lacking(4)
		sum, err := s.Examine(t.Context(), o)
		if err != nil || sum != (ExamineSummary{Pictures: 4, Failed: 1}) {
			t.Fatalf("%+v, %v", sum, err)
		}
		lacking(0) // what cannot be decoded is tried again when that is asked for
		o.Again = true
		lacking(1)
		if sum, err := s.Examine(t.Context(), o); err != nil || sum != (ExamineSummary{Pictures: 1, Failed: 1}) {
			t.Fatalf("again: %+v, %v", sum, err)
		}
		o.Again = false
		lacking(0)
		if n, err := s.Requeue(t.Context(), []Class{ClassBadImage}); err != nil || n != 0 {
			t.Fatalf("%d queued again, %v", n, err)
		}
		lacking(1)
		if _, err := s.Examine(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		lacking(0)
		for _, url := range urls {
			r, ok, err := s.ByURL(url)
			if err != nil || !ok || !isSaved(r) {
				t.Fatalf("%s: %v, %v", url, ok, err)
			}
			made := url != "http://a.test/cut" && url != "http://a.test/drawn"
			if r.HasDHash != made || (r.ThumbRef != (sink.BodyRef{})) != made {
				t.Errorf("%s: %+v", url, r.ImageFacts)
			}
			if made {
				if _, err := s.ReadBody(r.ThumbRef); err != nil {
					t.Errorf("%s: %v", url, err)
				}
			}
		}
		if n := len(w.hits("")); n != asked {
			t.Errorf("%d requests for what is stored", n-asked)
		}
	})
}

// Without workers the pictures are as they were, and it says so.
func TestExamineWithoutWorkers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.on("http://a.test/x", file(pngOf(1, 9, 9, 0)))
		w.crawl(imageOptions(Images{}), "http://a.test/x").finished()
		s := w.open()
		defer s.Close()
		o := ExamineOptions{DHash: true, Imager: noImager{}}
		if _, err := s.Examine(t.Context(), o); !errors.Is(err, ErrNoParsers) {
			t.Errorf("%v", err)
		}
		if n, err := s.Unexamined(t.Context(), o); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// noImager has no worker.
type noImager struct{}

func (noImager) Image(context.Context, *parse.ImageJob) (parse.ImageFacts, error) {
	return parse.ImageFacts{}, parse.ErrNoWorkers
}
