package crawler

import (
	"fmt"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// One file in a hundred comes a byte at a time, or not at all: the batch ends all the same, and the others are not late.
func TestImagesTarpits(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		body := pngOf(1, 9, 9, 0)
		drip := func(rw http.ResponseWriter, r *http.Request) {
			for i := 0; ; i++ {
				if _, err := rw.Write([]byte{pngOf(1, 9, 9, 0)[i%60]}); err != nil {
					return
				}
				_ = http.NewResponseController(rw).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(time.Second):
				}
			}
		}
		silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		var urls []string
		for i := range 400 {
			url := fmt.Sprintf("http://h%d.test/%d.png", i%20, i)
			switch {
			case i%200 == 7:
				w.on(url, drip)
			case i%200 == 107:
				w.on(url, silent)
			default:
				w.on(url, file(body))
			}
			urls = append(urls, url)
		}
		o := imageOptions(Images{})
		o.Tries = 2
		out := w.crawl(o, urls...).finished()
		if out.sum.URLs.Done != 396 || out.sum.Errors[ClassTimeout] != 4 || out.took > 10*time.Minute {
			t.Errorf("%d done, errors %v, after %v", out.sum.URLs.Done, out.sum.Errors, out.took)
		}
	})
}

// A large file passes within the same memory as small ones.
func TestImagesLargeMemory(t *testing.T) {
	const size = 160 << 20
	piece := pngOf(1, 50, 50, 1<<20)
	var sent atomic.Int64
	var most atomic.Uint64
	runtime.GC()     // what earlier tests have left is none of it
	w := newWorld(t) // in real time
	w.on("http://a.test/large", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", fmt.Sprint(size))
		for n := 0; n < size; n += len(piece) {
			if _, err := rw.Write(piece[:min(len(piece), size-n)]); err != nil {
				return
			}
			if sent.Add(1)%16 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapAlloc)) // one request: nobody else writes
			}
		}
	})
	out := w.crawl(imageOptions(Images{}), "http://a.test/large").finished()
	if r := out.class("http://a.test/large", ""); r.Body.Size != size {
		t.Errorf("%d bytes are stored", r.Body.Size)
	}
	if m := most.Load(); m > 80<<20 {
		t.Errorf("%d MB of heap for a file of %d MB", m>>20, size>>20)
	}
}

// Who waits for room gets it, however many wait and however little there is; who stops waiting is let go.
func TestImagesRoom(t *testing.T) {
	r := newRoom(1000)
	done := make(chan int, 50)
	for i := range 50 {
		go func() {
			h := &heldBytes{room: r}
			for range 30 { // three times what there is, by pieces
				if err := h.take(t.Context(), 100); err != nil {
					t.Error(err)
				}
			}
			h.give()
			done <- i
		}()
	}
	for range 50 {
		<-done
	}
	if r.used != 0 || r.first != nil {
		t.Errorf("%d bytes are still held", r.used)
	}
}
