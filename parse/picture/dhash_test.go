package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The definition, as the documentation has it, step by step.
func TestDHashDefinition(t *testing.T) {
	for _, size := range []image.Point{{61, 40}, {9, 8}, {3, 2}, {1, 1}, {100, 3}, {2100, 40}} {
		img := image.NewNRGBA(image.Rectangle{Max: size})
		random := rand.New(rand.NewPCG(1, uint64(size.X)))
		for i := range img.Pix {
			img.Pix[i] = byte(random.Uint32()) | byte(i%4/3*255) // opaque
		}
		mean := func(i, j int) int {
			sum, n := 0, 0
			for y := j * size.Y / 8; y < max((j+1)*size.Y/8, j*size.Y/8+1); y++ {
				for x := i * size.X / 9; x < max((i+1)*size.X/9, i*size.X/9+1); x++ {
					c := img.NRGBAAt(x, y)
					sum += int(math.Round((19595*float64(c.R) + 38470*float64(c.G) + 7471*float64(c.B)) / 65536))
					n++
				}
			}
			return (2*sum + n) / (2 * n)
		}
		want := uint64(0)
		for j := range 8 {
			for i := range 8 {
				want <<= 1
				if mean(i+1, j) > mean(i, j) {
					want |= 1
				}
			}
		}
		if got := DHash(img, 0); got != want {
			t.Errorf("%v: %016x, want %016x", size, got, want)
		}
	}
}

// What shines through is white.
func TestDHashOnWhite(t *testing.T) {
	clear, white := image.NewNRGBA(image.Rect(0, 0, 90, 80)), image.NewNRGBA(image.Rect(0, 0, 90, 80))
	draw.Draw(white, white.Rect, image.White, image.Point{}, draw.Src)
	for _, img := range []*image.NRGBA{clear, white} {
		draw.Draw(img, image.Rect(20, 20, 50, 60), image.NewUniform(color.NRGBA{90, 200, 10, 255}), image.Point{}, draw.Src)
	}
	if got, want := DHash(clear, 0), DHash(white, 0); got != want || got == 0 {
		t.Errorf("%016x, on white %016x", got, want)
	}
}

func TestDHashTellsPicturesApart(t *testing.T) {
	img := scene(640, 480)
	h := DHash(img, 0)
	if d := Distance(h, DHash(scene(200, 150), 0)); d > 3 {
		t.Errorf("a smaller copy differs in %d bits", d)
	}
	if d := Distance(h, DHash(store(img, 6), 0)); d < 12 {
		t.Errorf("one on its side differs in %d bits only", d)
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		hashes   []uint64
		distance int
		want     [][]int
	}{
		{nil, 4, nil},
		{[]uint64{1, 2}, 0, nil},
		{[]uint64{7, 1, 7, 1, 9}, 0, [][]int{{0, 2}, {1, 3}}},
		{[]uint64{0b1111, 0b0111, 1 << 63, 0b0011}, 1, [][]int{{0, 1, 3}}},
		{[]uint64{0, ^uint64(0)}, 63, nil},
		{[]uint64{0, ^uint64(0)}, 64, [][]int{{0, 1}}},
		{[]uint64{5, 5}, -3, [][]int{{0, 1}}},
	} {
		if diff := cmp.Diff(c.want, Near(c.hashes, c.distance)); diff != "" {
			t.Errorf("%x at %d: %s", c.hashes, c.distance, diff)
		}
	}
}

// hashesWithCopies are random hashes, of which every fourth is a copy of another with some bits changed.
func hashesWithCopies(n int, seed uint64) []uint64 {
	random := rand.New(rand.NewPCG(2, seed))
	all := make([]uint64, n)
	for i := range all {
		all[i] = random.Uint64()
		if i > 0 && i%4 == 0 {
			all[i] = all[random.IntN(i)]
			for range random.IntN(7) {
				all[i] ^= 1 << random.IntN(64)
			}
		}
	}
	return all
}

// The bands find what comparing all with each other finds.
func TestNearFindsAll(t *testing.T) {
	for distance := range 20 {
		hashes := hashesWithCopies(700, uint64(distance))
		if distance%5 == 4 { // most of them in the same bands
			for i := range hashes {
				hashes[i] &= 0xFFFF
			}
		}
		sets := newSets(len(hashes))
		for i := range hashes {
			for j := range i {
				if Distance(hashes[i], hashes[j]) <= distance {
					sets.join(i, j)
				}
			}
		}
		if diff := cmp.Diff(sets.groups(), Near(hashes, distance)); diff != "" {
			t.Fatalf("at %d: %s", distance, diff)
		}
	}
}

func FuzzNear(f *testing.F) {
	f.Add([]byte("12345678123456781234567x"), 3)
	f.Fuzz(func(t *testing.T, b []byte, distance int) {
		var hashes []uint64
		for ; len(b) >= 8 && len(hashes) < 200; b = b[8:] {
			h := uint64(0)
			for _, c := range b[:8] {
				h = h<<8 | uint64(c)
			}
			hashes = append(hashes, h)
		}
		last := -1
		seen := map[int]bool{}
		for _, group := range Near(hashes, distance) {
			if len(group) < 2 || group[0] <= last {
				t.Fatalf("%v", group)
			}
			last = group[0]
			for i, at := range group {
				if seen[at] || i > 0 && group[i-1] >= at {
					t.Fatalf("%v", group)
				}
				seen[at] = true
			}
		}
	})
}

func BenchmarkNear(b *testing.B) {
	random := hashesWithCopies(100_000, 1)
	flat := hashesWithCopies(100_000, 2)
	for i := range flat {
		flat[i] &= 0xFFFF_FFFF
	}
	for name, c := range map[string]struct {
		hashes   []uint64
		distance int
	}{"distance 4": {random, 4}, "distance 10": {random, 10}, "half of the bands alike": {flat, 4}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Near(c.hashes, c.distance)
			}
		})
	}
}
