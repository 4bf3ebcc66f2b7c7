package crawler

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"crawl/parse"
	"crawl/sink"
)

// pngOf makes a picture of w x h pixels with at least so many bytes: what is missing is appended, as real files have it too.
func pngOf(seed uint64, w, h, size int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(rng.Uint64())
	}
	m.Set(0, 0, color.Gray{byte(seed)})
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	for b.Len() < size {
		b.WriteByte(byte(rng.Uint64()))
	}
	return b.Bytes()
}

// served is a file on a server that knows ranges.
type served struct {
	body   []byte
	etag   string
	header http.Header
	cut    []int // of the first answers: how many bytes they have before the connection breaks

	mu     sync.Mutex
	ranges []string // that were asked for
}

func (f *served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.ranges = append(f.ranges, r.Header.Get("Range"))
	cut := -1
	if len(f.cut) > 0 {
		cut, f.cut = f.cut[0], f.cut[1:]
	}
	f.mu.Unlock()
	for k, v := range f.header {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", "image/png")
	if f.etag != "" {
		w.Header().Set("Etag", f.etag)
	}
	if cut >= 0 {
		w = &cutter{w, cut}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

// cutter breaks the connection after so many bytes.
type cutter struct {
	http.ResponseWriter
	left int
}

func (c *cutter) Write(b []byte) (int, error) {
	if len(b) > c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

func file(body []byte, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = w.Write(body)
	}
}

// saved expects that a URL is a file with these bytes.
func (o *finding) saved(w *world, url string, body []byte) *sink.Record {
	o.t.Helper()
	r := o.class(url, "")
	if r.Flags&sink.Saved == 0 || r.SHA256 != sha256.Sum256(body) || r.Body.Size != int64(len(body)) {
		o.t.Errorf("%s is not saved as it should be: flags %b, %d bytes", url, r.Flags, r.Body.Size)
	}
	s := w.open()
	defer s.Close()
	if got, err := s.ReadBody(r.Body); err != nil || !bytes.Equal(got, body) {
		o.t.Errorf("%s: the store has other bytes (%v)", url, err)
	}
	return r
}

func imageOptions(m Images) Options {
	return Options{Images: &m, IgnoreRobots: true, Rate: -1, RetryBase: time.Second}
}

func TestImagesSave(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, b := pngOf(1, 60, 40, 0), pngOf(2, 30, 20, 3<<20)
		w.on("http://a.test/a.png", file(a, "Content-Type", "text/plain"))
		w.on("http://a.test/same", file(a))
		w.on("http://b.test/large", file(b))
		w.on("http://a.test/page", html())
		w.on("http://a.test/empty", text(""))
		w.on("http://a.test/moved", redirect("/b.png"))
		w.on("http://a.test/b.png", file(pngOf(3, 5, 5, 0)))
		out := w.crawl(imageOptions(Images{}), "http://a.test/a.png", "http://a.test/same", "http://b.test/large",
			"http://a.test/page", "http://a.test/empty", "http://a.test/moved", "http://a.test/none").finished()
		if r := out.saved(w, "http://a.test/a.png", a); r.Width != 60 || r.Height != 40 || r.MediaType != "image/png" {
			t.Errorf("%d x %d, %s", r.Width, r.Height, r.MediaType)
		}
		out.saved(w, "http://a.test/same", a)
		out.saved(w, "http://b.test/large", b)
		out.class("http://a.test/page", ClassNotAnImage)
		out.class("http://a.test/empty", ClassNotAnImage)
		out.class("http://a.test/none", ClassHTTP4xx)
		out.saved(w, "http://a.test/b.png", pngOf(3, 5, 5, 0))
		if i := out.sum.Images; i == nil || i.Saved != 3 || i.Duplicate != 1 || i.Failed != 3 || i.Filtered != 0 {
			t.Errorf("summary %+v", i)
		}
	})
}

func TestImagesFilter(t *testing.T) {
	body := pngOf(1, 300, 100, 400_000)
	long := func(w http.ResponseWriter, r *http.Request) { // the rest comes only when somebody waits for it
		_, _ = w.Write(body[:100_000])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(time.Hour):
			_, _ = w.Write(body[100_000:])
		}
	}
	for _, test := range []struct {
		name   string
		filter Filter
		serve  http.HandlerFunc
		rule   string
	}{
		{"types", Filter{Types: []string{"jpg", "webp"}}, long, "--types jpg,webp: it is png"},
		{"width", Filter{MinWidth: 301}, long, "--min-width 301: it is 300 wide"},
		{"height", Filter{MinHeight: 200}, long, "--min-height 200: it is 100 high"},
		{"pixels", Filter{MaxPixels: 29_999}, long, "--max-pixels 29999: it has 300 x 100"},
		{"narrow", Filter{MinAspect: 0.5, MaxAspect: 2}, long, "--aspect 0.5:2: it is 300 x 100"},
		{"low", Filter{MinAspect: 3.5}, long, "--aspect 3.5: it is 300 x 100"},
		{"wide", Filter{MaxAspect: 1.25}, long, "--aspect :1.25: it is 300 x 100"},
		{"bytes, as they come", Filter{MaxBytes: 50_000}, long, "--max-bytes 50000: it has more"},
		{"bytes, announced", Filter{MaxBytes: 50_000}, file(body, "Content-Length", "400000"), "--max-bytes 50000: it has 400000"},
		{"bytes, too few", Filter{MinBytes: 500_000}, file(body, "Content-Length", "400000"), "--min-bytes 500000: it has 400000"},
		{"bytes, too few in the end", Filter{MinBytes: 500_000}, file(body), "--min-bytes 500000: it has 400000"},
		{"all well", Filter{Types: []string{"png"}, MinWidth: 300, MinHeight: 100, MaxPixels: 30_000, MinAspect: 1, MaxAspect: 3, MinBytes: 400_000, MaxBytes: 400_000}, file(body), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.on("http://a.test/x", test.serve)
				out := w.crawl(imageOptions(Images{Filter: test.filter}), "http://a.test/x").finished()
				if test.rule == "" {
					out.saved(w, "http://a.test/x", body)
					return
				}
				r := out.class("http://a.test/x", ClassFiltered)
				if r.Rule != test.rule || out.took > time.Minute || len(r.Attempts) != 1 || r.Body != (sink.BodyRef{}) {
					t.Errorf("rule %q after %v and %d attempts", r.Rule, out.took, len(r.Attempts))
				}
				if out.sum.URLs.Skipped != 1 || out.sum.Images.Filtered != 1 {
					t.Errorf("counts %+v", out.sum.URLs)
				}
			})
		})
	}
}

