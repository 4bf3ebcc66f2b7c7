package parse

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crawl/parse/internal/wire"
	"crawl/parse/picture"
)

// Image does what pictures tell it to, as Extract does for pages.
func (x *trickster) Image(ctx context.Context, job *ImageJob) (ImageFacts, error) {
	if bytes.HasPrefix(job.Body, []byte("#")) {
		_, err := x.Extract(ctx, &Document{Body: job.Body}, Rules{})
		return ImageFacts{}, err
	}
	return x.InProcess.Image(ctx, job)
}

// pngFile is a picture of a size.
func pngFile(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{byte(x * 255 / w), byte(y * 255 / h), byte((x * y) % 256), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bombFile is a small PNG that says it is large.
func bombFile(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	header = append(binary.BigEndian.AppendUint32(header, h), 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(header))
}

func TestImageAnswersLikeInProcess(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 2, Sandbox: true, BatchBytes: 32 << 10}, quick)
	good := pngFile(t, 300, 200)
	for name, job := range map[string]ImageJob{
		"all":           {Body: good, Verify: true, DHash: true, Thumb: 64},
		"nothing":       {Body: good},
		"small limit":   {Body: good, Verify: true, MaxPixels: 100},
		"larger":        {Body: pngFile(t, 900, 700), Thumb: 2000},
		"cut off":       {Body: good[:len(good)/2], Verify: true},
		"only the head": {Body: good[:len(good)/2]},
		"bomb":          {Body: bombFile(30_000, 30_000), DHash: true},
		"page":          {Body: []byte("<!DOCTYPE html><title>404</title>"), Verify: true},
		"empty":         {},
		"svg":           {Body: []byte("<svg width='3' height='4'/>"), Verify: true, Thumb: 9},
		"long tail":     {Body: append(bytes.Clone(good), make([]byte, 3<<20)...), DHash: true},
	} {
		want, wantErr := NewInProcess().Image(t.Context(), &job)
		got, gotErr := p.Image(t.Context(), &job)
		if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
			t.Errorf("%s: errors %v and %v (-in process +worker)\n%s", name, wantErr, gotErr, diff)
		}
		for _, kind := range []error{picture.ErrNotAnImage, picture.ErrBroken, picture.ErrTooManyPixels} {
			if errors.Is(wantErr, kind) != errors.Is(gotErr, kind) {
				t.Errorf("%s: only one of %v and %v is %v", name, wantErr, gotErr, kind)
			}
		}
	}
	if s := p.Stats(); s.Quarantined != 0 || s.Restarts != 0 {
		t.Errorf("%+v", s)
	}
	_, err := p.Image(t.Context(), &ImageJob{Body: make([]byte, picture.MaxBytes+1)})
	if !errors.Is(err, picture.ErrTooLarge) {
		t.Error(err)
	}
}

func TestBadImagesAreBlamedAndOthersAreNot(t *testing.T) {
	for body, want := range blamed() {
		t.Run(strings.Trim(body, "#\n"), func(t *testing.T) {
			var mu sync.Mutex
			var kept []string
			o := PoolOptions{
				Workers: 2, Deadline: 20 * time.Second, MemoryBytes: 200 << 20, Rules: mustRules(t, false, "h=h1"),
				Quarantine: func(doc *Document, _ Rules, err error) {
					mu.Lock()
					defer mu.Unlock()
					kept = append(kept, doc.URL+" "+string(doc.Body)+err.Error())
				},
			}
			if errors.Is(want, ErrParseTimeout) {
				o.Deadline = 300 * time.Millisecond
			}
			p := startPool(t, "good", o, quick)
			good := pngFile(t, 30, 20)
			var all sync.WaitGroup
			for i := range 12 {
				all.Go(func() {
					facts, err := p.Image(t.Context(), &ImageJob{Body: good, DHash: true})
					if err != nil || !facts.HasDHash || facts.Width != 30 {
						t.Errorf("picture %d: %+v %v", i, facts, err)
					}
				})
				all.Go(func() {
					if x, err := p.Do(t.Context(), page("<h1>T</h1>")); err != nil || x.Fields[0].Values[0] != "T" {
						t.Errorf("page %d: %+v %v", i, x, err)
					}
				})
			}
			_, err := p.Image(t.Context(), &ImageJob{URL: "http://x/bad.png", Body: []byte(body)})
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
			all.Wait()
			if len(kept) != 1 || !strings.HasPrefix(kept[0], "http://x/bad.png "+body) {
				t.Errorf("in quarantine: %q", kept)
			}
		})
	}
}

