package gallery

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"iter"
	"math"
	"strings"
	"testing"
)

// evil is text that must not be taken for markup, anywhere.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}\u202e`

// thumb draws a small landscape, or with a transparent sky a PNG.
func thumb(seed, w, h int, transparent bool) ([]byte, string) {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	hue := float64(seed) * 0.7
	tone := func(p float64) uint8 { return uint8(150 + 90*math.Sin(hue+p)) }
	for y := range h {
		for x := range w {
			hill := float64(h) * (0.62 + 0.13*math.Sin(float64(x)/float64(w)*7+hue*3))
			c := color.NRGBA{tone(0), tone(2) / 2, tone(4) / 2, 255}
			if f := float64(y); f < hill {
				c = color.NRGBA{tone(1 + f/90), tone(2 + f/120), 230, 255}
				if transparent {
					c.A = 0
				}
			}
			if dx, dy := float64(x)-0.7*float64(w), float64(y)-0.25*float64(h); dx*dx+dy*dy < float64(h*h)/90 {
				c = color.NRGBA{255, 240, 200, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if transparent {
		_ = png.Encode(&b, img)
		return b.Bytes(), "image/png"
	}
	_ = jpeg.Encode(&b, img, nil)
	return b.Bytes(), "image/jpeg"
}

// samples are items of every kind.
func samples() []Item {
	names := []string{
		"日落时的黄山云海.jpg", "sunset-over-the-harbour.jpg", "IMG_20240517_183012.jpg", "logo.png", "صورة_الجبال.png", "Kühe auf der Alm im Frühsommer bei Garmisch-Partenkirchen.jpeg",
		"長江三峡.png", "cat_01_large.jpg", "panorama.jpg", "tower.jpg", "icon.png", "हिन्दी_चित्र.jpg",
	}
	shapes := [][2]int{{256, 170}, {256, 192}, {192, 256}, {256, 256}, {256, 144}, {170, 256}, {256, 180}, {256, 192}, {256, 80}, {90, 256}, {64, 64}, {240, 256}}
	var list []Item
	for i := range 24 {
		name, shape := names[i%12], shapes[i%12]
		if i >= 12 {
			name = fmt.Sprintf("photo-%03d.jpg", i)
		}
		scale := 4 + i%7*3
		item := Item{
			URL: fmt.Sprintf("https://images%d.example/archive/2024/%s?w=%d", i%3, name, i), File: name, Type: "jpeg", Bytes: int64(shape[0]*shape[1]*scale) * 3,
			Width: shape[0] * scale, Height: shape[1] * scale, From: "https://www.example/gallery.html", Alt: "Hills and a sun",
		}
		if i == 18 {
			shape, item.Near, item.Kept = shapes[1], 1, true
			item.Thumb, item.ThumbType = thumb(1, shape[0], shape[1], false)
		} else {
			item.Thumb, item.ThumbType = thumb(i, shape[0], shape[1], strings.HasSuffix(name, ".png"))
		}
		if i == 1 {
			item.Near = 1
		}
		if item.ThumbType == "image/png" {
			item.Type = "png"
		}
		list = append(list, item)
	}
	list = append(list,
		Item{URL: "https://images0.example/plan.svg", File: "plan.svg", Type: "svg", Bytes: 3210},
		Item{URL: "https://images0.example/new.avif", File: "new.avif", Type: "avif", Bytes: 83210, Width: 1200, Height: 800},
		Item{URL: "javascript:alert(3)", File: evil, Name: evil, Alt: evil, From: "javascript:alert(4)", Type: evil, Thumb: []byte("<svg onload=alert(5)>"), ThumbType: "image/svg+xml"},
		Item{URL: "https://images1.example/copy/sunset.jpg", DuplicatesOf: list[1].URL, From: "https://www.example/2.html"},
		Item{URL: "https://images1.example/copy/sunset-again.jpg", DuplicatesOf: list[1].URL},
		Item{URL: "https://images2.example/黄山.jpg", DuplicatesOf: list[0].URL},
		Item{URL: "https://images2.example/dot.gif", Class: "filtered", Message: "--min-width 200: it is 1 pixel wide", Filtered: true},
		Item{URL: "https://images2.example/dot2.gif", Class: "filtered", Message: "--min-width 200: it is 1 pixel wide", Filtered: true},
		Item{URL: "https://images2.example/huge.tiff", Class: "filtered", Message: "--types jpg,png,webp: it is tiff", Filtered: true},
		Item{URL: "https://images0.example/gone.jpg", Class: "http_4xx", Message: "404 Not Found", From: "https://www.example/gallery.html"},
		Item{URL: "https://images0.example/private/very/long/" + strings.Repeat("path/", 30) + "gone.jpg", Class: "http_4xx", Message: "403 Forbidden"},
		Item{URL: "https://images1.example/slow.jpg", Class: "timeout", Message: "no byte came for 30 s; 12,000 of 80,000 bytes are kept for the next try"},
		Item{URL: "https://images1.example/view.php?id=7", Class: "not_an_image", Message: "it is text/html"},
		Item{URL: evil, Class: evil, Message: evil, From: evil},
	)
	return list
}

func seq(list []Item) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for _, i := range list {
			if !yield(i, nil) {
				return
			}
		}
	}
}

func samplePage() Page {
	return Page{
		Title: "Pictures of 山水 and elsewhere", Files: "pictures", Items: seq(samples()),
		Totals: Totals{Saved: 27, Duplicates: 3, Filtered: 3, Failed: 5, Bytes: 48_312_004},
	}
}

func write(t testing.TB, p Page) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var errBroken = errors.New("broken")