func TestImagesNoAI(t *testing.T) {
	for tag, refused := range map[string]bool{"noai": true, "index, NoImageAI": true, "somebot: noai": true, "noindex": false, "noairplane": false} {
		inWorld(t, func(t *testing.T, w *world) {
			body := pngOf(1, 9, 9, 0)
			w.on("http://a.test/x", file(body, "X-Robots-Tag", tag))
			out := w.crawl(imageOptions(Images{RespectNoAI: true}), "http://a.test/x").finished()
			if refused {
				out.class("http://a.test/x", ClassFiltered)
			} else {
				out.saved(w, "http://a.test/x", body)
			}
		})
	}
}

// resumes says how the second request asks.
func (f *served) asked(t *testing.T, want ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.ranges, want) {
		t.Errorf("ranges asked for: %q, want %q", f.ranges, want)
	}
}

func TestImagesResume(t *testing.T) {
	const url = "http://a.test/x.png"
	body := pngOf(1, 50, 50, 3<<20)
	other := pngOf(2, 50, 50, 3<<20)
	t.Run("goes on", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			f := &served{body: body, etag: `"v1"`, cut: []int{2 << 20, 100}}
			w.on(url, f.ServeHTTP)
			out := w.crawl(imageOptions(Images{}), url).finished()
			r := out.saved(w, url, body)
			if len(f.ranges) != 3 || f.ranges[1] == "" || f.ranges[2] == "" || r.Status != 200 {
				t.Errorf("ranges %q, status %d", f.ranges, r.Status)
			}
		})
	})
	t.Run("attempts that bring a good piece do not count", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			large := pngOf(7, 50, 50, 9<<20)
			f := &served{body: large, etag: `"v1"`, cut: []int{1200 << 10, 1200 << 10, 1200 << 10, 1200 << 10, 1200 << 10}}
			w.on(url, f.ServeHTTP)
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, large)
		})
	})
	t.Run("no validator", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			f := &served{body: body, cut: []int{2 << 20}}
			w.on(url, f.ServeHTTP)
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, body)
			f.asked(t, "", "")
		})
	})
	t.Run("weak validator", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			f := &served{body: body, etag: `W/"v1"`, cut: []int{2 << 20}}
			w.on(url, f.ServeHTTP)
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, body)
			f.asked(t, "", "")
		})
	})
	t.Run("another version by now", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			first := &served{body: body, etag: `"v1"`, cut: []int{2 << 20}}
			second := &served{body: other, etag: `"v2"`}
			w.on(url, turns(first.ServeHTTP, second.ServeHTTP))
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, other)
			if len(second.ranges) != 1 {
				t.Errorf("it was asked for %d times", len(second.ranges))
			}
		})
	})
	for name, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"no ranges": func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(other) },
		"a part of another version": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, &http.Request{Method: "GET", Header: http.Header{"Range": r.Header["Range"]}}, "", time.Time{}, bytes.NewReader(other))
		},
		"another length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"v1"`)
			part(w, 1<<20, 3<<20+7, other)
		},
		"another place": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"v1"`)
			part(w, 5, 3<<20, other)
		},
		"status 416": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", "bytes */17")
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		},
		"no Content-Range": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Etag", `"v1"`)
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(other[:100])
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				first := &served{body: body, etag: `"v1"`, cut: []int{1<<20 + 5}}
				last := &served{body: other, etag: `"v2"`}
				w.on(url, turns(first.ServeHTTP, answer, last.ServeHTTP))
				o := imageOptions(Images{})
				o.Tries = 4
				w.crawl(o, url).finished().saved(w, url, other)
			})
		})
	}
	t.Run("a length that is never told", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			last := &served{body: body, etag: `"v2"`}
			w.on(url, turns(
				func(rw http.ResponseWriter, _ *http.Request) { // chunked
					rw.Header().Set("Etag", `"v1"`)
					_, _ = rw.Write(body[:2<<20])
					_ = http.NewResponseController(rw).Flush()
					panic(http.ErrAbortHandler)
				},
				func(rw http.ResponseWriter, r *http.Request) { // not all that was asked for
					var from int
					_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
					rw.Header().Set("Etag", `"v1"`)
					rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", from, from+99))
					rw.Header().Set("Content-Length", "100")
					rw.WriteHeader(http.StatusPartialContent)
					_, _ = rw.Write(body[from : from+100])
				}, last.ServeHTTP))
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, body)
		})
	})
	t.Run("the whole again, near the limit", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			first := &served{body: body, etag: `"v1"`, cut: []int{2 << 20}}
			second := &served{body: other, etag: `"v2"`}
			w.on(url, turns(first.ServeHTTP, second.ServeHTTP))
			w.crawl(imageOptions(Images{MaxBytes: 4 << 20}), url).finished().saved(w, url, other)
			if len(second.ranges) != 1 {
				t.Errorf("it was asked for %d times", len(second.ranges))
			}
		})
	})
	t.Run("parts that are too large together", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			f := &served{body: pngOf(1, 50, 50, 5<<20), etag: `"v1"`, cut: []int{2 << 20}}
			first := true
			w.on(url, func(rw http.ResponseWriter, r *http.Request) {
				if first { // chunked: nothing is announced
					first = false
					rw.Header().Set("Etag", `"v1"`)
					_, _ = rw.Write(f.body[:2<<20])
					_ = http.NewResponseController(rw).Flush()
					panic(http.ErrAbortHandler)
				}
				f.cut = nil
				f.ServeHTTP(rw, r)
			})
			w.crawl(imageOptions(Images{MaxBytes: 4 << 20}), url).finished().class(url, ClassTooLarge)
		})
	})
	t.Run("cut off for ever", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			n := 0
			w.on(url, func(rw http.ResponseWriter, _ *http.Request) { // takes no notice of ranges
				n++
				rw.Header().Set("Etag", `"v1"`)
				rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
				_, _ = rw.Write(body[:1200<<10])
				panic(http.ErrAbortHandler)
			})
			out := w.crawl(imageOptions(Images{}), url).finished()
			if out.sum.URLs.Failed != 1 || n > 5 {
				t.Errorf("%+v after %d requests", out.sum.URLs, n)
			}
		})
	})
	t.Run("steady pieces do not give a host up", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			large := pngOf(7, 50, 50, 24<<20)
			f := &served{body: large, etag: `"v1"`}
			for range 18 {
				f.cut = append(f.cut, 1200<<10)
			}
			w.on(url, f.ServeHTTP)
			w.crawl(imageOptions(Images{}), url).finished().saved(w, url, large)
		})
	})
	t.Run("a part that nobody asked for", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *world) {
			w.on(url, func(rw http.ResponseWriter, _ *http.Request) { part(rw, 0, len(body), body) })
			w.crawl(imageOptions(Images{}), url).finished().class(url, ClassBadResponse)
		})
	})
}

// part answers with the rest of body from a place on, and says that the whole has total bytes.
func part(w http.ResponseWriter, from, total int, body []byte) {
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, total-1, total))
	w.Header().Set("Content-Length", strconv.Itoa(total-from))
	w.WriteHeader(http.StatusPartialContent)
	for n := total - from; n > 0; {
		k, err := w.Write(body[:min(n, len(body))])
		if n -= k; err != nil {
			return
		}
	}
}

// After a kill the part is there, whole, but its record is not.
func TestImagesResumeComplete(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const url = "http://a.test/x.png"
		body := pngOf(1, 50, 50, 2<<20)
		s := w.open()
		sp := s.NewSpool(1, sink.PartHead{URL: url, ETag: `"v1"`, Total: int64(len(body))})
		if _, err := sp.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := sp.Keep(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		f := &served{body: body, etag: `"v1"`}
		w.on(url, f.ServeHTTP)
		w.crawl(imageOptions(Images{}), url).finished().saved(w, url, body)
		f.asked(t, fmt.Sprintf("bytes=%d-", len(body)-1))
	})
}

func TestImagesDigests(t *testing.T) {
	body := pngOf(1, 50, 50, 2<<20)
	s256, s512 := sha256.Sum256(body), sha512.Sum512(body)
	b64 := base64.StdEncoding.EncodeToString
	for _, test := range []struct {
		name   string
		header []string
		list   string
		class  Class
	}{
		{"right", []string{"Repr-Digest", "sha-512=:" + b64(s512[:]) + ":, sha-256=:" + b64(s256[:]) + ":"}, hex.EncodeToString(s256[:]), ""},
		{"right content", []string{"Content-Digest", "sha-512=:" + b64(s512[:]) + ":"}, "", ""},
		{"wrong 256", []string{"Repr-Digest", "sha-256=:" + b64(s512[:32]) + ":"}, "", ClassBadDigest},
		{"wrong 512", []string{"Content-Digest", "sha-512=:" + b64(append(s256[:], s256[:]...)) + ":"}, "", ClassBadDigest},
		{"not known", []string{"Repr-Digest", "md5=:AAAA:, sha-256=AAAA"}, "", ""},
		{"wrong in the list", nil, strings.Repeat("ab", 32), ClassBadDigest},
	} {
		t.Run(test.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				const url = "http://a.test/x"
				w.on(url, file(body, test.header...))
				o := imageOptions(Images{})
				o.List = func(yield func(Entry, error) bool) { yield(Entry{URL: url, SHA256: test.list}, nil) }
				out := w.crawl(o).finished()
				if test.class == "" {
					out.saved(w, url, body)
				} else if r := out.class(url, test.class); len(r.Attempts) != 2 { // the same bytes twice are what the server has
					t.Errorf("%d attempts", len(r.Attempts))
				}
			})
		})
	}
	inWorld(t, func(t *testing.T, w *world) { // other bytes each time may become the right ones
		const url = "http://a.test/x"
		w.on(url, turns(file(body[:1<<20]), file(body[:1<<19]), file(body)))
		o := imageOptions(Images{})
		o.List = func(yield func(Entry, error) bool) { yield(Entry{URL: url, SHA256: hex.EncodeToString(s256[:])}, nil) }
		out := w.crawl(o).finished()
		out.saved(w, url, body)
	})
}

// A digest of the content of a part is one of the part alone.
func TestImagesDigestOfPart(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const url = "http://a.test/x"
		body := pngOf(1, 50, 50, 2<<20)
		first := &served{body: body, etag: `"v1"`, cut: []int{1 << 20}}
		w.on(url, turns(first.ServeHTTP, func(rw http.ResponseWriter, r *http.Request) {
			var from int
			_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			sum := sha256.Sum256(body[from:])
			rw.Header().Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
			rw.Header().Set("Etag", `"v1"`)
			part(rw, from, len(body), body[from:])
		}))
		out := w.crawl(imageOptions(Images{}), url).finished()
		out.saved(w, url, body)
		if len(w.hits(url)) != 2 {
			t.Errorf("%d requests", len(w.hits(url)))
		}
	})
}

// What a list says is kept over a stop, a failure and a retry.
func TestImagesEntryKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const url = "http://a.test/x"
		body := pngOf(1, 9, 9, 0)
		sum := sha256.Sum256(body)
		list := func(yield func(Entry, error) bool) {
			_ = yield(Entry{URL: "http://a.test/bad", SHA256: "12"}, nil) &&
				yield(Entry{URL: url, Name: "café", SHA256: hex.EncodeToString(sum[:]), Extra: []Column{{"who", "ann"}}}, nil)
		}
		w.on(url, status(http.StatusServiceUnavailable))
		o := imageOptions(Images{})
		o.List = list
		out := w.crawl(o).finished()
		if out.class(url, ClassHTTP5xx); out.sum.BadEntries != 1 {
			t.Errorf("%d bad entries", out.sum.BadEntries)
		}
		w.requeue(t, 1, ClassHTTP5xx)
		w.on(url, file(body))
		out = w.crawl(imageOptions(Images{})).finished()
		r := out.saved(w, url, body)
		if r.Number != 2 || r.Name != "café" || r.Want != sum || !slices.Equal(r.Extra, [][2]string{{"who", "ann"}}) {
			t.Errorf("%d %q %x %q", r.Number, r.Name, r.Want, r.Extra)
		}
	})
}

// A bad picture fails with what is known of it; its bytes are kept.
func TestImagesExamined(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		good, huge := pngOf(1, 64, 48, 0), pngOf(2, 8, 8, 0)
		copy(huge[16:24], "\x00\x00\x75\x30\x00\x00\x75\x30") // 30,000 x 30,000
		w.on("http://a.test/good", file(good))
		w.on("http://a.test/huge", file(huge))
		w.on("http://a.test/cut", file(good[:len(good)-40]))
		o := imageOptions(Images{Verify: true, DHash: true, Thumb: 16, Imager: parse.NewInProcess()})
		out := w.crawl(o, "http://a.test/good", "http://a.test/huge", "http://a.test/cut").finished()
		r := out.saved(w, "http://a.test/good", good)
		if !r.HasDHash || r.ThumbRef == (sink.BodyRef{}) {
			t.Errorf("no hash or no thumbnail: %+v", r.ImageFacts)
		}
		for _, url := range []string{"http://a.test/huge", "http://a.test/cut"} {
			if r := out.class(url, ClassBadImage); r.Flags&sink.Saved != 0 || r.Body == (sink.BodyRef{}) || r.Status != 200 {
				t.Errorf("%s: flags %b, body %v, status %d", url, r.Flags, r.Body, r.Status)
			}
		}
	})
}

func FuzzDigests(f *testing.F) {
	f.Add("sha-256=:" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + ":, sha-512=:AA==:;x=1")
	f.Add("sha-256=::,,=,;")
	f.Fuzz(func(t *testing.T, line string) {
		d := parseDigests([]string{line})
		if d.sha256 != nil && len(d.sha256) != 32 || d.sha512 != nil && len(d.sha512) != 64 {
			t.Errorf("%q gives digests of %d and %d bytes", line, len(d.sha256), len(d.sha512))
		}
		_ = verifyDigests(http.Header{"Repr-Digest": {line}}, 3, make([]byte, 32), func(int64) (io.Reader, error) { return strings.NewReader(""), nil })
	})
}
