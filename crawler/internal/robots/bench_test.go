package robots

import (
	"fmt"
	"strings"
	"testing"
)

// site is a robots.txt of a common kind: n rules for everyone, some with asterisks.
func site(n int) []byte {
	var b strings.Builder
	b.WriteString("User-agent: *\nCrawl-delay: 1\n")
	for i := range n {
		switch i % 5 {
		case 0:
			fmt.Fprintf(&b, "Disallow: /*?sort%d=\n", i)
		case 1:
			fmt.Fprintf(&b, "Allow: /public/%d/\n", i)
		default:
			fmt.Fprintf(&b, "Disallow: /private/area-%d/\n", i)
		}
	}
	b.WriteString("Sitemap: https://example.com/sitemap.xml\n")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	body := site(50)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(body).Agent("crawl")
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 50, 1000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			g := Parse(site(n)).Agent("crawl")
			b.ReportAllocs()
			for b.Loop() {
				g.Decide("/news/2024/06/first-article-of-the-day.html?ref=front")
			}
		})
	}
}

// BenchmarkWorstPattern shows that a decision is linear in the path: ns/byte does not grow with it.
func BenchmarkWorstPattern(b *testing.B) {
	patterns := map[string]string{
		"a-star": "/" + strings.Repeat("*a", 200) + "*b",
		"near":   "/*" + strings.Repeat("a", 60) + "b",
		"long":   "/*" + strings.Repeat("a", 400) + "b*" + strings.Repeat("a", 400) + "c",
	}
	for name, pattern := range patterns {
		g := Parse([]byte("User-agent: *\nDisallow: " + pattern)).Agent("crawl")
		for size := 1 << 10; size <= 16<<10; size *= 4 {
			path := "/" + strings.Repeat("a", size)
			b.Run(fmt.Sprintf("%s/%dKiB", name, size>>10), func(b *testing.B) {
				for b.Loop() {
					g.Decide(path)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/byte")
			})
		}
	}
}

// BenchmarkWorstFile is as many rules as a file can hold, none of which matches, on a path as long as any.
func BenchmarkWorstFile(b *testing.B) {
	body := "User-agent: *\n" + strings.Repeat("Allow:/*ab\n", MaxBytes/11)
	path := "/" + strings.Repeat("a", 8<<10)
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			Parse([]byte(body)).Agent("crawl")
		}
	})
	g := Parse([]byte(body)).Agent("crawl")
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			g.Decide(path)
		}
		b.ReportMetric(float64(len(g.rules)), "rules")
	})
}