func TestImageIsGivenUp(t *testing.T) {
	p := startPool(t, "good", PoolOptions{Workers: 1}, quick)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := p.Image(ctx, &ImageJob{Body: []byte("#slow\n" + strings.Repeat("x", 1<<20))})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := p.Image(ctx, &ImageJob{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	p.Terminate()
	if _, err := p.Image(t.Context(), &ImageJob{}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// A worker that does not say that it can is not asked.
func TestImageNeedsTheAbility(t *testing.T) {
	p := startPool(t, "exits with a batch", PoolOptions{Workers: 1}, quick)
	if _, err := p.Image(t.Context(), &ImageJob{Body: []byte("x")}); !errors.Is(err, ErrNoImages) || !strings.Contains(err.Error(), "bad") {
		t.Error(err)
	}
}

func TestServeWorkerWithoutImages(t *testing.T) {
	var out bytes.Buffer
	in := appendHello(nil, 0, &helloParams{protocol: 1})
	body := pngFile(t, 30, 20)
	job := &ImageJob{Verify: true, Thumb: 10}
	in = append(appendImage(in, 1, job, len(body)), body...)
	if err := ServeWorker(t.Context(), bytes.NewReader(in), &out, WorkerOptions{Extractor: unparsed{}}); err != nil {
		t.Fatal(err)
	}
	r := wire.NewReader(&out, 4096)
	if err := readResponse(r, 0); err != nil {
		t.Fatal(err)
	}
	if h, err := readHelloResult(r); err != nil || len(h.abilities) != 2 {
		t.Errorf("%+v %v", h, err)
	}
	if err := readResponse(r, 1); err == nil || !strings.Contains(err.Error(), "unknown method: image") {
		t.Error(err)
	}
}

// A worker's word is not taken for what it was not asked, nor for what cannot be.
func TestImageAnswersAreDistrusted(t *testing.T) {
	good := pngFile(t, 10, 10)
	for name, c := range map[string]struct {
		says, want ImageFacts
		job        ImageJob
	}{
		"type":      {ImageFacts{Type: "exe\x1b", Width: 1 << 40, Orientation: 99}, ImageFacts{Width: maxImageNumber}, ImageJob{}},
		"unasked":   {ImageFacts{Type: "png", HasDHash: true, DHash: 7, Thumb: good}, ImageFacts{Type: "png"}, ImageJob{}},
		"no thumb":  {ImageFacts{Type: "png", Thumb: []byte("<html>")}, ImageFacts{Type: "png"}, ImageJob{Thumb: 10}},
		"too large": {ImageFacts{Thumb: good}, ImageFacts{}, ImageJob{Thumb: 9}},
		"fine": {
			ImageFacts{Thumb: good, DHash: 1 << 63, HasDHash: true, Note: "a\nb\x1b"},
			ImageFacts{Thumb: good, ThumbType: "image/png", DHash: 1 << 63, HasDHash: true, Note: "a b"},
			ImageJob{Thumb: 10, DHash: true},
		},
	} {
		r := wire.NewReader(bytes.NewReader(appendImageResult(nil, &c.says, nil)), 4096)
		got, page, err := readImageResult(r, &c.job)
		if diff := cmp.Diff(c.want, got); diff != "" || page != nil || err != nil {
			t.Errorf("%s: %v %v %s", name, page, err, diff)
		}
	}
}

// Whatever a worker says of a picture, the pool takes what is within the bounds, and does not fall.
func FuzzImageAnswer(f *testing.F) {
	f.Add(appendImageResult(nil, &ImageFacts{Type: "png", Width: 3, Height: 4, HasDHash: true, Thumb: pngFile(f, 3, 4), Note: "n"}, nil))
	f.Add(appendImageResult(nil, nil, picture.ErrBroken))
	f.Add([]byte{0x81, 0xa5, 't', 'h', 'u', 'm', 'b', 0xc6, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, in []byte) {
		job := ImageJob{DHash: true, Thumb: 100}
		facts, page, err := readImageResult(wire.NewReader(bytes.NewReader(in), 64), &job)
		if (page != nil || err != nil) && (facts.Type != "" || facts.Thumb != nil) {
			t.Fatalf("%+v beside an error", facts)
		}
		if facts.Width < 0 || facts.Width > maxImageNumber || len(facts.Note) > maxWords || facts.Type != "" && !picture.IsType(facts.Type) {
			t.Fatalf("%+v", facts)
		}
	})
}

func BenchmarkPoolImage(b *testing.B) {
	job := &ImageJob{Body: pngFile(b, 800, 600), Verify: true, DHash: true, Thumb: 256}
	b.Run("in process", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewInProcess().Image(b.Context(), job); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("worker", func(b *testing.B) {
		p := startPool(b, "good", PoolOptions{Workers: 1}, quick)
		for b.Loop() {
			if _, err := p.Image(b.Context(), job); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("worker, header only", func(b *testing.B) {
		p := startPool(b, "good", PoolOptions{Workers: 1}, quick)
		for b.Loop() {
			if _, err := p.Image(b.Context(), &ImageJob{Body: job.Body}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
